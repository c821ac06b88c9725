"""The fault model's table of duplicates: what usual clients do under "done, then the answer lost", and what ours does under the same dice."""

from decimal import Decimal

import pytest

from tests.duplicates.companies import QuickBooksCompany, XeroCompany, names
from tests.duplicates.faults import SETS, FaultSet
from tests.duplicates.ours import Ours
from tests.duplicates.table import (
    CLIENTS,
    OURS,
    OURS_QBO,
    OURS_UNSAID,
    OURS_XERO,
    PLAYED,
    QBO_BATCH,
    QBO_KEYED,
    QBO_SAVE,
    XERO_KEYED,
    XERO_PUT,
    row,
)

DOUBLES = {
    (SETS[0].name, QBO_SAVE), (SETS[0].name, QBO_BATCH), (SETS[0].name, XERO_PUT), (SETS[1].name, QBO_KEYED), (SETS[1].name, XERO_KEYED),
    (SETS[2].name, QBO_BATCH), (SETS[2].name, XERO_PUT), (SETS[3].name, QBO_BATCH), (SETS[4].name, QBO_SAVE), (SETS[4].name, QBO_BATCH),
}  # fmt: skip
"""Where the usual client makes documents twice."""
LOSES = {(SETS[3].name, QBO_BATCH)}
"""Where it does not look at what was refused."""
NAIVE = [(faults, client) for faults, clients in PLAYED for client in clients if client not in OURS]
ONE_BY_ONE = (QBO_SAVE, QBO_KEYED)


@pytest.mark.parametrize(("faults", "client"), NAIVE, ids=lambda one: one if isinstance(one, str) else one.name)
def test_a_usual_client_makes_documents_twice_where_the_table_says_so(faults: FaultSet, client: str) -> None:
    found = row(faults, client, range(1, 5), 150) if client in ONE_BY_ONE else row(faults, client, range(1, 11), 600)
    assert bool(found.duplicates) == ((faults.name, client) in DOUBLES), found
    assert bool(found.lost) == ((faults.name, client) in LOSES), found


@pytest.mark.parametrize("client", [OURS_QBO, OURS_XERO])
@pytest.mark.parametrize("faults", SETS, ids=lambda one: one.name)
def test_ours_makes_each_document_once_under_every_set_of_faults(faults: FaultSet, client: str) -> None:
    found = row(faults, client, range(1, 4), 60)
    assert (found.duplicates, found.lost, found.held, found.bad) == (0, 0, 0, 0), found
    assert found.invoices == 180


def test_a_batch_that_was_not_done_twice_is_held_where_the_settle_time_is_a_day_and_made_by_a_persons_word() -> None:
    """Nothing is said of used numbers, so that each look takes a day: two of them, and it is a person's to say. Seed 1 comes to that."""
    found = row(SETS[2], OURS_UNSAID, [1], 600)
    assert (found.duplicates, found.lost, found.bad) == (0, 0, 0), found
    assert found.held == 30


@pytest.mark.parametrize("kind", [QuickBooksCompany, XeroCompany])
def test_ours_is_right_to_the_cent_and_a_run_without_faults_sends_nothing_more(kind) -> None:
    """Forty hours at 100.00 under the worst of the sets: 4,000.00 over there, and then silence."""
    company = kind(names(40), SETS[2], 7)
    firm = Ours(company, names(40))
    assert firm.bill_to_the_end() == []
    company.settle()
    company.dice.over = True
    assert company.net() == Decimal(4000)
    writes = len(company.emulator.ledger)
    firm.pull()
    assert firm.plan().steps == ()
    assert firm.apply().sent == 0
    assert len(company.emulator.ledger) == writes


def test_every_client_is_played_under_some_faults() -> None:
    assert {client for _, clients in PLAYED for client in clients} == set(CLIENTS)
