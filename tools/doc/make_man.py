#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the man page of the command from what its --help prints.

    make_man.py COMMAND OUTPUT
"""
import os
import re
import subprocess
import sys


def help_of(*command):
    return subprocess.run([*command, "--help"], check=True, text=True, stdout=subprocess.PIPE).stdout


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def split(text):
    """(description, usage, [(heading, [(term, text)])], footer) of a help text."""
    description, rest = re.split(r"\s*^Usage: ", text, maxsplit=1, flags=re.M)
    usage, _, body = rest.partition("\n")
    lists, footer = [], []
    for line in body.splitlines():
        heading = re.fullmatch(r"(\w[\w ]*):", line)
        entry = re.match(r"  (\S.*?)(?:  +(\S.*))?$", line)
        if heading and not footer and heading[1] != "Examples":
            lists.append((heading[1], []))
        elif lists and not footer and entry:
            lists[-1][1].append((entry[1], [entry[2] or ""]))
        elif lists and not footer and line.startswith("   ") and lists[-1][1]:
            lists[-1][1][-1][1].append(line.strip())
        elif line or footer:
            footer.append(line)
    return description.strip(), usage.strip(), lists, "\n".join(footer).strip()


def roff_list(entries):
    return "".join(f".TP\n.B {escaped(term)}\n{escaped(' '.join(text).strip())}\n" for term, text in entries)


def roff_footer(footer):
    if not footer:
        return ""
    paragraphs, _, examples = footer.partition("Examples:")
    text = "".join(f".PP\n{escaped(p.strip())}\n" for p in paragraphs.split("\n\n") if p.strip())
    if examples:
        shown, _, after = examples.strip("\n").partition("\n\n")
        text += f".PP\nExamples:\n.PP\n.nf\n{escaped(shown)}\n.fi\n"
        text += "".join(f".PP\n{escaped(p.strip())}\n" for p in after.split("\n\n") if p.strip())
    return text


def page(command):
    version = subprocess.run([command, "--version"], check=True, text=True, stdout=subprocess.PIPE).stdout.split()[1]
    description, usage, lists, footer = split(help_of(command))
    subcommands = dict(lists).get("Subcommands", [])
    short = "cut the subject out of pictures; run networks that PaddlePaddle exports"
    text = f'.TH U2NET 1 "" "u2net {version}" "User Commands"\n.SH NAME\nu2net \\- {short}\n'
    text += f".SH SYNOPSIS\n.B u2net\n{escaped(usage.partition(' ')[2])}\n"
    text += f".SH DESCRIPTION\n{escaped(' '.join(description.split()))}\n"
    for heading, entries in lists:
        text += f".SH {heading.upper()}\n{roff_list(entries)}"
    text += f".SH NOTES\n{roff_footer(footer)}"
    for name, _ in subcommands:
        description, usage, lists, footer = split(help_of(command, name))
        text += f'.SH "U2NET {name.upper()}"\n.B {escaped(usage)}\n.PP\n{escaped(description)}\n'
        for heading, entries in lists:
            text += f".SS {heading}\n{roff_list(entries)}"
        text += roff_footer(footer)
    return text


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    text = page(sys.argv[1])
    with open(sys.argv[2] + ".new", "w", encoding="ascii") as file:
        file.write(text)
    os.replace(sys.argv[2] + ".new", sys.argv[2])


if __name__ == "__main__":
    main()
