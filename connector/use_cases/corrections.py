"""Corrections: documents and billed time that wait for a person's choice, and the choice, stored with who and why.

A document in doubt whose number is a stranger's, one that was voided or deleted over there, one nobody found for a day: it keeps its time
until somebody says what becomes of it. Before a choice ends anything the document is looked up once more, and no doubt is ended that might
still come true over there. One that somebody changed over there is read once more before theirs is taken. Nothing is sent from here.
"""

from collections.abc import Sequence
from itertools import chain

from connector.core.cases import TIME_CHOICES
from connector.core.choices import CHOICES, cause, has_another_net, still_ours, unlike_ours
from connector.core.drift import by_whom, is_changed, unlike
from connector.core.ledger import Choice, Known, TimeChoice, disposition_of
from connector.errors import ConfigError, UnsafePlanError
from connector.mappings.names import did_you_mean
from connector.model import DocumentRef, Remote
from connector.store import approvals, audit, charges, choices, claims, documents, protocol
from connector.store.claims import Holding
from connector.store.leases import Lease
from connector.store.store import Tx
from connector.use_cases.billed_time import choose_time, waiting_time
from connector.use_cases.catalogue import prove_company
from connector.use_cases.document_case import DocumentCase, case_of
from connector.use_cases.look import note_theirs
from connector.use_cases.not_ours import NOT_OURS, asked_about, choose_not_ours
from connector.use_cases.recording import settle
from connector.use_cases.strangers import keep_stranger
from connector.use_cases.taking_theirs import Said, take_theirs
from connector.use_cases.told import Told
from connector.use_cases.waiting import Chosen, Waiting
from connector.use_cases.workspace import Workspace


def waiting(ws: Workspace, book: str = "") -> list[Waiting]:
    """Every document that waits for a choice, every correction of billed time, and every document over there that may be ours and is not
    known, of one book or of all, worst money first.
    """
    with ws.store.snapshot() as read:
        known = [one for name in ([ws.book(book).name] if book else ws.books) for one in documents.documents(read, name) if cause(one)]
        rows = [*(_row(case_of(ws, read, one)) for one in known), *asked_about(ws, read, ws.book(book).name if book else "")]
    rows += waiting_time(ws, ws.book(book).name if book else "")
    return sorted(rows, key=lambda row: (-abs(row.net), row.book, row.ref))


def _row(case: DocumentCase) -> Waiting:
    known = case.known
    theirs = known.theirs if known.touched and known.there else None
    return Waiting(
        ref=known.number, number=known.number, book=known.book, client=known.client, customer=known.customer, period=known.period, currency=known.currency,
        net=known.net, seconds=known.seconds, cause=cause(known), choices=case.legal,
        until=case.until, changed_at=theirs.changed_at if theirs else None,
        their_net=theirs.net if theirs else None, said=(*_by_whom(known), *_paid(known), *_unborne(case), *filter(None, [case.against])),
    )  # fmt: skip


def _by_whom(known: Known) -> tuple[str, ...]:
    """Of what somebody did over there; what is in doubt, or was never as we sent it, nobody did."""
    if known.state != "done" or (known.there and not is_changed(known)):
        return ()
    return (by_whom(known.theirs),)


def _paid(known: Known) -> tuple[str, ...]:
    theirs = known.theirs
    return (f"{known.currency} {theirs.paid} is paid, {theirs.balance} is open",) if theirs is not None and theirs.paid else ()


def _unborne(case: DocumentCase) -> tuple[str, ...]:
    if case.bears or not case.known.there or not has_another_net(case.known):
        return ()
    return (
        "its time was credited, or is being credited, so nothing of ours can bear the difference: put it back over there as we sent it",
    )


# ---- choosing ------------------------------------------------------------------------------------------------------------------------


def choose(ws: Workspace, number: str, choice: str, why: str, who: str, book: str = "") -> Chosen:
    """Stores a person's choice on one document, or on billed time by its own ref (number:connection:entry). Raises ConfigError for a slip,
    UnsafePlanError for what must not be ended now; TransientError and AuthError where the look-up fails: then nothing was chosen.
    """
    if _said(choice) == NOT_OURS:
        return choose_not_ours(ws, number, why, who, ws.book(book).name if book else "")
    wanted = _wanted(number, choice, why)
    if not _is_document(ws, number) and ":" in number:
        if wanted != "amend":
            return choose_time(ws, number, wanted, why.strip(), who, ws.book(book).name if book else "")
        number = number.split(":", 1)[0]  # what changed on a draft is amended with all of it
    name = _book_of(ws, number, book)
    with ws.lease(f"book:{name}") as lease:
        with ws.store.snapshot() as read:
            case = case_of(ws, read, _known(read, name, number))
        _check(case, wanted)
        prove_company(ws, name, lease)
        found = _look_up(ws, case)
        if wanted == "ours":
            _tie(ws, lease, case, found, why.strip(), who)
        elif wanted in ("amend", "accept"):
            take_theirs(ws, lease, case.known, found, wanted, Said(why.strip(), who))
        elif wanted in ("again", "release"):
            _end(ws, lease, case, found, wanted, why.strip(), who)
    known = case.known
    return Chosen(
        ref=number, number=number, book=name, client=known.client, choice=wanted, why=why.strip(), currency=known.currency, net=known.net
    )  # fmt: skip


