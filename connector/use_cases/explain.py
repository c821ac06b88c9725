"""Explain: an entry (connection:entry id), a document (its number) or a line of one (number:line), back to rule, price and rounding."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from connector.core.ledger import Known
from connector.core.minor import from_minor
from connector.core.values import Staged
from connector.errors import ConfigError
from connector.mappings.names import did_you_mean
from connector.model import TimeEntry
from connector.reports.explanation import Because, ChargeRow, EntryFacts, Explanation, Revised, Rounded
from connector.reports.hours import both
from connector.store import charges, decisions, documents, entries
from connector.store.charges import Stored
from connector.store.store import Tx
from connector.use_cases.again import Again
from connector.use_cases.explain_paper import document_explained, line_explained
from connector.use_cases.made_choices import chosen_of
from connector.use_cases.paper import document_row
from connector.use_cases.reasons import all_ruled, because_of, matched_by, rated_by, signed, whys_of
from connector.use_cases.standing import Standing, head, standing
from connector.use_cases.workspace import Workspace


def explain(ws: Workspace, ref: str) -> Explanation:
    """Raises ConfigError, with what is like it, where nothing has this name."""
    with standing(ws) as now:
        connection, colon, rest = ref.partition(":")
        if colon and connection in {pull.connection for pull in head(ws, now, None, None).pulls}:
            staged = entries.find(now.read, connection, rest)
            if staged is None:
                raise ConfigError("there is no such entry", to=ref, next_step="`hourbridge pull` first, or look for a typing error.")
            return _entry(ws, now, staged)
        return _paper(ws, now, ref)


def _paper(ws: Workspace, now: Standing, ref: str) -> Explanation:
    by_number = {known.number: known for known in documents.documents(now.read)}
    if ref in by_number:
        return document_explained(ws, now, by_number[ref])
    number, _, line = ref.rpartition(":" if ":" in ref else "/")
    if number in by_number:
        return line_explained(ws, now, by_number[number], line)
    raise ConfigError(
        "is no entry, document or line", to=ref,
        next_step=did_you_mean(number or ref, by_number, "None of that name is known here. Write CONNECTION:ENTRY-ID, a document's number, or NUMBER:LINE."),
    )  # fmt: skip


# ---- an entry ------------------------------------------------------------------------------------------------------------------------


def _entry(ws: Workspace, now: Standing, staged: Staged) -> Explanation:
    read = now.read
    stored = charges.of_entry(read, staged.key)
    claims = documents.claim_of(read, staged.key)
    known = documents.document(read, claims[0].document) if claims else None
    whys = whys_of(now, stored, claims[0] if claims else None, known)
    because = because_of(ws, read, whys, known)
    return Explanation(
        head=head(ws, now, _book_of(ws, stored, known), None),
        entry=EntryFacts(
            ref=staged.ref, seconds=staged.entry.seconds, revision=staged.revision, gone=staged.deleted,
            charges=tuple(_charge(staged, row) for row in stored),
        ),
        source={"kind and account": staged.source, "connection": staged.connection, **_said(staged.entry)},
        revisions=tuple(_revisions(read, staged)), matched_by=matched_by(because), rated_by=rated_by(because, claims, known, Again(ws, read).price(staged)),
        rounding=tuple(_roundings(because, stored)), decisions=tuple(all_ruled(decisions.of_entry(read, staged.key), staged)),
        choices=tuple(chosen_of(read, staged.key, stored)), document=document_row(known) if known else None, because=because, approved=signed(read, known) if known else None,
    )  # fmt: skip


def _book_of(ws: Workspace, stored: Sequence[Stored], known: Known | None) -> str | None:
    """The book whose zone the entry is told in: its document's, else the one it stands in."""
    book = known.book if known else stored[0].book if stored else ""
    return book if book in ws.books else None


def _said(entry: TimeEntry) -> dict[str, Any]:
    """Every field that the source filled. What the person costs us is salary, and stays out of every report."""
    said = msgspec.to_builtins(entry)
    return {name: value for name, value in said.items() if value not in ("", None, [], ()) and name != "cost_rate"}


def _charge(staged: Staged, row: Stored) -> ChargeRow:
    money = None if row.value is None or not row.currency else from_minor(row.value, row.currency)
    return ChargeRow(
        entry=staged.ref, part=row.part, disposition=row.disposition, reason=row.says or row.reason, client=row.client,
        period=row.period or None, worked_on=staged.entry.worked_on, person=staged.entry.person, seconds=row.seconds,
        billed_seconds=row.billed_seconds, currency=row.currency, value=money,
        net=None if row.net is None else from_minor(row.net, row.currency), document=row.document, late=bool(row.late),
        notes=staged.entry.notes,
    )  # fmt: skip


def _revisions(read: Tx, staged: Staged) -> Iterator[Revised]:
    """What the source said before, oldest first, each with what the next one changed."""
    every = [*entries.revisions(read, staged.key), (staged.revision, staged.deleted, staged.entry)]
    for (revision, deleted, entry), (_, _, then) in pairwise(every):
        old, new = _said(entry), _said(then)
        changed = {name: (str(old.get(name, "")), str(new.get(name, ""))) for name in {**old, **new} if old.get(name) != new.get(name)}
        yield Revised(revision=revision, deleted=deleted, changed=changed)


def _roundings(because: Iterable[Because], stored: Iterable[Stored]) -> Iterator[Rounded]:
    """A person who said the hours has said them exactly: no rule rounded them."""
    rules = tuple(because)
    said = next((one for one in rules if one.rule == "decision" and one.text.startswith("bill")), None)
    rule = said or next((one for one in rules if one.rule == "rounding"), None)
    for row in stored:
        if row.billed_seconds or row.seconds:
            yield Rounded(
                what=f"part {row.part}: worked to billed time", before=f"{both(row.seconds)} h", after=f"{both(row.billed_seconds)} h",
                part=row.part, worked_seconds=row.seconds, billed_seconds=row.billed_seconds,
                rule=rule.text if rule else "no rule: as worked", file=rule.file if rule else "", line=rule.line if rule else 0,
            )  # fmt: skip
