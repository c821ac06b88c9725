"""Which periods are closed, and what changed since: the tie-out of now beside what its certificate says."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from connector.core.cases import POSTED
from connector.reports.certificate import Certificate, read_certificate
from connector.reports.closed import ClosedPeriod, LaterChange
from connector.reports.hours import amounts, both
from connector.reports.tie_out import Bucket, DocumentRow
from connector.reports.words import counted
from connector.store import certificates
from connector.store.certificates import Certified
from connector.store.store import Tx

CAUSES = {
    "held": "corrections of what is closed: a person settles them",
    "drafted": "a status that moved over there",
    "invoiced": "a status that moved over there",
    "ready": "carried: it went on into a later period",
}
CREDITED = "credited after the close"
NOTHING = Bucket()


def closed_periods(read: Tx, book: str | None = None, period: str | None = None) -> list[Certified]:
    """Certificates in force, of one book or period or of all."""
    return [one for one in certificates.certificates(read, book) if one.in_force and period in (None, one.period)]


def told(one: Certified) -> ClosedPeriod:
    return ClosedPeriod(book=one.book, period=one.period, certificate=one.seq, closed_by=one.who, closed_at=one.at, digest=one.digest)


def later_changes(one: Certified, now: Mapping[str, Bucket], rows: Sequence[DocumentRow]) -> Iterator[LaterChange]:
    """What is not as it was when the period was closed: buckets first, then documents by number."""
    then = read_certificate(one.body)
    mine = [row for row in rows if (row.book, row.period) == (one.book, one.period)]
    credited = any(row.net < 0 and row.number not in {filed.number for filed in then.documents} for row in mine)
    for name in dict.fromkeys((*then.dispositions, *now)):
        was, is_now = _said(then.dispositions.get(name, NOTHING)), _said(now.get(name, NOTHING))
        if was != is_now:
            yield LaterChange(
                book=one.book, period=one.period, what=name.replace("_", " "), then=was, now=is_now,
                cause=CREDITED if name == "invoiced" and credited else CAUSES.get(name, "changed after the close"),
            )  # fmt: skip
    yield from _documents(then, mine)


def _documents(then: Certificate, rows: Sequence[DocumentRow]) -> Iterator[LaterChange]:
    """Documents whose money or force is another, or that somebody changed. That one was paid is no change of what was closed."""
    was = {one.number: (one.net, one.their_net, one.their_status, "", one.currency) for one in then.documents}
    now = {one.number: (one.net, one.their_net, one.their_status or one.state, one.difference, one.currency) for one in rows}
    for number in sorted({*was, *now}):
        before, after = was.get(number), now.get(number)
        if _closed_as(before) != _closed_as(after):
            cause = (after[3] if after else "") or "the document changed after the close"
            yield LaterChange(book=then.book, period=then.period, what=number, then=_shown(before), now=_shown(after), cause=cause)


Figures = tuple[Decimal, Decimal | None, str, str, str]
"""Our net, theirs, the status over there, what is not as it should be, the currency."""


def _closed_as(one: Figures | None) -> Figures | None:
    return one and (one[0], one[1], "posted" if one[2] in POSTED else one[2], one[3], one[4])


def _shown(one: Figures | None) -> str:
    return f"{one[4]} {one[0]:,}, theirs {one[1]}, {one[2]}" if one else "none"


def _said(bucket: Bucket) -> str:
    if not bucket.count and not bucket.seconds:
        return "nothing"
    money = amounts(bucket.net or bucket.value)
    return f"{counted(bucket.count, 'entry', 'entries')}, {both(bucket.seconds)} h" + (f", {money}" if money else "")
