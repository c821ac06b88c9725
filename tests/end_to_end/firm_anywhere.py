"""The little firm of the use cases, billing into whatever company a sink's bench has."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from connector.use_cases import reconcile
from connector.use_cases.workspace import Workspace
from tests.adapters.files.bench import FilesBench
from tests.adapters.memory.bench import MemoryBench
from tests.adapters.quickbooks.bench import QuickBooksBench
from tests.adapters.quickbooks.books import COMPANY as US_COMPANY
from tests.adapters.xero.bench import XeroBench
from tests.adapters.xero.books import COMPANY
from tests.contract.sink_bench import Bench, Standing
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.world import World

CLIENTS = ("Alpine Dental", "Bayside Motors", "Cedar Legal")
XERO = {
    **COMPANY,
    "contacts": [{"name": name} for name in CLIENTS],
    "accounts": [{"code": "205", "name": "Services"}, {"code": "200", "name": "Sales"}],
}
QUICKBOOKS = {**US_COMPANY, "customers": [{"name": name} for name in (*CLIENTS, "A stranger")]}
IN_DOLLARS = {
    "currency: NZD": "currency: USD",
    "tax_code: NONE": "tax_code: TAX",
    "send_as: draft": "send_as: posted\n    tracking: {Class: MSP, Location: North}",
    "Cedar Legal: {send_as: posted}": "Cedar Legal: {po: PO-7}",
    "nz: {account: 205}": "nz: {item: 'Services:Support'}",
}
"""What the mapping says otherwise for a company in QuickBooks."""
BENCHES: dict[str, Callable[[Path, pytest.MonkeyPatch], Bench]] = {
    "memory": lambda _folder, _patch: MemoryBench(),
    "files": FilesBench,
    "xero": lambda _folder, _patch: XeroBench(XERO),
    "quickbooks": lambda _folder, _patch: QuickBooksBench(QUICKBOOKS),
}


def without_keys(vendor: str) -> XeroBench | QuickBooksBench:
    """A company that remembers keys only as long as its vendor says it does: for how long QuickBooks keeps a requestid nobody publishes."""
    if vendor == "xero":
        return XeroBench(XERO)
    bench = QuickBooksBench(QUICKBOOKS)
    bench.books.emulator.replays.on = False
    return bench


def in_dollars() -> str:
    text = YAML
    for ours, theirs in IN_DOLLARS.items():
        assert ours in text
        text = text.replace(ours, theirs)
    return text


class Firm(World):
    """`World` with the bench's company instead of its own."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(mapping_of(in_dollars()) if isinstance(bench, QuickBooksBench) else None)
        self.bench = bench
        self.clock = bench.clock  # type: ignore[assignment]
        self.forget()

    def forget(self) -> None:
        """The state is lost; what stands over there stays."""
        self.store = type(self.store)("sqlite://", self.clock)
        self.store.migrate()

    def open(self) -> Workspace:
        workspace = super().open()
        workspace._open_sinks = {"nz": self.bench.sink}
        return workspace

    # ---- what stands over there -----------------------------------------------------------------------------------------

    def standing(self) -> list[Standing]:
        return sorted(self.bench.standing(), key=lambda one: one.number)

    def live(self) -> dict[str, Decimal]:
        """Number → net of everything over there that has force."""
        return {one.number: one.net for one in self.standing() if one.status not in ("voided", "deleted")}

    def live_numbers(self) -> list[str]:
        return sorted(one.number for one in self.standing() if one.status not in ("voided", "deleted"))

    def named(self, number: str) -> Standing:
        (found,) = [one for one in self.standing() if one.number == number]
        return found

    # ---- what we say of it ----------------------------------------------------------------------------------------------

    def claimed(self) -> dict[str, Decimal]:
        """Number → what its claims add up to."""
        rows = self.rows(
            "SELECT d.number, sum(c.net) FROM claims c JOIN documents d ON d.id = c.document GROUP BY d.number ORDER BY d.number"
        )
        return {str(number): Decimal(str(net)) / 100 for number, net in rows}

    def reconciled(self) -> None:
        """To the cent: claims against what stands there, and the tie-out's own three equations."""
        self.check()
        assert self.claimed() == self.live()
        found = reconcile.tie_out(self.open(), online=True)
        assert [one.what for one in found.equations if not one.holds] == []
        assert found.ties, found.differences

    def silent(self) -> None:
        """Another run, from pull to apply, sends nothing and changes nothing."""
        before = self.standing()
        self.pull()
        assert self.plan().sending == ()
        told = self.apply()
        assert (told.sent, told.done, told.doubt, told.stopped) == (0, [], [], "")
        assert self.standing() == before


def renumber(firm: Firm, number: str) -> None:
    """Somebody gives the only document over there another number."""
    (there,) = firm.standing()
    firm.bench.people.renumber(there.id, number)
