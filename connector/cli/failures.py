"""How a command ends when something goes wrong: one message on stderr and the exit code that scripts rely on."""

import os
import sys
import traceback
from collections.abc import Iterable
from typing import Any

import typer
from typer.core import TyperGroup

from connector.errors import HourbridgeError

INTERRUPTED, BROKEN_PIPE = 130, 141
"""What shells give a program ended by Ctrl-C or by a reader that went away: 128 and the signal's number."""
GRAVEST_FIRST = (1, 2, 5, 4, 3)
DEBUG = "HOURBRIDGE_DEBUG"


def worst(codes: Iterable[int]) -> int:
    """The one exit code of several: 1, 2, 5, 4, 3, else 0."""
    found = set(codes)
    return next((code for code in GRAVEST_FIRST if code in found), 0)


class Commands(TyperGroup):
    """A group of commands that turns errors into messages and exit codes."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except HourbridgeError as error:
            tell(redacted(str(error)))
            raise SystemExit(error.exit_code) from None
        except BrokenPipeError:
            # Whoever read our output has gone. Nothing may be written any more, not even by the interpreter's own last flush.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(BROKEN_PIPE) from None
        except KeyboardInterrupt:
            tell("Stopped. What was done is recorded, what was in flight is looked up by the next run; the same command goes on.")
            raise SystemExit(INTERRUPTED) from None
        except Exception as error:
            if type(error).__module__.startswith(("typer", "click")):
                if isinstance(said := getattr(error, "message", None), str):
                    error.message = said.replace("Value error, ", "")  # type: ignore[attr-defined]  # a validator's own word, and noise
                raise  # usage, and a command's own exit code: not for us
            if os.environ.get(DEBUG) == "1":
                tell(redacted(traceback.format_exc()))
            tell(f"A bug in Hourbridge: {redacted(f'{type(error).__name__}: {error}')}. {DEBUG}=1 shows where; please report it.")
            raise SystemExit(1) from None
        return result


def redacted(text: str) -> str:
    """A message without anything that looks like a credential."""
    from connector.http.redaction import redact  # noqa: PLC0415  (only when something went wrong)

    return redact(text)


def tell(message: str) -> None:
    """A message for a person, on stderr: stdout is for data."""
    typer.echo(message, err=True)
