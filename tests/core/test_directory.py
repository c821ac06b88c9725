from datetime import date

import pytest
from invoicing_firm import HERE, NZ, Decimal, book, catalogue, charge, client, code, files, only, options

from connector.core.directory import Directory
from connector.core.mapping import BillTo, Project, Span
from connector.model import Account, Customer, Item, Target, TaxCode, TrackingCategory

D = Decimal


def held(of=None, mapping=None, facts=None, **said):
    return only([charge(of or client(), **said)], mapping, facts=facts)


def test_a_customer_is_found_by_name_whatever_its_capitals():
    one = held(client("alpine  DENTAL"))
    assert (one.customer_id, one.customer, one.hold) == ("c-alpine", "Alpine Dental", ())


def test_a_pinned_id_survives_a_rename():
    one = held(client("Alpine", ids=[("nz", "c-alpine")], customer="Old name"))
    assert (one.customer_id, one.customer, one.hold) == ("c-alpine", "Alpine Dental", ())


def test_a_customer_that_changes_counts_by_the_invoice_date():
    said = (Span("Fairweather Retail Ltd", until=date(2026, 6, 29)), Span("Glenholm Council", since=date(2026, 6, 30)))
    assert held(client("Alpine", ids=[("nz", "c-alpine")], customer=said)).customer_id == "c-glenholm"


@pytest.mark.parametrize(
    ("of", "customers", "reason"),
    [
        (
            client("Nobody"),
            (),
            "no customer in book nz is named Nobody: create it there and run `hourbridge pull`, or say `customer:` at clients.yaml:7",
        ),
        (
            client("A", ids=[("nz", "gone")]),
            (),
            "the customer A (gone) is no longer in book nz: put the right id at clients.yaml:7, then `hourbridge pull`",
        ),
        (
            client("A"),
            (Customer(id="1", name="A", active=False),),
            "the customer A is inactive in book nz: make it active there, or name another in clients.yaml",
        ),
        (
            client("A"),
            (Customer(id="1", name="A", merged_into="2"), Customer(id="2", name="B")),
            "the customer A was merged into B (2) in book nz: put that id in clients.yaml",
        ),
        (
            client("A"),
            (Customer(id="1", name="A", merged_into="9"),),
            "the customer A was merged into 9 in book nz: put that id in clients.yaml",
        ),
        (
            client("A"),
            (Customer(id="1", name="A"), Customer(id="2", name="a")),
            "2 customers in book nz are named A: say which with its id at clients.yaml:7 (`hourbridge map pin`)",
        ),
    ],
)
def test_a_customer_that_cannot_be_billed_holds_the_document(of, customers, reason):
    assert held(of, facts=book(catalogue=catalogue(customers=customers))).hold == (reason,)


def test_an_archived_namesake_is_no_rival():
    customers = (Customer(id="1", name="Alpine Dental", active=False), Customer(id="2", name="Alpine Dental"))
    assert held(facts=book(catalogue=catalogue(customers=customers))).customer_id == "2"


def test_without_a_catalogue_everything_is_held_until_a_pull():
    one = held(facts=book(catalogue=None))
    assert one.hold == ("the catalogue of book nz has not been read yet: run `hourbridge pull`",)
    assert (one.customer_id, one.lines[0].line.tax_code) == ("Alpine Dental", "15% GST on Income")


def test_a_catalogue_read_in_part_is_not_trusted():
    assert "only in part" in held(facts=book(catalogue=catalogue(complete=False))).hold[0]


def test_a_book_that_checks_nothing_takes_names_as_codes():
    facts = book(name="files", catalogue=None, checks_catalogue=False)
    mapping = files().__class__(digest="d", defaults=(("files", options(**NZ)),), billing_codes=(code("support", "Support"),))
    one = held(client(ids=[("files", "42")]), mapping, facts, book="files", billing_code="support")
    line = one.lines[0].line
    assert (one.customer_id, one.customer, line.target, line.tax_code, one.hold) == (
        "42",
        "Alpine Dental",
        Target("item", "support"),
        "15% GST on Income",
        (),
    )
    assert (line.tax, one.tax, one.gross) == (None, None, None)


