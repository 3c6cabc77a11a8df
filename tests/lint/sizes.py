#!/usr/bin/env python3
"""The size caps of the house: file, function, parameters, nesting, line. What reaches a cap fails."""
import re

import lint

FILE, FUNCTION, PARAMETERS, NESTING, LINE, TAB = 800, 100, 8, 5, 110, 4
FOREIGN = {"on_request": "libmicrohttpd says what it is called with"}
CONTROL = re.compile(r"^(\t+)(?:\} )?(?:if|for|while|do|switch|else)\b")


def parameters(signature):
    """How many parameters the text of a function header declares."""
    depth, commas, inside = 0, 0, ""
    start = signature.find("(")
    for c in signature[start:]:
        depth += (c == "(") - (c == ")")
        commas += c == "," and depth == 1
        inside += c
        if depth == 0:
            break
    return 0 if inside in ("()", "(void)") else commas + 1


def check_function(tree, path, lines, start, end):
    """lines[start] is the "{" in column 0, lines[end] the "}"."""
    first = start
    while first > 0 and lines[first - 1] and not lines[first - 1].startswith(("}", "#", "/*", " *")) \
            and not lines[first - 1].endswith(";"):
        first -= 1
    signature = " ".join(lines[first:start])
    name = re.search(r"(\w+)\s*\(", signature)
    name = name[1] if name else "?"
    if end - start - 1 >= FUNCTION:
        tree.problem(path, first + 1, f"function {name} has {end - start - 1} lines, {FUNCTION} fail")
    if parameters(signature) >= PARAMETERS and name not in FOREIGN:
        tree.problem(path, first + 1, f"function {name} has {parameters(signature)} parameters, {PARAMETERS} fail")
    for number in range(start, end):
        match = CONTROL.match(lines[number])
        if match and len(match[1]) >= NESTING:
            tree.problem(path, number + 1, f"nesting of {len(match[1])}, {NESTING} fail")
            break


def check(tree):
    for path in tree.files("lib/*/*.[ch]", "lib/*/*.def", "cmd/*/*.[ch]", "cmd/*/*.def", "tests/*/*.[ch]"):
        lines = lint.read_lines(path)
        if len(lines) > FILE:
            tree.problem(path, FILE, f"{len(lines) - 1} lines, {FILE} fail")
        for number, line in enumerate(lines, 1):
            if len(line.expandtabs(TAB)) >= LINE:
                tree.problem(path, number, f"{len(line.expandtabs(TAB))} columns, {LINE} fail")
        start = None
        for number, line in enumerate(lines):
            if line == "{":
                start = number
            elif line.startswith("}") and start is not None:
                check_function(tree, path, lines, start, number)
                start = None


if __name__ == "__main__":
    lint.run(check)
