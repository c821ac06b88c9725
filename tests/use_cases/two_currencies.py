"""The little firm with a second company, which is billed in a currency and a zone of its own."""

import msgspec

from adapters.memory.sink import Company, Settings, Sink
from connector.use_cases import apply, approve
from connector.use_cases.plan import plans_of
from connector.use_cases.workspace import Workspace
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.world import World, _Host

US_DEFAULTS = """\
  us:
    {currency: USD, tax_code: NON, terms: net 30, number: "US-{seq:3}", invoice_date: period_end, incomplete: send, amounts: tax_exclusive,
     send_as: draft, document: {per: client, every: month}, lines: {one_per: [work_type], text: "{work_type}, {month}"}, late_time: hold}
"""
US_CARD = """\
  usd:
    currency: USD
    default_for: us
    blocks: [{from: 2025-01-01, any: {any: 120.00}}]
"""


class TwoCurrencies(World):
    """A second company, for one client; what nobody can be found for is shown in the default book."""

    def __init__(self):
        text = YAML.replace("  Cedar Legal: {send_as: posted}", "  Cedar Legal: {book: us, currency: USD, rate_card: usd}")
        text = text.replace("default_book: nz", f"{US_DEFAULTS}default_book: nz").replace(
            "nz: {account: 205}", "nz: {account: 205}, us: {item: PRJ}"
        )
        text = text.replace("rate_cards:\n", f"rate_cards:\n{US_CARD}")
        super().__init__(mapping_of(text, books=["nz", "us"]))
        self.other = Company(self.clock)

    def open(self):
        first = super().open()
        sink = Sink(Settings(company="unused"), _Host(self.clock))
        sink.company = self.other
        books = {**first.books, "us": msgspec.structs.replace(first.books["nz"], name="us", zone="America/Chicago")}
        sinks = {"nz": lambda: first.sink("nz"), "us": lambda: sink}
        return Workspace(self.store, self.mapping, books, {"list": lambda: self.source}, sinks, kinds=first.kinds, owner=first.owner)

    def bill(self):
        self.pull()
        for report in plans_of(self.open()):
            approve.approve(self.open(), report.plan.checksum, who="Finance")
            apply.apply(self.open(), report.plan.book)
