"""Where other engines and keysnare disagree about one unit (a field, its modifiers and one value) in one event: exactly
which construct it is, what is right, and the clause that decides it. "Rules" is sigma-rules-specification.md, "Modifiers"
sigma-appendix-modifiers.md of the Sigma specification 2.1, "DESIGN" what keysnare promises where they are silent.

A row only says what is true of the unit it names: the rest of the rule must come out as the engine has it. A row that is
never needed fails the test: it would hide the next mistake."""
import collections
import datetime
import ipaddress
import re
from fractions import Fraction

import model

# engine: whose answer it puts right; is_case(unit, event), truth(unit, event): when it applies, and what then holds.
Row = collections.namedtuple("Row", "name engine construct clause is_case truth")
# A correlation: change(case, rows) gives the rows of a case so that the engine has no chance to differ in this one thing.
Correlation = collections.namedtuple("Correlation", "name engine construct clause change")
# A rule that one side does not take: is_mine, whether it is keysnare that refuses it.
Refusal = collections.namedtuple("Refusal", "name engine construct clause is_mine is_case")
COMPARISONS = {"lt": lambda a, b: a < b, "lte": lambda a, b: a <= b, "gt": lambda a, b: a > b, "gte": lambda a, b: a >= b}
TIMES = ("minute", "hour", "day", "week", "month", "year")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def field(unit, event):
    return model.values(event, unit["field"])


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def spelled(value):
    """A value as text."""
    return value if isinstance(value, str) else model.compact(value)


def exact(value):
    """A number or the text of one, without rounding; None for anything else."""
    text = spelled(value) if is_number(value) or type(value) is str else ""
    return Fraction(text) if NUMBER.fullmatch(text) and not text.endswith(".") else None


def address(value):
    try:
        return ipaddress.ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return None


def in_network(unit, event):
    network = ipaddress.ip_network(unit["value"], strict=False)
    found = [address(v) for v in field(unit, event)]
    return any(a is not None and a.version == network.version and a in network for a in found)


def compared(unit, event):
    numbers = [exact(v) for v in field(unit, event)]
    return any(n is not None and COMPARISONS[unit["mods"]](n, exact(unit["value"])) for n in numbers)


def equal_number(unit, event):
    return any(exact(v) == exact(unit["value"]) if is_number(v) else isinstance(v, str) and v == spelled(unit["value"])
        for v in field(unit, event))


def equal_text(unit, event):
    return any(v is not None and spelled(v).lower() == unit["value"].lower() for v in field(unit, event))


def of_absent(unit):
    return unit["value"] is None or (unit["mods"] == "exists" and unit["value"] is False)


def is_plain(unit, *kinds):
    return unit["mods"] == "" and isinstance(unit["value"], kinds) and not (isinstance(unit["value"], bool) and bool not in kinds)


def named(unit):
    """The fields that a unit looks at."""
    return [unit["field"]] + [unit["value"]] * ("fieldref" in unit["mods"])


def is_other_case(name, event):
    return not model.values(event, name) and name.lower() in {f.lower() for f in paths(event)}


def paths(event):
    """The paths of an event."""
    found, todo = set(), [("", event)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, list):
            todo.extend((path, v) for v in value)
        elif isinstance(value, dict):
            todo.extend((f"{path}.{name}" if path else name, v) for name, v in value.items())
            found.update(f"{path}.{name}" if path else name for name in value)
    return found


def week(text):
    """The week of ISO 8601 of a time in UTC."""
    try:
        time = datetime.datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return time.astimezone(datetime.timezone.utc).isocalendar().week if time.tzinfo else time.isocalendar().week


def with_dashes(unit, event):
    """|windash of a value with one dash: with any of the five in its place."""
    texts = [re.sub("[-/–—―]", dash, unit["value"]).lower() for dash in "-/–—―"]
    found = [spelled(v).lower() for v in field(unit, event) if v is not None]
    return any((text in value) if "contains" in unit["mods"] else text == value for text in texts for value in found)


