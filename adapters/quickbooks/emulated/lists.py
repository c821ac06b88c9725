"""Reading: which entities a query may name, what may be asked of each, and what changed since an instant."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from adapters.quickbooks.emulated.company import Body, Company, Invoice
from adapters.quickbooks.emulated.forms import Refused
from adapters.quickbooks.emulated.query import Asked, Getter, run
from adapters.quickbooks.emulated.receipts import view_receipt
from adapters.quickbooks.emulated.views import (
    view_account,
    view_company,
    view_currency,
    view_customer,
    view_deleted,
    view_document,
    view_item,
    view_named,
    view_preferences,
    view_tax_code,
    view_tax_rate,
    view_term,
)

CHANGES_MAX = 1000
CHANGES_DAYS = 30
_INVOICE: Mapping[str, Getter] = {
    "Id": lambda one: int(one.id),
    "DocNumber": lambda one: one.number,
    "TxnDate": lambda one: one.date,
    "CustomerRef": lambda one: one.customer_id,
    "MetaData.LastUpdatedTime": lambda one: one.updated_at,
    "MetaData.CreateTime": lambda one: one.created_at,
    "Balance": lambda one: one.balance,
    "TotalAmt": lambda one: one.total,
}
_RECEIPT: Mapping[str, Getter] = {
    "Id": lambda one: int(one.id),
    "CustomerRef": lambda one: one.customer_id,
    "TxnDate": lambda one: one.date,
    "MetaData.LastUpdatedTime": lambda one: one.updated_at,
}
_LISTED: Mapping[str, Getter] = {
    "Id": lambda one: one.id.zfill(12),
    "Name": lambda one: one.name,
    "Active": lambda one: one.active,
}
_CUSTOMER: Mapping[str, Getter] = {
    "Id": lambda one: int(one.id),
    "DisplayName": lambda one: one.name,
    "Active": lambda one: one.active,
    "MetaData.LastUpdatedTime": lambda one: one.updated_at,
}


def rows_of(company: Company, entity: str, *, stale: bool) -> tuple[list[Any], Mapping[str, Getter], Callable[[Any], Body]]:
    """Its rows, what may be asked of them, and how one is shown. `stale`: lists hand out the SyncToken before the last."""
    if entity in ("Invoice", "CreditMemo"):
        shelf = company.invoices if entity == "Invoice" else company.credit_memos
        shown = [one for one in shelf.values() if not one.deleted]
        return shown, _INVOICE, lambda one: view_document(company, _earlier(one) if stale else one)
    tables: dict[str, tuple[Sequence[Any], Mapping[str, Getter], Callable[[Any], Body]]] = {
        "Payment": ([*company.receipts.values()], _RECEIPT, view_receipt),
        "Customer": ([*company.customers.values()], _CUSTOMER, lambda one: view_customer(company, one)),
        "Item": ([*company.items.values()], _LISTED, lambda one: view_item(company, one)),
        "Account": ([*company.accounts.values()], _LISTED, view_account),
        "TaxCode": ([*company.tax_codes.values()], _LISTED, view_tax_code),
        "TaxRate": ([one for one in company.tax_codes.values() if one.taxable], _LISTED, view_tax_rate),
        "Term": ([*company.terms.values()], _LISTED, view_term),
        "Class": ([*company.classes.values()], _LISTED, view_named),
        "Department": ([*company.departments.values()], _LISTED, view_named),
        "CompanyCurrency": ([*enumerate(company.currencies, 1)], {}, lambda one: view_currency(one[1], one[0])),
        "CompanyInfo": ([company], {}, view_company),
        "Preferences": ([company], {}, view_preferences),
    }
    if entity not in tables:
        raise Refused("4001", "Invalid query", f"QueryValidationError: Invalid context declaration : {entity}")
    rows, getters, view = tables[entity]
    return list(rows), getters, view


def select(company: Company, asked: Asked, *, stale: bool) -> Body:
    """The inside of a QueryResponse: nothing at all where nothing is found, as the vendor does."""
    rows, getters, view = rows_of(company, asked.entity, stale=stale)
    found = run(asked, rows, getters)
    if asked.counts:
        return {"totalCount": len(found)}
    shown = found[asked.start - 1 : asked.start - 1 + asked.rows_max]
    if not shown:
        return {}
    if asked.ids:
        view = _id_alone
    return {asked.entity: [view(one) for one in shown], "startPosition": asked.start, "maxResults": len(shown)}


def _id_alone(row: Any) -> Body:
    return {"domain": "QBO", "sparse": True, "Id": row.id}


def _earlier(invoice: Invoice) -> Invoice:
    return msgspec.structs.replace(invoice, sync_token=max(0, invoice.sync_token - 1))


def changed(company: Company, entities: str, since: str, now: datetime, rows_max: int = CHANGES_MAX) -> Body:
    """CDC of invoices and credit memos: whole where they stand, a stub where they are deleted; at most 1,000 of both together, and 30
    days back.
    """
    asked = [name.strip() for name in entities.split(",")]
    if not set(asked) <= {"Invoice", "CreditMemo"}:
        raise Refused("4001", "Invalid query", f"The emulator tells changes of Invoice and CreditMemo only, not of {entities}")
    try:
        moment = datetime.fromisoformat(since)
    except ValueError as error:
        raise Refused("2030", "Invalid date", f"changedSince '{since}' is not a date") from error
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if moment < now - timedelta(days=CHANGES_DAYS):
        raise Refused("2030", "Invalid date", f"changedSince is more than {CHANGES_DAYS} days back")
    both = [one for shelf in (company.invoices, company.credit_memos) for one in shelf.values()]
    found = sorted((one for one in both if one.kind in asked and one.updated_at >= moment), key=lambda one: one.updated_at)[:rows_max]
    inner = [_changed_rows(company, name, [one for one in found if one.kind == name]) for name in asked]
    return {"CDCResponse": [{"QueryResponse": inner}]}


def _changed_rows(company: Company, name: str, rows: Sequence[Invoice]) -> Body:
    shown = [view_deleted(one) if one.deleted else view_document(company, one) for one in rows]
    return {name: shown, "startPosition": 1, "maxResults": len(shown), "totalCount": len(shown)} if shown else {}
