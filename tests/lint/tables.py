#!/usr/bin/env python3
"""Rows of the .def lists against files, both ways.

cmd/keysnare/commands.def: KS_COMMAND(plant) is cmd/keysnare/plant.c with a row ks_cmd_plant. A subcommand is
cmd/keysnare/decoy_list.c with a row ks_cmd_decoy_list, which decoy.c lists.
lib/<directory>/<stem>s.def: a row names <stem>_<name>.c beside the list, or templates/<name>.<stem>. A list of plain
values (VALUES) has no files.
"""
import re

import lint

VALUES = {"agents", "calls", "habits", "metrics", "services"}


def rows(path):
    """{name: line number} of the rows of a list."""
    found = {}
    for number, line in enumerate(lint.read_lines(path), 1):
        match = re.match(r'\s*KS_[A-Z0-9_]+\(\s*"?([A-Za-z0-9_-]+)"?', line)
        if match:
            found[match[1]] = number
    return found


def check_commands(tree):
    path = tree.top / "cmd" / "keysnare" / "commands.def"
    names = rows(path)
    defined = {}
    for source in tree.files("cmd/keysnare/*.c"):
        for match in re.finditer(r"^const struct ks_command ks_cmd_(\w+)", source.read_text(), re.M):
            defined[match[1]] = source
    for name, number in names.items():
        if name not in defined:
            tree.problem(path, number, f"no file defines ks_cmd_{name}")
    for name, source in defined.items():
        parent = defined.get(name.split("_")[0])
        if source.stem != name:
            tree.problem(source, 1, f"ks_cmd_{name} belongs into {name}.c")
        if name in names:
            continue
        if "_" not in name or parent is None or f"&ks_cmd_{name}" not in parent.read_text():
            tree.problem(source, 1, f"neither commands.def nor its parent has a row for ks_cmd_{name}")


def check_list(tree, path):
    stem = path.stem.removesuffix("s")
    names = rows(path)
    there = {f.stem.removeprefix(stem + "_"): f for f in path.parent.glob(f"{stem}_*.c")}
    there |= {f.stem: f for f in path.parent.glob(f"templates/*.{stem}")}
    for name, number in names.items():
        if name not in there:
            tree.problem(path, number, f"there is neither {stem}_{name}.c nor templates/{name}.{stem}")
    for name, source in there.items():
        if name not in names:
            tree.problem(source, 1, f"{path.name} has no row for {name}")


def check(tree):
    check_commands(tree)
    for path in tree.files("lib/*/*.def"):
        if path.stem not in VALUES:
            check_list(tree, path)


if __name__ == "__main__":
    lint.run(check)
