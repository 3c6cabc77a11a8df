"""Asks pySigma and SQLite about correlations. Runs in the environment of requirements.txt. Reads a list of {"yaml": …,
"rows": [{path: value}]} from standard input, a row an event with its eventID and eventTime, and writes for each of them
[[group, start, end, [event ids]]], the windows that hold, or {"error": …}."""
import json
import sqlite3
import sys

from sigma.backends.sqlite import sqliteBackend
from sigma.backends.sqlite.runtime import execute_plan
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError


def ask(case):
    base = sqlite3.connect(":memory:")
    columns = sorted({name for row in case["rows"] for name in row})
    declared = ", ".join(f"`{c}` COLLATE NOCASE" for c in columns)
    base.execute(f"CREATE TABLE logs ({declared})")
    base.executemany(f"INSERT INTO logs VALUES ({', '.join('?' for _ in columns)})", [[row.get(c) for c in columns] for row in case["rows"]])
    backend = sqliteBackend(timestamp_field="eventTime", event_id_field="eventID")
    found = json.loads(backend.convert(SigmaCollection.from_yaml(case["yaml"]), "zircolite"))
    plan = next(rule["correlation_plan"] for rule in found if rule.get("correlation"))
    alerts, _ = execute_plan(base, plan, include_events=False)
    return [[a["group_keys"], a["window_start"], a["window_end"], [e.split(":", 1)[1] for e in a["event_ids"]]] for a in alerts]


def main():
    answers = []
    for case in json.load(sys.stdin):
        try:
            answers.append(ask(case))
        except (SigmaError, NotImplementedError, sqlite3.Error, ValueError) as error:
            answers.append({"error": f"{type(error).__name__}: {error}"})
    json.dump(answers, sys.stdout)


main()
