"""Reads trails by Python's json alone: the independent count of records."""
import json
import re


def documents(text):
    """The values of a file, and whether it was read to its end. Of a list that is cut off, the elements before the cut."""
    decoder, at, found = json.JSONDecoder(strict=False), 0, []
    while at < len(text):
        skip = re.compile(r"\s*").match(text, at).end()
        if skip == len(text):
            break
        try:
            value, at = decoder.raw_decode(text, skip)
            found.append(value)
        except json.JSONDecodeError:
            start = re.compile(r"""\s*(\{\s*"Records"\s*:\s*)?\[""").match(text, skip)
            at = start.end() if start else len(text)
            while start:
                at = re.compile(r"[\s,]*").match(text, at).end()
                try:
                    value, at = decoder.raw_decode(text, at)
                    found.append(value)
                except json.JSONDecodeError:
                    break
            return found, False
    return found, True


def records(value):
    """The CloudTrail records in a value, whatever is around them. What a record holds is none."""
    if isinstance(value, list):
        for element in value:
            yield from records(element)
    elif isinstance(value, dict):
        source = value.get("eventSource")
        if str(source).startswith("aws:"):
            return
        if ("eventName" in value and source) or value.get("eventType") == "AwsCloudTrailInsight":
            yield value
            return
        for name in ("Records", "Events", "logEvents", "detail"):
            if isinstance(value.get(name), (dict, list)):
                yield from records(value[name])
        for name in ("CloudTrailEvent", "message"):
            if isinstance(value.get(name), str):
                yield from records(json.loads(value[name]))


def count(path):
    found, is_whole = documents(path.read_text("utf-8-sig"))
    return list(records(found)), is_whole
