"""Generated correlations by keysnare's hunt and by another engine: chains of events, as sets of event ids."""
import collections
import itertools
import json
import pathlib
import tempfile

import asking
import correlate
import disagreements
import generate
import model

PATHS = ["eventID", "eventTime", "eventName", "sourceIPAddress", "userIdentity.accessKeyId"] + \
    [f"requestParameters.{name}" for name in ("kind", "value", "from", "to", "size")]


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


def sqlite(place, cases, given):
    """Windows of cases with these rows, or what pySigma says against a case."""
    return asking.judge("judge_correlations.py", [{"yaml": correlate.text(case), "rows": rows} for case, rows in zip(cases, given)])


def rsigma(place, cases, given):
    """The same by rsigma, which wants events."""
    changed = []
    for case, flat in zip(cases, given):
        events = [{} for _ in flat]
        for event, row in zip(events, flat):
            for path, value in row.items():
                if value is not None:
                    generate.put(event, path, value)
        changed.append({**case, "events": events})
    return asking.rsigma_windows(pathlib.Path(tempfile.mkdtemp(dir=place)), changed)


ENGINES = {"sqlite": sqlite, "rsigma": rsigma}


def ask(engine, place, cases, given):
    """Chains, for every case."""
    answers = ENGINES[engine](place, cases, given)
    return [a["error"] if isinstance(a, dict) else correlate.chains(case, a) for case, a in zip(cases, answers)]


def settle(engine, place, cases, mine):
    """For each case the names of the fewest rows of the table that make both sides equal; None where none do."""
    table, found = disagreements.of(engine, disagreements.CORRELATIONS), [None] * len(cases)
    for used in (some for n in range(len(table)) for some in itertools.combinations(table, n + 1)):
        changed = {n: apply(used, case) for n, case in enumerate(cases) if found[n] is None}
        changed = {n: new for n, new in changed.items() if new is not None}
        for n, answer in zip(changed, ask(engine, place, [c for c, _ in changed.values()], [r for _, r in changed.values()]) if changed else []):
            if answer == mine[n]:
                found[n] = {row.name for row in used}
    for n, case in enumerate(cases):
        for row in disagreements.of(engine, disagreements.MODELLED):
            if found[n] is None and row.is_case(case) and mine[n] == correlate.ordered(case):
                found[n] = {row.name}
    return found


def apply(used, case):
    """A case and its rows after some rows of the table; None when one of those changes nothing."""
    now = case, rows(case)
    for row in used:
        new = row.change(*now)
        if new == now:
            return None
        now = new
    return now


def compare(engine, place, cases, mine, theirs, may_idle):
    """Prints what differs. True when the table explains all of it."""
    odd = [n for n in range(len(cases)) if mine[n] != theirs[n]]
    settled = settle(engine, place, [cases[n] for n in odd], [mine[n] for n in odd])
    used, bad = collections.Counter(name for names in settled if names for name in names), []
    for n, names in zip(odd, settled):
        if names is None:
            bad.append({"correlation": cases[n]["documents"][0]["correlation"], "keysnare": mine[n], engine: theirs[n],
                "events": [[r.get("eventID"), r.get("eventTime"), *[r.get(p) for p in PATHS[3:]]] for r in rows(cases[n])]})
    for one in sorted(bad, key=lambda b: len(b["events"]))[:6]:
        print("FAIL", model.compact(one))
    by_type = collections.Counter(c["kind"] for c in cases)
    print(f"  {len(cases)} correlations ({', '.join(f'{n} {kind}' for kind, n in sorted(by_type.items()))}), {sum(map(len, mine))} chains: "
          f"{len(cases) - len(odd)} equal, {len(odd) - len(bad)} with the table, {len(bad)} unexplained")
    for name, n in sorted(used.items()):
        print(f"    {n:6}  {name}")
    idle = [row.name for row in disagreements.of(engine, disagreements.CORRELATIONS + disagreements.MODELLED) if row.name not in used]
    for name in [] if may_idle else idle:
        print(f"FAIL row {name} of disagreements.py was not needed: it has to go")
    return not bad and (may_idle or not idle)


def test(place, engine, rng, count, types, may_idle):
    cases = [correlate.make(rng, number, types) for number in range(count)]
    mine = keysnare(place, cases)
    theirs = ask(engine, place, cases, [rows(case) for case in cases])
    return compare(engine, place, cases, mine, theirs, may_idle) and sum(map(len, mine)) > count
