"""Everything a mapping may name in a QuickBooks company, and what must be set right in it first.

Lines name items, classes and locations by id, so ids are the codes here; a mapping names them as people see them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeVar

from adapters.quickbooks import wire, wire_lists
from adapters.quickbooks.invoices import CLASS, LOCATION, Habits
from adapters.quickbooks.reading import R, Reader
from connector.errors import TransientError
from connector.model import Account, Catalogue, Customer, Item, TaxCode, TrackingCategory

N = TypeVar(
    "N", wire_lists.Customer, wire_lists.Item, wire_lists.Account, wire_lists.TaxCode, wire_lists.TaxRate, wire_lists.Term, wire_lists.Named
)
_LINE_TAX_CODES = ("TAX", "NON")
_OLD_FIELDS = ("1", "2", "3")


def read_catalogue(reader: Reader, realm_id: str, habits: Habits) -> Catalogue:
    """Inactive customers too, so that a mapping that names one is told why."""
    try:
        return _read(reader, realm_id, habits)
    except ValueError as error:
        raise TransientError(
            f"the catalogue holds {error}", to=reader.whose, next_step="Nothing was lost; the next run asks again"
        ) from None


def _read(reader: Reader, realm_id: str, habits: Habits) -> Catalogue:
    company = _one(reader, "CompanyInfo", reader.query("select * from CompanyInfo").value.query_response.company_info)
    preferences = _one(reader, "Preferences", reader.query("select * from Preferences").value.query_response.preferences)
    home = wire.value(preferences.currency_prefs.home_currency) or habits.currency
    terms = {row.id: _terms(row) for row in _every(reader, "Term", lambda rows: rows.term)}
    customers = _every(reader, "Customer", lambda rows: rows.customer)
    items = _every(reader, "Item", lambda rows: rows.item)
    accounts = _every(reader, "Account", lambda rows: rows.account)
    return Catalogue(
        company_id=realm_id,
        company=company.company_name or "",
        currency=home,
        currencies=tuple(dict.fromkeys((home, *_currencies(reader, preferences)))),
        lock_date=wire.day(preferences.accounting_info_prefs.book_close_date),
        customers=tuple(_customer(row, terms) for row in customers if row.id),
        items=tuple(_item(row) for row in items if row.id),
        accounts=tuple(_account(row) for row in accounts if row.id),
        tax_codes=tuple(_tax_codes(reader, automated=preferences.tax_prefs.partner_tax_enabled is True)),
        tracking=tuple(_tracking(reader)),
        targets=("item",),
        applies_credits_by_itself=preferences.sales_forms_prefs.auto_apply_credit,
        problems=tuple(_problems(preferences, home, habits)),
    )


def _every(reader: Reader, entity: str, rows_of: Callable[[wire_lists.Rows], Sequence[N]]) -> Iterator[N]:
    """Every row of an entity, inactive ones too, which are hidden unless asked for."""
    select = f"select * from {entity} where Active in (true, false) orderby Id"  # noqa: S608  # our own words
    return reader.all(select, rows_of, lambda row: row.id)


def _one(reader: Reader, what: str, rows: Sequence[R]) -> R:
    if len(rows) != 1:
        raise TransientError(f"{what} was answered as {len(rows)} rows", to=reader.whose)
    return rows[0]


def _currencies(reader: Reader, preferences: wire_lists.Preferences) -> Iterator[str]:
    if preferences.currency_prefs.multi_currency_enabled:
        for row in reader.query("select * from CompanyCurrency maxresults 1000").value.query_response.company_currency:
            if row.code and row.active is not False:
                yield row.code


def _customer(row: wire_lists.Customer, terms: dict[str | None, str]) -> Customer:
    """The name of an inactive one ends in "(deleted)": it is told as it was."""
    return Customer(
        id=row.id or "",
        name=(row.display_name or "").removesuffix(" (deleted)"),
        active=row.active is not False,
        currency=wire.value(row.currency_ref),
        terms=terms.get(wire.value(row.sales_term_ref), ""),
        tax_code=wire.value(row.default_tax_code_ref),
        balance_overdue=wire.money(row.over_due_balance) if row.over_due_balance is not None else None,
    )


def _terms(row: wire_lists.Term) -> str:
    """Terms that are due on a day of the month depend on when in the month an invoice is dated; such customers have none here."""
    if row.due_days is None or row.type not in (None, "STANDARD"):
        return ""
    return f"net {row.due_days}" if row.due_days else "on receipt"


def _item(row: wire_lists.Item) -> Item:
    """A category groups others. A bundle has lines of its own, and cannot stand on one of ours."""
    return Item(
        id=row.id or "",
        code=row.id or "",
        name=(row.fully_qualified_name or row.name or "").removesuffix(" (deleted)"),
        active=row.active is not False,
        sold=row.type not in ("Category", "Group", "Bundle"),
        account=wire.value(row.income_account_ref),
    )


def _account(row: wire_lists.Account) -> Account:
    return Account(
        id=row.id or "",
        code=row.acct_num or row.id or "",
        name=row.fully_qualified_name or row.name or "",
        active=row.active is not False,
        revenue=row.classification == "Revenue",
    )


def _tax_codes(reader: Reader, *, automated: bool) -> Iterator[TaxCode]:
    """With automated sales tax a line says TAX or NON and nothing else; elsewhere a code's rates are added up."""
    rows = _every(reader, "TaxCode", lambda rows: rows.tax_code)
    if automated:
        for row in rows:
            yield TaxCode(code=row.id or "", name=row.name or "", active=row.active is not False and row.id in _LINE_TAX_CODES)
        return
    rates = {row.id: row.rate_value for row in _every(reader, "TaxRate", lambda rows: rows.tax_rate)}
    for row in rows:
        yield TaxCode(code=row.id or "", name=row.name or "", percent=_percent(row, rates), active=row.active is not False)


