"""Corrections of billed time as a person meets them: one cause, one row, with the money and what may be chosen now. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from connector.core.ledger import FIRST_ADDED, Known, Ledger, TimeChoice
from connector.core.money import ZERO, places, round_half_up
from connector.core.values import Charge

TIME_CHOICES: tuple[TimeChoice, ...] = TimeChoice.__args__  # type: ignore[attr-defined]
Legal = TimeChoice | Literal["amend"]
POSTED = ("posted", "part_paid", "paid")


class Book(Struct, frozen=True, kw_only=True):
    """What decides about choices in one book besides the document: whether its sink makes credit notes, its lock date, today."""

    credits: bool
    lock_date: date | None
    today: date


class Case(Struct, frozen=True, kw_only=True):
    """What one change did to one document: all its corrections, of one entry or of many that changed at once. `known` is the document."""

    known: Known
    charges: tuple[Charge, ...]
    cause: str

    @property
    def ref(self) -> str:
        return f"{self.known.number}:{self.charges[0].staged.ref}"

    @property
    def refs(self) -> frozenset[str]:
        """Every name by which a person may mean it."""
        return frozenset(f"{self.known.number}:{charge.staged.ref}" for charge in self.charges)

    @property
    def net(self) -> Decimal:
        """What changes for the client it was billed to, in `currency`."""
        return sum((worth(charge) for charge in self._theirs), round_half_up(ZERO, places(self.currency)))

    @property
    def currency(self) -> str:
        return currency_of(self._theirs[0])

    @property
    def at_stake(self) -> Decimal:
        """The largest amount that a choice on it is about: what changes here, or what it is worth to whom it is now."""
        kept, came = self._theirs, dict[tuple[str, str], Decimal]()
        for charge in self.charges:
            if charge not in kept:
                place = charge.client, currency_of(charge)
                came[place] = came.get(place, ZERO) + worth(charge)
        return max(abs(amount) for amount in (self.net, *came.values()))

    @property
    def is_priced(self) -> bool:
        """Whether anybody knows what all of it is worth: an unknown price counts nothing in `net`."""
        return all(charge.value is not None and charge.estimate == "priced" for charge in self.charges)

    @property
    def seconds(self) -> int:
        return sum(charge.seconds for charge in self._theirs)

    @property
    def _theirs(self) -> tuple[Charge, ...]:
        """Without what came to another client, or to another currency, unless nothing else is there: money of two currencies is no sum."""
        return tuple(charge for charge in self.charges if self._stays(charge)) or self.charges

    def _stays(self, charge: Charge) -> bool:
        here = charge.client == self.known.client and currency_of(charge) == self.known.currency
        return charge.corrects is not None or here

    @property
    def moved_to(self) -> tuple[str, ...]:
        """Whose it is now, with the currency where that is another."""
        gone = (charge for charge in self.charges if charge not in self._theirs)
        return tuple(dict.fromkeys(charge.client + self._in_its_own(charge) for charge in gone))

    def _in_its_own(self, charge: Charge) -> str:
        return "" if currency_of(charge) == self.known.currency else f" ({currency_of(charge)})"

    @property
    def chosen(self) -> str:
        """What was chosen for all of it, "" while something waits."""
        said = {charge.chosen for charge in self.charges}
        return said.pop() if len(said) == 1 else ""


def worth(charge: Charge) -> Decimal:
    """A correction's money, nothing where nobody knows it."""
    return round_half_up(charge.value or ZERO, places(currency_of(charge)))


def currency_of(charge: Charge) -> str:
    return charge.billed_currency or (charge.price.currency if charge.price else charge.terms.currency)


def is_correction(charge: Charge) -> bool:
    return charge.kind == "correction" and (charge.disposition == "held" or bool(charge.chosen))


def cases(charges: Iterable[Charge], ledger: Ledger, changed_in: Mapping[int, int]) -> list[Case]:
    """All corrections of billed time, one row for each cause. `changed_in`: entry → the run that staged its change. What a closed period
    had without money is no case: nothing was billed of it.
    """
    claimed: dict[int, int] = {}
    for claim in sorted(ledger.claims.values(), key=lambda claim: -claim.part):
        claimed[claim.entry] = claim.document
    grouped: dict[tuple[object, ...], list[Charge]] = {}
    of_entry: dict[int, tuple[object, ...]] = {}
    billed = (charge for charge in filter(is_correction, charges) if charge.corrects is not None or charge.staged.key in claimed)
    for charge in sorted(billed, key=lambda one: (one.corrects is None, one.staged.key, one.part)):
        if charge.corrects is None and charge.staged.key in of_entry:
            key = of_entry[charge.staged.key]
        else:
            document = charge.corrects.document if charge.corrects else claimed[charge.staged.key]
            key = (document, *_cause_of(charge, changed_in))
            of_entry.setdefault(charge.staged.key, key)
        grouped.setdefault(key, []).append(charge)
    return [
        Case(known=ledger.documents[key[0]], charges=tuple(found), cause=_told(found))  # type: ignore[index]
        for key, found in grouped.items()
    ]


def _cause_of(charge: Charge, changed_in: Mapping[int, int]) -> tuple[object, ...]:
    """Entries of one project that went in one run went for one reason; every edit is one of its own."""
    if charge.corrects is not None and (charge.staged.deleted or charge.client != charge.terms.client_key):
        return charge.reason, charge.staged.connection, charge.staged.entry.project, changed_in.get(charge.staged.key, 0), charge.chosen
    return charge.reason, charge.staged.key


