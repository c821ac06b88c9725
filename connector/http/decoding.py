"""JSON into a wire type."""

from typing import TypeVar

import msgspec

T = TypeVar("T")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class UnreadableError(ValueError):
    """A body that is not what was asked for: a page of HTML, half an answer, nesting without end, a text where a number belongs."""


def decode(body: bytes, as_: type[T]) -> T:
    """The value, numbers exact where `as_` says Decimal. Raises UnreadableError, with nothing of the body in its message."""
    try:
        return msgspec.json.decode(body.removeprefix(_BYTE_ORDER_MARK), type=as_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"it cannot be read: {_fault(body, error)}") from None


def _fault(body: bytes, error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        return str(error)
    if body.lstrip()[:1] == b"<":
        return "a page of HTML where JSON belongs"
    if isinstance(error, msgspec.DecodeError) and "truncated" in str(error):
        return "it ends in the middle"
    return type(error).__name__
