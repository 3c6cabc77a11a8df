"""Random trails, and what must be found in them.

An event is made as a list of (name, value) pairs, so that a member may be there twice; objects inside are lists of
pairs wrapped in Object. It is written out anew for every layout: other escapes, blanks, order of members and
envelopes. The model does not look at what was made but reads the written text with Python's json."""
import datetime
import gzip
import json
import random
import re

SES_RULE, PLAIN_SES_RULE, NAME_RULE = "ses", "ses without decoy", "name that ends in x"
NEW_RULE, OLD_RULE = "new to ses", "ses that was used before"
HOUR, DAY = 3600, 86400
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
BLANKS = ["", "", "", " ", "  ", "\t", "\r\n", "\n", "\n\n\t"]
# Where several values follow each other, a line that begins with a brace begins a value, and no other line does.
BLANKS_IN_SEQUENCE = ["", "", "", " ", "\t", "\n ", "\r\n\t"]
BLANKS_IN_LINE = ["", "", "", " ", "  ", "\t"]


class Object(list):
    """A JSON object as a list of (name, value) pairs."""


# ---- making events -------------------------------------------------------------------------------------------------

class World:
    """The keys of one round and the events that they sign. All that an event mentions beside its signature is one
    id, the theme, so that the order of its members does not decide whose mention comes first."""

    def __init__(self, rng):
        self.rng = rng
        self.decoys = [self.new_id("AKIA") for _ in range(rng.randint(1, 4))]
        if rng.random() < 0.3:
            self.decoys.append(self.new_id("ASIA"))
        self.others = [self.new_id("AKIA") for _ in range(3)] + [self.new_id("ASIA") for _ in range(2)]
        self.sessions = [self.new_id("ASIA") for _ in range(2)]
        self.number = 0
        self.theme = self.decoys[0]
        # What is new for somebody needs weeks, what happens together an hour.
        self.days = rng.choice([1, 9, 12, 30])

    def new_id(self, prefix):
        return prefix + self.rng.choice("QRSTUVWXYZ234567") + "".join(self.rng.choice(BASE32) for _ in range(15))

    def near_miss(self):
        """What looks like a decoy's id and is none."""
        key = self.theme
        at = self.rng.randrange(20)
        return self.rng.choice([key.lower(), key[:-1], key + "A", key[:at] + "_" + key[at + 1:], " " + key,
            "\\u0041" + key[1:], "A\\u004b" + key[2:], key[::-1], ""])

    def hostile(self):
        """Text that a prefilter or a cutter may stumble over."""
        rng = self.rng
        piece = rng.choice(["KIKI", "AKIA", "ASIA", "tNtN", "tStS", "eventName", '"eventName":"', '\\"eventSource\\":\\"ses', "\\",
            '"', "{", "}", "]}", '{"eventVersion":"1.08"', '},{"eventVersion":', '"Records":[{', "\n{", "\r\n", "\\u0041", "\\u00",
            "é", "日本", "😀", "\x01", "\x7f", "\0", "/", " ", "x", self.near_miss(), "ses.amazonaws.com",
            "\ud800", '"userIdentity":{"accessKeyId":"' + self.theme + '"}', "tTtT", '"eventTime":"2026-01-01T00:00:00Z"',
            '\\"eventTime\\":\\"2026-01-01T00:00:00Z\\"'])
        return piece * rng.choice([1, 1, 1, 2, 3, 5, 31, 32, 33, 64, 65, 127])

    def time(self):
        """Mostly as CloudTrail writes it."""
        rng = self.rng
        time = datetime.datetime(2026, 11, 21) - datetime.timedelta(days=rng.randrange(self.days), hours=rng.randrange(24),
            minutes=rng.randrange(60), seconds=rng.choice([0, 0, 1, 59]))
        form = "%Y-%m-%dT%H:%M:%S"
        if rng.random() < 0.9:
            return time.strftime(form + "Z")
        return rng.choice([time.strftime(form + ".500Z"), (time + datetime.timedelta(hours=2)).strftime(form + "+02:00"),
            "yesterday", "", None, 7, time.strftime(form + "Z ")])

    def words(self):
        return "".join(self.hostile() for _ in range(self.rng.choice([0, 1, 1, 2, 4])))

    def filler(self):
        """Moves what follows across the borders of blocks, strips and chunks."""
        size = self.rng.choice([0, 0, 0, 0, 1, 17, 63, 64, 300, 4096, 5000, 40000])
        return "x" * (size + self.rng.randrange(64) if size else 0)

    def anything(self, depth=0):
        rng = self.rng
        kind = rng.randrange(10)
        if kind < 4 or depth > 4:
            return self.words()
        if kind == 4:
            return rng.choice([None, True, False, 0, -1, 12345678901234567890123, 1.5])
        if kind == 5:
            return self.theme
        if kind < 8:
            return [self.anything(depth + 1) for _ in range(rng.randrange(4))]
        if kind == 8 and rng.random() < 0.3:
            return Object([("eventTime", self.time()), ("eventSource", "ses.amazonaws.com")])
        names = ["accessKeyId", "eventName", "eventSource", "eventTime", "userIdentity", "Records", "detail", "credentials", "a.b", self.words()]
        return Object((rng.choice(names), self.anything(depth + 1)) for _ in range(rng.randrange(4)))

    def key(self):
        rng = self.rng
        pool = rng.choices([self.decoys, self.sessions, self.others, None], [3, 2, 5, 1])[0]
        return self.near_miss() if pool is None else rng.choice(pool)

    def identity(self):
        rng = self.rng
        if rng.random() < 0.04:
            return rng.choice([None, "root", [], 7, Object()])
        who = Object([("type", rng.choice(["IAMUser", "AssumedRole", "Root"])), ("principalId", "AIDAEXAMPLE" + str(rng.randrange(9))),
            ("arn", "arn:aws:iam::123456789012:user/u" + str(rng.randrange(9))), ("accountId", "123456789012")])
        if rng.random() < 0.9:
            who.append(("accessKeyId", self.key()))
        if rng.random() < 0.1:
            who.append(("accessKeyId", rng.choice([None, self.key(), [self.key(), self.key()], Object(), 5])))
        if rng.random() < 0.3:
            who.append(("sessionContext", self.anything()))
        return who

    def parameters(self):
        rng = self.rng
        if rng.random() < 0.4:
            return None
        if rng.random() < 0.3:
            return Object([("accessKeyId", self.theme), ("status", "Inactive")])
        return self.anything()

    def event(self):
        rng = self.rng
        self.number += 1
        self.theme = rng.choice(self.decoys + self.others + self.sessions)
        source, name = rng.choice([("ses.amazonaws.com", "GetSendQuota"), ("ses.amazonaws.com", "ListIdentities"),
            ("SES.amazonaws.com", "GetAccount"), ("s3.amazonaws.com", "ListBuckets"), ("ses.amazonaws.com ", "SendEmail"),
            ("iam.amazonaws.com", "UpdateAccessKey"), ("iam.amazonaws.com", "GetAccessKeyLastUsed"),
            ("sts.amazonaws.com", "GetSessionToken"), ("sts.amazonaws.com", "AssumeRole"), ("ec2.amazonaws.com", self.words()),
            ("ec2.amazonaws.com", self.words() + "x")])
        answer = None
        if source.startswith("sts"):
            # Each id is handed out once, and may sign any event, earlier ones too: events are shuffled later.
            self.sessions.append(self.new_id("ASIA"))
            answer = Object([("credentials", Object([("sessionToken", "t"), ("accessKeyId", self.sessions[-1])]))])
        elif rng.random() < 0.3:
            answer = self.anything()
        event = Object([("eventVersion", rng.choice(["1.08", "1.11", "2.0"])), ("userIdentity", self.identity()),
            ("eventTime", self.time()),
            ("eventSource", source), ("eventName", name), ("awsRegion", "us-east-1"), ("sourceIPAddress", "192.0.2.1"),
            ("userAgent", self.words()), ("requestParameters", self.parameters()), ("responseElements", answer),
            ("requestID", "r%d" % self.number), ("eventID", "e%d" % self.number), ("recipientAccountId", "123456789012")])
        if rng.random() < 0.5:
            event.insert(rng.randrange(len(event)), ("additionalEventData", Object([("filler", self.filler()), ("x", self.anything())])))
        if rng.random() < 0.3:
            event.insert(rng.randrange(len(event)), ("errorCode", rng.choice(["AccessDenied", "accessdenied", "NoSuchBucket", None, 5])))
        # Twins that do not change what the event is: the first one counts for that, and rules see all of them.
        if rng.random() < 0.06:
            event.append(("eventSource", rng.choice(["ses.amazonaws.com", "s3.amazonaws.com", None, 5, ["ses.amazonaws.com"]])))
        if rng.random() < 0.06:
            event.append(("eventTime", self.time()))
        if rng.random() < 0.06:
            event.append(("userIdentity", self.identity()))
        if rng.random() < 0.06:
            event.append(("requestParameters", self.parameters()))
        return event


