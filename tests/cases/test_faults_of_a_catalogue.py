"""X6 in QuickBooks: what finance's files name is inactive, deleted or gone over there between the plan and the apply.

Each is refused with its reason, alone; the rest of the batch goes. Once it is mended over there the document goes at the next run, with a
key of its own: a vendor that remembers keys would answer a used one with the refusal for ever.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from adapters.quickbooks.emulated.people import People
from tests.adapters.quickbooks.bench import QuickBooksBench
from tests.adapters.quickbooks.books import ABROAD
from tests.cases.firm import SETTLED_S, US, CaseFirm

Click = Callable[[People], object]
ALPINE, BAYSIDE, CEDAR = "HB-2606-001", "HB-2606-002", "HB-2606-003"
ALL = {ALPINE, BAYSIDE, CEDAR}
WORK = (
    ("work_types:\n", "work_types:\n  Support: support\n"),
    ("billing_codes:\n", "billing_codes:\n  support: {text: Support, nz: {item: 'Services:Projects'}}\n"),
)


def activate(name: str, active: bool) -> Click:
    return lambda people: setattr(people.named(name), "active", active)


def account(name: str, active: bool) -> Click:
    return lambda people: setattr(people.account(name), "active", active)


def merged(people: People) -> None:
    """The item became another's: its id is gone for good, and one of its name is there."""
    old = people.item("Services:Projects")
    items = people._company.items
    del items[old.id]
    items["991"] = msgspec.structs.replace(old, id="991")


BROKEN: dict[str, tuple[Click, Click, set[str], str, str]] = {
    "customer inactive": (
        lambda people: people.inactivate_customer("Cedar Legal"), lambda people: people.activate_customer("Cedar Legal"), {CEDAR},
        "has been made inactive. Check the fields with customers", "the customer Cedar Legal is inactive in book nz",
    ),
    "item deleted": (
        lambda people: people.delete_item("Services:Projects"), lambda people: people.restore_item("Services:Projects"), {BAYSIDE},
        "has been made inactive. Check the fields with items", "the item Services:Projects is inactive or not for sale in book nz",
    ),
    "account of an item inactive": (
        account("Project income", active=False), account("Project income", active=True), {BAYSIDE},
        "an account that was made inactive", "the item Services:Projects sells into the account Project income, which is inactive in book nz",
    ),
    "class inactive": (
        activate("MSP", active=False), activate("MSP", active=True), ALL,
        "has been made inactive. Check the fields with classes", "the option MSP of tracking Class does not exist in book nz",
    ),
    "location inactive": (
        activate("North", active=False), activate("North", active=True), ALL,
        "has been made inactive", "the option North of tracking Location does not exist in book nz",
    ),
    "period closed": (
        lambda people: people.close_books(date(2026, 6, 30)), lambda people: people.close_books(None), ALL,
        "The account period has closed", "book nz is locked up to 30 June 2026",
    ),
}  # fmt: skip


@pytest.fixture
def approved() -> Iterator[CaseFirm]:
    """Three documents, approved: Bayside's names an item of its own, in an account of its own."""
    firm = CaseFirm(QuickBooksBench(US))
    firm.mapping = firm.mapping_with(*WORK)
    firm.work("one", "Alpine Dental", hours="1")
    firm.work("two", "Bayside Motors", hours="2", work_type="Support")
    firm.work("three", "Cedar Legal", hours="3")
    firm.pull()
    firm.approve()
    yield firm
    firm.bench.close()


def held(firm: CaseFirm) -> dict[str, str]:
    return {step.client: step.reason for step in firm.plan().steps if step.action == "hold"}


def keys(firm: CaseFirm, since: int = 0) -> list[str]:
    return [params["requestid"] for params in firm.bench.books.sent.params()[since:]]


def goes_once_mended(firm: CaseFirm, numbers: set[str]) -> None:
    """The documents that were refused go now, under their own numbers and other keys; a run after that sends nothing."""
    before = keys(firm)
    firm.approve()
    assert set(firm.apply().done) == numbers
    assert not {*before} & {*keys(firm, len(before))}, "a key that was refused is used for ever"
    assert {one.number for one in firm.in_force()} == ALL
    assert (firm.hours_there(), firm.net_there()) == (6, 600)
    firm.reconciled()
    firm.silent()


@pytest.mark.parametrize(("breaks", "mends", "refused", "said", "why"), BROKEN.values(), ids=BROKEN)
def test_x6_what_the_catalogue_lost_after_the_approval_is_refused_alone_and_goes_once_it_is_mended(
    approved: CaseFirm, breaks: Click, mends: Click, refused: set[str], said: str, why: str
) -> None:
    breaks(approved.bench.people)
    told = approved.apply()
    assert {number for number, _ in told.refused} == refused
    assert set(told.done) == ALL - refused
    assert all(said in reason for _, reason in told.refused), told.refused
    assert sum(approved.seconds().values()) == 6 * 3600, "nothing is lost"
    approved.pull()
    assert len(held(approved)) == len(refused), "the next pull says it before anything is sent"
    assert all(why in reason for reason in held(approved).values()), held(approved)
    mends(approved.bench.people)
    approved.pull()
    goes_once_mended(approved, refused)


@pytest.mark.parametrize(("breaks", "mends", "refused", "_said", "_why"), BROKEN.values(), ids=BROKEN)
def test_x6_what_was_mended_before_anybody_read_the_catalogue_again_goes_with_another_key(
    approved: CaseFirm, breaks: Click, mends: Click, refused: set[str], _said: str, _why: str
) -> None:
    """The catalogue is as it was, so the bytes may be the same: a refusal that is remembered would be answered again."""
    breaks(approved.bench.people)
    approved.apply()
    mends(approved.bench.people)
    approved.pull()
    goes_once_mended(approved, refused)


