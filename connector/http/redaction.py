"""What must not be read in a message, a log or a report."""

import re

_NAMED = r"(?:access_token|refresh_token|id_token|client_secret|code_verifier|api[_-]?key|password|assertion)"
_PATTERNS = (
    re.compile(r"(?i)\b(authorization[\"']?\s*[:=]\s*[\"']?)(?:(?:bearer|basic|token)\s+)?[^\s\"',;]+"),
    re.compile(r"(?i)\b((?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(rf"(?i)({_NAMED}[\"']?\s*[:=]\s*[\"']?)[^\s\"'&,;}}]+"),
)
_SHORTEST_SECRET = 6


def redact(text: str, known: tuple[str, ...] = ()) -> str:
    """The text without credentials: what looks like one by its name, and every one of `known` wherever it stands."""
    for secret in known:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    for pattern in _PATTERNS:
        text = pattern.sub(r"\1***", text)
    return text