# ---- writing them --------------------------------------------------------------------------------------------------

class Writer:
    """Writes values as JSON in one of the ways in which they can be written."""

    def __init__(self, rng, is_plain=False, blanks=BLANKS):
        self.rng = rng
        self.blanks = blanks
        self.has_blanks = not is_plain and rng.random() < 0.4
        self.escapes = 0 if is_plain else rng.choice([0, 0, 0.02, 0.3])
        self.has_ascii_only = rng.random() < 0.5
        self.has_order = is_plain or rng.random() < 0.5

    def blank(self):
        return self.rng.choice(self.blanks) if self.has_blanks else ""

    def unit(self, code):
        return ("\\u%04x" if self.rng.random() < 0.5 else "\\u%04X") % code

    def character(self, c, is_escaped):
        code = ord(c)
        short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", "/": "\\/"}
        if c in short and (not is_escaped or self.rng.random() < 0.5) and (c != "/" or self.rng.random() < 0.2):
            return short[c]
        if is_escaped or code < 0x20 or 0xD800 <= code < 0xE000 or (code > 0x7E and self.has_ascii_only):
            if code < 0x10000:
                return self.unit(code)
            code -= 0x10000
            return self.unit(0xD800 + (code >> 10)) + self.unit(0xDC00 + (code & 0x3FF))
        return c

    def string(self, s):
        if self.escapes and len(s) < 2000:
            return '"' + "".join(self.character(c, self.rng.random() < self.escapes) for c in s) + '"'
        quoted = json.dumps(s, ensure_ascii=self.has_ascii_only)
        quoted = re.sub("[\ud800-\udfff]", lambda m: self.unit(ord(m[0])), quoted)
        return quoted.replace("/", "\\/") if self.rng.random() < 0.2 else quoted

    def ordered(self, pairs):
        """The members in another order, with twins in the order they had."""
        if self.has_order:
            return pairs
        names = [name for name, _ in pairs]
        self.rng.shuffle(names)
        queues = {}
        for name, value in pairs:
            queues.setdefault(name, []).append(value)
        return [(name, queues[name].pop(0)) for name in names]

    def value(self, value):
        b = self.blank
        if isinstance(value, Object):
            inside = ",".join(f"{b()}{self.string(n)}{b()}:{b()}{self.value(v)}{b()}" for n, v in self.ordered(value))
            return "{" + (inside or b()) + "}"
        if isinstance(value, list):
            return "[" + (",".join(b() + self.value(v) + b() for v in value) or b()) + "]"
        return self.string(value) if isinstance(value, str) else json.dumps(value)


