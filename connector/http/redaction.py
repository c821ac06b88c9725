"""What must not be read in a message, a log or a report: the one place where it is taken out."""

import re
from collections import deque

_NAMED = r"(?:access_token|refresh_token|id_token|client_secret|code_verifier|api[_-]?key|state_key|password|assertion)"
_PATTERNS = (
    re.compile(r"(?i)\b(authorization[\"']?\s*[:=]\s*[\"']?)(?:(?:bearer|basic|token)\s+)?[^\s\"',;]+"),
    re.compile(r"(?i)\b((?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(rf"(?i)({_NAMED}[\"']?\s*[:=]\s*[\"']?)[^\s\"'&,;}}]+"),
    re.compile(r"(://[^/@\s:]*:)[^/@\s]+(?=@)"),
)
_SHORTEST_SECRET = 6
_SCHEMES = frozenset(("bearer", "basic", "token"))
"""A server that hands these out as a token gives no secret away; taken out, they would hide the next one from the patterns."""
_REMEMBERED_MAX = 256
_remembered: deque[str] = deque(maxlen=_REMEMBERED_MAX)


def remember(*secrets: str) -> None:
    """Secrets that this process has seen: from now on taken out of every text, however they are named there."""
    _remembered.extend(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET and secret not in _remembered)


def redact(text: str, known: tuple[str, ...] = ()) -> str:
    """The text without credentials: what looks like one by its name, every one of `known` and of those this process has seen."""
    for secret in (*known, *tuple(_remembered)):
        if len(secret) >= _SHORTEST_SECRET and secret.lower() not in _SCHEMES:
            text = text.replace(secret, "***")
    for pattern in _PATTERNS:
        text = pattern.sub(r"\1***", text)
    return text
