#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the sandbox of a unit forbids, the server must not need: system calls, kinds of sockets, memory that is written and run.

    try_unit.py UNIT COMMAND

systemd-analyze tells which calls the unit's filter lets through; the server is run under strace, works, and ends.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

MODELS = Path(__file__).resolve().parents[2] / "models"
PICTURE = MODELS / "pictures/coffee.png"


def calls_of(group):
    """The system calls of a group such as @system-service, with those of the groups in it."""
    if not group.startswith("@"):
        return {group}
    text = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", group], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    members = [line.strip() for line in text.splitlines()[1:] if line.startswith("    ") and not line.strip().startswith("#")]
    assert members, group
    return set().union(*map(calls_of, members))


def allowed_calls(unit):
    allowed = set()
    for value in re.findall(r"^SystemCallFilter=(.*)$", unit, re.M):
        groups = set().union(*map(calls_of, value.lstrip("~").split()))
        allowed = allowed - groups if value.startswith("~") else allowed | groups
    return allowed | calls_of("@default")


def traced(command, folder):
    """What strace writes of a server that is asked for all it has."""
    trace = Path(folder) / "trace"
    # A build that is made for /usr finds its own model only where it is installed.
    environment = {"U2NET_MODEL": str(MODELS / "u2netp/u2netp"), **os.environ}
    server = subprocess.Popen(["strace", "-f", "-o", trace, command, "serve", "--port", "0"], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, env=environment)
    try:
        url = server.stdout.readline().strip().rstrip("/")
        for path in ("/healthz", "/metrics", "/", "/no/such/page"):
            try:
                urllib.request.urlopen(url + path).read()
            except urllib.error.HTTPError as error:
                assert path == "/no/such/page" and error.code == 404, (path, error.code)
        for query in ("", "?format=webp&refine=true", "?write=mask"):
            request = urllib.request.Request(f"{url}/api/remove{query}", PICTURE.read_bytes(), {"Content-Type": "image/png"})
            assert urllib.request.urlopen(request).status == 200, query
    finally:
        pid = re.match(r"\d+", trace.read_text())[0]
        subprocess.run(["kill", "-TERM", pid], check=True)
        server.wait(60)
    assert server.returncode == -signal.SIGTERM, server.returncode
    return trace.read_text()


def main():
    unit = Path(sys.argv[1]).read_text()
    allowed = allowed_calls(unit)
    with tempfile.TemporaryDirectory() as folder:
        trace = traced(sys.argv[2], folder)
    calls = set(re.findall(r"^\d+ +(\w+)\(", trace, re.M))
    assert {"accept4", "accept"} & calls, "the trace is not a server's"
    print(f"unit: {len(calls)} system calls are made, {len(allowed)} allowed")
    bad = sorted(calls - allowed)
    bad += sorted(set(re.findall(r"\b(?:mmap|mprotect)\(.*PROT_WRITE\|PROT_EXEC.*", trace)))
    bad += sorted(set(re.findall(r"\bmprotect\(.*PROT_EXEC.*", trace)))
    families = re.search(r"^RestrictAddressFamilies=(.*)$", unit, re.M)[1].split()
    bad += [f"socket({family})" for family in set(re.findall(r"\bsocket\((\w+)", trace)) - set(families)]
    if bad:
        sys.exit("the unit forbids what the server does: " + ", ".join(bad))


if __name__ == "__main__":
    main()
