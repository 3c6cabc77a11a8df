"""Reads rules that others wrote into units and a tree, as generate.py makes them: maps, lists of maps, the condition. What
it does not know is an error, since a rule that was left out would look like one that agreed."""
import re

import generate


def read(number, document, text):
    rule = {"number": number, "id": document.get("name", document["id"]), "uuid": document["id"], "yaml": text, "detection": document["detection"], "units": []}
    selections = {name: selection(rule["units"], content) for name, content in document["detection"].items()
        if name not in ("condition", "timeframe")}
    conditions = document["detection"]["condition"]
    conditions = conditions if isinstance(conditions, list) else [conditions]
    rule["tree"] = ["or", *[Condition(c, selections).read() for c in conditions]]
    return rule


def selection(units, content):
    if isinstance(content, list):
        return ["or", *[selection(units, c) for c in content]]
    return ["and", *[item(units, key, value) for key, value in content.items()]]


def item(units, key, value):
    field, *mods = key.split("|")
    found = []
    for one in value if isinstance(value, list) else [value]:
        units.append({"field": field, "mods": "|".join(m for m in mods if m not in ("all", "neq")), "value": one})
        found.append(["unit", len(units) - 1])
    tree = ["and" if "all" in mods else "or", *found]
    return ["not", tree] if "neq" in mods else tree


class Condition:
    """"not" binds tighter than "and", that tighter than "or"."""

    def __init__(self, text, selections):
        self.tokens = re.findall(r"[()]|[^\s()]+", text)
        self.selections = selections

    def read(self):
        tree = self.joined("or", lambda: self.joined("and", self.negated))
        if self.tokens and self.tokens[0] != ")":
            raise ValueError(f"what is {self.tokens[0]}?")
        return tree

    def joined(self, word, part):
        parts = [part()]
        while self.tokens and self.tokens[0].lower() == word:
            self.tokens.pop(0)
            parts.append(part())
        return [word, *parts]

    def negated(self):
        token = self.tokens.pop(0)
        if token.lower() == "not":
            return ["not", self.negated()]
        if token == "(":
            tree = self.read()
            self.tokens.pop(0)
            return tree
        if self.tokens and self.tokens[0].lower() == "of":
            self.tokens.pop(0)
            pattern = self.tokens.pop(0)
            found = [t for name, t in self.selections.items() if generate.meant(pattern, name)]
            return ["and" if token.lower() == "all" else "or", *found]
        return self.selections[token]
