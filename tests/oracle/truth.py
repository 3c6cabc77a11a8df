"""What a unit (a field, its modifiers and one value) makes of an event by the specification, worked out here without any
engine. Only for the constructs that disagreements.py names: elsewhere the engines judge each other."""
import base64
import datetime
import ipaddress
import re
from fractions import Fraction

import model

COMPARISONS = {"lt": lambda a, b: a < b, "lte": lambda a, b: a <= b, "gt": lambda a, b: a > b, "gte": lambda a, b: a >= b}
TIMES = ("minute", "hour", "day", "week", "month", "year")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
DASH = re.compile(r"(?<!\w)[-/–—―](?=\w)")
ENCODINGS = {"wide": "utf-16-le", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf16": "utf-16"}
FLAGS = {"i": re.I, "m": re.M, "s": re.S}


def field(unit, event):
    return model.values(event, unit["field"])


def mods(unit):
    return unit["mods"].split("|") if unit["mods"] else []


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def spelled(value):
    """A value as text."""
    return value if isinstance(value, str) else model.compact(value)


def texts(unit, event):
    return [spelled(v) for v in field(unit, event) if v is not None]


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


def equal_bool(unit, event):
    return any(v is unit["value"] or spelled(v).lower() == spelled(unit["value"]) for v in field(unit, event) if not is_number(v))


def equal_text(unit, event):
    return any(v is not None and spelled(v).lower() == unit["value"].lower() for v in field(unit, event))


def week(text):
    """The week of ISO 8601 of a time in UTC."""
    try:
        time = datetime.datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return time.astimezone(datetime.timezone.utc).isocalendar().week if time.tzinfo else time.isocalendar().week


def part_of_date(unit, event):
    """A time modifier on a date that has no time."""
    days = [datetime.datetime.fromisoformat(text) for text in texts(unit, event) if is_date(text)]
    return any(unit["value"] == (day.isocalendar().week if unit["mods"] == "week" else getattr(day, unit["mods"])) for day in days)


def is_date(text):
    return re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])", text) is not None


def lower(text):
    """In lower case, as far as ASCII goes."""
    return "".join(c.lower() if c.isascii() else c for c in text)


def tokens(value):
    """The characters of a Sigma string, (is_wildcard, character): a backslash escapes *, ? and itself."""
    at = 0
    while at < len(value):
        is_escaped = value[at] == "\\" and value[at + 1:at + 2] in ("*", "?", "\\")
        at += is_escaped
        yield not is_escaped and value[at] in "*?", value[at]
        at += 1


def has_wildcard(value):
    return any(is_wildcard for is_wildcard, _ in tokens(value))


def like(value, front, back, is_cased):
    """What tells whether a text is like a Sigma string, with * before or behind it as well."""
    fold = (lambda text: text) if is_cased else lower
    source = "".join({"*": ".*", "?": "."}[c] if is_wildcard else re.escape(fold(c)) for is_wildcard, c in tokens(value))
    pattern = re.compile((".*" if front else "") + source + (".*" if back else ""), re.S)
    return lambda text: pattern.fullmatch(fold(text)) is not None


def dashed(value):
    """Every form of a value with |windash: a dash or slash before a word in all of its spellings."""
    found = DASH.search(value)
    if found is None:
        return [value]
    return [value[:found.start()] + dash + rest for dash in "-/–—―" for rest in dashed(value[found.end():])]


def shifted(value):
    """The three forms of some bytes within Base64: the characters that no byte before or behind them has a part in."""
    found = []
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + value).decode()
        end = (offset + len(value)) * 8 // 6
        found.append(encoded[-(-offset * 8 // 6):end])
    return found


def values_of(unit):
    """The Sigma strings that a unit's value stands for."""
    names = mods(unit)
    if "windash" in names:
        return dashed(unit["value"])
    if "base64" in names or "base64offset" in names:
        encoded = unit["value"].encode(next((ENCODINGS[name] for name in names if name in ENCODINGS), "utf-8"))
        return [base64.b64encode(encoded).decode()] if "base64" in names else shifted(encoded)
    return [spelled(unit["value"])]


def text_holds(unit, event):
    """Whether a string, or a regular expression, fits any value of the field; of a keyword, any value at all."""
    names = mods(unit)
    if "re" in names:
        flags = sum(FLAGS[name] for name in names if name in FLAGS)
        return any(re.search(unit["value"], text, flags) for text in texts(unit, event))
    is_inside = "contains" in names or unit["field"] == ""
    tests = [like(v, is_inside or "endswith" in names, is_inside or "startswith" in names, "cased" in names) for v in values_of(unit)]
    return any(test(text) for test in tests for text in texts(unit, event))


def refers(unit, event):
    """|fieldref: whether any value of the field is as any value of the other one, or holds it."""
    names = mods(unit)
    test = next((getattr(str, {"contains": "__contains__"}.get(name, name)) for name in names if name != "fieldref"), str.__eq__)
    others = [lower(spelled(v)) for v in model.values(event, unit["value"]) if v is not None]
    return any(test(lower(text), other) for text in texts(unit, event) for other in others)


def holds(unit, event):
    """For any unit that the rows of more than one kind name."""
    names, value = mods(unit), unit["value"]
    if "exists" in names:
        return (len(field(unit, event)) > 0) is value
    if value is None:
        return all(v is None for v in field(unit, event))
    if "cidr" in names:
        return in_network(unit, event)
    if unit["mods"] in COMPARISONS:
        return compared(unit, event)
    if "fieldref" in names:
        return refers(unit, event)
    if isinstance(value, bool):
        return equal_bool(unit, event)
    return equal_number(unit, event) if is_number(value) else text_holds(unit, event)
