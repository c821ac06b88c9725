"""Verify: nothing that was kept was changed since. Reads one snapshot; takes no lease, writes nothing."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from connector.core.minor import from_minor
from connector.core.reconciliation import credited
from connector.reports.certificate import Certificate, canonical, digest_of, read_certificate
from connector.reports.verify import Verified
from connector.signing import holds
from connector.store import audit, certificates, documents
from connector.store.audit import Fault
from connector.store.certificates import Certified
from connector.store.store import Tx
from connector.use_cases import verify_kept
from connector.use_cases.verify_kept import LogBeside
from connector.use_cases.workspace import Workspace

TOLD = ("closed", "reopened")


class Watched(Struct):
    """The audit log on its way past: rows and streams are counted, and what certificates are held against is kept."""

    wanted: set[tuple[str, int]]
    rows: int = 0
    hashes: dict[tuple[str, int], str] = {}
    ends: dict[str, int] = {}
    told: list[tuple[str, str, str]] = []
    """(stream, closed or reopened, digest) in their order."""
    beside: LogBeside = msgspec.field(default_factory=LogBeside)

    def all(self, log: Iterator[audit.Row]) -> Iterator[audit.Row]:
        for row in log:
            self.rows += 1
            self.ends[row.stream] = row.seq
            if (row.stream, row.seq) in self.wanted:
                self.hashes[row.stream, row.seq] = row.hash
            self.beside.read(row)
            if row.what in TOLD and row.stream.startswith("book:"):
                self.told.append((row.stream, row.what, _digest_in(row.body)))
            yield row


def verify(ws: Workspace, *, keys: Collection[str] = ()) -> Verified:
    """`keys`: public keys that certificates may be signed with; with none each is held against the one it carries."""
    with ws.store.snapshot() as read:
        chain = certificates.certificates(read)
        contents = {one.id: _content(one) for one in chain}
        heads = [(one, head) for one in chain if (content := contents[one.id]) for head in content.heads]
        log = Watched(wanted={(head.stream, head.seq) for _, head in heads})
        faults = list(audit.faults(log.all(audit.rows(read))))
        for one, head in heads:
            faults += _head(log, one, head.stream, head.seq, head.hash)
        faults += log.beside.faults(read, log.ends)
        faults += _chain(chain, contents, keys)
        faults += _told(log, chain)
        faults += _facts(read, chain, contents)
        faults += verify_kept.hashed(read, list(contents.values()))
        steps = [*verify_kept.steps(read)]
        papers = [*_documents(read)]
        faults += [fault for fault in (*papers, *steps) if fault is not None]
    return Verified(
        holds=not faults, streams=len(log.ends), rows=log.rows, certificates=len(chain), documents=len(papers), steps=len(steps),
        faults=tuple(faults), notes=() if keys or not chain else (NO_KEY,),
    )  # fmt: skip


NO_KEY = "no key to compare with is on this machine: each certificate was held against the key it carries; --key says which is right"


def check_file(content: Certificate, body: bytes, said: str, signature: str, keys: Collection[str]) -> list[Fault]:
    """What does not hold in a certificate's file by itself."""
    where = f"{content.book} {content.period}, certificate {content.seq}"
    return [Fault(where, what) for what in _unproved(content, body, said, signature, keys)]


def beside_state(ws: Workspace, content: Certificate, said: str) -> list[Fault]:
    """Whether the state knows this very certificate."""
    with ws.store.snapshot() as read:
        kept = {one.seq: one.digest for one in certificates.certificates(read, content.book)}
    where = f"{content.book} {content.period}, certificate {content.seq}"
    if content.seq not in kept:
        return [Fault(where, "the state does not know it: its end was cut off, an older copy was restored, or it is of another state")]
    return [] if kept[content.seq] == said else [Fault(where, f"the state has another one of that number: {kept[content.seq]}")]


# ---- certificates --------------------------------------------------------------------------------------------------------------


def _content(one: Certified) -> Certificate | None:
    try:
        return read_certificate(one.body)
    except msgspec.DecodeError:
        return None


def _name(one: Certified) -> str:
    return f"{one.book} {one.period}, certificate {one.seq}"