def _is_document(ws: Workspace, number: str) -> bool:
    with ws.store.snapshot() as read:
        return any(one.number == number for one in documents.documents(read))


def _said(choice: str) -> str:
    return choice.strip().lower().replace("-", "_")


def _wanted(number: str, choice: str, why: str) -> Choice | TimeChoice:
    every = (*CHOICES, *(one for one in TIME_CHOICES if one not in CHOICES))
    wanted = next((one for one in every if one == _said(choice)), None)
    if wanted is None:
        known = (*every, NOT_OURS)
        raise ConfigError("there is no such choice", to=choice, next_step=did_you_mean(choice, known, f"There are: {', '.join(known)}."))
    if not why.strip():
        raise ConfigError("nobody said why", to=number, next_step="Give --why TEXT: whoever reads this in a year needs it.")
    return wanted


def _book_of(ws: Workspace, number: str, book: str) -> str:
    with ws.store.snapshot() as read:
        found = [one for one in documents.documents(read, ws.book(book).name if book else None) if one.number == number]
        every = [one.number for one in documents.documents(read) if cause(one)]
    books = sorted({one.book for one in found})
    if not books:
        raise ConfigError(
            "there is no such document", to=number, next_step=did_you_mean(number, every, "`hourbridge corrections` lists what waits.")
        )
    if len(books) > 1:
        raise ConfigError(f"stands in {len(books)} books: {', '.join(books)}", to=number, next_step="Say which with --book.")
    return books[0]


def _known(read: Tx, book: str, number: str) -> Known:
    return next(one for one in documents.documents(read, book) if one.number == number)


def _check(case: DocumentCase, wanted: str) -> None:
    known = case.known
    if not cause(known):
        doubt = "is in doubt, and looked up first: run `hourbridge apply`"
        raise UnsafePlanError(
            f"nothing is to be chosen: it {doubt if case.intent else 'waits for nobody'}", to=known.number,
            next_step="`hourbridge corrections` lists what waits for a choice.",
        )  # fmt: skip
    allowed = case.legal
    if case.against:
        raise UnsafePlanError(f"cannot be given up: {case.against}", to=known.number, next_step="Then run `hourbridge apply`, and choose.")
    if not allowed:
        raise UnsafePlanError(
            f"still stands over there, and {'its amendment is held' if known.in_doubt else 'nothing can be chosen'}: {cause(known)}",
            to=known.number,
            next_step="Put it back over there as it was, or void it; then run `hourbridge apply`.",
        )  # fmt: skip
    if wanted not in allowed and (wanted != "ours" or "accept" in allowed):
        raise UnsafePlanError(
            f"{wanted} cannot be chosen: it {cause(known)}", to=known.number, next_step=f"Choose one of: {', '.join(allowed)}."
        )
    if case.until:
        raise UnsafePlanError(
            f"what was sent may still appear over there until {case.until:%d %B, %H:%M} UTC", to=known.number,
            next_step=f"Choose `{wanted}` after that; until then its time stays on it.",
        )  # fmt: skip


def _check_again(tx: Tx, ws: Workspace, case: DocumentCase, wanted: str) -> None:
    """A run that stood still may have recorded its answer since the look-up: an answer is a fact, whoever holds the lease."""
    _check(case_of(ws, tx, documents.document(tx, case.known.id)), wanted)


def _look_up(ws: Workspace, case: DocumentCase) -> list[Remote]:
    """Everything over there that is this document or carries its number, by id."""
    known, sink = case.known, ws.sink(case.known.book)
    ref = DocumentRef(known.kind, known.number)
    found = sink.read([known.remote_id]) if known.remote_id else []
    return list({remote.id: remote for remote in (*found, *sink.find([ref]).get(ref, []))}.values())


# ---- again, release: the document is over ------------------------------------------------------------------------------------------------