def test_a_bill_to_is_found_by_id_or_name():
    payers = (
        BillTo(customer="Fairweather Retail Ltd", options=options(), where=HERE),
        BillTo(customer="Renamed", customer_id="c-logistics", options=options(), where=HERE),
    )
    fairweather = client("Fairweather Group", bill_to=payers)
    assert held(fairweather, bill_to=0).customer_id == "c-retail"
    assert held(fairweather, bill_to=1).customer == "Fairweather Logistics Pty Ltd"


def test_a_tax_code_is_found_by_code_or_name():
    directory = Directory(book())
    assert directory.tax_rate("OUTPUT2").code == directory.tax_rate("15% gst on income").code == "OUTPUT2"


def test_a_code_beats_a_name_and_what_is_in_use_beats_what_is_not():
    codes = (
        TaxCode(code="B", name="A"),
        TaxCode(code="A", name="x"),
        TaxCode(code="old", name="y", active=False),
        TaxCode(code="new", name="y"),
    )
    directory = Directory(book(catalogue=catalogue(tax_codes=codes)))
    assert directory.tax_rate("A").code == "A"
    assert directory.tax_rate("Y").code == "new"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("17% VAT", "the tax code 17% VAT does not exist in book nz: name one that `hourbridge check --online` lists"),
        ("OLD", "the tax code OLD is inactive in book nz: name one that `hourbridge check --online` lists"),
        (None, "no tax code is said for book nz: add `tax_code:` to its defaults in clients.yaml"),
    ],
)
def test_a_tax_code_that_cannot_be_used_holds_the_document(said, reason):
    facts = book(catalogue=catalogue(tax_codes=(TaxCode(code="OLD", active=False),)))
    mapping = files(nz={"tax_code": said})
    assert held(mapping=mapping, facts=facts).hold == (reason,)


@pytest.mark.parametrize(
    ("target", "there", "what"),
    [
        (Target("account", "999"), {}, "the account 999 does not exist"),
        (
            Target("account", "200"),
            {"accounts": (Account(id="1", code="200", active=False),)},
            "the account 200 is inactive or not for sale",
        ),
        (Target("item", "GONE"), {}, "the item GONE does not exist"),
        (
            Target("item", "T"),
            {"items": (Item(id="1", code="T", sold=False),)},
            "the item T is inactive or not for sale",
        ),
    ],
)
def test_an_item_or_account_that_cannot_be_used_holds_the_document(target, there, what):
    mapping = files(codes=(code("support", nz=target),))
    assert held(mapping=mapping, facts=book(catalogue=catalogue(**there))).hold == (
        f"{what} in book nz: put it right there and run `hourbridge pull`, or name another in billing_codes.yaml",
    )


SALES = Account(id="a7", code="400", name="Sales")
CLOSED = Account(id="a8", code="410", active=False)


@pytest.mark.parametrize(
    ("account", "problem"),
    [
        ("", ""),
        ("a7", ""),
        ("nobody knows it", ""),
        (
            "a8",
            "the item Time sells into the account 410, which is inactive in book nz: make it active there or give the item another",
        ),
        ("410", "the item Time sells into the account 410, which is inactive"),
    ],
)
def test_an_item_whose_account_is_no_longer_in_use_cannot_be_sold(account, problem):
    there = catalogue(items=(Item(id="1", code="T", name="Time", account=account),), accounts=(SALES, CLOSED))
    _, said = Directory(book(catalogue=there)).target(Target("item", "T"))
    assert said.startswith(problem)
    assert bool(said) == bool(problem)


def test_where_nothing_is_checked_an_item_stands_for_itself_whatever_its_account():
    there = catalogue(items=(Item(id="1", code="T", account="a8"),), accounts=(CLOSED,))
    assert Directory(book(catalogue=there, checks_catalogue=False)).target(Target("item", "T")) == (Target("item", "T"), "")


def test_an_item_is_found_by_its_name():
    assert Directory(book()).target(Target("item", "travel TIME")) == (Target("item", "TRAVEL"), "")


def test_tracking_is_spelled_as_over_there_and_must_exist():
    directory = Directory(book())
    assert directory.tracking({"region": "waikato"}) == ((("Region", "Waikato"),), ())
    _, problems = directory.tracking({"Region": "Otago", "Team": "Blue"})
    assert [problem.split(" does")[0] for problem in problems] == [
        "the option Otago of tracking Region",
        "the tracking category Team",
    ]


