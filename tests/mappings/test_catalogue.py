from datetime import date
from decimal import Decimal

import pytest
from msgspec import structs

from connector.core.values import BookFacts
from connector.mappings import check_catalogue
from connector.model import Account, Catalogue, Customer, Item, TaxCode, TrackingCategory

GOOD = Catalogue(
    company_id="c",
    currency="NZD",
    currencies=("NZD", "AUD"),
    customers=(Customer(id="1", name="Alpine Dental"), Customer(id="2", name="Bayside Motors")),
    items=(Item(id="1", code="SUP", name="Support"),),
    accounts=(Account(id="1", code="205", name="Sales"),),
    tax_codes=(TaxCode(code="OUTPUT2", name="GST", percent=Decimal(15)), TaxCode(code="ZERO", name="Zero Rated")),
    tracking=(TrackingCategory(id="1", name="Region", options={"Waikato": "1", "Otago": "2"}),),
)


def facts(catalogue, **more):
    return BookFacts(name="nz", start=date(2026, 1, 1), today=date(2026, 7, 1), catalogue=catalogue, **more)


def told(prove, text="", **changes):
    checked = prove(text)
    assert checked.problems == ()
    found = check_catalogue(checked.mapping, facts(structs.replace(GOOD, **changes)))
    return found.problems


def test_a_catalogue_that_has_everything_gives_nothing(prove):
    found = check_catalogue(prove().mapping, facts(GOOD))
    assert (found.problems, found.notes) == ((), ())


def test_without_a_catalogue_nothing_is_judged(prove):
    assert check_catalogue(prove().mapping, facts(None)).problems == ()


A = GOOD.customers[1]
CASES = [
    ("", {"customers": (A, Customer(id="1", name="Alpine Dentists"))}, "base.yaml:16:3: no customer 'Alpine Dental'; did you mean 'Alpine Dentists'?"),
    ("", {"customers": (A, Customer(id="9", name="Q"))}, "base.yaml:16:3: no customer 'Alpine Dental'; make it there, or say `customer: …` for 'Alpine Dental'"),
    ("", {"customers": (A, Customer(id="1", name="alpine dental", active=False))}, "base.yaml:16:3: the customer 'alpine dental' is inactive over there; make it active there, or name another"),
    ("", {"customers": (A, Customer(id="1", name="Alpine Dental", merged_into="2"))}, "base.yaml:16:3: the customer 'Alpine Dental' was merged into 'Bayside Motors' over there; name or pin that one"),
    ("", {"customers": (A, Customer(id="1", name="Alpine Dental"), Customer(id="3", name="Alpine Dental"))}, "base.yaml:16:3: 2 customers are called 'Alpine Dental'; `hourbridge map pin` says which by its id"),
    ("", {"customers": (A, Customer(id="1", name="Alpine Dental", currency="AUD"))}, "base.yaml:16:3: 'Alpine Dental' is billed in NZD, and its customer is kept in AUD; say `currency: AUD`"),
    ("clients:\n  C: {customer: Nobody}", {}, "more.yaml:2:17: no customer 'Nobody'; "),
    ("clients:\n  C: {ids: {nz: 77}}", {}, "more.yaml:2:3: the customer with id 77 ('C') is not there; pin another"),
    ("clients:\n  C: {bill_to: [{customer: Bayside Motor}]}", {}, "more.yaml:2:17: no customer 'Bayside Motor'; did you mean 'Bayside Motors'?"),
    ("", {"items": ()}, "base.yaml:26:32: no item 'SUP' for the billing code 'support'; make the item there, or name another"),
    ("", {"items": (Item(id="1", code="SUP", active=False),)}, "base.yaml:26:32: the item 'SUP' is inactive over there; "),
    ("", {"items": (Item(id="1", code="SUP", sold=False),)}, "base.yaml:26:32: the item 'SUP' is not sold over there; "),
    ("", {"items": (Item(id="1", code="SUP", account="a7"),), "accounts": (Account(id="a7", code="400", name="Sales", active=False),)}, "base.yaml:26:32: the item 'SUP' sells into the account 'Sales', which is inactive over there; make the account active there, or give the item another"),
    ("billing_codes:\n  x: {nz: {account: 206}}", {}, "more.yaml:2:11: no account '206' for the billing code 'x'; make the account there, or name another"),
    ("", {"tax_codes": (TaxCode(code="G", name="GST Free"),)}, "base.yaml:5:15: no tax code 'GST'; did you mean 'GST Free'?"),
    ("", {"tax_codes": (TaxCode(code="G", name="GST", active=False),)}, "base.yaml:5:15: the tax code 'GST' is no longer in use over there; name another"),
    ("clients:\n  Bay: {customer: Bayside Motors, tracking: {Regio: Otago}}", {}, "more.yaml:2:45: no tracking category 'Regio'; did you mean 'Region'?"),
    ("clients:\n  Bay: {customer: Bayside Motors, tracking: {Region: Otagoo}}", {}, "more.yaml:2:45: the tracking category 'Region' has no option 'Otagoo'; did you mean 'Otago'?"),
    ("clients:\n  Bay: {customer: Bayside Motors, currency: USD}", {}, "more.yaml:2:45: the book 'nz' does not have USD; add the currency there; it has NZD, AUD"),
    ("", {"lock_date": date(2026, 6, 30)}, "base.yaml:8:19: documents of last month would be dated 2026-06-30, and everything up to 2026-06-30 is locked over there; have the lock date moved"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "changes", "line"), CASES, ids=[line.split(": ", 1)[1][:50] for _, _, line in CASES])