def _told(found: Sequence[Charge]) -> str:
    first = found[0]
    reason = first.why[-1].text if first.why and first.why[-1].rule == "correction" else first.reason
    entries = len({charge.staged.key for charge in found})
    if entries == 1:
        return f"{first.staged.ref} was {reason}" if not reason.startswith("no longer") else f"{first.staged.ref} is {reason}"
    project = first.staged.entry.project
    return f"{entries} entries{f' of {project}' if project else ''} were {reason}"


def gives_back(case: Case, choices: Sequence[Legal]) -> list[str]:
    """When a client gets back what is taken off: a difference waits for a document that it can stand on, a credit note does not."""
    if case.net >= 0 or "delta" not in choices:
        return []
    meanwhile = f", and until then {case.known.client} pays for what is {' and '.join(case.moved_to)}'s" if case.moved_to else ""
    now = "; credit gives it back now" if "credit" in choices else ""
    return [f"delta gives {case.known.client} {case.currency} {-case.net} back on its next document, not before{meanwhile}{now}"]


def chosen_before(case: Case, ledger: Ledger) -> list[str]:
    """What was chosen before for these entries: what stands on a document since, and what holds no more, in words."""
    entries, parts = {charge.staged.key for charge in case.charges}, {(charge.staged.key, charge.part) for charge in case.charges}
    told = []
    for place, one in ledger.settled.items():
        if one.entry in entries and place not in parts:
            claim = ledger.claims.get(place)
            since = f"stands on {ledger.documents[claim.document].number}" if claim else "it changed since"
            told.append(f"{one.choice} was chosen for {one.currency} {one.net} on {one.at[:10]}, and {since}")
    return told


def stands_twice(case: Case, ledger: Ledger, parts: Mapping[int, Sequence[int]]) -> str:
    """The number of another document that bills time of the case whole, "" where none does: time that moved, and is on both until one is
    taken back. `parts`: entry → its parts on documents.
    """
    for charge in case.charges:
        if charge.corrects is None or charge.seconds >= 0:
            continue
        entry, own = charge.staged.key, charge.corrects.part
        whole = [part for part in parts.get(entry, ()) if _is_whole(ledger, entry, part, parts[entry])]
        for part in whole:
            other = ledger.claims[entry, part]
            if own in whole and other.document != case.known.id and max(part, own) >= FIRST_ADDED:
                return ledger.documents[other.document].number
    return ""


def _is_whole(ledger: Ledger, entry: int, part: int, parts: Sequence[int]) -> bool:
    """Whether a part bills time itself, not a difference to another, and was not taken back on a later document."""
    settled = ledger.settled.get((entry, part))
    if settled is not None and settled.of:
        return False
    differences = (one for one in parts if (said := ledger.settled.get((entry, one))) is not None and said.of == part)
    return ledger.claims[entry, part].seconds + sum(ledger.claims[entry, one].seconds for one in differences) > 0


def _is_named(known: Known) -> bool:
    return known.theirs is not None and known.theirs.number == known.number


def legal(
    case: Case, book: Book, *, crediting: bool, billed_since: bool, placed: bool, twice: str = ""
) -> tuple[tuple[Legal, ...], tuple[str, ...]]:
    """What may be chosen now, and why not the rest. `crediting`: a credit note of it is on its way; `billed_since`: a difference to it
    stands on another document; `placed`: the files still know whom the next document would go to; `twice`: see `stands_twice`.
    """
    known = case.known
    if known.in_doubt or crediting:
        return (), (
            f"{known.number} is in doubt: `hourbridge apply` resolves it first" if known.in_doubt else "its credit note is on its way",
        )
    found: list[Legal] = [] if twice else ["write_off", "accept"]
    against = [f"no write_off, no accept: {twice} bills the same time, so here it must be taken back"] if twice else []
    for choice, reasons in (
        ("credit", _against_credit(case, book, billed_since=billed_since)),
        ("delta", _against_delta(case, placed=placed)),
        ("amend", () if known.there and known.touched and known.their_status == "draft" and _is_named(known) else ("",)),
    ):
        if reasons:
            against += [f"no {choice}: {reason}" for reason in reasons if reason]
        else:
            found.insert(0, choice)  # type: ignore[arg-type]
    return tuple(found), tuple(against)


def _against_delta(case: Case, *, placed: bool) -> Sequence[str]:
    if not placed:
        return (f"the files no longer know {case.known.client} as it was billed",)
    if not case.is_priced or any(charge.staged.entry.worked_on is None for charge in case.charges):
        return ("nobody knows yet what it is worth: `hourbridge unmatched`",)
    return ()


def _against_credit(case: Case, book: Book, *, billed_since: bool) -> Sequence[str]:
    known = case.known
    if not any(charge.corrects for charge in case.charges):
        return ("nothing of it was billed",)
    if not book.credits:
        return ("this system makes no credit notes from here",)
    if not known.there or known.their_status not in POSTED:
        return (f"{known.number} is {known.their_status or 'not there'} over there",)
    if known.touched:
        return (f"{known.number} does not stand as we sent it: choose for the document first",)
    if book.lock_date is not None and book.today <= book.lock_date:
        return (f"the book is locked up to {book.lock_date}",)
    if billed_since:
        return ("it was billed as a difference, or a difference to it stands on another document",)
    return ()
