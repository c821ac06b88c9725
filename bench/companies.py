"""The two companies that `make real` bills into: emulated, and the ground truth of what was written over there."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from adapters.quickbooks.emulator import Emulator as QuickBooks
from adapters.xero.emulator import Emulator as Xero
from connector.sandbox import Mount

SECRETS = {"xero": "emulated-secret", "quickbooks": "emulated-secret", "quickbooks-refresh": "emulated-refresh"}
"""File name → what is in it: what reaches the companies."""


class SystemTime:
    """The emulators' clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def identifiers() -> Iterator[str]:
    """Ids as the vendor's look, the same in every run."""
    random = Random(20080101)
    while True:
        yield str(uuid.UUID(int=random.getrandbits(128), version=4))


class Companies:
    """Both books over there: what stands in them is the truth that ours is compared with."""

    def __init__(self) -> None:
        self.xero, self.quickbooks = xero_company(), quickbooks_company()

    def mounts(self) -> list[Mount]:
        clock = SystemTime()
        return [Mount(self.xero, clock=clock, prefix="/xero"), Mount(self.quickbooks, clock=clock, prefix="/quickbooks")]

    def nets(self) -> dict[str, dict[str, Decimal]]:
        """Book → number → net of every live sales invoice."""
        return {
            "xero": {invoice.number: invoice.net for invoice in self.xero.invoices(live=True)},
            "quickbooks": {invoice.number: invoice.net for invoice in self.quickbooks.invoices(live=True)},
        }

    def writes(self) -> dict[str, int]:
        return {"xero": len(self.xero.ledger), "quickbooks": len(self.quickbooks.ledger)}


def xero_company() -> Xero:
    """An organisation that knows two customers, the accounts and the currencies of the example."""
    accounts = {200: "Development", 201: "Design", 202: "Review", 203: "Testing", 204: "Management", 206: "Documentation"}
    return Xero(
        SystemTime(),
        identifiers(),
        {
            "organisation": {"name": "Real logs Ltd", "base_currency": "USD"},
            "currencies": ["USD", "EUR"],
            "contacts": [{"name": "Organisation A"}, {"name": "Organisation B", "currency": "EUR"}],
            "accounts": [{"code": str(code), "name": name, "tax_type": "NONE"} for code, name in accounts.items()],
        },
    )


def quickbooks_company() -> QuickBooks:
    """A company with several currencies; the two other customers have one each for ever."""
    items = ("Development", "Design", "Review", "Testing", "Project management", "Documentation")
    return QuickBooks(
        SystemTime(),
        identifiers(),
        {
            "realm_id": "4620816365000000099",
            "name": "Real logs Inc.",
            "preferences": {"multicurrency": True, "home_currency": "USD"},
            "currencies": ["GBP", "AUD"],
            "customers": [{"name": "Organisation C", "currency": "GBP"}, {"name": "Organisation D", "currency": "AUD"}],
            "items": [{"name": f"Services:{name}"} for name in items],
            "refresh_tokens": [SECRETS["quickbooks-refresh"]],
        },
    )
