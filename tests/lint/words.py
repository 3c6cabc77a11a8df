#!/usr/bin/env python3
"""How sources look: an opening comment, tabs, no trailing blanks, no line comments, no notes to ourselves, no struct
typedefs, a guard in every header that matches its path."""
import re

import lint

NOTES = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")


def check_source(tree, path, lines):
    if not lines[0].startswith("/*"):
        tree.problem(path, 1, "does not open with a comment that says what it is for")
    for number, line in enumerate(lines, 1):
        code = lint.without_strings(line)
        if re.match(r"^ {2,}\S", line) and not re.match(r"^ +\*", line):
            tree.problem(path, number, "indented with blanks")
        if re.search(r"(^|[^:])//", code) and "/*" not in line and not re.match(r"^\s*\*", line):
            tree.problem(path, number, "a line comment")
        if re.search(r"\btypedef\s+(struct|enum|union)\b", code):
            tree.problem(path, number, "a typedef that is not for a function type")
    if path.suffix == ".h" and path.relative_to(tree.top).parts[0] != "tests":
        name = path.relative_to(tree.top).with_suffix("").as_posix().removeprefix("lib/")
        name = name.replace("cmd/keysnare/", "cmd/").replace("/", "_").upper()
        if f"#ifndef KS_{name}_H" not in lines:
            tree.problem(path, 1, f"has no guard KS_{name}_H")


def check(tree):
    for path in tree.files("lib/*/*.[ch]", "cmd/*/*.[ch]", "tests/*/*.[ch]"):
        check_source(tree, path, lint.read_lines(path))
    for path in tree.files("lib/*/*", "cmd/*/*", "tests/*/*.[ch]", "tests/*/run", "tests/lint/*.py", "Makefile",
                           "policies/**/*.yml", "README.md", ".ci/run"):
        if path.suffix == ".pyc":
            continue
        lines = lint.read_lines(path)
        if lines[-1] != "":
            tree.problem(path, len(lines), "no newline at the end")
        for number, line in enumerate(lines, 1):
            if line != line.rstrip() and path.suffix in (".c", ".h", ".def", ".py", ".yml", ""):
                tree.problem(path, number, "blanks at the end")
            if NOTES.search(line):
                tree.problem(path, number, "a note to ourselves: do it, or leave it out")


if __name__ == "__main__":
    lint.run(check)
