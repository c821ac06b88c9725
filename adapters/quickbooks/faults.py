"""What QuickBooks' faults mean for the document they are about. Pure.

A ValidationFault was read and refused; a fault of authentication or of pace was never processed; a SystemFault, or one of no known
kind, leaves the matter open. Codes: accounting.md 1.7; the vendor's text is told as it is.
"""

from adapters.quickbooks import wire
from connector.errors import AuthError, HourbridgeError, RejectedError, TransientError
from connector.http import Answered, UnreadableError, decode
from connector.ports import NotSent, Outcome, Rejected, Stale, Taken, Unknown

STALE, TAKEN, NOT_FOUND = "5010", "6140", "610"
_THROTTLED, _PAUSE_SECONDS = "3001", 60.0
_AUTH = frozenset({"120", "3100", "3200", "3201", "3202"})
_REFUSED = ((600, 699), (2000, 2999), (4000, 4999), (6000, 6999))
_FORBIDDEN, _BAD = 403, 400


class Fault:
    """One fault, whichever casing it came in."""

    def __init__(self, fault: wire.UpperFault | wire.LowerFault) -> None:
        errors: tuple[wire.UpperError | wire.LowerError, ...] = fault.error or ()
        self.kind = (fault.type or "").casefold()
        self.codes = tuple((error.code or "").lstrip("0") for error in errors)
        self.text = "; ".join(_said(error) for error in errors) or "refused without a reason"

    @property
    def throttled(self) -> bool:
        return "throttle" in self.text.casefold() or _THROTTLED in self.codes

    @property
    def about_access(self) -> bool:
        return self.kind.startswith("auth") or bool(_AUTH.intersection(self.codes))

    @property
    def refuses(self) -> bool:
        """Whether the request was read and turned down: nothing was changed."""
        numbers = [int(code) for code in self.codes if code.isdigit()]
        return "validation" in self.kind or any(first <= number <= last for number in numbers for first, last in _REFUSED)

    def outcome(self, number: str, *, creates: bool, tid: str) -> Outcome:
        """What became of the document with this number."""
        said = f"{self.text}{tid}"
        if self.throttled:
            return NotSent(said, "limit", _PAUSE_SECONDS)
        if self.about_access:
            return NotSent(said, "auth")
        if STALE in self.codes:
            return Stale(said)
        if TAKEN in self.codes and creates:
            return Taken(number)
        return Rejected(said) if self.refuses else Unknown(said)

    def error(self, what: str, whose: str) -> HourbridgeError:
        """The same for a read that was answered 200."""
        if self.throttled:
            return TransientError(f"{what}: {self.text}", to=whose, next_step="Come back in a minute", seconds=_PAUSE_SECONDS)
        if self.about_access:
            return AuthError(
                f"{what}: {self.text}", to=whose, next_step=f"Authorise again: renew the credentials of connection {whose} in config.yaml"
            )
        if self.refuses:
            return RejectedError(f"{what}: {self.text}", to=whose)
        return TransientError(f"{what}: {self.text}", to=whose, next_step="Nothing was lost; the next run asks again")


def throttled(answer: Answered) -> bool:
    """The vendor also says 403 where it means 429."""
    return answer.status == _FORBIDDEN and b"ThrottleExceeded" in answer.body


def not_found(error: RejectedError) -> bool:
    """Whether a read by id was answered that there is no such thing, or no longer."""
    try:
        fault = decode(error.body, wire.Faulty).fault
    except UnreadableError:
        return False
    return fault is not None and NOT_FOUND in Fault(fault).codes


def whole(answer: Answered) -> Outcome | None:
    """What an answer that is no reply means for every member; None where its body must be read."""
    if answer.status == _FORBIDDEN:
        return NotSent(f"answered 403{told(answer)}{named(answer)}", "auth")
    return Rejected(f"answered {answer.status}{told(answer)}{named(answer)}") if answer.status > _BAD else None


def told(answer: Answered) -> str:
    try:
        fault = decode(answer.body, wire.Faulty).fault
    except UnreadableError:
        return ""
    return f": {Fault(fault).text}" if fault is not None else ""


def named(answer: Answered) -> str:
    return f" (intuit_tid {answer.request_id})" if answer.request_id else ""


def _said(error: wire.UpperError | wire.LowerError) -> str:
    """Message and detail, once where one repeats the other."""
    message, detail = error.message or "", error.detail or ""
    text = detail if message in detail else f"{message}: {detail}" if detail else message
    return f"{text} (code {error.code})" if error.code else text
