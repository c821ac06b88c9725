"""The firm of the plays: three clients, two companies with a currency each, and files that finance changes in the middle.

Nothing fails here: no process dies and no answer is lost (`tests/simulation` has that). What is drawn is what people decide.
"""

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Literal

import msgspec

from adapters.memory.sink import Company
from connector.core.mapping import Mapping
from connector.model import Remote
from connector.settings.values import AutoApprove, CorrectionPolicy
from connector.use_cases import apply, approve
from connector.use_cases.told import Told
from connector.use_cases.workspace import Workspace
from tests.simulation.quick import QuickStore
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.two_books import BOOKS, DEFAULTS, TwoBooks
from tests.use_cases.world import World

CLIENTS = ("Alpine Dental", "Bayside Motors", "Cedar Legal")
FIRST_DAY, RISE = date(2026, 6, 1), date(2026, 9, 1)
"""The first day that anybody works, and the one from which a rise that is announced in time costs more."""
US_SHARE, RISEN = Decimal("0.60"), Decimal("1.10")
"""What an hour costs in the other book, and after a rise: prices and hours are drawn so that no cent is rounded away."""
EXACT = "{increment_minutes: 1, direction: nearest, minimum_minutes: 0, per: entry}"
ROUNDINGS = (
    EXACT, "{increment_minutes: 6, direction: up, minimum_minutes: 0, per: entry}",
    "{increment_minutes: 15, direction: up, minimum_minutes: 15, per: ticket_day}",
    "{increment_minutes: 15, direction: up, minimum_minutes: 30, per: line}",
    "{increment_minutes: 6, direction: nearest, minimum_minutes: 0, per: person_day}",
)  # fmt: skip
RATES = ("100.00", "33.35", "87.65", "0.05")
BY_TYPE = '{one_per: [work_type], text: "{work_type}, {month}"}'
LINES = {"ticket": '{one_per: [ticket], text: "#{ticket}"}', "project": '{one_per: [project], text: "{project}, {month}"}', "type": BY_TYPE}


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """What finance's files say at a moment. `homes`: client → book; `risen`: whether the dearer hour from `RISE` on is in them."""

    homes: tuple[str, ...] = ("nz", "us", "nz")
    rate: str = "100.00"
    risen: bool = False
    rounding: str = EXACT
    send_as: str = "draft"
    lines: Literal["ticket", "project", "type"] = "ticket"
    late: str = "next_document"
    per: str = "client"

    @property
    def by_ticket(self) -> bool:
        return self.lines == "ticket"

    def rate_on(self, book: str, day: date) -> Decimal:
        """What an hour of this day costs in this book."""
        rate = Decimal(self.rate) * (US_SHARE if book == "us" else 1)
        return rate * RISEN if self.risen and day >= RISE else rate

    @property
    def mapping(self) -> Mapping:
        return _mapping(self._text)

    @property
    def _text(self) -> str:
        nz = DEFAULTS.replace("send_as: draft", f"send_as: {self.send_as}").replace("next_document", self.late)
        nz = nz.replace(BY_TYPE, LINES[self.lines]).replace("per: client", f"per: {self.per}")
        us = nz.replace("  nz:", "  us:").replace("HB-", "HBU-").replace("NZD", "USD")
        text = YAML.replace(DEFAULTS, nz + us).replace("nz: {account: 205}}", "nz: {account: 205}, us: {account: 205}}")
        for client, home in zip(CLIENTS, self.homes, strict=True):
            said = ", send_as: posted" if client == "Cedar Legal" else ""
            old = f"  {client}: {{send_as: posted}}\n" if said else f"  {client}:\n"
            text = text.replace(old, f"  {client}: {{book: {home}{said}}}\n")
        cards = "".join(f"  {self._card(book, currency)}" for book, currency in (("nz", "NZD"), ("us", "USD")))
        start, end = text.index("rate_cards:\n") + len("rate_cards:\n"), text.index("exclude:")
        return (text[:start] + cards + text[end:]).replace(EXACT, self.rounding)

    def _card(self, book: str, currency: str) -> str:
        days = (date(2025, 1, 1), RISE) if self.risen else (date(2025, 1, 1),)
        blocks = ", ".join(f"{{from: {day}, any: {{any: {self.rate_on(book, day).quantize(Decimal('0.0001'))}}}}}" for day in days)
        return f"card {book}:\n    {{currency: {currency}, default_for: {book}, blocks: [{blocks}]}}\n"


