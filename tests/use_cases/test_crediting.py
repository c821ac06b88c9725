"""A credit note takes back exactly what was billed: approved like any document, once whatever dies, and never on two live documents."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from connector.errors import UnsafePlanError
from connector.use_cases.reconcile import tie_out
from connector.use_cases.verify import verify
from tests.use_cases.faults import LOST, RESET, UNSENT, late, refusing, script
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import june_posted
from tests.use_cases.test_billed_time import CEDAR, JUNE, choose, waits, whole
from tests.use_cases.test_push import SETTLED, sends_nothing_more
from tests.use_cases.world import World

NOTE = "HB-2607-001"


@pytest.fixture
def world() -> World:
    """June is posted: 2 h and 1 h at 100.00. The first is 2.33 h now, and a credit note is chosen for it."""
    world = june_posted()
    world.work("one", CEDAR, hours="2.33")
    world.pull()
    choose(world, "credit")
    world.pull()
    return world


def operations(world: World) -> list[tuple[str, str, Decimal]]:
    return [(write.operation, write.number, write.net) for write in world.company.ledger[1:]]


def claimed(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT d.number, e.entry_id FROM claims c JOIN documents d ON d.id = c.document JOIN entries e ON e.key = c.entry")


def to_the_end(world: World) -> None:
    """Calm runs until nothing is in doubt, then the time is billed again in August."""
    for _ in range(3):
        world.clock.sleep(SETTLED)
        world.bill()
    world.clock.at += timedelta(days=31)
    world.bill()


def as_it_should_be(world: World) -> None:
    """One credit note of 200.00, allocated once, and 2.33 h billed again."""
    notes = [there for there in world.company.documents.values() if there.kind == "credit_note" and there.live]
    assert [(note.net, note.balance) for note in notes] == [(200, 0)]
    assert world.there(JUNE).balance == 100
    invoices = {there.number: there.net for there in world.company.documents.values() if there.kind == "invoice" and there.live}
    assert sorted(invoices.values()) == [233, 300]
    assert len(claimed(world)) == 2
    whole(world)
    sends_nothing_more(world)
    assert waits(world) == []


def test_a_credit_note_is_planned_with_what_it_credits_and_goes_only_approved(world: World) -> None:
    (step,) = world.plan().steps
    assert (step.action, step.document.kind, step.document.net, step.document.credits.ref.number) == ("credit", "credit_note", 200, JUNE)
    assert JUNE in step.key
    assert f"credits {JUNE}" in step.flags
    assert [(line.quantity, line.price, line.net) for line in step.document.lines] == [(2, 100, 200)]
    assert world.apply().done == []
    assert claimed(world) == [(JUNE, "one"), (JUNE, "two")]


def test_it_is_made_allocated_and_the_time_billed_again_as_it_is_now(world: World) -> None:
    told = world.bill()
    assert told.done == [NOTE, NOTE]
    assert operations(world) == [("credit", NOTE, 200), ("allocate", NOTE, 200)]
    assert claimed(world) == [(JUNE, "two")]
    world.pull()
    assert world.rows("SELECT disposition, seconds FROM charges ORDER BY entry, part") == [("ready", 8388), ("invoiced", 3600)]
    to_the_end(world)
    as_it_should_be(world)


def test_the_tie_out_takes_a_credit_note_away(world: World) -> None:
    world.bill()
    whole(world)
    told = tie_out(world.open())
    assert {row.number: (row.net, row.their_net) for row in told.documents} == {JUNE: (300, 300), NOTE: (-200, -200)}
    (account,) = told.accounts
    assert (account.net, account.their_net) == (100, 100)


def test_deleted_time_is_credited_and_billed_no_more(world: World) -> None:
    world.remove("one")
    world.pull()
    (row,) = waits(world)
    assert any("credit was chosen" in said for said in row.said), "the edit lapsed the choice"
    choose(world, "credit")
    to_the_end(world)
    assert operations(world) == [("credit", NOTE, 200), ("allocate", NOTE, 200)]
    assert claimed(world) == [(JUNE, "two")]
    whole(world)


def test_an_edit_after_the_approval_makes_it_stale(world: World) -> None:
    world.approve()
    world.work("one", CEDAR, hours="5")
    world.pull()
    told = world.apply()
    assert (told.done, len(told.stale)) == ([], 1)
    assert claimed(world) == [(JUNE, "one"), (JUNE, "two")]


@pytest.mark.parametrize("paid", ["100", "250", "300"])
def test_of_a_paid_invoice_only_what_is_open_is_allocated(world: World, paid: str) -> None:
    world.company.pay({world.there(JUNE).id: Decimal(paid)})
    world.bill()
    open_there = 300 - Decimal(paid)
    assert world.there(JUNE).balance == max(open_there - 200, 0)
    assert world.there(NOTE).balance == 200 - min(open_there, 200)
    to_the_end(world)
    assert sum(write.operation == "allocate" for write in world.company.ledger) == (open_there > 0)


def test_where_the_company_allocates_by_itself_nothing_is_allocated_twice(world: World) -> None:
    world.company.applies_credits_by_itself = True
    to_the_end(world)
    assert [operation for operation, *_ in operations(world)] == ["credit", "create"]
    assert world.there(JUNE).balance == 100


FAULTS = {"lost": LOST, "reset": RESET, "unsent": UNSENT, "late": late(200)}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("at", ["credit", "allocate"])
def test_whatever_happens_on_the_wire_there_is_one_credit_note_allocated_once(world: World, at: str, fault: str) -> None:
    script(world, *([None] if at == "allocate" else []), FAULTS[fault])
    world.bill()
    whole(world)
    to_the_end(world)
    as_it_should_be(world)


MARKS = [
    "INSERT INTO documents", "INSERT INTO intents", "INSERT INTO requests", "UPDATE requests SET state = 'sent'", "INSERT INTO confirmations",
    "DELETE FROM claims", "DELETE FROM corrections",
]  # fmt: skip


@pytest.mark.parametrize("mark", MARKS)
def test_whenever_it_dies_there_is_one_credit_note_allocated_once(world: World, mark: str) -> None:
    world.approve()
    world.die_at(mark)
    world.clock.sleep(SETTLED)
    to_the_end(world)
    as_it_should_be(world)


@pytest.mark.parametrize(
    "mark", ["INSERT INTO intents", "INSERT INTO requests", "UPDATE requests SET state = 'sent'", "INSERT INTO confirmations"]
)
@pytest.mark.parametrize("fault", [None, LOST, late(200)], ids=["no fault", "lost", "late"])
def test_whenever_it_dies_while_allocating_it_is_allocated_once(world: World, mark: str, fault: object) -> None:
    world.touch(JUNE, balance=Decimal(0))
    world.bill()
    assert [operation for operation, *_ in operations(world)] == ["credit"]
    world.touch(JUNE, balance=Decimal(300))
    script(world, fault)
    world.die_at(mark, must=fault is None)
    world.clock.sleep(SETTLED)
    to_the_end(world)
    as_it_should_be(world)


def test_a_refused_credit_note_leaves_everything_where_it_was(world: World) -> None:
    script(world, refusing(NOTE))
    told = world.bill()
    assert [number for number, _ in told.refused] == [NOTE]
    assert claimed(world) == [(JUNE, "one"), (JUNE, "two")]
    whole(world)


def test_a_refused_allocation_is_not_tried_again_and_the_credit_note_stands(world: World) -> None:
    script(world, None, refusing(NOTE))
    told = world.bill()
    assert [number for number, _ in told.refused] == [NOTE]
    sends_nothing_more(world)
    assert claimed(world) == [(JUNE, "two")]


def test_what_a_person_allocated_first_is_left_alone(world: World) -> None:
    world.touch(JUNE, balance=Decimal(0))
    world.bill()
    world.touch(JUNE, balance=Decimal(300))
    world.company.apply(world.there(NOTE).id, world.there(JUNE).id, Decimal(50))
    world.pull()
    sends_nothing_more(world)


def test_a_credit_note_voided_over_there_is_made_again_only_by_a_choice(world: World) -> None:
    world.touch(JUNE, balance=Decimal(0))
    world.bill()
    world.touch(NOTE, status="voided")
    world.pull()
    assert not tie_out(world.open()).ties
    (row,) = waits(world)
    assert (row.ref, row.choices) == (NOTE, ("again",))
    with pytest.raises(UnsafePlanError):
        choose(world, "release", NOTE)
    choose(world, "again", NOTE)
    world.pull()
    (step,) = [step for step in world.plan().steps if step.action == "credit"]
    assert (step.generation, step.document.net) == (2, 200)
    world.bill()
    assert world.there(f"{NOTE}-2").net == 200
    assert len(claimed(world)) == 1
    whole(world)


def test_two_causes_on_one_document_are_one_credit_note(world: World) -> None:
    world.remove("two")
    world.pull()
    choose(world, "credit", f"{JUNE}:list:two")
    world.bill()
    assert world.there(NOTE).net == 300
    assert world.there(JUNE).balance == 0
    assert claimed(world) == []
    to_the_end(world)
    whole(world)


def test_part_of_a_line_is_credited_as_it_was_billed_to_the_cent(world: World) -> None:
    minute = Decimal(1) / 60
    for name in "abc":
        world.work(name, CEDAR, hours=str(20 * minute), on=world.day("2026-07-03"))
    world.clock.at += timedelta(days=31)
    world.pull()
    july = [step for step in world.plan().steps if step.action == "create"]
    assert july
    world.bill()
    number = next(there.number for there in world.company.documents.values() if there.net == 100)
    world.remove("a")
    world.pull()
    choose(world, "credit", f"{number}:list:a")
    world.bill()
    note = next(there for there in world.company.documents.values() if there.kind == "credit_note" and there.net < 100)
    assert [(line.quantity, line.price, line.net) for line in note.lines] == [(1, Decimal("33.34"), Decimal("33.34"))]
    assert note.lines[0].description.endswith("(0.33 h)")
    whole(world)


@pytest.mark.parametrize("send_as", ["posted", "draft"])
def test_what_was_to_be_taken_off_the_next_document_of_a_client_without_one_is_credited_instead(send_as: str) -> None:
    """Nothing more is worked for the client, so the next document is below zero and held. The time is billed where it moved to already."""
    world = june_posted()
    world.mapping = mapping_of(YAML.replace("  Alpine Dental:\n", f"  Alpine Dental: {{send_as: {send_as}}}\n"))
    world.work("one", "Alpine Dental", hours="2")
    world.pull()
    choose(world, "delta")
    world.bill()
    world.clock.at += timedelta(days=31)
    world.bill()
    (step,) = world.plan().steps
    assert "choose `credit`" in step.reason
    choose(world, "credit")
    for _ in range(3):
        world.bill()
    nets = {"invoice": Decimal(0), "credit_note": Decimal(0)}
    for there in world.company.documents.values():
        nets[there.kind] += there.net if there.live else 0
    assert nets == {"invoice": 500, "credit_note": 200}
    assert (waits(world), world.plan().steps) == ([], ())
    whole(world)
    assert verify(world.open()).holds
    sends_nothing_more(world)


# ---- what somebody changes over there on an invoice that was credited -------------------------------------------------------------------


def dearer(world: World, by: str, *, at: int = 0) -> None:
    """Somebody makes a line of June's invoice cost more, or less."""
    lines = list(world.there(JUNE).lines)
    lines[at] = replace(lines[at], net=lines[at].net + Decimal(by), description="reworded")
    net = sum((line.net for line in lines), Decimal(0))
    world.touch(JUNE, lines=tuple(lines), net=net, gross=net)
    world.pull()


