"""Harvest's API v2, time entries (https://help.getharvest.com/api-v2/timesheets-api/timesheets/time-entries).

Endpoints: GET /v2/time_entries lists, 2,000 a page, newest work day first; GET /v2/time_entries/{id} reads one;
GET /v2/users/me says who the token is. Cursor: the instant for `updated_since`, the server's clock at the listing's start
less ten minutes; a row edited while paging is listed again next time.

Quirks
- Deletions are not told ("Once something is deleted, it's gone"); only a complete listing shows them.
- `links.next` is followed as it stands, and only to the same host; it carries a page number or a cursor, nobody promises which.
  With page numbers, rows that move while paging can be missed: the trait says so and the engine reads again.
- A manager's or member's token lists fewer people without a word; `probe` asks for its access roles.
- `spent_date` is a day without a zone. Times of day are text as people read them, in no zone that the API tells (a user has one
  by a name of Rails, the company none): `zone` declares it. The API gives them only where the account tracks start and end.
- `hours` of a running timer grow at every look while `updated_at` stands still. An entry that runs says what stood there before
  the timer was started; it is not billable until somebody stops it, and then `updated_at` moves.
- Approval (`is_closed`) and invoicing over there (`is_billed`) move `updated_at`; names and rates that change elsewhere do not.
- Harvest itself invoices `rounded_hours`; which of the two is billed is a decision, so `hours` has no default.
- 100 calls in 15 seconds, 429 with Retry-After. A call without a User-Agent is refused with 400.

Not confirmed, and why it does no harm
- Whether `updated_since` includes the instant itself: the overlap is ten minutes.
- Whether a stranger's entry is answered 403 or 404 to a token that must not see it: absence is believed only of tokens that see
  all, or saw the same part before.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property, lru_cache
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec.structs import replace
from pydantic import BaseModel, ConfigDict, Field, field_validator

from adapters.harvest import wire
from adapters.harvest.catalogue import read_names, read_rates
from adapters.harvest.clock_times import day_of, spans_in
from adapters.harvest.listing import follow
from adapters.harvest.rows import meaning_of, read_rows
from connector.errors import AuthError, RejectedError
from connector.http import Budget, Client, Limits
from connector.model import SourceNames, SourceRate, TimeEntry
from connector.ports import Cursor, Host, Known, Page, Scope, SourceTraits, Window

_ENTRIES = "/v2/time_entries"
_OVERLAP = timedelta(minutes=10)
_HOURS_MAX = 24 * 366
"""No entry is longer than a year: what is, nobody worked."""
_QUARTER_MINUTE = Budget(name="quarter minute", calls_max=100, window_seconds=15)
_SECONDS_PER_HOUR = 3600
_GONE = frozenset((404, 410))
_FORBIDDEN = 403
_NOBODY = wire.Named()
_NO_CLIENT = wire.EntryClient()


class Settings(BaseModel):
    """`token` is a reference (`env:NAME`, `file:PATH`) to a personal access token of an administrator. `hours` says which figure
    is billed. `zone` is where the account's times of day are read. `contact` goes into the User-Agent, as Harvest asks for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = "https://api.harvestapp.com"
    account_id: str = Field(pattern=r"^[0-9]{1,18}$", description="the account's number, digits only: it stands beside the token")
    token: str
    hours: Literal["hours", "rounded_hours"]
    zone: str
    contact: str = Field(default="", pattern=r"^[!-~ ]*$", description="plain letters in one line, such as billing@example.com")
    page_size: int = Field(default=2000, ge=1, le=2000)
    allow_private: bool = False

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, said: str) -> str:
        try:
            ZoneInfo(said)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"'{said}' is no time zone: say one like Pacific/Auckland") from None
        return said


