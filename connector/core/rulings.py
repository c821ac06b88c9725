"""A person's decisions on one entry (domain section 7), read against the entry as it is now: what they rule, or that they lapsed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from connector.core.mapping import NOWHERE
from connector.core.money import plain, round_half_up
from connector.core.rounding import SECONDS_PER_HOUR
from connector.core.values import Decision, Staged, Why

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MATCHING = ("client", "project", "work_type")
_HOURS_MAX = Decimal(744)


class Ruling(Struct, frozen=True, kw_only=True):
    """What holds of a person's decisions. `fate` is the latest that is not on the matching; `lapsed` says in words what does
    not hold any more, because the entry changed after it; `problem`, what cannot be carried out.
    """

    client: str = ""
    project: str = ""
    work_type: str = ""
    fate: Decision | None = None
    hours: Decimal | None = None
    lapsed: str = ""
    problem: str = ""

    def is_(self, *kinds: str) -> bool:
        return self.fate is not None and self.fate.kind in kinds

    @property
    def lifts_holds(self) -> bool:
        """A person who released it or ruled what becomes of it has looked."""
        return self.is_("release", "bill", "no_charge", "covered")

    @property
    def why(self) -> tuple[Why, ...]:
        """The decision on the fate, as the rule that decided; only where there is one."""
        assert self.fate is not None
        words = " ".join(word for word in (self.fate.kind, self.fate.argument) if word)
        return (Why("decision", f"{words}: {self.fate.why}" if self.fate.why else words, NOWHERE, 0),)

    @property
    def said(self) -> tuple[str, ...]:
        """Who ruled on the fate and why, for a report; only where there is one."""
        assert self.fate is not None
        words = f"{self.fate.who or 'a person'}: {self.fate.why}" if self.fate.why else self.fate.who
        return (words,) if words else ()


NO_RULING = Ruling()


def ruling(decisions: Decision | Sequence[Decision], staged: Staged) -> Ruling:
    """The decisions on an entry as one ruling. Only those made for the entry's present revision hold; a lapsed one is told
    unless a later decision answered it.
    """
    given = [decisions] if isinstance(decisions, Decision) else sorted(decisions, key=lambda decision: decision.at)
    holding = [decision for decision in given if decision.revision == staged.revision]
    said = {decision.kind: decision.argument.strip() for decision in holding}
    fates = [decision for decision in holding if decision.kind not in _MATCHING]
    fate = fates[-1] if fates else None
    hours, problem = _hours(fate)
    missing = [kind for kind in _MATCHING if kind in said and not said[kind]]
    return Ruling(
        client=said.get("client", ""),
        project=said.get("project", ""),
        work_type=said.get("work_type", ""),
        fate=fate,
        hours=hours,
        lapsed=_lapsed(given[-1], staged) if given and given[-1] not in holding else "",
        problem=problem or (f"the decision on the {missing[0].replace('_', ' ')} names none" if missing else ""),
    )


def says_hours(why: Iterable[Why]) -> bool:
    """Whether a person said which hours to bill."""
    return any(one.rule == "decision" and one.text.startswith("bill ") for one in why)


def _hours(fate: Decision | None) -> tuple[Decimal | None, str]:
    """The hours that a person bills; none said is all of them."""
    if fate is None or fate.kind != "bill" or not fate.argument.strip():
        return None, ""
    try:
        hours = Decimal(fate.argument.strip())
    except InvalidOperation:
        return None, f"the decision bills '{fate.argument}' hours, which is not a number: decide again"
    if not hours.is_finite() or not 0 <= hours <= _HOURS_MAX:
        return None, f"the decision bills {fate.argument} hours, which cannot be: decide again"
    return hours, ""


def _lapsed(decision: Decision, staged: Staged) -> str:
    then, now = decimal_hours(decision.said_seconds), decimal_hours(staged.entry.seconds)
    changed = "" if then != now else ", but something else that bills has changed"
    return f"decided on {_on(decision.at)} for {then} h, now {now} h{changed}"


def decimal_hours(seconds: int) -> str:
    """Hours for a sentence: at least one decimal, at most two."""
    return str(plain(round_half_up(Decimal(seconds) / SECONDS_PER_HOUR, 2), 1))


def _on(instant: datetime) -> str:
    return f"{instant.day} {_MONTHS[instant.month - 1]}"
