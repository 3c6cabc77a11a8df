"""Random rules and events for the oracles. Values of rules are made from values of events, so that about half of what
is asked is nearly right: the other case, a piece, a wildcard in place of a character, an escape too few or too many."""
import base64
import fnmatch
import random

import model

WORDS = ["GetSendQuota", "ListIdentities", "AccessDenied", "Client.UnauthorizedOperation", "ses.amazonaws.com", "aws-cli/2.9.19",
    "Boto3/1.34.2 md/Botocore#1.34.2", "AWS Internal", "", " ", "*", "?", "a*b", "a?b", "\\", "a\\b", "\\*", "\\\\", "C:\\temp\\x?.exe",
    "100%", "%", "_", "a_b", "[a]", "[!x]", "{}", "it's", "''", 'say "no"', "a|b", "a.b", "(x)", "^a$", "-enc /c", "cmd -c run",
    "cmd /c run", "cmd –c run", "Köln", "KÖLN", "straße", "日本", "😀 x", "e\u0301", "tab\there", "line\nbreak", "true", "false", "True", "null",
    "0", "1", "5", "05", "5.0", "-1", "1e3", "10", "9", "20", "0x10", "9007199254740993", "NaN", "10.0.0.1", "10.1.2.3", "192.168.1.255",
    "192.168.2.0", "2001:db8::1", "2001:DB8:0:0:0:0:0:2", "::ffff:10.0.0.1", "10.0.0.1.evil.org", "10.0.0.300", "2026-11-22T03:04:05Z",
    "2024-02-29T23:59:59Z", "arn:aws:iam::123456789012:user/a", "ARN:AWS:IAM::123456789012:USER/A", "<script>", "--", "/", "–"]
SECRETS = ["GetSendQuota", "cmd -c run", "AccessDenied"]
HIDDEN = [base64.b64encode(("x" * n + s + "yz").encode()).decode() for s in SECRETS for n in range(3)] + \
    [base64.b64encode(s.encode()).decode() for s in SECRETS] + \
    [base64.b64encode(s.encode(e)).decode() for s in SECRETS for e in ("utf-16le", "utf-16be", "utf-16")]
NUMBERS = [0, 1, 5, -1, 10, 9, 20, 1000, 5.5, -0.25, 9007199254740993, 9007199254740992, 123456789012]
NETWORKS = ["10.0.0.0/8", "10.0.0.0/24", "192.168.0.0/16", "192.168.1.0/25", "0.0.0.0/0", "10.0.0.1/32", "2001:db8::/32", "::/0",
    "2001:db8::/127", "192.168.0.0/22"]
REGEXES = ["^Get", "Quota$", "(Get|List).*", "[A-Z][a-z]+", "a.b", "^$", "\\.com", "^.{5}$", "\\d+", "[0-9]{2,3}", "x?y", "line.break", "^break",
    "köln", "access", "\\\\", "'", "(?i)GETSEND", "a|b", "^true$", "^[^a]*$"]
PLAIN = ["eventName", "eventSource", "errorCode", "userAgent", "sourceIPAddress", "userIdentity.arn", "userIdentity.type",
    "userIdentity.sessionContext.attributes.mfaAuthenticated", "requestParameters.name", "requestParameters.text", "requestParameters.count",
    "requestParameters.flag", "eventTime"]