def test_x6_an_item_that_became_another_is_refused_and_billed_with_the_one_of_its_name(approved: CaseFirm) -> None:
    merged(approved.bench.people)
    told = approved.apply()
    assert [(number, "Item element id" in reason) for number, reason in told.refused] == [(BAYSIDE, True)]
    approved.pull()
    goes_once_mended(approved, {BAYSIDE})


def test_x6_a_refusal_that_nobody_heard_of_is_heard_when_the_same_request_goes_again_and_then_has_another_key(approved: CaseFirm) -> None:
    """In doubt, not refused: after the settle time what is not there goes again, and hears what it is. Mended, it has another key."""
    approved.bench.people.inactivate_customer("Cedar Legal")
    approved.bench.lose_answer()
    assert len(approved.apply().doubt) == 3
    approved.bench.advance(SETTLED_S)
    approved.apply()
    assert {one.number for one in approved.in_force()} == ALL - {CEDAR}
    approved.bench.people.activate_customer("Cedar Legal")
    approved.bench.advance(SETTLED_S)
    approved.pull()
    goes_once_mended(approved, {CEDAR})


def test_x6_a_refusal_that_the_vendor_remembers_is_answered_again_to_the_same_key_and_not_to_the_next(approved: CaseFirm) -> None:
    """Alone, refused, the answer lost; mended before it goes again. In doubt it keeps its key, and hears the old refusal."""
    approved.work("one", "Alpine Dental", hours="0")
    approved.work("two", "Bayside Motors", hours="0")
    approved.pull()
    approved.bench.people.inactivate_customer("Cedar Legal")
    approved.bench.lose_answer()
    assert [number for number, _ in approved.apply().doubt] == [CEDAR]
    approved.bench.people.activate_customer("Cedar Legal")
    approved.bench.advance(SETTLED_S)
    assert [number for number, _ in approved.apply().refused] == [CEDAR]
    first, again = keys(approved)
    assert first == again, "in doubt the key stays"
    approved.pull()
    approved.approve()
    assert approved.apply().done == [CEDAR]
    assert keys(approved)[-1] != first
    assert approved.net_there() == 300
    approved.silent()


def test_x6_a_tax_code_that_is_no_longer_in_use_is_refused_and_held_until_another_is_named() -> None:
    """A company abroad, where lines name tax codes by id: 20 % becomes inactive after the approval."""
    firm = CaseFirm(
        QuickBooksBench(
            {**ABROAD, "customers": [{"name": name} for name in ("Alpine Dental", "Bayside Motors", "A stranger")], "classes": ["MSP"],
             "departments": ["North"], "tax_codes": [{"name": "20.0% S", "percent": "20"}, {"name": "20.0% new", "percent": "20"},
                                                     {"name": "0.0% Z"}]},
            currency="GBP", multicurrency=True, automated_sales_tax=False, po_field="",
        )
    )  # fmt: skip
    pounds = (("currency: USD", "currency: GBP"), ("tax_code: TAX", "tax_code: '20.0% S'"))
    firm.mapping = firm.mapping_with(*pounds, ("  Bayside Motors:\n", "  Bayside Motors: {tax_code: '0.0% Z'}\n"))
    firm.work("one", "Alpine Dental")
    firm.work("two", "Bayside Motors")
    firm.pull()
    firm.approve()
    firm.bench.people.tax_code("20.0% S").active = False
    told = firm.apply()
    assert [number for number, _ in told.refused] == [ALPINE]
    assert "tax code" in told.refused[0][1]
    assert told.done == [BAYSIDE]
    firm.pull()
    assert held(firm) == {
        "Alpine Dental": "the tax code 20.0% S is inactive in book nz: name one that `hourbridge check --online` lists",
    }
    firm.mapping = firm.mapping_with(
        ("currency: USD", "currency: GBP"), ("tax_code: TAX", "tax_code: '20.0% new'"),
        ("  Bayside Motors:\n", "  Bayside Motors: {tax_code: '0.0% Z'}\n"),
    )  # fmt: skip
    firm.pull()
    firm.approve()
    assert firm.apply().done == [ALPINE]
    assert firm.live() == {ALPINE: Decimal(100), BAYSIDE: Decimal(100)}
    firm.reconciled()
    firm.silent()
    firm.bench.close()


def test_x6_a_credit_note_that_names_an_inactive_item_waits_and_takes_back_exactly_once(approved: CaseFirm) -> None:
    """Two hours of Bayside's were billed, one was right: the credit is refused while its item is inactive; nothing is freed before it
    stands there, and the time is billed anew after it.
    """
    approved.apply()
    approved.work("two", "Bayside Motors", hours="1", work_type="Support")
    approved.pull()
    approved.choose("credit", f"{BAYSIDE}:list:two")
    approved.approve()
    approved.bench.people.delete_item("Services:Projects")
    told = approved.apply()
    assert len(told.refused) == 1
    assert approved.hours_there() == 6, "nothing was taken back, nothing was billed again"
    approved.bench.people.restore_item("Services:Projects")
    for _ in range(3):
        approved.pull()
        if approved.plan().sending:
            approved.approve()
        approved.apply()
    approved.month_later()
    approved.bill()
    approved.apply()
    assert approved.hours_there() == 5
    assert approved.net_there() == 500
    approved.none_twice()
    approved.silent()