class Source:
    """One account at Harvest."""

    traits: ClassVar[SourceTraits] = SourceTraits(
        changes="modified_since", deletions="absence", edit_stamp_trusted=False, approval="on_entry", keyset_paging=False, page_size=2000
    )

    def __init__(self, settings: Settings, host: Host) -> None:
        self._settings, self._host = settings, host
        self._span = spans_in(settings.zone)
        self._rounded = settings.hours == "rounded_hours"

    def account(self) -> str:
        return self._settings.account_id

    def pages(self, window: Window, cursor: Cursor | None) -> Iterator[Page]:
        return self.pages_but(None, window, cursor)

    def pages_but(self, known: Known | None, window: Window, cursor: Cursor | None) -> Iterator[Page]:
        asked = {"updated_since": cursor, "from": window.since, "to": window.until, "per_page": self._settings.page_size}
        params = {name: str(value) for name, value in asked.items() if value is not None}
        next_cursor: Cursor | None = None
        for read, is_last in follow(self._http, self._host.name, _ENTRIES, wire.TimeEntries, params):
            next_cursor = next_cursor or _cursor(read.asked_at or self._host.clock.now())
            entries, digests = read_rows(self._host.name, read.value.time_entries, self._meaning, known, self._entry)
            del read
            yield Page(entries=entries, digests=digests, next_cursor=next_cursor if is_last else None, is_last=is_last)
            del entries, digests  # a page is let go of before the next is asked for

    def read_entries(self, ids: Sequence[str]) -> tuple[tuple[TimeEntry, ...], frozenset[str]]:
        found: list[TimeEntry] = []
        hidden: set[str] = set()
        for entry_id in ids:
            try:
                found.append(self._entry(self._http.get(f"{_ENTRIES}/{int(entry_id)}", wire.TimeEntry).value))
            except RejectedError as error:
                if error.status not in _GONE:
                    raise
            except AuthError as error:
                if error.status != _FORBIDDEN:
                    raise
                hidden.add(entry_id)
        return tuple(found), frozenset(hidden)

    def probe(self) -> Scope:
        me = self._http.get("/v2/users/me", wire.User).value
        return Scope(account=self.account(), person=me.name, partial=_partial(me))

    def names(self) -> SourceNames:
        return read_names(self._http, self._host.name)

    def rates(self) -> tuple[SourceRate, ...]:
        return read_rates(self._http, self._host.name)

    def close(self) -> None:
        self._http.close()

    @cached_property
    def _meaning(self) -> bytes:
        return meaning_of(__file__, self._settings.hours, zone=self._settings.zone)

    @cached_property
    def _http(self) -> Client:
        settings = self._settings
        return Client(
            self._host,
            settings.base_url,
            limits=Limits(per_minute=400, budgets=(_QUARTER_MINUTE,)),
            headers=self._headers(),
            allow_private=settings.allow_private,
        )

    def _headers(self) -> Mapping[str, str]:
        contact = f" ({self._settings.contact})" if self._settings.contact else ""
        return {
            "Authorization": f"Bearer {self._host.secret(self._settings.token)}",
            "Harvest-Account-Id": self._settings.account_id,
            "User-Agent": f"hourbridge{contact}",
        }

    def _entry(self, said: wire.TimeEntry) -> TimeEntry:
        client, project, task = said.client or _NO_CLIENT, said.project or _NOBODY, said.task or _NOBODY
        person, invoice, reference = said.user or _NOBODY, said.invoice, said.external_reference
        running = said.is_running is True
        day = day_of(said.spent_date) if said.spent_date else None
        started, ended = self._span(day, said.started_time, said.ended_time) if day and said.started_time else (None, None)
        given = self._hours(said, running=running)
        hours = given if given is None or (given.is_finite() and abs(given) <= _HOURS_MAX) else None
        named = TimeEntry(
            id=str(said.id),
            client=client.name or "",
            client_id=_text(client.id),
            project=project.name or "",
            project_id=_text(project.id),
            work_type=task.name or "",
            work_type_id=_text(task.id),
            person=person.name or "",
            person_id=_text(person.id),
            ticket="" if reference is None else _reference(reference),
            notes=said.notes or "",
            billed_document=(invoice.number or "") if invoice is not None else "",
            currency=client.currency or "",
            problem="" if day is not None and hours is not None else _problem(said, given, hours),
        )
        return replace(  # in two steps: a call with more than fifteen names costs twice as much
            named,
            worked_on=day,
            started=started,
            ended=None if running else ended,
            seconds=_seconds(hours),
            hours=hours,
            entered_at=_utc(said.created_at),
            edited_at=_utc(said.updated_at),
            running=running,
            billable=said.billable,
            approved=said.is_closed,
            billed=said.is_billed is True,
            rate=said.billable_rate,
            cost_rate=said.cost_rate,
        )

    def _hours(self, said: wire.TimeEntry, *, running: bool) -> Decimal | None:
        if running:
            return said.hours_without_timer if said.hours_without_timer is not None else said.hours
        return said.rounded_hours if self._rounded else said.hours


def _cursor(started: datetime) -> Cursor:
    return (started - _OVERLAP).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def _text(number: int | None) -> str:
    """An id as text, made once: an account has few clients, projects, tasks and people."""
    return "" if number is None else str(number)


def _reference(said: wire.ExternalReference | str | None) -> str:
    found = said.id if isinstance(said, wire.ExternalReference) else said
    return "" if found is None else str(found)


@lru_cache(maxsize=20_000)
def _seconds(hours: Decimal | None) -> int:
    """Worked seconds, half up; what is negative is kept as it is said and found unreadable later."""
    return 0 if hours is None else int((hours * _SECONDS_PER_HOUR).to_integral_value(ROUND_HALF_UP))


def _utc(stamp: datetime | None) -> datetime | None:
    if stamp is None or stamp.tzinfo is UTC:
        return stamp
    return stamp.astimezone(UTC) if stamp.tzinfo is not None else stamp.replace(tzinfo=UTC)


def _problem(said: wire.TimeEntry, given: Decimal | None, hours: Decimal | None) -> str:
    problems = [] if said.spent_date and day_of(said.spent_date) else [f"the day '{said.spent_date or ''}' cannot be read"]
    return "; ".join([*problems, *([] if hours is not None else [_unreadable(given)])])


def _unreadable(hours: Decimal | None) -> str:
    return "worked time is empty" if hours is None else f"worked time of {hours:.6g} h cannot be read"


def _partial(me: wire.User) -> str:
    """In words, what the person does not see; empty for an administrator, who sees everything."""
    roles = me.access_roles or ()
    if "administrator" in roles or (not roles and me.is_admin is True):
        return ""
    if "manager" in roles:
        return f"{me.name} is a manager at Harvest: only people and projects assigned to them; use an administrator's token"
    return f"{me.name} is not an administrator at Harvest: only their own time; use an administrator's token"
