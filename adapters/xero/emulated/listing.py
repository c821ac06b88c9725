"""Reading: which parameters each listing has, what it leaves out, and how it pages."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from adapters.xero.emulated.company import Company, Invoice
from adapters.xero.emulated.forms import Query, Unreadable, read_instant
from adapters.xero.emulated.views import (
    view_account,
    view_branding_theme,
    view_contact,
    view_document,
    view_item,
    view_organisation,
    view_taken_back,
    view_tax_rate,
    view_tracking,
)

PAGE_SIZE = 100
PAGE_SIZE_MAX = 1000
Body = dict[str, Any]
Row = TypeVar("Row")
_TERM = re.compile(
    r'\s*(Type|Status|InvoiceNumber|CreditNoteNumber|Reference|ContactStatus)\s*==\s*"([^"]*)"\s*'
    r"|\s*(Date)\s*(>=|<=|>|<|==)\s*DateTime\((\d+),\s*(\d+),\s*(\d+)\)\s*"
)
_ORDERS: dict[str, Callable[[Invoice], Any]] = {
    "UPDATEDDATEUTC": lambda invoice: invoice.updated_at,
    "INVOICENUMBER": lambda invoice: invoice.number,
    "DATE": lambda invoice: invoice.date,
    "INVOICEID": lambda invoice: invoice.id,
    "CREDITNOTENUMBER": lambda note: note.number,
    "CREDITNOTEID": lambda note: note.id,
}
_KNOWN = {
    "Invoices": {
        "where", "order", "IDs", "InvoiceNumbers", "ContactIDs", "Statuses", "page", "pageSize", "includeArchived",
        "createdByMyApp", "unitdp", "summaryOnly", "searchTerm",
    },
    "CreditNotes": {"where", "order", "page", "pageSize", "unitdp"},
    "Payments": {"where", "order", "page", "pageSize"},
    "Contacts": {"where", "IDs", "page", "pageSize", "includeArchived", "summaryOnly", "searchTerm"},
    "Items": {"unitdp"},
    "Accounts": set[str](),
    "TaxRates": set[str](),
    "TrackingCategories": {"includeArchived"},
    "Organisation": set[str](),
    "Currencies": set[str](),
    "BrandingThemes": set[str](),
}  # fmt: skip


def read(company: Company, resource: str, query: Query, headers: Mapping[str, str]) -> Body | None:
    """The body of a listing without its envelope, None where there is no such resource.

    A parameter that this emulator does not know is refused: ignoring it, as Xero does, would hide a mistake of ours.
    """
    if resource not in _KNOWN:
        return None
    unknown = sorted(set(query.names()) - _KNOWN[resource])
    if unknown:
        raise Unreadable(f"The emulator does not know the parameter {unknown[0]} of {resource}")
    since = read_instant(headers["if-modified-since"]) if "if-modified-since" in headers else None
    if resource in ("Invoices", "CreditNotes"):
        return list_documents(company, resource, query, since)
    if resource == "Payments":
        return _list_payments(company, query, since)
    if resource == "Contacts":
        return _list_contacts(company, query, since)
    return {_plural(resource): _settings(company, resource, query, since)}


def _plural(resource: str) -> str:
    return "Organisations" if resource == "Organisation" else resource


def unit_places(query: Query) -> int:
    digits = query.number("unitdp", 2)
    if digits not in (2, 4):
        raise Unreadable("unitdp must be 2 or 4")
    return digits


def list_documents(company: Company, name: str, query: Query, since: datetime | None) -> Body:
    """Invoices, or credit notes. Deleted and voided documents are listed too. Without `page` the documents come without their lines."""
    shelf = company.invoices if name == "Invoices" else company.credit_notes
    found = list(filter(_wanted(query, since), shelf.values()))
    column, _, direction = query.text("order", "UpdatedDateUTC ASC").partition(" ")
    order = _ORDERS.get(column.upper())
    if order is None or direction.upper() not in ("", "ASC", "DESC"):
        raise Unreadable(f"The emulator cannot order by {query.text('order')}")
    found.sort(key=order, reverse=direction.upper() == "DESC")
    paged, pagination = _page(found, query)
    summary = query.flag("summaryOnly", default=False)
    with_lines = pagination is not None and not summary
    views = [view_document(company, invoice, unit_places(query), lines=with_lines) for invoice in paged]
    return ({"pagination": pagination} if pagination else {}) | {name: views}


def _wanted(query: Query, since: datetime | None) -> Callable[[Invoice], bool]:
    """What the parameters ask for, read once per listing."""
    numbers = {number.casefold() for number in query.texts("InvoiceNumbers")}
    ids, contacts, statuses = (set(query.texts(name)) for name in ("IDs", "ContactIDs", "Statuses"))
    ours_only, term = query.flag("createdByMyApp", default=False), query.text("searchTerm")
    where = _where(query.text("where"), frozenset({"Type", "Status", "InvoiceNumber", "CreditNoteNumber", "Reference", "Date"}))

    def wanted(invoice: Invoice) -> bool:
        texts = {"Type": invoice.type, "Status": invoice.status, "InvoiceNumber": invoice.number}
        texts |= {"CreditNoteNumber": invoice.number, "Reference": invoice.reference, "Date": invoice.date.isoformat()}
        return (
            (not ids or invoice.id in ids)
            and (not contacts or invoice.contact_id in contacts)
            and (not statuses or invoice.status in statuses)
            and (not numbers or invoice.number.casefold() in numbers)
            and (not ours_only or invoice.by_app)
            and (since is None or invoice.updated_at >= since)
            and term.casefold() in f"{invoice.number} {invoice.reference}".casefold()
            and where(texts)
        )

    return wanted


def _where(text: str, known: frozenset[str]) -> Callable[[Mapping[str, str]], bool]:
    """The few terms of `where` that are used: equal texts and compared dates, joined by AND; anything else is refused."""
    terms = [_TERM.fullmatch(part) for part in re.split(r"\s+AND\s+|&&", text)] if text else []
    if any(term is None or (term[1] or term[3]) not in known for term in terms):
        raise Unreadable(f"The emulator cannot filter by where={text}")

    def wanted(values: Mapping[str, str]) -> bool:
        return all(_holds(term, values) for term in terms if term is not None)

    return wanted


def _holds(term: re.Match[str], values: Mapping[str, str]) -> bool:
    if term[1]:
        return values[term[1]] == term[2]
    left, right = date.fromisoformat(values[term[3]]), date(int(term[5]), int(term[6]), int(term[7]))
    return {"==": left == right, ">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[term[4]]


def _page(rows: list[Row], query: Query) -> tuple[list[Row], Body | None]:
    if not query.text("page"):
        return rows, None
    page, size = query.number("page", 1), query.number("pageSize", PAGE_SIZE)
    if page < 1 or not 1 <= size <= PAGE_SIZE_MAX:
        raise Unreadable(f"page must be at least 1 and pageSize 1 to {PAGE_SIZE_MAX}")
    pages = max(1, -(-len(rows) // size))
    shown = rows[(page - 1) * size : page * size]
    return shown, {"page": page, "pageSize": size, "pageCount": pages, "itemCount": len(rows)}


def _list_payments(company: Company, query: Query, since: datetime | None) -> Body:
    """Only what was taken back: what counts stands on its document, and is not asked for here."""
    if query.text("where") != 'Status=="DELETED"':
        raise Unreadable("The emulator lists only payments that were deleted")
    found = [one for one in company.taken_back if since is None or one.payment.updated_at >= since]
    shown, pagination = _page(found, query)
    return ({"pagination": pagination} if pagination else {}) | {"Payments": [view_taken_back(company, one) for one in shown]}


def _list_contacts(company: Company, query: Query, since: datetime | None) -> Body:
    """Archived contacts only with includeArchived, or where they are asked for by id."""
    ids = query.texts("IDs")
    archived = query.flag("includeArchived", default=False) or bool(ids)
    where = _where(query.text("where"), frozenset({"ContactStatus"}))
    found = [
        contact
        for contact in company.contacts.values()
        if (archived or contact.status == "ACTIVE")
        and (not ids or contact.id in ids)
        and (since is None or contact.updated_at >= since)
        and query.text("searchTerm").casefold() in contact.name.casefold()
        and where({"ContactStatus": contact.status})
    ]
    shown, pagination = _page(found, query)
    return ({"pagination": pagination} if pagination else {}) | {"Contacts": [view_contact(one) for one in shown]}


def _settings(company: Company, resource: str, query: Query, since: datetime | None) -> list[Body]:
    """What is listed whole. Only items and accounts know If-Modified-Since; the others ignore it."""
    if resource == "Items":
        items = [item for item in company.items.values() if since is None or item.updated_at >= since]
        return [view_item(item, unit_places(query)) for item in items]
    if resource == "Accounts":
        return [view_account(one) for one in company.accounts.values() if since is None or one.updated_at >= since]
    if resource == "TaxRates":
        return [view_tax_rate(rate) for rate in company.tax_rates.values()]
    if resource == "TrackingCategories":
        archived = query.flag("includeArchived", default=False)
        shown = [one for one in company.tracking if archived or one.status == "ACTIVE"]
        return [view_tracking(one, archived=archived) for one in shown]
    if resource == "Organisation":
        return [view_organisation(company.organisation)]
    if resource == "Currencies":
        return [{"Code": code, "Description": code} for code in company.currencies]
    return [view_branding_theme(theme, order) for order, theme in enumerate(company.branding_themes)]
