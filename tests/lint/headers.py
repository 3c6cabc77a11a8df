#!/usr/bin/env python3
"""Each third-party header is included from one .c file only and from no header; every header compiles alone."""
import re
import shlex
import subprocess

import lint

THIRD_PARTY = re.compile(r"^(curl/|openssl/|cjson/|isa-l|igzip|microhttpd|(yaml|sqlite3|zlib|pcre2|expat|maxminddb)\.h$)")


def flags(tree):
    """How this build compiles, from the first line of its flags file; enough to find the headers without one."""
    path = tree.build / "flags"
    words = shlex.split(path.read_text()) if path.is_file() else []
    return [word for word in words if word.startswith(("-D", "-I", "-std"))] or ["-std=c11", "-D_GNU_SOURCE", "-I."]


def check_alone(tree, path):
    """Twice in one unit: the second time nothing may be left that its guard does not cover."""
    name = path.relative_to(tree.top)
    text = f'#include "{name}"\n#include "{name}"\n'
    command = ["gcc", *flags(tree), "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c", "-"]
    result = subprocess.run(command, input=text, capture_output=True, text=True, cwd=tree.top, check=False)
    if result.returncode != 0:
        tree.problem(path, 1, "does not compile alone: " + result.stderr.strip().split("\n")[0])


def check(tree):
    users = {}
    for path in tree.files("lib/*/*.[ch]", "cmd/*/*.[ch]"):
        for number, kind, name in tree.includes(path):
            if kind != "angle" or not THIRD_PARTY.match(name):
                continue
            if path.suffix == ".h":
                tree.problem(path, number, f"a header includes <{name}>")
            users.setdefault(name, []).append((path, number))
    for name, places in users.items():
        for path, number in places[1:]:
            tree.problem(path, number, f"<{name}> is included from {places[0][0].relative_to(tree.top)} already")
    for path in tree.files("lib/*/*.h", "cmd/*/*.h"):
        check_alone(tree, path)


if __name__ == "__main__":
    lint.run(check)
