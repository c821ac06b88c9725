"""Approving: exactly what was read, under a number for ever."""

import pytest

from connector.errors import BusyError, ConfigError, UnsafePlanError
from connector.reports import plan as printed
from connector.use_cases import approve
from connector.use_cases.plan import plans_of
from tests.use_cases.faults import refusing, script
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import World


@pytest.fixture
def world() -> World:
    world = World()
    world.work("one", "Alpine Dental")
    world.work("two", "Bayside Motors")
    world.pull()
    return world


def test_an_approval_of_another_plan_is_refused(world: World) -> None:
    checksum = world.plan().checksum
    world.work("three", "Alpine Dental")
    world.pull()
    with pytest.raises(UnsafePlanError, match="no plan has this checksum"):
        approve.approve(world.open(), checksum, who="Finance")
    assert world.rows("SELECT count(*) FROM numbers") == [(0,)]


def test_numbers_are_bound_for_ever(world: World) -> None:
    first = {step.key: step.number for step in world.approve().steps}
    world.work("one", "Alpine Dental", hours="4")
    world.pull()
    again = {step.key: step.number for step in world.approve().steps}
    assert again == first
    world.apply()
    sends_nothing_more(world)


def test_a_refused_document_keeps_its_number(world: World) -> None:
    world.approve()
    script(world, refusing("HB-2606-001"))
    world.apply()
    assert [step.number for step in world.approve().steps] == ["HB-2606-001"]
    assert world.apply().done == ["HB-2606-001"]
    sends_nothing_more(world)


def test_except_leaves_a_client_out_and_only_takes_one(world: World) -> None:
    assert [step.client for step in world.approve(left=["Alpine Dental"]).steps] == ["Bayside Motors"]
    assert world.apply().done == ["HB-2606-001"]
    assert [step.client for step in world.approve(only=["Alpine Dental"]).steps] == ["Alpine Dental"]
    with pytest.raises(ConfigError, match="no such client"):
        world.approve(only=["Nobody"])


def test_only_lets_an_incomplete_document_go_and_what_is_cleared_later_is_late() -> None:
    world = World(mapping_of(YAML.replace("incomplete: send", "incomplete: hold")))
    world.work("one", "Alpine Dental")
    world.work("too long", "Alpine Dental", hours="13")
    world.pull()
    (step,) = world.plan().steps
    assert (step.action, step.releasable) == ("hold", True)
    world.approve(only=["Alpine Dental"])
    assert world.apply().done == ["HB-2606-001"]
    world.touch("HB-2606-001", status="posted")
    world.work("too long", "Alpine Dental", hours="12")
    world.clock.sleep(86400 * 31)
    assert world.bill().done == ["HB-2607-001"]
    sends_nothing_more(world)


def test_an_approval_waits_for_nobody_while_another_run_holds_the_book(world: World) -> None:
    checksum = world.plan().checksum
    with world.store.lease("book:nz", "another"), pytest.raises(BusyError):
        approve.approve(world.open(), checksum, who="Finance")
    assert world.rows("SELECT count(*) FROM approvals") == [(0,)]


def test_s1_a_death_while_approving_reserves_nothing(world: World) -> None:
    checksum = world.plan().checksum
    world.die_at("INSERT INTO steps", lambda: approve.approve(world.open(), checksum, who="Finance"))
    assert world.rows("SELECT (SELECT count(*) FROM numbers), (SELECT count(*) FROM approvals)") == [(0, 0)]
    world.clock.sleep(301)
    world.bill()
    sends_nothing_more(world)


def an_incomplete_client() -> World:
    world = World(mapping_of(YAML.replace("incomplete: send", "incomplete: hold")))
    world.work("one", "Alpine Dental")
    world.work("too long", "Alpine Dental", hours="13")
    world.pull()
    return world


@pytest.mark.parametrize("change", ["one", "too long"])
def test_a_held_document_is_let_go_only_as_it_was_read(change: str) -> None:
    world = an_incomplete_client()
    read = world.plan()
    assert read.releasable
    world.work(change, "Alpine Dental", hours="14")
    world.pull()
    with pytest.raises(UnsafePlanError, match="no plan has this checksum"):
        approve.approve(world.open(), read.checksum, who="Finance", only=["Alpine Dental"])


def test_what_is_held_for_another_reason_is_not_approved_by_its_checksum() -> None:
    world = World()
    assert world.plan().releasable == ()
    with pytest.raises(UnsafePlanError, match="nothing to approve"):
        approve.approve(world.open(), world.plan().checksum, who="Finance")


def test_the_hours_left_out_are_written_into_the_approval_and_nobody_waits_for_the_document() -> None:
    world = an_incomplete_client()
    world.approve(only=["Alpine Dental"])
    [report] = plans_of(world.open(), book="nz")
    [step] = report.plan.steps
    assert (step.action, report.numbers[step.digest], report.waits, report.changed) == ("create", "HB-2606-001", False, ())
    assert report.approved[step.digest].left_out.seconds == 13 * 3600
    assert "without 13:00 (13.00) h left out" in printed.as_table(report)


def test_a_document_that_may_be_let_go_is_shown_line_by_line_with_the_words_that_do_it() -> None:
    world = an_incomplete_client()
    [report] = plans_of(world.open(), book="nz")
    told = printed.as_table(report)
    assert f"nothing to send; to let a held document go: hourbridge approve {report.plan.checksum} --only CLIENT" in told
    assert "1. HOLD  Alpine Dental" in told
    assert "left out 13:00 (13.00) h" in told
    assert "all lines" in told


def test_a_plan_of_held_documents_alone_says_how_one_goes() -> None:
    world = World(mapping_of(YAML.replace("incomplete: send", "incomplete: hold")))
    world.work("1")
    world.work("2", hours="14")
    world.pull()
    with pytest.raises(UnsafePlanError, match="--only CLIENT"):
        world.approve()
    assert world.approve(only=["Alpine Dental"]).steps[0].number == "HB-2606-001"


def test_a_document_let_go_is_held_to_the_safety_bounds() -> None:
    text = YAML.replace("incomplete: send", "incomplete: hold").replace(
        "documents_per_client_and_period: none", "documents_per_client_and_period: 0"
    )
    world = World(mapping_of(text))
    world.work("1")
    world.work("2", hours="14")
    world.pull()
    with pytest.raises(UnsafePlanError, match="bound: 0"):
        world.approve(only=["Alpine Dental"])
    assert world.approve(only=["Alpine Dental"], forced="agreed by telephone").steps
