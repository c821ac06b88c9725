"""Documents as files: each as JSON and CSV in a folder, written atomically; the default where there is no accounting system.

The JSON is the document; the CSV beside it is a copy for a spreadsheet, made again by the next look where it is missing or older.
Cursor: none to speak of; every look lists the whole folder, which a person may read, edit or tidy up between two looks.

Quirks
- A number is a file name. A document is made by linking a finished temporary file to its name, which fails where the name exists, so
  that a used number is refused; a copy or a renamed file that carries the number refuses it as well, and is found under it.
- Voided and deleted documents stay, with their status. A file that somebody removed is gone: its number would be free again.
- `version` is the hash of the file, the id its name. Between comparing it and replacing the file lies an instant without a lock.
- Nobody works out tax here, and nobody knows payments.
- What stands against what is written into the credit note, and from there into the invoice: a crash between the two is mended by the
  next look, and before the credit note is used again.
- A damaged file, or a folder that cannot be listed, stops the book until somebody has mended it: nothing is guessed from a part.
- Files are 0600 and a folder that is made is 0700: they say what clients are billed for. A mode somebody gave is kept.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from adapters.files.folder import DoubtfulError, Folder, UnwrittenError, pages
from adapters.files.papers import NOTE, allocated, changed, file_name, made, read_paper, refusal, unallocatable, write_paper, write_table
from connector.errors import RejectedError, TransientError
from connector.model import DocumentRef, Operation, Remote
from connector.ports import (
    Accepted,
    Change,
    Cursor,
    Host,
    Member,
    NotSent,
    Outcome,
    Rejected,
    Request,
    SinkTraits,
    Stale,
    Taken,
    Unknown,
)

PAGE_SIZE = 200
_NAME_BYTES_MAX = 240
_OVERLAP = timedelta(minutes=5)
_MEND = "Mend it, or move it out of the folder; nothing is sent to this book until then."
_changes = msgspec.json.Decoder(tuple[Change, ...])
_encode = msgspec.json.Encoder().encode


class Settings(BaseModel):
    """`folder` is relative to the configuration file; it is made where it is missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: str = Field(min_length=1)


