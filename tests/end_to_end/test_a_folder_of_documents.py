"""What only a folder can do to the books: files that vanish, break, or do not fit on the disk."""

import errno
import os

import pytest

from adapters.files import folder
from tests.adapters.files.bench import FilesBench
from tests.end_to_end.firm_anywhere import Firm

JUNE = ("HB-2606-001", "HB-2606-002", "HB-2606-003")


@pytest.fixture
def firm(tmp_path, monkeypatch) -> Firm:
    made = Firm(FilesBench(tmp_path, monkeypatch))
    made.work("a1", "Alpine Dental", hours="1.25")
    made.work("b1", "Bayside Motors", hours="3")
    made.work("c1", "Cedar Legal", hours="2")
    return made


def test_a_document_that_somebody_removed_is_not_made_again(firm):
    firm.bill()
    (firm.bench.folder / f"{JUNE[0]}.json").unlink()
    firm.work("a1", "Alpine Dental", hours="2.25")

    told = firm.bill()

    assert told.sent == 0
    assert [number for number, _ in told.held] == [JUNE[0]]
    assert [one.number for one in firm.standing()] == list(JUNE[1:])


def test_a_damaged_document_stops_the_book_and_is_named(firm):
    firm.bill()
    path = firm.bench.folder / f"{JUNE[0]}.json"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    firm.work("b1", "Bayside Motors", hours="4")
    assert [(name, str(path) in str(error)) for name, error in firm.pull().failures] == [("nz", True)]
    firm.approve()

    told = firm.apply()
    assert (told.sent, told.done) == (0, [])
    assert str(path) in told.stopped

    path.write_bytes(whole)
    assert firm.apply().done == [JUNE[1]]
    firm.reconciled()
    firm.silent()


def test_a_disk_that_fills_up_in_the_middle_leaves_the_rest_for_later(firm):
    firm.pull()
    firm.approve()
    real = os.link

    def link(source: object, target: object) -> None:
        if JUNE[1] in str(target):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, target)

    firm.bench.monkeypatch.setattr(folder.os, "link", link)
    told = firm.apply()
    assert sorted(told.done) == [JUNE[0], JUNE[2]]
    assert "No space left" in told.stopped

    firm.bench.monkeypatch.undo()
    firm.clock.advance(61)
    told = firm.apply()

    assert told.done == [JUNE[1]]
    firm.reconciled()
    firm.silent()


def test_a_process_killed_between_two_documents_leaves_one_to_adopt_and_two_to_send(firm):
    firm.pull()
    firm.approve()
    real = folder.sync_folder

    def killed(path: object) -> None:
        real(path)
        raise KeyboardInterrupt

    firm.bench.monkeypatch.setattr(folder, "sync_folder", killed)
    with pytest.raises(KeyboardInterrupt):
        firm.apply()
    firm.bench.monkeypatch.undo()
    assert len(firm.standing()) == 1
    firm.clock.advance(3600)

    told = firm.apply()

    assert len(told.adopted) == 1
    assert sorted(told.done) == list(JUNE)
    firm.reconciled()
    firm.silent()
    assert len(list(firm.bench.folder.glob("*.csv"))) == 3
