"""Closing a period: when nothing of it waits and it ties, its tie-out is signed, and every disposition in it becomes a fact."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec import Struct

from connector.core.choices import cause
from connector.core.periods import Period, due_on, is_due, read_period
from connector.errors import BusyError, ConfigError
from connector.reports.certificate import Certificate, Filed, StreamHead, canonical, digest_of
from connector.reports.hours import both
from connector.reports.tie_out import TieOut
from connector.reports.words import counted
from connector.signing import Signs
from connector.store import approvals, audit, certificates, charges, documents, mapping_texts, version
from connector.store.certificates import Certified
from connector.store.store import Tx
from connector.store.tallies import Scope
from connector.use_cases.picture import CHARGES, inputs_digest, plans, refresh
from connector.use_cases.reconcile import tie_out, tie_out_of
from connector.use_cases.standing import Standing, last_pulls
from connector.use_cases.unmatched import note
from connector.use_cases.workspace import Workspace

_files = msgspec.json.Decoder(dict[str, str])


class Blocker(Struct, frozen=True):
    """Why a period cannot be closed yet, and the command that shows or mends it."""

    what: str
    next_step: str


class Closing(Struct, frozen=True, kw_only=True):
    """What became of closing one book's period: a certificate, or why there is none. `already`: it was closed before."""

    book: str
    period: str
    certified: Certified | None = None
    already: bool = False
    blockers: tuple[Blocker, ...] = ()
    differing: TieOut | None = None


def close(ws: Workspace, book: str, period: str, signer: Signs, *, who: str, online: bool = False) -> Closing:
    """Refused while anything of the period waits (`blockers`) or it does not tie (`differing`). `online` looks over there and counts at
    the sources afresh first. Raises ConfigError for a book or period that is none.
    """
    name, key = ws.book(book).name, read_period(period).key
    with ws.store.snapshot() as read:
        before = certificates.in_force(read, name, key)
    if before is not None:
        return Closing(book=name, period=key, certified=before, already=True)
    if online and not (told := tie_out(ws, name, key, online=True)).ties:
        return Closing(book=name, period=key, differing=told)
    with ws.lease(f"book:{name}") as lease:
        refresh(ws, note)
        with ws.store.begin(lease) as tx:
            if ws.store.fact(tx, CHARGES) != inputs_digest(ws, tx):
                raise BusyError("time or files changed while it was being closed", to=name, next_step="Run `hourbridge close` again.")
            done = _close(ws, tx, name, key, signer, who=who, online=online)
    refresh(ws, note)
    return done


def _close(ws: Workspace, tx: Tx, book: str, period: str, signer: Signs, *, who: str, online: bool) -> Closing:
    blockers = tuple(_blockers(ws, tx, book, period))
    if blockers:
        return Closing(book=book, period=period, blockers=blockers)
    told = tie_out_of(ws, Standing(read=tx, note="", planned={}), Scope(book, period))
    if not told.ties:
        return Closing(book=book, period=period, differing=told)
    mapping_texts.keep(tx, ws.mapping, ws.now())
    content = _certificate(ws, tx, told, signer.public, who=who, online=online)
    body = canonical(content)
    one = Certified(
        id=0, book=book, seq=content.seq, period=period, digest=digest_of(body), previous=content.previous, signature=signer.sign(body),
        body=body.decode(), who=who, at=content.closed_at,
    )  # fmt: skip
    certificates.close_charges(tx, certificates.keep(tx, one), book, period)
    audit.append(
        tx, f"book:{book}", ws.now(), "closed",
        {"period": period, "seq": one.seq, "digest": one.digest, "previous": one.previous, "public_key": signer.public, "who": who, "run": ws.run},
    )  # fmt: skip
    charges.mark_dirty(tx)
    return Closing(book=book, period=period, certified=one)


def reopen(ws: Workspace, book: str, period: str, *, who: str, why: str) -> Certified:
    """The period's charges follow the rules again; its certificate stays in the chain, superseded. Raises ConfigError where the
    period is not closed or no reason is given.
    """
    name, key = ws.book(book).name, read_period(period).key
    if not why.strip():
        raise ConfigError("reopening needs a reason", to=key, next_step='Add --why "what has to change"; it is kept in the audit log.')
    with ws.lease(f"book:{name}") as lease, ws.store.begin(lease) as tx:
        one = certificates.in_force(tx, name, key)
        if one is None:
            raise ConfigError("is not closed", to=f"{name} {key}", next_step="`hourbridge status` lists the closed periods.")
        certificates.reopen(tx, one, who, ws.now(), why)
        audit.append(
            tx, f"book:{name}", ws.now(), "reopened",
            {"period": key, "seq": one.seq, "digest": one.digest, "who": who, "why": why, "run": ws.run},
        )  # fmt: skip
        charges.mark_dirty(tx)
    refresh(ws, note)
    return one


# ---- what stands in the way ----------------------------------------------------------------------------------------------------


