"""June 2026 at Southern Cross IT, the firm of the worked example: the time of twelve people, made the same on every machine.

The staff's stands in Harvest, the contractor's in an export of Toggl; two visits stand in both. Nobody's real hours. The ordinary days
come from a seeded draw; what makes a month end interesting is written out below it.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

FIRST, HOLIDAY, LAST = date(2026, 6, 1), date(2026, 6, 1), date(2026, 6, 30)
SATURDAY = 5
STEP_MINUTES = 3
STAFF = (
    "Ana Reyes", "Ben Ito", "Cho Min-jun", "Dana Whitlock", "Elena Marsh", "Finn Taylor", "Grace Okafor", "Hemi Walker", "Isla Brown",
    "Jonas Berg", "Kiri Tamatea",
)  # fmt: skip
CONTRACTOR = "Rui Contract"
DANAS_LAST_DAY = date(2026, 6, 19)
CLIENTS = (
    "Alpine Dental", "Bayside Motors", "Beacon Lighting", "Cedar & Finch Architects", "Coastline Couriers", "Dovetail Cabinets", "Downtown Physio",
    "Elm Street Pharmacy", "Ferntree Childcare", "Foxglove Nurseries", "Granite & Sons", "Harrow & Vine", "Hillcrest Vets", "Ironbark Joinery",
    "Jetty Road Books", "Kauri Coast Realty", "Lakeside Optical", "Mason Tapp Accountants", "Northgate Storage", "Orchard View Lodge",
    "Pukeko Print", "Queens Wharf Gallery", "Rimu Engineering", "Saddleback Farms", "Tasman Freight", "Upland Wool", "Valley Radiology",
    "Waterfront Motel", "Xylem Plumbing", "Yardley Surveyors", "Zephyr Yachts", "Evergreen - Hillside School", "Evergreen - Harbour School",
)  # fmt: skip
CLIENT_IDS = {name: 5735800 + 37 * index for index, name in enumerate(CLIENTS, start=1)} | {"Cedar & Finch Architects": 5735774}
CURRENCIES = {"Prairie Dental": "USD", "Quarry Lane Church": "USD"}
ZONE = ZoneInfo("Pacific/Auckland")
USUAL_PROJECT = "IT services"
"""In Harvest an entry always has a project; most clients have this one and no other."""
FIRST_ENTRY, ENTRY_STEP = 636709000, 13
WORK = {
    "Remote support": (
        "Mailbox over quota, archived", "Reset a password and explained the new sign-in", "Printer offline again, driver replaced",
        "Slow laptop: disk full, cleaned up", "VPN profile for a new starter", "Phishing report checked, sender blocked",
        "Backup alert: job restarted and verified", "Shared calendar permissions", "Licence moved to a new user", "Antivirus false alarm",
    ),
    "On-site support": (
        "Replaced the reception screen", "Patched the meeting room", "Swapped a failed switch", "New workstations on the desks",
        "Wi-Fi survey of the warehouse", "Checked the UPS and its batteries",
    ),
    "Project work": (
        "Migration: second batch of mailboxes", "Firewall: rules moved to the new box", "File shares to the cloud, part two",
        "Telephony: call flows agreed", "New site: cabling plan", "Documentation of the network",
    ),
}  # fmt: skip
TOGGL_HEADER = (
    "User",
    "Client",
    "Project",
    "Description",
    "Tags",
    "Start date",
    "Start time",
    "End date",
    "End time",
    "Duration",
    "Id",
)


class Worked(Struct, frozen=True, kw_only=True):
    """One line of a timesheet: `minutes` of work, begun at `start` on the wall clock. `written`: the day it was entered, where not at once."""

    person: str
    start: datetime
    minutes: int
    client: str
    work_type: str
    notes: str
    project: str = ""
    ticket: str = ""
    billable: bool = True
    approved: bool = True
    written: date | None = None

    @property
    def end(self) -> datetime:
        """On the wall clock too: in the night in which clocks go back it says an hour less than was worked."""
        return (self.start.replace(tzinfo=ZONE).astimezone(UTC) + timedelta(minutes=self.minutes)).astimezone(ZONE).replace(tzinfo=None)

    @property
    def entered(self) -> datetime:
        """Five minutes after the work, else in the morning of the day it was written."""
        if self.written is not None:
            return datetime(self.written.year, self.written.month, self.written.day, 9, tzinfo=ZONE).astimezone(UTC)
        return (self.end.replace(tzinfo=ZONE) + timedelta(minutes=5)).astimezone(UTC)


def timesheets() -> dict[str, Any]:
    """The staff's month as Harvest holds it: clients, their projects, and the entries, in the shape in which its emulator begins."""
    rows = sorted((*_ordinary(), *_special()), key=lambda row: (row.start, row.person))
    rows = [*rows, *_repeats(rows), *_late()]
    names = dict.fromkeys(row.client for row in rows)
    numbered = sorted((name for name in names if name in CLIENT_IDS), key=lambda name: CLIENT_IDS[name])
    return {
        "clients": [
            *({"name": name, "id": CLIENT_IDS[name]} for name in numbered),
            *({"name": name, "currency": CURRENCIES.get(name, "NZD")} for name in names if name not in CLIENT_IDS),
        ],
        "projects": [{"client": client, "name": project} for client, project in dict.fromkeys((row.client, _project(row)) for row in rows)],
        "entries": list(_entries(rows)),
    }


