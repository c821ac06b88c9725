"""Two books that bill into one company: what becomes over there of a document of the one is none of the other's."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from connector.errors import UnsafePlanError
from connector.use_cases import apply
from connector.use_cases.verify import verify
from connector.use_cases.workspace import Workspace
from tests.use_cases.faults import RESET, script
from tests.use_cases.two_books import TwoBooks

OURS = "HBU-2606-001"


class OneCompany(TwoBooks):
    """Both through one connection."""

    def __init__(self) -> None:
        super().__init__()
        self.companies["us"] = self.company


@pytest.fixture
def world() -> OneCompany:
    """Bayside Motors was billed in `us`."""
    world = OneCompany()
    world.work("b1", "Bayside Motors", ticket="b1")
    world.pull()
    world.approve_book("us")
    assert world.apply_book("us").done == [OURS]
    return world


class TwoCompanies(TwoBooks):
    """Each through a connection of its own."""

    def open(self) -> Workspace:
        ws = super().open()
        ws.books = {**ws.books, "us": replace(ws.books["us"], sink="another")}
        return ws


def approve_alpine(world: TwoBooks) -> None:
    world.work("a1", "Alpine Dental", ticket="a1")
    world.pull()
    world.approve_book("nz")


def by_app(world: OneCompany) -> None:
    """No note is kept, and all documents are our app's, as in Xero."""
    for there in list(world.company.documents.values()):
        world.company.change(there.id, mark="", ours=True)


def delete_unheard(world: OneCompany, number: str) -> None:
    """As QuickBooks tells it: of what was deleted only the id is left."""
    world.company.change(world.there(number).id, status="deleted", number="", customer_id="", lines=(), mark="")


def test_one_of_the_other_book_that_was_deleted_is_not_what_is_in_doubt(world: OneCompany) -> None:
    approve_alpine(world)
    script(world, RESET)
    assert world.apply_book("nz").doubt
    delete_unheard(world, OURS)
    world.clock.sleep(3600)
    assert world.apply_book("nz").done == ["HB-2606-001"]


def test_one_of_another_company_with_that_id_may_be_what_is_in_doubt() -> None:
    world = TwoCompanies()
    world.work("b1", "Bayside Motors", ticket="b1")
    world.pull()
    world.approve_book("us")
    world.apply_book("us")
    ((its_id,),) = world.rows("SELECT remote_id FROM documents")
    approve_alpine(world)
    script(world, RESET)
    assert world.apply_book("nz").doubt
    assert not world.company.documents
    world.company.add(replace(world.stranger("P-1", ours=False), id=str(its_id), status="deleted", number=""))
    world.clock.sleep(3600)
    assert world.apply_book("nz").held


@pytest.mark.parametrize("vendor", [lambda _world: None, by_app])
def test_one_of_the_other_book_under_another_number_stops_nothing(world: OneCompany, vendor: Callable[[OneCompany], None]) -> None:
    vendor(world)
    world.company.change(world.there(OURS).id, number="X-1", customer_id="Alpine Dental")
    approve_alpine(world)
    assert world.apply_book("nz").done == ["HB-2606-001"]
    assert verify(world.open()).holds


@pytest.mark.parametrize("vendor", [lambda _world: None, by_app])
def test_forgotten_and_renumbered_it_stops_only_its_own_book(vendor: Callable[[OneCompany], None]) -> None:
    world = OneCompany()
    backup = world.backup()
    world.work("b1", "Bayside Motors", ticket="b1")
    world.pull()
    world.approve_book("us")
    world.apply_book("us")
    vendor(world)
    world.company.change(world.there(OURS).id, number="X-1")
    world.restore(backup)
    world.clock.sleep(world.company.key_memory_s)
    approve_alpine(world)
    world.approve_book("us")
    assert world.apply_book("nz").done == ["HB-2606-001"]
    with pytest.raises(UnsafePlanError, match="may be ours"):
        world.apply_book("us")
    assert apply.apply(world.open(), "us", adopting=True).adopted == ["X-1"]
    assert world.apply_book("nz").sent == 0
    assert verify(world.open()).holds
