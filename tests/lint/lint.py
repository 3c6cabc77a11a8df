"""What every lint shares: where the tree is, how a problem is printed, how sources are read.

A lint is a file of its own with a function check(tree) that calls tree.problem(). It runs on the tree that holds it,
or on the one that its first argument names.
"""
import os
import pathlib
import re
import sys


class Tree:
    def __init__(self, top):
        self.top = pathlib.Path(top).resolve()
        self.build = pathlib.Path(os.environ.get("KEYSNARE_BUILD", self.top / "build" / "gcc"))
        self.problems = 0

    def problem(self, path, line, text):
        """Prints "file:line: text" and counts it."""
        path = pathlib.Path(path)
        if path.is_absolute() and path.is_relative_to(self.top):
            path = path.relative_to(self.top)
        print(f"{path}:{line}: {text}")
        self.problems += 1

    def note(self, path, text):
        """Says something that is no failure."""
        print(f"note: {path}: {text}")

    def files(self, *patterns):
        """The files that match, sorted, without build/."""
        found = {path for pattern in patterns for path in self.top.glob(pattern) if path.is_file()}
        return sorted(path for path in found if path.relative_to(self.top).parts[0] != "build")

    def includes(self, path):
        """(line number, "quote" or "angle", name) of every #include."""
        for number, line in enumerate(read_lines(path), 1):
            match = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
            if match:
                yield number, "quote" if match[1] == '"' else "angle", match[2]


def read_lines(path):
    return path.read_text("utf-8", "replace").split("\n")


def without_strings(line):
    """The line with its string and character literals emptied and its comments cut, where they end on the line."""
    line = re.sub(r'"(\\.|[^"\\])*"', '""', line)
    line = re.sub(r"'(\\.|[^'\\])+'", "''", line)
    return re.sub(r"/\*.*?\*/", "", line)


def run(check):
    tree = Tree(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    check(tree)
    sys.exit(1 if tree.problems else 0)
