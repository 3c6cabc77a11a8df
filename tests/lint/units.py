#!/usr/bin/env python3
"""Unit tests against lib/: every tests/unit/test_<stem>.c tests a file of lib/, and every .c of lib/ has one or
stands in tests/lint/untested ("stem: why"). A missing test is a note only, for as long as STRICT is off."""
import lint

STRICT = False


def check(tree):
    stems = {path.stem: path for path in tree.files("lib/*/*.[ch]")}
    sources = {path.stem: path for path in tree.files("lib/*/*.c")}
    tests = {path.stem.removeprefix("test_"): path for path in tree.files("tests/unit/test_*.c")}
    excused = {}
    listing = tree.top / "tests" / "lint" / "untested"
    for number, line in enumerate(lint.read_lines(listing) if listing.is_file() else [], 1):
        if not line or line.startswith("#"):
            continue
        stem, _, reason = line.partition(":")
        if not reason.strip():
            tree.problem(listing, number, "no reason given")
        if stem not in sources or stem in tests:
            tree.problem(listing, number, f"'{stem}' is not an untested file of lib/")
        excused[stem] = reason
    for stem, path in tests.items():
        if stem not in stems:
            tree.problem(path, 1, f"there is no {stem}.c or {stem}.h in lib/")
    for stem, path in sources.items():
        if stem in tests or stem in excused:
            continue
        if STRICT:
            tree.problem(path, 1, f"no tests/unit/test_{stem}.c, and not excused in tests/lint/untested")
        else:
            tree.note(path.relative_to(tree.top), "no unit test")


if __name__ == "__main__":
    lint.run(check)
