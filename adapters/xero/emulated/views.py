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
    TaxRate,
    Terms,
    TrackingCategory,
)
from adapters.xero.emulated.forms import day, places, stamp, stamp_text

COUNTRY_VERSIONS = {"NZ": "NZ", "AU": "AU", "GB": "UK", "US": "US"}


def view_invoice(company: Company, invoice: Invoice, unit_places: int, *, lines: bool = True) -> dict[str, Any]:
    """`lines=False` is what a listing without `page` gives: an empty list, which is not the truth."""
    view: dict[str, Any] = {
        "Type": invoice.type,
        "InvoiceID": invoice.id,
        "InvoiceNumber": invoice.number,
        "Reference": invoice.reference,
        "Payments": [_payment(payment) for payment in invoice.payments if not payment.credit],
        "CreditNotes": [
            {"CreditNoteID": payment.id, "Date": day(payment.paid_on), "Total": payment.amount}
            for payment in invoice.payments
            if payment.credit
        ],
        "AmountDue": invoice.due,
        "AmountPaid": invoice.paid,
        "AmountCredited": invoice.credited,
        "CurrencyRate": invoice.currency_rate,
        "SentToContact": invoice.sent_to_contact,
        "HasAttachments": False,
        "HasErrors": False,
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
    if invoice.due_date is not None:
        view |= {"DueDate": day(invoice.due_date), "DueDateString": f"{invoice.due_date.isoformat()}T00:00:00"}
    if invoice.fully_paid_on is not None:
        view["FullyPaidOnDate"] = day(invoice.fully_paid_on)
    optional = {"BrandingThemeID": invoice.branding_theme_id, "Url": invoice.url}
    return view | {name: value for name, value in optional.items() if value}


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
