"""The tie-out as rows: one a figure, so that a spreadsheet can pivot it."""

from collections.abc import Iterator, Sequence

from connector.reports.hours import cells_of, exact
from connector.reports.tie_out import Bucket, TieOut

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


def _rows(one: TieOut) -> Iterator[Sequence[object]]:
    yield (
        "verdict",
        "TIES" if one.ties else "DOES NOT TIE",
        "",
        one.entries.count,
        one.entries.seconds,
        "",
        "",
        "",
        "",
        "",
        "",
        one.head.note,
    )
    for name, bucket in one.dispositions.items():
        yield from _csv_bucket(name, "", bucket)
        for reason, part in bucket.reasons.items():
            yield from _csv_bucket(name, reason, part)
    for row in one.sources:
        yield (
            "source",
            row.connection,
            row.client,
            row.count,
            row.seconds,
            "",
            "",
            "",
            "",
            "",
            "complete" if row.complete else "partial",
            "",
        )
    yield from _asides(one)
    yield from _wip(one)
    for document in one.documents:
        yield ("document", document.number, document.client, "", "", "", document.currency, "", document.net, document.their_net,
               document.their_status or document.state, document.difference, document.customer, document.po, document.invoice_date,
               document.due_date, document.their_tax, document.their_gross, "yes" if document.sent_there else "no", document.paid,
               document.their_balance, "yes" if document.edited_there else "no", document.next_step)  # fmt: skip
    for account in one.accounts:
        yield (
            "account",
            account.code,
            account.kind,
            "",
            "",
            "",
            account.currency,
            "",
            account.net,
            account.their_net,
            "",
            "",
        )
    for closed in one.closed:
        note = f"by {closed.closed_by} on {closed.closed_at[:10]}, certificate {closed.certificate}"
        yield ("closed", closed.book, closed.period, "", "", "", "", "", "", "", closed.digest, note)
    for change in one.later:
        yield ("changed since", change.what, change.cause, "", "", "", "", "", change.then, change.now, "", f"book {change.book}")
    for difference in one.differences:
        yield (
            "difference",
            difference.what,
            difference.cause,
            "",
            "",
            "",
            "",
            "",
            difference.ours,
            difference.theirs,
            "",
            difference.next_step,
        )


def _asides(one: TieOut) -> Iterator[Sequence[object]]:
    for aside in one.aside:
        status = "counted" if aside.counted else "not counted"
        yield ("aside", aside.connection, aside.what, aside.count, aside.seconds, "", "", "", "", "", status, f"book {aside.book}")


def _wip(one: TieOut) -> Iterator[Sequence[object]]:
    for currency, wip in one.wip.items():
        for name in ("opening", "worked", "late", "repriced", "invoiced", "written_off", "other", "closing"):
            yield ("wip", name, "", "", "", "", currency, getattr(wip, name), "", "", "", "")
        for name, amount in (*wip.of_which.items(), ("unmatched", wip.unmatched)):
            yield ("wip", "beside it" if name == "unmatched" else "of which", name, "", "", "", currency, amount, "", "", "", "")


def _csv_bucket(name: str, reason: str, bucket: Bucket) -> Iterator[Sequence[object]]:
    """A row a currency; the first carries the hours, so that they are added up once."""
    currencies = sorted({*bucket.value, *bucket.net}) or [""]
    for number, currency in enumerate(currencies):
        hours = (bucket.count, bucket.seconds, bucket.billed_seconds) if number == 0 else ("", "", "")
        part = "reason" if reason else "bucket"
        yield (
            part,
            name,
            reason,
            *hours,
            currency,
            bucket.value.get(currency),
            bucket.net.get(currency),
            "",
            "estimated" if bucket.estimated else "",
            "",
        )
