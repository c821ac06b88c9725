"""History and notes of one document, told from the ledger of accepted writes. Nothing can be written to it here."""

from typing import Any

from adapters.xero.emulated.company import Company, Invoice, Write
from adapters.xero.emulated.forms import stamp

PERSON = "Mere Tane"
"""Whoever works in the browser over there."""
AN_APP = "System Generated"
_CHANGES = {
    "created": "Created", "updated": "Edited", "merged": "Edited", "authorised": "Approved", "submitted": "Submitted for Approval",
    "voided": "Voided", "deleted": "Deleted", "paid": "Paid", "unpaid": "Payment Removed", "credited": "Credit Applied",
    "allocated": "Credit Applied",
}  # fmt: skip


def list_history(company: Company, document: Invoice) -> dict[str, Any]:
    """Newest first, as in the vendor's examples."""
    contact = company.contacts[document.contact_id].name
    mine = [write for write in company.ledger if write.id == document.id]
    return {"HistoryRecords": [_record(write, contact) for write in reversed(mine)]}


def _record(write: Write, contact: str) -> dict[str, Any]:
    by_app = write.by == "app"
    return {
        "Changes": _CHANGES.get(write.what, write.what.capitalize()),
        "DateUTCString": write.at.strftime("%Y-%m-%dT%H:%M:%S"),
        "DateUTC": stamp(write.at),
        "User": AN_APP if by_app else PERSON,
        "Details": "Received through the Xero API from Hourbridge" if by_app else f"{write.number} to {contact} for {write.net:.2f}.",
    }
