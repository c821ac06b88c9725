"""What can become of an answer on its way, and what a vendor that breaks its own rules may send."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

HTML = b"<!DOCTYPE html><html><body>We will be back soon.</body></html>"
ODD: tuple[Any, ...] = (
    None, "", [], {}, True, False, -1, 0, 1.5, 10**30, -(10**18), "x" * 5000, "0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "1e400", "NaN",
    "\u0000", "\ud7ff\U0001f4a9", "../..", "null", [[[[]]]], {"": {}}, "/Date(1e99)/", "2026-02-30", "-0", "1,234.50", "25:61",
)  # fmt: skip
LITERALS = (b"NaN", b"Infinity", b"-", b"1e400", b"01", b"tru", b'"\\ud800"', b"\xff\xfe", b"{}{}", b"[" * 3000, b"1" * 5000)
STATUSES = (200, 200, 200, 201, 204, 302, 304, 400, 401, 403, 404, 409, 429, 500, 503)


def mutate(body: bytes, random: Random) -> bytes:
    """An answer that is not what it was."""
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        body = random.choice(MUTATIONS)(body, random)
    return body


def _cut(body: bytes, random: Random) -> bytes:
    return body[: random.randrange(len(body) + 1)]


def _flip(body: bytes, random: Random) -> bytes:
    if not body:
        return b"\x00"
    at = random.randrange(len(body))
    return body[:at] + bytes([random.randrange(256)]) + body[at + 1 :]


def _splice(body: bytes, random: Random) -> bytes:
    at, end = sorted(random.randrange(len(body) + 1) for _ in range(2))
    return body[:at] + random.choice((b"", body[at:end] * 2, random.choice(LITERALS))) + body[end:]


def _replace(_body: bytes, random: Random) -> bytes:
    return random.choice((HTML, b"", b"null", b"[]", b"{}", b'"x"', b"0", b"\xef\xbb\xbf{}", random.choice(LITERALS)))


def _literal(body: bytes, random: Random) -> bytes:
    """A number or word of JSON becomes another that no reader should believe."""
    at = body.find(b":", random.randrange(len(body) + 1))
    return body if at < 0 else body[: at + 1] + random.choice(LITERALS) + b"," + body[at + 1 :]


def _twice(body: bytes, random: Random) -> bytes:
    """A name stands twice in one object."""
    at = body.find(b"{", random.randrange(len(body) + 1))
    end = body.find(b",", at)
    return body if at < 0 or end < 0 else body[: at + 1] + body[at + 1 : end + 1] + body[at + 1 :]


def _tree(change: Callable[[Any, Random], None]) -> Callable[[bytes, Random], bytes]:
    def changed(body: bytes, random: Random) -> bytes:
        try:
            tree = json.loads(body)
        except (ValueError, RecursionError):
            return _flip(body, random)
        inner = [node for node in _nodes(tree) if node]
        if inner:
            change(random.choice(inner), random)
        return json.dumps(tree).encode()

    return changed


def _nodes(tree: Any) -> list[Any]:
    found, left = [], [tree]
    while left:
        node = left.pop()
        if isinstance(node, dict | list):
            found.append(node)
            left += node.values() if isinstance(node, dict) else node
    return found


def _place(node: Any, random: Random) -> Any:
    return random.choice(sorted(node)) if isinstance(node, dict) else random.randrange(len(node))


def _other(node: Any, random: Random) -> None:
    node[_place(node, random)] = random.choice(ODD)


def _without(node: Any, random: Random) -> None:
    del node[_place(node, random)]


def _again(node: Any, random: Random) -> None:
    if isinstance(node, list):
        node.insert(random.randrange(len(node)), random.choice(node))
        random.shuffle(node)
    else:
        node["extra"] = node[_place(node, random)]


def _swap(node: Any, random: Random) -> None:
    one, other = _place(node, random), _place(node, random)
    node[one], node[other] = node[other], node[one]


MUTATIONS = (
    _cut, _flip, _splice, _replace, _literal, _twice, _tree(_other), _tree(_other), _tree(_other), _tree(_without), _tree(_without),
    _tree(_again), _tree(_swap), _tree(_swap),
)  # fmt: skip
