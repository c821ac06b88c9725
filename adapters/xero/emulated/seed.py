"""A company's books to begin with, from a plain dict, and the chart and tax rates of a New Zealand company."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from adapters.xero.emulated.company import (
    Account,
    BrandingTheme,
    Company,
    Contact,
    Item,
    Organisation,
    TaxRate,
    Terms,
    TrackingCategory,
    TrackingOption,
)

NEW_ZEALAND_TAX_RATES = (
    TaxRate(tax_type="OUTPUT2", name="15% GST on Income", percent=Decimal(15)),
    TaxRate(tax_type="INPUT2", name="15% GST on Expenses", percent=Decimal(15), on_sales=False),
    TaxRate(tax_type="ZERORATED", name="Zero Rated", percent=Decimal(0)),
    TaxRate(tax_type="NONE", name="No GST", percent=Decimal(0)),
)
CLASSES: dict[str, Literal["ASSET", "EQUITY", "EXPENSE", "LIABILITY", "REVENUE"]] = {
    "REVENUE": "REVENUE",
    "SALES": "REVENUE",
    "OTHERINCOME": "REVENUE",
    "EXPENSE": "EXPENSE",
    "OVERHEADS": "EXPENSE",
    "DIRECTCOSTS": "EXPENSE",
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "FIXED": "ASSET",
    "CURRLIAB": "LIABILITY",
    "EQUITY": "EQUITY",
}


class ContactSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    """`terms` as the vendor keeps them: {day: 20, type: OFFOLLOWINGMONTH}."""

    name: str
    id: str = ""
    number: str = ""
    email: str = ""
    currency: str = ""
    tax_type: str = ""
    terms: Terms | None = None
    archived: bool = False


class ItemSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    code: str
    id: str = ""
    name: str = ""
    description: str = ""
    account_code: str = ""
    tax_type: str = ""
    unit_price: Decimal | None = None
    sold: bool = True


class AccountSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    code: str
    name: str
    id: str = ""
    type: str = "REVENUE"
    tax_type: str = "OUTPUT2"


class TrackingSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    options: list[str]


class OrganisationSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    id: str = ""
    name: str = "Demo Company (NZ)"
    base_currency: str = "NZD"
    country: str = "NZ"
    timezone: str = "NEWZEALANDSTANDARDTIME"
    terms: Terms | None = None


class CompanySeed(Struct, kw_only=True, forbid_unknown_fields=True):
    """What callers may supply; ids that are missing are drawn. Tax rates default to New Zealand's."""

    organisation: OrganisationSeed = field(default_factory=OrganisationSeed)
    currencies: list[str] = field(default_factory=list)
    contacts: list[ContactSeed] = field(default_factory=list)
    items: list[ItemSeed] = field(default_factory=list)
    accounts: list[AccountSeed] = field(default_factory=list)
    tax_rates: list[TaxRate] = field(default_factory=lambda: list(NEW_ZEALAND_TAX_RATES))
    tracking: list[TrackingSeed] = field(default_factory=list)
    branding_themes: list[str] = field(default_factory=lambda: ["Standard"])


def found_company(seed: Mapping[str, Any], now: datetime, new_id: Callable[[], str]) -> Company:
    """Raises msgspec.ValidationError naming the field that is wrong or unknown."""
    given = msgspec.convert(seed, CompanySeed)
    base = given.organisation
    company = Company(
        organisation=Organisation(
            id=base.id or new_id(),
            name=base.name,
            base_currency=base.base_currency,
            country=base.country,
            timezone=base.timezone,
            terms=base.terms,
        ),
        currencies=list(dict.fromkeys([base.base_currency, *given.currencies])),
        tax_rates={rate.tax_type: msgspec.structs.replace(rate) for rate in given.tax_rates},
        tracking=[
            TrackingCategory(id=new_id(), name=one.name, options=[TrackingOption(id=new_id(), name=name) for name in one.options])
            for one in given.tracking
        ],
        branding_themes=[BrandingTheme(id=new_id(), name=name) for name in given.branding_themes],
    )
    for contact in (_contact(one, now, new_id) for one in given.contacts):
        company.contacts[contact.id] = contact
    for item in (_item(one, now, new_id) for one in given.items):
        company.items[item.id] = item
    for account in (_account(one, now, new_id) for one in given.accounts):
        company.accounts[account.id] = account
    return company


def _contact(given: ContactSeed, now: datetime, new_id: Callable[[], str]) -> Contact:
    return Contact(
        id=given.id or new_id(),
        name=given.name,
        number=given.number,
        email=given.email,
        status="ARCHIVED" if given.archived else "ACTIVE",
        currency=given.currency,
        tax_type=given.tax_type,
        terms=given.terms,
        updated_at=now,
    )


def _item(given: ItemSeed, now: datetime, new_id: Callable[[], str]) -> Item:
    return Item(
        id=given.id or new_id(),
        code=given.code,
        name=given.name,
        description=given.description,
        account_code=given.account_code,
        tax_type=given.tax_type,
        unit_price=given.unit_price,
        sold=given.sold,
        updated_at=now,
    )


def _account(given: AccountSeed, now: datetime, new_id: Callable[[], str]) -> Account:
    return Account(
        id=given.id or new_id(),
        code=given.code,
        name=given.name,
        type=given.type,
        account_class=CLASSES[given.type],
        tax_type=given.tax_type,
        updated_at=now,
    )
