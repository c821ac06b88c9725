"""The part of the query language that is used: select … from … where … and … orderby … startposition … maxresults …"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from adapters.quickbooks.emulated.forms import Refused

Value = str | bool | int | Decimal | date | datetime
Getter = Callable[[Any], Value]
PAGE_SIZE = 100
PAGE_SIZE_MAX = 1000
_TOKEN = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|(<=|>=|!=|=|<|>|\(|\)|,)|([^\s'(),=<>!]+))")


class Condition(Struct, frozen=True):
    name: str
    sign: str
    values: tuple[str, ...]


class Asked(Struct, frozen=True, kw_only=True):
    """One query. Positions count from 1. `ids`: nothing but the ids is shown; of fields by name no more is understood."""

    entity: str
    counts: bool = False
    ids: bool = False
    conditions: tuple[Condition, ...] = ()
    order: str = ""
    descending: bool = False
    start: int = 1
    rows_max: int = PAGE_SIZE


def parse(text: str) -> Asked:
    """Raises Refused with the vendor's code for a query that cannot be read [4000, memory]."""
    try:
        return _Parser(text).asked()
    except (IndexError, ValueError) as error:
        raise _unreadable(text) from error


def run(asked: Asked, rows: Sequence[Any], getters: Mapping[str, Getter]) -> list[Any]:
    """The rows that are meant, ordered, before paging. Inactive ones are hidden unless Active is asked for."""
    known = {name.lower(): getter for name, getter in getters.items()}
    conditions = list(asked.conditions)
    if "active" in known and not any(one.name.lower() == "active" for one in conditions):
        conditions.append(Condition("Active", "=", ("true",)))
    for one in conditions:
        if one.name.lower() not in known:
            raise Refused(
                "4001",
                "Invalid query",
                f"QueryValidationError: Property {one.name} not found for Entity {asked.entity}",
            )
    found = [row for row in rows if all(_holds(known[one.name.lower()](row), one) for one in conditions)]
    if asked.order:
        if asked.order.lower() not in known:
            raise Refused("4001", "Invalid query", f"QueryValidationError: property {asked.order} is not sortable")
        found.sort(key=known[asked.order.lower()], reverse=asked.descending)
    return found


def _holds(value: Value, condition: Condition) -> bool:
    wanted = [_like(value, text) for text in condition.values]
    if condition.sign == "in":
        return any(_same(value, one) for one in wanted)
    (one,) = wanted
    if condition.sign in ("=", "!="):
        return _same(value, one) == (condition.sign == "=")
    ordered: Any = value
    return bool({"<": ordered < one, ">": ordered > one, "<=": ordered <= one, ">=": ordered >= one}[condition.sign])


def _same(value: Value, other: Any) -> bool:
    """Texts without regard to case."""
    return value.casefold() == other.casefold() if isinstance(value, str) else bool(value == other)


def _like(value: Value, text: str) -> Any:
    """The text of a query as the kind of value that it is compared with."""
    try:
        if isinstance(value, bool):
            return {"true": True, "false": False}[text.lower()]
        if isinstance(value, datetime):
            read = datetime.fromisoformat(text)
            return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
        if isinstance(value, date):
            return date.fromisoformat(text)
        return Decimal(text) if isinstance(value, int | Decimal) else text
    except (ValueError, KeyError, ArithmeticError) as error:
        raise Refused("4001", "Invalid query", f"QueryValidationError: value {text} does not fit") from error


class _Parser:
    def __init__(self, text: str) -> None:
        self._words = list(_words(text))
        self._at = 0

    def asked(self) -> Asked:
        self._expect("select")
        shown = self._next().lower()
        counts = shown == "count"
        if shown not in ("count", "*", "id"):
            raise ValueError(shown)
        if counts:
            for sign in ("(", "*", ")"):
                self._expect(sign)
        self._expect("from")
        entity = self._next()
        conditions = tuple(self._conditions()) if self._accept("where") else ()
        order, descending = self._order()
        start, rows_max = 1, PAGE_SIZE
        while self._at < len(self._words):
            word, number = self._next().lower(), int(self._next())
            if word == "startposition" and number >= 1:
                start = number
            elif word == "maxresults" and 1 <= number <= PAGE_SIZE_MAX:
                rows_max = number
            else:
                raise ValueError(word)
        return Asked(
            entity=entity,
            counts=counts,
            ids=shown == "id",
            conditions=conditions,
            order=order,
            descending=descending,
            start=start,
            rows_max=rows_max,
        )

    def _conditions(self) -> Iterator[Condition]:
        while True:
            name, sign = self._next(), self._next().lower()
            if sign == "in":
                self._expect("(")
                values = [self._next()]
                while self._accept(","):
                    values.append(self._next())
                self._expect(")")
                yield Condition(name, sign, tuple(values))
            elif sign in ("=", "!=", "<", ">", "<=", ">="):
                yield Condition(name, sign, (self._next(),))
            else:
                raise ValueError(sign)
            if not self._accept("and"):
                return

    def _order(self) -> tuple[str, bool]:
        if self._accept("order"):
            self._expect("by")
        elif not self._accept("orderby"):
            return "", False
        name = self._next()
        return name, bool(not self._accept("asc") and self._accept("desc"))

    def _next(self) -> str:
        self._at += 1
        return self._words[self._at - 1]

    def _accept(self, word: str) -> bool:
        if self._at < len(self._words) and self._words[self._at].lower() == word:
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise ValueError(word)


def _words(text: str) -> Iterator[str]:
    at, text = 0, text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _unreadable(text)
        at = found.end()
        yield re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2] or found[3]


def _unreadable(text: str) -> Refused:
    return Refused("4000", "Error parsing query", f"QueryParserError: Encountered something unexpected in {text[:100]}")
