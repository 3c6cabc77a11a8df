"""What the crash tests share: decoys that are planted, what is done with them, and what must be in the store and at the
receiver when a watch was killed and started again."""
import json
import os
import pathlib
import sqlite3
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
KEYSNARE = os.environ.get("KEYSNARE", str(TOP / "build" / "gcc" / "keysnare"))
CORRELATION = "3c0e0a31-7f2c-4a6b-8d0e-2b0a8a4f1004"
DECOYS = 8
RULES_FILE = pathlib.Path(__file__).resolve().with_name("rules.yml")
CALLS = ("GetSendQuota", "GetAccount", "ListIdentities", "GetAccountSendingEnabled", "VerifyEmailIdentity")
REAL = "AKIAQREALKEY23456789"
RECON = ("GetSendQuota", "GetAccount", "ListIdentities")


class Wrong(Exception):
    """What a run found to be wrong."""


def plant(base):
    """A store with decoys; their ids."""
    store = base / "planted.db"
    ids = []
    for number in range(DECOYS):
        bait = base / f"bait{number}"
        subprocess.run([KEYSNARE, "plant", "--offline", "--account", "123456789012", "--bait", "dotenv", "--at",
                        str(bait), "--label", f"crash-{number}"], check=True, capture_output=True,
                       env=os.environ | {"KEYSNARE_STORE": str(store), "HOME": str(base)})
        ids.append(next(line.split("=")[1].strip() for line in bait.read_text().splitlines()
                        if line.startswith("AWS_ACCESS_KEY_ID=")))
    with sqlite3.connect(store) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return store, ids


def record(number, key, address, name="GetSendQuota"):
    return {"eventVersion": "1.08", "userIdentity": {
                "type": "IAMUser", "principalId": f"AIDA{key[4:]}", "arn": f"arn:aws:iam::123456789012:user/u{key[-4:]}",
                "accountId": "123456789012", "accessKeyId": key},
            "eventTime": f"2026-11-21T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z",
            "eventSource": "ses.amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
            "sourceIPAddress": address, "userAgent": "aws-cli/2.15", "requestParameters": None,
            "responseElements": None, "requestID": f"request-{number}", "eventID": f"use-{number}", "readOnly": True,
            "eventType": "AwsApiCall", "recipientAccountId": "123456789012", "eventCategory": "Management"}


class Uses:
    """What is done with planted keys: {event id: long-term key}, and the records in order of time."""

    def __init__(self):
        self.keys, self.records = {}, []

    def add(self, parent, key, address, name, is_stored=True, **members):
        number = len(self.records)
        self.records.append(record(number, key, address, name) | members)
        if is_stored:
            self.keys[f"use-{number}"] = parent
        return number

    def hand_out(self, parent, key, address, name):
        """A call to STS; the temporary key. That of a real key meets no rule."""
        child = "ASIAQCRASH" + "%010d" % len(self.records)
        self.add(parent, key, address, name, parent != REAL, eventSource="sts.amazonaws.com",
                 responseElements={"credentials": {"accessKeyId": child}})
        return child


def make_uses(rng, ids):
    uses = Uses()
    for place, key in enumerate(ids):
        address, signers = f"198.51.100.{place + 1}", [key]
        for _ in range(rng.randint(0, 6)):
            if rng.random() < 0.3:
                signers.append(uses.hand_out(key, signers[-1], address, "GetSessionToken"))
            uses.add(key, rng.choice(signers), address, rng.choice(CALLS))
    address = "198.51.100.200"
    child = uses.hand_out(REAL, REAL, address, "GetSessionToken")
    for name in RECON:
        uses.add(REAL, REAL, address, name)
        uses.add(REAL, child, address, "UpdateAccountSendingEnabled", requestParameters={"enabled": True})
    grandchild = uses.hand_out(REAL, child, address, "AssumeRole")
    uses.add(REAL, grandchild, address, "UpdateAccountSendingEnabled", requestParameters={"enabled": True},
             userIdentity={"type": "AssumedRole", "arn": "arn:aws:sts::123456789012:assumed-role/mailer/s",
                           "accountId": "123456789012", "accessKeyId": grandchild})
    return uses