def _entries(rows: Iterable[Worked]) -> Iterator[dict[str, Any]]:
    for index, row in enumerate(rows):
        yield {
            "id": FIRST_ENTRY + ENTRY_STEP * index, "user": row.person, "project": f"{row.client}/{_project(row)}", "task": row.work_type,
            "on": row.start.date(), "hours": Decimal(f"{row.minutes / 60:.2f}"), "started": f"{row.start:%H:%M}", "ended": f"{row.end:%H:%M}",
            "notes": row.notes, "billable": row.billable, "closed": row.approved, "entered": row.entered,
            "reference": {"id": row.ticket} if row.ticket else None,
        }  # fmt: skip


def _project(row: Worked) -> str:
    return row.project or USUAL_PROJECT


def toggl_csv() -> str:
    """The contractor's month, as an export of another tracker: other columns, other words for the same clients and work."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(TOGGL_HEADER)
    for index, row in enumerate((*_contracted(), *_visits())):
        writer.writerow((
            row.person, row.client, row.project, row.notes, row.work_type, row.start.date(), f"{row.start:%H:%M:%S}", row.end.date(),
            f"{row.end:%H:%M:%S}", f"{row.minutes // 60}:{row.minutes % 60:02}:00", 3100000001 + index,
        ))  # fmt: skip
    return text.getvalue()


def working_days() -> Iterator[date]:
    """The days of the month that people work: not the weekends, not King's Birthday."""
    day = FIRST
    while day <= LAST:
        if day.weekday() < SATURDAY and day != HOLIDAY:
            yield day
        day += timedelta(days=1)


