"""A company's books to begin with, from a plain dict; tax codes and terms of a US company where none are given."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct, field

from adapters.quickbooks.emulated.company import Account, Company, Customer, Item, Named, Preferences, TaxCode, Term

US_TAX_CODES = (
    TaxCode(id="TAX", name="TAX"),
    TaxCode(id="NON", name="NON", taxable=False),
    TaxCode(id="2", name="Automated Sales Tax"),
)
TERMS = (
    Term(id="1", name="Due on receipt"),
    Term(id="2", name="Net 15", due_days=15),
    Term(id="3", name="Net 30", due_days=30),
    Term(id="4", name="Net 60", due_days=60),
)


class CustomerSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    """`terms` names one of the company's terms."""

    name: str
    id: str = ""
    currency: str = ""
    terms: str = ""
    taxable: bool = True
    email: str = ""
    inactive: bool = False


class ItemSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    """`name` in full: `Services:Support` makes the category too. `account` is the income account's name."""

    name: str
    id: str = ""
    sku: str = ""
    account: str = "Services"
    price: Decimal | None = None
    taxable: bool = False


class AccountSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    id: str = ""
    number: str = ""
    type: str = "Income"
    classification: str = "Revenue"


class TaxCodeSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    id: str = ""
    percent: Decimal = Decimal(0)


class TermSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    due_days: int = 0
    day_of_month: int = 0
    next_month_days: int = 0


class CompanySeed(Struct, kw_only=True, forbid_unknown_fields=True):
    """What callers may supply; ids that are missing are drawn. `refresh_tokens` are good from the beginning."""

    realm_id: str = "4620816365000000001"
    name: str = "Demo Company (US)"
    country: str = "US"
    preferences: Preferences = field(default_factory=Preferences)
    currencies: list[str] = field(default_factory=list)
    customers: list[CustomerSeed] = field(default_factory=list)
    items: list[ItemSeed] = field(default_factory=list)
    accounts: list[AccountSeed] = field(default_factory=lambda: [AccountSeed(name="Services")])
    tax_codes: list[TaxCodeSeed] = field(default_factory=list)
    terms: list[TermSeed] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    departments: list[str] = field(default_factory=list)
    refresh_tokens: list[str] = field(default_factory=list)


def found_company(seed: Mapping[str, Any], now: datetime) -> tuple[Company, list[str]]:
    """The company, and the refresh tokens. Raises msgspec.ValidationError naming the field that is wrong or unknown."""
    given = msgspec.convert(seed, CompanySeed)
    company = Company(
        realm_id=given.realm_id,
        name=given.name,
        country=given.country,
        preferences=given.preferences,
        currencies=list(dict.fromkeys([given.preferences.home_currency, *given.currencies])),
    )
    company.terms = _terms(company, given.terms)
    company.tax_codes = {code.id: code for code in _tax_codes(company, given.tax_codes)}
    for one in given.accounts:
        account = msgspec.convert(msgspec.to_builtins(one) | {"id": one.id or company.draw_id()}, Account)
        company.accounts[account.id] = account
    for names, table in ((given.classes, company.classes), (given.departments, company.departments)):
        for name in names:
            made = Named(id=company.draw_id(), name=name)
            table[made.id] = made
    for customer in given.customers:
        _add_customer(company, customer, now)
    for item in given.items:
        _add_item(company, item, now)
    return company, given.refresh_tokens


def _terms(company: Company, given: Iterable[TermSeed]) -> dict[str, Term]:
    made = [
        Term(
            id=company.draw_id(), name=one.name, type="DATE_DRIVEN" if one.day_of_month else "STANDARD", due_days=one.due_days,
            day_of_month=one.day_of_month, next_month_days=one.next_month_days,
        )
        for one in given
    ]  # fmt: skip
    company.next_id = max(company.next_id, 10)
    return {term.id: term for term in made or [msgspec.structs.replace(term) for term in TERMS]}


def _tax_codes(company: Company, given: Iterable[TaxCodeSeed]) -> list[TaxCode]:
    """A US company has its own; elsewhere each code has a rate."""
    made = [TaxCode(id=one.id or company.draw_id(), name=one.name, percent=one.percent) for one in given]
    return made or [msgspec.structs.replace(code) for code in US_TAX_CODES]


def _add_customer(company: Company, given: CustomerSeed, now: datetime) -> None:
    terms_id = next((term.id for term in company.terms.values() if term.name == given.terms), "")
    if given.terms and not terms_id:
        raise msgspec.ValidationError(f"the company has no terms '{given.terms}'")
    customer = Customer(
        id=given.id or company.draw_id(), name=given.name, active=not given.inactive, currency=given.currency, terms_id=terms_id,
        taxable=given.taxable, email=given.email, updated_at=now,
    )  # fmt: skip
    company.customers[customer.id] = customer


def _add_item(company: Company, given: ItemSeed, now: datetime) -> None:
    parent, _, name = given.name.rpartition(":")
    if parent and not any(one.type == "Category" and one.full_name == parent for one in company.items.values()):
        category = Item(id=company.draw_id(), name=parent, type="Category", updated_at=now)
        company.items[category.id] = category
    account_id = next((one.id for one in company.accounts.values() if one.name == given.account), "")
    if not account_id:
        raise msgspec.ValidationError(f"the company has no account '{given.account}'")
    item = Item(
        id=given.id or company.draw_id(), name=name, parent=parent, sku=given.sku, account_id=account_id, price=given.price,
        taxable=given.taxable, updated_at=now,
    )  # fmt: skip
    company.items[item.id] = item
