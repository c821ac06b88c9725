"""The one order of every rule: project > client > work type > person > role > nothing, 18 ranks (domain section 5).

A decision on the entry (rank 0) stands above them, and below them there is nothing. At one rank at most one set of columns
fits an entry, so a look-up is one dictionary access per rank; rules with the same columns form a timeline.
"""

from collections.abc import Iterable
from datetime import date
from typing import Generic, NamedTuple, TypeVar

from connector.core.mapping import Rule, fold

T = TypeVar("T")
NO_RANK = 99


class Facts(NamedTuple):
    """What the rules are asked about, folded; "" is not known. An unknown role fits no rule that names one."""

    project: str = ""
    client: str = ""
    work_type: str = ""
    person: str = ""
    role: str = ""


def facts(*, project: str = "", client: str = "", work_type: str = "", person: str = "", role: str = "") -> Facts:
    return Facts(fold(project), fold(client), fold(work_type), fold(person), fold(role))


RANKS: dict[int, tuple[str, ...]] = {
    1: ("project", "work_type", "person"),
    2: ("project", "work_type", "role"),
    3: ("project", "work_type"),
    4: ("project", "person"),
    5: ("project", "role"),
    6: ("project",),
    7: ("client", "work_type", "person"),
    8: ("client", "work_type", "role"),
    9: ("client", "work_type"),
    10: ("client", "person"),
    11: ("client", "role"),
    12: ("client",),
    13: ("work_type", "person"),
    14: ("work_type", "role"),
    15: ("work_type",),
    16: ("person",),
    17: ("role",),
    18: (),
}
"""Rank → the columns a rule of that rank names, strongest first. A project's rules name its client too."""
_BY_COLUMNS = {columns: rank for rank, columns in RANKS.items()}
CLIENT_RANK_MAX = 12
"""Ranks up to here name a client (or one of its projects): for prices, the special rates."""


def rank_of(rule: Rule[T]) -> int:
    """The rank of a rule by the columns it names, 1 to 18."""
    named = [column for column in ("project", "client", "work_type", "person", "role") if getattr(rule, column)]
    if "project" in named and "client" in named:
        named.remove("client")
    return _BY_COLUMNS[tuple(named)]


def _key(rank: int, asked: Facts) -> Facts | None:
    """The columns that a rule of this rank must name to fit; None where a column is not known."""
    columns = RANKS[rank]
    if not all(getattr(asked, column) for column in columns):
        return None
    project = asked.project if "project" in columns else ""
    client = asked.client if project or "client" in columns else ""
    work_type, person, role = (getattr(asked, c) if c in columns else "" for c in ("work_type", "person", "role"))
    return Facts(project, client, work_type, person, role)


class Found(NamedTuple, Generic[T]):
    """The strongest rule that holds, and its rank."""

    rule: Rule[T]
    rank: int


class Ranked(Generic[T]):
    """Rules of one kind, compiled: the strongest that holds for these facts on that day."""

    def __init__(self, rules: Iterable[Rule[T]]) -> None:
        self._timelines: dict[int, dict[Facts, list[Rule[T]]]] = {}
        self._any_role: dict[int, dict[Facts, list[Rule[T]]]] = {}
        for rule in rules:
            rank = rank_of(rule)
            key = facts(project=rule.project, client=rule.client, work_type=rule.work_type, person=rule.person, role=rule.role)
            self._timelines.setdefault(rank, {}).setdefault(key, []).append(rule)
            if rule.role:
                self._any_role.setdefault(rank, {}).setdefault(key._replace(role=""), []).append(rule)
        self._ranks = sorted(self._timelines)

    def find(self, asked: Facts, day: date) -> Found[T] | None:
        """The strongest rule that holds on `day`; of one timeline the latest start, of equal starts the first in file order."""
        for rank in self._ranks:
            key = _key(rank, asked)
            if key is not None and (rule := _latest(self._timelines[rank].get(key, ()), day)) is not None:
                return Found(rule, rank)
        return None

    def role_matters(self, asked: Facts, day: date, rank: int) -> bool:
        """Whether a rule stronger than `rank` could hold if only the person's role were known."""
        if asked.role:
            return False
        for stronger, timelines in self._any_role.items():
            key = _key(stronger, asked._replace(role="?")) if stronger < rank else None
            if key is not None and _latest(timelines.get(key._replace(role=""), ()), day) is not None:
                return True
        return False


def _latest(timeline: Iterable[Rule[T]], day: date) -> Rule[T] | None:
    best: Rule[T] | None = None
    for rule in timeline:
        holds = (rule.since is None or rule.since <= day) and (rule.until is None or day <= rule.until)
        if holds and (best is None or (rule.since or date.min) > (best.since or date.min)):
            best = rule
    return best
