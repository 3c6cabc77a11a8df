"""Generated correlations by keysnare's hunt and by another engine: chains of events, as sets of event ids."""
import collections
import json

import asking
import correlate
import disagreements
import model

PATHS = ["eventID", "eventTime", "eventName", "sourceIPAddress", "userIdentity.accessKeyId"] + \
    [f"requestParameters.{name}" for name in ("kind", "value", "from", "to", "size")]
AT_ONCE = 50


def keysnare(place, cases):
    """Chains of every case, all cases in one run: no case's rules meet another's events."""
    folder = place / "rules"
    folder.mkdir()
    for case in cases:
        (folder / f"{case['number']:06}.yml").write_text(correlate.text(case))
    (place / "events.jsonl").write_text("".join(model.compact(e) + "\n" for case in cases for e in case["events"]))
    done = asking.run(asking.PROGRAM, "hunt", "--format", "jsonl", "--rules", folder, place / "events.jsonl",
        env={"KEYSNARE_STORE": str(place / "keysnare.db")})
    if done.returncode not in (0, 1):
        raise asking.Failure(f"hunt: status {done.returncode}: {(done.stderr + done.stdout)[:1500]}")
    found = collections.defaultdict(list)
    for line in done.stdout.splitlines():
        finding = json.loads(line)
        if finding["rule"]["id"].startswith(correlate.CORRELATION):
            found[int(finding["rule"]["id"][-12:])].append([finding["time"], finding["matched"]])
    return [sorted(correlate.chain(case, time, ids) for time, ids in found[case["number"]]) for case in cases]


def rows(case):
    return [{path: found[0] for path in PATHS for found in [model.values(event, path)] if found} for event in case["events"]]


def sqlite(questions):
    """Chains of (case, rows) pairs, or what pySigma says against a case."""
    answers = asking.judge("judge_correlations.py", [{"yaml": correlate.text(case), "rows": given} for case, given in questions])
    return [a["error"] if isinstance(a, dict) else correlate.chains(case, a) for (case, _), a in zip(questions, answers)]


def settle(cases, mine):
    """The names of rows of the table, for each case, that make both sides equal; None where none do."""
    questions = []
    for number, case in enumerate(cases):
        given, together = rows(case), rows(case)
        for row in disagreements.CORRELATIONS:
            changed = row.change(case, given)
            together = row.change(case, together)
            if changed != given:
                questions.append((number, {row.name}, changed))
        names = {name for n, single, _ in questions if n == number for name in single}
        questions.append((number, names, together))
    answers = sqlite([(cases[number], changed) for number, _, changed in questions])
    found = [None] * len(cases)
    for (number, names, _), answer in zip(questions, answers):
        if found[number] is None and names and answer == mine[number]:
            found[number] = names
    for number, case in enumerate(cases):
        if found[number] is None and case["kind"] == "temporal_ordered" and mine[number] == correlate.ordered(case):
            found[number] = {"order-of-an-instant"}
    return found


def compare(cases, mine, theirs, may_idle):
    """Prints what differs. True when the table explains all of it."""
    odd = [n for n in range(len(cases)) if mine[n] != theirs[n]]
    settled = settle([cases[n] for n in odd], [mine[n] for n in odd])
    used, bad = collections.Counter(name for names in settled if names for name in names), []
    for n, names in zip(odd, settled):
        if names is None:
            bad.append({"correlation": cases[n]["documents"][0]["correlation"], "keysnare": mine[n], "sqlite": theirs[n],
                "events": [[r.get("eventID"), r.get("eventTime"), *[r.get(p) for p in PATHS[3:]]] for r in rows(cases[n])]})
    for one in sorted(bad, key=lambda b: len(b["events"]))[:6]:
        print("FAIL", model.compact(one))
    by_type = collections.Counter(c["kind"] for c in cases)
    print(f"  {len(cases)} correlations ({', '.join(f'{n} {kind}' for kind, n in sorted(by_type.items()))}), {sum(map(len, mine))} chains: "
          f"{len(cases) - len(odd)} equal, {len(odd) - len(bad)} with the table, {len(bad)} unexplained")
    for name, n in sorted(used.items()):
        print(f"    {n:6}  {name}")
    idle = [row.name for row in disagreements.CORRELATIONS + disagreements.MODELLED if row.name not in used]
    for name in [] if may_idle else idle:
        print(f"FAIL row {name} of disagreements.py was not needed: it has to go")
    return not bad and (may_idle or not idle)


def test(place, rng, count, types, may_idle):
    cases = [correlate.make(rng, number, types) for number in range(count)]
    mine = keysnare(place, cases)
    return compare(cases, mine, sqlite([(case, rows(case)) for case in cases]), may_idle) and sum(map(len, mine)) > count
