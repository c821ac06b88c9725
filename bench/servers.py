"""Servers as programs of their own: they print their address, serve until their standard input ends, and say what they were asked."""

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

from bench.processes import ROOT


class Server:
    def __init__(self, address: str) -> None:
        self.address = address

    def asked(self) -> Any:
        """What the server counted until now."""
        return self.get("/asked")

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.address}{path}", timeout=60) as answer:
            return json.loads(answer.read())


@contextlib.contextmanager
def serving(module: str, *arguments: str) -> Iterator[Server]:
    """A module of this folder, started as a server and stopped at the end."""
    program = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            raise RuntimeError(f"{module} {' '.join(arguments)} did not start")
        try:
            yield Server(address)
        finally:
            process.stdin.close()
            process.wait(30)
