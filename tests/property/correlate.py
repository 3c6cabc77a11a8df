"""Correlations by their definition, for the property test: every window that ends at a hit is looked at by itself, with
fractions for numbers and sets for everything else. Slow, and nothing of the program's."""
import datetime
import hashlib
from fractions import Fraction

TYPES = ["event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile"]
OPS = {"gt": lambda a, b: a > b, "gte": lambda a, b: a >= b, "lt": lambda a, b: a < b, "lte": lambda a, b: a <= b,
       "eq": lambda a, b: a == b, "neq": lambda a, b: a != b}
NUMBERS = ["0", "1", "-1", "2.5", "0.1", "0.2", "0.3", "1e3", "-7.25", "9007199254740993", "9007199254740992", "1e-20"]
WORDS = ["much", None, True, "", {"a": 1}]
PLAIN = [("rule_a", "A"), ("rule_b", "B"), ("rule_c", "C")]


def uuid(rng):
    h = "%032x" % rng.getrandbits(128)
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-8{h[17:20]}-{h[20:]}"


def identity(event):
    """Of events of an instant the one with the largest is the last."""
    parts = [event["eventID"], event["eventSource"], event["eventName"], event["awsRegion"], None, None,
             event["userIdentity"]["accessKeyId"], event["requestID"]]
    text = "event/1;" + "".join("-;" if part is None else f"{len(part)}:{part}" for part in parts)
    start = datetime.datetime(2026, 11, 21, 10, tzinfo=datetime.timezone.utc).timestamp()
    return hashlib.sha256(f"{text}t{int(start + event['time']) * 1000}".encode()).hexdigest()[:32]


class Correlation:
    def __init__(self, rng, name, below):
        self.name, self.id, self.type = name, uuid(rng), rng.choice(TYPES)
        pool = [rule for rule, _ in PLAIN] + [c.name for c in below]
        self.rules = rng.sample(pool, rng.randint(1, min(3, len(pool))))
        if below and rng.random() < 0.5 and below[-1].name not in self.rules:
            self.rules[0] = below[-1].name
        self.span = rng.choice([1, 10, 30, 60, 120])
        self.group = rng.choice([[], ["userIdentity.accessKeyId"], ["userIdentity.accessKeyId", "awsRegion"], ["who"]])
        self.alias = {r: rng.choice(["requestParameters.from", "requestParameters.to"]) for r in self.rules}
        self.field, self.percentile = None, 50
        if self.type == "value_count":
            self.field = rng.choice([["eventName"], ["requestParameters.from"], ["eventName", "awsRegion"]])
        elif self.type.startswith("value"):
            self.field = ["requestParameters.size"]
            self.percentile = rng.choice([0, 1, 25, 50, 75, 90, 99, 100])
        self.bounds = self.draw_bounds(rng)
        self.is_generating = rng.random() < 0.5

    def draw_bounds(self, rng):
        if self.type.startswith("temporal") and rng.random() < 0.5:
            return []
        if self.field and self.type != "value_count":
            number = lambda: rng.choice(["0", "1", "2.5", "-1", "0.3", "9007199254740992", "100.125"])
        else:
            number = lambda: str(rng.randint(0, 5))
        return [(op, number()) for op in rng.sample(list(OPS), rng.choice([1, 1, 1, 2]))]

    def yaml(self):
        lines = [f"title: {self.name}", f"id: {self.id}", f"name: {self.name}", "correlation:", f"  type: {self.type}",
                 f"  rules: [{', '.join(self.rules)}]", f"  timespan: {self.span}s",
                 f"  generate: {str(self.is_generating).lower()}"]
        if self.group:
            lines.append(f"  group-by: [{', '.join(self.group)}]")
        if self.group == ["who"]:
            lines += ["  aliases:", "    who: {" + ", ".join(f"{r}: {f}" for r, f in self.alias.items()) + "}"]
        condition = [f"{op}: {number}" for op, number in self.bounds]
        if self.field:
            condition.append(f"field: [{', '.join(self.field)}]")
        if self.type == "value_percentile":
            condition.append(f"percentile: {self.percentile}")
        if condition:
            lines.append(f"  condition: {{{', '.join(condition)}}}")
        return "\n".join(lines)


def value_of(event, path):
    for name in path.split("."):
        event = event.get(name) if isinstance(event, dict) else None
    return event


def text_of(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, str)) else value if value is None else repr(value)


def folded(text):
    """Without the case of ASCII letters."""
    return text and "".join(c.lower() if c.isascii() else c for c in text)


def number_of(value):
    if isinstance(value, (bool, dict)) or value is None:
        return None
    try:
        return Fraction(str(value))
    except ValueError:
        return None


class Hit:
    """An event, as one rule of a correlation sees it."""

    def __init__(self, correlation, rule, event, finding=None):
        self.time, self.event, self.key, self.rule = event["time"], event, event["eventID"], correlation.rules.index(rule)
        fields = [correlation.alias[rule] if name == "who" else name for name in correlation.group]
        self.group = tuple(folded(text_of(value_of(event, f))) for f in fields)
        self.value, self.is_hit, self.finding = "", None not in self.group, finding
        if correlation.type == "value_count":
            self.value = tuple(folded(text_of(value_of(event, f))) for f in correlation.field)
            self.is_hit &= None not in self.value
        elif correlation.field:
            self.value = number_of(value_of(event, correlation.field[0]))
            self.is_hit &= self.value is not None
        elif correlation.type == "event_count" and finding is not None:
            self.value = finding
        # What makes two hits of one event the same to the measure.
        self.same = (self.key, self.rule) if correlation.type.startswith("temporal") else (self.key, str(self.value))


