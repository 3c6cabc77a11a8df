#!/usr/bin/env python3
"""A directory of lib/ includes itself and strictly lower floors; lib/FLOORS says which floor each has."""
import lint


def read_floors(tree):
    floors = {}
    path = tree.top / "lib" / "FLOORS"
    for number, line in enumerate(lint.read_lines(path), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        if len(words) != 2 or not words[1].isdigit() or words[0] in floors:
            tree.problem(path, number, f"not one new directory and its floor: {line}")
            continue
        floors[words[0]] = int(words[1])
    return floors


def check_file(tree, floors, path):
    own = path.relative_to(tree.top).parts[1] if path.is_relative_to(tree.top / "lib") else None
    for number, kind, name in tree.includes(path):
        if kind != "quote":
            continue
        parts = name.split("/")
        if not (tree.top / name).is_file():
            tree.problem(path, number, f'"{name}" is not a path from the top of the tree')
        elif own is None:
            continue
        elif parts[0] != "lib":
            tree.problem(path, number, f'lib/ includes "{name}"')
        elif parts[1] != own and floors.get(parts[1], 99) >= floors.get(own, -1):
            tree.problem(path, number, f'lib/{own} (floor {floors.get(own)}) includes "{name}" '
                                       f"(floor {floors.get(parts[1])})")


def check(tree):
    floors = read_floors(tree)
    for path in tree.files("lib/*/*.[ch]"):
        if path.parent.name not in floors:
            tree.problem(path, 1, f"lib/FLOORS does not list {path.parent.name}")
    for path in tree.files("lib/*/*.[ch]", "cmd/*/*.[ch]"):
        check_file(tree, floors, path)


if __name__ == "__main__":
    lint.run(check)