def _unproved(content: Certificate, body: bytes, said: str, signature: str, keys: Collection[str]) -> Iterator[str]:
    if digest_of(body) != said:
        yield "its content is not what its digest says: it was changed"
    if not holds(content.public_key, signature, body):
        yield "its signature does not hold"
    if keys and content.public_key not in keys:
        yield f"it is signed with another key: {content.public_key}"


def _chain(chain: Sequence[Certified], contents: dict[int, Certificate | None], keys: Collection[str]) -> Iterator[Fault]:
    before: dict[str, tuple[int, str]] = {}
    for one in chain:
        seq, previous = before.get(one.book, (0, ""))
        content = contents[one.id]
        if content is None:
            yield Fault(_name(one), "it cannot be read: it was changed")
        else:
            yield from (Fault(_name(one), what) for what in _unproved(content, one.body.encode(), one.digest, one.signature, keys))
            said = (content.book, content.period, content.seq, content.previous, content.closed_by, content.closed_at)
            if said != (one.book, one.period, one.seq, one.previous, one.who, one.at) or canonical(content) != one.body.encode():
                yield Fault(_name(one), "what the state says beside it is not what it says itself")
        if (one.seq, one.previous) != (seq + 1, previous):
            yield Fault(
                _name(one),
                f"it does not follow certificate {seq}: one was taken out, put in or changed" if seq else "there is none before it",
            )
        before[one.book] = one.seq, one.digest


def _head(log: Watched, one: Certified, stream: str, seq: int, said: str) -> Iterator[Fault]:
    found = log.hashes.get((stream, seq))
    if found == said:
        return
    end = log.ends.get(stream, 0)
    if found is None and end < seq:
        yield Fault(f"{stream} #{end}", f"its end was cut off: {_name(one)} knows it up to #{seq}")
    else:
        yield Fault(f"{stream} #{seq}", f"it is not the row that {_name(one)} knows: the log was written anew from here or before")


def _told(log: Watched, chain: Sequence[Certified]) -> Iterator[Fault]:
    """The log tells of every close and reopening, and of no other."""
    closed = {(stream, digest) for stream, what, digest in log.told if what == "closed"}
    reopened = {(stream, digest) for stream, what, digest in log.told if what == "reopened"}
    kept = {(f"book:{one.book}", one.digest): one for one in chain}
    for place, one in kept.items():
        if place not in closed:
            yield Fault(_name(one), "the audit log does not tell of it")
        if one.in_force == (place in reopened):
            yield Fault(
                _name(one),
                "it is kept as " + ("in force, and was reopened" if one.in_force else "reopened, and the audit log does not tell of that"),
            )
    for stream, gone in sorted(closed - kept.keys()):
        yield Fault(stream, f"it tells of a certificate that is gone: {gone}")


def _digest_in(body: str) -> str:
    try:
        told: Any = msgspec.json.decode(body)
        return str(told["digest"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return ""


def _facts(read: Tx, chain: Sequence[Certified], contents: dict[int, Certificate | None]) -> Iterator[Fault]:
    for one in chain:
        content = contents[one.id]
        if one.in_force and content is not None and certificates.digest_of_closed(read, one.id) != content.facts:
            yield Fault(_name(one), "the charges that were closed with it are not what they were")


# ---- figures -------------------------------------------------------------------------------------------------------------------


def _documents(read: Tx) -> Iterator[Fault | None]:
    """A confirmed document's net is the sum of its claims and of what credit notes took back of it, and of what was sent. No claim stands
    for a credit note: its charges were freed.
    """
    sums = {
        (number, currency): net
        for number, currency, net in read.exec_driver_sql("SELECT document, currency, sum(net) FROM claims GROUP BY 1, 2")
    }
    every = documents.documents(read)
    notes = [one for one in every if one.kind == "credit_note"]
    for one in every:
        held = from_minor(sums.pop((one.id, one.currency), 0), one.currency)
        claimed = held + (one.target.net if one.kind == "credit_note" else credited(one, notes))
        if one.state == "done" and not one.ended and (one.net != claimed or (one.entries and one.net != one.target.net)):
            yield Fault(one.number, f"its net is {one.currency} {one.net}, its charges make {claimed}, its content says {one.target.net}")
        else:
            yield None