def longest(hits, n):
    """The longest run of hits that meet rules in the listed order at times that never fall."""
    best = 0
    runs = {}
    for hit in sorted(hits, key=lambda h: (h.time, h.rule)):
        runs[hit.rule] = max(runs.get(hit.rule, 0), 1 + max([runs.get(r, 0) for r in range(hit.rule)], default=0))
        best = max(best, runs[hit.rule])
    return best


def measure(correlation, hits):
    values = [h.value for h in hits]
    if correlation.type == "event_count":
        return len({h.finding or h.key for h in hits})
    if correlation.type == "value_count":
        return len(set(values))
    if correlation.type == "temporal":
        return len({h.rule for h in hits})
    if correlation.type == "temporal_ordered":
        return longest(hits, len(correlation.rules))
    if correlation.type == "value_sum":
        return sum(values)
    if correlation.type == "value_avg":
        return sum(values) / len(values)
    values.sort()
    place = Fraction((len(values) - 1) * correlation.percentile, 100)
    low = int(place)
    return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def holds(correlation, hits):
    bounds = correlation.bounds or [("gte", len(correlation.rules))]
    return all(OPS[op](measure(correlation, hits), Fraction(number)) for op, number in bounds)


class Chain:
    def __init__(self, correlation, group, anchor, met):
        self.name = (correlation.name, group, anchor)
        self.met, self.last, self.held, self.events = met, None, [], set()


def chains_of(correlation, group, hits, listed):
    """Windows that hold and share an instant are one chain."""
    seen, own = set(), []
    for hit in hits:
        if hit.same not in seen:
            own.append(hit)
        seen.add(hit.same)
    chains = []
    for end in sorted({h.time for h in own}):
        window = [h for h in own if end - correlation.span <= h.time <= end]
        if not holds(correlation, window):
            continue
        last = max((h for h in window if h.time == end), key=lambda h: h.event["identity"])
        if not chains or chains[-1].last < end - correlation.span:
            chains.append(Chain(correlation, group, min(h.time for h in window), last.event))
        chains[-1].last = end
        chains[-1].held.append(last.event)
        for hit in (h for h in hits if end - correlation.span <= h.time <= end):
            chains[-1].events |= listed[hit.finding] if hit.finding else {hit.key}
    return chains


def evaluate(correlations, events):
    """Findings: (title, anchor, the event that met it, events) of every correlation, those below first."""
    hits = {rule: [e for e in events if letter in e["eventName"]] for rule, letter in PLAIN}
    held, listed, findings = {}, {}, []
    used = {rule for c in correlations for rule in c.rules}
    for correlation in correlations:
        groups = {}
        for rule in correlation.rules:
            found = held[rule] if rule in held else [(e, None) for e in hits[rule]]
            for event, finding in found:
                hit = Hit(correlation, rule, event, finding)
                if hit.is_hit:
                    groups.setdefault(hit.group, []).append(hit)
        held[correlation.name] = []
        for group, members in groups.items():
            members.sort(key=lambda h: (h.time, h.event["identity"], h.rule))
            for chain in chains_of(correlation, group, members, listed):
                listed[chain.name] = chain.events
                held[correlation.name] += [(e, chain.name) for e in chain.held]
                if correlation.name not in used or any(correlation.name in c.rules and c.is_generating for c in correlations):
                    findings.append((correlation.name, chain.met["eventID"], tuple(sorted(chain.events))))
    return sorted(findings)


def draw(rng):
    """Rules as YAML, what they are, and events."""
    correlations = []
    for i in range(rng.randint(1, 4)):
        correlations.append(Correlation(rng, f"corr_{i}", correlations if rng.random() < 0.6 else []))
    documents = [f"title: {rule}\nid: {uuid(rng)}\nname: {rule}\nlogsource: {{product: aws}}\n"
                 f"detection: {{s: {{eventName|contains: '{letter}'}}, condition: s}}" for rule, letter in PLAIN]
    documents += [c.yaml() for c in correlations]
    rng.shuffle(documents)
    events = []
    reach = rng.choice([20, 100, 400])
    for i in range(rng.choice([0, 3, 10, 25, 40])):
        second = rng.randrange(reach)
        size = rng.choice(NUMBERS) if rng.random() < 0.8 else rng.choice(WORDS)
        events.append({
            "eventVersion": "1.11", "eventID": f"{i:04d}-{rng.getrandbits(32):08x}", "time": second,
            "eventTime": f"2026-11-21T10:{second // 60:02d}:{second % 60:02d}Z", "eventSource": "ses.amazonaws.com",
            "eventName": "x" + "".join(rng.sample("ABC", rng.choice([1, 1, 1, 2]))) + "y",
            "awsRegion": rng.choice(["us-east-1", "eu-west-1"]), "requestID": str(i),
            "userIdentity": {"type": "IAMUser", "accessKeyId": rng.choice(["AKIAQONE234567234567", "AKIAQTWO234567234567"])},
            "requestParameters": {"from": rng.choice(["p", "q", None]), "to": rng.choice(["p", "q"]), "size": size}})
        events[-1]["identity"] = identity(events[-1])
    return "\n---\n".join(documents) + "\n", correlations, events
