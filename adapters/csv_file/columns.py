"""The column map as the configuration says it: which columns make which field of a time entry, and how they are read.

`client: organization` is short for `client: {column: organization}`. Scalars may arrive as text.
"""

from difflib import get_close_matches
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from adapters.csv_file.cells import Mark, Unit, is_time_only

YES = ("yes", "y", "true", "t", "1")
NO = ("no", "n", "false", "f", "0")


def nearest(name: str, known: list[str]) -> str:
    """How a message goes on after an unknown name: the names that look like it, or all there are."""
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return "did you mean " + ", ".join(close) + "?"
    return "there are: " + ", ".join(known[:40])


def _listed(said: object) -> object:
    return [said] if isinstance(said, str | int | bool) else said


Texts = Annotated[tuple[Annotated[str, BeforeValidator(str)], ...], BeforeValidator(_listed)]


class Cell(BaseModel):
    """Where a text comes from: one column, several joined by `with` (empty ones left out), or a constant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str = ""
    join: tuple[str, ...] = ()
    with_: str = Field(default=" ", alias="with")
    constant: Annotated[str, BeforeValidator(str)] = ""

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> Self:
        if sum(map(bool, (self.column, self.join, self.constant))) != 1:
            raise ValueError("say exactly one of `column`, `join` or `constant`")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        return (self.column,) if self.column else self.join


def column(name: str) -> Cell:
    """The text of one column."""
    return Cell.model_validate({"column": name})


class Day(Cell):
    """A date; `format` as in strptime, one or several, ISO 8601 where none is said."""

    format: Texts = ()


class Moment(Day):
    """A local time in the connection's zone. A format without a day takes it from `worked_on` (an end: from the start)."""

    @property
    def time_only(self) -> bool:
        return bool(self.format) and is_time_only(self.format[0])

    @model_validator(mode="after")
    def _says_the_day_always_or_never(self) -> Self:
        if len({is_time_only(form) for form in self.format}) > 1:
            raise ValueError("either every format says the day or none does")
        return self


class Number(Cell):
    """A decimal; `decimal` is its mark."""

    decimal: Mark = "."


class Duration(Number):
    """Worked time: `unit` is hours, minutes, seconds or h:mm."""

    unit: Unit


class Flag(Cell):
    """Yes or no by the texts declared, capitals aside."""

    true: Texts = YES
    false: Texts = NO


class Tags(Cell):
    """Several texts in one cell."""

    split: str = Field(",", min_length=1)


def _short(said: object) -> object:
    return {"column": said} if isinstance(said, str) else said


_Text = Annotated[Cell | None, BeforeValidator(_short)]
_Day = Annotated[Day | None, BeforeValidator(_short)]
_Moment = Annotated[Moment | None, BeforeValidator(_short)]
_Number = Annotated[Number | None, BeforeValidator(_short)]
_Flag = Annotated[Flag | None, BeforeValidator(_short)]


class Columns(BaseModel):
    """A column, or several, for each field of a time entry that the file has. `duration` becomes worked seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client: _Text = None
    client_id: _Text = None
    project: _Text = None
    project_id: _Text = None
    work_type: _Text = None
    work_type_id: _Text = None
    task: _Text = None
    task_id: _Text = None
    person: _Text = None
    person_id: _Text = None
    role: _Text = None
    ticket: _Text = None
    ticket_title: _Text = None
    site: _Text = None
    department: _Text = None
    agreement: _Text = None
    po: _Text = None
    notes: _Text = None
    internal_notes: _Text = None
    billed_document: _Text = None
    currency: _Text = None
    captured_by: _Text = None
    tags: Annotated[Tags | None, BeforeValidator(_short)] = None
    worked_on: _Day = None
    started: _Moment = None
    ended: _Moment = None
    entered_at: _Moment = None
    edited_at: _Moment = None
    duration: Duration | None = None
    hours: _Number = None
    rate: _Number = None
    cost_rate: _Number = None
    running: _Flag = None
    billable: _Flag = None
    approved: _Flag = None
    billed: _Flag = None

    @model_validator(mode="after")
    def _says_when_and_how_long(self) -> Self:
        if self.worked_on is None and (self.started is None or self.started.time_only):
            raise ValueError("the day is missing: map `worked_on`, or `started` with a format that says the day")
        if self.duration is None and self.hours is None and (self.started is None or self.ended is None):
            raise ValueError("worked time is missing: map `duration` or `hours`, or both `started` and `ended`")
        if self.ended is not None and self.ended.time_only and self.started is None:
            raise ValueError("`ended` says no day: map `started` too, or a format that says the day")
        for name in ("entered_at", "edited_at"):
            stamp = getattr(self, name)
            if stamp is not None and stamp.time_only:
                raise ValueError(f"`{name}` needs a format that says the day")
        return self

    def mapped(self) -> dict[str, Cell]:
        """The fields that are mapped, in the order of the model."""
        return {name: cell for name in type(self).model_fields if (cell := getattr(self, name)) is not None}