def test_a_currency_the_book_has_not_holds_the_document():
    assert "no currency SEK" in held(currency="SEK").hold[0]
    assert Directory(book(catalogue=catalogue(currency="", currencies=()))).currency_problem("SEK") == ""


@pytest.mark.parametrize(("lock", "held_back"), [("2026-06-29", False), ("2026-06-30", True), ("2026-07-15", True)])
def test_a_document_dated_on_or_before_the_lock_date_is_held(lock, held_back):
    one = held(facts=book(catalogue=catalogue(lock_date=date.fromisoformat(lock))))
    assert bool(one.hold) == held_back
    assert not held_back or "is locked up to" in one.hold[0]


def test_a_code_without_a_target_says_where_to_add_one():
    travel = charge(client(), billing_code="project", book="nz")
    [reason] = only([travel], files(codes=(code("project", us=Target("item", "X")),))).hold
    assert reason == "the billing code project has no item or account in book nz on 2026-06-30: add `nz:` at billing_codes.yaml:3"
    [reason] = only([charge(client(), billing_code="odd")]).hold
    assert "odd is not in billing_codes.yaml" in reason
    one = only([charge(client()), charge(client(), disposition="no_charge", billing_code="")], show=("no_charge",))
    assert "shown time has no billing code" in one.hold[0]


def test_an_option_is_named_by_its_id_where_lines_want_that():
    classes = TrackingCategory(id="Class", name="Class", options={"MSP": "5001"}, by_id=True)
    directory = Directory(book(catalogue=catalogue(tracking=(classes,))))
    assert directory.tracking({"class": "msp"}) == ((("Class", "5001"),), ())


LOCATIONS = TrackingCategory(id="Location", name="Location", options={"North": "71", "South": "72"}, by_id=True, per="document")


def divided(*trackings, category=LOCATIONS, **facts):
    return list(Directory(book(catalogue=catalogue(tracking=(category,)), **facts)).divided(trackings))


def test_what_a_document_has_once_must_be_the_same_on_every_line():
    assert divided() == divided({}, {}) == divided({"Location": "71"}, {"Location": "71", "Class": "5001"}) == []
    (reason,) = divided({"Location": "71"}, {"Location": "72"})
    assert reason.startswith("its lines are of several of Location (North, South), and a document of book nz has one: ")
    assert "mend `tracking:`" in reason
    assert "(North, none)" in divided({"Location": "71"}, {})[0]


def test_what_each_line_has_or_nobody_checks_may_differ():
    each = TrackingCategory(id="Location", name="Location", options={"North": "71", "South": "72"}, by_id=True)
    assert divided({"Location": "71"}, {"Location": "72"}, category=each) == []
    assert divided({"Location": "71"}, {"Location": "72"}, checks_catalogue=False) == []


def test_options_by_name_are_said_as_they_are():
    named = TrackingCategory(id="d", name="Location", options={"North": "71", "South": "72"}, per="document")
    assert "(North, South)" in divided({"Location": "South"}, {"Location": "North"}, category=named)[0]


def test_a_document_of_two_locations_is_held():
    attic = Project(name="Attic", options=options(tracking=(("Location", "South"),)), where=HERE)
    of = client(projects=[attic], tracking=(("Location", "North"),))
    facts = book(catalogue=catalogue(tracking=(LOCATIONS,)))
    assert only([charge(of)], facts=facts).hold == ()
    (reason,) = only([charge(of), charge(of, project="Attic")], facts=facts).hold
    assert "several of Location (North, South)" in reason


def test_a_book_whose_lines_name_items_takes_no_account():
    target, problem = Directory(book(catalogue=catalogue(targets=("item",)))).target(Target("account", "200"))
    assert target == Target("account", "200")
    assert "names an item, and 200 is an account" in problem


def test_what_is_wrong_in_the_company_itself_holds_every_document():
    facts = book(catalogue=catalogue(problems=("custom numbers are off: switch them on",)))
    assert "book nz: custom numbers are off: switch them on" in held(facts=facts).hold
