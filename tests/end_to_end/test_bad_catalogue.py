"""What finance's files name and the company over there does not have (any more): only the documents it touches wait, and say why."""

from collections.abc import Callable
from datetime import date

import pytest

from adapters.xero.emulated.people import People
from tests.end_to_end.office import Ended, Office

pytestmark = pytest.mark.slow

FIRM = "mappings/firm.yaml"
CEDAR = "  Cedar Legal:\n"
ALL = {"Alpine Dental", "Bayside Motors", "Cedar Legal"}
Click = Callable[[People], object]

THERE: dict[str, tuple[Click, Click, set[str], str, str, str]] = {
    "customer inactive": (
        lambda people: people.archive_contact("Cedar Legal"), lambda people: people.restore_contact("Cedar Legal"), {"Cedar Legal"},
        "the customer Cedar Legal is inactive in book nz: make it active there, or name another in clients.yaml",
        "firm.yaml:32:3: the customer 'Cedar Legal' is inactive over there; make it active there, or name another",
        "The contact of this document is archived",
    ),
    "account archived": (
        lambda people: people.archive_account("205"), lambda people: restore_account(people, "205"), {"Alpine Dental", "Cedar Legal"},
        "the account 205 is inactive or not for sale in book nz: put it right there and run `hourbridge pull`, or name another in billing_codes.yaml",
        "firm.yaml:43:37: the account '205' is inactive over there; make it active there, or name another",
        "Account code '205' has been archived, or deleted",
    ),
    "lock date passed": (
        lambda people: people.lock(date(2026, 6, 30)), lambda people: people.lock(date(2026, 5, 31)), ALL,
        "book nz is locked up to 30 June 2026 and this document is dated 30 June 2026: move the lock date over there and run `hourbridge pull`",
        "firm.yaml:7:19: documents of last month would be dated 2026-06-30, and everything up to 2026-06-30 is locked over there",
        "The document date cannot be before the period lock date",
    ),
}  # fmt: skip


def restore_account(people: People, code: str) -> None:
    next(account for account in people._company.accounts.values() if account.code == code).status = "ACTIVE"


def waits(office: Office, clients: set[str], why: str) -> None:
    """Exactly these clients' documents are held for exactly this; everybody else's go out."""
    held = office.held()
    assert set(held) == clients
    assert all(why in reason for reason in held.values()), held
    office.approve()
    office.does("apply")
    assert set(office.there().values()) == ALL - clients
    assert office.files() == {"US-2606-001"}


def refused(ended: Ended) -> set[str]:
    return {row["number"] for row in ended.rows if row["outcome"] == "refused"}


@pytest.mark.parametrize(("broken", "mended", "clients", "why", "check", "_"), THERE.values(), ids=THERE)
def test_x6_what_is_wrong_over_there_holds_only_what_it_touches(
    office: Office, broken: Click, mended: Click, clients: set[str], why: str, check: str, _: str
) -> None:
    broken(office.xero.people)
    office.does("pull")
    waits(office, clients, why)
    assert check in office.does("check", "--online", ends=2).said
    mended(office.xero.people)
    office.finishes()


@pytest.mark.parametrize(("broken", "mended", "clients", "why", "_", "said"), THERE.values(), ids=THERE)
def test_x6_what_breaks_over_there_after_the_approval_is_refused_alone(
    office: Office, broken: Click, mended: Click, clients: set[str], why: str, _: str, said: str
) -> None:
    broken(office.ready().xero.people)
    ended = office.does("apply", "--format", "json", ends=4)
    assert len(refused(ended)) == len(clients)
    assert said in ended.said
    assert "Mend what the reason names, then pull, plan and approve again" in ended.said
    assert set(office.there().values()) == ALL - clients
    office.does("pull")
    assert set(office.held()) == clients, "the next pull reads the catalogue again and says what is wrong before anything is sent"
    mended(office.xero.people)
    office.finishes()


def test_a_customer_renamed_over_there_is_found_again_by_the_mapping(office: Office) -> None:
    office.xero.people.rename_contact("Cedar Legal", "Cedar Law")
    office.does("pull")
    waits(
        office,
        {"Cedar Legal"},
        "no customer in book nz is named Cedar Legal: create it there and run `hourbridge pull`, or say `customer:` at firm.yaml:32",
    )
    assert "firm.yaml:32:3: no customer 'Cedar Legal'; did you mean 'Cedar Law'?" in office.does("check", "--online", ends=2).said
    office.edit(FIRM, CEDAR, "  Cedar Legal: {customer: Cedar Law}\n")
    office.finishes(customers=("Alpine Dental", "Bayside Motors", "Cedar Law"))


