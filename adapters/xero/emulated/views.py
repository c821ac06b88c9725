"""What the company's books look like on the wire: only fields that Xero's description has, and Xero's order of them."""

from typing import Any

from adapters.xero.emulated.company import (
    Account,
    BrandingTheme,
    Company,
    Contact,
    Invoice,
    Item,
    Line,
    Organisation,
    Payment,
    TakenBack,
    TaxRate,
    Terms,
    TrackingCategory,
)
from adapters.xero.emulated.forms import day, places, stamp, stamp_text

COUNTRY_VERSIONS = {"NZ": "NZ", "AU": "AU", "GB": "UK", "US": "US"}


def view_document(company: Company, document: Invoice, unit_places: int, *, lines: bool = True) -> dict[str, Any]:
    """An invoice, a bill or a credit note. `lines=False` is what a listing without `page` gives: an empty list, not the truth."""
    if document.type == "ACCRECCREDIT":
        return _credit_note(company, document) | _content(company, document, unit_places, lines=lines)
    return view_invoice(company, document, unit_places, lines=lines)


def view_invoice(company: Company, invoice: Invoice, unit_places: int, *, lines: bool = True) -> dict[str, Any]:
    applied = [payment for payment in invoice.payments if payment.credit]
    view: dict[str, Any] = {
        "InvoiceID": invoice.id,
        "InvoiceNumber": invoice.number,
        "CreditNotes": [_credited(company, payment) for payment in applied if not payment.overpayment],
        "Overpayments": [_overpaid(company, payment) for payment in applied if payment.overpayment],
        "AmountDue": invoice.due,
        "AmountPaid": invoice.paid,
        "AmountCredited": invoice.credited,
        "HasErrors": False,
        **_content(company, invoice, unit_places, lines=lines),
    }
    if invoice.due_date is not None:
        view |= {"DueDate": day(invoice.due_date), "DueDateString": f"{invoice.due_date.isoformat()}T00:00:00"}
    return view | ({"Url": invoice.url} if invoice.url else {})


def _credit_note(company: Company, note: Invoice) -> dict[str, Any]:
    allocations = [
        {
            "AllocationID": payment.id,
            "Amount": payment.amount,
            "Date": day(payment.paid_on),
            "Invoice": {"InvoiceID": payment.other_id, "InvoiceNumber": company.invoices[payment.other_id].number},
        }
        for payment in note.payments
        if payment.credit
    ]
    return {
        "CreditNoteID": note.id,
        "CreditNoteNumber": note.number,
        "RemainingCredit": note.due,
        "Allocations": allocations,
    }


def _credited(company: Company, payment: Payment) -> dict[str, Any]:
    """One part of a credit note on the invoice that it stands against."""
    note = company.credit_notes.get(payment.other_id)
    view = {"CreditNoteID": payment.other_id or payment.id, "Date": day(payment.paid_on), "AppliedAmount": payment.amount}
    return view | ({"CreditNoteNumber": note.number, "Total": note.total} if note is not None else {"Total": payment.amount})


def _overpaid(company: Company, payment: Payment) -> dict[str, Any]:
    total = next(one.total for one in company.overpayments.values() if one.id == payment.other_id)
    return {"OverpaymentID": payment.other_id, "Date": day(payment.paid_on), "Total": total, "AppliedAmount": payment.amount}


def _content(company: Company, invoice: Invoice, unit_places: int, *, lines: bool) -> dict[str, Any]:
    """What invoices and credit notes say alike."""
    view: dict[str, Any] = {
        "Type": invoice.type,
        "Reference": invoice.reference,
        "Payments": [_payment(payment) for payment in invoice.payments if not payment.credit],
        "CurrencyRate": invoice.currency_rate,
        "SentToContact": invoice.sent_to_contact,
        "HasAttachments": False,
        "Contact": {"ContactID": invoice.contact_id, "Name": company.contacts[invoice.contact_id].name},
        "Date": day(invoice.date),
        "DateString": f"{invoice.date.isoformat()}T00:00:00",
        "Status": invoice.status,
        "LineAmountTypes": invoice.line_amount_types,
        "LineItems": [_line(company, line, unit_places) for line in invoice.lines] if lines else [],
        "SubTotal": invoice.net,
        "TotalTax": invoice.tax,
        "Total": invoice.total,
        "UpdatedDateUTC": stamp(invoice.updated_at),
        "UpdatedDateUTCString": stamp_text(invoice.updated_at),
        "CurrencyCode": invoice.currency,
    }
    if invoice.fully_paid_on is not None:
        view["FullyPaidOnDate"] = day(invoice.fully_paid_on)
    return view | ({"BrandingThemeID": invoice.branding_theme_id} if invoice.branding_theme_id else {})


def _line(company: Company, line: Line, unit_places: int) -> dict[str, Any]:
    view: dict[str, Any] = {
        "LineItemID": line.id,
        "Description": line.description,
        "TaxType": line.tax_type,
        "TaxAmount": line.tax_amount,
        "LineAmount": line.line_amount,
        "Tracking": [_tracked(company, one.category_id, one.option_id) for one in line.tracking],
    }
    if line.unit_amount is not None:
        view["UnitAmount"] = places(line.unit_amount, unit_places)
    if line.quantity is not None:
        view["Quantity"] = places(line.quantity, 4)
    if line.discount_rate is not None:
        view["DiscountRate"] = line.discount_rate
    optional = {"ItemCode": line.item_code, "AccountCode": line.account_code}
    return view | {name: value for name, value in optional.items() if value}