def document(events, rng, blanks=BLANKS):
    """Events in one envelope, or each in its own, one after the other."""
    writer, inner = Writer(rng, blanks=blanks), Writer(rng)
    shape = rng.choice(["records", "records", "lookup", "logs", "array", "arrays", "bridge", "plain", "twice"])
    listed = Object([("EventId", "x"), ("Username", "u")])
    if shape == "records":
        value = Object([("Records", events)])
    elif shape == "lookup":
        value = Object([("Events", [Object(listed + [("CloudTrailEvent", inner.value(e))]) for e in events]), ("NextToken", "n")])
    elif shape == "logs":
        value = Object([("owner", "1"), ("logEvents", [Object([("id", "1"), ("message", inner.value(e))]) for e in events])])
    elif shape == "twice":
        wrapped = [Object(listed + [("CloudTrailEvent", inner.value(e))]) for e in events]
        value = Object([("logEvents", [Object([("message", inner.value(w))]) for w in wrapped])])
    elif shape == "array":
        value = list(events)
    elif shape == "arrays":
        value = [events[:1], [events[1:]]]
    else:
        if shape == "bridge":
            events = [Object([("version", "0"), ("detail-type", "AWS API Call via CloudTrail"), ("detail", e)]) for e in events]
        if blanks is BLANKS:
            writer.blanks = BLANKS_IN_SEQUENCE
        gap = "\n" if blanks is BLANKS_IN_LINE else rng.choice(["\n", "\r\n", "", " ", "\n\n"])
        return gap.join(writer.value(e) for e in events)
    return writer.value(value)


def split(items, rng):
    """The items in runs of random length."""
    runs = []
    while items:
        n = rng.choice([1, 1, 2, 5, 20])
        runs.append(items[:n])
        items = items[n:]
    return runs


