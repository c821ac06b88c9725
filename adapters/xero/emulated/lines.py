"""A line as sent becomes a line as kept: codes checked, priced, rounded per line, taxed per line."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from adapters.xero.emulated.company import Account, Company, Contact, Invoice, Item, Line, Tracked
from adapters.xero.emulated.forms import Refused, cents, places

TRACKING_MAX = 2
QUANTITY_PLACES = 4
NO_TAX = Decimal(0)


class TrackingIn(Struct, kw_only=True):
    """By ids, or by the names of category and option."""

    category_id: str = field(name="TrackingCategoryID", default="")
    option_id: str = field(name="TrackingOptionID", default="")
    name: str = field(name="Name", default="")
    option: str = field(name="Option", default="")


class LineIn(Struct, kw_only=True, rename="pascal"):
    """A line as a caller sends it; what is unset keeps its value on a line that is there already."""

    line_item_id: str | UnsetType = field(name="LineItemID", default=UNSET)
    description: str | UnsetType = UNSET
    quantity: Decimal | UnsetType = UNSET
    unit_amount: Decimal | UnsetType = UNSET
    item_code: str | UnsetType = UNSET
    account_code: str | UnsetType = UNSET
    tax_type: str | UnsetType = UNSET
    tax_amount: Decimal | UnsetType = UNSET
    line_amount: Decimal | UnsetType = UNSET
    discount_rate: Decimal | UnsetType = UNSET
    tracking: list[TrackingIn] | UnsetType = UNSET


def keep_lines(
    company: Company, invoice: Invoice, sent: list[LineIn], unit_places: int, new_id: Callable[[], str]
) -> tuple[list[Line], list[str]]:
    """The document's new lines, and every reason why they cannot be. A line sent without its id is new, a line not sent
    is gone, a line with its id keeps what was not sent [xero-mcp-server #158].
    """
    standing = {line.id: line for line in invoice.lines}
    lines: list[Line] = []
    problems: list[str] = []
    for one in sent:
        base = standing.get(one.line_item_id) if isinstance(one.line_item_id, str) else None
        if isinstance(one.line_item_id, str) and base is None:
            problems.append(f"The LineItemID '{one.line_item_id}' is not a line of this document")
            continue
        try:
            lines.append(_line(company, invoice, base or Line(id=new_id()), one, unit_places))
        except Refused as refusal:
            problems.extend(refusal.messages)
    return lines, problems


def _line(company: Company, invoice: Invoice, base: Line, sent: LineIn, unit_places: int) -> Line:
    line = _merged(base, sent, unit_places)
    item = _item(company, line.item_code)
    account = _account(company, line.account_code or (item.account_code if item else ""))
    if item is not None:
        line.description = line.description or item.description or item.name
        if line.unit_amount is None and item.unit_price is not None:
            line.unit_amount = item.unit_price
    if not line.description:
        raise Refused("Description must be at least 1 char")
    line.account_code = account.code if account else ""
    if sent.tracking is not UNSET:
        line.tracking = _tracking(company, sent.tracking)
    _price(line, sent.line_amount)
    line.tax_type = line.tax_type or _default_tax(item, account, company.contacts[invoice.contact_id])
    tax(company, invoice, line)
    if line.line_amount == 0:
        line.account_code = ""
    elif not line.account_code and invoice.status == "AUTHORISED":
        raise Refused("Account code must be specified")
    return line


def _merged(base: Line, sent: LineIn, unit_places: int) -> Line:
    def chosen(new: Any, old: Any) -> Any:
        return old if isinstance(new, UnsetType) else new

    quantity: Decimal | None = chosen(sent.quantity, base.quantity)
    unit: Decimal | None = chosen(sent.unit_amount, base.unit_amount)
    explicit_tax: Decimal | None = chosen(sent.tax_amount, base.tax_amount if base.tax_given else None)
    return Line(
        id=base.id,
        description=chosen(sent.description, base.description),
        quantity=None if quantity is None else places(quantity, QUANTITY_PLACES),
        unit_amount=unit if unit is None or sent.unit_amount is UNSET else places(unit, unit_places),
        item_code=chosen(sent.item_code, base.item_code),
        account_code=chosen(sent.account_code, base.account_code),
        tax_type=chosen(sent.tax_type, base.tax_type),
        tax_amount=NO_TAX if explicit_tax is None else cents(explicit_tax),
        tax_given=explicit_tax is not None,
        discount_rate=chosen(sent.discount_rate, base.discount_rate),
        tracking=list(base.tracking),
    )


def _item(company: Company, code: str) -> Item | None:
    if not code:
        return None
    item = next((item for item in company.items.values() if item.code == code), None)
    if item is None or not item.sold:
        raise Refused(f"Item code '{code}' is not valid")
    return item


def _account(company: Company, code: str) -> Account | None:
    if not code:
        return None
    account = next((account for account in company.accounts.values() if account.code == code), None)
    if account is None or account.type == "BANK":
        raise Refused(f"Account code '{code}' is not a valid code for this document.")
    if account.status != "ACTIVE":
        raise Refused(f"Account code '{code}' has been archived, or deleted. Ensure the account is active.")
    return account


def _default_tax(item: Item | None, account: Account | None, contact: Contact) -> str:
    return (item.tax_type if item else "") or contact.tax_type or (account.tax_type if account else "") or "NONE"


def _price(line: Line, given: Decimal | UnsetType) -> None:
    """Quantity times unit amount, rounded to cents per line; a line amount sent along must agree with it."""
    if line.unit_amount is None:
        if isinstance(given, UnsetType):
            line.line_amount = Decimal(0)
            return
        line.quantity = line.quantity or Decimal(1)
        line.unit_amount = given / line.quantity
    line.quantity = Decimal(1) if line.quantity is None else line.quantity
    share = 1 - (line.discount_rate or Decimal(0)) / 100
    line.line_amount = cents(line.quantity * line.unit_amount * share)
    if not isinstance(given, UnsetType) and given != line.line_amount:
        raise Refused(f"The line total {given} does not match the expected line total {line.line_amount}")


def tax(company: Company, invoice: Invoice, line: Line) -> None:
    """Tax of one line, rounded to cents by itself; documents add up their lines."""
    rate = company.tax_rates.get(line.tax_type)
    if rate is None or rate.status != "ACTIVE" or (invoice.type == "ACCREC" and not rate.on_sales):
        raise Refused(f"The TaxType code '{line.tax_type}' does not exist or cannot be used for this type of transaction.")
    if invoice.line_amount_types == "NoTax":
        line.tax_type, line.tax_amount, line.tax_given = "NONE", NO_TAX, False
    elif line.tax_given:
        return
    elif invoice.line_amount_types == "Inclusive":
        line.tax_amount = cents(line.line_amount - line.line_amount / (1 + rate.percent / 100))
    else:
        line.tax_amount = cents(line.line_amount * rate.percent / 100)


def _tracking(company: Company, sent: list[TrackingIn]) -> list[Tracked]:
    if len(sent) > TRACKING_MAX:
        raise Refused(f"A line item can have at most {TRACKING_MAX} tracking categories")
    chosen = [_tracked(company, one) for one in sent]
    if len({one.category_id for one in chosen}) < len(chosen):
        raise Refused("A tracking category can be used only once in a line item")
    return chosen


def _tracked(company: Company, sent: TrackingIn) -> Tracked:
    for category in company.tracking:
        if sent.category_id == category.id or (not sent.category_id and sent.name == category.name):
            for option in category.options:
                if (sent.option_id == option.id or (not sent.option_id and sent.option == option.name)) and (option.status == "ACTIVE"):
                    return Tracked(category.id, option.id)
    wanted = f"{sent.name or sent.category_id}: {sent.option or sent.option_id}"
    raise Refused(f"The tracking option '{wanted}' does not exist or is not active")