def _end(ws: Workspace, lease: Lease, case: DocumentCase, found: Sequence[Remote], choice: Choice, why: str, who: str) -> None:
    known = case.known
    if ours := still_ours(known, case.target, found):
        _refuse_live(ws, lease, case, ours)
    status = next((there.status for there in found if there.id == known.remote_id), known.their_status)
    with ws.store.begin(lease) as tx:
        _check_again(tx, ws, case, choice)
        _keep(tx, ws, case, choice, why, who, found)
        if case.intent is not None:
            assert case.intent.request is not None
            protocol.end(tx, case.intent.id, "refused", f"given up by {who}: {choice}", ws.now())
            protocol.close_request(tx, case.intent.request)
        for approved in approvals.of_document(tx, known.book, known.key, known.generation):
            if approved.state == "approved":
                approvals.set_state(tx, [approved.id], "stale", f"{known.number} was given up")
        charges.free(tx, claims.hold_just(tx, [Holding(known.id)]))
        choices.end(tx, known.id, status, f"given up by {who}: {choice}")
        for there in found:
            if there.live and not documents.other_of(tx, known.book, there.id, known.id):
                choices.decide_stranger(tx, known.book, there, ws.now())


def _refuse_live(ws: Workspace, lease: Lease, case: DocumentCase, ours: Sequence[Remote]) -> None:
    known, there = case.known, ours[0]
    if case.intent is None and there.id == known.remote_id:
        with ws.store.begin(lease) as tx:
            note_theirs(tx, ws, known.book, known, there)
    raise UnsafePlanError(
        f"is in force over there ({there.status}, {there.currency} {there.net}): its time is billed", to=known.number,
        next_step="`hourbridge apply` ties what is ours, or choose `ours`; void it over there first to bill its time again.",
    )  # fmt: skip


# ---- ours: what stands there is it --------------------------------------------------------------------------------------------------------


def _tie(ws: Workspace, lease: Lease, case: DocumentCase, found: Sequence[Remote], why: str, who: str) -> None:
    known, live = case.known, [there for there in found if there.live]
    with ws.store.snapshot() as read:
        others = {there.id: documents.other_of(read, known.book, there.id, known.id) for there in live}
    against_each = {there.id: [*unlike_ours(case.target, there), *_is_other(others[there.id])] for there in live}
    fitting = [there for there in live if not against_each[there.id]]
    if len(fitting) != 1:
        against = "; ".join(dict.fromkeys(chain.from_iterable(against_each.values())))
        many = f"{len(fitting)} documents with its number fit" if fitting else against or "nothing in force with its number was found"
        raise UnsafePlanError(
            f"cannot be told to be ours: {many}",
            to=known.number,
            next_step="Choose `again` or `release`, or put it right over there first.",
        )
    (there,) = fitting
    with ws.store.begin(lease) as tx:
        _check_again(tx, ws, case, "ours")
        _keep(tx, ws, case, "ours", why, who, fitting)
        tx.exec_driver_sql("DELETE FROM strangers WHERE book = ? AND remote_id = ?", (known.book, there.id))
        for other in live:
            if other.id != there.id and not others[other.id]:
                keep_stranger(tx, ws, known.book, other)  # unlooked at while the number was in doubt
        if case.intent is not None:
            settle(tx, ws, known.book, [(case.intent, known, there)], Told())
            assert case.intent.request is not None
            protocol.close_request(tx, case.intent.request)
            return
        choices.tie(tx, known.id, there, unlike(known.target, there))
        documents.set_disposition(tx, known.id, disposition_of(documents.document(tx, known.id)), known.number)
        charges.mark_dirty(tx)


def _is_other(number: str) -> list[str]:
    """What stands for other time of ours cannot stand for this as well."""
    return [f"it is our {number}, under another number now"] if number else []


def _keep(tx: Tx, ws: Workspace, case: DocumentCase, choice: Choice, why: str, who: str, found: Sequence[Remote]) -> None:
    """The choice with its proof: what was found over there, and the charges and money it was about."""
    known = case.known
    choices.choose(tx, known.id, choice, why, who, ws.now())
    audit.append(
        tx, f"book:{known.book}", ws.now(), "chosen",
        {"number": known.number, "generation": known.generation, "choice": choice, "why": why, "who": who, "net": str(known.net),
         "currency": known.currency, "found": {there.id: there.status for there in found}, "run": ws.run,
         "parts": [(claim.entry, claim.part, claim.seconds, str(claim.net)) for claim in documents.claims_of(tx, known.id)]},
    )  # fmt: skip
