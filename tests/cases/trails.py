"""Makes trails for the cases that hunt: records of one made-up account, and the files they lie in."""
import gzip
import json
import pathlib

DECOY = "AKIAQTRAPDECOY234567"
OTHER = "AKIAQPRODUCTION23456"
SESSION = "ASIAQTRAPSESSION2345"

count = 0


def record(name, key=DECOY, **members):
    """A record as a dict. The name becomes its eventID; each one is a second later than the one before. With key None
    there is no access key id. Members replace those of the same name, or come behind."""
    global count
    count += 1
    who = {"type": "IAMUser", "principalId": "AIDAQTRAPUSER2345672", "arn": "arn:aws:iam::123456789012:user/someone",
           "accountId": "123456789012", "accessKeyId": key}
    if key is None:
        del who["accessKeyId"]
    return {
        "eventVersion": "1.08", "userIdentity": who,
        "eventTime": f"2026-11-21T{count // 3600:02d}:{count // 60 % 60:02d}:{count % 60:02d}Z",
        "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.7", "userAgent": "curl/8.5.0", "requestParameters": None, "responseElements": None,
        "requestID": f"request-{count}", "eventID": name, "readOnly": True, "eventType": "AwsApiCall",
        "recipientAccountId": "123456789012", "eventCategory": "Management"} | members


def text(value):
    """Compact JSON of a value; a string is taken as JSON already."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def trail(*records):
    """The text of a file as CloudTrail delivers it."""
    return '{"Records":[' + ",".join(text(r) for r in records) + "]}"


def save(path, data):
    """Writes a file, with the directories above it."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def packed(data):
    """One gzip member."""
    return gzip.compress(data.encode() if isinstance(data, str) else data, mtime=0)
