"""What a run of the bench comes to: the table of all rows, what was asked for and reached, and the README's part."""
import json
import os

MIB = 1 << 20
BEGIN, END = "<!-- bench: made by \"make bench\" -->", "<!-- bench: end -->"


def get(result, row, of):
    figures = result["rows"].get(row)
    return figures[of] if figures else None


def ratio(result, over, under, of="wall", over_of=None):
    """How many times `under` the row `over` took."""
    a, b = get(result, over, over_of or of), get(result, under, of)
    return a / b if a and b else None


def per_byte(result, row, base, of="wall"):
    """The speed of a row as a share of another's, each for its own bytes."""
    a, b = result["rows"].get(row), result["rows"].get(base)
    return (a["text"] / a[of]) / (b["text"] / b[of]) if a and b else None


def less(result, row, base, of):
    a, b = get(result, row, of), get(result, base, of)
    return a - b if a and b else None


# What is asked of it: what, the row of what is measured, at least or at most, and how it is reckoned. "CPU": of one processor,
# medians of pairs that ran one behind the other.
def targets(result):
    with_sigma = "shipped + SigmaHQ, t%d"
    times = "times faster than %s"
    memory = lambda row: (get(result, row, "rss") or 0) / MIB or None
    cpu = get(result, "one file, shipped", "cpu")
    found = [
        ("1000 decoys, of inflating alone, CPU", ">=", 0.90, get(result, "decoys, t1", "share")),
        ("decoys, shipped and SigmaHQ's rules, of inflating alone, CPU", ">=", 0.80, get(result, with_sigma % 1, "share")),
        ("a rule that needs every record, of inflating alone, CPU", ">=", 0.55, get(result, "every record, t1", "share")),
        ("two threads over one", ">=", 1.85, ratio(result, with_sigma % 1, with_sigma % 2)),
        ("decoys and rules, of libdeflate-gunzip alone, CPU", ">=", 1.00, ratio(result, "libdeflate-gunzip, t1", with_sigma % 1, "cpu")),
        (times % "rg -z", ">=", 7, ratio(result, "rg -z", "1 decoys, t2")),
        (times % "rg -z, a million keys", ">=", 12, ratio(result, "rg -z, 1000000 keys", "1000000 decoys, t2")),
        (times % "ugrep -z", ">=", 3, ratio(result, "ugrep -z", "1 decoys, t2")),
        (times % "zgrep", ">=", 20, ratio(result, "zgrep", "1 decoys, t2"))]
    # Of those that start an interpreter only the question counts, of hunt everything.
    for name, least in (("chDB", 2.5), ("DuckDB", 9), ("Python, orjson", 15), ("jq", 35)):
        found.append((times % name, ">=", least, ratio(result, name, "one question, t2", "wall", "scan")))
    found += [
        ("a million decoys, of the rate with one", ">=", 0.97, ratio(result, "1 decoys, t2", "1000000 decoys, t2", "scan")),
        ("the same where AKIA is in 67 % of records", ">=", 0.97,
         ratio(result, "AKIA in 67 %, 1 decoys, t2", "AKIA in 67 %, 1000000 decoys, t2", "scan")),
        ("seconds to load a million decoys", "<=", 0.25, less(result, "one file, 1000000 decoys", "one file, 1 decoys", "wall")),
        ("small files, of the rate of the others", ">=", 0.50, per_byte(result, "small files, t2", "shipped, t2")),
        ("one line, plain, of the rate of the others", ">=", 0.50, per_byte(result, "one line, plain, t2", "shipped, t2")),
        ("one line, gzip, of the rate of the others, one thread", ">=", 0.50, per_byte(result, "one line, gzip, t1", "shipped, t1")),
        ("MiB resident, 1000 decoys and all rules", "<=", 48, memory(with_sigma % 2)),
        ("MiB resident, small files", "<=", 48, memory("small files, t2")),
        ("MiB resident, one line, plain", "<=", 48, memory("one line, plain, t2")),
        ("MiB resident, one line, gzip", "<=", 48, memory("one line, gzip, t1")),
        ("MiB resident, a million decoys", "<=", 96, memory("1000000 decoys, t2")),
        ("ms of CPU for a hunt in one file, all shipped rules", "<=", 30, cpu * 1000 if cpu else None)]
    return [{"what": what, "is": sign, "asked": asked, "measured": measured,
             "met": None if measured is None else measured >= asked if sign == ">=" else measured <= asked}
            for what, sign, asked, measured in found]


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def keep(result, path):
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(result, file, indent="\t", sort_keys=True)
        file.write("\n")
    os.replace(path + ".new", path)


def head(result, made, rounds):
    print("machine:  %s, load %.1f" % (result["machine"], result["load"]))
    print("date:     %s, commit %s" % (result["date"], result["commit"]))
    for name, corpus in made.items():
        print("%-9s %s" % (name + ":", corpus.shape()))
    planted = made["main"].planted
    print("planted:  %d uses of a decoy, %d calls to SES, %d mentions of the decoy; its text stands %d times, not in the uses that are escaped" % (
        len(planted["use"]), len(planted["ses"]), len(planted["mention"]), made["main"].plain))
    for name, said in result["versions"].items():
        print("%-9s %s" % (name[:8] + ":", said))
    print("rounds:   %d, interleaved, medians; of unpacking and the hunts that take a second, %d; files in memory; every answer below "
          "is what was planted" % (rounds, rounds * result["sweeps"]), flush=True)


def number(value):
    return "-" if value is None else "%.2f" % value if value < 10 else "%.1f" % value


