"""The little firm with a company of any vendor and, where a case is about one, an emulated tracker: what the ready-made cases are played on.

What became of a case is read from the company's own documents and its ledger of writes, never from our tables alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from connector.core.mapping import Mapping
from connector.use_cases import corrections
from connector.use_cases.waiting import Waiting
from connector.use_cases.workspace import Workspace
from tests.adapters.harvest.accounts import Harvest
from tests.adapters.quickbooks.bench import QuickBooksBench
from tests.contract.sink_bench import Bench, Standing, allocate, as_it_stands, credit, credit_note
from tests.end_to_end.firm_anywhere import BENCHES, QUICKBOOKS, Firm, in_dollars
from tests.use_cases.firm import YAML, mapping_of

CEDAR = "Cedar Legal"
"""Its documents are posted at once, whatever the company."""
JUNE, JULY = "HB-2606-001", "HB-2607-001"
MONTH_S = 31 * 86_400
US = {**QUICKBOOKS, "customers": [*QUICKBOOKS["customers"], {"name": "Prairie Dental"}]}  # type: ignore[misc]
"""With the customer for whom the bench writes its own documents."""
SETTLED_S = 25 * 3600
"""Longer than any company's deadline and settle time together."""


class CaseFirm(Firm):
    """`Firm` with words for what a person at finance does. `zone` is the book's."""

    zone = "Pacific/Auckland"

    def open(self) -> Workspace:
        workspace = super().open()
        workspace.books = {name: msgspec.structs.replace(book, zone=self.zone) for name, book in workspace.books.items()}
        return workspace

    # ---- finance -----------------------------------------------------------------------------------------------------------------

    def waits(self) -> list[Waiting]:
        return corrections.waiting(self.open())

    def choose(self, choice: str, ref: str) -> None:
        corrections.choose(self.open(), ref, choice, "agreed with the client", "Finance")

    def month_later(self) -> None:
        self.bench.advance(MONTH_S)

    def mapping_text(self) -> str:
        return in_dollars() if isinstance(self.bench, QuickBooksBench) else YAML

    def mapping_with(self, *changes: tuple[str, str], books: str = "nz") -> Mapping:
        """The firm's mapping with these lines said otherwise."""
        text = self.mapping_text()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        return mapping_of(text, [books])

    # ---- people over there -----------------------------------------------------------------------------------------------------

    def refund(self, number: str, hours: str, note: str = "CN-1") -> None:
        """Somebody writes a credit note by hand for so many hours of a posted document, and puts it against it."""
        invoice = as_it_stands(self.bench, self.named(number).id)
        line = self.bench.line("Refund", hours, "100.00")
        made = credit_note(self.bench, note, invoice, line)
        made = msgspec.structs.replace(made, mark="", customer_id=invoice.customer_id, customer=invoice.customer, currency=invoice.currency)
        there = credit(self.bench, made)
        allocate(self.bench, there, invoice, line.net)

    # ---- what stands over there ---------------------------------------------------------------------------------------------------

    def in_force(self, kind: str = "invoice") -> list[Standing]:
        return [one for one in self.standing() if one.kind == kind and one.status not in ("voided", "deleted")]

    def hours_there(self) -> Decimal:
        """The hours that clients were asked to pay for: of invoices less those of credit notes."""
        said = {
            kind: sum((line[1] for one in self.in_force(kind) for line in one.lines), Decimal(0)) for kind in ("invoice", "credit_note")
        }
        return said["invoice"] - said["credit_note"]

    def net_there(self) -> Decimal:
        said = {kind: sum((one.net for one in self.in_force(kind)), Decimal(0)) for kind in ("invoice", "credit_note")}
        return said["invoice"] - said["credit_note"]

    def seconds(self) -> dict[str, int]:
        """Disposition → seconds, as the last pull stored them."""
        rows = self.rows("SELECT disposition, sum(seconds) FROM charges GROUP BY disposition")
        return {str(name): int(str(seconds)) for name, seconds in rows if seconds}

    def none_twice(self) -> None:
        """No number stands twice in force over there, and no time of ours on two live lines."""
        numbers = self.live_numbers()
        assert len(numbers) == len(set(numbers)), numbers
        self.check()

    def just_before_a_write(self, act: Callable[[], None]) -> None:
        """A person is quicker: something happens over there after we looked and before our next write arrives, once."""
        sink_type = type(self.bench.sink())
        send = sink_type.send
        patch = pytest.MonkeyPatch()

        def late(sink: object, request: object) -> object:
            patch.undo()
            act()
            return send(sink, request)

        patch.setattr(sink_type, "send", late)


class TrackedFirm(CaseFirm):
    """`CaseFirm` whose people write their time down at an emulated Harvest; `people` is what they do there."""

    def __init__(self, bench: Bench, **settings: object) -> None:
        super().__init__(bench)
        self.harvest = Harvest(page_size=4, **settings)
        self.harvest.clock = bench.clock  # type: ignore[assignment]
        emulator = self.harvest.emulator
        emulator._clock = bench.clock
        emulator._open(emulator.account)
        emulator.limits._now = bench.clock.now
        self.people = self.harvest.people = emulator.people
        self.tracker = self.harvest.source()

    def open(self) -> Workspace:
        workspace = super().open()
        workspace._open_sources = {"list": lambda: self.tracker}
        workspace.kinds = {"list": "harvest"}
        return workspace

    def listed(self) -> None:
        """Everything is listed, twice, some minutes apart: what a day of scheduled pulls comes to."""
        for _ in range(2):
            self.bench.advance(1200)
            assert not self.pull(full=True).failures

    def gone(self) -> set[str]:
        return {str(row[0]) for row in self.rows("SELECT entry_id FROM entries WHERE deleted = 1")}

    def disposition(self, entry_id: str) -> list[tuple[object, ...]]:
        return self.rows(
            f"SELECT c.disposition, c.seconds FROM charges c JOIN entries e ON e.key = c.entry WHERE e.entry_id = '{entry_id}' ORDER BY c.part"
        )


@contextmanager
def company(kind: str, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = QuickBooksBench(US) if kind == "quickbooks" else BENCHES[kind](folder, patch)
    yield bench
    getattr(bench, "close", lambda: None)()
