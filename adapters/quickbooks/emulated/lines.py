"""A line as sent becomes a line as kept: references checked, amounts held to quantity times price, tax worked out."""

from decimal import Decimal
from typing import Any, get_args

from adapters.quickbooks.emulated.company import Company, Invoice, Line, LineKind
from adapters.quickbooks.emulated.forms import Refused, business, cents, gone, missing, read_day, read_number

DESCRIPTION_LENGTH_MAX = 4000
_KINDS: dict[str, LineKind] = {kind: kind for kind in get_args(LineKind)}
_LINE = {"Id", "LineNum", "Description", "Amount", "DetailType", "SalesItemLineDetail", "DescriptionLineDetail", "DiscountLineDetail",
         "LinkedTxn", "CustomField", "SubTotalLineDetail", "Received", "LineEx", "ProjectRef"}  # fmt: skip
_DETAIL = {"ItemRef", "Qty", "UnitPrice", "TaxCodeRef", "ClassRef", "ServiceDate", "ItemAccountRef", "TaxClassificationRef", "DiscountRate",
           "DiscountAmt", "MarkupInfo", "PriceLevelRef", "UOMRef", "RatePercent", "TaxInclusiveAmt", "UnitCostPrice"}  # fmt: skip


def keep_lines(company: Company, invoice: Invoice, sent: Any) -> list[Line]:
    """The whole list: a line that is not sent is gone, one with the id of a line that is there replaces it."""
    if not isinstance(sent, list) or not sent:
        raise missing("Line")
    kept: list[Line] = []
    ids = {line.id for line in invoice.lines}
    last = max((int(line_id) for line_id in ids), default=0)
    for element in sent:
        if not isinstance(element, dict):
            raise Refused("2010", "Request has invalid or unsupported property", "Line is not an object", "Line")
        only_known(element, _LINE, "Line")
        if element.get("DetailType") == "SubTotalLineDetail":
            continue
        line = _line(company, element)
        if line.id not in ids or any(line.id == other.id for other in kept):
            last += 1
            line.id = str(last)
        kept.append(line)
    if not kept:
        raise missing("Line")
    return kept


def _line(company: Company, sent: dict[str, Any]) -> Line:
    kind = _KINDS.get(str(sent.get("DetailType")))
    if kind is None:
        raise missing("Line.DetailType")
    description = str(sent.get("Description", ""))
    bounded(description, DESCRIPTION_LENGTH_MAX, "Description")
    line = Line(id=str(sent.get("Id", "")), kind=kind, description=description)
    if kind == "DescriptionOnly":
        return line
    if "Amount" not in sent:
        raise missing("Line.Amount")
    line.amount = read_number(sent["Amount"], "Line.Amount")
    if kind == "SalesItemLineDetail":
        detail = sent.get("SalesItemLineDetail")
        if not isinstance(detail, dict):
            raise missing("Line.SalesItemLineDetail")
        only_known(detail, _DETAIL, "SalesItemLineDetail")
        _take_detail(company, line, detail)
    return line


def _take_detail(company: Company, line: Line, sent: dict[str, Any]) -> None:
    line.item_id = reference(sent.get("ItemRef"), "ItemRef")
    item = company.items.get(line.item_id)
    if item is None:
        raise Refused(
            "2500",
            "Invalid Reference Id",
            f"Invalid Reference Id : Item element id {line.item_id} not found",
            "ItemRef",
        )
    if not item.active:
        raise gone("items")
    if item.type == "Category":
        raise business("A category cannot be sold")
    account = company.accounts.get(item.account_id)
    if account is not None and not account.active:  # that the account is asked for is known, the words are not confirmed
        raise business("An item in this transaction is set up with an account that was made inactive")
    line.quantity = read_number(sent["Qty"], "Qty") if "Qty" in sent else None
    line.price = read_number(sent["UnitPrice"], "UnitPrice") if "UnitPrice" in sent else None
    if sent.get("ServiceDate"):
        line.service_date = read_day(sent["ServiceDate"], "ServiceDate")
    _check_amount(line)
    line.class_id = reference(sent.get("ClassRef"), "ClassRef") if sent.get("ClassRef") else ""
    if line.class_id and not (line.class_id in company.classes and company.classes[line.class_id].active):
        raise gone("classes")
    automated = company.preferences.automated_sales_tax
    line.tax_code = reference(sent["TaxCodeRef"], "TaxCodeRef") if sent.get("TaxCodeRef") else "NON" if automated else ""
    allowed = ("TAX", "NON") if automated else ("", *(code.id for code in company.tax_codes.values() if code.active))
    if line.tax_code not in allowed:
        raise business(f"Invalid tax code {line.tax_code}: a line of this company takes one of {', '.join(allowed)}")


def _check_amount(line: Line) -> None:
    if line.quantity is not None and line.price is not None:
        expected = cents(line.quantity * line.price)
        if cents(line.amount) != expected:
            text = "Amount calculation incorrect in the request"
            raise Refused(
                "6070",
                text,
                f"{text} : Amount is not equal to UnitPrice * Qty. Supplied value:{line.amount:,}",
                "Line.Amount",
            )
    line.amount = cents(line.amount)


def tax(company: Company, invoice: Invoice) -> Decimal:
    """Automated: one rate on what is TAX, where the customer is taxable. Else by each line's own code."""
    switches = company.preferences
    if not switches.using_sales_tax or invoice.global_tax == "NotApplicable":
        return Decimal(0)
    if switches.automated_sales_tax:
        if not company.customers[invoice.customer_id].taxable:
            return Decimal(0)
        taxable = sum((line.signed for line in invoice.lines if line.tax_code == "TAX"), Decimal(0))
        return cents(taxable * switches.sales_tax_percent / 100)
    total = Decimal(0)
    for line in invoice.lines:
        code = company.tax_codes.get(line.tax_code)
        if code is not None:
            whole = 100 + code.percent if invoice.global_tax == "TaxInclusive" else Decimal(100)
            total += cents(line.signed * code.percent / whole)
    return total


def reference(sent: Any, element: str) -> str:
    """`{"value": …}`; the name beside it is read by nobody."""
    if not isinstance(sent, dict) or not sent.get("value"):
        raise missing(element)
    return str(sent["value"])


def bounded(text: str, longest: int, element: str) -> None:
    if len(text) > longest:
        raise Refused(
            "2050", "Invalid String",
            f"Invalid String: String length specified does not match the supported length. Min:0 Max:{longest} supported. "
            f"Supplied length:{len(text)}",
            element,
        )  # fmt: skip


def only_known(sent: dict[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(set(sent) - known)
    if unknown:
        text = "Request has invalid or unsupported property"
        raise Refused("2010", text, f"Property Name:Can not construct instance of {what} with {unknown[0]}", unknown[0])
