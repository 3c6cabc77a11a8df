#!/usr/bin/env python3
"""What the built program says of itself: every command and subcommand has a text and examples in its -h, no line of
it is too long (but a command of an example, which must stay in one piece), and every option of it stands in the man
page and in all completions."""
import os
import re
import subprocess

import lint

COLUMNS = 100


def output(program, *words):
    return subprocess.run([program, *words], capture_output=True, text=True, check=True,
                          stdin=subprocess.DEVNULL).stdout


def section(text, title):
    """The lines below a heading, up to the next one."""
    match = re.search(rf"^{title}\n((?:[ \t].*\n)*)", text, re.M)
    return match[1] if match else ""


def names(text):
    return re.findall(r"^  (\w[\w-]*)", section(text, "Commands"), re.M)


def options(text, title):
    return re.findall(r"^  (?:-\w, |    )--([\w-]+)", section(text, title), re.M)


def check_command(tree, program, words, shells):
    """Checks one command and those below it."""
    path = tree.top / "cmd" / "keysnare" / f"{words[0]}.c"
    text = output(program, *words, "-h")
    title = " ".join(words)
    man = output(program, "help", "--man", words[0]).replace("\\-", "-")
    paragraphs = text.split("\n\n")
    if len(paragraphs) < 3 or re.match(r"^(Commands|Options)", paragraphs[2]):
        tree.problem(path, 1, f"'{title} -h' says nothing about it")
    if not section(text, "Examples"):
        tree.problem(path, 1, f"'{title} -h' has no examples")
    examples = section(text, "Examples").split("\n")
    for line in text.split("\n"):
        if len(line) > COLUMNS and not (line in examples and re.match(r"^  \S", line)):
            tree.problem(path, 1, f"'{title} -h' has a line of {len(line)} columns: {line.strip()}")
    for option in options(text, "Options"):
        if f"--{option}\\fR" not in man:
            tree.problem(path, 1, f"--{option} is not in the man page of {words[0]}")
        for shell, script in shells.items():
            needle = f"-l {option}" if shell == "fish" else f"--{option}"
            if not re.search(re.escape(needle) + r"(?![\w-])", script):
                tree.problem(path, 1, f"--{option} is not in the completion for {shell}")
    for name in names(text):
        check_command(tree, program, [*words, name], shells)


def check(tree):
    program = os.environ.get("KEYSNARE", str(tree.build / "keysnare"))
    if not os.access(program, os.X_OK):
        tree.problem(program, 1, "not built")
        return
    shells = {shell: output(program, "help", "--completion", shell) for shell in ("bash", "zsh", "fish")}
    if subprocess.run(["bash", "-n"], input=shells["bash"], text=True, check=False).returncode != 0:
        tree.problem(tree.top / "cmd/keysnare/completion.c", 1, "bash cannot read its completion")
    listed = names(output(program, "-h"))
    if not listed:
        tree.problem(tree.top / "cmd/keysnare/help.c", 1, "-h lists no commands")
    for name in listed:
        check_command(tree, program, [name], shells)


if __name__ == "__main__":
    lint.run(check)
