"""What a push did, told to people, and why a book stopped."""

import msgspec
from msgspec import Struct

from connector.errors import AuthError, HourbridgeError, RejectedError, StoppedError, TransientError
from connector.use_cases.workspace import Workspace


class Told(Struct):
    """What a push did, for the report: numbers by outcome, and sentences for people."""

    done: list[str] = msgspec.field(default_factory=list)
    refused: list[tuple[str, str]] = msgspec.field(default_factory=list)
    doubt: list[tuple[str, str]] = msgspec.field(default_factory=list)
    held: list[tuple[str, str]] = msgspec.field(default_factory=list)
    stale: list[tuple[str, str]] = msgspec.field(default_factory=list)
    waits: list[tuple[str, str]] = msgspec.field(default_factory=list)
    adopted: list[str] = msgspec.field(default_factory=list)
    sent: int = 0
    stopped: str = ""
    stopped_why: str = ""
    stopped_seconds: float | None = None


def stop(told: Told, error: HourbridgeError) -> None:
    """No answer can be had from this book's sink now: nothing more is asked of it in this run, and nothing is lost."""
    told.stopped = str(error)
    told.stopped_seconds = error.seconds if isinstance(error, TransientError) else None
    why = {AuthError: "auth", RejectedError: "refused", StoppedError: "asked"}
    told.stopped_why = next((word for kind, word in why.items() if isinstance(error, kind)), "offline")


def error_of(told: Told) -> HourbridgeError:
    """Why a book stopped, as the error it was."""
    if told.stopped_why == "auth":
        return AuthError(told.stopped)
    if told.stopped_why == "asked":
        return StoppedError(told.stopped)
    return TransientError(told.stopped, seconds=told.stopped_seconds)


def may_go_on(ws: Workspace, book: str, told: Told) -> bool:
    """Between two requests: whether the next one may go."""
    if not told.stopped:
        try:
            ws.may_go_on(book)
        except StoppedError as error:
            stop(told, error)
    return not told.stopped
