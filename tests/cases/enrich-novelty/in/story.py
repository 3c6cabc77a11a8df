# A month of one key, then a thief; a role of many sessions; records that say of themselves what they are.
from trails import *


def call(name, time, **members):
    return record(name, **{"key": OTHER, "eventTime": time, "sourceIPAddress": "192.0.2.7"} | members)


def role(session):
    return {"type": "AssumedRole", "arn": f"arn:aws:sts::123456789012:assumed-role/app/{session}",
            "accessKeyId": "ASIAQ" + session.upper() + "A" * (15 - len(session)),
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::123456789012:role/app"}}}


SES = {"eventSource": "ses.amazonaws.com", "eventName": "GetSendQuota"}
records = [call(f"usual-{day}", f"2026-01-{day:02d}T08:00:00Z") for day in range(1, 29)]
records += [call(f"role-{day}", f"2026-01-{day:02d}T09:00:00Z", userIdentity=role(f"s{day}")) for day in range(1, 29)]
records += [
    call("too-early-to-say", "2026-01-05T12:00:00Z", **SES, userIdentity=role("early")),
    call("role-on-SES-again", "2026-01-20T12:00:00Z", **SES, userIdentity=role("late")),
    call("thief", "2026-03-05T01:00:00Z", **SES, sourceIPAddress="203.0.113.9"),
    call("thief-elsewhere", "2026-03-05T01:30:00Z", **SES, awsRegion="eu-west-1", sourceIPAddress="203.0.113.9"),
    call("thief-an-hour-later", "2026-03-05T02:00:00Z", **SES, sourceIPAddress="203.0.113.9"),
    call("thief-later-than-that", "2026-03-05T02:00:01Z", **SES, sourceIPAddress="203.0.113.9"),
    call("forged", "2026-03-05T02:10:00Z", actor={"first_seen": {"service": True}, "idle_days": 99}),
    call("no-time", "yesterday", awsRegion="mars"),
    call("nobody", "2026-03-06T00:00:00Z", userIdentity={}, awsRegion="mars"),
]
