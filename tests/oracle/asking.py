"""Asks keysnare and the other engines, each in as few processes as can be."""
import collections
import json
import os
import pathlib
import re
import subprocess

import correlate
import disagreements
import model

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
PROGRAM = pathlib.Path(os.environ.get("KEYSNARE", TOP / "build" / "keysnare")).resolve()
SQLITE = TOP / "build" / "oracle" / "sqlite" / "bin" / "python"
CLI = TOP / "build" / "oracle" / "cli" / "bin" / "sigma"
TIMEOUT = 600


class Failure(Exception):
    """An engine did not answer."""


def run(*command, text=None, env=None):
    if not command[0].exists():
        raise Failure(f"there is no {command[0]}: make check makes it")
    return subprocess.run(command, input=text, stdin=subprocess.DEVNULL if text is None else None, capture_output=True, text=True,
        timeout=TIMEOUT, check=False, env=None if env is None else os.environ | env)


def judge(script, question):
    """What a script in the environment of pySigma's SQLite backend answers."""
    done = run(SQLITE, HERE / script, text=json.dumps(question))
    if done.returncode != 0:
        raise Failure(f"{script}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def keysnare(place, rules, events):
    """keysnare's verdicts: for every rule a list, one an event, or the complaint with which it refused the rule."""
    folder = place / "rules"
    folder.mkdir()
    for rule in rules:
        (folder / f"{rule['number']:06}.yml").write_text(rule["yaml"])
    (place / "events.jsonl").write_text("".join(model.compact(e) + "\n" for e in events))
    refused = {}
    for line in run(PROGRAM, "policy", "check", folder).stdout.splitlines():
        if ": error: " in line:
            refused.setdefault(int(pathlib.Path(line.split(":")[0]).stem), line.split(": error: ", 1)[1])
    for number in refused:
        (folder / f"{number:06}.yml").unlink()
    done = run(PROGRAM, "policy", "explain", folder, place / "events.jsonl")
    found = collections.defaultdict(list)
    for line in done.stdout.splitlines():
        verdict = json.loads(line)
        found[verdict["rule"]].append(verdict["match"])
    answers = [refused.get(r["number"]) or found[r["id"]] for r in rules]
    wrong = [r["id"] for r, a in zip(rules, answers) if isinstance(a, list) and len(a) != len(events)]
    if wrong:
        raise Failure(f"no verdicts for rules {wrong[:5]}, status {done.returncode}: {done.stderr[:500]}")
    return answers


def rows_of(events, paths):
    """Events flattened, for SQL: [event, is_first, {path: value}]. A field with several values makes a row for each of
    them; rules that do not look at it may be asked of the first row alone. Path "" is the text that keywords search."""
    rows = []
    for number, event in enumerate(events):
        found = {path: model.values(event, path) for path in paths}
        first = {path: v[0] for path, v in found.items() if v}
        many = {path: v for path, v in found.items() if len(v) > 1}
        rows.append([number, True, first])
        for path, several in many.items():
            rows.extend([number, False, {**first, path: value}] for value in several)
            for other, more in many.items():
                rows.extend([number, False, {**first, path: value, other: also}] for value in several for also in more
                    if "" < path < other)
    return rows


def sqlite(rules, events):
    """For every rule {"match": events, or None where it cannot be asked as a whole, "units": …} or {"error": …}."""
    fields = {name for r in rules for u in r["units"] for name in disagreements.named(u)}
    return judge("judge_sqlite.py", {"rules": [{"yaml": disagreements.respelled("sqlite", r["yaml"]), "units": [u["rule"] for u in r["units"]]} for r in rules],
        "rows": rows_of(events, sorted(fields))})


def rsigma(place, rules, events):
    """What rsigma finds with these texts of rules, and what it complains of."""
    done = run(HERE / "install-rsigma", "--find")
    if done.returncode != 0:
        raise Failure(done.stderr.strip())
    folder = place / "rsigma"
    folder.mkdir()
    for number, text in enumerate(rules):
        (folder / f"{number:06}.yml").write_text(text)
    (place / "rsigma.jsonl").write_text("".join(model.compact(e) + "\n" for e in events))
    program = pathlib.Path(done.stdout.strip())
    done = run(program, "engine", "eval", "-r", folder, "-e", f"@{place / 'rsigma.jsonl'}", "--output-format", "ndjson", "--include-event",
        "--timestamp-field", "eventTime", "--correlation-event-mode", "full", "--max-correlation-events", "1000", "--input-format", "json")
    if done.returncode not in (0, 1):
        raise Failure(f"rsigma: status {done.returncode}: {done.stderr[-1500:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")], done.stderr


def rsigma_verdicts(place, rules, events):
    """As sqlite(): rsigma looks into arrays itself, so every rule is asked as a whole."""
    found, complaints = rsigma(place, [disagreements.respelled("rsigma", r["yaml"]) for r in rules], events)
    numbers, matched = collections.defaultdict(list), collections.defaultdict(set)
    for number, event in enumerate(events):
        numbers[json.dumps(event, sort_keys=True)].append(number)
    for one in found:
        matched[one["rule_id"]].update(numbers[json.dumps(one["event"], sort_keys=True)])
    refused = {int(number): line for line in complaints.splitlines() for number in re.findall(r"(\d{6})\.yml", line)}
    ids = {r["number"]: r.get("uuid", r["id"]) for r in rules}
    return [{"error": refused[at]} if at in refused else {"match": matched[ids[r["number"]]], "units": [matched[ids[u["rule"]]] for u in r["units"]]}
        for at, r in enumerate(rules)]


def rsigma_windows(place, cases):
    """Windows [group, start, end, [event ids]] of every case."""
    found, _ = rsigma(place, [correlate.text(case) for case in cases], [e for case in cases for e in case["events"]])
    windows, checks = collections.defaultdict(list), {case["number"]: case.get("holds", []) for case in cases}
    for one in found:
        if "correlation_type" in one and one["rule_id"].startswith(correlate.CORRELATION):
            number, end = int(one["rule_id"][-12:]), max(correlate.seconds(e["eventTime"]) for e in one["events"])
            if all(holds(one) for holds in checks[number]):
                windows[number].append([one["group_key"], end - one["timespan_secs"], end, [e["eventID"] for e in one["events"]]])
    return [windows[case["number"]] for case in cases]
