"""Everything a mapping may name in a Xero organisation."""

from collections.abc import Iterator, Mapping
from datetime import date

from adapters.xero import wire, wire_lists
from connector.errors import ConfigError, TransientError
from connector.http import Client
from connector.model import Account, Catalogue, Customer, Item, TaxCode, TrackingCategory

_API = "/api.xro/2.0"
_PAGE_SIZE = 500
_PAGES_MAX = 400
_TERMS: Mapping[str, str] = {
    "DAYSAFTERBILLDATE": "net {day}",
    "DAYSAFTERBILLMONTH": "{day} days after month end",
    "OFCURRENTMONTH": "day {day} of this month",
    "OFFOLLOWINGMONTH": "day {day} of next month",
}


def read_catalogue(http: Client, whose: str, branding_theme: str) -> Catalogue:
    """Archived contacts too, so that a mapping that names one is told why. Raises ConfigError for an unknown branding theme."""
    try:
        return _read(http, whose, branding_theme)
    except ValueError as error:
        raise TransientError(f"the catalogue holds {error}", to=whose, next_step="Nothing was lost; the next run asks again") from None


def _read(http: Client, whose: str, branding_theme: str) -> Catalogue:
    organisation = _organisation(http, whose)
    looks = tuple(
        (theme.branding_theme_id or "", theme.name or "")
        for theme in http.get(f"{_API}/BrandingThemes", wire_lists.BrandingThemes).value.branding_themes or ()
    )
    if branding_theme and branding_theme not in {theme for theme, _ in looks}:
        known = [f"  {theme}  # {name}" for theme, name in looks]
        raise ConfigError(f"the branding theme {branding_theme} is not there", to=whose, next_step="Take one of these", problems=known)
    return Catalogue(
        company_id=organisation.organisation_id or "",
        company=organisation.name or "",
        currency=organisation.base_currency or "",
        currencies=tuple(row.code for row in http.get(f"{_API}/Currencies", wire_lists.Currencies).value.currencies or () if row.code),
        lock_date=_lock_date(organisation),
        customers=tuple(_customer(contact) for contact in _contacts(http, whose) if contact.contact_id),
        items=tuple(_item(item) for item in http.get(f"{_API}/Items", wire_lists.Items).value.items or () if item.code),
        accounts=tuple(_account(row) for row in http.get(f"{_API}/Accounts", wire_lists.Accounts).value.accounts or () if row.code),
        tax_codes=tuple(_tax_code(row) for row in http.get(f"{_API}/TaxRates", wire_lists.TaxRates).value.tax_rates or () if row.tax_type),
        tracking=_tracking(http),
        looks=looks,
        applies_credits_by_itself=False,
    )


def _organisation(http: Client, whose: str) -> wire_lists.Organisation:
    rows = http.get(f"{_API}/Organisation", wire_lists.Organisations).value.organisations or ()
    if len(rows) != 1:
        raise TransientError(f"the organisation was answered as {len(rows)} rows", to=whose)
    return rows[0]


def _lock_date(organisation: wire_lists.Organisation) -> date | None:
    """The later of the two: nothing on or before either can be changed."""
    days = (wire.day(organisation.period_lock_date), wire.day(organisation.end_of_year_lock_date))
    return max((day for day in days if day is not None), default=None)


def _contacts(http: Client, whose: str) -> Iterator[wire_lists.Contact]:
    """With `page`, since terms and merged contacts are told only then; each contact once though rows may move."""
    seen: set[str | None] = set()
    for page in range(1, _PAGES_MAX + 1):
        params = {"includeArchived": "true", "pageSize": str(_PAGE_SIZE), "page": str(page)}
        listing = http.get(f"{_API}/Contacts", wire_lists.Contacts, params=params).value
        for contact in listing.contacts or ():
            if contact.contact_id not in seen:
                seen.add(contact.contact_id)
                yield contact
        pages = listing.pagination.page_count if listing.pagination is not None else None
        if not listing.contacts or (pages is not None and page >= pages):
            return
    raise TransientError(f"the contacts have more than {_PAGES_MAX} pages", to=whose)


def _customer(contact: wire_lists.Contact) -> Customer:
    receivable = contact.balances.accounts_receivable if contact.balances is not None else None
    return Customer(
        id=contact.contact_id or "",
        name=contact.name or "",
        active=contact.contact_status in (None, "ACTIVE") and not contact.merged_to_contact_id,
        currency=contact.default_currency or "",
        terms=_terms(contact.payment_terms.sales if contact.payment_terms is not None else None),
        tax_code=contact.accounts_receivable_tax_type or "",
        balance_overdue=wire.money(receivable.overdue) if receivable is not None else None,
        merged_into=contact.merged_to_contact_id or "",
    )


def _terms(sales: wire_lists.Bill | None) -> str:
    if sales is None or sales.day is None or sales.type is None:
        return ""
    if sales.type == "DAYSAFTERBILLDATE" and sales.day == 0:
        return "on receipt"
    return _TERMS.get(sales.type, "").format(day=sales.day)


def _item(item: wire_lists.Item) -> Item:
    """Items are not archived at Xero; one that is not sold cannot stand on an invoice."""
    account = item.sales_details.account_code if item.sales_details is not None else None
    return Item(
        id=item.item_id or "",
        code=item.code or "",
        name=item.name or "",
        sold=item.is_sold is not False,
        account=account or "",
    )


def _account(account: wire_lists.Account) -> Account:
    return Account(
        id=account.account_id or "",
        code=account.code or "",
        name=account.name or "",
        active=account.status in (None, "ACTIVE"),
        revenue=account.class_ == "REVENUE",
    )


def _tax_code(rate: wire_lists.TaxRate) -> TaxCode:
    usable = rate.status in (None, "ACTIVE") and rate.can_apply_to_revenue is not False
    return TaxCode(
        code=rate.tax_type or "",
        name=rate.name or "",
        percent=wire.money(rate.effective_rate) if rate.effective_rate is not None else None,
        active=usable,
    )


def _tracking(http: Client) -> tuple[TrackingCategory, ...]:
    """Only what may be used on a new line."""
    rows = http.get(f"{_API}/TrackingCategories", wire_lists.TrackingCategories).value.tracking_categories or ()
    return tuple(
        TrackingCategory(
            id=row.tracking_category_id or "",
            name=row.name or "",
            options={
                option.name or "": option.tracking_option_id or "" for option in row.options or () if option.status in (None, "ACTIVE")
            },
        )
        for row in rows
        if row.status in (None, "ACTIVE")
    )
