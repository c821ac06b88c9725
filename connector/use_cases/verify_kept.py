"""What is kept beside the audit log, held against what can prove it: the log, the approved steps, its own hashes, certificates."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec
from msgspec import Struct

from connector.core.steps import digest
from connector.model import Remote
from connector.reports.certificate import Certificate
from connector.reports.words import counted
from connector.store import approvals, charges, claims, mapping_texts, protocol
from connector.store.audit import Fault, Row
from connector.store.claims import Holding
from connector.store.store import Tx
from connector.use_cases.intending import key_of

Told = tuple[str, str, tuple[str, ...]]
"""(stream, what, what it says)."""
SAYS = {"approved": ("checksum", "who", "forced"), "confirmed": ("operation", "number", "remote_id", "digest", "net")}
"""What a row of the log says that is kept beside it as well."""
NAMES = {"approved": ("approval", "approvals"), "confirmed": ("confirmation", "confirmations")}
APPROVALS = "SELECT book, checksum, who, forced FROM approvals"
CONFIRMATIONS = (
    "SELECT d.book, i.operation, d.number, i.digest, c.remote FROM confirmations c JOIN intents i ON i.id = c.intent "
    "JOIN documents d ON d.id = i.document"
)
_remote = msgspec.json.Decoder(Remote)


class LogBeside(Struct):
    """What the log tells of approvals and confirmations, counted: each is kept beside it once."""

    told: Counter[Told] = msgspec.field(default_factory=Counter)

    def read(self, row: Row) -> None:
        names = SAYS.get(row.what)
        if names is None:
            return
        try:
            body: Any = msgspec.json.decode(row.body)
            self.told[row.stream, row.what, tuple(str(body[name]) for name in names)] += 1
        except (msgspec.DecodeError, KeyError, TypeError):
            self.told[row.stream, row.what, ()] += 1  # its chain is broken, which is told

    def faults(self, read: Tx, ends: dict[str, int]) -> Iterator[Fault]:
        """An end that was cut off, or rows that were put in; then what is kept otherwise than the log tells it."""
        kept = Counter(_kept(read))
        off = set()
        for stream, what in sorted({one[:2] for one in (*kept, *self.told)}):
            here, there = (sum(count for one, count in some.items() if one[:2] == (stream, what)) for some in (kept, self.told))
            if here != there:
                off.add((stream, what))
                said = f"the state keeps {counted(here, *NAMES[what])}, and the log tells of {there}"
                yield Fault(f"{stream} #{ends.get(stream, 0)}", f"{said}: its end was cut off, or rows were taken out or put in")
        for stream, what, says in sorted((kept - self.told).keys()):
            if (stream, what) not in off:
                yield Fault(stream, f"the log does not tell of this {NAMES[what][0]} as it is kept: {' '.join(filter(None, says))}")


def _kept(read: Tx) -> Iterator[Told]:
    for book, checksum, who, forced in read.exec_driver_sql(APPROVALS):
        yield f"book:{book}", "approved", (checksum, who, forced)
    for book, operation, number, approved, body in read.exec_driver_sql(CONFIRMATIONS):
        try:
            remote = _remote.decode(body)
        except msgspec.DecodeError:
            yield f"book:{book}", "confirmed", (operation, number, "cannot be read")
        else:
            yield f"book:{book}", "confirmed", (operation, number, remote.id, approved, str(remote.net))


# ---- steps, and the claims they made ---------------------------------------------------------------------------------------------


def steps(read: Tx) -> Iterator[Fault | None]:
    """An approved step is what was approved: its digest is computed again from its content. So is each claim that it made."""
    by_step = groupby(read.exec_driver_sql(claims.BY_STEP), lambda row: row[0])
    step_id, made = next(by_step, (0, iter(())))
    for one, said in approvals.every(read):
        name = one.step.number or one.step.key
        if not digest(one.step) == one.step.digest == said:
            yield Fault(name, f"the step approved by {one.who} on {one.at[:10]} is not what its digest says")
        elif step_id == one.id and not _as_approved(one, [row[1:] for row in made]):
            yield Fault(name, f"a claim of it is not what was approved by {one.who} on {one.at[:10]}")
        else:
            yield None
        if step_id == one.id:
            step_id, made = next(by_step, (0, iter(())))


def _as_approved(one: approvals.Approved, rows: Sequence[tuple[Any, ...]]) -> bool:
    document = one.step.document
    pairs = {(row[0], row[1]) for row in rows}
    wanted = (
        row
        for number, intent in pairs
        for row in claims.rows_of(Holding(number, intent, document.currency if document else "", one.step.charges))
    )
    return {tuple(row[2:]) for row in rows} <= set(wanted)


# ---- what names itself by its hash -------------------------------------------------------------------------------------------------


def hashed(read: Tx, certificates: Sequence[Certificate | None]) -> Iterator[Fault]:
    """Requests, mapping files and reasons: each is what its key, hash or digest says, and what is named is there."""
    for stored in protocol.every_request(read):
        if not _is_as_keyed(stored):
            numbers = ", ".join(member.ref.number for member in stored.request.members)
            yield Fault(f"request {stored.id} ({numbers})", "it is not what its key says: it was changed after it was kept")
    for name in mapping_texts.changed(read):
        yield Fault(f"mapping text {name}", "it was changed after it was kept")
    for number in charges.changed_reasons(read):
        yield Fault(f"reason {number}", "the rules behind a charge were changed after they were kept")
    yield from _mappings(read, certificates)


def _is_as_keyed(stored: protocol.Stored) -> bool:
    try:
        return stored.request.key == key_of(stored.book, stored.request, stored.attempt)
    except TypeError:  # no bytes any more
        return False


def _mappings(read: Tx, certificates: Sequence[Certificate | None]) -> Iterator[Fault]:
    kept = mapping_texts.versions(read)
    there = mapping_texts.kept(read)
    for version, files in kept.items():
        for file, text in files.items():
            if text not in there:
                yield Fault(f"mapping {version}", f"the text of {file} is gone: {text}")
    for version in sorted(mapping_texts.used(read) - kept.keys()):
        yield Fault(f"mapping {version}", "something was priced or approved with it, and it is gone")
    for one in filter(None, certificates):
        for version, files in one.mappings.items():
            if kept.get(version) != files:
                yield Fault(f"{one.book} {one.period}, certificate {one.seq}", f"mapping {version} is not what it was when this was closed")