ROWS = [
    Row("exists-null", "sqlite", "|exists on a field whose value, or one of whose values, is null",
        "Modifiers, exists: only the presence of a field, not its value, be it empty or null; SQL has no other absence than NULL",
        lambda u, e: u["mods"] == "exists" and None in field(u, e),
        lambda u, e: u["value"] is True),
    Row("field-name-case", "sqlite", "a field that the event has in another case only",
        "Rules, Field usage: fields as they appear in the log source; columns of SQLite have no case",
        lambda u, e: any(is_other_case(name, e) for name in named(u)),
        lambda u, e: of_absent(u)),
    Row("number-and-its-text", "sqlite", "a number in the rule, a string that spells it in the event",
        "Rules, General: all values are treated as case-insensitive strings; SQLite's types differ",
        lambda u, e: is_plain(u, int, float) and any(isinstance(v, str) and v == spelled(u["value"]) for v in field(u, e)),
        equal_number),
    Row("text-and-its-number", "sqlite", "a string that spells a number in the rule, that number in the event",
        "Rules, General: all values are treated as case-insensitive strings; SQLite's types differ",
        lambda u, e: is_plain(u, str) and exact(u["value"]) is not None and any(is_number(v) for v in field(u, e)),
        equal_text),
    Row("large-number", "sqlite", "an integer beyond 2^53 in the rule: pySigma rounds it to a double",
        "Rules, General: a value is what is written",
        lambda u, e: is_plain(u, int) and abs(u["value"]) > 2 ** 53,
        equal_number),
    Row("compare-text", "sqlite", "|lt |lte |gt |gte on a field that holds a string: every text is above every number in SQLite",
        "Modifiers, Numeric Modifiers: only for numeric values, so text that is no number is neither less nor greater",
        lambda u, e: u["mods"] in COMPARISONS and any(isinstance(v, str) or isinstance(v, bool) for v in field(u, e)),
        compared),
    Row("compare-large", "sqlite", "|lt |lte |gt |gte with an integer beyond 2^53: pySigma rounds it to a double",
        "Modifiers, Numeric Modifiers: the value is what is written",
        lambda u, e: u["mods"] in COMPARISONS and abs(u["value"]) > 2 ** 53,
        compared),
    Row("bool-and-number", "sqlite", "true or false in the rule, the number 1 or 0 in the event: the backend takes both, for tables without booleans",
        "Rules, General: values are strings, and 1 is not true",
        lambda u, e: is_plain(u, bool) and any(is_number(v) and v in (0, 1) for v in field(u, e)),
        lambda u, e: any(v is u["value"] or spelled(v).lower() == spelled(u["value"]) for v in field(u, e) if not is_number(v))),
    Row("cidr-no-address", "sqlite", "|cidr on what is no address: pySigma writes networks as text patterns",
        "Modifiers, IP Modifiers: only for IP values",
        lambda u, e: u["mods"] == "cidr" and any(address(v) is None for v in field(u, e)),
        in_network),
    Row("cidr-ipv6", "sqlite", "|cidr with an IPv6 network or on an IPv6 address: a text pattern cannot know its spellings",
        "Modifiers, IP Modifiers: supports both IPv4 and IPv6 notations",
        lambda u, e: u["mods"] == "cidr" and (":" in u["value"] or any(a is not None and a.version == 6 for a in map(address, field(u, e)))),
        in_network),
    Row("windash-long-dash", "sqlite", "|windash with a –, — or ― in the rule: pySigma replaces - and / only",
        "Modifiers, windash: converts the aforementioned characters, all five, interchangeably",
        lambda u, e: "windash" in u["mods"] and re.search("[–—―]", u["value"]) is not None,
        with_dashes),
    Row("week", "sqlite", "|week: SQLite's %W counts from the first Monday of the year, the days before it being week 0",
        "Modifiers, Time Modifiers: a number between 1 and 52; which week that is, is open: keysnare takes ISO 8601's",
        lambda u, e: u["mods"] == "week",
        lambda u, e: any(week(v) == u["value"] for v in field(u, e))),
    Row("no-such-day", "sqlite", "a time modifier on a date that no calendar has: SQLite takes day 31 of every month",
        "Modifiers, Time Modifiers: only for date values",
        lambda u, e: u["mods"] in TIMES and any(isinstance(v, str) and re.match(r"\d{4}-(02-30|(02|04|06|09|11)-31)", v) for v in field(u, e)),
        lambda u, e: False),
    Row("keyword-large", "sqlite", "an integer beyond 2^53 as a keyword: pySigma rounds it to a double",
        "Rules, General: a value is what is written",
        lambda u, e: isinstance(u["value"], int) and abs(u["value"]) > 2 ** 53,
        lambda u, e: any(spelled(u["value"]) in spelled(v) for v in field(u, e))),
]

# What an engine takes under another name only: (engine, as the specification has it, as the engine has it, clause).
SPELLINGS = [
    ("sqlite", "|utf16le|", "|wide|", "Modifiers, Encoding: utf16le is a modifier, wide an alias for it; pySigma knows wide alone"),
]


def respelled(engine, text):
    for whose, ours, theirs, _ in SPELLINGS:
        text = text.replace(ours, theirs) if whose == engine else text
    return text

REFUSALS = []


def value_fields(case):
    return {case["field"]} - {None}


CORRELATIONS = [
    Correlation("value-absent", "sqlite", "an event that lacks the field whose values are counted",
        "Correlations, value_count: counts values in a field, so an event without one is not part of it",
        lambda case, rows: [row for row in rows if all(row.get(name) is not None for name in value_fields(case))]),
]


def find(engine, unit, event):
    return next((r for r in ROWS if r.engine == engine and (unit["field"] == "") == r.name.startswith("keyword") and r.is_case(unit, event)), None)


def find_refusal(engine, rule, is_mine):
    return next((r for r in REFUSALS if r.engine == engine and r.is_mine == is_mine and r.is_case(rule)), None)

# A correlation that correlate.py works out itself.
MODELLED = [
    Correlation("order-of-an-instant", "sqlite", "temporal_ordered and events of one second: the backend wants each later than the one before",
        "Correlations, Compatibility: rather false positives than false negatives; CloudTrail's times are whole seconds", None),
]
