"""Applying: only what was approved, each step as it was approved, and nothing over what people do over there."""

from datetime import timedelta
from decimal import Decimal

import pytest

from connector.errors import UnsafePlanError
from connector.use_cases import apply
from connector.use_cases.decide import decide
from connector.use_cases.unmatched import find
from tests.use_cases.faults import LOST, RESET, refusing, script
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import three_billed
from tests.use_cases.test_push import SETTLED, sends_nothing_more
from tests.use_cases.world import World


@pytest.fixture
def world() -> World:
    return three_billed()


def nets(world: World) -> dict[str, Decimal]:
    return {remote.number: remote.net for remote in world.company.documents.values() if remote.live}


def steps(world: World) -> dict[str, str]:
    return {step.key.removeprefix("nz/"): step.action for step in world.plan().steps}


# ---- approved, and then changed -----------------------------------------------------------------------------------------------------


def test_a_step_in_doubt_is_not_called_stale(world: World) -> None:
    world.work("Alpine Dental 1", hours="5")
    world.pull()
    world.approve()
    script(world, LOST)
    assert world.apply().stale == []
    assert world.apply().stale == []


def test_a_refused_update_keeps_the_draft_and_its_claims_as_they_were(world: World) -> None:
    world.work("Alpine Dental 1", hours="5")
    world.work("Alpine Dental 3", hours="1")
    world.pull()
    world.approve()
    script(world, refusing("HB-2606-001"))
    assert [number for number, _ in world.apply().refused] == ["HB-2606-001"]
    assert nets(world)["HB-2606-001"] == 300
    assert world.rows("SELECT sum(c.net) FROM claims c JOIN documents d ON d.id = c.document WHERE d.number = 'HB-2606-001'") == [(30000,)]
    assert world.bill().done == ["HB-2606-001"]
    assert nets(world)["HB-2606-001"] == 800
    sends_nothing_more(world)


def test_time_entered_after_an_approval_does_not_change_what_was_approved(world: World) -> None:
    world.work("new", "Alpine Dental", on=world.day("2026-05-04"))
    world.pull()
    world.approve()
    world.work("newer", "Alpine Dental", on=world.day("2026-05-05"))
    world.pull()
    assert world.apply().done == ["HB-2605-001"]
    assert nets(world)["HB-2605-001"] == 100


def test_a_stale_step_leaves_its_document_open_to_what_came_after_the_approval(world: World) -> None:
    world.work("new", "Alpine Dental", on=world.day("2026-05-04"))
    world.pull()
    world.approve()
    world.work("newer", "Alpine Dental", on=world.day("2026-05-05"))
    world.work("new", "Alpine Dental", hours="3", on=world.day("2026-05-04"))
    world.pull()
    assert world.apply().stale
    assert world.bill().done == ["HB-2605-001"]
    assert nets(world)["HB-2605-001"] == 400
    sends_nothing_more(world)


def test_with_a_checksum_nothing_goes_unless_every_step_is_current(world: World) -> None:
    world.work("Alpine Dental 3")
    world.work("Bayside Motors 3", "Bayside Motors")
    world.pull()
    checksum = world.approve().checksum
    world.work("Alpine Dental 3", hours="9")
    world.pull()
    with pytest.raises(UnsafePlanError, match="1 of its steps changed"):
        world.apply(checksum=checksum)
    assert nets(world)["HB-2606-002"] == 300


def test_nothing_is_sent_without_an_approval(world: World) -> None:
    world.work("Alpine Dental 3")
    before = world.company.requests
    world.pull()
    assert world.apply().sent == 0
    assert world.company.requests == before


