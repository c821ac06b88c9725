"""Boundaries by their place in the code: where a process can die, stop or hand over, how often histories come there, how often it was hit.

A place is the innermost function of the product and the first words of the statement, or what is asked of another system. How often
histories come to each is kept in `places.txt`, so that one that is seldom reached is hit almost whenever it is.
"""

import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FrameType
from typing import ParamSpec, TypeVar

import connector

TABLE = Path(__file__).with_name("places.txt")
PRODUCT = str(Path(connector.__file__).parent)
AIM = 80
"""Hits that are wanted of each place over ten thousand histories; some are left over for places that a hit elsewhere hides."""
OFTEN = 4
"""Times more at a statement where a death is likely to hurt."""
ODDS_MAX = 0.5
NEW = 200.0
"""Arrivals of a place that is not in the table yet."""
WORDS = 5
P, R = ParamSpec("P"), TypeVar("R")
MARKS = (
    "INSERT INTO steps", "INSERT INTO requests", "UPDATE requests SET state = 'sent'", "INSERT INTO confirmations", "UPDATE documents",
    "DELETE FROM claims", "UPDATE leases", "send", "effect", "answered", "COMMITTED",
)  # fmt: skip
_names: dict[tuple[int, str], str] = {}
_ours: dict[int, bool] = {}


@cache
def arrivals() -> dict[str, float]:
    """Place → arrivals in a thousand histories, as last counted."""
    if not TABLE.exists():
        return {}
    rows = (row.split("\t") for row in TABLE.read_text("utf-8").splitlines())
    return {place: float(count) for count, place in rows}


def keep(reached: Counter[str], histories: int) -> None:
    """Writes the table anew."""
    rows = sorted((place, count * 1000 / histories) for place, count in reached.items())
    TABLE.write_text("".join(f"{count:.1f}\t{place}\n" for place, count in rows), "utf-8")
    arrivals.cache_clear()
    odds.cache_clear()


@cache
def odds(place: str) -> float:
    """How likely a process is hit when it comes to this place."""
    often = OFTEN if any(f": {mark}" in place for mark in MARKS) else 1
    return min(ODDS_MAX, often * AIM / (10 * arrivals().get(place, NEW) + 1))


def place_of(head: str, depth: int) -> str:
    """The place of a statement or request that a function of the product comes to, `depth` frames above the caller."""
    frame: FrameType | None = sys._getframe(depth + 1)
    while frame is not None and not _is_ours(frame):
        frame = frame.f_back if frame.f_code not in _beginnings else None
    if frame is None:
        return f"nowhere: {head}"
    key = (id(frame.f_code), head)
    if key not in _names:
        module = frame.f_code.co_filename.removeprefix(PRODUCT).strip("/").removesuffix(".py").replace("/", ".")
        _names[key] = f"{module}.{frame.f_code.co_name}: {' '.join(head.split()[:WORDS])}"
    return _names[key]


def begins(function: Callable[P, R]) -> Callable[P, R]:
    """In this function a process begins: what stands above it on the stack is another, that was stopped meanwhile."""
    _beginnings.add(function.__code__)
    return function


def _is_ours(frame: FrameType) -> bool:
    code = id(frame.f_code)
    if code not in _ours:
        _ours[code] = frame.f_code.co_filename.startswith(PRODUCT)
        _kept.append(frame.f_code)
    return _ours[code]


_beginnings: set[object] = set()
_kept: list[object] = []
"""Code objects whose identity is a key above stay alive."""
