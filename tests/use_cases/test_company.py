"""A book is one company for ever: a connection that comes to reach another one sends it nothing, and asks it nothing."""

from decimal import Decimal

import pytest

from connector.errors import RejectedError
from connector.model import Account, Catalogue, Customer, Remote, TaxCode
from connector.store.keeper import forget_tokens
from connector.use_cases import corrections, pull, unattended
from connector.use_cases.apply import apply
from connector.use_cases.reconcile import tie_out
from connector.use_cases.workspace import Workspace
from tests.use_cases.faults import script
from tests.use_cases.world import World

NUMBER = "HB-2606-001"


def reaching(world: World, company: str, setting: str, asked: list[str]) -> Workspace:
    """A process whose connection is set like that, and reaches that company; what is asked of it is noted."""
    ws = world.open()
    sink = ws.sink("nz")
    ws.reaches = {"nz": setting}

    def catalogue() -> Catalogue:
        asked.append(company)
        return Catalogue(
            company_id=company, currency="NZD", currencies=("NZD",), accounts=(Account(id="a1", code="205", name="Fees"),),
            customers=(Customer(id="Alpine Dental", name="Alpine Dental", currency="NZD"),),
            tax_codes=(TaxCode(code="NONE", name="None", percent=Decimal(0)),),
        )  # fmt: skip

    sink.catalogue = catalogue  # type: ignore[attr-defined]
    return ws


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def world(asked: list[str]) -> World:
    """One document, approved for company A."""
    world = World()
    world.work("one")
    pull.pull(reaching(world, "A", "set like this", asked))
    world.approve()
    assert asked == ["A"]
    return world


def test_what_was_approved_for_one_company_is_never_sent_to_another(world: World, asked: list[str]) -> None:
    sent = script(world)
    told = apply(reaching(world, "B", "set otherwise", asked), "nz")
    assert "now reaches another company (B)" in told.stopped
    assert (sent, told.done, world.company.documents) == ([], [], {})
    assert apply(reaching(world, "A", "set like this", asked), "nz").done == [NUMBER]


def test_another_company_that_asks_for_no_other_setting_is_found_out_where_tokens_were_dropped(world: World, asked: list[str]) -> None:
    forget_tokens(world.store, "memory")
    assert "now reaches another company (B)" in apply(reaching(world, "B", "set like this", asked), "nz").stopped
    assert world.company.documents == {}


def test_nothing_is_believed_of_another_company(world: World, asked: list[str]) -> None:
    """Its having no such document is no reason to make it again, or to end it."""
    apply(reaching(world, "A", "set like this", asked), "nz")
    world.touch(NUMBER, status="voided")
    pull.pull(reaching(world, "A", "set like this", asked))
    world.company.documents.clear()
    world.company.add(Remote(id="nobody's", status="deleted"))
    for look in (
        lambda ws: corrections.choose(ws, NUMBER, "again", "why not", "Finance"),
        lambda ws: unattended.resolve_book(ws, "nz"),
        lambda ws: tie_out(ws, "nz", online=True),
    ):
        with pytest.raises(RejectedError, match="another company"):
            look(reaching(world, "B", "set otherwise", asked))
    assert world.rows("SELECT their_status FROM documents") == [("voided",)]


def test_the_same_company_through_other_settings_costs_one_reading_of_its_catalogue(world: World, asked: list[str]) -> None:
    assert apply(reaching(world, "A", "set otherwise", asked), "nz").done == [NUMBER]
    apply(reaching(world, "A", "set otherwise", asked), "nz")
    pull.pull(reaching(world, "A", "set otherwise", asked))
    assert asked == ["A", "A"]
