"""What is run and measured: a row is one command, asked one question, with the answer that must come out."""
import json
import os
import re
import shutil
import statistics
import subprocess


class Wrong(Exception):
    """An answer that is not what was planted, or a command that failed: no measurement."""


class Row:
    """One command that is run again and again. `check` gets what it printed, gives what was found, and raises Wrong."""

    def __init__(self, name, argv, corpus, asked, check, **more):
        self.name, self.argv, self.corpus, self.asked, self.check = name, argv, corpus, asked, check
        self.threads, self.rounds, self.times = more.get("threads", 0), more.get("rounds"), more.get("times", 1)
        self.sweeps, self.beside = more.get("sweeps", 1), more.get("beside")
        self.not_run = more.get("not_run")
        self.found = None
        self.wall, self.cpu, self.rss, self.scan, self.shares = [], [], [], [], []

    def run(self, measure, scratch, counts=True):
        for _ in range(self.times):
            # What a share is of runs right before, so that both meet the machine as it is just then.
            whole = self.beside.run_once(measure, scratch)[1] if self.beside else None
            wall, cpu, rss, scan = self.run_once(measure, scratch)
            if counts and whole:
                self.shares.append(whole / cpu)
            if counts:
                self.wall.append(wall)
                self.cpu.append(cpu)
                self.rss.append(rss)
                self.scan.append(scan)

    def run_once(self, measure, scratch):
        cost = os.path.join(scratch, "cost")
        env = dict(os.environ, HOME=scratch, KEYSNARE_STORE=os.path.join(scratch, "none.db"), LC_ALL="C.UTF-8")
        done = subprocess.run([measure, cost, *self.argv], env=env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise Wrong("%s ended with status %d: %s" % (self.name, done.returncode, done.stderr[-500:]))
        found = self.check(self, done.stdout)
        if self.found is not None and found != self.found:
            raise Wrong("%s: %s, and before it was %s" % (self.name, found, self.found))
        self.found = found
        with open(cost, encoding="ascii") as file:
            wall, cpu, rss = file.read().split()
        # What the program itself says that reading took, without what comes before it.
        said = re.search(r"([0-9.]+) s, [0-9.]+ [A-Z]*B/s|^([0-9.]+) s behind the start", done.stderr, re.MULTILINE)
        return float(wall), float(cpu), int(rss), float(said[1] or said[2]) if said else float(wall)

    def figures(self):
        if not self.wall:
            return None
        return {"wall": statistics.median(self.wall), "cpu": statistics.median(self.cpu), "rss": max(self.rss),
                "scan": statistics.median(self.scan), "found": self.found, "threads": self.threads, "corpus": self.corpus.name,
                "text": self.corpus.text, "share": statistics.median(self.shares) if self.shares else None}


def compare(row, found, expected):
    if found != expected:
        raise Wrong("%s: %d answers, and %d were planted (%d of them not found, %d more)" % (
            row.name, len(found), len(expected), len(expected - found), len(found - expected)))
    return "%d events" % len(found)


def check_text(row, text):
    """The reference that unpacks: all text came out."""
    if int(text.split()[0]) != row.corpus.text:
        raise Wrong("%s: %s bytes of text instead of %d" % (row.name, text.split()[0], row.corpus.text))
    return "all text, by " + text.split()[2]


def check_nothing(_row, _text):
    return "-"


def check_ids(row, text):
    """One id of an event a line: uses and calls to SES."""
    return compare(row, set(text.split()), row.corpus.planted["use"] | row.corpus.planted["ses"])


def check_occurrences(row, text):
    """A line for each place where the leaked key's text stands: uses that are not escaped, and mentions."""
    found = text.split()
    if set(found) - {row.corpus.key()} or len(found) != row.corpus.plain:
        raise Wrong("%s: the text was found %d times, and it is there %d times" % (row.name, len(found), row.corpus.plain))
    return "%d texts" % len(found)


def is_use(finding):
    return finding["rule"]["title"] == "Decoy Access Key Used"


def is_ses(finding):
    return finding["event"]["source"] == "ses.amazonaws.com"


def check_findings(wants, *kinds):
    """The findings that wants() likes are about exactly the events planted of these kinds."""
    def check(row, text):
        found, lines = set(), text.splitlines()
        for line in lines:
            finding = json.loads(line)
            if wants(finding):
                found.add(finding["event"]["id"])
        said = compare(row, found, set().union(*(row.corpus.planted[kind] for kind in kinds)))
        return said if len(lines) < 1000 else "%s, %d findings" % (said, len(lines))
    return check


check_uses = check_findings(is_use, "use")
check_both = check_findings(lambda finding: is_use(finding) or is_ses(finding), "use", "ses")


class Hunts:
    """Makes rows of hunt: `top` is the source tree, `build` where the programs are."""

    def __init__(self, top, build, data):
        self.program, self.here = os.path.join(build, "keysnare"), os.path.join(top, "tests/bench")
        self.decoy_rules = [os.path.join(top, "policies/detect/decoy")]
        self.shipped = [os.path.join(top, "policies", name) for name in ("detect", "suppress")]
        self.sigma, self.common = [], []
        for place, _, names in sorted(os.walk(os.path.join(data, "sigma/sigmahq/rules/cloud/aws"))):
            for name in sorted(names):
                # This one is met by nearly every record of a role: its cost is what it prints.
                found = self.common if name == "aws_sts_assumerole_misuse.yml" else self.sigma
                if name.endswith(".yml"):
                    found.append(os.path.join(place, name))

    def row(self, name, corpus, asked, check, decoys=1000, rules=(), **more):
        argv = [self.program, "hunt", "--format", "jsonl", "-j", str(more.get("threads", 2)), "--decoys", corpus.decoys(decoys)]
        for path in rules:
            argv += ["--rules", path]
        argv += more.pop("options", [])
        return Row(name, argv + [corpus.trails], corpus, asked, check, **more)

    def with_sigma(self, name, corpus, **more):
        """Decoys, shipped rules and SigmaHQ's."""
        missing = None if self.sigma else "SigmaHQ's rules are not in KEYSNARE_DATA or ../shared/data"
        return self.row(name, corpus, "shipped and SigmaHQ's %d AWS rules" % len(self.sigma), check_both,
                        rules=self.shipped + self.sigma, not_run=missing, **more)


def xargs(trails, command, processes=2, fails="|| test $? = 123"):
    """Processes over all files, four files at a time. `fails`: a program that finds nothing in a file ends with 1, xargs with 123."""
    return ["sh", "-c", 'find "$0" -name "*.gz" -print0 | xargs -0 -n 4 -P %d "$@" %s' % (processes, fails), trails, *command]


def lacks(*programs):
    missing = [name for name in programs if shutil.which(name) is None]
    return "it is not installed" if missing else None


JQ = ('($keys / "\\n" | map(select(. != "") | {(.): true}) | add) as $k | .Records[] | '
      'select(.eventSource == "ses.amazonaws.com" or $k[.userIdentity.accessKeyId // ""]) | .eventID')


def rivals(corpus, python, slow, quick):
    """Rows of what a user would take instead; slow and quick: how often each is run."""
    key, trails, keys = corpus.key(), corpus.trails, corpus.decoys(1000)
    text, both = "where the text of a key stands", "uses of 1000 keys, calls to SES"
    rows = [
        Row("rg -z", ["rg", "-z", "-j2", "-o", "-I", "-N", "-F", key, trails], corpus, text, check_occurrences, not_run=lacks("rg"),
            rounds=slow),
        Row("rg -z, 1000000 keys", ["rg", "-z", "-j2", "-o", "-I", "-N", "-F", "-f", corpus.decoys(1000000), trails], corpus,
            "the same of a million keys", check_occurrences, not_run=lacks("rg"), rounds=slow),
        Row("ugrep -z", ["ugrep", "-z", "-J2", "-r", "-o", "-h", "-F", key, trails], corpus, text, check_occurrences,
            not_run=lacks("ugrep"), rounds=quick),
        Row("zgrep", xargs(trails, ["zgrep", "-o", "-h", "-F", key]), corpus, text, check_occurrences, not_run=lacks("zgrep"),
            rounds=slow),
        Row("jq", xargs(trails, ["sh", "-c", '%s -c "$@" | jq -r --rawfile keys %s \'%s\'' % (
            "gzip -d" if lacks("libdeflate-gunzip") else "libdeflate-gunzip", keys, JQ), "sh"]), corpus, both, check_ids,
            not_run=lacks("jq"), rounds=min(slow, 2))]
    # The last thing that make does when all of them are there.
    done = os.path.join(os.path.dirname(os.path.dirname(python)), "done")
    missing = None if os.path.exists(done) else "it is not installed"
    ask = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ask.py")
    for name, library, rounds in (("chDB", "chdb", quick), ("DuckDB", "duckdb", slow), ("Python, orjson", "orjson", slow)):
        rows.append(Row(name, [python, ask, library, trails, keys, "2"], corpus, both, check_ids, not_run=missing, rounds=rounds))
    for row in rows:
        row.threads = 2
        if row.rounds == 0:
            row.not_run = row.not_run or "BENCH_SLOW is 0"
    return rows
