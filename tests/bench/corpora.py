"""The made-up trails that are read, and what is planted in them. They are made when they are not there, or when the
source of the program that makes them has changed."""
import hashlib
import os
import shutil
import subprocess

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus.c")

# Of real files: 57 files of CloudTrail, 2,901 records. The last two: gzip of files over 170 KB; records by a long-term key.
REAL = {"mean": "1261", "p10": "967", "p50": "1174", "p90": "1668", "p99": "2303", "ratio": "9.0-12.3", "keys": "12"}


class Corpus:
    """A tree below `place`, made by the program `maker` with these options."""

    def __init__(self, place, name, maker, *options):
        self.name, self.options, self.dir = name, options, os.path.join(place, "corpus-" + name)
        self.trails = os.path.join(self.dir, "trails")
        with open(SOURCE, "rb") as file:
            stamp = "%s %s\n" % (hashlib.sha256(file.read()).hexdigest(), " ".join(options))
        if self.read_stamp() != stamp:
            shutil.rmtree(self.dir, ignore_errors=True)
            os.makedirs(self.dir)
            subprocess.run([maker, self.dir, *options], check=True, stdout=subprocess.DEVNULL)
            with open(os.path.join(self.dir, "stamp"), "w", encoding="ascii") as file:
                file.write(stamp)
        self.read_manifest()

    def read_stamp(self):
        try:
            with open(os.path.join(self.dir, "stamp"), encoding="ascii") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def read_manifest(self):
        self.figures, self.planted, self.plain = {}, {"use": set(), "ses": set(), "mention": set()}, 0
        with open(os.path.join(self.dir, "manifest"), encoding="ascii") as file:
            for words in map(str.split, file):
                if words[0] in self.planted:
                    self.planted[words[0]].add(words[1])
                    # The leaked key's text stands in a use that is not escaped, and in a mention.
                    self.plain += words[0] != "ses" and words[2] == "plain"
                else:
                    self.figures[words[0]] = int(words[1])
        self.text = self.figures["text"]

    def decoys(self, count):
        return os.path.join(self.dir, "decoys-%d" % count)

    def key(self):
        with open(self.decoys(1), encoding="ascii") as file:
            return file.read().strip()

    def shape(self):
        f = self.figures
        return "%d records, %d bytes of text, %d packed (%.2f) in %d files" % (f["records"], f["text"], f["bytes"],
                                                                           f["ratio_percent"] / 100, f["files"])


def show_figures(corpora):
    """How the records compare with real ones."""
    print("%-10s %8s %8s %8s %8s %8s %10s %16s" % ("bytes", "mean", "p10", "p50", "p90", "p99", "gzip", "long-term keys"))
    print("%-10s %8s %8s %8s %8s %8s %10s %14s %%" % ("real", *(REAL[n] for n in ("mean", "p10", "p50", "p90", "p99", "ratio", "keys"))))
    for corpus in corpora:
        f = corpus.figures
        print("%-10s %8d %8d %8d %8d %8d %10.2f %14d %%" % (corpus.name, f["mean"], f["p10"], f["p50"], f["p90"], f["p99"],
                                                          f["ratio_percent"] / 100, f["keys_percent"]))
