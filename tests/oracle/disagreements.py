"""Where other engines and keysnare disagree about one unit (a field, its modifiers and one value) in one event: exactly
which construct it is, what is right, and the clause that decides it. "Rules" is sigma-rules-specification.md, "Modifiers"
sigma-appendix-modifiers.md, "Correlations" sigma-correlation-rules-specification.md of the Sigma specification 2.1,
"pySigma" what its source does where they are silent. Engines: "sqlite" is pySigma's SQL executed by SQLite, "rsigma" itself.

A row only says what is true of the unit it names: the rest of the rule must come out as the engine has it. A row that is
never needed fails the test: it would hide the next mistake."""
import collections
import re

import model
from truth import (COMPARISONS, TIMES, address, compared, equal_bool, equal_number, equal_text, exact, field, has_wildcard, holds,
    in_network, is_date, is_number, mods, part_of_date, refers, spelled, text_holds, texts, week)

# engines: whose answers it puts right; is_case(unit, event), truth(unit, event): when it applies, and what then holds.
Row = collections.namedtuple("Row", "name engines construct clause is_case truth")
# A rule that an engine joins otherwise out of units that are right.
Joined = collections.namedtuple("Joined", "name engines construct clause is_case")
# A correlation: change(case, rows) gives a case and its rows so that the engine has no chance to differ in this one thing.
Correlation = collections.namedtuple("Correlation", "name engines construct clause change")
# A correlation that correlate.py works out itself, where is_case(case).
Modelled = collections.namedtuple("Modelled", "name engines construct clause is_case")
# A rule that one side does not take: is_mine, whether it is keysnare that refuses it.
Refusal = collections.namedtuple("Refusal", "name engines construct clause is_mine is_case")


def of_absent(unit):
    return is_null(unit) or (unit["mods"] == "exists" and unit["value"] is False)


def is_null(unit):
    return unit["value"] is None


def is_plain(unit, *kinds):
    return unit["mods"] == "" and isinstance(unit["value"], kinds) and not (isinstance(unit["value"], bool) and bool not in kinds)


def is_pattern(unit):
    """Whether a unit's value is text that may have wildcards."""
    return isinstance(unit["value"], str) and not {"re", "cidr", "fieldref"} & set(mods(unit))


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


def looked_at(unit, event):
    """The values of all fields that a unit looks at."""
    return [v for name in named(unit) for v in model.values(event, name)]


def has_letters(text):
    """Whether a text has letters of two cases that are not ASCII."""
    return isinstance(text, str) and any(not c.isascii() and c.lower() != c.upper() for c in text)


