"""What a test of the whole program needs beside a server: a store, a config and policies of its own, and trails of keys that the
server made, as CloudTrail writes them."""
import contextlib
import datetime
import json
import os
import pathlib
import re
import subprocess
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
PIONAGE = TOP / "examples/trails/ses-pionage"
THIEF = {"key": "AKIARTX3GSDSSFJ45C3O", "user": "svc-uploads", "account": "111122223333"}
SETTLE = "1s"
POLICY = """name: by-test
mode: approve
when:
  decoy: either
steps:
"""


class Said(str):
    """What a command printed, both ways, with its status."""

    def __new__(cls, run):
        said = super().__new__(cls, run.stdout.decode() + run.stderr.decode())
        said.status, said.out = run.returncode, run.stdout.decode()
        return said


class Stage:
    def __init__(self, world, *, keys=None, env=None):
        """keys: in whose name our program acts, the administrator's when missing. env: more of the environment."""
        self.world, self.keys, self.more = world, keys, env or {}

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.home = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="stage.")))
        (self.home / "logs").mkdir()
        (self.home / "own").mkdir()
        self.config("")
        return self

    def __exit__(self, *rest):
        self.stack.close()

    def config(self, text):
        """Writes the config: the account of the server, and text behind it."""
        path = self.home / "keysnare.yml"
        path.write_text(f'accounts:\n  - id: "{self.world.account}"\nsettle: {SETTLE}\n'
                        f'sources:\n  - spec: "{self.home}/logs"\n    trust: as-from-aws\n{text}')
        path.chmod(0o600)

    def run(self, *arguments, status=0, keys=None, **env):
        """A command of ours, which is to end with that status; None: any."""
        program = os.environ.get("KEYSNARE") or str(TOP / "build/gcc/keysnare")
        clean = {"PATH": os.environ["PATH"], "HOME": str(self.home), "KEYSNARE_STORE": str(self.home / "keysnare.db"), "LC_ALL": "C.UTF-8",
                 "KEYSNARE_CONFIG": str(self.home / "keysnare.yml"), "KEYSNARE_POLICIES": str(TOP / "policies"), "TZ": "UTC",
                 "AWS_EC2_METADATA_DISABLED": "true", **self.world.env(keys or self.keys), **self.more, **env}
        said = Said(subprocess.run([program, *map(str, arguments)], env=clean, cwd=self.home, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300))
        secret = (keys or self.keys or self.world.admin)[1]
        assert secret not in said, f"the secret is in what {arguments} printed"
        if status is not None:
            assert said.status == status, f"{' '.join(map(str, arguments))}: status {said.status} is not {status}: {said}"
        return said

    def trail(self, user, key_id, role=None, made=None):
        """What CloudTrail writes of a thief who walks through SES with this key, the last record a minute ago. role: the ARN
        of one, whose session he uses instead; user is the session's name then. made: a sender that he makes in the end."""
        records = [r for path in sorted(PIONAGE.glob("*.json")) for r in json.loads(path.read_text())["Records"]
                   if r["userIdentity"].get("accessKeyId") == THIEF["key"]]
        for record in records if role else []:
            record["userIdentity"] = self.session(role, user)
        if made:
            last = max(records, key=lambda r: r["eventTime"])
            records.append({**last, "eventSource": "ses.amazonaws.com", "eventName": "CreateEmailIdentity", "awsRegion": self.world.region,
                            "requestParameters": {"emailIdentity": made}, "responseElements": None, "eventID": f"made-{made}"})
            for gone in ("errorCode", "errorMessage"):
                records[-1].pop(gone, None)
        form = "%Y-%m-%dT%H:%M:%SZ"
        late = max(datetime.datetime.strptime(r["eventTime"], form) for r in records)
        shift = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, microsecond=0) - datetime.timedelta(minutes=1) - late
        text = json.dumps({"Records": records})
        for old, new in ((THIEF["key"], key_id), (THIEF["user"], user), (THIEF["account"], self.world.account)):
            text = text.replace(old, new)
        text = re.sub(r'("eventTime": ")([^"]+)', lambda m: m[1] + (datetime.datetime.strptime(m[2], form) + shift).strftime(form), text)
        (self.home / "logs/trail.json").write_text(text)
        return self.home / "logs"

    def session(self, role, session):
        name, unique = role.rpartition("/")[2], "AROAHMWO3NDVLQH5JYDZN"
        began = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=50)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"type": "AssumedRole", "principalId": f"{unique}:{session}", "accountId": self.world.account, "accessKeyId": THIEF["key"],
                "arn": f"arn:aws:sts::{self.world.account}:assumed-role/{name}/{session}",
                "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": unique, "arn": role, "accountId": self.world.account,
                                                     "userName": name},
                                   "attributes": {"creationDate": began, "mfaAuthenticated": "false"}}}

    def incident(self, user, key_id, role=None, made=None):
        """Hunts, and gives the number of the incident that came of it."""
        self.run("hunt", "--save", self.trail(user, key_id, role, made), status=None)
        found = json.loads(self.run("incident", "list", "--format", "json").out)
        rows = found if isinstance(found, list) else found["incidents"]
        return max(row["id"] for row in rows)

    def respond(self, policy, incident, **more):
        """Has the plan approved that a policy with these steps makes, and carries it out. Gives what "run" said."""
        self.approve(policy, incident)
        return self.run("respond", "run", incident, "--response", self.home / "own", **more)

    def approve(self, policy, incident):
        (self.home / "own/policy.yml").write_text(POLICY + "".join(f"  - {step}\n" for step in policy))
        shown = json.loads(self.run("respond", "plan", incident, "--response", self.home / "own", "--format", "json").out)
        self.run("respond", "approve", incident, "--response", self.home / "own", "--digest", shown["digest"])