def _blockers(ws: Workspace, tx: Tx, book: str, period: str) -> Iterator[Blocker]:
    settings, asked = ws.books[book], read_period(period)
    if not is_due(asked, ws.now().astimezone(settings.timezone).date(), settings.grace_days):
        yield Blocker(f"the period is not over before {due_on(asked, settings.grace_days)}", "close it then")
        return
    yield from _unread(ws, tx, book, asked)
    for disposition, count, seconds in _waiting(tx, book, period):
        waits = f"{counted(count, 'entry', 'entries')}, {both(seconds)} h, {disposition}"
        yield Blocker(waits, f"`hourbridge unmatched --book {book}` says what to do")
    for number, reason in tx.exec_driver_sql(
        "SELECT number, reason FROM documents WHERE book = ? AND period = ? AND state IN ('intended', 'sent', 'held') ORDER BY number",
        (book, period),
    ):
        yield Blocker(f"{number} is in doubt{f': {reason}' if reason else ''}", f"`hourbridge apply --book {book}` finds out")
    for known in documents.documents(tx, book):
        if known.period == period and known.state == "done" and (why := cause(known)):
            yield Blocker(f"{known.number} {why}", f"`hourbridge corrections {known.number}` says what may be chosen")
    approved = {one.step.key for one in approvals.approved(tx, book) if one.step.period == period}
    if approved:
        yield Blocker(f"{counted(len(approved), 'document', 'documents')} approved and not sent", f"`hourbridge apply --book {book}`")
    yield from _planned(ws, tx, book, period, approved)


def _unread(ws: Workspace, tx: Tx, book: str, asked: Period) -> Iterator[Blocker]:
    """Sources that nobody read to their end since the period was over, by the book's days: time of it may be missing."""
    for pull in last_pulls(ws, tx):
        at, last = pull.last_complete_pull, "never read to its end"
        if at is not None:
            read_at = datetime.fromisoformat(at).astimezone(ws.books[book].timezone)
            last = "" if read_at.date() > asked.last else f"last read to its end at {read_at:%Y-%m-%d %H:%M %Z}, before the period was over"
        if last and pull.connection in ws.source_names:
            yield Blocker(f"{pull.connection} was {last}: time may be missing", f"`hourbridge pull {pull.connection}`")


def _waiting(tx: Tx, book: str, period: str) -> list[tuple[str, int, int]]:
    """Time of the period that waits for a person, and all that has no day: it may be the period's."""
    rows = tx.exec_driver_sql(
        "SELECT disposition, CASE WHEN period = '' THEN ' without a day that can be read' WHEN kind = 'correction' THEN ' (corrections)' ELSE '' "
        "END AS how, count(DISTINCT entry), sum(seconds) FROM charges WHERE book = ? AND period IN (?, '') "
        "AND disposition IN ('unmatched', 'pending', 'held') GROUP BY 1, 2 ORDER BY 1, 2",
        (book, period),
    )
    return [(f"{disposition}{how}", count, seconds) for disposition, how, count, seconds in rows]


def _planned(ws: Workspace, tx: Tx, book: str, period: str, approved: set[str]) -> Iterator[Blocker]:
    """Steps of the plan for the period that nobody approved: something is to be sent still, or cannot go."""
    steps = plans(ws, tx, book=book)[book].steps
    mine = [step for step in steps if step.period == period and step.action != "carry" and step.key not in approved]
    held = sum(step.action == "hold" for step in mine)
    show = f"`hourbridge plan --book {book} --period {period}`"
    if held:
        yield Blocker(f"{counted(held, 'document is', 'documents are')} held", f"{show} says why")
    if len(mine) > held:
        yield Blocker(
            f"{counted(len(mine) - held, 'document is', 'documents are')} planned and not approved", f"{show}, then approve and apply"
        )


# ---- the certificate -----------------------------------------------------------------------------------------------------------


def _certificate(ws: Workspace, tx: Tx, told: TieOut, public_key: str, *, who: str, online: bool) -> Certificate:
    chain = certificates.certificates(tx, told.book)
    superseded = [one.digest for one in chain if one.period == told.period]
    return Certificate(
        book=told.book, period=str(told.period), zone=told.head.zone, seq=len(chain) + 1, closed_by=who, closed_at=ws.now().isoformat(),
        program=version.program(), online=online, equations=told.equations, entries=told.entries, sources=told.sources,
        dispositions={name: bucket for name, bucket in told.dispositions.items() if bucket.count or bucket.seconds or bucket.reasons},
        wip=told.wip, accounts=told.accounts, numbers=told.numbers, pulls=told.head.pulls, mappings=_mappings(ws, tx, told),
        documents=tuple(
            Filed(number=row.number, client=row.client, customer=row.customer, invoice_date=row.invoice_date, currency=row.currency,
                  net=row.net, their_net=row.their_net, their_status=row.their_status or row.state)
            for row in told.documents
        ),
        heads=tuple(
            StreamHead(stream=stream, seq=seq, hash=digest)
            for stream, seq, digest in certificates.heads(tx)
            if stream == f"book:{told.book}" or stream.startswith("connection:")
        ),
        facts=certificates.digest_to_close(tx, told.book, str(told.period)), previous=chain[-1].digest if chain else "",
        supersedes=superseded[-1] if superseded else "", public_key=public_key,
    )  # fmt: skip


def _mappings(ws: Workspace, tx: Tx, told: TieOut) -> dict[str, dict[str, str]]:
    """The files as they are now, and every other version that a document of the period was priced with."""
    used = {
        digest
        for (digest,) in tx.exec_driver_sql(
            "SELECT DISTINCT mapping FROM documents WHERE book = ? AND period = ?", (told.book, told.period)
        )
    }
    kept = tx.exec_driver_sql("SELECT digest, files FROM mapping_versions ORDER BY digest")
    return {digest: _files.decode(files) for digest, files in kept if digest in used or digest == ws.mapping.digest}
