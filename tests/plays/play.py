"""A play: a firm, some twenty events that a seed draws, then a person who chooses what is legal until nothing waits, and the judge."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from random import Random

from connector.errors import ConfigError, HourbridgeError, UnsafePlanError
from connector.use_cases import corrections
from connector.use_cases.close import reopen
from connector.use_cases.waiting import Waiting
from tests.plays.events import RENAMED, Events
from tests.plays.firm import BOOKS, CLIENTS, Files
from tests.plays.judge import judge_as_worked, judge_our_books
from tests.simulation.quick import matchers_kept

MONTHS_MAX = 18
FILLED = 5
"""Months of the end in which there is new time for every client: what a correction takes back needs a document to stand on."""
FILLER = "f"
"""Entries of the end begin with it."""
LOSSLESS = ("delta", "credit", "again", "release", "ours")
"""Choices after which what stands over there is what was worked."""
NOTE = re.compile(r"its credit note (\S+) is in force")
DRAFT = re.compile(r"(\S+) is draft over there")
Event = Callable[[], None]


class Play(Events):
    """One seed, the same play in any process. What everybody may do; the end is judged by what was worked."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, self.files(Random(seed)))
        self.seed = seed

    @staticmethod
    def files(random: Random) -> Files:
        return Files(
            send_as=random.choice(("draft", "posted", "posted")), lines="ticket" if random.random() < 0.7 else "type", late=late(random),
            per=random.choice(("client", "client", "project")),
        )  # fmt: skip

    def events(self) -> list[Event]:
        source = [self.enter, self.edit] * 3 + [self.move_to_client, self.delete] * 2
        source += [self.move_to_project, self.move_to_day, self.undelete, self.free]
        there = [self.void_there, self.post_there, self.pay_there, self.credit_there]
        finance = [self.choose, self.bill_or_mend] * 3 + [self.pull, self.sync, self.month, self.close, self.reopen, self.rise]
        return source + there + finance + [self.move_home] * 2

    def play(self) -> None:
        with matchers_kept():
            for _ in range(self.random.randint(2, 6)):
                self.enter()
            self.bill()
            events = self.events()
            for _ in range(self.random.randint(6, 22)):
                self.random.choice(events)()
            self.end()

    # ---- a person chooses ---------------------------------------------------------------------------------------------------------

    def choose(self) -> None:
        """Some of what waits, as anybody might."""
        for one in corrections.waiting(self.firm.open()):
            if self.random.random() < 0.6 and (legal := self.wanted(one)):
                self.take(one, self.random.choice(legal))

    def wanted(self, one: Waiting) -> tuple[str, ...]:
        return tuple(choice for choice in one.choices if choice in LOSSLESS)

    def take(self, one: Waiting, choice: str) -> bool:
        """Whether it was legal after all."""
        self.firm.say("choose:", choice, one.ref, one.net, one.cause)
        try:
            corrections.choose(self.firm.open(), one.ref, choice, "a play", "Finance", book=one.book)
        except (UnsafePlanError, ConfigError) as error:
            self.firm.say("  refused:", error)
            return False
        return True

    def choose_all(self) -> None:
        """Everything that waits is chosen for, or what keeps it from being chosen is put right over there as the message says."""
        for one in corrections.waiting(self.firm.open()):
            legal = self.wanted(one)
            if legal:
                self.take(one, self.random.choice(legal))
            else:
                self.put_right(one)

    def put_right(self, one: Waiting) -> None:
        company = self.firm.companies[one.book]
        notes = {found[1] for said in one.said if (found := NOTE.search(said))}
        for there in list(company.documents.values()):
            if there.live and there.number in notes:
                self.firm.drop(company, there)
            elif there.live and there.id in self.as_sent and one.number in (there.number, self.as_sent[there.id].number):
                was = self.as_sent.pop(there.id)
                self.firm.say("over there: put back", was.number)
                company.change(there.id, lines=was.lines, net=was.net, gross=was.gross, number=was.number, balance=was.gross - there.paid)

    # ---- the end --------------------------------------------------------------------------------------------------------------------

    def end(self) -> None:
        self.firm.say("---- the end")
        for month in range(MONTHS_MAX):
            if month:
                self.month()
            if month < FILLED:
                self.fill(month)
            self.firm.read_all()
            self.open_again()
            self.choose_all()
            before = self.firm.requests
            self.bill_or_mend()
            self.firm.read_all()
            if month >= FILLED and self.firm.requests == before and not self.unstick() and not corrections.waiting(self.firm.open()):
                break
        else:
            waits = [(one.ref, one.choices, one.cause, one.said) for one in corrections.waiting(self.firm.open())]
            raise AssertionError(f"it never comes to an end: {waits} {self.steps()}")
        self.judge()
        self.nothing_more()

    def open_again(self) -> None:
        """Closed months that hold back time which nobody was billed for: there is no choice for that."""
        waiting = self.firm.rows(
            "SELECT DISTINCT book, period FROM charges WHERE kind = 'correction' AND disposition = 'held' AND reason LIKE '% was closed' "
            "AND entry NOT IN (SELECT entry FROM claims)"
        )
        for book, period in waiting:
            with suppress(ConfigError):
                reopen(self.firm.open(), str(book), str(period), who="Finance", why="a play")
                self.firm.say("reopened:", book, period)

    def fill(self, month: int) -> None:
        """Time of the month that ended for every client, so much that any correction fits; first also of the months before."""
        last = self.firm.today.replace(day=1) - timedelta(days=1)
        days = [last - timedelta(days=back) for back in range(4)]
        if not month:
            early = [date(2026, number, day) for number in range(5, 10) for day in (20, 21, 22)]
            days += [day for day in early if day < last.replace(day=1)]
        for client in CLIENTS:
            for day in days:
                name = f"{FILLER}{client[0]}{day:%m%d}"
                self.firm.work(name, client, hours="11", on=day, ticket=name, project=f"Rest {client}", person="Filler")

    def unstick(self) -> bool:
        """Credits chosen instead of differences that no later document can bear; whether there were any."""
        stuck = self.firm.rows(
            "SELECT e.entry_id, c.reason, c.book FROM charges c JOIN entries e ON e.key = c.entry "
            "WHERE c.disposition = 'ready' AND c.kind = 'correction' AND c.value < 0"
        )
        for entry, reason, book in stuck:
            ref = f"{str(reason).split()[-1]}:list:{entry}"
            self.firm.say("choose: credit", ref)
            try:
                corrections.choose(self.firm.open(), ref, "credit", "a play", "Finance", book=str(book))
            except HourbridgeError as error:
                self.firm.say("  refused:", error)
                drafts = DRAFT.findall(str(error))
                self._post(str(book), drafts)
                if not drafts:
                    self.give_up(ref, str(book))
        return bool(stuck)

    def give_up(self, ref: str, book: str) -> None:
        """What no document can bear and no credit note takes back."""

    def _post(self, book: str, numbers: list[str]) -> None:
        """What is still a draft can be credited once it is posted."""
        company = self.firm.companies[book]
        for there in [one for one in company.documents.values() if one.number.removesuffix(RENAMED) in numbers and one.status == "draft"]:
            self.firm.say("over there: posted", there.number)
            company.change(there.id, status="posted")

    def judge(self) -> None:
        judge_as_worked(self.firm)
        judge_our_books(self.firm)

    def nothing_more(self) -> None:
        """Two runs more send nothing and change nothing."""
        before = self.firm.requests
        for _ in range(2):
            self.firm.bill_all()
        assert self.firm.requests == before, "a run more sends something"
        self.judge()

    def steps(self) -> list[tuple[str, ...]]:
        return [(step.action, step.key, step.reason) for book in BOOKS for step in self.firm.plan_of(book).steps]


def late(random: Random) -> str:
    return random.choice(("next_document", "next_document", "own_document"))