ROWS = [
    Row("exists-null", "sqlite rsigma", "|exists on a field whose value, or one of whose values, is null",
        "Modifiers, exists: only the presence of a field, not its value, be it empty or null; both take null for absence",
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
        equal_bool),
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
        text_holds),
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
    Row("dotted-name", "rsigma", "an event with both a name that holds dots and the same path through objects: rsigma looks at the first only",
        "Rules, Field usage: fields as they appear in the log source, and both appear; pySigma maps neither away",
        lambda u, e: any(name in e and len(model.values({k: v for k, v in e.items() if k != name}, name)) > 0 for name in named(u)),
        holds),
    Row("whole", "rsigma", "text or a regular expression on a field that is, or holds, an object or array: rsigma sees its elements only",
        "open: the specification has no such field; keysnare promises the compact JSON of the source",
        lambda u, e: isinstance(u["value"], str) and any(isinstance(v, model.Whole) for v in looked_at(u, e)),
        holds),
    Row("fieldref-many", "rsigma", "|fieldref where either field has several values: rsigma compares lists",
        "open: the specification knows no lists in events; as everywhere, one value is enough",
        lambda u, e: "fieldref" in u["mods"] and any(len(model.values(e, name)) > 1 for name in named(u)),
        refers),
    Row("fieldref-null", "rsigma", "|fieldref of two fields that are both null",
        "open: whether null is a value to compare; pySigma's SQL says no",
        lambda u, e: "fieldref" in u["mods"] and all(None in model.values(e, name) for name in named(u)),
        refers),
    Row("null-in-list", "rsigma", "null in the rule, and a list that has a null in the event: rsigma compares the list",
        "open: the specification knows no lists in events; as everywhere, one value is enough",
        lambda u, e: is_null(u) and None in field(u, e) and len(field(u, e)) > 1,
        lambda u, e: True),
    Row("wildcard-newline", "rsigma", "a wildcard on text with a line feed, where rsigma's stops",
        "Rules, String Wildcard: * is of unbounded length, and ? a single character, whichever",
        lambda u, e: is_pattern(u) and has_wildcard(u["value"]) and any("\n" in text for text in texts(u, e)),
        text_holds),
    Row("wildcard-affix", "rsigma", "|startswith or |endswith with a wildcard in the value: rsigma ties it to the other end",
        "Modifiers, startswith and endswith: at the beginning, replacing 'adm*', and at the end",
        lambda u, e: {"startswith", "endswith"} & set(mods(u)) and is_pattern(u) and has_wildcard(u["value"]),
        text_holds),
    Row("letters-beyond-ascii", "rsigma", "letters that are not ASCII in the other case, in the rule and in the event",
        "Rules, General: case-insensitive, without a word on alphabets; keysnare takes ASCII's, as pySigma's SQL does in SQLite",
        lambda u, e: "cased" not in u["mods"] and (has_letters(u["value"]) if is_pattern(u) else "fieldref" in u["mods"]) and
            any(map(has_letters, looked_at(u, e))),
        holds),
    Row("base64offset-end", "rsigma", "|base64offset of a value whose last character in Base64 depends on what follows: rsigma leaves it there",
        "Modifiers, base64offset: the static part in the middle, without the first and the last byte",
        lambda u, e: "base64offset" in u["mods"],
        text_holds),
    Row("windash", "rsigma", "|windash with a / or a long dash in the rule, a dash that is before no word, or a wildcard, which rsigma takes literally",
        "Modifiers, windash: all five characters, which indicate flags; which dashes do is open: pySigma's are those before a word",
        lambda u, e: "windash" in u["mods"] and (re.search("[/–—―]|-(?!\\w)|\\w-", u["value"]) is not None or has_wildcard(u["value"])),
        text_holds),
    Row("date-alone", "rsigma", "a time modifier on a date without a time: rsigma wants both",
        "Modifiers, Time Modifiers: for date values",
        lambda u, e: u["mods"] in TIMES and any(map(is_date, texts(u, e))),
        part_of_date),
    Row("bool-and-word", "rsigma", "true or false in the rule, the text 1, 0, yes or no in the event",
        "Rules, General: values are strings, and 1 is not true",
        lambda u, e: is_plain(u, bool) and {"1", "0", "yes", "no"} & {t.lower() for t in texts(u, e)},
        equal_bool),
    Row("number-and-its-text", "rsigma", "a number in the rule, a string that is the same number spelled otherwise in the event",
        "Rules, General: all values are treated as strings, and 05 is not 5",
        lambda u, e: is_plain(u, int, float) and any(isinstance(v, str) and v != spelled(u["value"]) and exact(v) == exact(u["value"]) for v in field(u, e)),
        equal_number),
    Row("large-number", "rsigma", "an integer beyond 2^53 in the rule: rsigma rounds it to a double",
        "Rules, General: a value is what is written",
        lambda u, e: is_plain(u, int) and abs(u["value"]) >= 2 ** 53,
        equal_number),
    Row("compare-large", "rsigma", "|lt |lte |gt |gte with an integer of 2^53 and more: rsigma rounds both sides to doubles",
        "Modifiers, Numeric Modifiers: the value is what is written",
        lambda u, e: u["mods"] in COMPARISONS and abs(u["value"]) >= 2 ** 53,
        compared),
    Row("keyword-modifier", "rsigma", "a keyword with |cased: rsigma wants it to be the whole of a value",
        "Rules, Keywords search: a search across the event, whatever the case; pySigma's full text search likewise",
        lambda u, e: "cased" in u["mods"],
        text_holds),
    Row("keyword-number", "rsigma", "a number as a keyword: rsigma finds none",
        "Rules, Keywords search: across an entire event, and General: all values are treated as strings",
        lambda u, e: is_number(u["value"]),
        text_holds),
    Row("keyword-wildcard", "rsigma", "a keyword with a wildcard: rsigma wants it to be the whole of a value",
        "Rules, Keywords search: across an entire event, so within it as well; pySigma's full text search likewise",
        lambda u, e: u["mods"] == "" and has_wildcard(u["value"]),
        text_holds),
    Row("keyword-letters", "rsigma", "a keyword with letters that are not ASCII, in the other case",
        "Rules, General: case-insensitive, without a word on alphabets; keysnare takes ASCII's, as pySigma's SQL does in SQLite",
        lambda u, e: u["mods"] == "" and has_letters(u["value"]),
        text_holds),
    Row("keyword-in-scalar", "rsigma", "a keyword that a number, true or false holds: rsigma searches strings",
        "Rules, Keywords search: across an entire event",
        lambda u, e: any(not isinstance(v, str) for v in field(u, e)),
        text_holds),
]

