"""What the tests of this directory share: a machine with a store, decoys and a config, thieves with keys that are to be contained,
ways for records to arrive, and what must be true in the end."""
import base64
import contextlib
import gzip
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/crash"))
sys.dont_write_bytecode = True

from planted import Uses, Wrong, check_notices, check_store, plant, text  # noqa: E402
from standin import ACCOUNT  # noqa: E402

RULES, POLICY = TOP / "tests/crash/rules.yml", TOP / "tests/crash/policy.yml"
BUCKET, PREFIX = "trail-bucket", f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/"
STEPS = ("PutUserPolicy", "TagUser", "UpdateAccessKey")
# Of AWS's calls and of plans, not of an incident as it is.
ABOUT_PLANS = ("approval", "limit", "refused", "lost", "expired")
ABOUT_US = ("alarm", "recovered", "heartbeat", "storm")


def key_id(number):
    """One that tells the account, as AWS's do."""
    return "AKIA" + base64.b32encode(((int(ACCOUNT) << 7) + number).to_bytes(6, "big") + bytes((7, 7, 7, number))).decode()


class Scene:
    """cloud: standin.Cloud, or a look-alike. Steps are (seconds since the beginning, way, records)."""

    def __init__(self, base, rng, cloud, sources):
        self.base, self.rng, self.cloud, self.sources = base, rng, cloud, sources
        self.store, self.decoys = plant(base)
        shutil.copy(self.store, base / "store.db")
        (base / "logs").mkdir()
        self.uses, self.steps, self.thieves, self.files, self.began, self.process = Uses(), [], {}, 0, None, None
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]

    # ---- what arrives ----

    def plan(self, moments, thefts, late):
        """A use at each moment, by a thief where its number is in thefts: the first copy at once, others up to late seconds later."""
        ways = [way for source, way in (("dir", self.append), ("dir", self.pack), ("s3", self.put), ("sqs", self.send), ("sqs", self.announce))
                if source in self.sources]
        for n, due in enumerate(moments):
            record = self.steal() if n in thefts else self.use()
            record["eventTime"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.began + due - 30))
            for copy in range(self.rng.choice((1, 1, 2, 3))):
                self.steps.append((due + (self.rng.random() * late if copy else 0), self.rng.choice(ways), [record]))
        self.steps.sort(key=lambda step: step[0])

    def feed(self, passed):
        while self.steps and self.steps[0][0] <= passed:
            _, way, records = self.steps.pop(0)
            way(records)

    def use(self):
        key = self.rng.choice(self.decoys)
        return self.uses.records[self.uses.add(key, key, f"198.51.100.{self.decoys.index(key) + 1}", self.rng.choice(("GetSendQuota", "GetAccount")))]

    def steal(self):
        n = len(self.thieves)
        user, key = f"mailer-{n}", key_id(n)
        self.thieves[user] = key
        self.cloud.add_user(user, key)
        return self.uses.records[self.uses.add(key, key, f"198.51.100.{100 + n}", "PutAccountSendingAttributes", userIdentity={
            "type": "IAMUser", "principalId": f"AIDA{key[4:]}", "arn": f"arn:aws:iam::{ACCOUNT}:user/{user}", "accountId": ACCOUNT,
            "accessKeyId": key, "userName": user})]

    def append(self, records):
        with (self.base / "logs/trail.jsonl").open("a") as file:
            file.writelines(text(record) + "\n" for record in records)

    def name(self, region="us-east-1", late=0):
        self.files += 1
        return time.strftime(f"%Y/%m/%d/{ACCOUNT}_CloudTrail_{region}_%Y%m%dT%H%MZ_{self.files:016d}.json.gz", time.gmtime(self.cloud.now() - late))

    def pack(self, records):
        path = self.base / "logs" / self.name()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(gzip.compress(text({"Records": records}).encode(), 1))
        os.utime(part, (self.cloud.now(), self.cloud.now()))
        part.rename(path)

    def put(self, records, key=None):
        key = key or PREFIX + self.name()
        self.cloud.put(key, gzip.compress(text({"Records": records}).encode(), 1))
        return key

    def put_elsewhere(self, records):
        return self.put(records, PREFIX.replace("us-east-1", "eu-west-1") + self.name("eu-west-1"))

    def put_late(self, records):
        """Five hours behind its time."""
        return self.put(records, PREFIX + self.name(late=5 * 3600))

    def push(self, body):
        with self.cloud.lock:
            self.cloud.queue.send(text(body), self.cloud.now())

    def send(self, records):
        for record in records:
            self.push({"version": "0", "id": record["eventID"], "detail-type": "AWS API Call via CloudTrail", "source": "aws.ses",
                       "account": ACCOUNT, "time": record["eventTime"], "region": "us-east-1", "resources": [], "detail": record})

    def announce(self, records):
        key = self.put(records)
        self.push({"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventName": "ObjectCreated:Put",
                                "eventTime": records[0]["eventTime"], "s3": {"s3SchemaVersion": "1.0", "bucket": {
                                    "name": BUCKET, "arn": f"arn:aws:s3:::{BUCKET}"}, "object": {"key": key, "size": 1, "sequencer": "0"}}}]})

    # ---- the program ----

    def specs(self):
        known = {"dir": str(self.base / "logs"), "s3": f"s3://{BUCKET}/AWSLogs/", "sqs": f"sqs:{self.cloud.queue_url}"}
        return [known[source] for source in self.sources]

    def config(self, more=""):
        trusted = "".join(f'  - spec: "{spec}"\n    trust: as-from-aws\n' for spec in self.specs())
        path = self.base / "keysnare.yml"
        path.write_text(f'accounts:\n  - id: "{ACCOUNT}"\nmax_keys_per_hour: 1000\n{more}sources:\n{trusted}')
        path.chmod(0o600)

    def env(self, url, **more):
        return {"PATH": os.environ["PATH"], "HOME": str(self.base), "KEYSNARE_STORE": str(self.base / "store.db"), "LC_ALL": "C.UTF-8", "USER": "ann",
                "KEYSNARE_CONFIG": str(self.base / "keysnare.yml"), "AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1", "HOOK": "hook-secret",
                "AWS_EC2_METADATA_DISABLED": "true", **more}

    def start(self, program, env, *options):
        with (self.base / "said").open("ab") as said:
            self.process = subprocess.Popen(
                [program, "watch", "--respond", "--response", POLICY, "--rules", RULES, "--webhook-secret", "env:HOOK", "--listen",
                 f"127.0.0.1:{self.port}", *options, *self.specs()],
                env=env, cwd=self.base, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said)

    def metrics(self):
        """{name and labels: value}"""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            rows = re.findall(r"^([a-z_]+(?:\{.*\})?) (\S+)$", answer.read().decode(), re.M)
        return {name: float(value) for name, value in rows}

    def resident(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def query(self, question, *values):
        with contextlib.closing(sqlite3.connect(self.base / "store.db")) as db:
            return db.execute(question, values).fetchall()

    # ---- what must be true ----

    def check(self, notifier, received=None):
        """The store, and what this receiver got, the stand-in's own if not given; (notices that came again, thieves that were
        left to people)."""
        incidents, told, _ = check_store(self.base, self.uses.keys, wanted_chains=0)
        outbox = self.query("SELECT id, incident_id, kind, state, folded_into FROM outbox WHERE notifier = ? ORDER BY id", notifier)
        notices = [notice for notice in (self.cloud.notices if received is None else received)
                   if notice["incident"] is not None]
        repeated = check_notices(self.base, incidents, told, [row for row in outbox if row[1] is not None], notices)
        for effect in set(self.cloud.effects):
            if self.cloud.effects.count(effect) != 1:
                raise Wrong(f"done {self.cloud.effects.count(effect)} times: {effect}")
        left = 0
        for user, key in self.thieves.items():
            done = tuple(sorted(effect.split()[0] for effect in self.cloud.effects if f'"{user}"' in effect))
            if done == STEPS:
                continue
            incident, = self.query("SELECT id FROM incidents WHERE actor = ?", f"key:{key}")
            plans = self.query("SELECT id, state FROM plans WHERE incident_id = ?", incident[0])
            if not any(notice["kind"] in ABOUT_PLANS and notice["incident"] == incident[0] for notice in notices):
                raise Wrong(f"of the steps against {user} {done} were done, plans are {plans}, and nobody was told")
            left += 1
        if self.cloud.strange:
            raise Wrong(f"the stand-in does not know {sorted(set(self.cloud.strange))}")
        return repeated, left
