"""The Tie-out: what is filed at the end of the month (domain section 8.3)."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from connector.core.money import ZERO
from connector.reports.cells import csv_text
from connector.reports.hours import amount, both
from connector.reports.json_text import json_text
from connector.reports.reconcile_rows import COLUMNS, rows_of
from connector.reports.tables import Part, Said, Table, first_and_more, head_of, text_of
from connector.reports.tie_out import Bucket, DocumentRow, SourceCount, TieOut
from connector.reports.words import counted


def as_json(tie_out: TieOut) -> str:
    return json_text(tie_out)


def as_csv(tie_out: TieOut) -> str:
    return csv_text(COLUMNS, rows_of(tie_out))


def as_table(tie_out: TieOut) -> str:
    return text_of(_parts(tie_out))


def _parts(one: TieOut) -> Iterator[Part]:
    yield from head_of("Tie-out", one.head)
    yield Said("")
    yield Said("TIES" if one.ties else "DOES NOT TIE", "bold green" if one.ties else "bold red")
    for equation in one.equations:
        yield Said(
            f"  {'ok ' if equation.holds else 'NO '} {equation.what}: {equation.left} | {equation.right}",
            "" if equation.holds else "red",
        )
    for each in one.closed:
        yield Said(
            f"closed: {each.book} {each.period}, by {each.closed_by} on {each.closed_at[:10]}, certificate {each.certificate} ({each.digest[:16]})"
        )
    yield Table(
        title="Changed since it was closed",
        columns=["book", "what", "on the certificate", "now", "cause"],
        rows=[[row.book, row.what, row.then, row.now, row.cause] for row in one.later],
        under="a correction settles each; what is closed is not rewritten",
    )
    yield _hours(one)
    yield _sources(one.sources, one)
    yield from _aside(one)
    yield from _wip(one)
    yield _documents(one.documents)
    yield _accounts(one)
    yield from _numbers(one)
    yield Table(
        title="Billed in the period before, nothing now",
        columns=["client", "period", "cur", ">net then"],
        rows=[[row.client, row.period, row.currency, amount(row.last_period_net)] for row in one.missing],
    )
    yield Table(
        title="Differences",
        columns=["what", "ours", "theirs", "likely cause", "next step"],
        rows=[[row.what, row.ours, row.theirs, row.cause, row.next_step] for row in one.differences],
    )


def _hours(one: TieOut) -> Table:
    worked = sum(bucket.seconds for bucket in one.dispositions.values())
    rows = []
    for name, bucket in one.dispositions.items():
        if not bucket.count and not bucket.seconds:
            continue
        rows.append(_bucket_row(name, bucket, worked))
        rows += [_bucket_row(f"  {reason}", part, worked) for reason, part in bucket.reasons.items()]
    total = Bucket(
        count=sum(bucket.count for bucket in one.dispositions.values()),
        seconds=worked,
        billed_seconds=sum(bucket.billed_seconds for bucket in one.dispositions.values()),
        net=_sum(bucket.net for bucket in one.dispositions.values()),
        value=_sum(bucket.value for bucket in one.dispositions.values()),
        unvalued_seconds=sum(bucket.unvalued_seconds for bucket in one.dispositions.values()),
    )
    count, source = _own_count(one)
    return Table(
        title="Hours",
        columns=[
            "bucket, reason",
            ">entries",
            ">worked h",
            ">billed h",
            ">rounding h",
            ">value at standard",
            ">net",
            ">%",
        ],
        rows=rows,
        totals=[_bucket_row("all buckets", total, worked)],
        under=f"must equal the sources' own count: {count + one.entries.gone:,} entries, {both(source + one.entries.elsewhere)} h"
        + (f"; of these {one.entries.gone:,} entries are gone there" if one.entries.gone else "")
        + (f"; {both(one.entries.elsewhere)} h of it stands in another book or period" if one.entries.elsewhere else ""),
    )


def _own_count(one: TieOut) -> tuple[int, int]:
    """Entries and seconds as the sources say them: afresh, where they were asked afresh."""
    return sum(row.count for row in one.sources), sum(row.seconds for row in one.sources)


def _bucket_row(name: str, bucket: Bucket, worked: int) -> list[str]:
    value = "\n".join(f"{currency} {units:,}" for currency, units in bucket.value.items())
    value = f"{value} est." if bucket.estimated else value
    unknown = f"{both(bucket.unvalued_seconds)} h of unknown value" if bucket.unvalued_seconds else ""
    net = "\n".join(f"{currency} {units:,}" for currency, units in bucket.net.items())
    return [
        name, f"{bucket.count:,}", both(bucket.seconds), both(bucket.billed_seconds),
        both(bucket.billed_seconds - bucket.seconds) if bucket.billed_seconds else "", "\n".join(filter(None, (value, unknown))), net,
        f"{Decimal(100 * bucket.seconds) / worked:.1f}" if worked else "",
    ]  # fmt: skip


def _sum(of: Iterable[dict[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for one in of:
        for currency, units in one.items():
            sums[currency] = sums.get(currency, ZERO) + units
    return dict(sorted(sums.items()))


def _sources(sources: Sequence[SourceCount], one: TieOut) -> Table:
    count, seconds = _own_count(one)
    return Table(
        title="The sources' own counts",
        columns=["connection", "client there", ">entries", ">hours", "read to its end"],
        rows=[
            [
                row.connection,
                row.client or "(none)",
                f"{row.count:,}",
                both(row.seconds),
                "yes" if row.complete else "NO",
            ]
            for row in sources
        ],
        totals=[["all", "", f"{count:,}", both(seconds), ""]],
        under="must equal all buckets above, less what is gone there",
    )


def _aside(one: TieOut) -> Iterator[Part]:
    """Time that a book or a period alone may not hold, said plainly."""
    for row in one.aside:
        time = f"{row.connection}: {counted(row.count, 'entry', 'entries')}, {both(row.seconds)} h,"
        if row.what == "no date":
            where = "without a day that can be read: in no period"
        else:
            where = f"without a client in the mapping: in book {row.book}, the default"
        counts = "counted above" if row.counted else "not counted here, but by `hourbridge reconcile --all --online`"
        yield Said(f"{time} {where}; {counts}", "yellow")


def _wip(one: TieOut) -> Iterator[Part]:
    signs = (
        ("opening unbilled", "opening", ""), ("worked in the period", "worked", "+"), ("late for earlier periods", "late", "+"),
        ("re-priced and corrected", "repriced", "±"), ("invoiced (posted)", "invoiced", "-"), ("written off", "written_off", "-"),
        ("non-billable, covered, no charge", "other", "-"),
    )  # fmt: skip
    if not one.wip:
        return
    unknown = sum(bucket.unvalued_seconds for bucket in one.dispositions.values())
    yield Table(
        title="WIP, rolled forward",
        columns=["", "", *(f">{currency}" for currency in one.wip)],
        rows=[[label, sign, *(amount(getattr(wip, name)) for wip in one.wip.values())] for label, name, sign in signs],
        totals=[
            ["closing unbilled", "=", *(amount(wip.closing) for wip in one.wip.values())],
            *(
                [f"of which {name}", "", *(amount(wip.of_which[name]) for wip in one.wip.values())]
                for name in ("ready", "pending", "held", "drafted", "sending")
            ),
            ["beside it: unmatched, estimated", "", *(amount(wip.unmatched) for wip in one.wip.values())],
        ],
        under="closing must equal the sum of ready, pending, held, drafted and sending: "
        + ("it does" if all(wip.adds_up for wip in one.wip.values()) else "IT DOES NOT")
        + (f"; in none of it: {both(unknown)} h of unknown value" if unknown else ""),
    )


def _documents(rows: Sequence[DocumentRow]) -> Table:
    totals: dict[str, list[Decimal]] = {}
    for row in rows:
        sums = totals.setdefault(row.currency, [ZERO, ZERO, ZERO])
        if row.state != "refused":
            sums[0] += row.net
            sums[1] += row.their_net or ZERO
            sums[2] += row.their_balance or ZERO
    return Table(
        title="Documents",
        columns=["number", "client", "invoice date\ndue", "cur", ">our net", ">their net", ">their tax\ngross",
                 "their status", ">paid\nbalance", "difference, next step"],
        rows=[
            [
                row.number or row.key, row.client if row.client == row.customer else f"{row.client}\n{row.customer}",
                f"{row.invoice_date}\n{row.due_date}", row.currency, amount(row.net), amount(row.their_net),
                f"{amount(row.their_tax)}\n{amount(row.their_gross)}", _status(row), f"{amount(row.paid)}\n{amount(row.their_balance)}",
                f"{row.difference}: {row.next_step}" if row.difference else "",
            ]
            for row in rows
        ],
        totals=[["all", "", "", currency, amount(ours), amount(theirs), "", "", amount(balance), ""] for currency, (ours, theirs, balance) in totals.items()],
        under="our net must equal their net, and both the net of the charges above",
    )  # fmt: skip


def _status(row: DocumentRow) -> str:
    told = row.their_status or row.state
    return (
        told
        + (", sent" if row.sent_there else "")
        + (", edited" if row.edited_there else "")
        + (f"\nPO {row.po}" if row.po else "")
        + (f"\n{row.payments}" if row.payments else "")
    )


def _accounts(one: TieOut) -> Table:
    return Table(
        title="By account or item (documents of ours only)",
        columns=["book", "code", "cur", ">our net", ">their net", ""],
        rows=[
            [row.book, f"{row.kind} {row.name or row.code}".strip() or "(none)", row.currency, amount(row.net), amount(row.their_net),
             "" if row.net == row.their_net else "DIFFERS"]
            for row in one.accounts
        ],
        under="must equal what these documents bring to the revenue accounts",
    )  # fmt: skip


def _numbers(one: TieOut) -> Iterator[Part]:
    found = one.numbers
    if not found.first and not found.strangers:
        return
    yield Said("\nNumber series", "bold")
    yield Said(
        f"  first {found.first or 'none'} · last {found.last or 'none'} · issued {found.issued:,} · voided {first_and_more(found.voided, 8) or 'none'}"
    )
    yield Said(f"  unused {first_and_more(found.unused, 8) or 'none'} · reserved and waiting {first_and_more(found.waiting, 8) or 'none'}")
    yield Said(f"  strangers {first_and_more(found.strangers, 8) or 'none'}", "red" if found.strangers else "")