def rate(figures):
    return figures["text"] / figures["wall"] / 1e6


def show(result, before):
    old = before["rows"] if before and before["machine"] == result["machine"] else {}
    print("\n%-34s %8s %8s %8s %8s %9s %9s %9s  %s" % ("", "wall s", "CPU s", "MB/s", "RSS MiB", "inflate", "by CPU", "last s",
                                                                "found, asked for"))
    for name, f in result["rows"].items():
        if f is None:
            continue
        last = old.get(name)
        base = "inflate alone, t%d" % f["threads"]
        is_main = f["corpus"] == result["rows"][base]["corpus"] if base in result["rows"] else False
        print("%-34s %8.3f %8.3f %8s %8.1f %9s %9s %9s  %s" % (
            name, f["wall"], f["cpu"], "%.0f" % rate(f) if f["threads"] and f["text"] > 1e6 else "", f["rss"] / MIB,
            number(ratio(result, base, name)) if is_main else "", number(f["share"] or ratio(result, base, name, "cpu")) if is_main else "",
            "%.3f" % last["wall"] if last and last["text"] == f["text"] else "-", "%s: %s" % (f["found"], result["asked"][name])))
    for name, why in result["not_run"].items():
        print("%-34s not run: %s" % (name, why))
    if "paths" in result:
        print("\nwithout fast paths: the same %d findings" % result["paths"])
    last = {target["what"]: target["measured"] for target in before["targets"]} if before else {}
    print("\n%-62s %8s %10s %10s" % ("asked for", "", "measured", "last"))
    for target in result["targets"]:
        print("%-62s %s %5g %10s %10s  %s" % (target["what"], target["is"], target["asked"], number(target["measured"]),
                                            number(last.get(target["what"])), verdict(target)))


def verdict(target):
    return "not run" if target["met"] is None else "met" if target["met"] else "MISSED"


# The README's rows: who, the row of the same question to hunt, and what was asked.
COMPARED = (
    ("rg -z", "1 decoys, t2", "where a key's text stands"),
    ("ugrep -z", "1 decoys, t2", "where a key's text stands"),
    ("zgrep", "1 decoys, t2", "where a key's text stands"),
    ("rg -z, 1000000 keys", "1000000 decoys, t2", "where the text of a million keys stands"),
    ("chDB", "one question, t2", "uses of 1,000 keys, calls to SES"),
    ("DuckDB", "one question, t2", "uses of 1,000 keys, calls to SES"),
    ("Python, orjson", "one question, t2", "uses of 1,000 keys, calls to SES"),
    ("jq", "one question, t2", "uses of 1,000 keys, calls to SES"))


def seconds(figures, of="wall"):
    return "%.2f s" % figures[of] if figures[of] < 10 else "%.1f s" % figures[of]


def readme(result):
    """The text between the marks."""
    f = result["corpora"]["main"]
    lines = ["![how many bytes of trail a second keysnare reads, and what others read](examples/bench.svg)", "",
             "%s of made-up trails, %d MB packed, %d records in %d files, in memory; two threads or processes each; medians of %d "
             "interleaved rounds, of %d for unpacking and the hunts that take a second, of %d for what takes long." % (
                 size(f["text"]), f["bytes"] // 1000000, f["records"], f["files"], result["rounds"],
                 result["rounds"] * result["sweeps"], result["slow"]),
             "%s; %s, commit %s, load %.1f." % (result["machine"], result["date"], result["commit"], result["load"]), "",
             "| asked | of | took | keysnare took | times faster |", "|---|---|---|---|---|"]
    for name, ours, asked in COMPARED:
        a, b = result["rows"].get(name), result["rows"].get(ours)
        if a and b:
            lines.append("| %s | `%s` | %s | %s | %.1f |" % (asked, name, seconds(a, "scan"), seconds(b), a["scan"] / b["wall"]))
        else:
            lines.append("| %s | `%s` | not run | | |" % (asked, name))
    lines += ["", "| keysnare | took | of unpacking alone, CPU | resident |", "|---|---|---|---|"]
    for name in ("decoys, t2", "1000000 decoys, t2", "shipped, t2", "shipped + SigmaHQ, t2", "every record, t2"):
        row = result["rows"].get(name)
        part = ratio(result, "inflate alone, t2", name, "cpu")
        if row:
            lines.append("| %s | %s | %s | %.0f MiB |" % (result["asked"][name], seconds(row), number(part), row["rss"] / MIB))
    lines += ["", "| keysnare, shipped rules, two threads | text | took | a second | resident |", "|---|---|---|---|---|"]
    for name in ("shipped, t2", "small files, t2", "one line, gzip, t2", "one line, plain, t2"):
        row = result["rows"].get(name)
        if row:
            lines.append("| %s | %s | %s | %.0f MB | %.0f MiB |" % (shape(result, row["corpus"]), size(row["text"]), seconds(row),
                                                                  rate(row), row["rss"] / MIB))
    return "\n".join(lines)


def shape(result, corpus):
    """The files of a corpus, as a reader would say it."""
    f = next(f for name, f in result["corpora"].items() if corpus.rpartition("-")[0] == name)
    packed = "gzip" if f["bytes"] < f["text"] else "plain"
    return "one file, %s" % packed if f["files"] == 1 else "%d files of %d KB, %s" % (f["files"], f["bytes"] // f["files"] // 1000, packed)


def size(count):
    return "%.1f GB" % (count / 1e9) if count >= 1e9 else "%d MB" % (count // 1000000)


def write_readme(result, path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text[:begin] + "\n" + readme(result) + "\n" + text[end:])
