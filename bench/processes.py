"""Commands as separate processes: their output, exit code, CPU seconds and peak memory."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Ran:
    """One finished command. `cpu_seconds` is user and system time of the whole process, `peak_mb` its largest resident memory."""

    arguments: tuple[str, ...]
    exit_code: int
    out: str
    err: str
    cpu_seconds: float
    peak_mb: float

    def json(self) -> Any:
        return json.loads(self.out)


def run(program: Sequence[str], folder: Path, *, into: Path | None = None, **environment: str) -> Ran:
    """Runs a program to its end, whatever its exit code; `into` takes its output where that is large."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # without byte-code every start takes twice as long, and no install is like that
    with (
        into.open("w+") if into else tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
        tempfile.NamedTemporaryFile("r") as report,
    ):
        launched = [sys.executable, "-I", "-S", str(ROOT / "bench" / "launch.py"), report.name, *program]
        subprocess.run(launched, cwd=folder, stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=environment, check=True)
        out.seek(0)
        err.seek(0)
        exit_code, cpu, peak = json.loads(report.read())
        return Ran(tuple(program), exit_code, "" if into else out.read(), err.read(), cpu, peak)


@dataclass
class Shell:
    """Runs `hourbridge` in a folder and keeps what each command cost."""

    folder: Path
    ran: list[Ran] = field(default_factory=list)

    def hourbridge(self, *arguments: str, expect: tuple[int, ...] = (0,)) -> Ran:
        """Raises RuntimeError when it ends otherwise than expected."""
        return self.module("connector.cli", *arguments, expect=expect)

    def module(self, name: str, *arguments: str, expect: tuple[int, ...] = (0,)) -> Ran:
        """A module of this tree as a program; as `hourbridge`."""
        ran = replace(run([sys.executable, "-m", name, *arguments], self.folder), arguments=arguments)
        self.ran.append(ran)
        if ran.exit_code not in expect:
            raise RuntimeError(
                f"{name} {' '.join(arguments)} ended with {ran.exit_code}, not {expect}:\n{ran.out[-2000:]}\n{ran.err[-4000:]}"
            )
        return ran