class _Draw:
    """A seeded draw. `Random.random` alone is promised to give the same numbers in every Python."""

    def __init__(self, seed: int) -> None:
        self._next = Random(seed).random  # noqa: S311  # invented hours, not secrets

    def one(self, things: Any) -> Any:
        return things[int(self._next() * len(things))]

    def minutes(self, low: int, high: int) -> int:
        return low + STEP_MINUTES * int(self._next() * ((high - low) // STEP_MINUTES + 1))

    def happens(self, chance: float) -> bool:
        return self._next() < chance


def _ordinary() -> Iterator[Worked]:
    draw = _Draw(20260601)
    for day in working_days():
        for index, person in enumerate(STAFF):
            if person == "Dana Whitlock" and day > DANAS_LAST_DAY:
                continue
            at = datetime(day.year, day.month, day.day, 8, 30)  # noqa: DTZ001  # a wall clock, as exports say it
            mine = CLIENTS[(index * 3) % len(CLIENTS) :] + CLIENTS[: (index * 3) % len(CLIENTS)]
            for _ in range(3):
                at += timedelta(minutes=draw.minutes(0, 15))
                work_type = draw.one(("Remote support", "Remote support", "Remote support", "On-site support", "Project work"))
                minutes = draw.minutes(12, 54) if work_type == "Remote support" else draw.minutes(60, 135)
                yield Worked(
                    person=person, start=at, minutes=minutes, client=draw.one(mine[:9]), work_type=work_type, notes=draw.one(WORK[work_type]),
                    billable=not draw.happens(0.01),
                )  # fmt: skip
                at += timedelta(minutes=minutes)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute)  # noqa: DTZ001  # see above


def _special() -> Iterator[Worked]:
    """What a person must see to, and what the firm's rules are for."""
    ben, ana, cho = "Ben Ito", "Ana Reyes", "Cho Min-jun"
    # One night of 14 hours: held, until somebody says how much of it is to be billed.
    yield Worked(person=ben, start=_at(23, 18), minutes=840, client="Northgate Storage", work_type="After hours",
                 notes="Storage array failed over; stayed until the rebuild was done")  # fmt: skip
    # Two names that no mapping knows: one is a client under another name, one is new.
    for day, minutes in ((4, 90), (11, 45), (18, 120), (25, 60)):
        yield Worked(person="Hemi Walker", start=_at(day, 16), minutes=minutes, client="Bayside Motors Ltd", work_type="On-site support",
                     notes="Workshop tablets set up")  # fmt: skip
    for day, minutes in ((16, 180), (17, 150)):
        yield Worked(person="Elena Marsh", start=_at(day, 16, 30), minutes=minutes, client="Tui Creek Brewing", work_type="Project work",
                     notes="Taproom network: first visit and plan")  # fmt: skip
    # The American company: no price for a principal in US dollars.
    for day, person, minutes in ((9, ben, 120), (10, "Grace Okafor", 180), (24, ana, 90)):
        yield Worked(person=person, start=_at(day, 16, 30), minutes=minutes, client="Prairie Dental", work_type="Remote support",
                     notes="Imaging server: slow queries")  # fmt: skip
    yield Worked(person="Finn Taylor", start=_at(12, 16, 30), minutes=75, client="Quarry Lane Church", work_type="Remote support",
                 notes="Streaming set up for Sundays")  # fmt: skip
    yield from _contract()
    # A fixed-fee project beside hourly work.
    for day, minutes in ((3, 150), (10, 180), (17, 120)):
        yield Worked(person="Isla Brown", start=_at(day, 17), minutes=minutes, client="Glenholm Council", project="Website rebuild",
                     work_type="Project work", notes="Templates and content")  # fmt: skip
        yield Worked(person=ana, start=_at(day, 17), minutes=minutes - 30, client="Glenholm Council", project="Server refresh",
                     work_type="Project work", notes="Hosts racked and tested")  # fmt: skip
    yield Worked(person=ben, start=_at(18, 20), minutes=120, client="Glenholm Council", project="Server refresh", work_type="After hours",
                 notes="Cut-over of the finance database")  # fmt: skip
    # One client, two customers over there, two currencies.
    for day, project in ((8, "Store 12"), (15, "POS rollout"), (16, "Depot 3"), (25, "Depot 7")):
        yield Worked(person="Jonas Berg", start=_at(day, 16, 45), minutes=135, client="Fairweather Group", project=project,
                     work_type="Project work", notes=f"{project}: tills and network")  # fmt: skip
    # After hours at the ordinary price times 1.5, around the rise on the 15th.
    for day in (11, 18):
        yield Worked(person="Kiri Tamatea", start=_at(day, 20), minutes=105, client="Valley Radiology", work_type="After hours",
                     notes="Scanner gateway restarted and watched")  # fmt: skip
    # Two visits with the contractor, which stand in both trackers.
    yield from _visits()
    # Ourselves, nothing, a test, and a client who had left.
    for day in (5, 12, 19, 26):
        yield Worked(
            person=ana,
            start=_at(day, 16, 15),
            minutes=45,
            client="Southern Cross IT",
            work_type="Admin",
            notes="Team meeting",
        )
    for at, minutes, notes in ((_at(8, 18), 0, "Started by mistake"), (_at(8, 18, 5), 6, "TEST of the new timer")):
        yield Worked(person=cho, start=at, minutes=minutes, client="Pukeko Print", work_type="Remote support", notes=notes)
    yield Worked(person="Hemi Walker", start=_at(9, 17), minutes=45, client="Harbour Lights Ltd", work_type="Remote support",
                 notes="Asked for their old mail archive")  # fmt: skip
    # Not approved by the service manager yet.
    yield Worked(person="Finn Taylor", start=_at(30, 16, 30), minutes=60, client="Rimu Engineering", work_type="Remote support",
                 notes="CAD licence server moved", approved=False)  # fmt: skip


def _contract() -> Iterator[Worked]:
    """A contract with prices and rounding of its own, a line per ticket and person, one purchase order."""
    tickets = (("4411", "Ward tablets"), ("4436", "Badge readers"), ("4450", "Backups"))
    for index, day in enumerate((2, 3, 5, 9, 12, 16, 19, 22, 26, 30)):
        number, title = tickets[index % 3]
        for part, minutes in enumerate((4, 4, 5) if index == 3 else (27,)):  # noqa: PLR2004  # three calls on one day
            yield Worked(person="Cho Min-jun", start=_at(day, 17, 10 * part), minutes=minutes, client="Eastland Health Trust", work_type="Remote support",
                         ticket=number, notes=f"{title}: checked and answered")  # fmt: skip
    yield Worked(person="Ana Reyes", start=_at(20, 20), minutes=90, client="Eastland Health Trust", work_type="After hours", ticket="4450", notes="Restore test outside clinic hours")  # fmt: skip
    yield Worked(person="Cho Min-jun", start=_at(29, 17), minutes=60, client="Eastland Health Trust", work_type="Training", ticket="4471", notes="New staff: signing in safely")  # fmt: skip
    yield Worked(person="Cho Min-jun", start=_at(24, 17), minutes=45, client="Eastland Health Trust", work_type="Travel", ticket="4436", notes="To the Hamilton clinic")  # fmt: skip


def _repeats(rows: list[Worked]) -> Iterator[Worked]:
    """Typed in twice: the same person, start, end and project. The first goes on, these are held."""
    for client in ("Tasman Freight", "Zephyr Yachts"):
        first = next(row for row in rows if row.client == client)
        yield structs.replace(first, notes=f"{first.notes} ")


def _visits() -> Iterator[Worked]:
    """Made together with the contractor, and timed in his tracker as well as in ours."""
    for person, day, minutes in (("Jonas Berg", 10, 90), ("Hemi Walker", 17, 75)):
        yield Worked(person=person, start=_at(day, 17), minutes=minutes, client="Saddleback Farms", project="Weather stations",
                     work_type="Project work", notes="Masts up and radios paired, with Rui")  # fmt: skip


def _late() -> Iterator[Worked]:
    """Found in June on a sheet of April: the night of 4 April, in which New Zealand's clocks go back. 22:00 to 6:00 was 9 hours."""
    yield Worked(person="Kiri Tamatea", start=datetime(2026, 4, 4, 22), minutes=540, client="Valley Radiology",  # noqa: DTZ001  # see above
                 work_type="After hours", notes="Image archive moved overnight", written=date(2026, 6, 3))  # fmt: skip


def _contracted() -> Iterator[Worked]:
    draw = _Draw(20260602)
    for index, day in enumerate(working_days()):
        at = datetime(day.year, day.month, day.day, 9)  # noqa: DTZ001  # see above
        client, work_type, project = (
            ("DUNMORE", "Visit", ""),
            ("Orchard View Lodge", "Project work", ""),
            ("Admin", "Admin", ""),
        )[
            2 if index % 10 == 9 else index % 2  # noqa: PLR2004
        ]
        minutes = draw.minutes(60, 240)
        yield Worked(person=CONTRACTOR, start=at, minutes=minutes, client=client, project=project, work_type=work_type,
                     notes=draw.one(WORK["On-site support"]) if work_type != "Admin" else "Invoicing")  # fmt: skip
        if index % 3 == 0:
            yield Worked(person=CONTRACTOR, start=at + timedelta(minutes=minutes + 15), minutes=draw.minutes(30, 90), client="Saddleback Farms",
                         work_type="Remote support", notes="Weather stations reconnected")  # fmt: skip
