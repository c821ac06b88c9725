"""The tie-out's arithmetic: work in progress rolled forward, and what makes a document differ over there. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from connector.core.crediting import is_credit_of
from connector.core.drift import by_whom, how_it_stands, is_changed, tax_difference
from connector.core.ledger import Known
from connector.core.money import ZERO, places, round_half_up

IN_WIP = ("ready", "pending", "held", "drafted", "sending")
"""What closing consists of: priced work that is in no posted document and that nobody gave up."""


class Movement(Struct, frozen=True, kw_only=True):
    """The value of some charges of one disposition. `earlier`: their billing period lies before the one asked for. `origin`: worked in
    their own billing period, worked before it and told late, or worked before it and carried there because it was below the minimum.
    """

    currency: str
    disposition: str
    amount: Decimal
    correction: bool = False
    earlier: bool = False
    origin: Literal["own", "late", "carried"] = "own"


class Wip(Struct, frozen=True, kw_only=True):
    """opening + worked + late + repriced - invoiced - written_off - other = closing, in one currency.

    `of_which` is what closing consists of, by disposition; `unmatched` is an estimate and stands beside it.
    """

    opening: Decimal
    worked: Decimal
    late: Decimal
    repriced: Decimal
    invoiced: Decimal
    written_off: Decimal
    other: Decimal
    closing: Decimal
    of_which_drafted: Decimal
    of_which: dict[str, Decimal] = {}
    unmatched: Decimal = ZERO

    @property
    def adds_up(self) -> bool:
        moved = self.opening + self.worked + self.late + self.repriced - self.invoiced - self.written_off - self.other
        return moved == self.closing == sum(self.of_which.values(), ZERO)


def roll_forward(movements: Iterable[Movement]) -> dict[str, Wip]:
    """Currency → its roll-forward. Every amount comes in by one way and is in one place at the end, so that it always adds up.

    In: `opening` is what stands unbilled today in earlier billing periods, and what was carried from them into this one; `worked`, work
    of the period itself; `late`, work of earlier periods that came after their documents were final; `repriced`, corrections of time
    already billed. At the end: `invoiced` on posted documents, `written_off`, `other` (non-billable, covered, no charge, drawn), or
    still unbilled. What earlier periods settled among themselves is not in it.
    """
    ins: dict[str, dict[str, Decimal]] = {}
    ends: dict[str, dict[str, Decimal]] = {}
    beside: dict[str, Decimal] = {}
    for moved in movements:
        if moved.disposition == "unmatched":
            beside[moved.currency] = beside.get(moved.currency, ZERO) + moved.amount
            continue
        end = _end(moved)
        if moved.earlier and end not in IN_WIP:
            continue
        _add(ins, moved.currency, _way_in(moved), moved.amount)
        _add(ends, moved.currency, end, moved.amount)
    return {
        currency: _wip(ins.get(currency, {}), ends.get(currency, {}), beside.get(currency, ZERO), currency)
        for currency in sorted({*ins, *beside})
    }


def _add(sums: dict[str, dict[str, Decimal]], currency: str, name: str, amount: Decimal) -> None:
    mine = sums.setdefault(currency, {})
    mine[name] = mine.get(name, ZERO) + amount


def _way_in(moved: Movement) -> str:
    if moved.earlier or moved.origin == "carried":
        return "opening"
    if moved.correction:
        return "repriced"
    return "late" if moved.origin == "late" else "worked"


def _end(moved: Movement) -> str:
    if moved.disposition in (*IN_WIP, "invoiced", "written_off"):
        return moved.disposition
    return "other"


def _wip(ins: dict[str, Decimal], ends: dict[str, Decimal], unmatched: Decimal, currency: str) -> Wip:
    nothing = round_half_up(ZERO, places(currency))
    of_which: dict[str, Decimal] = {name: ends.get(name, nothing) for name in IN_WIP}
    return Wip(
        opening=ins.get("opening", nothing),
        worked=ins.get("worked", nothing),
        late=ins.get("late", nothing),
        repriced=ins.get("repriced", nothing),
        invoiced=ends.get("invoiced", nothing),
        written_off=ends.get("written_off", nothing),
        other=ends.get("other", nothing),
        closing=sum(of_which.values(), nothing),
        of_which_drafted=of_which["drafted"],
        of_which=of_which,
        unmatched=unmatched or nothing,
    )


# ---- one document, here and over there -----------------------------------------------------------------------------------------


def confirmed(known: Known) -> bool:
    """Whether its figures were confirmed over there; also where an amendment of it was refused since."""
    return known.state == "done" or (known.state == "refused" and known.there)


def credited(known: Known, every: Iterable[Known]) -> Decimal:
    """What confirmed credit notes took back of a document: its charges add up to the rest. One that is to be made again counts once. Of a
    document that was given up nothing can be taken back: one that is in force does not tie.
    """
    newest: dict[str, Known] = {}
    for one in sorted(every, key=lambda one: one.generation):
        if one.remote_id and is_credit_of(one, known) and (one.there or not known.ended):
            newest[one.key] = one
    return sum((one.target.net for one in newest.values()), round_half_up(ZERO, places(known.currency)))


def their_net(known: Known) -> Decimal | None:
    """What counts over there: its net (of a credit note, taken away), 0 once it is out of force, None while nobody read it."""
    if known.theirs is None:
        return None
    nothing = round_half_up(ZERO, places(known.currency))
    net = round_half_up(known.theirs.net, places(known.currency)) if known.there else nothing
    return -net if known.kind == "credit_note" and net else net


def is_by_others(known: Known) -> bool:
    """Whether somebody over there made of it what `difference` tells: it is no longer there, or it was changed."""
    if known.ended or known.emptied or known.in_doubt or (known.state == "refused" and not known.there):
        return False
    return not known.there or (bool(known.touched) and is_changed(known))


def difference(known: Known, who: str = "") -> tuple[str, str]:
    """What is not as it should be with a document, and the next step; ("", "") when all is well. `who` says who did what we did not do,
    where more is known of it than the document itself tells.
    """
    who = who or by_whom(known.theirs)
    if known.ended or known.emptied:
        return "", ""
    if known.state in ("intended", "sent"):
        return "sent and not confirmed", "`hourbridge apply` finds out what became of it"
    if known.state == "held":
        return (
            f"in doubt: {known.reason or 'nobody knows what became of it'}",
            "look for it over there, then `hourbridge apply`, or choose: `hourbridge corrections`",
        )
    if known.state == "refused" and not known.there:
        return f"refused: {known.reason or 'over there'}", "mend the cause, then `hourbridge plan`"
    if not known.there:
        return (
            f"{known.their_status or 'missing'} over there, {who}",
            "a person must choose what becomes of its time: `hourbridge corrections`",
        )
    if known.touched:
        return (
            how_it_stands(known, who),
            "take theirs as right or go on from it: `hourbridge corrections`; or put it back over there as we sent it",
        )
    if their_net(known) != known.signed_net:
        return "their net is another", "compare the lines over there; nothing was repeated"
    tax = tax_difference(known.target, known.theirs) if known.theirs else ""
    return (tax, "compare the tax codes; the net agrees") if tax else ("", "")
