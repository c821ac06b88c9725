"""Corrections of billed time: what changed after its document was final, one row for each cause, and what a person chooses for it.

A choice is stored with who and why, for the figures it was made for; it sends nothing. What follows is planned, approved and applied.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from connector.core.cases import TIME_CHOICES, Book, Case, Legal, cases, chosen_before, gives_back, legal, stands_twice, worth
from connector.core.crediting import is_credit_of
from connector.core.grouping import Grouping
from connector.core.known import Known as Past
from connector.core.layout import Layouts
from connector.core.ledger import FIRST_ADDED, Ledger, Settled, TimeChoice
from connector.core.money import ZERO, places, round_half_up
from connector.core.values import Charge
from connector.errors import ConfigError, UnsafePlanError
from connector.mappings.names import did_you_mean
from connector.store import audit, charges, choices, entries
from connector.store.leases import Lease
from connector.store.store import Tx
from connector.use_cases.picture import Picture, draw
from connector.use_cases.waiting import Chosen, Waiting
from connector.use_cases.workspace import Workspace, catalogue_of

POLICY = "policy"
"""Who chose what a book's `corrections:` allows."""


def waiting_time(ws: Workspace, book: str = "") -> list[Waiting]:
    """Every correction that nobody chose for yet, of one book or of all."""
    with ws.store.snapshot() as read:
        if not _any(read):
            return []
        found = _Open(ws, read)
        return [found.row(case) for case in found.cases if not case.chosen and not case.known.in_doubt and book in ("", case.known.book)]


def _any(read: Tx) -> bool:
    """Whether any billed entry can have changed: what was billed is compared with what its source says, without pricing anything."""
    rows = read.exec_driver_sql(
        "SELECT 1 FROM claims c JOIN entries e ON e.key = c.entry WHERE e.revision <> c.revision OR e.seconds <> c.seconds OR EXISTS "
        "(SELECT 1 FROM decisions d WHERE d.entry = c.entry) LIMIT 1"
    )
    return rows.scalar() is not None


class _Open:
    """The corrections of one moment, with what decides about them."""

    def __init__(self, ws: Workspace, read: Tx) -> None:
        self._ws, self._read = ws, read
        self.picture: Picture = draw(ws, read)
        self.ledger: Ledger = self.picture.ledger
        self._parts = self.ledger.parts_of_entries()
        charged = [charge for charge in self.picture.charges if charge.kind == "correction"]
        self.cases = cases(charged, self.ledger, entries.runs(read, sorted({charge.staged.key for charge in charged})))
        self._grouping = Grouping(Layouts(ws.mapping, self.picture.facts), Past())

    def row(self, case: Case) -> Waiting:
        known, (found, against) = case.known, self.legal(case)
        edited = [charge.staged.entry.edited_at for charge in case.charges if charge.staged.entry.edited_at]
        return Waiting(
            ref=case.ref, number=known.number, book=known.book, client=known.client, customer=known.customer, period=known.period,
            currency=case.currency, net=case.net, seconds=case.seconds, cause=case.cause, choices=found, their_net=None,
            entries=tuple(dict.fromkeys(charge.staged.ref for charge in case.charges)), changed_at=max(edited, default=None),
            said=(*self._said(case, found), *gives_back(case, found), *against),
        )  # fmt: skip

    def legal(self, case: Case) -> tuple[tuple[Legal, ...], tuple[str, ...]]:
        known, catalogue = case.known, catalogue_of(self._read, case.known.book)
        today = self._ws.now().astimezone(ZoneInfo(self._ws.book(known.book).zone)).date()
        book = Book(
            credits="credit" in self._ws.sink(known.book).traits.operations,
            lock_date=catalogue.lock_date if catalogue else None,
            today=today,
        )
        return legal(
            case, book,
            crediting=any(is_credit_of(one, known) and one.in_doubt for one in self.ledger.documents.values()),
            billed_since=any(self._was_added(charge) for charge in case.charges),
            placed=all(self._grouping.after(charge) is not None for charge in case.charges if charge.corrects is not None),
            twice=stands_twice(case, self.ledger, self._parts),
        )  # fmt: skip

    def _was_added(self, charge: Charge) -> bool:
        """Whether what was billed was added on another document, or a difference to it was added since. Time that is billed whole where it
        moved to is neither, nor is a difference to that: what is credited here is not billed again there.
        """
        key, own = charge.staged.key, charge.corrects.part if charge.corrects else 0
        added = {part: self.ledger.settled.get((key, part)) for part in self._parts.get(key, ()) if part >= FIRST_ADDED}
        mine = own in added and ((one := added[own]) is None or bool(one.of))
        return mine or any(one is None or (one.of and one.of == own) for one in added.values())

    def net(self, case: Case, choice: TimeChoice) -> Decimal:
        """What changes for the client it was billed to by this choice."""
        return case.net + sum((self.worth(charge, choice) - worth(charge) for charge in case.charges), ZERO)

    def worth(self, charge: Charge, choice: TimeChoice) -> Decimal:
        """A difference is of the line as it would be now. A credit note takes what was billed of the entry, whatever becomes of the line."""
        claim = self.ledger.claims.get((charge.staged.key, charge.corrects.part)) if charge.corrects else None
        if choice == "credit" and claim is not None and charge.billed == -claim.billed:
            return -claim.net
        return worth(charge)

    def _said(self, case: Case, choices: Sequence[Legal]) -> Iterable[str]:
        known, catalogue = case.known, catalogue_of(self._read, case.known.book)
        credited = self.net(case, "credit")
        if "credit" in choices and credited != case.net:
            yield f"a credit note takes {case.currency} {-credited} back, what was billed of it; a difference is of the whole line"
        if case.moved_to:
            yield f"it is {', '.join(case.moved_to)}'s now"
        if known.theirs is not None and known.theirs.paid:
            yield f"{known.currency} {known.theirs.paid} of {known.number} is paid, {known.theirs.balance} is open"
        if catalogue is not None and catalogue.applies_credits_by_itself:
            yield "the company puts credit notes against open invoices by itself"
        yield from chosen_before(case, self.ledger)


