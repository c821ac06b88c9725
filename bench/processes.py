"""Commands as separate processes: their output, exit code, CPU seconds and peak memory."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


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


@dataclass
class Shell:
    """Runs `hourbridge` in a folder and keeps what each command cost."""

    folder: Path
    ran: list[Ran] = field(default_factory=list)

    def hourbridge(self, *arguments: str, expect: tuple[int, ...] = (0,)) -> Ran:
        """Raises RuntimeError when it ends otherwise than expected."""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            program = [sys.executable, "-m", "connector.cli", *arguments]
            process = subprocess.Popen(program, cwd=self.folder, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            ran = Ran(arguments, process.returncode, out.read(), err.read(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
        self.ran.append(ran)
        if ran.exit_code not in expect:
            raise RuntimeError(
                f"hourbridge {' '.join(arguments)} ended with {ran.exit_code}, not {expect}:\n{ran.out[-2000:]}\n{ran.err[-4000:]}"
            )
        return ran
