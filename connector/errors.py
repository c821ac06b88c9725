"""Errors, named for what the caller must do.

    HourbridgeError
    ├── ConfigError        stop; somebody edits a file            exit 2
    ├── AuthError          stop this connection; authorise again  exit 5
    ├── TransientError     try later; nothing was lost            exit 4
    ├── RejectedError      park this document; somebody looks     exit 4
    ├── UnsafePlanError    ask a person                           exit 3
    ├── BusyError          another run holds the lease            exit 4
    └── StateError         the state cannot be used as it is      exit 4

A message says what happened, to what, and what to do next.
"""

from collections.abc import Iterable, Sequence


class HourbridgeError(Exception):
    """The base of all our own errors; `exit_code` is what the command line ends with."""

    exit_code = 1

    def __init__(self, what: str, *, to: str = "", next_step: str = "") -> None:
        self.what, self.to, self.next_step = what, to, next_step
        super().__init__(": ".join(part for part in (to, what) if part) + (f". {next_step}" if next_step else ""))


class ConfigError(HourbridgeError):
    """A file or an argument is wrong; all that is wrong is told at once, one problem a line."""

    exit_code = 2

    def __init__(self, what: str, *, to: str = "", next_step: str = "", problems: Iterable[str] = ()) -> None:
        super().__init__(what, to=to, next_step=next_step)
        self.problems: Sequence[str] = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *self.problems])


class AuthError(HourbridgeError):
    """The credential is no longer accepted (`status` 401), or may not do this (403); 0 where nobody was asked."""

    exit_code = 5

    def __init__(self, what: str, *, to: str = "", next_step: str = "", status: int = 0) -> None:
        super().__init__(what, to=to, next_step=next_step)
        self.status = status


class TransientError(HourbridgeError):
    """The other side could not answer now; `seconds` says when to come back, where it told."""

    exit_code = 4

    def __init__(self, what: str, *, to: str = "", next_step: str = "", seconds: float | None = None) -> None:
        super().__init__(what, to=to, next_step=next_step)
        self.seconds = seconds


class StoppedError(TransientError):
    """Somebody asked the program to stop: it did so between two requests, and the next run goes on."""


class RejectedError(HourbridgeError):
    """The other side read the request and refused it; `body` is its redacted answer."""

    exit_code = 4

    def __init__(self, what: str, *, to: str = "", next_step: str = "", status: int = 0, body: bytes = b"") -> None:
        super().__init__(what, to=to, next_step=next_step)
        self.status, self.body = status, body


class UnsafePlanError(HourbridgeError):
    """A safety bound was reached; `--force REASON` is a person's answer."""

    exit_code = 3


class BusyError(HourbridgeError):
    """Another run holds the lease; `--wait` waits for it."""

    exit_code = 4


class StateError(HourbridgeError):
    """The state is locked, full, read-only, corrupt, or newer than this program."""

    exit_code = 4


AWAY = (TransientError, AuthError, RejectedError)
"""What a read of another system may raise: the book or connection stops, the others go on."""
