"""What config.yaml may say, as pydantic models over text."""
# ruff: noqa: RUF012  # pydantic copies mutable defaults; ruff sees only the base class of another file

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError

from connector.mappings.base_shapes import SafetyShape, Shape, TextOrTexts
from connector.mappings.scalars import Amount, Day, Text, Whole, YesNo, wrong
from connector.mappings.validation import problems_of
from connector.settings.checks import is_secret
from connector.settings.schedules import BookScheduleShape, ConnectionScheduleShape, ScheduleShape
from connector.strict_yaml import Document, Problem, Tree

LOOK_BACK_DAYS = 62
SIGNING_KEY = "file:signing.key"
PORT_MAX = 65_535
HOURS = (1, 2, 3, 4, 6, 8, 12, 24)


class ConnectionShape(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)
    kind: Text
    allow_private: YesNo = False
    schedule: ConnectionScheduleShape | None = None


def _port(value: Any) -> int:
    said = str(value)
    if not (said.isascii() and said.isdigit() and int(said) <= PORT_MAX):
        raise wrong(f"'{said}' is no port", "write a number from 0 (any that is free) to 65535")
    return int(said)


Port = Annotated[int, PlainValidator(_port)]


class AutoApproveShape(Shape):
    below: Amount


class CorrectionsShape(Shape):
    below: Amount
    choose: Literal["delta", "credit", "write_off", "accept"]


def _none(value: Any) -> Any:
    return None if value == "none" else value


class BookShape(Shape):
    sink: Text
    zone: Text
    start: Day
    grace_days: Whole = 0
    look_back_days: Whole = LOOK_BACK_DAYS
    auto_approve: Annotated[AutoApproveShape | None, BeforeValidator(_none)] = None
    corrections: Annotated[CorrectionsShape | None, BeforeValidator(_none)] = None
    safety: SafetyShape | None = None
    schedule: BookScheduleShape | None = None


class LogShape(Shape):
    to: Text = "stderr"
    format: Literal["auto", "json", "text"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class HealthShape(Shape):
    host: Text = "127.0.0.1"
    port: Port = 8912
    pull_hours_max: Whole = 26


def _time_of_day(value: Any) -> int:
    said = str(value)
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", said):
        raise wrong(f"'{said}' is no time of day", "write it as 08:00")
    return int(said[:2]) * 60 + int(said[3:])


def _hours(value: Any) -> int:
    said = str(value)
    if said not in map(str, HOURS):
        raise wrong(f"'{said}' does not divide a day", f"write one of {', '.join(map(str, HOURS))}")
    return int(said)


class SmtpShape(Shape):
    host: Text
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Text = ""
    password: Text = ""
    sender: Text = Field(alias="from")
    to: TextOrTexts


class WebhookShape(Shape):
    url: Text
    secret: Text
    allow_private: YesNo = False


class NotificationsShape(Shape):
    at: Annotated[int, PlainValidator(_time_of_day)] = 8 * 60
    every_hours: Annotated[int, PlainValidator(_hours)] = 24
    zone: Text = ""
    smtp: SmtpShape | None = None
    webhook: WebhookShape | None = None


class ConfigShape(Shape):
    state: Text = "sqlite:///hourbridge.db"
    state_key: Text = ""
    older_state_keys: TextOrTexts = []
    log: LogShape | None = None
    health: HealthShape = HealthShape()
    notifications: NotificationsShape | None = None
    mappings: TextOrTexts = ["mappings"]
    signing_key: Text = SIGNING_KEY
    connections: dict[str, ConnectionShape]
    books: dict[str, BookShape]
    schedule: ScheduleShape = ScheduleShape()


def shaped(document: Document, tree: dict[str, Tree]) -> tuple[ConfigShape, list[Problem]]:
    """The configuration without the connections and books that did not validate, so that checks over the rest still speak."""
    try:
        return ConfigShape.model_validate(tree), []
    except ValidationError as error:
        problems = [_start_said(problem) for problem in problems_of(error, document, ConfigShape, hide=is_secret)]
        failed = {tuple(detail["loc"][:2]) for detail in error.errors(include_url=False)}
    kept: dict[str, Any] = {"connections": {}, "books": {}}
    for key, value in tree.items():
        if isinstance(value, dict) and key in kept:
            kept[key] = {name: inner for name, inner in value.items() if (key, name) not in failed}
        elif key in ConfigShape.model_fields and not any(loc[0] == key for loc in failed):
            kept[key] = value
    return ConfigShape.model_validate(kept), problems


def _start_said(problem: Problem) -> Problem:
    if problem.what != "'start' is missing":
        return problem
    return Problem(problem.where, "a book without a start date", "add `start: 2026-01-01`: the first day that is billed from here")
