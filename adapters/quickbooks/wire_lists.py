"""What QuickBooks answers of everything that a mapping may name, and in what rows are told: a query's answer, and what changed."""

from decimal import Decimal

from msgspec import field

from adapters.quickbooks.wire import CustomField, Faulty, Invoice, Payment, Ref, Wire


class Customer(Wire, frozen=True):
    id: str | None = None
    display_name: str | None = None
    active: bool | None = None
    currency_ref: Ref | None = None
    sales_term_ref: Ref | None = None
    default_tax_code_ref: Ref | None = None
    over_due_balance: Decimal | None = None


class Item(Wire, frozen=True):
    id: str | None = None
    name: str | None = None
    fully_qualified_name: str | None = None
    active: bool | None = None
    type: str | None = None
    income_account_ref: Ref | None = None


class Account(Wire, frozen=True):
    id: str | None = None
    name: str | None = None
    fully_qualified_name: str | None = None
    acct_num: str | None = None
    active: bool | None = None
    classification: str | None = None


class RateDetail(Wire, frozen=True):
    tax_rate_ref: Ref | None = None


class RateList(Wire, frozen=True):
    tax_rate_detail: tuple[RateDetail, ...] | None = None


class TaxCode(Wire, frozen=True):
    id: str | None = None
    name: str | None = None
    active: bool | None = None
    sales_tax_rate_list: RateList | None = None


class TaxRate(Wire, frozen=True):
    id: str | None = None
    rate_value: Decimal | None = None


class Term(Wire, frozen=True):
    id: str | None = None
    type: str | None = None
    due_days: int | None = None


class Named(Wire, frozen=True):
    """A class or a department."""

    id: str | None = None
    name: str | None = None
    fully_qualified_name: str | None = None
    active: bool | None = None


class CompanyCurrency(Wire, frozen=True):
    code: str | None = None
    active: bool | None = None


class CompanyInfo(Wire, frozen=True):
    company_name: str | None = None


class FieldGroup(Wire, frozen=True):
    custom_field: tuple[CustomField, ...] | None = None


class AccountingPrefs(Wire, frozen=True):
    book_close_date: str | None = None


class SalesPrefs(Wire, frozen=True):
    custom_txn_numbers: bool | None = None
    auto_apply_credit: bool | None = None
    custom_field: tuple[FieldGroup, ...] | None = None


class TaxPrefs(Wire, frozen=True):
    partner_tax_enabled: bool | None = None


class CurrencyPrefs(Wire, frozen=True):
    multi_currency_enabled: bool | None = None
    home_currency: Ref | None = None


class Preferences(Wire, frozen=True):
    accounting_info_prefs: AccountingPrefs = AccountingPrefs()
    sales_forms_prefs: SalesPrefs = SalesPrefs()
    tax_prefs: TaxPrefs = TaxPrefs()
    currency_prefs: CurrencyPrefs = CurrencyPrefs()


class Rows(Wire, frozen=True):
    """The inside of a query's answer: one of these is there, or none where nothing was found."""

    invoice: tuple[Invoice, ...] = ()
    credit_memo: tuple[Invoice, ...] = ()
    payment: tuple[Payment, ...] = ()
    customer: tuple[Customer, ...] = ()
    item: tuple[Item, ...] = ()
    account: tuple[Account, ...] = ()
    tax_code: tuple[TaxCode, ...] = ()
    tax_rate: tuple[TaxRate, ...] = ()
    term: tuple[Term, ...] = ()
    class_: tuple[Named, ...] = field(default=(), name="Class")
    department: tuple[Named, ...] = ()
    company_currency: tuple[CompanyCurrency, ...] = ()
    company_info: tuple[CompanyInfo, ...] = ()
    preferences: tuple[Preferences, ...] = ()


class Queried(Faulty, frozen=True):
    query_response: Rows = Rows()


class ChangedRows(Faulty, frozen=True):
    query_response: tuple[Rows, ...] = ()


class Changed(Faulty, frozen=True):
    """What changed since an instant (CDC)."""

    cdc_response: tuple[ChangedRows, ...] = field(default=(), name="CDCResponse")