def test_a_customer_renamed_after_the_approval_is_the_same_customer(office: Office) -> None:
    office.ready().xero.people.rename_contact("Cedar Legal", "Cedar Law")
    office.does("apply")
    office.edit(FIRM, CEDAR, "  Cedar Legal: {customer: Cedar Law}\n")
    office.finishes(customers=("Alpine Dental", "Bayside Motors", "Cedar Law"))


def test_a_customer_pinned_by_an_id_that_is_gone_is_held_by_that_id(office: Office) -> None:
    gone = "00000000-0000-4000-8000-000000000000"
    office.edit(FIRM, CEDAR, f"  Cedar Legal: {{ids: {{nz: {gone}}}}}\n")
    office.does("pull")
    waits(office, {"Cedar Legal"}, f"({gone}) is no longer in book nz: put the right id at firm.yaml:32, then `hourbridge pull`")
    office.edit(FIRM, f"  Cedar Legal: {{ids: {{nz: {gone}}}}}\n", CEDAR)
    office.finishes()


def test_an_item_deleted_over_there_holds_what_is_billed_with_it(office: Office) -> None:
    office.xero.people.delete_item("SUP")
    office.does("pull")
    waits(
        office,
        {"Alpine Dental", "Bayside Motors"},
        "the item SUP does not exist in book nz: put it right there and run `hourbridge pull`, or name another in billing_codes.yaml",
    )
    assert "firm.yaml:42:32: no item 'SUP' for the billing code 'support'" in office.does("check", "--online", ends=2).said
    office.edit(FIRM, "nz: {item: SUP}", "nz: {account: 200}")
    office.finishes()


def test_an_item_deleted_after_the_approval_is_refused_and_billed_otherwise(office: Office) -> None:
    office.ready().xero.people.delete_item("SUP")
    ended = office.does("apply", "--format", "json", ends=4)
    assert refused(ended) == {"HB-2606-001", "HB-2606-002"}
    assert "Item code 'SUP' is not valid" in ended.said
    office.edit(FIRM, "nz: {item: SUP}", "nz: {account: 200}")
    office.finishes()


@pytest.mark.parametrize(
    ("client", "why", "check"),
    [
        ("{tax_code: 12% VAT}", "the tax code 12% VAT does not exist in book nz: name one that `hourbridge check --online` lists", "firm.yaml:32:27: no tax code '12% VAT'"),
        ("{currency: AUD, rate_card: aud}", "book nz has no currency AUD: add it there and run `hourbridge pull`, or mend `currency:`", "firm.yaml:32:27: the book 'nz' does not have AUD"),
        ("{tracking: {Region: Waikato}}", "does not exist in book nz: add it there and run `hourbridge pull`, or mend `tracking:`", "firm.yaml:32"),
    ],
    ids=["tax code unknown", "currency the sink does not have", "tracking unknown"],
)  # fmt: skip
def test_a_client_who_asks_for_what_is_not_there_waits_alone(office: Office, client: str, why: str, check: str) -> None:
    office.edit(FIRM, "  standard-usd:", "  aud: {currency: AUD, blocks: [{from: 2025-07-01, any: {any: 100.00}}]}\n  standard-usd:")
    office.edit(FIRM, CEDAR, f"  Cedar Legal: {client}\n")
    office.does("pull")
    waits(office, {"Cedar Legal"}, why)
    assert check in office.does("check", "--online", ends=2).said
    office.edit(FIRM, f"  Cedar Legal: {client}\n", CEDAR)
    office.finishes()


def test_a_currency_added_over_there_lets_the_document_go_at_the_next_pull(office: Office) -> None:
    office.edit(FIRM, "  standard-usd:", "  aud: {currency: AUD, blocks: [{from: 2025-07-01, any: {any: 100.00}}]}\n  standard-usd:")
    office.edit(FIRM, CEDAR, "  Cedar Legal: {currency: AUD, rate_card: aud}\n")
    office.does("pull")
    assert set(office.held()) == {"Cedar Legal"}
    office.xero.company.currencies.append("AUD")
    office.finishes()