def keys_of(content):
    """The keys of a selection, however its maps are listed."""
    if isinstance(content, list):
        return [key for part in content for key in keys_of(part)]
    return list(content) if isinstance(content, dict) else []


def conditions(rule):
    found = rule["detection"]["condition"]
    return found if isinstance(found, list) else [found]


JOINED = [
    Joined("neq-absent", "rsigma", "|neq on a field that the event lacks: rsigma says no",
        "Modifiers, neq: different from the values, which is open for no value; pySigma: a NOT around the rest",
        lambda r, e: any("neq" in key.split("|") and not model.values(e, key.split("|")[0]) for content in r["detection"].values() for key in keys_of(content))),
    Joined("keywords-all", "rsigma", "keywords with |all: rsigma wants one value that holds them all",
        "Rules, Keywords search: keywords across an entire event, here with an and",
        lambda r, e: any(key.startswith("|") and "all" in key.split("|") for content in r["detection"].values() for key in keys_of(content))),
    Joined("of-hidden", "rsigma", "1 of * and all of * with a selection whose name starts with an underscore: rsigma takes it in",
        "Rules, Condition: the same as 'of them', but restricted; those are excluded by convention (pySigma likewise)",
        lambda r, e: any(name.startswith("_") for name in r["detection"]) and any(re.search(r" of \*", text) for text in conditions(r))),
]

# What an engine takes under another name only: (engine, as the specification has it, as the engine has it, clause).
SPELLINGS = [
    ("sqlite", "|utf16le|", "|wide|", "Modifiers, Encoding: utf16le is a modifier, wide an alias for it; pySigma knows wide alone"),
]

REFUSALS = []


def respelled(engine, text):
    for whose, ours, theirs, _ in SPELLINGS:
        text = text.replace(ours, theirs) if whose == engine else text
    return text


def of(engine, table):
    return [row for row in table if engine in row.engines.split()]


def find(engine, unit, event):
    return next((r for r in of(engine, ROWS) if (unit["field"] == "") == r.name.startswith("keyword") and r.is_case(unit, event)), None)


def find_joined(engine, rule, event):
    return next((r for r in of(engine, JOINED) if r.is_case(rule, event)), None)


def find_refusal(engine, rule, is_mine):
    return next((r for r in of(engine, REFUSALS) if r.is_mine == is_mine and r.is_case(rule)), None)


def is_absent(row, names):
    return any(row.get(name) is None for name in names)


def with_values(case, rows):
    """Without the events that lack the field whose values are looked at."""
    return case, [row for row in rows if case["field"] is None or row.get(case["field"]) is not None]


def with_groups(case, rows):
    """Without what events that lack a field of the group would count for."""
    return case, [meeting(row, [k for k in case["kinds"] if k in row[KIND] and not is_absent(row, [g[k] for g in case["group"]])]) for row in rows]


def in_one_case(case, rows):
    """Fields of the group, and those whose values are counted, in lower case."""
    names = {name for group in case["group"] for name in group.values()} | {case["field"]}
    return case, [{name: v.lower() if name in names and isinstance(v, str) else v for name, v in row.items()} for row in rows]