def _percent(row: wire_lists.TaxCode, rates: dict[str | None, Decimal | None]) -> Decimal | None:
    details = (row.sales_tax_rate_list.tax_rate_detail or ()) if row.sales_tax_rate_list is not None else ()
    found = [rates.get(wire.value(detail.tax_rate_ref)) for detail in details]
    known = [wire.money(rate) for rate in found if rate is not None]
    return sum(known, Decimal(0)) if len(known) == len(found) else None


def _tracking(reader: Reader) -> Iterator[TrackingCategory]:
    """Only what may be used on a new document. A class stands on a line, a location on the whole invoice."""
    classes = _every(reader, "Class", lambda rows: rows.class_)
    departments = _every(reader, "Department", lambda rows: rows.department)
    yield TrackingCategory(id=CLASS, name=CLASS, options=_options(classes), by_id=True)
    yield TrackingCategory(id=LOCATION, name=LOCATION, options=_options(departments), by_id=True, per="document")


def _options(rows: Iterable[wire_lists.Named]) -> dict[str, str]:
    return {row.fully_qualified_name or row.name or "": row.id or "" for row in rows if row.active is not False}


def _problems(preferences: wire_lists.Preferences, home: str, habits: Habits) -> Iterator[str]:
    """What makes our numbers, sums or currencies go wrong, each with who mends it where."""
    if preferences.sales_forms_prefs.custom_txn_numbers is not True:
        yield (
            "custom transaction numbers are off, so QuickBooks would give our invoices its own: switch them on under "
            "Account and settings > Sales > Sales form content"
        )
    switches = (
        ("multicurrency", habits.multicurrency, preferences.currency_prefs.multi_currency_enabled is True),
        ("automated_sales_tax", habits.automated_sales_tax, preferences.tax_prefs.partner_tax_enabled is True),
    )
    for name, ours, theirs in switches:
        if ours != theirs:
            yield f"the company has {name.replace('_', ' ')} {'on' if theirs else 'off'}: say `{name}: {str(theirs).lower()}` on the connection"
    if home != habits.currency:
        yield f"the company's home currency is {home}: say `currency: {home}` on the connection"
    if habits.po_field in _OLD_FIELDS and not _has_field(preferences, habits.po_field):
        yield f"the custom field {habits.po_field} is not in use: add one for POs to the sales forms, or mend `po_field` on the connection"


def _has_field(preferences: wire_lists.Preferences, number: str) -> bool:
    """Told as a switch with a name of its own, beside another entry with the field's name."""
    wanted = f"SalesFormsPrefs.UseSalesCustom{number}"
    fields = (field for group in preferences.sales_forms_prefs.custom_field or () for field in group.custom_field or ())
    return any(field.name == wanted and field.boolean_value is True for field in fields)
