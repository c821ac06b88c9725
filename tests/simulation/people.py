"""What people do in a history: at the source, in the plan, and over there in the company."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from adapters.memory.documents import changed
from connector.core.ledger import Kept
from connector.errors import ConfigError, UnsafePlanError
from connector.model import Document, Remote
from connector.ports import Change
from connector.store import decisions, entries
from connector.store.documents import step_of
from connector.use_cases import corrections
from tests.simulation import truth
from tests.simulation.dice import Dice
from tests.simulation.firms import CLIENTS
from tests.simulation.wire import UnsteadyCompany

DAYS = [date(2026, 5, 1) + timedelta(days=number) for number in range(75)]
WORK_TYPES = ("Project work",) * 6 + ("Travel", "Gardening")
DECISIONS = (("bill", "0.5"), ("bill", "1"), ("bill", ""), ("no_charge", ""), ("write_off", ""), ("hold", ""), ("release", ""))
SELDOM = ("ours", "credit")
"""Choices that are seldom legal, and are made more often where they are."""


def _said(one: Remote | Document) -> object:
    """What a person may have made of it, in words that ours and theirs share."""
    return one.po, one.customer, one.net, [(line.description, line.quantity, line.price, line.net) for line in one.lines]


class People(Dice):
    """They enter, edit, move and remove time; decide, approve and choose; edit, post, void, pay and renumber documents over there."""

    company: UnsteadyCompany
    busy = 0.04
    """How likely somebody is at work over there while we ask."""

    # ---- at the source ----------------------------------------------------------------------------------------------------------

    def enter(self) -> None:
        self.made += 1
        self._work(f"t{self.made}")

    def _work(self, name: str, **facts: object) -> None:
        given = {
            "client": self.random.choice((*CLIENTS, *CLIENTS, "Nobody Knows")), "hours": str(Decimal(self.random.randint(1, 400)) / 36),
            "on": self.random.choice(DAYS), "work_type": self.random.choice(WORK_TYPES), **facts,
        }  # fmt: skip
        self.work(name, ticket=name, **given)  # type: ignore[arg-type]

    def _some_entry(self) -> str:
        return self.random.choice(sorted(self.source.entries)) if self.source.entries else ""

    def edit(self) -> None:
        if name := self._some_entry():
            old = self.source.entries[name]
            self._work(name, client=old.client, on=old.worked_on, work_type=old.work_type)

    def move(self) -> None:
        if name := self._some_entry():
            old = self.source.entries[name]
            self._work(name, hours=str(Decimal(old.seconds) / 3600), work_type=old.work_type)

    def take_out(self) -> None:
        if name := self._some_entry():
            self.remove(name)

    def meddle(self) -> None:
        """Somebody works while we read."""
        self.random.choice((self.enter, self.edit, self.edit, self.move, self.take_out))()

    # ---- in the plan --------------------------------------------------------------------------------------------------------------

    def decide(self) -> None:
        kind, argument = self.random.choice(DECISIONS)
        with self.store.begin() as tx:
            staged = [one for one in entries.staged(tx) if not one.deleted]
            if staged:
                decisions.decide(tx, self.random.choice(staged), kind, argument, "simulated", "Finance", self.clock.now())

    def approve_some(self) -> None:
        plan = self.plan()
        if not plan.sending:
            return
        clients = sorted({step.client for step in plan.steps})
        only = [self.random.choice(clients)] if self.chance(0.2) else []
        left = [self.random.choice(clients)] if self.chance(0.1) else []
        self.approve(only=only, left=left, forced="simulated")

    def choose_some(self) -> None:
        """A person looks at what cannot go on by itself, now and then."""
        if self.chance(0.4):
            self.choose()

    def agreed_to(self, there: Remote) -> bool:
        """Whether a person chose to go on from just what stood there: what they made of it was theirs to give up."""
        rows = self.rows(
            "SELECT c.kept FROM choices c JOIN documents d ON d.id = c.document "
            f"WHERE c.choice = 'amend' AND c.kept IS NOT NULL AND d.remote_id = '{there.id}'"
        )
        kept = [msgspec.json.decode(str(body), type=Kept).theirs for (body,) in rows]
        return _said(there) in [_said(one) for one in kept]

    def choose(self) -> None:
        """Something legal for each document that waits; what might still come true over there is not ended."""
        for one in corrections.waiting(self.open()):
            if not one.choices and self.chance(0.7):
                self._put_back(one.number)
            if one.choices:
                self.choices += 1
                seldom = [choice for choice in one.choices if choice in SELDOM]
                choice = self.random.choice(seldom if seldom and self.random.random() < 0.6 else one.choices)
                with suppress(UnsafePlanError, ConfigError):  # one choice may answer the next, or change what is legal
                    corrections.choose(self.open(), one.ref, choice, "simulated", "Finance")

    def _put_back(self, number: str) -> None:
        """Nothing can be chosen while an amendment is in doubt: somebody does what the message says."""
        for remote in list(self.company.documents.values()):
            if remote.number == number and remote.live:
                self._undo(remote)

    # ---- over there ----------------------------------------------------------------------------------------------------------------

    def act_over_there(self) -> None:
        ours = sorted(remote.id for remote in self.company.documents.values() if remote.live)
        if ours:
            self.random.choice(self._acts())(self.company.documents[self.random.choice(ours)])

    def _acts(self) -> tuple[Callable[[Remote], None], ...]:
        return (
            self._edit_there, self._post, self._post, self._void, self._pay, self._edit_back, self._number_again, self._erase,
            self._renumber, self._undo, self._do_it_ourselves, self._post_credits,
        )  # fmt: skip

    def act_meanwhile(self, remote_ids: Sequence[str] = ()) -> None:
        """While we ask, somebody is at work over there: on what we ask for, where that is named."""
        if not self.chance(self.busy):
            return
        asked = [remote_id for remote_id in remote_ids if remote_id in self.company.documents and self.company.documents[remote_id].live]
        if not asked:
            self.act_over_there()
            return
        acts = (*self._acts(), self._do_it_ourselves, self._do_it_ourselves, self._do_it_ourselves, self._erase, self._erase)
        self.random.choice(acts)(self.company.documents[self.random.choice(asked)])

    def change_there(self, remote: Remote, **changes: object) -> None:
        self.touched.add(remote.id)
        self.company.change(remote.id, version=str(int(remote.version) + 1), **changes)

    def _edit_there(self, remote: Remote) -> None:
        first = msgspec.structs.replace(remote.lines[0], net=remote.lines[0].net + 1) if remote.lines else None
        lines = (first, *remote.lines[1:]) if first else ()
        self.change_there(remote, **self.random.choice(({"po": "theirs"}, {"lines": lines, "net": remote.net + 1})))

    def _edit_back(self, remote: Remote) -> None:
        self.change_there(remote, po="")

    def _undo(self, remote: Remote) -> None:
        """It stands again as we last wrote it."""
        was = self.company.last.get(remote.id)
        if was is not None and was.number == remote.number:
            self.change_there(remote, po=was.po, lines=was.lines, net=was.net)

    def _do_it_ourselves(self, remote: Remote) -> None:
        """Somebody makes of a draft just what was approved."""
        wanted = f"SELECT s.body FROM steps s JOIN documents d USING (book, key, generation) WHERE d.remote_id = '{remote.id}' AND "
        for (body,) in self.glance(wanted + "s.state = 'approved' AND s.action = 'update'"):
            step = step_of(str(body))
            assert step.document is not None
            target = msgspec.structs.replace(step.document, number=remote.number)
            if remote.status == "draft":
                self.touched.add(remote.id)
                said = {line.description for line in remote.lines}
                fresh = [line.description for line in target.lines if line.description not in said]
                self.by_hand |= {(description.split(maxsplit=1)[0][1:], remote.id) for description in fresh}
                self.company.last[remote.id] = self.company._put(changed("update", Change(target, remote), remote))

    def _post_credits(self, _remote: Remote) -> None:
        """Whoever makes credit notes posts them, and the invoices they credit."""
        of = [found for one in self.company.documents.values() if one.kind == "credit_note" and (found := one.mark)]
        for one in list(self.company.documents.values()):
            if one.status == "draft" and of and (one.kind == "credit_note" or any(one.number in mark for mark in of)):
                self._post(one)

    def _post(self, remote: Remote) -> None:
        self.company.change(remote.id, version=str(int(remote.version) + 1), status="posted" if remote.status == "draft" else remote.status)

    def _void(self, remote: Remote) -> None:
        self.change_there(remote, status="deleted" if remote.status == "draft" else "voided")

    def _pay(self, remote: Remote) -> None:
        self.company.change(remote.id, version=str(int(remote.version) + 1), status="paid", paid=remote.gross)

    def _number_again(self, remote: Remote) -> None:
        number = self.random.choice((remote.number, "HB-2606-001", "HB-2605-002", "INV-7"))
        if not (self.company.refuses_used_number and any(one.number == number for one in self.company.documents.values())):
            self.stranger(number, customer="Somebody")

    def _renumber(self, remote: Remote) -> None:
        """Somebody gives our document another number. One that nobody has confirmed yet is left alone, and all are while a request may
        still be carried out later than the settle time: no client of such an API can know (docs/guarantees.md).
        """
        known = f"SELECT 1 FROM documents WHERE remote_id = '{remote.id}' AND state = 'done'"
        if not self.company.still_late and self.glance(known):
            self.renumbered.add(remote.id)
            self.change_there(remote, number=f"R-{remote.id}")

    def _erase(self, remote: Remote) -> None:
        """It is gone without a trace; its id is not given again."""
        if self.random.random() < 0.2 and not self.company.still_late:
            self.touched.add(remote.id)
            self.credited |= truth.credited_by(remote)
            del self.company.documents[remote.id]
            self.company.add(Remote(id=f"gone {remote.id}", status="deleted"))
