# SPDX-License-Identifier: Apache-2.0
"""What mkdocs adds to docs/ when it makes the site: the page of the command, which is what --help prints, and the
pictures of models/pictures. U2NET_BINARY is the command."""
import os
import re
import subprocess
import sys
from pathlib import Path

from mkdocs.exceptions import ConfigurationError
from mkdocs.structure.files import File

SOURCE = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(Path(__file__).parent))

from make_man import help_of, split  # noqa: E402


def shown(text):
    return f"```text\n{text.rstrip()}\n```\n"


def command_page(command):
    text = help_of(command)
    subcommands = dict(split(text)[2])["Subcommands"]
    page = f"# The command\n\nWhat `u2net --help` prints, and `u2net COMMAND --help` of each.\n\n{shown(text)}"
    for name, _ in subcommands:
        page += f"\n## {name}\n\n{shown(help_of(command, name))}"
    return page


def on_files(files, config):
    command = os.environ.get("U2NET_BINARY")
    if not command:
        raise ConfigurationError("U2NET_BINARY does not say where the command is, whose page is what it prints")
    try:
        page = command_page(command)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ConfigurationError(f"'{command} --help' failed: {error}") from None
    files.append(File.generated(config, "command.md", content=page))
    pages = "".join(path.read_text(encoding="utf-8") for path in Path(config.docs_dir).glob("*.md"))
    for name in sorted(set(re.findall(r"\]\(pictures/([\w.]+)\)", pages))):
        path = SOURCE / "models/pictures" / name
        if path.exists():  # mkdocs tells of a link that leads nowhere
            files.append(File.generated(config, f"pictures/{name}", abs_src_path=str(path)))
    return files