@cache
def _mapping(text: str) -> Mapping:
    return mapping_of(text, BOOKS)


class Firm(TwoBooks):
    """The world of a play. `files` are finance's; `told` is everything that happened, in order."""

    def __init__(self, random: Random, files: Files) -> None:
        World.__init__(self, files.mapping, store=QuickStore)
        self.companies = {"nz": self.company, "us": Company(self.clock)}
        self.random, self.files = random, files
        self.told: list[str] = []
        small = Decimal(random.choice(("0", "60", "500")))
        self.policy = CorrectionPolicy(below=small, choose="delta") if small else None
        self.routine = AutoApprove(below=Decimal(900)) if random.random() < 0.3 else None

    def say(self, *words: object) -> None:
        self.told.append(f"{self.clock.at:%d %b} " + " ".join(map(str, words)))

    def revise(self, **changes: object) -> None:
        """Finance edits the files."""
        self.files = msgspec.structs.replace(self.files, **changes)
        self.mapping = self.files.mapping
        self.say("files:", changes)

    def open(self) -> Workspace:
        ws = super().open()
        ws.books = {
            name: msgspec.structs.replace(book, corrections=self.policy, auto_approve=self.routine) for name, book in ws.books.items()
        }
        return ws

    @property
    def today(self) -> date:
        return self.clock.at.date()

    def month_later(self) -> None:
        self.clock.at += timedelta(days=31)

    # ---- one command each -----------------------------------------------------------------------------------------------------

    def read_all(self) -> None:
        failures = self.pull(forced="a play", full=True).failures
        assert not failures, failures

    def bill_all(self, *, adopting: bool = False) -> None:
        """Everything that is planned is approved, of both books, and then sent."""
        self.pull(forced="a play")
        for book in self.random.sample(BOOKS, 2):
            self.approve_book(book)
        for book in self.random.sample(BOOKS, 2):
            told = self.apply_in(book, adopting=adopting)
            self.say(f"  {book}: {told.done or ''} {told.adopted or ''} {told.refused or ''} {told.stale or ''}".rstrip())

    def apply_in(self, book: str, *, adopting: bool = False) -> Told:
        return apply.apply(self.open(), book, adopting=adopting)

    def approve_book(self, book: str) -> None:
        found = self.plan_of(book)
        if found.sending:
            approve.approve(self.open(), found.checksum, who="Finance", forced="a play")

    @property
    def requests(self) -> int:
        return sum(company.requests for company in self.companies.values())

    # ---- over there --------------------------------------------------------------------------------------------------------------

    def ours(self, *kinds: str) -> list[tuple[Company, Remote]]:
        """What stands over there of what we made, with its company."""
        return [
            (company, there) for company in self.companies.values() for there in company.documents.values()
            if there.live and there.mark and there.kind in (kinds or ("invoice",))
        ]  # fmt: skip

    def drop(self, company: Company, there: Remote) -> None:
        """Somebody voids or deletes it, and takes back first what was paid or credited."""
        for payment in [one for one in company.payments if there.id in (one.document_id, one.credit_note_id) and not one.reversed]:
            company.take_back(payment.id)
        company.change(
            there.id, status="deleted" if there.status == "draft" else "voided", paid=Decimal(0), balance=Decimal(0), allocated=()
        )
        self.say("over there: dropped", there.number)
