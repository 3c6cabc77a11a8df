"""Compares verdicts of keysnare and one other engine, and says what the table of disagreements had to settle."""
import collections

import disagreements
import model

SHOWN = 12


class Comparison:
    def __init__(self, engine):
        self.engine = engine
        self.equal = self.one_by_one = self.settled = 0
        self.used = collections.Counter()
        self.bad = []
        self.refused = collections.Counter()

    def settle(self, rule, event, holds):
        """The verdict that follows from units, with those put right that the table names, and the names of its rows."""
        rows = set()

        def right(number):
            unit, theirs = rule["units"][number], holds(number)
            row = disagreements.find(self.engine, unit, event)
            if row is None:
                return theirs
            truth = row.truth(unit, event)
            if truth != theirs:
                rows.add(row.name)
            return truth
        return model.is_true(rule["tree"], right), rows

    def compare(self, rule, event, mine, theirs, holds):
        """theirs: the other engine's verdict on the rule, None where it cannot be asked as a whole. holds(n): its verdict
        on a unit."""
        if theirs is not None and mine == theirs:
            self.equal += 1
            return
        verdict, rows = self.settle(rule, event, holds)
        if mine is verdict and rows:
            self.settled += 1
            self.used.update(rows)
        elif mine is verdict and theirs is None:
            self.one_by_one += 1
        elif mine is verdict and (joined := disagreements.find_joined(self.engine, rule, event)) is not None:
            self.settled += 1
            self.used[joined.name] += 1
        else:
            self.bad.append({"rule": rule["detection"], "event": event, "keysnare": mine, self.engine: theirs, "expected": verdict,
                "units": [[u["field"], u["mods"], u["value"], holds(n)] for n, u in enumerate(rule["units"])]})

    def refuse(self, rule, mine, theirs):
        """A rule that keysnare or the other engine does not take."""
        row = disagreements.find_refusal(self.engine, rule, mine is not None)
        if row is not None and (mine is None) != (theirs is None):
            self.used[row.name] += 1
        elif mine is None or theirs is None:
            self.bad.append({"rule": rule["detection"], "keysnare refuses": mine, f"{self.engine} refuses": theirs})
        else:
            self.refused["rules that neither takes"] += 1

    def report(self, least, may_idle=False):
        """Prints what was found. True when nothing is unexplained, least pairs of rules of several units were equal, and
        every row of the table was needed."""
        for bad in sorted(self.bad, key=lambda b: len(model.compact(b)))[:SHOWN]:
            print("FAIL", model.compact(bad))
        print(f"  {self.engine}: {self.equal} verdicts equal, {self.one_by_one} more with several values one by one, "
              f"{self.settled} with {len(self.used)} rows of the table, {len(self.bad)} unexplained")
        for name, n in sorted((self.used + self.refused).items()):
            print(f"    {n:6}  {name}")
        idle = [r.name for r in disagreements.of(self.engine, disagreements.ROWS + disagreements.JOINED + disagreements.REFUSALS) if r.name not in self.used]
        for name in [] if may_idle else idle:
            print(f"FAIL {self.engine}: row {name} of disagreements.py was not needed: it has to go")
        if self.equal < least:
            print(f"FAIL {self.engine}: {self.equal} equal verdicts are fewer than {least}")
        return not self.bad and (may_idle or not idle) and self.equal >= least
