"""Asks pySigma and SQLite: rules are converted by pySigma's SQLite backend and what comes out is executed. Runs in the
environment of requirements.txt. Reads a JSON document from standard input, {"rules": [{"yaml": …, "units": [numbers of rules]}],
"rows": [[event, is_first, {path: value}]]}, and writes, for every rule, {"error": …} or {"match": [events], "units":
[[events] or null]}. A row is an event with one value for each field; where a field has several values the event has
several rows; path "" is the text that keywords search. "match" is what the whole rule makes of first rows, "units" are events with any row in which a unit holds."""
import json
import re
import sqlite3
import sys

from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError


TEXT = "all of it"


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def stored(value):
    """A JSON value as flatteners store it: booleans as words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) >= 2 ** 63:
        return str(value)
    return value


def search(pattern, value):
    return value is not None and re.search(pattern, str(value)) is not None


class Judge:
    def __init__(self, rows):
        self.backend = sqliteBackend(fulltext_field=TEXT)
        rows = [[event, is_first, {name or TEXT: v for name, v in fields.items()}] for event, is_first, fields in rows]
        self.columns = sorted({name for _, _, fields in rows for name in fields})
        self.base = sqlite3.connect(":memory:")
        self.base.create_function("REGEXP", 2, search, deterministic=True)
        marks = ", ".join("?" for _ in self.columns)
        declared = ", ".join(f"{quoted(c)} COLLATE NOCASE" for c in self.columns)
        self.base.execute(f"CREATE TABLE logs (event INTEGER, is_first INTEGER, {declared})")
        self.base.executemany(f"INSERT INTO logs VALUES (?, ?, {marks})",
            [[event, is_first, *[stored(fields.get(c)) for c in self.columns]] for event, is_first, fields in rows])

    def add(self, names):
        for name in set(names) - set(self.columns):
            if name.lower() not in {c.lower() for c in self.columns}:
                self.base.execute(f"ALTER TABLE logs ADD COLUMN {quoted(name)} COLLATE NOCASE")
            self.columns.append(name)

    def ask(self, text, where):
        """Events in which a rule holds: in some row that meets where."""
        collection = SigmaCollection.from_yaml(text)
        found = set()
        for rule in collection.rules:
            self.add(self.backend.required_fields(rule))
        for query in self.backend.convert(collection):
            assert query.startswith("SELECT * FROM logs WHERE "), query
            query = "SELECT DISTINCT event FROM logs WHERE " + where + " AND (" + query.split(" WHERE ", 1)[1] + ")"
            found.update(event for event, in self.base.execute(query))
        return sorted(found)


def main():
    question = json.load(sys.stdin)
    judge, answers, seen = Judge(question["rows"]), [], {}

    def unit(number):
        if number not in seen:
            seen[number] = judge.ask(question["rules"][number]["yaml"], "1")
        return seen[number]

    for rule in question["rules"]:
        try:
            answers.append({"match": judge.ask(rule["yaml"], "is_first"), "units": [unit(u) for u in rule["units"]]})
        except (SigmaError, NotImplementedError, sqlite3.Error) as error:
            answers.append({"error": f"{type(error).__name__}: {error}"})
    json.dump(answers, sys.stdout)


main()
