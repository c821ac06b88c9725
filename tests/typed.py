"""A command as a person types it, in this process. The commands are made once: to make them anew for each is a third of a short one."""

import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import typer
from typer.testing import CliRunner

from connector.cli.main import app


@cache
def _commands() -> Any:
    return typer.main.get_command(app)


def typed(words: Sequence[str]) -> tuple[int, str, str]:
    """`hourbridge WORDS`: its exit code, what it wrote to stdout and to stderr."""
    code = 0
    with CliRunner().isolation() as (out, err, _both):
        try:
            _commands().main(args=list(words), prog_name="hourbridge")
        except SystemExit as ended:
            code = int(ended.code or 0)
        sys.stdout.flush()
        sys.stderr.flush()
        return code, out.getvalue().decode(), err.getvalue().decode()
