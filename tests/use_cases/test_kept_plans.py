"""A stored plan is current or it is not used: what one book does to the time of another, and an upgrade of the program, make it stale."""

import pytest

from connector.store import version
from connector.use_cases import corrections, picture
from connector.use_cases.picture import CHARGES, inputs_digest
from tests.use_cases.firm import mapping_of
from tests.use_cases.two_books import BOOKS, TWO, TwoBooks
from tests.use_cases.world import World


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A row for each picture that is drawn afresh."""
    rows: list[str] = []
    draw = picture.draw

    def counted(ws, read, **options):
        rows.append("drawn")
        return draw(ws, read, **options)

    monkeypatch.setattr(picture, "draw", counted)
    return rows


def plan_as_printed(world: World, book: str = "nz"):
    """What `hourbridge plan` shows."""
    ws = world.open()
    with ws.store.snapshot() as read:
        return picture.plans(ws, read, book=book)[book]


def test_a_choice_in_one_book_moves_the_plan_of_the_other_at_once() -> None:
    world = TwoBooks()
    world.mapping = mapping_of(TWO.replace("{book: us}", "{book: us, send_as: posted}"), BOOKS)
    world.work("one", "Bayside Motors", hours="2", ticket="one")
    world.pull()
    world.approve_book("us")
    world.apply_book("us")
    world.work("one", "Alpine Dental", hours="2", ticket="one")
    world.pull()
    assert plan_as_printed(world).steps == ()
    corrections.choose(world.open(), "HBU-2606-001:list:one", "delta", "it was theirs", "Finance")
    assert [(step.client, step.document.net) for step in plan_as_printed(world).steps] == [("Alpine Dental", 200)]


def test_a_document_given_up_in_one_book_frees_its_time_for_the_plan_of_the_other_at_once() -> None:
    world = TwoBooks()
    world.work("one", "Bayside Motors", hours="2", ticket="one")
    world.pull()
    world.approve_book("us")
    world.apply_book("us")
    world.work("one", "Alpine Dental", hours="2", ticket="one")
    there = next(iter(world.companies["us"].documents.values()))
    world.companies["us"].change(there.id, status="voided", version="9")
    world.pull()
    world.apply_book("us")
    world.pull()
    corrections.choose(world.open(), "HBU-2606-001", "release", "wrong client", "Finance")
    assert [(step.action, step.client) for step in plan_as_printed(world).steps] == [("create", "Alpine Dental")]


def test_what_another_version_of_the_program_stored_is_not_taken_for_current(monkeypatch: pytest.MonkeyPatch, drawn: list[str]) -> None:
    world = World()
    world.work("a1")
    world.pull()
    drawn.clear()
    assert plan_as_printed(world).sending
    assert drawn == []
    monkeypatch.setattr(version, "program", lambda: "9.9.9")
    assert plan_as_printed(world).sending
    assert drawn == ["drawn"]
    ws = world.open()
    with ws.store.snapshot() as read:
        assert ws.store.fact(read, CHARGES) != inputs_digest(ws, read)


@pytest.mark.parametrize("name", ["VERSION", "PLANS"])
def test_what_was_stored_in_another_form_is_not_taken_for_current(monkeypatch: pytest.MonkeyPatch, drawn: list[str], name: str) -> None:
    world = World()
    world.work("a1")
    world.pull()
    drawn.clear()
    monkeypatch.setattr(version, name, 99)
    assert plan_as_printed(world).sending
    assert drawn == ["drawn"]
