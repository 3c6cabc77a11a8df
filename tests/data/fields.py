"""What drills write, held against real records of the same call by the same kind of caller: the same members, of the same
types, and texts of the same form."""
import gzip
import json
import pathlib
import re
import subprocess
import tempfile

FORMS = {"eventTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "eventID": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
         "eventVersion": r"1\.\d\d", "recipientAccountId": r"\d{12}", "eventSource": r"[a-z0-9]+\.amazonaws\.com"}
# What some records have and others of the same kind have not, whoever made them.
LOOSE = {"vpcEndpointId", "webIdFederationData", "sessionCredentialFromConsole", "ec2RoleDelivery", "invokedBy", "addendum",
         "apiVersion", "sharedEventID", "inScopeOf"}


def kind(record):
    identity = record.get("userIdentity") or {}
    return record["eventSource"], record["eventName"], identity.get("type"), bool(record.get("errorCode"))


def shape(value):
    """Members and types, two levels deep; parameters are the call's own."""
    return {name: type(inside).__name__ for name, inside in value.items() if name not in LOOSE}


def compare(made, real):
    """What differs, in words."""
    said = []
    for part in (None, "userIdentity", "tlsDetails"):
        mine, theirs = (record if part is None else record.get(part) or {} for record in (made, real))
        mine, theirs = shape(mine), shape(theirs)
        said += [f"{part or 'record'}.{name}: {mine.get(name)} is not {theirs.get(name)}"
                 for name in sorted(mine.keys() | theirs.keys())
                 if mine.get(name) != theirs.get(name) and not (part is None and name in ("requestParameters", "responseElements"))]
    said += [f"{name} {made[name]!r}" for name, form in FORMS.items() if name in made and not re.fullmatch(form, made[name])]
    for name in ("requestParameters", "responseElements"):
        if (made.get(name) is None) != (real.get(name) is None):
            said.append(f"{name}: {made.get(name)!r} is not {real.get(name)!r}")
    if real.get("errorMessage") and " because " in real["errorMessage"]:
        words = [re.sub(r"arn:\S+", "ARN", record["errorMessage"]) for record in (made, real)]
        if words[0] != words[1]:
            said.append(f"{words[0]!r} is not {words[1]!r}")
    return said


def made_records(program, top):
    with tempfile.TemporaryDirectory(prefix="fields-") as scratch:
        for scenario in sorted((top / "examples" / "drills").glob("*.yml")):
            out = pathlib.Path(scratch, scenario.stem)
            subprocess.run([program, "drill", "run", scenario, "--out", out, "--seed", "4", "--start", "2026-11-05T10:14:00Z"],
                           check=True, stdout=subprocess.DEVNULL)
            for path in sorted(out.rglob("*.json.gz")):
                yield from json.loads(gzip.decompress(path.read_bytes()))["Records"]


def held_against(program, top, real):
    """(kinds that both have, [what differs]): each kind against the real record that is most like it."""
    theirs, seen, problems = {}, set(), []
    for record in real:
        if tuple(map(int, record.get("eventVersion", "0.0").split("."))) >= (1, 8):
            theirs.setdefault(kind(record), []).append(record)
    for record in made_records(program, top):
        if kind(record) in seen or kind(record) not in theirs:
            continue
        seen.add(kind(record))
        said = min((compare(record, one) for one in theirs[kind(record)]), key=len)
        problems += [f"{' '.join(map(str, kind(record)))}: {one}" for one in said]
    return seen, problems
