"""Histories are asked for what somebody changed over there, one read each, and what they say is kept where nothing moved meanwhile."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from adapters.memory.sink import Settings, Sink
from connector.errors import AuthError, HourbridgeError, RejectedError, StoppedError, TransientError
from connector.model import Deed, Remote
from connector.store.tallies import Scope
from connector.use_cases.reconcile import tie_out
from connector.use_cases.who_changed import HISTORIES_MAX, who_changed
from connector.use_cases.workspace import Workspace
from tests.use_cases.world import World, _Host

EVERY = Scope(None, None)


class Remembering(Sink):
    """A company that keeps histories, as the test wrote them."""

    def __init__(self, world: "Histories") -> None:
        super().__init__(Settings(company="unused"), _Host(world.clock))
        self.company, self.world = world.company, world

    def history_of(self, document: Remote, since: datetime | None) -> tuple[Deed, ...]:
        self.world.asked.append((document.number, since))
        self.world.meanwhile()
        if document.number in self.world.fails:
            raise self.world.fails[document.number]
        return tuple(self.world.deeds.get(document.number, ()))


class Histories(World):
    """A world whose company keeps histories."""

    def __init__(self, clients: Sequence[str] = ("Alpine Dental", "Bayside Motors", "Cedar Legal")) -> None:
        super().__init__()
        self.asked: list[tuple[str, datetime | None]] = []
        self.fails: dict[str, HourbridgeError] = {}
        self.deeds: dict[str, list[Deed]] = {}
        self.meanwhile: Callable[[], object] = lambda: None
        for hours, client in enumerate(clients, start=1):
            self.work(client, client, hours=str(hours))
        self.bill()
        self.written = self.clock.now()
        self.clock.sleep(3600)

    def open(self) -> Workspace:
        workspace = super().open()
        workspace._open_sinks = {"nz": lambda: Remembering(self)}
        return workspace

    def edited(self, number: str, by: str = "Mac Haag", **changes: object) -> None:
        self.touch(number, **(changes or {"po": "PO-9"}))
        self.deeds[number] = [Deed(at=self.clock.now(), by=by, what="Edited")]

    def looked(self) -> dict[str, str]:
        """Number → who changed it, after a look over there."""
        self.apply()
        self.asked.clear()
        return {self.number(key): said for key, said in who_changed(self.open(), EVERY).items()}

    def number(self, key: int) -> str:
        return str(self.rows(f"SELECT number FROM documents WHERE id = {key}")[0][0])


@pytest.fixture
def world() -> Histories:
    return Histories()


def names_kept(world: World) -> list[str]:
    return [msgspec.json.decode(str(row[0])).get("changed_by", "") for row in world.rows("SELECT theirs FROM documents ORDER BY number")]


def test_nothing_is_asked_of_what_nobody_changed(world):
    world.touch("HB-2606-001", paid=Decimal(10))
    assert (world.looked(), world.asked) == ({}, [])


def test_what_was_changed_is_asked_since_our_own_last_write_and_the_most_money_first(world):
    world.edited("HB-2606-001")
    world.edited("HB-2606-003", status="voided")
    assert sorted(world.looked()) == ["HB-2606-001", "HB-2606-003"]
    assert world.asked == [("HB-2606-003", world.written), ("HB-2606-001", world.written)]
    assert names_kept(world) == ["Mac Haag", "", "Mac Haag"]


def test_only_the_book_and_the_period_that_are_asked_for_are_asked_about(world):
    world.edited("HB-2606-001")
    world.looked()
    assert who_changed(world.open(), Scope("nz", "2026-05")) == {}
    assert who_changed(world.open(), Scope("us", None)) == {}
    assert set(who_changed(world.open(), Scope("nz", "2026-06"))) != set()


def test_one_that_is_refused_is_said_and_the_others_are_asked(world):
    for number in ("HB-2606-001", "HB-2606-002"):
        world.edited(number)
    world.fails["HB-2606-002"] = RejectedError("no such thing", status=404)
    told = world.looked()
    assert told["HB-2606-002"].endswith("; whose is not told: its history over there was answered 404)")
    assert "Mac Haag" in told["HB-2606-001"]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (AuthError("no", status=403), "the credential may not read histories over there (403)"),
        (AuthError("no"), "the credential may not read histories over there"),
        (TransientError("later"), "histories over there cannot be read now"),
    ],
)
def test_who_may_not_read_one_or_is_not_answered_asks_no_more(world, error, why):
    for number in ("HB-2606-001", "HB-2606-002", "HB-2606-003"):
        world.edited(number)
    world.fails["HB-2606-002"] = error
    told = world.looked()
    assert [number for number, _ in world.asked] == ["HB-2606-003", "HB-2606-002"]
    assert all(told[number].endswith(f"; whose is not told: {why})") for number in ("HB-2606-001", "HB-2606-002"))


def test_a_history_that_has_nothing_new_is_said(world):
    world.edited("HB-2606-001")
    world.deeds.clear()
    assert world.looked()["HB-2606-001"].endswith("; whose is not told: its history over there has nothing after our own last write)")
    assert names_kept(world) == ["", "", ""]


def test_it_stops_between_two_reads_when_somebody_asks_it_to(world):
    for number in ("HB-2606-001", "HB-2606-002"):
        world.edited(number)
    world.apply()
    workspace = world.open()
    workspace.stopping = lambda: bool(world.asked)
    with pytest.raises(StoppedError):
        who_changed(workspace, EVERY)
    assert len(world.asked) == 1


def test_no_more_than_a_bounded_number_is_asked():
    world = Histories()
    world.edited("HB-2606-001")
    world.apply()
    workspace = world.open()
    with workspace.store.snapshot() as read:
        (row,) = [dict(one) for one in read.exec_driver_sql("SELECT * FROM documents WHERE number = 'HB-2606-001'").mappings()]
    with workspace.lease("book:nz") as lease, workspace.store.begin(lease) as tx:
        for copy in range(1, HISTORIES_MAX + 3):
            values = {**row, "id": 1000 + copy, "number": f"HB-{copy:04}", "key": f"k{copy}", "remote_id": f"x{copy}"}
            tx.exec_driver_sql(
                f"INSERT INTO documents ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", tuple(values.values())
            )
    told = who_changed(world.open(), EVERY)
    assert (len(told), len(world.asked)) == (HISTORIES_MAX + 3, HISTORIES_MAX)
    assert sum("40 histories were read already" in said for said in told.values()) == 3


def test_a_name_is_not_kept_of_what_moved_meanwhile(world):
    world.edited("HB-2606-001")
    world.apply()

    def paid() -> None:
        world.clock.sleep(60)
        world.touch("HB-2606-001", paid=Decimal(10))
        world.apply()

    world.meanwhile = paid
    assert "Mac Haag" in next(iter(who_changed(world.open(), EVERY).values()))
    assert names_kept(world) == ["", "", ""]


def test_a_name_is_not_kept_while_another_run_has_the_book(world):
    world.edited("HB-2606-001")
    world.apply()
    with world.open().lease("book:nz"):
        told = who_changed(world.open(), EVERY)
    assert "Mac Haag" in next(iter(told.values()))
    assert names_kept(world) == ["", "", ""]
    assert world.looked()
    assert names_kept(world) == ["Mac Haag", "", ""]


def test_a_name_is_not_kept_for_another_change_than_the_last(world):
    world.edited("HB-2606-001")
    earlier = world.deeds["HB-2606-001"][0]
    world.deeds["HB-2606-001"] = [msgspec.structs.replace(earlier, at=earlier.at - timedelta(minutes=30))]
    assert "Mac Haag, 2 July 2026 at 06:30 UTC" in world.looked()["HB-2606-001"]
    assert names_kept(world) == ["", "", ""]


def test_a_deleted_document_keeps_its_status_when_its_name_is_kept(world):
    world.edited("HB-2606-003", status="deleted")
    world.looked()
    assert world.rows("SELECT their_status FROM documents WHERE number = 'HB-2606-003'") == [("deleted",)]
    (row,) = [one for one in tie_out(world.open()).documents if one.number == "HB-2606-003"]
    assert row.difference == "deleted over there, not by us (last change: Mac Haag, 2 July 2026 at 07:00 UTC)"
