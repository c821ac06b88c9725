"""Time entries from CSV, TSV and XLSX files: a file, a folder or a glob; plain, .gz, .xz or .zip.

Every listing reads every file whole: the cursor is a digest of names, sizes and times and only tells that something changed.
A row that cannot be read is an entry with its `problem`; worked time that can be read is kept with it. A listing that cannot be
read to its end raises before its last page.

```yaml
timelog:
  kind: csv_file
  path: ../data/*.csv.xz            # a file, a folder or a glob, from the configuration's folder
  account: southern-cross           # with the id it is an entry's identity for ever
  extract: full                     # full: a row that is gone was deleted | partial: it was not
  zone: Pacific/Auckland
  id: Entry ID                      # or  key: [person, started, project]
  columns:
    client: Customer
    started: {join: [Date, From], format: "%d/%m/%Y %H:%M"}
    ended: {column: To, format: "%H:%M"}
    duration: {column: Worked, unit: "h:mm"}
    rate: {column: Rate, decimal: ","}
    billable: {column: Bill, true: [yes, x], false: [no]}
    tags: {column: Tags, split: ";"}
    notes: {join: [Task, Comment], with: " - "}
    currency: {constant: NZD}
```
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from adapters.csv_file.columns import Columns, Texts
from adapters.csv_file.files import Layout, Stamp, digest, find_files, open_texts
from adapters.csv_file.readers import Rules
from adapters.csv_file.rows import RowReader, Seen, wanted_columns
from adapters.csv_file.sheets import read_sheet
from adapters.csv_file.text import Table, read_table
from connector.errors import TransientError
from connector.model import TimeEntry
from connector.ports import Cursor, Host, Page, SourceTraits, Window

SHEET_ENDINGS = (".xlsx", ".xlsm")


class Settings(Layout):
    """What config.yaml says of a connection to files. `account` is the identity of what the files hold, for ever.

    `extract: full` means that a row gone from the files was deleted. `id` is the column of the source's own id; `key` names the
    mapped fields, or columns, that identify a row together. Days before `earliest` or more than `ahead_days_max` after today, and
    worked time of `absurd_hours` or more, are mistakes and not read.
    """

    account: str = Field(min_length=1)
    extract: Literal["full", "partial"]
    zone: str = "UTC"
    nulls: Texts = ("\\N",)
    id: str = ""
    key: Texts = ()
    earliest: date = date(1990, 1, 1)
    ahead_days_max: int = Field(366, ge=0, le=36_500)
    absurd_hours: Decimal = Field(Decimal(8760), gt=0, le=100_000)
    columns: Columns

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, said: str) -> str:
        try:
            ZoneInfo(said)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"'{said}' is no time zone: say one like Pacific/Auckland") from None
        return said

    @field_validator("earliest")
    @classmethod
    def _is_in_living_memory(cls, said: date) -> date:
        if said < date(1900, 1, 2):
            raise ValueError("`earliest` is before 1900")
        return said

    @model_validator(mode="after")
    def _identifies_entries_one_way(self) -> Self:
        if bool(self.id) == bool(self.key):
            raise ValueError("say either `id`, the column of the source's own id, or `key`, the fields that identify a row together")
        return self


class Source:
    """Reads the files as they are now, a page at a time."""

    traits: ClassVar[SourceTraits] = SourceTraits(
        changes="window_only", deletions="snapshot", approval="on_entry", keyset_paging=True, page_size=2000
    )

    def __init__(self, settings: Settings, host: Host) -> None:
        self._settings, self._host = settings, host

    def account(self) -> str:
        return self._settings.account

    def deletions(self) -> Literal["snapshot", "none"]:
        return "snapshot" if self._settings.extract == "full" else "none"

    def pages(self, window: Window, cursor: Cursor | None) -> Iterator[Page]:  # noqa: ARG002  # a file does not tell what changed
        """Every entry, but for those of a readable day outside the window."""
        stamps = self._files()
        held: list[TimeEntry] = []
        with closing(self._entries(stamps)) as entries:
            for entry in entries:
                if not _is_within(entry.worked_on, window):
                    continue
                if len(held) == self.traits.page_size:
                    yield Page(entries=tuple(held))
                    held.clear()
                held.append(entry)
        if self._files() != stamps:
            raise TransientError("changed while it was read", to=self._settings.path, next_step="Try again when the export is done")
        yield Page(entries=tuple(held), next_cursor=digest(stamps), is_last=True)

    def _files(self) -> list[Stamp]:
        return find_files(self._settings.path, self._host.folder)

    def _entries(self, stamps: list[Stamp]) -> Generator[TimeEntry, None, None]:
        rules = self._rules()
        seen = Seen(same_id_is_same_entry=bool(rules.id))
        for stamp in stamps:
            with closing(self._tables(stamp, wanted_columns(rules))) as tables:
                for table in tables:
                    read = RowReader(table, rules).read
                    for row in table.rows:
                        entry = seen.admit(*read(row))
                        if entry is not None:
                            yield entry

    def _tables(self, stamp: Stamp, wanted: frozenset[str]) -> Generator[Table, None, None]:
        if stamp.path.suffix.lower() in SHEET_ENDINGS:
            yield from read_sheet(stamp, self._settings)
            return
        with closing(open_texts(stamp)) as opened:
            for name, stream in opened:
                yield read_table(name, stream, self._settings, wanted)

    def _rules(self) -> Rules:
        said = self._settings
        return Rules(
            columns=said.columns,
            id=said.id,
            key=said.key,
            nulls=frozenset(said.nulls),
            zone=said.zone,
            first=said.earliest,
            last=self._host.clock.now().date() + timedelta(days=said.ahead_days_max),
            absurd_hours=said.absurd_hours,
        )


def _is_within(day: date | None, window: Window) -> bool:
    """A day that cannot be read is within every window: the entry must not be lost."""
    if day is None:
        return True
    return (window.since is None or window.since <= day) and (window.until is None or day <= window.until)
