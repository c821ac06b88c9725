"""What happens in a play: at the source, over there, and in finance. Each event is a method; which comes next is drawn."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import msgspec

from adapters.memory.sink import Company
from connector.errors import ConfigError, HourbridgeError, UnsafePlanError
from connector.model import Remote, TimeEntry
from connector.signing import Signer
from connector.use_cases.close import close, reopen
from connector.use_cases.decide import decide
from connector.use_cases.sync import sync
from tests.plays.firm import BOOKS, CLIENTS, FIRST_DAY, RATES, Files, Firm

SIGNER = Signer("7" * 64)
PERIODS = ("2026-06", "2026-07", "2026-08")
RULINGS = (
    ("bill", "0.5"), ("bill", "1.25"), ("bill", ""), ("no_charge", ""), ("write_off", ""), ("hold", ""), ("release", ""),
    ("client", "Cedar Legal"),
)  # fmt: skip
BACK_DAYS = 70
CENT = Decimal("0.01")
RENAMED = "-X"


class Events:
    """A firm, the random numbers that draw what happens to it, and every event there is."""

    exact = True
    """Whether worked time is of whole twentieths of an hour, which every price gives whole cents for."""

    def __init__(self, seed: int, files: Files) -> None:
        self.random = Random(seed)
        self.firm = Firm(self.random, files)
        self.entered = 0
        self.deleted: dict[str, TimeEntry] = {}
        self.as_sent: dict[str, Remote] = {}
        """What somebody edited over there, by id, as it stood before."""
        self.saved: list[object] = []

    # ---- at the source -----------------------------------------------------------------------------------------------------------

    def enter(self) -> None:
        self.entered += 1
        self._work(f"e{self.entered}", client=self.random.choice(CLIENTS), on=self._day(), project=self.random.choice(("Upgrade", "Move")))

    def edit(self) -> None:
        self._again(hours=self._hours())

    def move_to_client(self) -> None:
        self._again(client=self.random.choice(CLIENTS))

    def move_to_project(self) -> None:
        self._again(project=self.random.choice(("Upgrade", "Move")))

    def move_to_day(self) -> None:
        self._again(on=self.firm.today - timedelta(days=self.random.randint(1, 60)))

    def free(self) -> None:
        """It becomes travel, which is free, or work again."""
        self._again(work_type=self.random.choice(("Travel", "Project work")))

    def delete(self) -> None:
        if name := self._some():
            self.firm.say("deleted:", name)
            self.deleted[name] = self.firm.source.entries.pop(name)

    def undelete(self) -> None:
        if self.deleted:
            name = self.random.choice(sorted(self.deleted))
            self.firm.say("given back:", name)
            self.firm.source.entries[name] = self.deleted.pop(name)

    def _some(self) -> str:
        names = sorted(self.firm.source.entries)
        return self.random.choice(names) if names else ""

    def _hours(self) -> str:
        return str(Decimal(self.random.randint(1, 60)) / 20 if self.exact else Decimal(self.random.randint(1, 9000)) / 3600)

    def _day(self) -> date:
        days = (self.firm.today - FIRST_DAY).days
        return FIRST_DAY + timedelta(days=self.random.randrange(max(0, days - BACK_DAYS), days))

    def _again(self, **changes: object) -> None:
        if name := self._some():
            old = self.firm.source.entries[name]
            same = {"client": old.client, "on": old.worked_on, "work_type": old.work_type, "project": old.project, "ticket": old.ticket}
            self._work(name, **{"hours": str(Decimal(old.seconds) / 3600), **same, **changes})

    def _work(self, name: str, **facts: object) -> None:
        given = {"hours": self._hours(), "ticket": name, **facts}
        self.firm.say("worked:", name, *given.values())
        self.firm.work(name, **given)  # type: ignore[arg-type]

    # ---- over there ----------------------------------------------------------------------------------------------------------------

    def void_there(self) -> None:
        self._drop([(company, there) for company, there in self.firm.ours("invoice", "credit_note") if not there.paid])

    def void_credited_there(self) -> None:
        """An invoice of which some was credited, or its note, with what was put against it."""
        notes = self.firm.ours("credit_note")
        of_notes = [one for one in self.firm.ours() if any(one[1].number in note.mark for _, note in notes)]
        self._drop(of_notes if self.random.random() < 0.6 else notes)

    def _drop(self, found: list[tuple[Company, Remote]]) -> None:
        if found:
            self.firm.drop(*self.random.choice(found))

    def post_there(self) -> None:
        if drafts := [one for one in self.firm.ours() if one[1].status == "draft"]:
            company, there = self.random.choice(drafts)
            self.firm.say("over there: posted", there.number)
            company.change(there.id, status="posted")

    def pay_there(self) -> None:
        if owed := self._open():
            company, there = self.random.choice(owed)
            amount = there.balance if self.random.random() < 0.5 else (there.balance / 2).quantize(CENT)
            self.firm.say("over there: paid", there.number, amount)
            company.pay({there.id: amount})

    def credit_there(self) -> None:
        """Somebody makes a credit note of their own and puts it against one of our invoices: for us that is a payment."""
        if owed := self._open():
            company, there = self.random.choice(owed)
            amount = (there.balance / 2).quantize(CENT)
            number = f"BY-HAND-{len(company.documents)}"
            facts = {"customer_id": there.customer_id, "customer": there.customer, "currency": there.currency}
            note = Remote(id=number, kind="credit_note", number=number, status="posted", version="1", net=amount, gross=amount, balance=amount, **facts)  # type: ignore[arg-type]  # fmt: skip
            self.firm.say("over there: credited by hand", there.number, amount)
            company.apply(company.add(note).id, there.id, amount)

    def _open(self) -> list[tuple[Company, Remote]]:
        return [(company, there) for company, there in self.firm.ours() if there.status in ("posted", "part_paid") and there.balance > 0]

    def edit_there(self) -> None:
        """Another amount or text on one line."""
        if found := [(company, there) for company, there in self.firm.ours() if there.lines and not there.paid]:
            company, there = self.random.choice(found)
            at, by = self.random.randrange(len(there.lines)), Decimal(self.random.choice(("7.77", "-0.01", "0", "1")))
            old = there.lines[at]
            said = old.description + self.random.choice(("", " x"))
            line = msgspec.structs.replace(old, net=old.net + by, quantity=Decimal(1), price=old.net + by, description=said)
            net = there.net + by
            if net >= 0:
                self._put(company, there, lines=(*there.lines[:at], line, *there.lines[at + 1 :]), net=net, gross=net, balance=net)

    def renumber_there(self) -> None:
        if found := [one for one in self.firm.ours() if not one[1].number.endswith(RENAMED)]:
            company, there = self.random.choice(found)
            self._put(company, there, number=f"{there.number}{RENAMED}")

    def _put(self, company: Company, there: Remote, **changes: object) -> None:
        self.as_sent.setdefault(there.id, there)
        self.firm.say("over there: edited", there.number, {name: str(one) for name, one in changes.items() if name in ("net", "number")})
        company.change(there.id, **changes)

    # ---- finance -----------------------------------------------------------------------------------------------------------------

    def pull(self) -> None:
        self.firm.say("pull")
        self.firm.read_all()

    def bill(self) -> None:
        self.firm.say("bill")
        self.firm.bill_all()

    def sync(self) -> None:
        """What a scheduler does, by the books' policies."""
        found = sync(self.firm.open(), BOOKS)
        self.firm.say("sync:", {book: told.done for book, told in found.told.items()}, [str(error) for _, error in found.refused] or "")

    def month(self) -> None:
        self.firm.month_later()
        self.firm.say("a month later")

    def close(self) -> None:
        book, period = self.random.choice(BOOKS), self.random.choice(PERIODS)
        done = close(self.firm.open(), book, period, SIGNER, who="Finance")
        self.firm.say("close:", book, period, done.certified is not None)
        assert not done.differing, f"{period} does not tie as it is closed: {done.differing}"

    def reopen(self) -> None:
        book, period = self.random.choice(BOOKS), self.random.choice(PERIODS)
        with suppress(ConfigError):
            reopen(self.firm.open(), book, period, who="Finance", why="a play")
            self.firm.say("reopened:", book, period)

    def decide(self) -> None:
        name, (kind, argument) = self._some(), self.random.choice(RULINGS)
        with suppress(HourbridgeError):
            decide(self.firm.open(), f"list:{name}", kind, argument, why="a play", who="Finance")
            self.firm.say("decided:", name, kind, argument)

    def move_home(self) -> None:
        """A client is billed by the other company from now on."""
        at = self.random.randrange(len(CLIENTS))
        homes = [*self.firm.files.homes]
        homes[at] = "us" if homes[at] == "nz" else "nz"
        self.firm.revise(homes=tuple(homes))

    def rise(self) -> None:
        if self.firm.files.by_ticket:
            self.firm.revise(risen=True)

    def reprice(self) -> None:
        """What nobody should do: another price for days that were billed."""
        self.firm.revise(rate=self.random.choice(RATES))

    # ---- the state is lost ----------------------------------------------------------------------------------------------------------

    def back_up(self) -> None:
        if not self.saved or self.random.random() < 0.5:
            self.firm.say("backup")
            self.saved = [self.firm.backup()]

    def restore(self) -> None:
        if self.saved:
            self.firm.say("restored")
            self.lose()
            self.mend()

    def lose(self) -> None:
        self.firm.restore(self.saved[0])

    def mend(self) -> None:
        """The way a person goes where a book is stopped; only a restored state stops one."""
        raise AssertionError("a book is stopped, and nothing was restored")

    def bill_or_mend(self) -> None:
        try:
            self.bill()
        except UnsafePlanError as error:
            self.firm.say("  stopped:", str(error)[:120])
            self.mend()
