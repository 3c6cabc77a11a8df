"""The pages that keysnare writes, a row each, and the store that they are about: a decoy whose thief put PAYLOADS into
every field that a caller can write. A further page joins by its row."""
import json
import os
import pathlib
import re
import subprocess
import typing

TOP = pathlib.Path(__file__).resolve().parents[2]
KEYSNARE = os.environ.get("KEYSNARE", str(TOP / "build" / "keysnare"))
KEY = "AKIAQTRAPDECOY234567"
PAYLOADS = ["<script>document.title='owned'</script>", "<img src=http://127.0.0.1:9/x onerror=document.title='owned'>",
            "</pre></details></style><style>@import url(http://127.0.0.1:9/css)</style>",
            "\x1b]0;owned\x07 \u202etxt.exe \u200b", "\" onmouseover=\"document.title='owned'", "A" * 10240]
# Calls that reach every stage, in bursts, days apart, in several Regions.
STORY = [("GetSendQuota", "ses", 0), ("GetAccount", "ses", 2), ("ListIdentities", "ses", 5),
         ("UpdateAccountSendingEnabled", "ses", 30), ("PutAccountDetails", "ses", 31),
         ("CreateEmailIdentity", "ses", 300), ("SendEmail", "ses", 4000), ("CreateUser", "iam", 4010),
         ("DeleteEmailIdentity", "ses", 200000)]


class Page(typing.NamedTuple):
    name: str               # of the files in build/browser
    title: str              # of the page
    command: typing.Sequence[str]   # writes the page to {page}, in the scratch directory
    payloads: typing.Sequence[int]  # which of PAYLOADS it shows whole, as text


PAGES = [
    Page("incident", "Incident 1 - keysnare", ("incident", "report", "1", "--html", "{page}"), (0, 1, 2, 4, 5)),
    Page("case", "Incident 1 - keysnare", ("sh", "-c", "keysnare incident export 1 --out case.tar && tar xf case.tar && "
                                           "mv keysnare-case/incident-1/report.html {page}"), (0, 1, 2, 4, 5)),
    Page("investigate", f"key {KEY}", ("investigate", "key", KEY, "--html", "{page}"), (0, 1, 2, 4)),
    Page("drill", "Drill - keysnare", ("sh", "-c", "keysnare drill run hostile.yml --out drill --pace instant --seed 7 && "
                                       "keysnare drill score drill --html {page}"), (0, 1, 2)),
    Page("large", "Incident 2 - keysnare", ("incident", "report", "2", "--html", "{page}"), ()),
]


def record(number, name, source, second, key=KEY, payload="aws-cli/2", region="us-east-1", error=None):
    day, rest = divmod(second, 86400)
    return {"eventVersion": "1.08", "eventID": f"e{key}{number}",
            "eventTime": f"2026-11-{18 + day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z",
            "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": region,
            "sourceIPAddress": f"198.51.100.{number % 3 + 7}", "userAgent": payload, "errorCode": error,
            "requestParameters": {payload[:99]: payload}, "responseElements": None,
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/" + payload,
                             "accountId": "111122223333", "accessKeyId": key}}


def run(scratch, *command):
    (scratch / "bin").mkdir(exist_ok=True)
    if not (scratch / "bin" / "keysnare").exists():
        (scratch / "bin" / "keysnare").symlink_to(pathlib.Path(KEYSNARE).resolve())
    environment = os.environ | {"KEYSNARE_STORE": str(scratch / "store.db"), "HOME": str(scratch), "USER": "tester",
                                "PATH": f"{scratch / 'bin'}:{os.environ['PATH']}"}
    program = () if command[0] == "sh" else ("keysnare",)
    result = subprocess.run([*program, *command], cwd=scratch, env=environment, capture_output=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{command}: {result.stderr.decode('utf-8', 'replace')}")


def fill(scratch):
    """The store."""
    records = [record(100 + number, ("GetSendQuota", "ListIdentities" + payload)[number % 2], "ses", 60 * number,
                      payload=payload, region="us-east-1" + payload[:40], error=payload[:60])
               for number, payload in enumerate(PAYLOADS)]
    regions = ("us-east-1", "eu-west-1", "ap-southeast-2")
    records += [record(n, name, source, second, region=regions[n % 3], error="AccessDenied" if n % 4 == 3 else None)
                for n, (name, source, second) in enumerate(STORY)]
    many = [record(n, STORY[n % 7][0], STORY[n % 7][1], n * 7, key="AKIAQTRAPDECOY234566") for n in range(3000)]
    (scratch / "logs").mkdir()
    (scratch / "logs" / "trail.json").write_text(json.dumps({"Records": records}))
    (scratch / "many.json").write_text(json.dumps({"Records": many}))
    (scratch / "decoys.txt").write_text(f"{KEY} decoy-1\nAKIAQTRAPDECOY234566 decoy-2\n")
    scenario = (TOP / "examples" / "drills" / "ses-pionage.yml").read_text()
    texts = json.dumps(" ".join(PAYLOADS[:4]))
    (scratch / "hostile.yml").write_text(re.sub(r"^title:.*", lambda _: "title: " + texts, scenario, flags=re.M))
    run(scratch, "init")
    run(scratch, "decoy", "import", KEY, "--label", "image 4711")
    run(scratch, "watch", "--once", "--notify", "stdout", "logs")
    run(scratch, "hunt", "--save", "--decoys", "decoys.txt", "many.json")
    run(scratch, "incident", "note", "1", PAYLOADS[0])


def make(scratch, page):
    path = scratch / f"{page.name}.html"
    run(scratch, *(word.replace("{page}", path.name) for word in page.command))
    return path