def packed(data, rng):
    """Gzip of several members, cut anywhere."""
    places = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice([0, 0, 1, 3, 20])))
    return b"".join(gzip.compress(data[a:b], rng.choice([1, 6, 9])) for a, b in zip([0, *places], [*places, len(data)]))


# ---- the model -----------------------------------------------------------------------------------------------------

def read(text):
    return json.loads(text, object_pairs_hook=Object)


def values(node, path):
    """All values at a path, arrays looked through; a name that holds dots is met by those of the path."""
    if isinstance(node, Object) and path:
        for name, value in node:
            if name == path:
                yield from values(value, "")
            elif path.startswith(name + "."):
                yield from values(value, path[len(name) + 1:])
    elif isinstance(node, list) and not isinstance(node, Object):
        for value in node:
            yield from values(value, path)
    elif not path:
        yield node


def strings(node):
    """All names and strings below, in the order of the text."""
    if isinstance(node, Object):
        for name, value in node:
            yield name
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)
    elif isinstance(node, str):
        yield node


def named(node, ids):
    """The first of the ids that stands in a value's text."""
    for s in strings(node):
        places = [(s.index(i), i) for i in ids if i in s]
        if places:
            return min(places)[1]
    return None


def match(event, owners):
    """How an event has to do with a decoy: ("key", decoy), or (None, None)."""
    signed = [v for v in values(event, "userIdentity.accessKeyId") if isinstance(v, str) and v in owners]
    for prefix, how in (("AKIA", "key"), ("ASIA", "session")):
        for key in signed:
            if key.startswith(prefix):
                return how, owners[key]
    for name in ("requestParameters", "responseElements"):
        found = named([v for n, v in event if n == name], owners)
        if found:
            return "target", owners[found]
    found = named(event, owners)
    return ("mention", owners[found]) if found else (None, None)


def first(node, name):
    """What a member holds: of several the first counts."""
    return next((v for n, v in node if n == name), None) if isinstance(node, Object) else None


def time_of(event):
    """In seconds; None when it is no time."""
    text = first(event, "eventTime")
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+\d\d:\d\d)", text):
        return None
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00").replace(".500", ".500000")).timestamp()


def actor_of(event):
    """A long-term key, or the user; None for nobody."""
    who = first(event, "userIdentity")
    key = first(who, "accessKeyId")
    if first(who, "type") != "Root" and isinstance(key, str) and key.startswith("AKIA"):
        return key
    return first(who, "arn")


def novelty(events):
    """For each event that used SES whether that is new for its actor: True, False, or None when it is not known."""
    seen, since = {}, min((t for t in map(time_of, events) if t is not None), default=None)
    for event in events:
        use, t = (actor_of(event), first(event, "eventSource")), time_of(event)
        if t is not None and None not in use:
            seen[use] = min(t, seen.get(use, t))
    for event in events:
        use, t = (actor_of(event), first(event, "eventSource")), time_of(event)
        is_known = use in seen and t is not None and use[1].lower() == "ses.amazonaws.com" and t - since >= 7 * DAY
        yield t - seen[use] <= HOUR if is_known else None


def expected(texts, decoys):
    """The findings in events given as JSON texts: sorted (rule, eventID, decoy or None)."""
    events = [read(text) for text in texts]
    owners = {decoy: decoy for decoy in decoys}
    while True:
        fresh = {}
        for event in events:
            how, decoy = match(event, owners)
            new = [v for v in values(event, "responseElements.credentials.accessKeyId") if isinstance(v, (str, int, float))][:1]
            if how in ("key", "session") and new and str(new[0]).startswith("ASIA") and new[0] not in owners:
                fresh[new[0]] = decoy
        if not fresh:
            break
        owners.update(fresh)
    findings = set()
    for event, is_new in zip(events, novelty(events)):
        how, decoy = match(event, owners)
        name = next(values(event, "eventID"))
        if is_new is not None and first(event, "eventName") == "GetSendQuota":
            findings.add((NEW_RULE if is_new else OLD_RULE, name, decoy))
        if how:
            findings.add((how, name, decoy))
        if any(isinstance(v, str) and v.lower() == "ses.amazonaws.com" for v in values(event, "eventSource")):
            findings.add((SES_RULE, name, decoy))
            if not how:
                findings.add((PLAIN_SES_RULE, name, None))
        if any(isinstance(v, str) and v.lower().endswith("x") for v in values(event, "eventName")):
            findings.add((NAME_RULE, name, decoy))
    return sorted(findings, key=str)