def _tracked(company: Company, category_id: str, option_id: str) -> dict[str, str]:
    category = next(one for one in company.tracking if one.id == category_id)
    option = next(one for one in category.options if one.id == option_id)
    return {
        "Name": category.name,
        "Option": option.name,
        "TrackingCategoryID": category.id,
        "TrackingOptionID": option.id,
    }


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "PaymentID": payment.id,
        "Date": day(payment.paid_on),
        "Amount": payment.amount,
        "CurrencyRate": 1,
        "HasAccount": False,
        "HasValidationErrors": False,
    } | ({"BatchPaymentID": payment.batch_id} if payment.batch_id else {})


def view_taken_back(company: Company, gone: TakenBack) -> dict[str, Any]:
    """A deleted payment, as the listing of payments still tells it."""
    of_invoice = gone.document_id in company.invoices
    named = {"InvoiceID": gone.document_id} if of_invoice else {"CreditNoteID": gone.document_id}
    return _payment(gone.payment) | {
        "Status": "DELETED",
        "PaymentType": "ACCRECPAYMENT" if of_invoice else "ARCREDITPAYMENT",
        "UpdatedDateUTC": stamp(gone.payment.updated_at),
        "Invoice" if of_invoice else "CreditNote": named,
    }


def _terms(terms: Terms) -> dict[str, Any]:
    return {"Sales": {"Day": terms.day, "Type": terms.type}}


def view_contact(contact: Contact) -> dict[str, Any]:
    view: dict[str, Any] = {
        "ContactID": contact.id,
        "ContactStatus": contact.status,
        "Name": contact.name,
        "EmailAddress": contact.email,
        "IsSupplier": False,
        "IsCustomer": True,
        "UpdatedDateUTC": stamp(contact.updated_at),
        "HasAttachments": False,
        "HasValidationErrors": False,
    }
    if contact.terms is not None:
        view["PaymentTerms"] = _terms(contact.terms)
    optional = {
        "ContactNumber": contact.number,
        "DefaultCurrency": contact.currency,
        "AccountsReceivableTaxType": contact.tax_type,
        "MergedToContactID": contact.merged_into,
    }
    return view | {name: value for name, value in optional.items() if value}


def view_item(item: Item, unit_places: int) -> dict[str, Any]:
    sales: dict[str, Any] = {"AccountCode": item.account_code, "TaxType": item.tax_type}
    view: dict[str, Any] = {
        "ItemID": item.id,
        "Code": item.code,
        "Name": item.name,
        "Description": item.description,
        "IsSold": item.sold,
        "IsPurchased": False,
        "IsTrackedAsInventory": False,
        "UpdatedDateUTC": stamp(item.updated_at),
        "SalesDetails": {name: value for name, value in sales.items() if value},
    }
    if item.unit_price is not None:
        view["SalesDetails"]["UnitPrice"] = places(item.unit_price, unit_places)
    return view


def view_account(account: Account) -> dict[str, Any]:
    return {
        "AccountID": account.id,
        "Code": account.code,
        "Name": account.name,
        "Status": account.status,
        "Type": account.type,
        "TaxType": account.tax_type or "NONE",
        "Class": account.account_class,
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "HasAttachments": False,
        "UpdatedDateUTC": stamp(account.updated_at),
    }


def view_tax_rate(rate: TaxRate) -> dict[str, Any]:
    return {
        "Name": rate.name,
        "TaxType": rate.tax_type,
        "Status": rate.status,
        "CanApplyToAssets": True,
        "CanApplyToEquity": True,
        "CanApplyToExpenses": not rate.on_sales or rate.percent == 0,
        "CanApplyToLiabilities": True,
        "CanApplyToRevenue": rate.on_sales,
        "DisplayTaxRate": rate.percent,
        "EffectiveRate": rate.percent,
        "TaxComponents": [
            {"Name": "GST", "Rate": rate.percent, "IsCompound": False, "IsNonRecoverable": False},
        ],
    }


def view_tracking(category: TrackingCategory, *, archived: bool) -> dict[str, Any]:
    return {
        "TrackingCategoryID": category.id,
        "Name": category.name,
        "Status": category.status,
        "Options": [
            {"TrackingOptionID": option.id, "Name": option.name, "Status": option.status}
            for option in category.options
            if archived or option.status == "ACTIVE"
        ],
    }


def view_organisation(organisation: Organisation) -> dict[str, Any]:
    view: dict[str, Any] = {
        "OrganisationID": organisation.id,
        "Name": organisation.name,
        "LegalName": organisation.name,
        "PaysTax": True,
        "Version": COUNTRY_VERSIONS.get(organisation.country, "GLOBAL"),
        "OrganisationType": "COMPANY",
        "BaseCurrency": organisation.base_currency,
        "CountryCode": organisation.country,
        "IsDemoCompany": False,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 3,
        "Timezone": organisation.timezone,
        "Edition": "BUSINESS",
        "Class": "PREMIUM",
    }
    if organisation.period_lock_date is not None:
        view["PeriodLockDate"] = day(organisation.period_lock_date)
    if organisation.end_of_year_lock_date is not None:
        view["EndOfYearLockDate"] = day(organisation.end_of_year_lock_date)
    if organisation.terms is not None:
        view["PaymentTerms"] = _terms(organisation.terms)
    return view


def view_branding_theme(theme: BrandingTheme, order: int) -> dict[str, Any]:
    return {"BrandingThemeID": theme.id, "Name": theme.name, "SortOrder": order, "Type": "INVOICE"}