def with_bound(case, rows):
    """A condition where a temporal type has none: all rules."""
    if not case["kind"].startswith("temporal") or "condition" in case["documents"][0]["correlation"]:
        return case, rows
    first, *others = case["documents"]
    return {**case, "documents": [{**first, "correlation": {**first["correlation"], "condition": {"gte": case["least"]}}}, *others]}, rows


def with_check(case, rows):
    """Windows only where the value that the engine found meets the condition."""
    if case["kind"] != "value_percentile":
        return case, rows
    condition = case["documents"][0]["correlation"]["condition"]
    bounds = [(COMPARISONS[op], condition[op]) for op in COMPARISONS if op in condition]
    return counting(case, lambda found: all(is_met(found["aggregated_value"], bound) for is_met, bound in bounds)), rows


def with_instants(case, rows):
    """Windows only where the event that ends one is the last of its group and instant."""
    after = {}
    for n, row in enumerate(rows):
        after[row["eventID"]] = [r for r in rows[n + 1:] if r["eventTime"] == row["eventTime"]]
    if not any(after.values()):
        return case, rows

    def is_last(found):
        group = list(dict(found["group_key"]).values())
        return not any(k in row[KIND] and group_of(case, row, k) == group for row in after[found["events"][-1]["eventID"]] for k in case["kinds"])
    return counting(case, is_last), rows


def counting(case, holds):
    """A case of which only what holds for holds is a finding."""
    return {**case, "holds": [*case.get("holds", []), holds]}


def meeting_once(case, rows):
    """Events that meet the first of several rules only, where the types do not ask which."""
    if case["kind"].startswith("temporal"):
        return case, rows
    return case, [meeting(row, [k for n, k in enumerate(case["kinds"]) if k in row[KIND] and
        not any(k2 in row[KIND] and group_of(case, row, k) == group_of(case, row, k2) for k2 in case["kinds"][:n])]) for row in rows]


def meeting(row, kinds):
    """A row that meets these of the rules."""
    return {**row, KIND: "".join(kinds) or "-"}


def group_of(case, row, kind):
    return [row.get(group[kind]) for group in case["group"]]


KIND = "requestParameters.kind"
CORRELATIONS = [
    Correlation("value-absent", "sqlite rsigma", "an event that lacks the field whose values are counted",
        "Correlations, value_count: counts values in a field, so an event without one is not part of it",
        with_values),
    Correlation("group-absent", "rsigma", "an event that lacks a field of the group: rsigma has those as a group of their own",
        "Correlations, temporal: the fields in group-by must have the same value; no value is none (pySigma: GROUP BY drops NULL)",
        with_groups),
    Correlation("group-case", "rsigma", "values of a group, or values that are counted, in different cases",
        "Rules, General: all values are treated as case-insensitive strings",
        in_one_case),
    Correlation("temporal-bound", "rsigma", "a temporal type without a condition: rsigma is content with one rule",
        "Correlations, temporal: all events defined by the rules must occur",
        with_bound),
    Correlation("percentile-unchecked", "rsigma", "value_percentile: rsigma works the value out and does not compare it with the bound",
        "Correlations, Condition: it must be met; the value that rsigma gives is compared instead",
        with_check),
    Correlation("half-an-instant", "rsigma", "several events of one group and second: rsigma looks after each of them, in the order of the file",
        "Correlations, Time Selection: a time period, and so all of its events; keysnare does not depend on the order within a second",
        with_instants),
    Correlation("two-rules-at-once", "rsigma", "an event that meets two rules of a type that counts events or values: rsigma counts it twice",
        "Correlations, event_count: counts events, not how many rules they meet",
        meeting_once),
]

MODELLED = [
    Modelled("order-of-an-instant", "sqlite", "temporal_ordered and events of one second: the backend wants each later than the one before",
        "Correlations, Compatibility: rather false positives than false negatives; CloudTrail's times are whole seconds",
        lambda case: case["kind"] == "temporal_ordered"),
    Modelled("ordered-some", "rsigma", "temporal_ordered with a condition that fewer than all of its rules meet: rsigma wants all of them",
        "Correlations, Condition: the count of different rules that match in the time frame",
        lambda case: case["kind"] == "temporal_ordered" and case["least"] < len(case["kinds"])),
]
