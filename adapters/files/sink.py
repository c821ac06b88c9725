"""Documents as files: each as JSON and CSV in a folder, written atomically; the default where there is no accounting system.

A number is a file name. A document is made by linking a finished temporary file to its name, which fails where the name exists: a used
number is refused. Voided documents stay, with their status. The folder is the truth: a person may read, edit or remove the files, and the next
look sees it. Every operation of the port works on it; `version` is the hash of the file.
"""

import contextlib
import csv
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import msgspec
from pydantic import BaseModel, ConfigDict

from connector.errors import ConfigError, TransientError
from connector.model import Document, DocumentRef, Operation, Remote, RemoteLine, Status
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

_changes = msgspec.json.Decoder(tuple[Change, ...])
_remote = msgspec.json.Decoder(Remote)
_encode = msgspec.json.Encoder().encode
SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,80}")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\x00")
COLUMNS = ("number", "customer", "invoice_date", "due_date", "currency", "po", "line", "description", "hours", "price", "net", "tax_code")


class NotWrittenError(Exception):
    """Nothing of the document reached its place."""


class Settings(BaseModel):
    """`folder` is relative to the configuration file; it is made where it is missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: str


class Sink:
    """A folder of documents."""

    traits: ClassVar[SinkTraits] = SinkTraits(
        operations=frozenset({"create", "update", "post", "void", "delete"}), idempotency_window_s=0, refuses_used_number="yes",
        own_mark=False, drafts=True, optimistic_lock=True, settle_s=0, write_timeout_s=30, batch_max=50, batch_bytes_max=50_000_000,
        price_places=6, quantity_places=6, amount_places=4, tax="theirs", number_length_max=80, find_max=500,
    )  # fmt: skip

    def __init__(self, settings: Settings, host: Host) -> None:
        self._clock = host.clock
        self.folder = host.folder / settings.folder
        self._name = host.name

    def prepare(self, operation: Operation, changes: Sequence[Change]) -> list[Request]:
        size = self.traits.batch_max
        return [self._request(operation, changes[start : start + size]) for start in range(0, len(changes), size)]

    def _request(self, operation: Operation, changes: Sequence[Change]) -> Request:
        members = tuple(Member(change.document.ref, change.theirs.id if change.theirs else "") for change in changes)
        return Request(operation=operation, method="WRITE", url=f"/{operation}", body=_encode(tuple(changes)), members=members)

    def send(self, request: Request) -> Mapping[DocumentRef, Outcome]:
        outcomes: dict[DocumentRef, Outcome] = {}
        for change in _changes.decode(request.body):
            if self._clock.boot() > request.deadline_boot_s:
                outcomes[change.document.ref] = NotSent("its deadline has passed", "deadline")
                continue
            try:
                outcomes[change.document.ref] = self._one(request.operation, change)
            except NotWrittenError as error:
                outcomes[change.document.ref] = NotSent(str(error))
            except OSError as error:
                outcomes[change.document.ref] = Unknown(f"the file could not be written: {error.strerror}")
        return outcomes

    def find(self, refs: Sequence[DocumentRef]) -> Mapping[DocumentRef, list[Remote]]:
        return {ref: self._named(ref) for ref in refs}

    def read(self, remote_ids: Sequence[str]) -> list[Remote]:
        found = [self._load(self.folder / f"{name}.json") for name in remote_ids if SAFE.fullmatch(name)]
        return [remote for remote in found if remote is not None]

    def changed_since(self, cursor: Cursor | None) -> Iterator[tuple[tuple[Remote, ...], Cursor | None]]:
        started = self._clock.now()
        found: list[Remote] = []
        for path in sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []:
            if (remote := self._load(path)) is not None:
                found.append(remote)
        yield tuple(found), (started - timedelta(minutes=5)).isoformat()

    # ---- files ------------------------------------------------------------------------------------------------------------

    def _named(self, ref: DocumentRef) -> list[Remote]:
        remote = self._load(self.folder / f"{_file_name(ref)}.json")
        return [remote] if remote else []

    def _load(self, path: Path) -> Remote | None:
        try:
            body = path.read_bytes()
            stamp = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            return msgspec.structs.replace(_remote.decode(body), version=hashlib.sha256(body).hexdigest()[:16], changed_at=stamp)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise TransientError(
                f"cannot be read: {error.strerror if isinstance(error, OSError) else error}", to=str(path), next_step="Mend or remove the file; nothing is sent to this book until then."
            ) from error

    def _one(self, operation: Operation, change: Change) -> Outcome:
        document = change.document
        name = _file_name(document.ref)
        path = self.folder / f"{name}.json"
        try:
            there = self._load(path)
        except TransientError as error:
            raise NotWrittenError(str(error)) from error
        if operation == "create":
            if there is not None:
                return Taken(document.number)
            return self._written(path, _made(document, name, "draft" if document.send_as == "draft" else "posted"), new=True)
        if there is None or change.theirs is None:
            return Rejected(f"{path.name} does not exist")
        if there.version != change.theirs.version:
            return Stale(f"{path.name} was changed in the meantime")
        if operation == "update":
            return self._written(path, _made(document, name, there.status), new=False)
        if operation == "post":
            return self._written(path, msgspec.structs.replace(there, status="posted"), new=False)
        gone: Status = "deleted" if there.status == "draft" else "voided"
        return self._written(path, msgspec.structs.replace(there, status=gone), new=False)

    def _written(self, path: Path, remote: Remote, *, new: bool) -> Outcome:
        body = msgspec.json.format(_encode(msgspec.structs.replace(remote, version="", changed_at=None)), indent=2)
        try:
            _put(path, body, new=new)
        except FileExistsError:
            return Taken(remote.number)
        _put(path.with_suffix(".csv"), _table(remote), new=False)
        return Accepted(self._load(path) or remote)


def _file_name(ref: DocumentRef) -> str:
    name = ref.number if ref.kind == "invoice" else f"{ref.number} {ref.kind}"
    if not SAFE.fullmatch(name):
        raise ConfigError("cannot be a file name", to=ref.number, next_step="Use letters, digits, `-`, `_` and `.` in `number:`.")
    return name


def _put(path: Path, body: bytes, *, new: bool) -> None:
    """Whole or not at all; with `new` only where no such file is. Raises FileExistsError, NotWrittenError."""
    temporary = ""
    try:
        try:
            temporary = _part(path, body)
        except OSError as error:
            raise NotWrittenError(f"{path.parent} cannot be written to: {error.strerror}. Make it a folder that this user may write to, or change `folder`") from error
        if new:
            os.link(temporary, path)
        else:
            os.replace(temporary, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        if temporary:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)


def _part(path: Path, body: bytes) -> str:
    """The whole content in a file beside `path`, on the disk; nothing is left of it when that fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    return temporary


def _made(document: Document, name: str, status: Status) -> Remote:
    lines = tuple(
        RemoteLine(
            id=str(index), description=line.description, quantity=line.quantity, price=line.price, net=line.net, target=line.target,
            tax_code=line.tax_code, tracking=line.tracking,
        )
        for index, line in enumerate(document.lines, start=1)
    )  # fmt: skip
    return Remote(
        id=name, kind=document.kind, number=document.number, status=status, mark=document.mark, customer_id=document.customer_id,
        customer=document.customer, invoice_date=document.invoice_date, due_date=document.due_date, currency=document.currency,
        amounts=document.amounts, po=document.po, lines=lines, net=document.net, tax=Decimal(0), gross=document.net, balance=document.net,
    )  # fmt: skip


def _table(remote: Remote) -> bytes:
    """The same document for a spreadsheet; text cells cannot become formulas."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for index, line in enumerate(remote.lines, start=1):
        cells = (
            remote.number, _cell(remote.customer), remote.invoice_date, remote.due_date, remote.currency, _cell(remote.po), index,
            _cell(line.description), line.quantity, line.price, line.net, _cell(line.tax_code),
        )  # fmt: skip
        writer.writerow(cells)
    return text.getvalue().encode()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
