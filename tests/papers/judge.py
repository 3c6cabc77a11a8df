"""Incidents full of hostile text, written by 'incident report' and read by other people's programs."""
import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import jsonschema
import markdown_it
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

TOP = pathlib.Path(__file__).resolve().parents[2]
KEYSNARE = os.environ.get("KEYSNARE", str(TOP / "build/gcc/keysnare"))
DECOY = "AKIAQTRAPDECOY234567"
# OWASP's characters and published payloads, alone and behind what programs skip.
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(1;1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\"=1+1", "'=1+1", "|calc", "%0A=1",
            "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://127.0.0.1/?x=\"&A1,\"x\")", "=IMPORTXML(CONCAT(\"http://127.0.0.1/\",A1),\"//a\")",
            "\uff1d1+1", "\uff0b1+1", "\uff0d1+1", "\uff20SUM(1;1)", "\",=1+1,\"", "x\",=1+1", ";=1+1", "x\r\n=1+1,2", "=1+1\u202e", "-2+3+cmd|' /C calc'!D2"]
HOSTILE = ["<script>alert(1)</script>", "\x1b]0;owned\x07\x1b[2J", "\u202egnp.exe\u2066\ufeff\u200b", "Mozilla/" + "A" * 10240, "a|b|c", "a\\|b\\", "\\",
           "``` x ```", "`", "``", "x` <img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](http://127.0.0.1/p.png)", "http://127.0.0.1/ www.example.org a@b.example",
           "@everyone #1 !1 $1", "</code></td></tr></table>", "\n\n# heading\n- item", "&lt;b&gt;", "\u2028\u2029\x00\x85", "\ud800"]
COLUMNS = "time,event_source,event_name,region,error,actor_type,actor_arn,account,key_id,ip,user_agent,level,stages,decoy_key,event_id,identity," \
          "where_source,where_offset,copies,exercise".split(",")


def record(number, text, everywhere=False):
    def own(plain):
        return text if everywhere else plain
    return {"eventVersion": "1.08", "eventID": own(f"e{number}"), "requestID": f"r{number}", "eventTime": f"2026-11-20T00:{number // 60:02}:{number % 60:02}Z",
            "eventSource": own("ses.amazonaws.com"), "eventName": own("GetSendQuota"), "awsRegion": own("us-east-1"), "errorCode": own(None),
            "sourceIPAddress": own("198.51.100.7"), "userAgent": text, "requestParameters": None, "responseElements": None,
            "userIdentity": {"type": own("IAMUser"), "principalId": "AIDAQ", "arn": own("arn:aws:iam::111122223333:user/app"),
                             "accountId": own("111122223333"), "accessKeyId": DECOY}}


class Home:
    """A store with one incident, and what the program says of it."""

    def __init__(self, scratch, name, texts, decoy="decoy-1", everywhere=True):
        self.dir = pathlib.Path(scratch) / name
        self.dir.mkdir()
        self.texts = texts
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.dir), "KEYSNARE_STORE": str(self.dir / "s.db"), "USER": "tester",
                    "KEYSNARE_POLICIES": str(TOP / "policies"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        (self.dir / "decoys.txt").write_text(f"{DECOY} {decoy}\n")
        records = [record(n, text, everywhere) for n, text in enumerate(texts)]
        (self.dir / "trail.json").write_text(json.dumps({"Records": records}))
        self.run("hunt", "--save", "--decoys", "decoys.txt", "trail.json")

    def run(self, *arguments, status=0):
        run = subprocess.run([KEYSNARE, *arguments], env=self.env, cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        assert run.returncode == status, f"{arguments}: {run.returncode} {run.stderr[:300]}"
        return run.stdout

    def paper(self, name):
        return self.run("incident", "report", "1", f"--{name}", "-").decode()


def schema(profiles=("cloud",)):
    return OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.5.0")).get_class_schema(class_name="detection_finding", profiles=list(profiles))


def errors_of(finding):
    validator = jsonschema.Draft202012Validator(schema())
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:120]}" for e in validator.iter_errors(finding)]


def assert_clean(text):
    bad = re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", text)
    assert not bad, f"{bad[0]!r} came through at {text[max(0, bad.start() - 40):bad.start()]!r}"