class Sink:
    """A folder of documents."""

    traits: ClassVar[SinkTraits] = SinkTraits(
        operations=frozenset({"create", "update", "post", "void", "delete", "credit", "allocate"}), idempotency_window_s=0, refuses_used_number="yes",
        own_mark=False, drafts=True, optimistic_lock=True, settle_s=0, write_timeout_s=30, batch_max=50, batch_bytes_max=5_000_000,
        price_places=6, quantity_places=6, amount_places=4, tax="theirs", number_length_max=80, find_max=500,
    )  # fmt: skip

    def __init__(self, settings: Settings, host: Host) -> None:
        self._clock = host.clock
        self._papers = Folder(host.folder / settings.folder, ".json")

    # ---- writes ---------------------------------------------------------------------------------------------------------

    def prepare(self, operation: Operation, changes: Sequence[Change]) -> list[Request]:
        """Raises RejectedError for what this sink does not do."""
        if operation not in self.traits.operations:
            raise RejectedError(f"{operation} is not done in files", to=changes[0].document.number if changes else "")
        for change in changes:
            if why := change.misfit(operation):
                raise RejectedError(why, to=change.document.number)
        largest = 1 if operation == "allocate" else self.traits.batch_max
        requests: list[Request] = []
        batch: list[Change] = []
        size = 0
        for change in changes:
            bytes_more = len(_encode(change)) + 1
            if batch and (len(batch) == largest or size + bytes_more >= self.traits.batch_bytes_max):
                requests.append(_request(operation, batch))
                batch, size = [], 0
            batch.append(change)
            size += bytes_more
        return [*requests, _request(operation, batch)] if batch else requests

    def send(self, request: Request) -> Mapping[DocumentRef, Outcome]:
        """Each member by itself. What fails before a file is in its place is not sent; what fails after that is unknown."""
        outcomes: dict[DocumentRef, Outcome] = {}
        for change in _changes.decode(request.body):
            ref = change.document.ref
            if self._clock.boot() > request.deadline_boot_s:
                outcomes[ref] = NotSent("its deadline has passed", "deadline")
                continue
            try:
                made_new = request.operation in ("create", "credit")
                outcomes[ref] = self._made(change) if made_new else self._changed(request.operation, change)
            except (UnwrittenError, TransientError) as error:
                outcomes[ref] = NotSent(str(error))
            except DoubtfulError as error:
                outcomes[ref] = Unknown(str(error))
        return outcomes

    def _made(self, change: Change) -> Outcome:
        document = change.document
        name = file_name(document.ref)
        if len(name.encode()) > _NAME_BYTES_MAX:
            return Rejected(f"{document.number} is too long for a file name: use fewer or plainer characters in `number:`")
        if any(remote.ref == document.ref for remote in self._all()):
            return Taken(document.number)
        try:
            return self._put(made(document, name), new=True)
        except FileExistsError:
            return Taken(document.number)

    def _changed(self, operation: Operation, change: Change) -> Outcome:
        there = self._load(change.theirs.id) if change.theirs is not None else None
        if there is None or change.theirs is None:
            return Rejected(f"the file of {change.document.number} is no longer there")
        if there.version != change.theirs.version:
            return Stale(f"{there.id}.json was changed in the meantime")
        if operation == "allocate":
            return self._allocated(change, there)
        why = refusal(operation, there)
        return Rejected(why) if why else self._put(changed(operation, change, there), new=False)

    def _allocated(self, change: Change, note: Remote) -> Outcome:
        self._tell_invoices(note)
        invoice = self._load(change.against.id) if change.against is not None else None
        if invoice is None or change.amount is None:
            return Rejected(f"the file of the invoice that {note.number} was to stand against is no longer there")
        if why := unallocatable(note, invoice, change.amount):
            return Rejected(why)
        after = allocated(note, invoice.id, change.amount, self._clock.now().date())
        outcome = self._put(after, new=False)
        with contextlib.suppress(UnwrittenError, DoubtfulError, TransientError):
            # The credit note says it, which is what counts; the invoice is told by the next look.
            self._tell_invoices(after)
        return outcome

    def _tell_invoices(self, note: Remote) -> None:
        """Writes into each invoice what of the credit note stands against it, where it does not say so yet."""
        for invoice_id in dict.fromkeys(one.document_id for one in note.allocated):
            invoice = self._load(invoice_id)
            missing = note.allocated_to(invoice_id) - (invoice.allocated_to(note.id) if invoice is not None else 0)
            if invoice is not None and invoice.live and missing > 0:
                on = note.allocated[-1].on or self._clock.now().date()
                self._put(allocated(invoice, note.id, missing, on), new=False)

    def _put(self, remote: Remote, *, new: bool) -> Outcome:
        body = write_paper(remote)
        stamp = self._papers.put(self._papers.file(remote.id), body, new=new)
        written = read_paper(remote.id, body, stamp)
        with contextlib.suppress(UnwrittenError, DoubtfulError):
            # The document stands; its copy is made by the next look, which says so where it cannot.
            self._put_table(written, stamp)
        return Accepted(written)

    def _put_table(self, remote: Remote, stamp: int) -> None:
        """With the stamp of the JSON it is a copy of: a table that somebody has saved since is newer, and left alone."""
        self._papers.put(self._papers.file(remote.id, ".csv"), write_table(remote), new=False, stamp=stamp)

    # ---- reads ----------------------------------------------------------------------------------------------------------

    def find(self, refs: Sequence[DocumentRef]) -> Mapping[DocumentRef, list[Remote]]:
        """By what the files say, not by how they are called."""
        found: dict[DocumentRef, list[Remote]] = {ref: [] for ref in refs}
        for remote in self._all() if found else ():
            if remote.ref in found:
                found[remote.ref].append(remote)
        return found

    def read(self, remote_ids: Sequence[str]) -> list[Remote]:
        found = map(self._load, dict.fromkeys(remote_ids))
        return [remote for remote in found if remote is not None]

    def changed_since(self, cursor: Cursor | None) -> Iterator[tuple[tuple[Remote, ...], Cursor | None]]:  # noqa: ARG002 - a folder has no feed
        """Everything, whatever the cursor. Tidies up after a crash on the way."""
        next_cursor = (self._clock.now() - _OVERLAP).isoformat()
        self._papers.sweep(self._clock.now())
        self._mend_invoices()
        for names, is_last in pages(self._papers.names(), PAGE_SIZE):
            found = [remote for name in names if (remote := self._looked_at(name)) is not None]
            yield tuple(found), next_cursor if is_last else None

    def _mend_invoices(self) -> None:
        for name in self._papers.names():
            note = self._load(name) if name.endswith(NOTE) else None
            if note is not None and note.live:
                try:
                    self._tell_invoices(note)
                except (UnwrittenError, DoubtfulError) as error:
                    raise TransientError(str(error), to=name, next_step="Make room, or give write access to the folder.") from error

    def _all(self) -> Iterator[Remote]:
        for name in self._papers.names():
            if (remote := self._load(name)) is not None:
                yield remote

    def _load(self, name: str) -> Remote | None:
        found = self._papers.read(name)
        if found is None:
            return None
        try:
            return read_paper(name, found.body, found.stamp)
        except ValueError as error:
            raise TransientError(f"is no document: {error}", to=str(self._papers.file(name)), next_step=_MEND) from None

    def _looked_at(self, name: str) -> Remote | None:
        """The document, after making its table again where a crash or a person's edit left it behind."""
        remote = self._load(name)
        table = self._papers.file(name, ".csv")
        try:
            stamp = self._papers.file(name).stat().st_mtime_ns
            current = table.exists() and table.stat().st_mtime_ns >= stamp
        except FileNotFoundError:
            return None
        if remote is not None and not current:
            try:
                self._put_table(remote, stamp)
            except (UnwrittenError, DoubtfulError) as error:
                raise TransientError(str(error), to=str(table), next_step="Make room, or give write access to the folder.") from error
        return remote


def _request(operation: Operation, changes: Sequence[Change]) -> Request:
    members = tuple(Member(change.document.ref, change.theirs.id if change.theirs else "") for change in changes)
    return Request(operation=operation, method="WRITE", url=f"/{operation}", body=_encode(tuple(changes)), members=members)
