"""When a document is dated, and when it is to be paid.

Terms are written `net 14`, `14 days after month end`, `day 20 of next month`, `on receipt` or `customer` (as kept over there);
customers over there carry the same texts.
"""

import re
from datetime import date, timedelta

from connector.core.mapping import InvoiceDay, TermsOfPayment, fold
from connector.core.periods import Period, day_of_next_month, month_end

HOW_TO_WRITE = "net 14, 14 days after month end, day 20 of next month, on receipt or customer"
_NET = re.compile(r"net (\d{1,3})")
_AFTER = re.compile(r"(\d{1,3}) days? after month end")
_DAY = re.compile(r"day (\d{1,2}) of next month")
_LAST_DAY = 31


def read_terms(text: str) -> TermsOfPayment | None:
    """Terms as written in a mapping file or kept over there; None where the text says no such thing."""
    said = fold(text)
    if said == "on receipt":
        return TermsOfPayment("on_receipt")
    if said == "customer":
        return TermsOfPayment("customer")
    if found := _NET.fullmatch(said):
        return TermsOfPayment("net", int(found[1]))
    if found := _AFTER.fullmatch(said):
        return TermsOfPayment("after_month_end", int(found[1]))
    if (found := _DAY.fullmatch(said)) and 1 <= int(found[1]) <= _LAST_DAY:
        return TermsOfPayment("day_of_next_month", int(found[1]))
    return None


def write_terms(terms: TermsOfPayment) -> str:
    """Terms as people write them; `read_terms` reads the same back."""
    if terms.kind == "net":
        return f"net {terms.days}"
    if terms.kind == "after_month_end":
        return f"{terms.days} days after month end"
    if terms.kind == "day_of_next_month":
        return f"day {terms.days} of next month"
    return "on receipt" if terms.kind == "on_receipt" else "customer"


def due_date(terms: TermsOfPayment, invoice_date: date) -> date:
    """The last day to pay. `customer` must have been answered by the customer's own terms before."""
    if terms.kind == "customer":
        raise ValueError("terms `customer` have no due date of their own: ask the customer's terms")
    if terms.kind == "net":
        return invoice_date + timedelta(days=terms.days)
    if terms.kind == "after_month_end":
        return month_end(invoice_date) + timedelta(days=terms.days)
    return day_of_next_month(invoice_date, terms.days) if terms.kind == "day_of_next_month" else invoice_date


def invoice_date(rule: InvoiceDay, period: Period, today: date) -> date:
    """The document's date: the period's last day, the day of approval (`today`), or a day of the month after the period's end."""
    if rule.kind == "period_end":
        return period.last
    return today if rule.kind == "approval_date" else day_of_next_month(period.last, rule.day)