MANY = ["requestParameters.list", "requestParameters.set.items.id"]
OBJECTS = ["requestParameters", "userIdentity"]
FIELDS = PLAIN + MANY + OBJECTS + ["requestParameters.absent", "Eventname"]
TIMES = {"minute": 59, "hour": 23, "day": 31, "week": 53, "month": 12, "year": 2027}
ODD_TIMES = ["2026-01-01T00:00:00Z", "2024-12-30T23:59:59Z", "2026-03-01", "2026-03-01T05:06:07+02:00", "2026-03-01T05:06:07.123Z", "2026-03-01 05:06:07",
    "yesterday", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-01T25:00:00Z", "2026-03", ""]


def text(rng):
    return rng.choice(HIDDEN) if rng.random() < 0.08 else rng.choice(WORDS)


def scalar(rng):
    return rng.choices([text(rng), rng.choice(NUMBERS), rng.random() < 0.5, None], [12, 3, 1.5, 1])[0]


def put(event, path, value):
    *way, last = path.split(".")
    for name in way:
        event = event.setdefault(name, {})
    event[last] = value


def event(rng):
    """A record as CloudTrail's, or one as odd as JSON allows."""
    out = {}
    is_odd = rng.random() < 0.5
    for path in PLAIN:
        if rng.random() < 0.7:
            put(out, path, scalar(rng) if is_odd else text(rng))
    if "eventTime" in out:
        out["eventTime"] = f"{rng.choice([2024, 2026])}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}T0{rng.randint(0, 9)}:2{rng.randint(0, 9)}:00Z"
        if is_odd and rng.random() < 0.3:
            out["eventTime"] = rng.choice(ODD_TIMES)
    if rng.random() < 0.15 and "requestParameters" in out:
        out["requestParameters"] = rng.choice([None, {}, "text"])
    elif rng.random() < 0.3:
        put(out, MANY[0], [scalar(rng) for _ in range(rng.randint(0, 3))])
        if rng.random() < 0.5:
            put(out, "requestParameters.set", {"items": [{"id": scalar(rng)} if rng.random() < 0.8 else {"other": 1} for _ in range(rng.randint(0, 3))]})
    if is_odd and rng.random() < 0.1:
        out[rng.choice(["requestParameters.name", "userIdentity.arn", "eventname"])] = scalar(rng)
    if is_odd and rng.random() < 0.1:
        put(out, "errorCode", [[scalar(rng)], scalar(rng)])
    return out


def escaped(word):
    return word.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")


def damaged(rng, word):
    """A value for a rule out of a value of an event."""
    way = rng.randrange(8)
    if way == 0:
        return word
    if way == 1:
        return word.swapcase()
    word = escaped(word) if rng.random() < 0.8 else word
    at, end = sorted(rng.randint(0, len(word)) for _ in "ab")
    return [word, word[at:end], word[:end] + "*", "*" + word[at:], word[:at] + "*" + word[end:], word[:at] + "?" + word[at + 1:]][way - 2]


def known(rng, events, field):
    """A value that the field has in some event, or any."""
    found = [v for e in rng.sample(events, min(12, len(events))) for v in model.values(e, field)]
    return rng.choice(found) if found and rng.random() < 0.85 else scalar(rng)


def string(rng, events, field):
    value = known(rng, events, field)
    if value is True or value is False or value is None or isinstance(value, (int, float)):
        value = text(rng) if rng.random() < 0.7 or value is None else model.compact(value)
    return damaged(rng, str(value)[:60])


def number(rng, events, field):
    value = known(rng, events, field)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else rng.choice(NUMBERS)


def piece(rng, word):
    at = rng.randint(0, max(0, len(word) - 3))
    return word[at:at + rng.randint(1, 8)] or "x"


# What may stand behind a field, how often, and what makes its values.
KINDS = {
    "": (10, lambda r, e, f: r.choices([string(r, e, f), number(r, e, f), r.random() < 0.5], [8, 2, 1])[0]),
    "contains": (4, lambda r, e, f: piece(r, string(r, e, f))),
    "startswith": (3, string),
    "endswith": (3, string),
    "cased": (2, string),
    "contains|cased": (1.5, lambda r, e, f: piece(r, string(r, e, f))),
    "startswith|cased": (1, string),
    "endswith|cased": (1, string),
    "re": (3, lambda r, e, f: r.choice(REGEXES)),
    "re|i": (1, lambda r, e, f: r.choice(REGEXES)),
    "re|m": (0.7, lambda r, e, f: r.choice(REGEXES)),
    "re|s": (0.7, lambda r, e, f: r.choice(REGEXES)),
    "re|i|s": (0.5, lambda r, e, f: r.choice(REGEXES)),
    "cidr": (2, lambda r, e, f: r.choice(NETWORKS)),
    "lt": (1, number), "lte": (1, number), "gt": (1, number), "gte": (1, number),
    "fieldref": (1, lambda r, e, f: r.choice(FIELDS)),
    "fieldref|contains": (0.5, lambda r, e, f: r.choice(PLAIN)),
    "fieldref|startswith": (0.5, lambda r, e, f: r.choice(PLAIN)),
    "fieldref|endswith": (0.5, lambda r, e, f: r.choice(PLAIN)),
    "windash": (1, lambda r, e, f: r.choice(["cmd -c run", "cmd /c run", "-enc /c", "*-c*", "-"])),
    "windash|contains": (1, lambda r, e, f: r.choice([" -c ", "/c", "-enc", "–c"])),
    "base64": (1, lambda r, e, f: r.choice(SECRETS)),
    "base64offset|contains": (1.5, lambda r, e, f: r.choice(SECRETS)),
    "wide|base64": (0.6, lambda r, e, f: r.choice(SECRETS)),
    "utf16le|base64": (0.4, lambda r, e, f: r.choice(SECRETS)),
    "utf16be|base64": (0.4, lambda r, e, f: r.choice(SECRETS)),
    "utf16|base64": (0.4, lambda r, e, f: r.choice(SECRETS)),
    "wide|base64offset|contains": (0.6, lambda r, e, f: r.choice(SECRETS)),
    **{name: (0.5, lambda r, e, f, most=most: r.choice([r.randint(0, 9), r.randint(0, most), 2024, 2026])) for name, most in TIMES.items()},
}


class Rule:
    """Makes one rule: its detection and its tree, side by side."""

    def __init__(self, rng, events, kinds, is_long=False):
        self.rng, self.events, self.kinds, self.is_long = rng, events, kinds, is_long
        self.units = []
        self.keys = ()

    def unit(self, field, mods, value):
        self.units.append({"field": field, "mods": mods, "value": value})
        return ["unit", len(self.units) - 1]

    def item(self):
        """(key, value, tree) of an entry of a map."""
        rng = self.rng
        field = rng.choices(FIELDS, [4] * len(PLAIN) + [4] * len(MANY) + [1] * (len(FIELDS) - len(PLAIN) - len(MANY)))[0]
        odd = rng.random()
        if odd < 0.05:
            return field, None, self.unit(field, "", None)
        if odd < 0.10:
            is_there = rng.random() < 0.5
            return f"{field}|exists", is_there, self.unit(field, "exists", is_there)
        mods = rng.choices(list(self.kinds), [weight for weight, _ in self.kinds.values()])[0]
        if mods in TIMES:
            field = "eventTime"
        make = self.kinds[mods][1]
        count = rng.randint(8, 20) if self.is_long else 1 if rng.random() < 0.6 else rng.randint(2, 4)
        found = [make(rng, self.events, field) for _ in range(count)]
        is_all = count > 1 and rng.random() < 0.3
        is_negated = rng.random() < 0.06 and mods in ("", "contains", "re", "fieldref")
        tree = ["and" if is_all else "or"] + [self.unit(field, mods, v) for v in found]
        names = [field] + (mods.split("|") if mods else []) + ["all"] * is_all + ["neq"] * is_negated
        return "|".join(names), found if count > 1 or rng.random() < 0.1 else found[0], ["not", tree] if is_negated else tree

    def map(self):
        content, trees = {}, []
        for _ in range(self.rng.choice([1, 1, 2, 2, 3])):
            key, value, tree = self.item()
            if key not in content:
                content[key] = value
                trees.append(tree)
        return content, ["and", *trees]

    def keywords(self):
        """Values without a field: (selection, tree)."""
        rng = self.rng
        mods = rng.choices(["", "cased", "re"], [6, 1, 1])[0]
        count = rng.choice([1, 1, 2, 3])
        path = rng.choice(PLAIN)
        found = [rng.choice(REGEXES) if mods == "re" else number(rng, self.events, path) if rng.random() < 0.15 and not mods else
            piece(rng, string(rng, self.events, path)) for _ in range(count)]
        is_all = count > 1 and rng.random() < 0.3
        tree = ["and" if is_all else "or"] + [self.unit("", mods, v) for v in found]
        key = "|" + "|".join([m for m in [mods] if m] + ["all"] * is_all)
        return ({key: found} if mods or is_all else found), tree

    def selection(self):
        if self.rng.random() < 0.07:
            return self.keywords()
        if self.rng.random() < 0.15:
            maps = [self.map() for _ in range(self.rng.randint(1, 3))]
            return [m for m, _ in maps], ["or", *[t for _, t in maps]]
        return self.map()

    def condition(self, selections, depth):
        """(text, tree, how tightly it binds) of a random condition."""
        rng, way = self.rng, self.rng.random()
        if depth == 0 or way < 0.25:
            name = rng.choice(list(selections))
            return name, selections[name], 3
        if way < 0.45:
            quantifier, pattern = rng.choice(["1 of", "all of", "any of"]), rng.choice(["them", "sel_*", "_*", "*_b", "*"])
            names = [n for n in selections if meant(pattern, n)]
            if names:
                return f"{quantifier} {pattern}", ["and" if quantifier == "all of" else "or"] + [selections[n] for n in names], 3
            return self.condition(selections, depth)
        if way < 0.6:
            inner, tree, binds = self.condition(selections, depth - 1)
            return "not " + (inner if binds >= 2 and rng.random() < 0.8 else f"({inner})"), ["not", tree], 2
        kind, own = rng.choice([("and", 1), ("or", 0)])
        parts = [self.condition(selections, depth - 1) for _ in range(rng.randint(2, 3))]
        written = [t if binds > own or (binds == own and i == 0) else f"({t})" for i, (t, _, binds) in enumerate(parts)]
        return f" {kind} ".join(written), [kind, *[tree for _, tree, _ in parts]], own

    def make(self, number):
        rng = self.rng
        names = rng.sample(["sel_a", "sel_b", "sel_c", "filter_b", "other", "_hidden"], rng.randint(1, 4))
        made = {name: self.selection() for name in names}
        trees = {name: tree for name, (_, tree) in made.items()}
        conditions = [self.condition(trees, 2)[:2] for _ in range(2 if rng.random() < 0.08 else 1)]
        detection = {name: content for name, (content, _) in made.items()}
        detection["condition"] = [t for t, _ in conditions] if len(conditions) > 1 else conditions[0][0]
        return {"number": number, "detection": detection, "units": self.units, "tree": ["or", *[t for _, t in conditions]]}


def meant(pattern, name):
    """Whether an "of" with this pattern means a selection: those that start with _ only where it says so."""
    if name.startswith("_") and not pattern.startswith("_"):
        return False
    return pattern == "them" or fnmatch.fnmatchcase(name, pattern)


# What chance makes too seldom for the rows of disagreements.py that name it: events, and rules of one selection.
SELDOM_EVENTS = [
    {"userAgent": None, "sourceIPAddress": None, "requestParameters": {"list": [None, "05"]}},
    {"eventName": "AccessDenied", "errorCode": "say 05", "eventTime": "2026-03-01"},
]
SELDOM = [
    ({"requestParameters.list": None}, [("requestParameters.list", "", None)]),
    ({"userAgent|fieldref": "sourceIPAddress"}, [("userAgent", "fieldref", "sourceIPAddress")]),
    ({"eventTime|month": 3}, [("eventTime", "month", 3)]),
    ({"|all": ["Denied", "05"]}, [("", "", "Denied"), ("", "", "05")]),
]


def seldom(number, selection, units):
    return {"number": number, "detection": {"s": selection, "condition": "s"}, "tree": ["and", *[["unit", n] for n in range(len(units))]],
        "units": [dict(zip(("field", "mods", "value"), unit)) for unit in units]}


def rules_and_events(rng, rules, events, without=()):
    """Rules and events; without names modifiers that no rule may have."""
    kinds = {k: v for k, v in KINDS.items() if not set(k.split("|")) & set(without)}
    made = [event(rng) for _ in range(events)]
    made[0]["eventTime"] = "2026-02-30T00:00:00Z"
    found = [Rule(rng, made, kinds).make(n) for n in range(rules)]
    # Lists that get a shortlist, drawn by themselves: all else is what it would be without them.
    lists = random.Random(repr(made))
    found += [Rule(lists, made, kinds, True).make(rules + n) for n in range(rules // 10)]
    return found + [seldom(len(found) + n, *what) for n, what in enumerate(SELDOM)], made + SELDOM_EVENTS