def test_what_a_person_gives_up_while_a_run_is_under_way_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision takes no lease: it may come between the look at the plan and the intent."""
    world = World()
    world.work("one", "Alpine Dental")
    world.work("two", "Bayside Motors")
    world.pull()
    world.approve()
    push, ruled = apply.push, []

    def ruled_meanwhile(*args: object) -> None:
        if not ruled:
            ruled.append(decide(world.open(), "list:one", "write_off", why="agreed by telephone", who="Finance"))
        push(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(apply, "push", ruled_meanwhile)
    told = world.apply()
    assert [number for number, _ in told.stale] == ["HB-2606-001"]
    assert told.done == ["HB-2606-002"]
    world.pull()
    assert world.plan().steps == ()


def test_a_ruling_on_time_in_doubt_is_told_as_a_correction_only_until_the_draft_is_known() -> None:
    """Reports read the stored charges: what was stored while nobody knew whether the document stands is no longer current then."""
    world = World()
    world.work("one", "Alpine Dental", hours="3")
    world.pull()
    world.approve()
    script(world, RESET)
    world.apply()
    decide(world.open(), "list:one", "bill", "1", why="agreed by telephone", who="Finance")
    world.pull()
    assert [row.kind for row in find(world.open()).findings] == ["correction"]
    world.clock.sleep(SETTLED)
    assert world.apply().done == ["HB-2606-001"]
    assert [row.kind for row in find(world.open()).findings] == []
    assert [(step.action, step.seconds) for step in world.plan().steps] == [("update", 3600)]


# ---- what people do over there --------------------------------------------------------------------------------------------------------


def test_c2_a_draft_that_a_person_edited_is_held_with_both_versions(world: World) -> None:
    world.touch("HB-2606-001", po="PO-1")
    world.work("Alpine Dental 1", hours="5")
    assert world.bill().sent == 0
    (step,) = world.plan().steps
    assert (step.action, step.base.po, step.theirs.po) == ("hold", "", "PO-1")
    assert "PO was empty, is `PO-1`" in step.reason
    assert world.there("HB-2606-001").po == "PO-1"


def test_c2_a_draft_edited_between_the_look_and_the_update_is_not_overwritten(world: World) -> None:
    world.work("Alpine Dental 1", hours="5")
    world.pull()
    world.approve()
    sink = type(world.open().sink("nz"))
    read = sink.read

    def late_edit(self, ids):
        world.touch("HB-2606-001", po="PO-1")
        return read(self, ids)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sink, "read", late_edit)
        assert [number for number, _ in world.apply().held] == ["HB-2606-001"]
    assert nets(world)["HB-2606-001"] == 300
    assert steps(world) == {"2026-06/Alpine Dental": "hold"}


def test_c2_a_draft_that_is_gone_over_there_keeps_its_charges_held(world: World) -> None:
    world.work("Alpine Dental 1", hours="5")
    world.pull()
    world.approve()
    del world.company.documents[world.there("HB-2606-001").id]
    assert [number for number, _ in world.apply().held] == ["HB-2606-001"]
    world.pull()
    assert set(world.rows("SELECT disposition, seconds FROM charges WHERE document = 'HB-2606-001'")) >= {("held", 3600), ("held", 7200)}
    sends_nothing_more(world)


def test_c2_a_document_voided_over_there_keeps_its_charges_held(world: World) -> None:
    world.touch("HB-2606-003", status="voided")
    world.bill()
    rows = world.rows("SELECT DISTINCT disposition, reason FROM charges WHERE document = 'HB-2606-003'")
    assert rows == [("held", "HB-2606-003 is voided over there: a person must choose")]
    sends_nothing_more(world)


def test_c2_a_draft_posted_by_a_person_is_not_touched_and_edits_become_corrections(world: World) -> None:
    world.touch("HB-2606-001", status="posted")
    world.work("Alpine Dental 1", hours="1.5")
    assert world.bill().sent == 0
    rows = world.rows(
        "SELECT c.disposition, c.seconds FROM charges c JOIN entries e ON e.key = c.entry WHERE e.entry_id = 'Alpine Dental 1' ORDER BY part"
    )
    assert rows == [("invoiced", 3600), ("held", 1800)]
    sends_nothing_more(world)


def test_c2_a_draft_posted_while_its_update_is_approved_is_not_touched(world: World) -> None:
    world.work("Alpine Dental 1", hours="1.5")
    world.pull()
    world.approve()
    world.touch("HB-2606-001", status="posted")
    told = world.apply()
    assert told.sent == 0
    assert nets(world)["HB-2606-001"] == 300
    world.pull()
    sends_nothing_more(world)


@pytest.mark.parametrize(
    ("change", "held"),
    [("delete", [("held", -3600)]), ("edit", [("held", 3600)]), ("less", [("held", -1800)]), ("again", [])],
)
def test_c2_a_change_of_posted_time_is_a_correction_of_its_seconds(world: World, change: str, held: list[tuple[str, int]]) -> None:
    world.remove("Cedar Legal 1")
    if change != "delete":
        world.pull()
        world.work("Cedar Legal 1", "Cedar Legal", hours={"edit": "2", "less": "0.5", "again": "1"}[change])
    assert world.bill().sent == 0
    assert world.rows("SELECT disposition, seconds FROM charges WHERE kind = 'correction'") == held
    sends_nothing_more(world)


# ---- late time --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "key"),
    [("next_document", "2026-07/Cedar Legal"), ("own_document", "2026-06/Cedar Legal/late=1"), ("hold", "2026-06/Cedar Legal/late=1")],
)
def test_time_that_comes_after_its_document_was_posted_goes_as_late_time_says(policy: str, key: str) -> None:
    world = World(mapping_of(YAML.replace("late_time: next_document", f"late_time: {policy}")))
    world.work("first", "Cedar Legal")
    world.bill()
    world.work("late", "Cedar Legal", hours="2", on=world.day("2026-06-20"))
    world.clock.at += timedelta(days=31)
    world.pull()
    assert steps(world) == {key: "hold" if policy == "hold" else "create"}
    told = world.bill()
    assert told.sent == (policy != "hold")
    assert sorted(nets(world).values()) == ([100] if policy == "hold" else [100, 200])
    sends_nothing_more(world)


def test_an_edit_of_late_time_that_was_billed_later_is_one_correction(world: World) -> None:
    world.work("late", "Cedar Legal", on=world.day("2026-06-20"))
    world.clock.at += timedelta(days=31)
    world.bill()
    world.work("late", "Cedar Legal", hours="2", on=world.day("2026-06-20"))
    assert world.bill().sent == 0
    assert world.rows("SELECT disposition, seconds FROM charges WHERE kind = 'correction'") == [("held", 3600)]
