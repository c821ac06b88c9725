"""The engine with one protection removed each, patched from outside: the product has no switch.

`with MUTANTS["no look-up"].applied(): …` runs it so. The simulation or a named scenario test must catch each; where another protection
masks one, the pair is tested and the note says what masks it.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import msgspec
from msgspec import Struct

from adapters.memory.sink import Sink
from connector.ports import Rejected, Taken, Window
from connector.store import charges, claims, documents, protocol
from connector.store import store as store_module
from connector.store.claims import Holding
from connector.store.store import Store
from connector.use_cases import apply, intending, listing, looking_up, pull, push, resolve

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
OVERLAP = timedelta(minutes=5)


class Mutant(Struct, frozen=True, kw_only=True):
    """`patches`: (where, name, replacement). `keyed`: to be seen in companies that never forget a key and take a number twice.
    `scenario`: a test that catches it by name, asked when the
    simulation does not. `masked_by`: another mutant without which
    nothing shows, so that the pair is tested; `note` says why.
    """

    patches: tuple[tuple[object, str, object], ...]
    keyed: bool = False
    scenario: str = ""
    masked_by: str = ""
    note: str = ""

    @contextmanager
    def applied(self, *, alone: bool = False) -> Iterator[None]:
        with ExitStack() as stack:
            for where, name, replacement in self.patches:
                stack.enter_context(patch.object(where, name, replacement))
            if self.masked_by and not alone:
                stack.enter_context(MUTANTS[self.masked_by].applied())
            yield


# ---- what is removed ---------------------------------------------------------------------------------------------------------------

_intend, _record, _write_intents = push.intend, push.record, intending._write_intents
_request, _stage, _read = protocol.request, listing._stage, listing.read


def _send_then_intend(ws: Any, book: str, lease: Any, operation: Any, batch: Sequence[Any], told: Any) -> list[int]:
    """Sends first, and writes down what it did afterwards."""
    sink, answers = ws.sink(book), {}
    for request in sink.prepare(operation, [ready.change for ready in batch]):
        keyed = msgspec.structs.replace(request, key=intending.key_of(book, request, 1))
        answers |= sink.send(msgspec.structs.replace(keyed, deadline_boot_s=ws.clock.boot() + 60))
    numbers = _intend(ws, book, lease, operation, batch, told)
    for number in numbers:
        with ws.store.begin(lease) as tx:
            now = ws.store.database_now(tx)
            protocol.mark_sent(tx, number, now, now + timedelta(seconds=60))
        push.record(ws, book, lease, number, answers, told)
    return []


def _unmarked(ws: Any, book: str, lease: Any, number: int, told: Any, *_steps: Any) -> None:
    """Sends, and marks the request `sent` only then."""
    with ws.store.snapshot() as read:
        stored = protocol.request(read, number)
    told.sent += 1
    outcomes = ws.sink(book).send(msgspec.structs.replace(stored.request, deadline_boot_s=ws.clock.boot() + 60))
    with ws.store.begin(lease) as tx:
        now = ws.store.database_now(tx)
        protocol.mark_sent(tx, number, now, now + timedelta(seconds=60))
    push.record(ws, book, lease, number, outcomes, told)


def _in_one_transaction(ws: Any, book: str, lease: Any, number: int, told: Any, *_steps: Any) -> None:
    """The mark and the request in one transaction: what goes wrong after the send takes the mark back."""
    with ws.store.begin(lease) as tx:
        now = ws.store.database_now(tx)
        protocol.mark_sent(tx, number, now, now + timedelta(seconds=60))
        stored = protocol.request(tx, number)
        told.sent += 1
        outcomes = ws.sink(book).send(msgspec.structs.replace(stored.request, deadline_boot_s=ws.clock.boot() + 60))
    push.record(ws, book, lease, number, outcomes, told)


def _settled(read: Any, number: int) -> protocol.Stored:
    stored = _request(read, number)
    return msgspec.structs.replace(stored, deadline_at=EPOCH) if stored.deadline_at else stored


def _never_resolved(read: Any, number: int) -> protocol.Stored:
    stored = _request(read, number)
    return msgspec.structs.replace(stored, state="sent") if stored.state == "resolved" else stored


def _all_of_them(_tx: Any, _book: str, intents: Sequence[Any]) -> list[Any]:
    return list(intents)


def _newly_keyed(read: Any, number: int) -> protocol.Stored:
    stored = _request(read, number)
    key = hashlib.sha256(f"{stored.request.key} {stored.sent_at}".encode()).hexdigest()[:32]
    return msgspec.structs.replace(stored, request=msgspec.structs.replace(stored.request, key=key))


def _stage_and_move_on(reading: Any, page: Any, same: Any, held: Any, started: datetime) -> Any:
    staged = _stage(reading, page, same, held, started)
    if not page.is_last:
        _move_cursor(reading, started)
    return staged


def _move_cursor(reading: Any, at: datetime) -> None:
    with reading.ws.store.begin(reading.lease) as tx:
        tx.exec_driver_sql("UPDATE connections SET cursor = ? WHERE name = ?", ((at - OVERLAP).isoformat(), reading.name))


def _move_on_first(reading: Any, cursor: str, done: Any) -> None:
    _move_cursor(reading, reading.ws.now())
    done.add(listing.read_changes(reading, cursor).done)


def _claim_over(tx: Any, rows: Any) -> None:
    if rows:
        tx.exec_driver_sql(f"INSERT OR REPLACE INTO claims ({claims.COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _by_position(ws: Any, book: str, lease: Any, number: int, outcomes: Mapping[Any, Any], told: Any, **doubt: Any) -> None:
    with ws.store.snapshot() as read:
        members = protocol.request(read, number).request.members
    answered = zip([member.ref for member in members], outcomes.values(), strict=False)
    _record(ws, book, lease, number, dict(answered), told, **doubt)


def _taken_is_refused(ws: Any, book: str, lease: Any, number: int, outcomes: Mapping[Any, Any], told: Any, **doubt: Any) -> None:
    refused = {ref: Rejected("the number is taken") if isinstance(one, Taken) else one for ref, one in outcomes.items()}
    _record(ws, book, lease, number, refused, told, **doubt)


def _free_at_once(tx: Any, ws: Any, book: str, operation: Any, fit: Sequence[Any]) -> Any:
    intents = _write_intents(tx, ws, book, operation, fit)
    for ready in fit:
        known = documents.by_key(tx, book, ready.step.key, ready.step.generation)
        assert known is not None
        intent, _ = intents[ready.change.document.ref]
        some = () if operation == "void" else ready.step.charges
        charges.free(tx, claims.hold_just(tx, [Holding(known.id, intent, known.currency, some)]))
    return intents


def _apply_blindly(_ws: Any, _book: str, _lease: Any, approved: Any, known: Any, theirs: Mapping[str, Any], _told: Any) -> Any:
    there = theirs.get(known.remote_id) if known else None
    return intending.Ready(approved, apply.Change(apply._target(approved), there)) if there is not None and there.live else None


def _send_late(sink: Any, request: Any) -> Any:
    return sink.company.handle(request)


def _no_check(*_any: object) -> None:
    return None


def _always(answer: object) -> Callable[..., object]:
    return lambda *_any, **_more: answer


MUTANTS: dict[str, Mutant] = {
    "no intent": Mutant(patches=((push, "intend", _send_then_intend),)),
    "no mark before the send": Mutant(patches=((push, "dispatch", _unmarked), (resolve, "dispatch", _unmarked))),
    "no look-up": Mutant(patches=((looking_up, "_find", _always({})),)),
    "no settle time": Mutant(patches=((protocol, "request", _settled),)),
    "settle time by the program's own clock": Mutant(
        patches=((Store, "database_now", lambda store, _tx: store.now()),),
        scenario="test_clocks.py::test_x3_a_machine_whose_clock_is_ahead_does_not_send_again_before_the_settle_time_is_over",
    ),
    "new key on ambiguity": Mutant(
        patches=((protocol, "request", _newly_keyed),),
        masked_by="no look-up",
        keyed=True,
        note="look-up and settle time find what an earlier key did; without the look-up the key alone holds, in a company that keeps keys",
    ),
    "same key after a refusal": Mutant(
        patches=((protocol, "attempts", _always({})),),
        scenario="test_push.py::test_x4_a_refused_member_does_not_hold_up_the_others_and_its_next_attempt_has_a_new_key",
    ),
    "cursor from an early page": Mutant(
        patches=((listing, "_stage", _stage_and_move_on),),
        scenario="test_pull.py::test_p1_a_listing_that_breaks_off_deletes_nothing_and_keeps_its_cursor",
    ),
    "cursor before staging": Mutant(patches=((pull, "_list_changes", _move_on_first),)),
    "one paging pass": Mutant(
        patches=((listing, "read_changes", lambda reading, cursor: _read(reading, Window(), cursor)),),
        scenario="test_pull.py::test_p3_a_change_that_slipped_past_the_first_pass_is_found_by_the_next",
    ),
    "no unique claim": Mutant(
        patches=((claims, "_insert", _claim_over),),
        masked_by="no wait for what another document holds",
        note="the intent looks first whether another document holds the time, and waits: the constraint is the last line behind it",
    ),
    "no wait for what another document holds": Mutant(
        patches=((charges, "elsewhere", _always(set())),),
        scenario="test_moved_time.py::test_a_draft_that_takes_time_waits_while_the_one_that_drops_it_is_in_doubt",
        note="caught by the constraint: the run stops with an error instead of sending",
    ),
    "no look at what was recorded since": Mutant(
        patches=(
            (protocol, "request", _never_resolved),
            (resolve, "still_open", _all_of_them),
            (looking_up, "still_open", _all_of_them),
        ),
        scenario="test_push.py::test_x8_an_answer_that_is_recorded_while_another_run_looks_the_document_up_counts_once",
    ),
    "no fencing": Mutant(
        patches=((store_module, "check_lease", _no_check), (push, "holds", _always(True))),
        masked_by="no look at what was recorded since",
        note="a run that lost its lease finds its request resolved by the one that took over, and does not send it",
    ),
    "replies matched by position": Mutant(patches=((push, "record", _by_position),)),
    "a transaction rolled back after a send": Mutant(
        patches=((push, "dispatch", _in_one_transaction), (resolve, "dispatch", _in_one_transaction))
    ),
    "the identical batch after a member was found": Mutant(
        patches=((resolve, "_send_anew", lambda ws, book, lease, stored, _intents, told: push.dispatch(ws, book, lease, stored.id, told)),)
    ),
    "claims released at the intent": Mutant(
        patches=((intending, "_write_intents", _free_at_once),),
        scenario="test_moved_time.py::test_a_draft_that_takes_time_waits_while_the_one_that_drops_it_is_in_doubt",
    ),
    "number taken read as a refusal": Mutant(
        patches=((push, "record", _taken_is_refused),),
        scenario="test_push.py::test_x6_a_number_taken_by_somebody_between_look_and_send_is_held",
    ),
    "a stale update re-applied blindly": Mutant(
        patches=((apply, "_compare", _apply_blindly),),
        scenario="test_apply.py::test_c2_a_draft_edited_between_the_look_and_the_update_is_not_overwritten",
    ),
    "a write begun after its deadline": Mutant(
        patches=((Sink, "send", _send_late),), scenario="test_push.py::test_a_passed_deadline_sends_nothing"
    ),
}