def make_noise(rng, n):
    noise = []
    for number in range(n):
        other = record(10000 + number, "AKIAQNOISE" + "%010d" % rng.randint(0, 10**9), "203.0.113.9", "DescribeInstances")
        noise.append(other | {"eventSource": "ec2.amazonaws.com"})
    return noise


def text(value):
    return json.dumps(value, separators=(",", ":"))


def check_store(base, uses, wanted_chains=1):
    """The incidents of the store, which of them were told of, and the notices, once they are right."""
    with sqlite3.connect(base / "store.db") as db:
        bad = db.execute("PRAGMA integrity_check").fetchone()[0]
        if bad != "ok":
            raise Wrong(f"the store is damaged: {bad}")
        others = db.execute("SELECT count(*) FROM events").fetchone()[0] - len(uses)
        if others != 0:
            raise Wrong(f"{others} events are stored that should not be")
        chains = db.execute("SELECT count(*) FROM findings f JOIN incidents i ON i.id = f.incident_id WHERE "
                            "f.rule_id = ? AND i.actor = ?", (CORRELATION, f"key:{REAL}")).fetchone()[0]
        if chains != wanted_chains:
            raise Wrong(f"the correlation was found {chains} times")
        for use, key in uses.items():
            stored = db.execute("SELECT count(*) FROM events WHERE event_id = ?", (use,)).fetchone()[0]
            if stored != 1:
                raise Wrong(f"{use} is stored {stored} times")
            holders = db.execute(
                "SELECT DISTINCT i.id, i.actor FROM findings f JOIN incidents i ON i.id = f.incident_id "
                "JOIN finding_events fe ON fe.finding_id = f.id JOIN events e ON e.identity = fe.event_identity "
                "WHERE e.event_id = ?", (use,)).fetchall()
            if len(holders) != 1 or holders[0][1] != f"key:{key}":
                raise Wrong(f"{use} by {key} is in {holders}")
        incidents = db.execute("SELECT id, actor, events FROM incidents WHERE merged_into IS NULL").fetchall()
        strange = [row for row in incidents if row[1][4:] not in uses.values()]
        if strange:
            raise Wrong(f"incidents of nobody's: {strange}")
        for key in set(uses.values()):
            calls = [use for use in uses if uses[use] == key]
            mine = [row for row in incidents if row[1] == f"key:{key}"]
            if len(mine) != 1 or mine[0][2] != len(calls):
                raise Wrong(f"{len(calls)} calls by {key}: {mine}")
        # By a notice of its own, or by that of an incident with the same address.
        told = {row[0] for row in db.execute("SELECT incident_id FROM journal WHERE kind = 'notice'")}
        return incidents, told, db.execute("SELECT id, incident_id, kind, state, folded_into FROM outbox ORDER BY id").fetchall()


def check_notices(base, incidents, told, outbox, notices=None):
    """notices: what the receiver got; None: its lines are in the file "received". How many came again."""
    received = base / "received"
    if notices is None:
        notices = [json.loads(line) for line in received.read_text().splitlines()] if received.exists() else []
    # A receiver may take what a watch sent that was killed meanwhile, later than what the next watch sent.
    firsts, places, stood_for = set(), {}, {}
    for place, notice in enumerate(notices):
        number = notice["notice"]
        if not notice["repeated"] and number in firsts:
            raise Wrong(f"notice {number} came again and does not say so")
        if not notice["repeated"]:
            firsts.add(number)
        if number not in places or notice["repeated"]:
            places[number] = place
        for other in notice.get("stands_for", {}).get("notices", ()):
            stood_for[other] = number
    for number, incident, kind, state, into in outbox:
        # What was tried in vain again and again is told by a newer one of its incident.
        is_told = state == "sent" and number in places or state == "folded" and stood_for.get(number) == into
        if not is_told:
            raise Wrong(f"notice {number} ({kind}, incident {incident}) is '{state}', received: {number in places}")
    for incident, actor, _ in incidents:
        if incident not in told:
            raise Wrong(f"nobody was told of incident {incident} ({actor})")
        mine = [row[0] for row in outbox if row[1] == incident and row[3] == "sent"]
        order = sorted(mine, key=places.get)
        if order != mine:
            raise Wrong(f"notices of incident {incident} came in the order {order}")
    return len(notices) - len(places)
