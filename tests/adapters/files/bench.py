"""A folder of documents and the people who edit its files by hand, for the contract."""

import errno
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from adapters.files import folder
from adapters.files.sink import PAGE_SIZE, Settings, Sink
from connector.model import Allocation, Document, Line, Remote, RemoteLine
from tests.adapters.memory.bench import a_document, a_line, a_strangers, standing
from tests.contract.sink_bench import ADDED, Standing
from tests.fakes import FakeHost, VirtualClock

_decode = msgspec.json.Decoder(Remote).decode


class FilesBench:
    page_size = PAGE_SIZE
    no_such_id = "HB-no-such"
    applies_credits = False

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = VirtualClock()
        self.root = root
        self.folder = root / "out"
        self.monkeypatch = monkeypatch
        self.order: list[str] = []

    def sink(self) -> Sink:
        return Sink(Settings(folder="out"), FakeHost(clock=self.clock, folder=self.root))

    def document(self, number: str, *lines: Line, **changes: object) -> Document:
        return a_document(number, *(lines or (self.line("Support", "1.25", "150.00"),)), **changes)

    def line(self, description: str, quantity: str, price: str) -> Line:
        return a_line(description, quantity, price)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def lose_answer(self) -> None:
        """The file is in its place, and then the disk does not say that it will stay there."""
        real = folder.sync_folder
        faults = iter([OSError(errno.EIO, "Input/output error")])
        self.monkeypatch.setattr(folder, "sync_folder", _once(faults, real))

    def cut_off(self) -> None:
        """The disk is full."""

        def full(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        self.monkeypatch.setattr(folder.tempfile, "mkstemp", full)

    def reconnect(self) -> None:
        self.monkeypatch.undo()

    def standing(self) -> Sequence[Standing]:
        names = [path.stem for path in self.folder.glob("*.json")]
        self.order += sorted(name for name in names if name not in self.order)
        return [standing(self.paper(name)) for name in self.order if name in names]

    def add(self, number: str) -> str:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        return self.save(a_strangers(number, number))

    def use_twice(self, number: str) -> set[str]:
        """Somebody copies the file in a file manager."""
        first = self.add(number)
        copy = self.folder / f"{number} (1).json"
        copy.write_bytes((self.folder / f"{first}.json").read_bytes())
        return {first, copy.stem}

    def edit(self, remote_id: str) -> None:
        there = self.paper(remote_id)
        first, *others = there.lines
        self.alter(remote_id, lines=(msgspec.structs.replace(first, description="Reworded"), *others))

    def add_line(self, remote_id: str) -> None:
        there = self.paper(remote_id)
        added = RemoteLine(id="typed", description=ADDED, quantity=Decimal(1), price=Decimal(7), net=Decimal(7))
        self.alter(remote_id, lines=(*there.lines, added), net=there.net + 7, gross=there.gross + 7)

    def dress(self, remote_id: str) -> None:
        self.alter(remote_id, sent=True)

    def dress_of(self, remote_id: str) -> object:
        return self.paper(remote_id).sent

    def pay(self, remote_id: str) -> None:
        self.alter(remote_id, status="paid", paid=self.paper(remote_id).gross, balance=Decimal(0))

    def apply_credit(self, credit_note_id: str, invoice_id: str, amount: Decimal) -> None:
        """Somebody writes it into the credit note, as they see it done in others, and forgets the invoice."""
        note = self.paper(credit_note_id)
        one = Allocation(document_id=invoice_id, amount=amount)
        self.alter(credit_note_id, allocated=(*note.allocated, one), paid=note.paid + amount, balance=note.balance - amount)
        assert list(self.sink().changed_since(None))

    def void(self, remote_id: str) -> None:
        self.alter(remote_id, status="voided")

    def delete(self, remote_id: str) -> None:
        self.alter(remote_id, status="deleted")

    # ---- in an editor ---------------------------------------------------------------------------------------------------

    def paper(self, name: str) -> Remote:
        return msgspec.structs.replace(_decode((self.folder / f"{name}.json").read_bytes()), id=name)

    def alter(self, name: str, **changes: object) -> None:
        self.save(msgspec.structs.replace(self.paper(name), **changes))

    def save(self, remote: Remote) -> str:
        (self.folder / f"{remote.id}.json").write_bytes(msgspec.json.format(msgspec.json.encode(remote)))
        return remote.id


def _once(faults: object, real: Callable[[Path], None]) -> Callable[[Path], None]:
    def sync(path: Path) -> None:
        fault = next(faults, None)  # type: ignore[call-overload]
        if fault is not None:
            raise fault
        real(path)

    return sync
