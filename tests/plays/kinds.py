"""The kinds of plays: which events there are beside those of every play, and how each ends."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import msgspec

from connector.errors import UnsafePlanError
from connector.model import DocumentRef
from connector.store import documents
from connector.use_cases import corrections
from connector.use_cases.waiting import Waiting
from tests.plays.events import RENAMED
from tests.plays.firm import BOOKS, RATES, ROUNDINGS, Files
from tests.plays.judge import judge_given_back, judge_our_books
from tests.plays.play import FILLER, Event, Play

MENDING_MAX = 10
FORGETTING = 0.7
"""How likely something is billed just before the state is lost."""
RENUMBERED = 0.3
"""How likely somebody gives a document that a backup forgot another number."""
PATIENCE = 3
"""Rounds of `apply --adopt` before a person voids what nothing fits."""


class Voided(Play):
    """Invoices of which some was credited are voided, their notes too, in any order."""

    def events(self) -> list[Event]:
        return super().events() + [self.void_credited_there] * 3


class Restored(Play):
    """The state is lost, and a backup that knows less than the companies is restored. What it forgot somebody gives another number, maybe."""

    def events(self) -> list[Event]:
        return super().events() + [self.back_up, self.restore] * 2

    def wanted(self, one: Waiting) -> tuple[str, ...]:
        """Also what stands there, as it is: nobody edits a document here, so what looks changed is what we amended and forgot."""
        return super().wanted(one) or tuple(choice for choice in one.choices if choice == "accept" and not one.entries)

    def take(self, one: Waiting, choice: str) -> bool:
        """What cannot be taken as it is because time of ours may be on it is put back, as the message says."""
        taken = super().take(one, choice)
        if not taken and choice == "accept":
            self.put_right(one)
        return taken

    def lose(self) -> None:
        """Mostly after more was billed than the backup knows. An hour goes by, in which the companies forget what they would answer to the
        same request.
        """
        if self.random.random() < FORGETTING:
            for event in (self.enter, self.edit, self.random.choice((self.month, self.enter)), self.bill_or_mend):
                event()
        super().lose()
        self.firm.clock.at += timedelta(hours=1)
        known = {(book, remote_id) for book, remote_id in self.firm.rows("SELECT book, remote_id FROM documents")}
        for book, company in self.firm.companies.items():
            forgotten = [there for there in company.documents.values() if there.live and there.mark and (book, there.id) not in known]
            for there in forgotten:
                if self.random.random() < RENUMBERED:
                    self.firm.say("over there: renumbered", there.number)
                    company.change(there.id, number=f"{there.number}{RENAMED}")

    def mend(self) -> None:
        for tried in range(MENDING_MAX):
            self.firm.read_all()
            if self._applied():
                return
            self.choose_all()
            self._adopt()
            if tried >= PATIENCE:
                self._void_strangers(all_kinds=tried > PATIENCE + 1)
        raise AssertionError(
            f"what was restored cannot be mended: {self.firm.rows('SELECT number, book FROM strangers WHERE decided = 0')}"
        )

    def _applied(self) -> bool:
        try:
            for book in BOOKS:
                self.firm.apply_in(book)
        except UnsafePlanError as error:
            self.firm.say("  stopped:", str(error)[:160])
            return False
        return True

    def put_right(self, one: Waiting) -> None:
        """What our own amendment made, of which the backup knows nothing: tied where it still fits, else put back as the row says."""
        self._adopt()
        super().put_right(one)
        company = self.firm.companies[one.book]
        with self.firm.store.snapshot() as read:
            known = documents.by_number(read, one.book, DocumentRef("invoice", one.ref))
        if known is not None and known.touched and known.base is not None and company.documents[known.remote_id].live:
            self.firm.say("over there: put back as our state has it", one.ref)
            company.change(known.remote_id, lines=known.base.lines, net=known.base.net, gross=known.base.gross, balance=known.base.gross)

    def _adopt(self) -> None:
        for book in BOOKS:
            try:
                self.firm.approve_book(book)
                self.firm.say("  adopted:", self.firm.apply_in(book, adopting=True).adopted)
            except UnsafePlanError as error:
                self.firm.say("  cannot be adopted:", str(error)[:160])

    def _void_strangers(self, *, all_kinds: bool) -> None:
        for book, remote_id in self.firm.rows("SELECT book, remote_id FROM strangers WHERE decided = 0"):
            company = self.firm.companies[str(book)]
            there = company.documents[str(remote_id)]
            if there.live and (all_kinds or there.kind == "credit_note"):
                self.firm.drop(company, there)


class GivenBack(Play):
    """Every choice, ruling, price and rounding there is, and documents edited over there; then all that was worked is deleted."""

    exact = ending = False

    @staticmethod
    def files(random: Random) -> Files:
        """Lines of many entries, whose shares are no whole cents, and of one; what is never taken back has lines of its own."""
        drawn = Play.files(random)
        return msgspec.structs.replace(
            drawn, lines=random.choice(("ticket", "project", "project")), rate=random.choice(RATES), rounding=random.choice(ROUNDINGS)
        )

    def events(self) -> list[Event]:
        more: list[Event] = [self.decide, self.edit_there] * 2 + [self.reprice, self.renumber_there]
        return [one for one in super().events() if one != self.rise] + more

    def wanted(self, one: Waiting) -> tuple[str, ...]:
        """Anything but `amend`, which keeps what somebody added by hand; at the end what gives nothing up, where that is legal."""
        legal = tuple(choice for choice in one.choices if choice != "amend")
        return (super().wanted(one) or legal) if self.ending else legal

    def give_up(self, ref: str, book: str) -> None:
        """Somebody credits it by hand over there."""
        self.firm.say("choose: write_off", ref)
        corrections.choose(self.firm.open(), ref, "write_off", "a play", "Finance", book=book)

    def end(self) -> None:
        self.firm.say("---- all is deleted")
        self.ending = True
        for name in [name for name in self.firm.source.entries if not name.startswith(FILLER)]:
            self.firm.remove(name)
        super().end()

    def judge(self) -> None:
        judge_given_back(self.firm)
        judge_our_books(self.firm)


KINDS: tuple[Callable[[int], Play], ...] = (Play, Voided, Restored, GivenBack)


def play_of(seed: int) -> Play:
    """The play of this seed: its kind is drawn by it, too."""
    return KINDS[seed % len(KINDS)](seed)
