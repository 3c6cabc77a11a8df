#!/usr/bin/env python3
"""What libkeysnare.a defines and calls: every external symbol is ks_<file stem>_…, nothing is mutable at file scope,
nothing of it prints on stdout or exits, stems are unique. Reads build/gcc/libkeysnare.a, or that of KEYSNARE_BUILD."""
import re
import subprocess

import lint

FORBIDDEN = {"printf", "puts", "putchar", "vprintf", "exit", "_exit", "stdout", "perror", "__printf_chk",
             "__vprintf_chk"}
MUTABLE = re.compile(r"^\.(data|bss|tdata|tbss)(?!\.rel\.ro)")


def objects(archive):
    """{object stem: [(symbol, class, section)]} of an archive; the class of an undefined symbol is U."""
    text = subprocess.run(["nm", "--format=sysv", str(archive)], check=True, capture_output=True, text=True).stdout
    found, stem = {}, None
    for line in text.split("\n"):
        header = re.match(r"^(?:Undefined symbols|Symbols) from (?:.*\[)?([^\]]+?)\.o\]?:$", line)
        if header:
            stem = header[1]
            found[stem] = []
        fields = [field.strip() for field in line.split("|")]
        if stem is not None and len(fields) == 7 and fields[0] != "Name":
            found[stem].append((fields[0], fields[2], fields[6].split("\t")[0]))
    return found


def check_object(tree, path, stem, symbols):
    for name, kind, section in symbols:
        if kind == "U":
            if name in FORBIDDEN:
                tree.problem(path, 1, f"lib/ never prints and never exits, and this calls {name}")
            continue
        if MUTABLE.match(section) or kind in "CcBbDdGgSs" and section == "*COM*":
            tree.problem(path, 1, f"'{name}' is mutable state at file scope ({section})")
        if kind.isupper() and name != f"ks_{stem}" and not name.startswith(f"ks_{stem}_"):
            tree.problem(path, 1, f"external symbol '{name}' does not begin with ks_{stem}_")


def check(tree):
    sources = {}
    for path in tree.files("lib/*/*.c"):
        if path.stem in sources:
            tree.problem(path, 1, f"stem '{path.stem}' is taken by {sources[path.stem].relative_to(tree.top)}")
        sources[path.stem] = path
    archive = tree.build / "libkeysnare.a"
    if not archive.is_file():
        tree.problem(archive, 1, "not built")
        return
    for stem, symbols in objects(archive).items():
        if stem not in sources:
            tree.problem(archive, 1, f"{stem}.o does not come from lib/")
            continue
        check_object(tree, sources[stem], stem, symbols)


if __name__ == "__main__":
    lint.run(check)
