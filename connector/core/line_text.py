"""What a line says to the client: a template of fields, filled from the line's charges, clean and of a bounded length.

Internal notes have no field. A field that differs among a line's charges is joined: each text once, in the order worked.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache

from connector.core.mapping import fold
from connector.core.periods import days_text, month_text
from connector.core.values import Charge

LENGTH_MAX = 4000
"""UTF-16 units, as the strictest vendor counts."""

_FIELD = re.compile(r"\{(\w+)\}")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\\s]+")
"""Control characters, marks that turn the direction of writing, halves of surrogate pairs, non-characters, and white space."""

_FROM_CHARGES: dict[str, Callable[[Charge], str]] = {
    "work_type": lambda charge: charge.terms.work_type or charge.staged.entry.work_type,
    "person": lambda charge: charge.terms.person_text or charge.terms.person or charge.staged.entry.person,
    "notes": lambda charge: charge.staged.entry.notes,
    "ticket": lambda charge: charge.staged.entry.ticket,
    "ticket_title": lambda charge: charge.staged.entry.ticket_title,
    "project": lambda charge: charge.terms.project or charge.staged.entry.project,
    "task": lambda charge: charge.staged.entry.task,
    "site": lambda charge: charge.staged.entry.site,
    "department": lambda charge: charge.staged.entry.department,
}
_JOINTS = {"notes": "; "}
FIELDS = frozenset((*_FROM_CHARGES, "month", "hours", "rate", "date", "dates", "billing_code", "po", "client"))
"""Every field a template may have; `check` refuses others, and here they are left as they stand."""


def line_text(template: str, charges: Sequence[Charge], *, first: date, last: date, fixed: dict[str, str], late: bool = False) -> str:
    """The text of a line whose charges were worked from `first` to `last`. `fixed` has the fields that are one for the line:
    hours, rate, billing_code, po, client. A late line always says its own dates.
    """
    fields = _fields(template)
    values = fixed | {"month": month_text(first, last)}
    values["date"] = values["dates"] = days_text(first, last)
    values |= {name: _joined(charges, name) for name in fields if name in _FROM_CHARGES}
    text = clean(_FIELD.sub(lambda field: values.get(field[1], field[0]), template))
    if late and not fields & {"date", "dates"}:
        return with_note(text, f"worked {values['dates']}")
    return cut(text, LENGTH_MAX)


def with_note(text: str, note: str) -> str:
    """The text with a note in brackets at its end, which a cut never takes away."""
    end = f" ({note})"
    return cut(text, LENGTH_MAX - len(end)) + end


@cache
def _fields(template: str) -> frozenset[str]:
    return frozenset(_FIELD.findall(template))


def _joined(charges: Iterable[Charge], field: str) -> str:
    said: dict[str, str] = {}
    for text in dict.fromkeys(map(_FROM_CHARGES[field], charges)):
        said.setdefault(fold(text), text)
    return _JOINTS.get(field, ", ").join(filter(None, said.values()))


def clean(text: str) -> str:
    """One line of what can be seen: anything else counts as a space, and spaces do not pile up."""
    return _UNSEEN.sub(" ", text).strip()


def cut(text: str, length_max: int) -> str:
    """At most `length_max` UTF-16 units, ending in … where something was left out; no pair is cut in two."""
    if len(text) * 2 <= length_max or len(text.encode("utf-16-le")) <= length_max * 2:
        return text
    return text.encode("utf-16-le")[: (length_max - 1) * 2].decode("utf-16-le", errors="ignore").rstrip() + "…"