def test_ocsf(scratch):
    names = {}
    for name, texts, everywhere in (("plain", ["aws-cli/2"], False), ("hostile", HOSTILE + FORMULAS, True), ("again", ["aws-cli/2"], False)):
        home, uids = Home(scratch, f"ocsf-{name}", texts, everywhere=everywhere), set()
        for change, status, activity in ((None, 1, (1, 2)), ("ack", 2, (2,)), ("close", 4, (3,))):
            if change:
                home.run("incident", change, "1")
            text = home.paper("ocsf")
            finding = json.loads(text)
            assert not errors_of(finding), errors_of(finding)[:5]
            assert (finding["class_uid"], finding["status_id"]) == (2004, status), finding["status_id"]
            uids.add(finding["finding_info"]["uid"])
            assert finding["activity_id"] in activity and finding["type_uid"] == 200400 + finding["activity_id"]
            assert_clean(text)
        assert {e["http_request"]["user_agent"][:40] for e in finding["evidences"] if "http_request" in e} >= {texts[0][:40]}
        assert len(finding["evidences"]) == len(texts) and (everywhere or finding["evidences"][0]["src_endpoint"] == {"ip": "198.51.100.7"})
        assert any(a["technique"]["uid"].startswith("T1078") for a in finding["finding_info"]["attacks"]), finding["finding_info"]["attacks"]
        assert len(uids) == 1 and re.fullmatch("keysnare-incident-[0-9a-f]{32}", *uids), uids
        names[name] = uids
    assert not names["plain"] & names["again"], "two stores with the same trail have the same uid"


def test_hunt_ocsf(scratch):
    """A finding a line, without a store; the uid is what an incident's related events are called by."""
    for name, texts, everywhere in (("plain", ["aws-cli/2"], False), ("hostile", HOSTILE + FORMULAS, True)):
        home = Home(scratch, f"hunt-ocsf-{name}", texts, everywhere=everywhere)
        text = home.run("--store", str(home.dir / "none.db"), "hunt", "--decoys", "decoys.txt", "--format", "ocsf", "trail.json", status=1)
        lines = home.run("hunt", "--decoys", "decoys.txt", "--format", "ocsf", "trail.json").decode()
        (home.dir / "s.db").rename(home.dir / "kept.db")
        assert home.run("hunt", "--decoys", "decoys.txt", "--format", "ocsf", "trail.json").decode() == lines and not text
        (home.dir / "kept.db").rename(home.dir / "s.db")
        assert_clean(lines)
        findings = [json.loads(line) for line in lines.splitlines()]
        ids = [json.loads(line)["id"] for line in home.run("hunt", "--decoys", "decoys.txt", "--format", "jsonl", "trail.json").splitlines()]
        assert [f["finding_info"]["uid"] for f in findings] == ids and len(set(ids)) == len(ids) >= len(texts)
        wrong = [e for f in findings for e in errors_of(f)]
        assert not wrong, wrong[:5]
        related = {e["uid"] for e in json.loads(home.paper("ocsf"))["finding_info"]["related_events"]}
        assert related <= set(ids), "an incident names findings by other ids"
        assert any(a["technique"]["uid"].startswith("T1078") for f in findings for a in f["finding_info"]["attacks"])
    chains = home.run("hunt", "--format", "ocsf", str(TOP / "examples/trails/ses-pionage")).decode().splitlines()
    wrong = [e for line in chains for e in errors_of(json.loads(line))]
    assert not wrong and any(json.loads(line)["count"] > 1 for line in chains), wrong[:5]


def test_ocsf_can_fail(_):
    """The validator says no to what is none."""
    finding = {"class_uid": 2004}
    assert len(errors_of(finding)) > 3
    assert errors_of({**finding, "no_such_member": 1})


def rows_of(text):
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert rows[0] == COLUMNS, rows[0]
    assert all(len(row) == len(COLUMNS) for row in rows), {len(row) for row in rows}
    return [dict(zip(COLUMNS, row)) for row in rows[1:]]


def test_csv(scratch):
    texts = FORMULAS + HOSTILE
    home = Home(scratch, "csv", texts)
    text = home.run("incident", "report", "1", "--csv", "-").decode()
    assert text.endswith("\r\n") and text.count("\r\n") == len(texts) + 1, "one line a row"
    assert_clean(text.replace("\r\n", "\n"))
    rows = rows_of(text)
    assert len(rows) == len(texts)
    for row in rows:
        for column, cell in row.items():
            assert not re.match(r"[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20]", cell), f"{column} opens as a formula: {cell[:40]!r}"
            assert not re.match(r"[ \"]+[=+\-@]", cell), f"{column} is one behind blanks: {cell[:40]!r}"
    agents = [row["user_agent"] for row in rows]
    assert "'=1+1" in agents and "'=cmd|' /C calc'!A0" in agents and "aws-cli" not in agents
    assert any(len(agent) > 10240 for agent in agents), "a long one is cut"


