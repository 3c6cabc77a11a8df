"""Random correlations, each with base rules and a little trail of its own, and what must come out of them as others see
it: windows that hold, which make chains where they share an instant."""
import datetime
import itertools
import json

import model

START = datetime.datetime(2026, 11, 21, 10, tzinfo=datetime.timezone.utc)
KINDS = ["a", "b", "c"]
GROUPS = ["sourceIPAddress", "userIdentity.accessKeyId"]
SPANS = {"30s": 30, "1m": 60, "5m": 300}
CORRELATION = "00000000-0000-4000-9000-"
OPERATORS = ["gte", "gte", "gte", "gt", "eq", "lte", "lt"]


def event(rng, case, number, second):
    """One event of a case. Its parameters say which of the case's rules it meets: none, one or two of them."""
    parameters = {"kind": rng.choice(["a", "b", "c", "ab", "bc", "-"])}
    for name, values in (("value", ["x", "y", "z", "X", "w"]), ("from", ["10.0.0.1", "10.0.0.2"]), ("to", ["10.0.0.1", "10.0.0.2"]),
            ("size", [0, 1, 2.5, 10, -3])):
        if rng.random() < 0.93:
            parameters[name] = rng.choice(values)
    out = {"eventID": f"{case}-{number}", "eventName": f"Case{case}", "eventSource": "ses.amazonaws.com",
        "eventTime": (START + datetime.timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ"), "requestParameters": parameters}
    if rng.random() < 0.97:
        out["sourceIPAddress"] = rng.choice(["192.0.2.1", "192.0.2.2"])
    out["userIdentity"] = {"accessKeyId": rng.choice(["AKIAEXAMPLEONE", "AKIAEXAMPLETWO"] * 8 + ["akiaexampleone"])}
    return out


def make(rng, number, types):
    """One case: {"number", "documents" (the correlation first), "events", "span", "group" (field or alias to a field of
    each rule), "field"}."""
    kind = rng.choice(types)
    least = 2 if kind.startswith("temporal") else 1
    used = KINDS[:rng.randint(least, 3)]
    names = {k: f"case{number}{k}" for k in used}
    correlation = {"type": kind, "rules": list(names.values()), "timespan": rng.choice(list(SPANS))}
    case = {"number": number, "span": SPANS[correlation["timespan"]], "kind": kind, "kinds": used, "field": None, "group": []}
    way = rng.random()
    if way < 0.15:
        case["group"] = [{k: f"requestParameters.{'from' if k == 'a' else 'to'}" for k in used}]
        correlation["aliases"] = {"address": {names[k]: path for k, path in case["group"][0].items()}}
        correlation["group-by"] = ["address"]
    elif way < 0.85:
        correlation["group-by"] = rng.sample(GROUPS, rng.choice([1, 1, 2]))
        case["group"] = [{k: path for k in used} for path in correlation["group-by"]]
    case["least"] = len(used)
    if kind.startswith("temporal") and rng.random() < 0.3:
        case["least"] = rng.randint(1, len(used))
        correlation["condition"] = rng.choice([{"gte": case["least"]}, {"gt": case["least"] - 1}])
    elif not kind.startswith("temporal"):
        operator = rng.choice(OPERATORS if not kind.startswith("value_") or kind == "value_count" else ["gte", "gt", "lt", "lte"])
        correlation["condition"] = {operator: rng.randint(1, 5)}
        if kind != "event_count":
            case["field"] = "requestParameters.value" if kind == "value_count" else "requestParameters.size"
            correlation["condition"]["field"] = case["field"]
        if kind == "value_percentile":
            correlation["condition"]["percentile"] = rng.choice([10, 50, 90])
    head = {"status": "test", "level": "low"}
    documents = [{"title": f"case {number}", "id": f"{CORRELATION}{number:012}", **head, "correlation": correlation}]
    for at, k in enumerate(used):
        documents.append({"title": f"rule {number} {k}", "id": f"00000000-0000-4000-a000-{number * 10 + at:012}", "name": names[k], **head,
            "logsource": {"product": "aws", "service": "cloudtrail"},
            "detection": {"s": {"eventName": f"Case{number}", "requestParameters.kind|contains": k}, "condition": "s"}})
    seconds, events = rng.randint(0, 60), []
    for n in range(rng.randint(3, 24)):
        seconds += rng.choice([0, 1, 5, 10, 29, 30, 31, 60, 61, 299, 300, 301, 900])
        events.append(event(rng, number, n, seconds))
    return {**case, "documents": documents, "events": events}


def text(case):
    return "\n---\n".join(json.dumps(d, ensure_ascii=False, indent=1) for d in case["documents"])


def chains(case, windows):
    """Chains out of windows [group, start, end, events]: those that share an instant are of one. What is compared of a
    chain: the ends of its first and its last window, and its events, but for temporal_ordered, of which engines list
    either all or one for each rule."""
    made = []
    for group, start, end, events in sorted(windows, key=lambda w: (str(w[0]), w[1], w[2])):
        if made and made[-1][0] == group and start <= made[-1][2]:
            made[-1][2] = max(made[-1][2], end)
            made[-1][3] |= set(events)
        else:
            made.append([group, end, end, set(events)])
    return sorted([first, last, [] if case["kind"] == "temporal_ordered" else sorted(events)] for _, first, last, events in made)


def seconds(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def chain(case, time, ids):
    """The same of a finding: when the condition first held, and the events."""
    times = {e["eventID"]: seconds(e["eventTime"]) for e in case["events"]}
    return [seconds(time), max(times[i] for i in ids), [] if case["kind"] == "temporal_ordered" else sorted(ids)]


def ordered(case):
    """Chains of a temporal_ordered in which events of one instant are in order: a row of the table needs it."""
    hits, span, windows = {}, case["span"], []
    for event in case["events"]:
        for slot, kind in enumerate(case["kinds"]):
            if kind in event["requestParameters"]["kind"]:
                group = tuple(str(v).lower() for paths in case["group"] for v in model.values(event, paths[kind])[:1])
                if len(group) < len(case["group"]):
                    continue
                hits.setdefault(group, []).append((seconds(event["eventTime"]), slot, event["eventID"]))
    for group, found in hits.items():
        for end in sorted({time for time, _, _ in found}):
            inside = [h for h in found if end - span <= h[0] <= end]
            if any(in_order(inside, slots) for slots in itertools.combinations(range(len(case["kinds"])), case["least"])):
                windows.append([group, end - span, end, []])
    return chains(case, windows)


def in_order(hits, slots):
    now = 0
    for slot in slots:
        now = min((time for time, s, _ in hits if s == slot and time >= now), default=None)
        if now is None:
            return False
    return True
