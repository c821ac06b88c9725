"""The tie-out as rows: one a figure, so that a spreadsheet can pivot it."""

from collections.abc import Iterator, Sequence

from connector.reports.hours import cells_of, exact
from connector.reports.tie_out import Bucket, DocumentRow, TieOut

COLUMNS = (
    "part", "name", "reason", "entries", "worked", "hours", "billed_hours", "currency", "value", "net", "theirs", "status", "note", "customer", "po",
    "invoice_date", "due_date", "their_tax", "their_gross", "sent_there", "paid", "their_balance", "edited_there", "next_step", "billed",
    "rounding", "rounding_hours",
)  # fmt: skip


def rows_of(one: TieOut) -> Iterator[Sequence[object]]:
    """Every row as long as the columns; what follows `note` is of documents only, but for the last three."""
    for row in _rows(one):
        part, name, reason, entries, seconds, billed, *rest = row
        worked = seconds if isinstance(seconds, int) else None
        paid_for = billed if isinstance(billed, int) else None
        rounding = paid_for - worked if paid_for and worked is not None else None
        hours = [_clock(worked), cells_of(worked)[1], cells_of(paid_for)[1]]
        blank = [""] * (len(COLUMNS) - len(row) - 1 - 3)
        yield [part, name, reason, entries, *hours, *rest, *blank, cells_of(paid_for)[0], *cells_of(rounding)]


def _clock(seconds: int | None) -> str:
    return "" if seconds is None else exact(seconds).replace(",", "")


def _row(
    part: str, name: str, reason: str = "", entries: object = "", seconds: object = "", billed: object = "", *, currency: str = "",
    value: object = "", net: object = "", theirs: object = "", status: str = "", note: str = "",
) -> tuple[object, ...]:  # fmt: skip
    """The columns that every part has, in their order, and nothing where it says nothing."""
    return (part, name, reason, entries, seconds, billed, currency, value, net, theirs, status, note)


def _rows(one: TieOut) -> Iterator[Sequence[object]]:
    yield _row("verdict", "TIES" if one.ties else "DOES NOT TIE", "", one.entries.count, one.entries.seconds, note=one.head.note)
    for name, bucket in one.dispositions.items():
        yield from _of_bucket(name, "", bucket)
        for reason, part in bucket.reasons.items():
            yield from _of_bucket(name, reason, part)
    for row in one.sources:
        yield _row("source", row.connection, row.client, row.count, row.seconds, status="complete" if row.complete else "partial")
    for aside in one.aside:
        status = "counted" if aside.counted else "not counted"
        yield _row("aside", aside.connection, aside.what, aside.count, aside.seconds, status=status, note=f"book {aside.book}")
    yield from _wip(one)
    yield from map(_of_document, one.documents)
    for account in one.accounts:
        yield _row("account", account.code, account.kind, currency=account.currency, net=account.net, theirs=account.their_net)
    for closed in one.closed:
        note = f"by {closed.closed_by} on {closed.closed_at[:10]}, certificate {closed.certificate}"
        yield _row("closed", closed.book, closed.period, status=closed.digest, note=note)
    for change in one.later:
        yield _row("changed since", change.what, change.cause, net=change.then, theirs=change.now, note=f"book {change.book}")
    for difference in one.differences:
        yield _row(
            "difference", difference.what, difference.cause, net=difference.ours, theirs=difference.theirs, note=difference.next_step
        )


def _of_document(document: DocumentRow) -> Sequence[object]:
    row = _row(
        "document", document.number, document.client, currency=document.currency, net=document.net, theirs=document.their_net,
        status=document.their_status or document.state, note=document.difference,
    )  # fmt: skip
    return (
        *row, document.customer, document.po, document.invoice_date, document.due_date, document.their_tax, document.their_gross,
        "yes" if document.sent_there else "no", document.paid, document.their_balance, "yes" if document.edited_there else "no",
        document.next_step,
    )  # fmt: skip


def _wip(one: TieOut) -> Iterator[Sequence[object]]:
    for currency, wip in one.wip.items():
        for name in ("opening", "worked", "late", "repriced", "invoiced", "written_off", "other", "closing"):
            yield _row("wip", name, currency=currency, value=getattr(wip, name))
        for name, amount in wip.of_which.items():
            yield _row("wip", "of which", name, currency=currency, value=amount)
        yield _row("wip", "beside it", "unmatched", currency=currency, value=wip.unmatched)


def _of_bucket(name: str, reason: str, bucket: Bucket) -> Iterator[Sequence[object]]:
    """A row a currency; the first carries the hours, so that they are added up once."""
    currencies = sorted({*bucket.value, *bucket.net}) or [""]
    for number, currency in enumerate(currencies):
        hours = (bucket.count, bucket.seconds, bucket.billed_seconds) if number == 0 else ("", "", "")
        value, net = bucket.value.get(currency), bucket.net.get(currency)
        status = "estimated" if bucket.estimated else ""
        yield _row("reason" if reason else "bucket", name, reason, *hours, currency=currency, value=value, net=net, status=status)
