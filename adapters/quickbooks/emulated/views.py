"""What the company's books look like on the wire: only fields that the vendor's schema has."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from adapters.quickbooks.emulated.company import (
    Account,
    Body,
    Company,
    Customer,
    Invoice,
    Item,
    Line,
    Named,
    TaxCode,
    Term,
)
from adapters.quickbooks.emulated.forms import stamp


def view_document(company: Company, document: Invoice) -> Body:
    """A credit memo is written like an invoice; it is due on no day, nobody pays it online, and something of it may be left."""
    view = view_invoice(company, document)
    if document.kind == "Invoice":
        return view
    invoices_own = {
        "DueDate",
        "AllowIPNPayment",
        "AllowOnlinePayment",
        "AllowOnlineCreditCardPayment",
        "AllowOnlineACHPayment",
        "LinkedTxn",
    }
    return {name: value for name, value in view.items() if name not in invoices_own} | {"RemainingCredit": document.balance}


def view_invoice(company: Company, invoice: Invoice) -> Body:
    customer = company.customers[invoice.customer_id]
    view: Body = {
        "AllowIPNPayment": False,
        "AllowOnlinePayment": False,
        "AllowOnlineCreditCardPayment": invoice.online_card,
        "AllowOnlineACHPayment": invoice.online_ach,
        **_entity(invoice.id, invoice.sync_token, invoice.created_at, invoice.updated_at, invoice.updated_by),
        "CustomField": _custom_fields(company, invoice),
        "TxnDate": invoice.date.isoformat(),
        "CurrencyRef": {"value": invoice.currency},
        "LinkedTxn": [{"TxnId": one.id, "TxnType": "Payment"} for one in invoice.payments],
        "Line": [*(_line(company, line, number) for number, line in enumerate(invoice.lines, 1)), _subtotal(invoice)],
        "TxnTaxDetail": {"TotalTax": invoice.tax},
        "CustomerRef": {"value": customer.id, "name": customer.name},
        "DueDate": invoice.due_date.isoformat(),
        "TotalAmt": invoice.total,
        "ApplyTaxAfterDiscount": False,
        "PrintStatus": invoice.print_status,
        "EmailStatus": invoice.email_status,
        "Balance": invoice.balance,
    }
    if company.preferences.multicurrency:
        rate = invoice.exchange_rate if invoice.exchange_rate is not None else Decimal(1)
        view |= {"ExchangeRate": rate, "HomeTotalAmt": invoice.total * rate}
    if invoice.global_tax is not None:
        view["GlobalTaxCalculation"] = invoice.global_tax
    texts = {"DocNumber": invoice.number, "PrivateNote": invoice.private_note}
    refs = {
        "CustomerMemo": invoice.memo,
        "SalesTermRef": invoice.terms_id,
        "DepartmentRef": invoice.department_id,
        "ClassRef": invoice.class_id,
    }
    view |= {name: text for name, text in texts.items() if text}
    view |= {name: {"value": value} for name, value in refs.items() if value}
    if invoice.bill_email:
        view["BillEmail"] = {"Address": invoice.bill_email}
    return view


def view_deleted(invoice: Invoice, *, moment: bool = True) -> Body:
    """All that is left of a deleted invoice: in the answer to a delete, and in what changed."""
    view: Body = {"domain": "QBO", "status": "Deleted", "Id": invoice.id}
    return view | {"MetaData": {"LastUpdatedTime": stamp(invoice.updated_at)}} if moment else view


def _entity(entity_id: str, sync_token: int, created_at: datetime, updated_at: datetime, updated_by: str = "") -> Body:
    by = {"LastModifiedByRef": {"value": updated_by}} if updated_by else {}
    return {
        "domain": "QBO",
        "sparse": False,
        "Id": entity_id,
        "SyncToken": str(sync_token),
        "MetaData": {"CreateTime": stamp(created_at), **by, "LastUpdatedTime": stamp(updated_at)},
    }


def _custom_fields(company: Company, invoice: Invoice) -> list[Body]:
    """Each field that is switched on, with its value where there is one."""
    fields = []
    for number, name in enumerate(company.preferences.sales_fields, 1):
        if name:
            value = invoice.custom_fields.get(str(number))
            text = {"StringValue": value} if value else {}
            fields.append({"DefinitionId": str(number), "Name": name, "Type": "StringType", **text})
    return fields


def _line(company: Company, line: Line, number: int) -> Body:
    view: Body = {"Id": line.id, "LineNum": number, "Amount": line.amount, "DetailType": line.kind}
    if line.description:
        view["Description"] = line.description
    if line.kind == "DescriptionOnly":
        del view["Amount"]
        return view | {"DescriptionLineDetail": {}}
    if line.kind == "DiscountLineDetail":
        return view | {"DiscountLineDetail": {"PercentBased": False}}
    item = company.items.get(line.item_id)
    detail: Body = {"ItemRef": {"value": line.item_id, "name": item.full_name if item else "(deleted)"}}
    if item is not None and item.account_id in company.accounts:
        detail["ItemAccountRef"] = {"value": item.account_id, "name": company.accounts[item.account_id].name}
    if line.quantity is not None:
        detail["Qty"] = line.quantity
    if line.price is not None:
        detail["UnitPrice"] = line.price
    if line.tax_code:
        detail["TaxCodeRef"] = {"value": line.tax_code}
    if line.class_id:
        detail["ClassRef"] = {"value": line.class_id, "name": company.classes[line.class_id].name}
    if line.service_date is not None:
        detail["ServiceDate"] = line.service_date.isoformat()
    return view | {"SalesItemLineDetail": detail}


def _subtotal(invoice: Invoice) -> Body:
    amount = sum((line.amount for line in invoice.lines if line.kind == "SalesItemLineDetail"), Decimal(0))
    return {"Amount": amount, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}


# ---- what a mapping may name --------------------------------------------------------------------------------------------


def view_customer(company: Company, customer: Customer) -> Body:
    """The name of a deleted one says so [recorded from a sandbox, accounting.md 1.6]."""
    name = customer.name if customer.active else f"{customer.name} (deleted)"
    view: Body = {
        **_entity(customer.id, customer.sync_token, customer.updated_at, customer.updated_at),
        "FullyQualifiedName": name,
        "DisplayName": name,
        "PrintOnCheckName": customer.name,
        "Active": customer.active,
        "Taxable": customer.taxable,
        "Job": False,
        "BillWithParent": False,
        "Balance": _open(company, customer.id),
        "CurrencyRef": {"value": customer.currency or company.preferences.home_currency},
        "PreferredDeliveryMethod": "None",
    }
    if customer.terms_id:
        view["SalesTermRef"] = {"value": customer.terms_id}
    if customer.tax_code:
        view["DefaultTaxCodeRef"] = {"value": customer.tax_code}
    if customer.email:
        view["PrimaryEmailAddr"] = {"Address": customer.email}
    return view


def _open(company: Company, customer_id: str) -> Decimal:
    return sum((one.balance for one in company.invoices.values() if one.customer_id == customer_id and one.live), Decimal(0))


def view_item(company: Company, item: Item) -> Body:
    name = item.name if item.active else f"{item.name} (deleted)"
    view: Body = {
        **_entity(item.id, item.sync_token, item.updated_at, item.updated_at),
        "Name": name,
        "FullyQualifiedName": f"{item.parent}:{name}" if item.parent else name,
        "Active": item.active,
        "Type": item.type,
        "Taxable": item.taxable,
    }
    if item.sku:
        view["Sku"] = item.sku
    if item.price is not None:
        view["UnitPrice"] = item.price
    if item.account_id and item.type != "Category":
        view["IncomeAccountRef"] = {"value": item.account_id, "name": company.accounts[item.account_id].name}
    return view


def view_account(account: Account) -> Body:
    view: Body = {
        "domain": "QBO", "sparse": False, "Id": account.id, "SyncToken": "0", "Name": account.name,
        "FullyQualifiedName": account.name, "Active": account.active, "Classification": account.classification,
        "AccountType": account.type,
    }  # fmt: skip
    return view | {"AcctNum": account.number} if account.number else view


def view_tax_code(code: TaxCode) -> Body:
    view: Body = {
        "domain": "QBO", "sparse": False, "Id": code.id, "SyncToken": "0", "Name": code.name, "Description": code.name,
        "Active": code.active, "Taxable": code.taxable, "TaxGroup": False, "Hidden": False,
    }  # fmt: skip
    rates = [{"TaxRateRef": {"value": code.id, "name": code.name}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}]
    return view | {"SalesTaxRateList": {"TaxRateDetail": rates if code.taxable else []}}


def view_tax_rate(code: TaxCode) -> Body:
    return {
        "domain": "QBO", "sparse": False, "Id": code.id, "SyncToken": "0", "Name": code.name, "Description": code.name,
        "Active": code.active, "RateValue": code.percent, "SpecialTaxType": "NONE", "DisplayType": "ReadOnly",
    }  # fmt: skip


def view_term(term: Term) -> Body:
    view: Body = {
        "domain": "QBO", "sparse": False, "Id": term.id, "SyncToken": "0", "Name": term.name, "Active": term.active,
        "Type": term.type,
    }  # fmt: skip
    if term.type == "STANDARD":
        return view | {"DueDays": term.due_days, "DiscountPercent": 0, "DiscountDays": 0}
    return view | {"DayOfMonthDue": term.day_of_month, "DueNextMonthDays": term.next_month_days}


def view_named(one: Named) -> Body:
    return {
        "domain": "QBO", "sparse": False, "Id": one.id, "SyncToken": "0", "Name": one.name, "FullyQualifiedName": one.name,
        "Active": one.active,
    }  # fmt: skip


def view_company(company: Company) -> Body:
    return {
        "domain": "QBO", "sparse": False, "Id": "1", "SyncToken": "0", "CompanyName": company.name, "LegalName": company.name,
        "Country": company.country, "SupportedLanguages": "en", "FiscalYearStartMonth": "January",
    }  # fmt: skip


def view_preferences(company: Company) -> Body:
    switches = company.preferences
    accounting: Body = {
        "UseAccountNumbers": False, "TrackDepartments": switches.departments, "DepartmentTerminology": switches.department_word,
        "ClassTrackingPerTxn": False, "ClassTrackingPerTxnLine": switches.classes_per_line, "CustomerTerminology": "Customers",
    }  # fmt: skip
    if switches.book_close_date is not None:
        accounting["BookCloseDate"] = switches.book_close_date.isoformat()
    return {
        "domain": "QBO", "sparse": False, "Id": "1", "SyncToken": "0",
        "AccountingInfoPrefs": accounting,
        "SalesFormsPrefs": {
            "CustomField": [{"CustomField": _field_switches(company)}, {"CustomField": _field_names(company)}],
            "CustomTxnNumbers": switches.custom_numbers, "AllowServiceDate": True, "AllowDiscount": True, "AllowDeposit": False,
            "AutoApplyCredit": switches.auto_apply_credit,
        },
        "TaxPrefs": {"UsingSalesTax": switches.using_sales_tax, "PartnerTaxEnabled": switches.automated_sales_tax},
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": switches.multicurrency, "HomeCurrency": {"value": switches.home_currency},
        },
    }  # fmt: skip


def _field_switches(company: Company) -> list[Body]:
    return [
        {"Name": f"SalesFormsPrefs.UseSalesCustom{number}", "Type": "BooleanType", "BooleanValue": bool(name)}
        for number, name in enumerate(company.preferences.sales_fields, 1)
    ]


def _field_names(company: Company) -> list[Body]:
    return [
        {"Name": f"SalesFormsPrefs.SalesCustomName{number}", "Type": "StringType", "StringValue": name}
        for number, name in enumerate(company.preferences.sales_fields, 1)
        if name
    ]


def view_currency(code: str, number: int) -> Body:
    named: dict[str, Any] = {"Id": str(number), "SyncToken": "0", "Code": code, "Name": code, "Active": True}
    return {"domain": "QBO", "sparse": False, **named}