def test_hunt_csv(scratch):
    texts = FORMULAS + HOSTILE
    home = Home(scratch, "hunt-csv", texts)
    text = home.run("hunt", "--decoys", "decoys.txt", "--format", "csv", "trail.json").decode()
    assert_clean(text.replace("\r\n", "\n"))
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    count = len(home.run("hunt", "--decoys", "decoys.txt", "--format", "jsonl", "trail.json").splitlines())
    assert len(rows) == count + 1 == text.count("\r\n") and {len(row) for row in rows} == {len(rows[0])}
    for row in rows[1:]:
        for cell in row:
            assert not re.match(r"[ \"]*[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20]", cell), f"opens as a formula: {cell[:40]!r}"
    assert "'=1+1" in {row[rows[0].index("user_agent")] for row in rows}
    (home.dir / "empty.json").write_text('{"Records": []}')
    assert home.run("hunt", "--format", "csv", "empty.json").decode() == text.split("\r\n")[0] + "\r\n"
    home.run("incident", "list", "--format", "csv", status=2)


def test_csv_in_an_office(scratch):
    """Opened by LibreOffice and saved as its own format: no cell of it is a formula."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    assert office, "LibreOffice is not there: apt-get install libreoffice-calc-nogui"
    home = Home(scratch, "office", FORMULAS)
    home.run("incident", "report", "1", "--csv", "in.csv")
    bare = home.dir / "bare.csv"
    bare.write_text("a\n" + "\n".join('"' + f.replace('"', '""') + '"' for f in FORMULAS if f.startswith("=")) + "\n", encoding="utf-8")
    found = {}
    for name in ("in", "bare"):
        subprocess.run([office, f"-env:UserInstallation=file://{home.dir}/profile", "--headless", "--convert-to", "fods", "--outdir", str(home.dir),
                        str(home.dir / f"{name}.csv")], check=True, capture_output=True, timeout=300)
        found[name] = (home.dir / f"{name}.fods").read_text(encoding="utf-8").count("table:formula=")
    assert found["in"] == 0, f"{found['in']} cells are formulas"
    assert found["bare"] > 0, "this office takes nothing for a formula: the test says nothing"


def test_markdown(scratch):
    texts = HOSTILE + FORMULAS
    home = Home(scratch, "markdown", texts, decoy="`|<script>x")
    home.run("incident", "note", "1", "see `|` [x](http://127.0.0.1/) <b>@all</b>\n# no heading")
    text = home.paper("markdown")
    assert_clean(text.replace("\n", " "))
    parser = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
    tokens, plain = parser.parse(text), []
    headings = [tokens[i + 1].content for i, t in enumerate(tokens) if t.type == "heading_open"]
    assert headings == ["Incident 1: critical, open", "What was found, and what to do about it", "Events", "What was done", "How to go on"], headings
    for token in tokens:
        assert token.type not in ("html_block", "fence", "code_block", "hr", "blockquote_open"), f"{token.type}: {token.content[:80]}"
        for child in token.children or []:
            assert child.type not in ("html_inline", "link_open", "image", "em_open", "s_open"), f"{child.type} in {token.content[:120]}"
            if child.type == "text":
                plain.append(child.content)
    # Nothing of a record stands outside of a code span.
    assert not re.search(r"script|alert|127\.0\.0\.1|everyone|onerror|calc|heading$", " ".join(plain)), [p for p in plain if "alert" in p or "calc" in p]
    tables, cells = [], 0
    for token in tokens:
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append(0)
        elif token.type in ("td_open", "th_open"):
            tables[-1][-1] += 1
            cells += 1
    assert len(tables) == 2 and set(tables[0]) == {2} and set(tables[1]) == {6} and len(tables[1]) == len(texts) + 1, [set(t) for t in tables]
    assert "- [ ] " in text and len(max(text.splitlines(), key=len)) < 4000
    assert cells > 100


def test_files(scratch):
    home = Home(scratch, "files", ["aws-cli/2"])
    home.run("incident", "report", "1", "--markdown", "a.md", "--ocsf", "a.json", "--csv", "a.csv", "--html", "a.html")
    for name in ("a.md", "a.json", "a.csv", "a.html"):
        assert (home.dir / name).stat().st_mode & 0o777 == 0o600 and (home.dir / name).stat().st_size > 100, name
    home.run("incident", "report", "1", "--csv", "a.csv", status=1)
    home.run("incident", "report", "1", "--csv", "a.csv", "--force")
    home.run("incident", "report", "1", status=2)
    home.run("incident", "report", "99", "--csv", "-", status=1)


def main():
    office = sys.argv[1:] == ["office"]
    names = ["test_csv_in_an_office"] if office else [n for n in globals() if n.startswith("test_") and not n.endswith("office")]
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            if sys.argv[1:] and not office and name[5:] not in sys.argv[1:]:
                continue
            try:
                globals()[name](scratch)
            except Exception as error:  # noqa: BLE001
                failed += 1
                print(f"FAIL: papers {name[5:]}: {type(error).__name__}: {str(error)[:800]}")
                if os.environ.get("V"):
                    raise
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
