"""What a generated rule is, without any engine: units, one field, modifiers and one value each, under a tree of and, or
and not. An engine says which units hold in an event; what that makes of the rule is a matter of logic alone, and is
worked out here. So one disagreement about one unit can be settled, and everything else must still be the same."""
import json


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def flat(value):
    """The elements of an array, and of arrays in it."""
    for element in value:
        yield from flat(element) if isinstance(element, list) else [element]


def values(value, path):
    """The values of a field: arrays on the way are entered; one that ends the path gives its elements one by one, then
    itself as a whole. Names that hold dots are met by the same dots of the path. Objects and arrays are their compact
    JSON, marked as such. Without a path: all strings, numbers and booleans, at any depth."""
    if path == "":
        return scalars(value)
    found = []
    if isinstance(value, list):
        for element in value:
            found += values(element, path)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == path:
                found += [Whole(v) if isinstance(v, dict) else v for v in [*flat(inner), Whole(inner)]] if isinstance(inner, list) else \
                    [Whole(inner) if isinstance(inner, dict) else inner]
            elif path.startswith(name + "."):
                found += values(inner, path[len(name) + 1:])
    return found


def scalars(value):
    if isinstance(value, (list, dict)):
        return [s for v in (value.values() if isinstance(value, dict) else value) for s in scalars(v)]
    return [] if value is None else [value]


class Whole(str):
    """The text of an object or an array."""

    def __new__(cls, value):
        return super().__new__(cls, compact(value))


def is_true(tree, holds):
    """A tree over the truth of units: ["unit", n], ["not", tree], ["and", tree…], ["or", tree…]."""
    kind, *rest = tree
    if kind == "unit":
        return holds(rest[0])
    if kind == "not":
        return not is_true(rest[0], holds)
    return (all if kind == "and" else any)(is_true(part, holds) for part in rest)


def units_of(tree):
    if tree[0] == "unit":
        yield tree[1]
    else:
        for part in tree[1:]:
            yield from units_of(part)


def with_units(rules):
    """The rules, and behind them one for every different unit; each with its text and those of its units. A rule of one
    unit shows on its own what engines disagree about."""
    units = {}
    for rule in rules:
        for unit in rule["units"]:
            key = "|".join([unit["field"]] + ([unit["mods"]] if unit["mods"] else []))
            made = units.setdefault(compact([key, unit["value"]]), {"number": len(rules) + len(units), "units": [unit],
                "tree": ["unit", 0], "detection": {"s": {key: unit["value"]} if key else [unit["value"]], "condition": "s"}})
            unit["rule"] = made["number"]
    rules = [*rules, *units.values()]
    for rule in rules:
        if "yaml" not in rule:
            rule["id"] = f"00000000-0000-4000-8000-{rule['number']:012}"
            rule["yaml"] = compact({"title": "generated", "id": rule["id"], "status": "test", "level": "low",
                "logsource": {"product": "aws", "service": "cloudtrail"}, "detection": rule["detection"]})
    return rules