def borne(world: World) -> list[tuple[str, Decimal]]:
    rows = world.rows(
        "SELECT e.entry_id, c.net FROM claims c JOIN documents d ON d.id = c.document JOIN entries e ON e.key = c.entry WHERE d.kind = 'invoice' AND d.number = 'HB-2606-001'"
    )
    return sorted((str(entry), Decimal(int(net)) / 100) for entry, net in rows)


@pytest.mark.parametrize(("by", "left"), [("0", "100"), ("7.77", "107.77"), ("-0.01", "99.99")])
def test_theirs_is_borne_by_what_was_not_credited(world: World, by: str, left: str) -> None:
    world.bill()
    assert borne(world) == [("two", 100)]
    dearer(world, by)
    choose(world, "accept", JUNE)
    assert borne(world) == [("two", Decimal(left))]
    whole(world)
    assert verify(world.open()).holds


def test_another_net_is_not_taken_where_all_was_credited(world: World) -> None:
    world.work("two", CEDAR, hours="1.5")
    world.pull()
    choose(world, "credit", f"{JUNE}:list:two")
    world.bill()
    assert borne(world) == []
    dearer(world, "1.00")
    (row,) = [row for row in waits(world) if row.ref == JUNE]
    assert row.choices == ()
    assert any("put it back over there as we sent it" in said for said in row.said)
    with pytest.raises(UnsafePlanError, match="nothing can be chosen"):
        choose(world, "accept", JUNE)
    dearer(world, "-1.00")
    choose(world, "accept", JUNE)  # another text alone can be theirs
    assert verify(world.open()).holds


def test_another_net_is_not_taken_while_a_credit_note_is_in_doubt(world: World) -> None:
    world.pull()
    world.approve()
    script(world, RESET)
    world.apply()
    dearer(world, "1.00")
    (row,) = [row for row in waits(world) if row.ref == JUNE]
    assert row.choices == ()
