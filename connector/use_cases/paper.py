"""The tie-out's part about documents: each here and over there, by account, the number series, and who was billed and is not now."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from connector.core.drift import is_changed
from connector.core.ledger import Known
from connector.core.money import ZERO, places, round_half_up
from connector.core.number_series import read_number, unused_numbers
from connector.core.periods import previous_period, read_period
from connector.core.reconciliation import confirmed, difference, their_net
from connector.reports.called import called_in
from connector.reports.tie_out import AccountRow, DocumentRow, MissingClient, Numbers
from connector.store import approvals
from connector.store.numbers import ever_reserved
from connector.store.store import Tx
from connector.store.tallies import Scope
from connector.use_cases.strangers import series_of, strangers
from connector.use_cases.workspace import Workspace, catalogue_of


def document_row(known: Known, who: str = "", payments: str = "") -> DocumentRow:
    """`who` changed it over there and how it was paid are told where that was asked."""
    target, theirs = known.target, known.theirs if known.there else None
    told, next_step = difference(known, who)
    net, digits = their_net(known), places(known.currency)
    sign = -1 if known.kind == "credit_note" else 1
    shown = (
        [round_half_up(sign * amount, digits) for amount in (theirs.tax, theirs.gross, theirs.balance, theirs.paid)]
        if theirs
        else [net] * 4
    )
    return DocumentRow(
        book=known.book, key=known.key, number=known.number, client=known.client, customer=known.customer, period=known.period,
        po=target.po, invoice_date=target.invoice_date, due_date=target.due_date, currency=known.currency, state=known.state,
        hours=sum((line.quantity for line in target.lines), ZERO), net=known.signed_net, their_net=net,
        their_tax=shown[0], their_gross=shown[1], their_status=known.their_status,
        their_balance=shown[2], edited_there=bool(known.touched) and is_changed(known), remote_id=known.remote_id,
        paid=shown[3], sent_there=bool(theirs and theirs.sent), difference=told, next_step=next_step, payments=payments,
    )  # fmt: skip


def accounts(read: Tx, known: Iterable[Known]) -> tuple[AccountRow, ...]:
    """Net by item or account of documents that were confirmed. One out of force counts nothing over there; a line over there that
    names nothing (a zero line may) stands under no code.
    """
    sums: dict[tuple[str, str, str, str], list[Decimal]] = {}
    for document in known:
        if not confirmed(document):
            continue
        digits, sign = places(document.currency), -1 if document.kind == "credit_note" else 1
        nothing = round_half_up(ZERO, digits)
        for line in document.target.lines:
            pair = sums.setdefault((document.book, line.target.kind, line.target.code, document.currency), [nothing, nothing])
            pair[0] += sign * line.net
        for there in document.theirs.lines if document.theirs and document.there else ():
            kind, code = (there.target.kind, there.target.code) if there.target else ("", "")
            if there.target or there.net:
                pair = sums.setdefault((document.book, kind, code, document.currency), [nothing, nothing])
                pair[1] += sign * round_half_up(there.net, digits)
    called = {book: called_in(catalogue_of(read, book)) for book in {book for book, *_ in sums}}
    return tuple(
        AccountRow(book=book, kind=kind, code=code, currency=currency, net=ours, their_net=theirs, name=called[book].of(kind, code))
        for (book, kind, code, currency), (ours, theirs) in sorted(sums.items())
    )


def numbers(ws: Workspace, read: Tx, scope: Scope, known: Sequence[Known]) -> Numbers:
    """The numbers of one book, or of all one after the other; with a period, those of its documents and the gaps in their months."""
    found = [_numbers(ws, read, name, scope.period, known) for name in ws.books if scope.book in (None, name)]
    used = [one for one in found if one.first]
    return Numbers(
        first=used[0].first if used else "",
        last=used[-1].last if used else "",
        unused=tuple(number for one in found for number in one.unused),
        strangers=tuple(number for one in found for number in one.strangers),
        issued=sum(one.issued for one in found),
        voided=tuple(number for one in found for number in one.voided),
        waiting=tuple(number for one in found for number in one.waiting),
    )


def _numbers(ws: Workspace, read: Tx, book: str, period: str | None, known: Sequence[Known]) -> Numbers:
    reserved = ever_reserved(read, book)
    asked = [number for _, number, key, _ in reserved if period is None or _period_in(key) == period]
    issued = [one for one in known if one.book == book and one.number in asked and one.remote_id]
    waiting = {one.step.number for one in approvals.approved(read, book)} - {one.number for one in issued}
    free = [number for number in asked if number not in waiting and number not in {one.number for one in issued}]
    return Numbers(
        first=asked[0] if asked else "",
        last=asked[-1] if asked else "",
        unused=tuple(sorted({*free, *_gaps(series_of(ws, book), asked, [number for _, number, _, _ in reserved])})),
        strangers=tuple(one.named for one in strangers(read, book)),
        issued=len(issued),
        voided=tuple(one.number for one in issued if one.their_status in ("voided", "deleted")),
        waiting=tuple(number for number in asked if number in waiting),
    )


def _period_in(key: str) -> str:
    """The billing period in a document's key: book/period/client…"""
    return key.split("/", 2)[1]


def _gaps(series: Iterable[str], asked: Sequence[str], reserved: Sequence[str]) -> Iterable[str]:
    """Sequence numbers never given within the stems (months, say) that the numbers asked for use."""
    for one in series:
        stems = {read.stem for number in asked if (read := read_number(one, number))}
        yield from unused_numbers(one, [number for number in reserved if (r := read_number(one, number)) and r.stem in stems])


def missing(known: Sequence[Known], scope: Scope) -> tuple[MissingClient, ...]:
    """Clients with documents in the period before the one asked for (or the newest there is), and none in it."""
    live = [one for one in known if one.there and one.kind == "invoice" and scope.book in (None, one.book)]
    newest = scope.period or max((one.period for one in live), default="", key=lambda key: read_period(key).first)
    if not newest:
        return ()
    before = previous_period(read_period(newest)).key
    billed = {(one.book, one.client) for one in live if one.period == newest}
    nets: dict[tuple[str, str, str], Decimal] = {}
    for one in live:
        if one.period == before and (one.book, one.client) not in billed:
            place = (one.book, one.client, one.currency)
            nets[place] = nets.get(place, ZERO) + one.net
    return tuple(
        MissingClient(book=book, client=client, currency=currency, last_period_net=net, period=before)
        for (book, client, currency), net in sorted(nets.items())
    )