def test_what_the_book_does_not_have_is_told_at_its_place(prove, text, changes, line):
    found = told(prove, text, **changes)
    assert any(said.startswith(line) for said in found), found


def test_a_lock_before_the_last_period_is_no_problem(prove):
    assert told(prove, lock_date=date(2026, 6, 29)) == ()


def test_a_rename_of_a_pinned_customer_is_only_noted(prove):
    mapping = prove("clients:\n  C: {ids: {nz: 2}}").mapping
    found = check_catalogue(mapping, facts(GOOD))
    assert found.problems == ()
    assert found.notes == (
        "more.yaml:2:3: the customer 'C' is now called 'Bayside Motors' over there; nothing to do: it is known by its id",
    )


def test_what_is_missing_from_a_half_read_catalogue_is_only_noted(prove):
    found = check_catalogue(prove().mapping, facts(structs.replace(GOOD, customers=(), complete=False)))
    assert found.problems == ()
    assert len(found.notes) == 2


def test_internal_merged_and_long_closed_clients_need_no_customer(prove):
    assert told(prove, "clients:\n  I: {internal: true}\n  M: {merged_into: Alpine Dental}\n  X: {closed: 2025-12-31}") == ()


SINK = [
    ({"price_places": 2}, "special_rates:\n  - {client: Alpine Dental, rate: 1.005}", "more.yaml:2:5: the price 1.005 has 3 decimal places; the book 'nz' takes 2: round it"),
    ({"price_places": 2}, "rate_cards:\n  x: {currency: NZD, blocks: [{from: 2026-01-01, any: {any: 1.005}}]}\nclients:\n  C: {rate_card: x}", "more.yaml:2:61: the price 1.005 has 3 decimal places; "),
    ({"quantity_places": 2}, "hours_places: 3", "base.yaml:4:15: `hours_places` is 3; the book 'nz' takes 2: lower it"),
    ({"amount_places": 2}, "clients:\n  C: {currency: KWD, rate_card: k}\nrate_cards:\n  k: {currency: KWD, blocks: [{from: 2026-01-01, any: {any: 1}}]}", "more.yaml:2:17: KWD has 3 decimal places; the book 'nz' takes 2: bill in another currency"),
    ({"drafts": False}, "", "base.yaml:10:14: the book 'nz' has no drafts; write `send_as: posted`"),
    ({"number_length_max": 10}, "", "base.yaml:9:13: a number of 'HB-{yymm}-{seq:3}' has 11 characters; shorten it: at most 10 are taken over there"),
]  # fmt: skip


@pytest.mark.parametrize(("traits", "text", "line"), SINK, ids=[next(iter(traits)) + str(at) for at, (traits, _, _) in enumerate(SINK)])
def test_what_the_sink_does_not_take_is_a_problem_of_the_files(prove, traits, text, line):
    assert prove(text).problems == ()
    found = [str(problem) for problem in prove(text, facts={"nz": facts(None, **traits)}).problems]
    assert len(found) == 1
    assert found[0].startswith(line)


def test_what_somebody_must_set_right_in_the_company_comes_first(prove):
    assert told(prove, problems=("custom numbers are off: switch them on",)) == ("book nz: custom numbers are off: switch them on",)


def test_a_book_whose_lines_name_items_takes_no_account(prove):
    problems = told(prove, "billing_codes:\n  x: {nz: {account: 205}}", targets=("item",))
    assert problems == ("more.yaml:2:11: the billing code 'x' names the account '205'; a line over there takes an item",)
