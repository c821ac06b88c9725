"""What people do over there in the browser; each method is one click. All of it is in the ledger."""

from collections.abc import Callable, Iterable
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from adapters.harvest.emulated.account import Account, Change, Client, Entry, Invoice, Project, Rate, Reference, Task, User
from adapters.harvest.emulated.forms import Refused, cents, read_time, seconds
from adapters.harvest.emulated.views import hours_now

T = TypeVar("T")
EDITABLE = frozenset({"user", "project", "task", "spent_date", "hours", "notes", "billable", "started", "ended", "reference"})


class People:
    """Names are looked up; raises LookupError for one that means nothing or more than one thing, Refused as the web would."""

    def __init__(self, account: Account, now: Callable[[], datetime]) -> None:
        self._account, self._clock = account, now

    # ---- time ----------------------------------------------------------------------------------------------------------

    def enter(
        self,
        user: str,
        project: str,
        task: str,
        on: date,
        hours: Decimal | str,
        *,
        notes: str | None = None,
        billable: bool | None = None,
        started: str = "",
        ended: str = "",
        reference: Reference | None = None,
    ) -> Entry:
        """Somebody writes down what they did. `started` and `ended` as people write them: "9:00am"."""
        return self._write("enter", self._new(user, project, task, on, Decimal(hours), notes, billable, started, ended, reference))

    def start_timer(self, user: str, project: str, task: str, *, notes: str | None = None) -> Entry:
        entry = self._new(user, project, task, self._now().date(), Decimal(0), notes, None, "", "", None)
        entry.timer_started_at = self._now()
        return self._write("start timer", entry)

    def stop_timer(self, entry_id: int | str) -> Entry:
        entry = copy(self.entry(entry_id))
        if entry.timer_started_at is None:
            raise Refused("The timer is not running")
        entry.hours, entry.timer_started_at = hours_now(entry, self._now()), None
        return self._write("stop timer", entry)

    def restart_timer(self, entry_id: int | str) -> Entry:
        entry = copy(self._unlocked(entry_id))
        entry.timer_started_at = self._now()
        return self._write("restart timer", entry)

    def edit(self, entry_id: int | str, **changes: Any) -> Entry:
        """`edit(7, hours="2.5", project="Upgrade")`: names for user, project and task."""
        if unknown := changes.keys() - EDITABLE:
            raise TypeError(f"nobody can edit {', '.join(sorted(unknown))} there")
        entry = copy(self._unlocked(entry_id))
        for name, value in changes.items():
            if name in ("user", "project", "task"):
                setattr(entry, f"{name}_id", getattr(self, name)(value).id)
            elif name in ("started", "ended"):
                setattr(entry, name, read_time(value) if value else None)
            else:
                setattr(entry, name, cents(Decimal(value)) if name == "hours" else value)
        self._price(entry)
        return self._write("edit", entry)

    def delete(self, entry_id: int | str) -> None:
        entry = self._unlocked(entry_id)
        del self._account.entries[entry.id]
        self._account.ledger.append(Change(at=self._now(), what="delete", entry_id=entry.id, entry=None))

    def close(self, *entry_ids: int | str) -> None:
        """Approves a timesheet: its time is closed and locked."""
        self._mark("close", entry_ids, closed=True)

    def reopen(self, *entry_ids: int | str) -> None:
        self._mark("reopen", entry_ids, closed=False)

    def invoice(self, number: str, *entry_ids: int | str) -> Invoice:
        """Bills time from within Harvest."""
        entries = [self.entry(entry_id) for entry_id in entry_ids]
        if any(entry.invoice_id is not None for entry in entries):
            raise Refused("Time is on an invoice already")
        clients = {self._account.projects[entry.project_id].client_id for entry in entries}
        if len(clients) != 1:
            raise Refused("An invoice is for one client")
        made = Invoice(id=self._account.new_id(), number=number, client_id=clients.pop())
        self._account.invoices[made.id] = made
        self._mark("invoice", entry_ids, invoice_id=made.id)
        return made

    def delete_invoice(self, number: str) -> None:
        """Its time can be billed again."""
        gone = _only((one for one in self._account.invoices.values() if one.number == number), number)
        del self._account.invoices[gone.id]
        self._mark("delete invoice", [entry.id for entry in self._account.entries.values() if entry.invoice_id == gone.id], invoice_id=None)

    # ---- names: no entry's stamp moves by them -------------------------------------------------------------------------

    def rename_client(self, name: str, new_name: str) -> Client:
        client = self.client(name)
        client.name, client.updated_at = new_name, self._now()
        return client

    def archive_project(self, name: str) -> Project:
        project = self.project(name)
        project.active, project.updated_at = False, self._now()
        return project

    def set_rate(self, user: str, amount: Decimal, since: date | None = None) -> None:
        """A new price of a person's hour from a day on; what was entered before keeps its own."""
        now = self._now()
        self.user(user).billable_rates.append(Rate(id=self._account.new_id(), amount=amount, start_date=since, made_at=now))

    def set_access(self, user: str, access: Any, *, manages: Iterable[str] = ()) -> User:
        found = self.user(user)
        found.access, found.manages, found.updated_at = access, [self.user(name).id for name in manages], self._now()
        return found

    # ---- looking up ----------------------------------------------------------------------------------------------------

    def entry(self, entry_id: int | str) -> Entry:
        return self._account.entries[int(entry_id)]

    def user(self, name: str) -> User:
        return _only((user for user in self._account.users.values() if user.name == name), name)

    def client(self, name: str) -> Client:
        return _only((client for client in self._account.clients.values() if client.name == name), name)

    def project(self, name: str) -> Project:
        """By name, or `Client/Project` where several clients have one of that name."""
        client, _, bare = name.rpartition("/")
        clients, found = self._account.clients, self._account.projects.values()
        whole = [one for one in found if one.name == name]
        return _only(whole or [one for one in found if one.name == bare and clients[one.client_id].name == client], name)

    def task(self, name: str) -> Task:
        return _only((task for task in self._account.tasks.values() if task.name == name), name)

    # ---- writing -------------------------------------------------------------------------------------------------------

    def _new(
        self, user: str, project: str, task: str, on: date, hours: Decimal, notes: str | None, billable: bool | None, started: str,
        ended: str, reference: Reference | None,
    ) -> Entry:  # fmt: skip
        if hours < 0:
            raise Refused("Hours must not be negative")
        now, in_project, at_task = self._now(), self.project(project), self.task(task)
        entry = Entry(
            id=self._account.new_id(), user_id=self.user(user).id, project_id=in_project.id, task_id=at_task.id, spent_date=on,
            hours=cents(hours), notes=notes, billable=in_project.billable and at_task.billable if billable is None else billable,
            started=read_time(started) if started else None, ended=read_time(ended) if ended else None, reference=reference,
            made_at=now, updated_at=now,
        )  # fmt: skip
        self._price(entry)
        return entry

    def _price(self, entry: Entry) -> None:
        """The project's rate, else the person's of that day."""
        user, project = self._account.users[entry.user_id], self._account.projects[entry.project_id]
        entry.billable_rate = project.hourly_rate if project.hourly_rate is not None else _on(user.billable_rates, entry.spent_date)
        entry.cost_rate = _on(user.cost_rates, entry.spent_date)

    def _mark(self, what: str, entry_ids: Iterable[int | str], **facts: Any) -> None:
        for entry_id in entry_ids:
            entry = copy(self.entry(entry_id))
            for name, value in facts.items():
                setattr(entry, name, value)
            self._write(what, entry)

    def _write(self, what: str, entry: Entry) -> Entry:
        entry.updated_at = self._now()
        self._account.entries[entry.id] = entry
        self._account.ledger.append(Change(at=entry.updated_at, what=what, entry_id=entry.id, entry=copy(entry)))
        return entry

    def _unlocked(self, entry_id: int | str) -> Entry:
        entry = self.entry(entry_id)
        if entry.locked:
            raise Refused("Time that is approved or invoiced is locked")
        return entry

    def _now(self) -> datetime:
        return seconds(self._clock())


def _on(rates: Iterable[Rate], day: date) -> Decimal | None:
    found = [rate.amount for rate in rates if rate.start_date is None or rate.start_date <= day]
    return found[-1] if found else None


def _only(found: Iterable[T], name: str) -> T:
    rows = list(found)
    if len(rows) != 1:
        raise LookupError(f"{len(rows)} things are called '{name}'")
    return rows[0]
