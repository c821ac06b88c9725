"""The certificate as its page prints it: every figure already in the words a person reads, so that the template only lays out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from connector.reports.certificate import Certificate
from connector.reports.hours import amount, both
from connector.reports.tie_out import Bucket
from connector.reports.words import counted

WIP_ROWS = (
    ("opening", "unbilled before"), ("worked", "worked in the period"), ("late", "late, for earlier periods"),
    ("repriced", "re-priced after billing"), ("invoiced", "invoiced (posted)"), ("written_off", "written off"),
    ("other", "not billable, covered, no charge"), ("closing", "unbilled at the close"),
)  # fmt: skip
SUBTRACTED = frozenset(("invoiced", "written_off", "other"))


def page_of(one: Certificate, digest: str, signature: str) -> dict[str, object]:
    at = one.closed_at[:16].replace("T", " ")
    return {
        "title": f"{one.book} · {one.period}",
        "day": _day(one.closed_at),
        "facts": [
            ["Book", one.book], ["Billing period", one.period], ["Zone", one.zone], ["Certificate", f"no. {one.seq} of this book"],
            ["Closed", f"{at} UTC by {one.closed_by}"], ["Program", f"Hourbridge {one.program}"],
            ["Compared with the other systems", "afresh, at the close" if one.online else "as last read"],
        ],
        "equations": [[e.what, e.left, e.right] for e in one.equations],
        "hours": {
            "rows": [_bucket(name, bucket) for name, bucket in one.dispositions.items()],
            "total": _bucket("all time of the period", _whole(one.dispositions.values())),
            "source": _source(one),
        },
        "documents": {
            "rows": [
                [d.number, d.customer, d.invoice_date.isoformat(), d.currency, amount(d.net), amount(d.their_net), d.their_status]
                for d in one.documents
            ],
            "drafts": _drafts(one),
            "totals": [[currency, amount(net), amount(_theirs(one, currency))] for currency, net in one.nets().items()],
        },
        "wip": {
            "currencies": list(one.wip),
            "rows": [
                [("\N{MINUS SIGN} " if name in SUBTRACTED else "") + said, *[amount(getattr(wip, name)) for wip in one.wip.values()]]
                for name, said in WIP_ROWS
            ],
        },
        "accounts": [[f"{a.kind} {a.name or a.code}".strip() or "(none)", a.currency, amount(a.net), amount(a.their_net)] for a in one.accounts],
        "numbers": _numbers(one),
        "pulls": [[pull.connection, (pull.last_complete_pull or "never")[:16].replace("T", " ") + " UTC"] for pull in one.pulls],
        "mappings": sorted(one.mappings),
        "heads": [[head.stream, f"{head.seq:,}", head.hash] for head in one.heads],
        "proof": [
            ["This certificate", digest], ["The one before", one.previous or "none: the first of this book"],
            *([["Replaces", one.supersedes]] if one.supersedes else []), ["Public key", one.public_key], ["Signature", signature],
        ],
    }  # fmt: skip


def _day(instant: str) -> list[int]:
    day = date.fromisoformat(instant[:10])
    return [day.year, day.month, day.day]


def _bucket(name: str, bucket: Bucket) -> list[str]:
    rounding = both(bucket.billed_seconds - bucket.seconds) if bucket.billed_seconds else ""
    value = _lines(bucket.value) + (" est." if bucket.estimated else "")
    return [
        name.replace("_", " "),
        f"{bucket.count:,}",
        both(bucket.seconds),
        both(bucket.billed_seconds),
        rounding,
        value,
        _lines(bucket.net),
    ]


def _source(one: Certificate) -> str:
    said, gone = one.entries, one.entries.gone
    whole = f"{counted(said.count + gone, 'entry', 'entries')}, {both(said.seconds + said.elsewhere)} h"
    return whole + (f"; {counted(gone, 'of these is', 'of these are')} gone there" if gone else "")


def _lines(values: Mapping[str, Decimal]) -> str:
    """A line a currency."""
    return "\n".join(f"{currency} {value:,}" for currency, value in values.items())


def _drafts(one: Certificate) -> str:
    """What is not in receivables yet."""
    drafts = sum(row.their_status == "draft" for row in one.documents)
    if not drafts:
        return "None of these is a draft." if one.documents else ""
    return f"{drafts:,} of these {'is a draft' if drafts == 1 else 'are drafts'} over there: not in receivables until posted."


def _whole(buckets: Iterable[Bucket]) -> Bucket:
    every = list(buckets)
    return Bucket(
        count=sum(one.count for one in every), seconds=sum(one.seconds for one in every),
        billed_seconds=sum(one.billed_seconds for one in every), net=_sum([one.net for one in every]), value=_sum([one.value for one in every]),
        estimated=any(one.estimated for one in every),
    )  # fmt: skip


def _sum(of: Sequence[dict[str, Decimal]]) -> dict[str, Decimal]:
    currencies = sorted({currency for one in of for currency in one})
    return {currency: sum((one[currency] for one in of if currency in one), Decimal(0)) for currency in currencies}


def _theirs(one: Certificate, currency: str) -> Decimal:
    return sum((row.their_net for row in one.documents if row.currency == currency and row.their_net is not None), Decimal(0))


def _numbers(one: Certificate) -> list[list[str]]:
    series = one.numbers
    return [
        ["First and last", f"{series.first or 'none'} to {series.last or 'none'}"], ["Issued", f"{series.issued:,}"],
        ["Voided", ", ".join(series.voided) or "none"], ["Unused", ", ".join(series.unused) or "none"],
        ["Strangers", ", ".join(series.strangers) or "none"],
    ]  # fmt: skip
