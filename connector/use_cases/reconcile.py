"""Reconcile: the tie-out that is filed at the end of the month. Reads one snapshot; with `online` it looks over there first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from connector.core.cases import POSTED
from connector.core.ledger import Known
from connector.core.minor import from_minor
from connector.core.money import ZERO
from connector.core.payments import payments_told
from connector.core.periods import read_period
from connector.core.reconciliation import confirmed, credited, their_net
from connector.core.values import DISPOSITIONS
from connector.ports import ReadsPayments
from connector.reports.closed import LaterChange
from connector.reports.hours import both_exact
from connector.reports.instants import at, zone_of
from connector.reports.tie_out import Bucket, Counted, Difference, DocumentRow, Equation, Numbers, SourceCount, TieOut
from connector.reports.values import Head, LastPull
from connector.store import documents, tallies
from connector.store.certificates import Certified
from connector.store.store import Tx
from connector.store.tallies import OfSource, Scope, Tally
from connector.use_cases import closed, paper
from connector.use_cases.catalogue import prove_company
from connector.use_cases.look import look
from connector.use_cases.recount import beside, list_afresh, recount
from connector.use_cases.roll_forward import roll
from connector.use_cases.standing import ALL, Standing, head, standing
from connector.use_cases.who_changed import who_changed
from connector.use_cases.workspace import Workspace

NOTHING_ASKED: Mapping[int, str] = {}
"""How documents were paid, and who changed them, where nobody was asked."""


def tie_out(ws: Workspace, book: str | None = None, period: str | None = None, *, online: bool = False) -> TieOut:
    """Ours against the sources and against what stands over there, for a book or for the whole state ("all" or None).

    `online` first reads what changed over there, under each book's lease, and counts afresh at the sources: per connection and per
    client, what stands in the book and the period asked for.
    Raises ConfigError for a book or period that is none; TransientError and AuthError where looking or counting fails.
    """
    scope = Scope(ws.book(book).name if book not in (None, ALL) else None, read_period(period).key if period else None)
    if online:
        for name in ws.books if scope.book is None else [scope.book]:
            with ws.lease(f"book:{name}") as lease:
                prove_company(ws, name, lease)
                look(ws, name, lease)
    listings = list_afresh(ws, scope) if online else None
    paid = _payments(ws, scope) if online else {}
    who = who_changed(ws, scope) if online else {}
    with standing(ws) as now:
        told = tie_out_of(ws, now, scope, paid, who)
        return told if listings is None else beside(told, recount(ws, now.read, scope, listings))


def _payments(ws: Workspace, scope: Scope) -> dict[int, str]:
    """Document → how it was paid, for those that somebody paid something of; asked for together, never one by one."""
    with ws.store.snapshot() as read:
        known = [one for one in documents.documents(read, scope.book) if one.there and scope.period in (None, one.period)]
    told: dict[int, str] = {}
    for book in dict.fromkeys(one.book for one in known):
        sink = ws.sink(book)
        # one of which a payment was taken back has nothing paid any more: it is asked about while it is posted
        there = {one.id: one.theirs for one in known if one.book == book and one.theirs is not None and one.their_status in POSTED}
        if isinstance(sink, ReadsPayments) and there:
            found = sink.payments(list(there.values()))
            told |= {number: payments_told(remote, found.get(remote.id, ())) for number, remote in there.items()}
    return told


def tie_out_of(
    ws: Workspace, now: Standing, scope: Scope, paid: Mapping[int, str] = NOTHING_ASKED, who: Mapping[int, str] = NOTHING_ASKED
) -> TieOut:
    """The tie-out of what is stored, from a snapshot or a transaction that is open."""
    read = now.read
    told = head(ws, now, scope.book, scope.period)
    every = tallies.tallies(read, Scope(scope.book))
    asked = [tally for tally in every if scope.period in (None, tally.period)]
    of_sources = tallies.of_sources(read, scope)
    entries = _counted(of_sources, tallies.elsewhere(read, scope))
    known = documents.documents(read)
    inside = [one for one in known if scope.book in (None, one.book) and scope.period in (None, one.period)]
    rows = tuple(paper.document_row(one, who.get(one.id, ""), paid.get(one.id, "")) for one in inside)
    numbers = paper.numbers(ws, read, scope, known)
    shares = tallies.shares(read)
    sources = _sources(of_sources, told.pulls)
    equations = _equations(entries, asked, inside, shares)
    certified = closed.closed_periods(read, scope.book, scope.period)
    ties = all(equation.holds for equation in equations) and all(source.complete for source in sources)
    return TieOut(
        head=told, book=told.book, period=scope.period, as_of=told.as_of, equations=equations, entries=entries, sources=sources,
        ties=ties and not numbers.strangers and all(one.state in ("done", "refused") for one in inside),
        dispositions=_buckets(asked), wip=roll(read, scope, every, known), documents=rows, accounts=paper.accounts(read, inside),
        numbers=numbers, missing=paper.missing(known, scope),
        differences=tuple(_differences(now, told, equations, inside, rows, shares, numbers)),
        closed=tuple(closed.told(one) for one in certified), later=tuple(_later(read, scope, certified, rows)),
    )  # fmt: skip


def _later(read: Tx, scope: Scope, certified: Sequence[Certified], rows: Sequence[DocumentRow]) -> Iterator[LaterChange]:
    """What changed since the period asked for was closed, book by book."""
    for one in certified if scope.period else ():
        yield from closed.later_changes(one, _buckets(tallies.tallies(read, Scope(one.book, one.period))), rows)


# ---- what the sources say, and the buckets -----------------------------------------------------------------------------------


def _counted(found: Iterable[OfSource], elsewhere: int) -> Counted:
    rows = list(found)
    return Counted(
        count=sum(row.count for row in rows),
        seconds=sum(row.seconds for row in rows),
        gone=sum(row.gone for row in rows),
        elsewhere=elsewhere,
    )


def _sources(found: Iterable[OfSource], pulls: Iterable[LastPull]) -> tuple[SourceCount, ...]:
    whole = {pull.connection for pull in pulls if not pull.partial}
    return tuple(
        SourceCount(
            connection=row.connection,
            client=row.client,
            count=row.count,
            seconds=row.seconds,
            complete=row.connection in whole,
        )
        for row in found
        if row.count
    )


def _buckets(asked: Sequence[Tally]) -> dict[str, Bucket]:
    """Every disposition, in the order of their precedence, with its reasons; time without a reason is only in the bucket."""
    found: dict[str, Bucket] = {}
    for name in DISPOSITIONS:
        mine = [tally for tally in asked if tally.disposition == name]
        reasons = sorted({tally.reason for tally in mine if tally.reason})
        found[name] = _bucket(mine, {reason: _bucket([one for one in mine if one.reason == reason]) for reason in reasons})
    return found


def _bucket(of: Sequence[Tally], reasons: dict[str, Bucket] | None = None) -> Bucket:
    return Bucket(
        count=sum(tally.count for tally in of),
        seconds=sum(tally.seconds for tally in of),
        billed_seconds=sum(tally.billed_seconds for tally in of),
        net=_amounts((tally.currency, tally.net) for tally in of),
        value=_amounts((tally.currency, tally.value) for tally in of),
        estimated=any(tally.estimated and tally.value for tally in of),
        reasons=reasons or {},
        unvalued_seconds=sum(tally.unvalued_seconds for tally in of),
    )


def _amounts(minor: Iterable[tuple[str, int]]) -> dict[str, Decimal]:
    sums: dict[str, int] = {}
    for currency, units in minor:
        if currency and units:
            sums[currency] = sums.get(currency, 0) + units
    return {currency: from_minor(units, currency) for currency, units in sorted(sums.items())}


# ---- the three equations -------------------------------------------------------------------------------------------------------


def _equations(entries: Counted, asked: Sequence[Tally], inside: Sequence[Known], shares: Mapping[int, int]) -> tuple[Equation, ...]:
    done = [one for one in inside if confirmed(one)]
    ours = _nets((one.currency, one.signed_net) for one in done)
    of_charges = _nets((one.currency, _of_charges(one, inside, shares)) for one in done)
    theirs = _nets((one.currency, their_net(one) or ZERO) for one in done)
    seconds, count = sum(tally.seconds for tally in asked), sum(tally.count for tally in asked)
    source = entries.seconds + entries.elsewhere
    return (
        Equation(
            what="source hours = sum of buckets",
            left=f"{entries.count:,} entries, {both_exact(source)} h",
            right=f"{count - entries.gone:,} entries, {both_exact(seconds)} h",
            holds=(count - entries.gone, seconds) == (entries.count, source),
        ),
        Equation(
            what="net of documents = sum of the charges' shares", left=_money(ours), right=_money(of_charges),
            holds=all(one.signed_net == _of_charges(one, inside, shares) for one in done),
        ),
        Equation(
            what="ours = theirs", left=_money(ours), right=_money(theirs), holds=all(one.signed_net == their_net(one) for one in done)
        ),
    )  # fmt: skip


def _of_charges(one: Known, inside: Sequence[Known], shares: Mapping[int, int]) -> Decimal:
    """What the charges say a document is: those it holds, and those that a credit note took back, which takes them away again."""
    if one.kind == "credit_note":
        return one.signed_net
    return from_minor(shares.get(one.id, 0), one.currency) + credited(one, inside)


def _nets(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, ZERO) + amount
    return dict(sorted(sums.items()))


def _money(amounts: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{currency} {amount:,}" for currency, amount in amounts.items()) or "nothing"


# ---- differences ---------------------------------------------------------------------------------------------------------------


def _differences(
    now: Standing, told: Head, equations: Sequence[Equation], inside: Sequence[Known], rows: Sequence[DocumentRow],
    shares: Mapping[int, int], numbers: Numbers,
) -> Iterable[Difference]:  # fmt: skip
    if not equations[0].holds:
        yield from _of_hours(now, equations[0])
    for one in inside:
        if confirmed(one) and one.signed_net != (shared := _of_charges(one, inside, shares)):
            cause, step = (
                "the state is damaged: a document's charges must add up to it",
                "restore a backup, then `hourbridge apply --adopt`",
            )
            yield Difference(
                what=one.number,
                ours=f"{one.currency} {one.net:,}",
                theirs=f"its charges {shared:,}",
                cause=cause,
                next_step=step,
            )
    for row in rows:
        if row.difference:
            theirs = "not read" if row.their_net is None else f"{row.currency} {row.their_net:,}"
            yield Difference(
                what=row.number or row.key,
                ours=f"{row.currency} {row.net:,}",
                theirs=theirs,
                cause=row.difference,
                next_step=row.next_step,
            )
    for number in numbers.strangers:
        yield Difference(
            what=number, ours="not known", theirs="stands over there", cause="a restored backup, a second installation, or somebody's own",
            next_step="`hourbridge apply --adopt` ties it where it equals ours; else void it over there; give somebody else's another number, or say that it is none of ours: `hourbridge corrections`",
        )  # fmt: skip
    for pull in told.pulls:
        if pull.partial:
            read = at(pull.last_complete_pull, zone_of(told)) if pull.last_complete_pull else "never"
            yield Difference(
                what=pull.connection, ours=f"last read to its end {read}", theirs="may say more now",
                cause=pull.partial, next_step="`hourbridge pull`",
            )  # fmt: skip


def _of_hours(now: Standing, equation: Equation) -> Iterable[Difference]:
    cause, step = (
        "the state is damaged: an entry's charges must add up to it",
        "restore a backup, then `hourbridge apply --adopt`",
    )
    broken = tallies.untrue(now.read)
    for ref, said, ours in broken:
        yield Difference(what=ref, ours=f"{both_exact(ours)} h", theirs=f"{both_exact(said)} h", cause=cause, next_step=step)
    if not broken:
        yield Difference(what="hours", ours=equation.right, theirs=equation.left, cause=cause, next_step=step)
