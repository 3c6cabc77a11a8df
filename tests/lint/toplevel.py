#!/usr/bin/env python3
"""The top level holds the agreed names and dot-files, and nothing else."""
import lint

ALLOWED = {"Makefile", "cmd", "lib", "policies", "tests", "examples", "README.md", "build"}


def check(tree):
    for path in sorted(tree.top.iterdir()):
        if path.name not in ALLOWED and not path.name.startswith("."):
            tree.problem(path, 1, "does not belong at the top level")


if __name__ == "__main__":
    lint.run(check)
