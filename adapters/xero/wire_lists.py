"""What Xero answers of everything that a mapping may name, and of what was done to a document, only the fields we use."""

from decimal import Decimal

from msgspec import field

from adapters.xero.wire import Pagination, Wire


class Bill(Wire, frozen=True):
    day: int | None = None
    type: str | None = None


class PaymentTerms(Wire, frozen=True):
    sales: Bill | None = None


class Receivable(Wire, frozen=True):
    overdue: Decimal | None = None


class Balances(Wire, frozen=True):
    accounts_receivable: Receivable | None = None


class Contact(Wire, frozen=True):
    contact_id: str | None = None
    name: str | None = None
    contact_status: str | None = None
    merged_to_contact_id: str | None = None
    default_currency: str | None = None
    accounts_receivable_tax_type: str | None = None
    payment_terms: PaymentTerms | None = None
    balances: Balances | None = None


class Contacts(Wire, frozen=True):
    contacts: tuple[Contact, ...] | None = None
    pagination: Pagination | None = field(default=None, name="pagination")


class SalesDetails(Wire, frozen=True):
    account_code: str | None = None


class Item(Wire, frozen=True):
    item_id: str | None = None
    code: str | None = None
    name: str | None = None
    is_sold: bool | None = None
    sales_details: SalesDetails | None = None


class Items(Wire, frozen=True):
    items: tuple[Item, ...] | None = None


class Account(Wire, frozen=True):
    account_id: str | None = None
    code: str | None = None
    name: str | None = None
    status: str | None = None
    class_: str | None = field(default=None, name="Class")


class Accounts(Wire, frozen=True):
    accounts: tuple[Account, ...] | None = None


class TaxRate(Wire, frozen=True):
    name: str | None = None
    tax_type: str | None = None
    status: str | None = None
    effective_rate: Decimal | None = None
    can_apply_to_revenue: bool | None = None


class TaxRates(Wire, frozen=True):
    tax_rates: tuple[TaxRate, ...] | None = None


class TrackingOption(Wire, frozen=True):
    tracking_option_id: str | None = None
    name: str | None = None
    status: str | None = None


class TrackingCategory(Wire, frozen=True):
    tracking_category_id: str | None = None
    name: str | None = None
    status: str | None = None
    options: tuple[TrackingOption, ...] | None = None


class TrackingCategories(Wire, frozen=True):
    tracking_categories: tuple[TrackingCategory, ...] | None = None


class Organisation(Wire, frozen=True):
    organisation_id: str | None = None
    name: str | None = None
    base_currency: str | None = None
    period_lock_date: str | None = None
    end_of_year_lock_date: str | None = None


class Organisations(Wire, frozen=True):
    organisations: tuple[Organisation, ...] | None = None


class Currency(Wire, frozen=True):
    code: str | None = None


class Currencies(Wire, frozen=True):
    currencies: tuple[Currency, ...] | None = None


class BrandingTheme(Wire, frozen=True):
    branding_theme_id: str | None = None
    name: str | None = None


class BrandingThemes(Wire, frozen=True):
    branding_themes: tuple[BrandingTheme, ...] | None = None


class HistoryRecord(Wire, frozen=True):
    changes: str | None = None
    user: str | None = None
    details: str | None = None
    date_utc: str | None = None
    date_utc_string: str | None = field(default=None, name="DateUTCString")


class HistoryRecords(Wire, frozen=True):
    history_records: tuple[HistoryRecord, ...] | None = None