# ---- choosing ----------------------------------------------------------------------------------------------------------------------------


def choose_time(ws: Workspace, ref: str, choice: str, why: str, who: str, book: str = "") -> Chosen:
    """Stores a person's choice on one correction, and on all of the same cause. Raises ConfigError for a slip, UnsafePlanError for what
    is not legal now. Sends nothing.
    """
    with ws.store.snapshot() as read:
        name = _find(_Open(ws, read).cases, ref, book).known.book
    with ws.lease(f"book:{name}") as lease, ws.store.begin(lease) as tx:
        found = _Open(ws, tx)
        return _store(ws, tx, found, _find(found.cases, ref, book), choice, why, who)


def _find(found: Sequence[Case], ref: str, book: str) -> Case:
    fitting = [case for case in found if ref in case.refs and book in ("", case.known.book)]
    if not fitting:
        raise ConfigError(
            "no billed time by that name changed", to=ref,
            next_step=did_you_mean(ref, [case.ref for case in found], "`hourbridge corrections` lists what waits."),
        )  # fmt: skip
    if len({case.known.book for case in fitting}) > 1:
        raise ConfigError("stands in several books", to=ref, next_step="Say which with --book.")
    return min(fitting, key=lambda case: bool(case.chosen))


def _store(ws: Workspace, tx: Tx, found: _Open, case: Case, choice: str, why: str, who: str) -> Chosen:
    known, (allowed, against) = case.known, found.legal(case)
    wanted = next((one for one in TIME_CHOICES if one == choice), None)
    if wanted is None or wanted not in allowed:
        said = (
            "; ".join(reason for reason in against if f"no {choice}" in reason.partition(":")[0])
            or f"there are: {', '.join(allowed) or 'none'}"
        )
        raise UnsafePlanError(
            f"{choice} cannot be chosen now: {said}", to=case.ref, next_step="`hourbridge corrections` lists what may be."
        )
    at = ws.now()
    settled = _numbered(
        tx, [_settled(charge, found.worth(charge, wanted), wanted, why, who, at, known.currency) for charge in case.charges]
    )
    net = found.net(case, wanted)
    choices.settle(tx, settled)
    charges.mark_dirty(tx)
    audit.append(
        tx, f"book:{known.book}", at, "chosen",
        {"number": known.number, "ref": case.ref, "choice": wanted, "why": why, "who": who, "net": str(net), "currency": case.currency,
         "seconds": case.seconds, "entries": sorted({one.entry for one in settled}), "run": ws.run,
         "parts": [(one.entry, one.part, one.seconds, str(one.net)) for one in settled]},
    )  # fmt: skip
    return Chosen(
        ref=case.ref,
        number=known.number,
        book=known.book,
        client=known.client,
        choice=wanted,
        why=why,
        currency=case.currency,
        net=net,
    )


def _settled(charge: Charge, worth_of_it: Decimal, choice: TimeChoice, why: str, who: str, at: datetime, currency: str) -> Settled:
    own = charge.billed_currency or (charge.price.currency if charge.price else charge.terms.currency) or currency
    net: Decimal = round_half_up(worth_of_it, places(own))
    return Settled(
        entry=charge.staged.key, part=charge.part if charge.chosen else 0, document=charge.corrects.document if charge.corrects else 0,
        of=charge.corrects.part if charge.corrects else 0, choice=choice, revision=charge.staged.revision, seconds=charge.seconds,
        billed=charge.billed, net=net, currency=own, why=why, who=who, at=at.isoformat(),
    )  # fmt: skip


def _numbered(tx: Tx, settled: Sequence[Settled]) -> list[Settled]:
    """Each under the part it has already, or the next one free of its entry."""
    numbered: list[Settled] = []
    free: dict[int, int] = {}
    for one in settled:
        part = one.part or free.setdefault(one.entry, choices.free_part(tx, one.entry))
        if not one.part:
            free[one.entry] += 1
        numbered.append(replace(one, part=part))
    return numbered


def choose_by_policy(ws: Workspace, book: str, lease: Lease) -> int:
    """Chooses what the book's `corrections:` says for every correction below its amount, where that is legal; returns how many."""
    policy = ws.book(book).corrections
    if policy is None:
        return 0
    with ws.store.snapshot() as read:
        if not _any(read):
            return 0
    with ws.store.begin(lease) as tx:
        found = _Open(ws, tx)
        small = [case for case in found.cases if case.is_priced and case.at_stake < policy.below]
        mine = [case for case in small if case.known.book == book and not case.chosen and policy.choose in found.legal(case)[0]]
        for case in mine:
            _store(ws, tx, found, case, policy.choose, f"below {policy.below}", POLICY)
    return len(mine)
