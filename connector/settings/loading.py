"""config.yaml → settings."""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from connector.errors import ConfigError
from connector.mappings.validation import problems_of
from connector.settings.checks import (
    is_secret,
    nothing_said,
    plain_secrets,
    wrong_kinds,
    wrong_names,
    wrong_notifications,
    wrong_paths,
    wrong_sinks,
    wrong_zones,
)
from connector.settings.schedules import OF_BOOK, OF_CONNECTION, ScheduleShape, crons
from connector.settings.shapes import BookShape, ConfigShape, ConnectionShape, LogShape, SmtpShape, shaped
from connector.settings.values import (
    AutoApprove,
    Book,
    Connection,
    CorrectionPolicy,
    Health,
    Log,
    Notifications,
    Settings,
    Smtp,
    Unattended,
    Webhook,
)
from connector.strict_yaml import Document, Problem, read

SQLITE = "sqlite:///"


def load_settings(path: Path) -> Settings:
    """Reads config.yaml. Raises ConfigError with every problem at once; no secret is ever repeated in one."""
    reading = read(path, path.name)
    document, problems = reading.document, list(reading.problems)
    if document is None:
        raise _refused(path, problems)
    if not isinstance(document.tree, dict):
        raise _refused(path, [*problems, Problem(document.where(()), "the file is not a map", "begin with `connections:`")])
    problems += plain_secrets(document) + nothing_said(document)
    shape, wrong = shaped(document, document.tree)
    problems += [
        *wrong,
        *wrong_names(document),
        *wrong_kinds([(name, each.kind) for name, each in shape.connections.items()], document),
        *wrong_sinks([(name, each.sink) for name, each in shape.books.items()], document),
        *wrong_zones([(("books", name, "zone"), each.zone) for name, each in shape.books.items()], document),
        *wrong_zones([(("schedule", "zone"), shape.schedule.zone)] if shape.schedule.zone else [], document),
        *wrong_notifications(shape.notifications, document),
        *wrong_paths(shape.mappings, document, path.absolute().parent),
    ]
    if problems:
        raise _refused(path, problems)
    return _settings(path, shape, document)


def problems_at(connection: Connection, error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """What an adapter's Settings refused, at its place in config.yaml and without the text of any option."""
    return problems_of(error, connection.document, model, ("connections", connection.name), hide=is_secret)


def _refused(path: Path, problems: list[Problem]) -> ConfigError:
    count = len(problems)
    return ConfigError(
        f"the configuration has {count} problem{'' if count == 1 else 's'}",
        to=str(path),
        next_step="Mend what follows and run `hourbridge check`:",
        problems=[str(problem) for problem in sorted(set(problems))],
    )


def _settings(path: Path, shape: ConfigShape, document: Document) -> Settings:
    folder = path.absolute().parent
    return Settings(
        path=path,
        folder=folder,
        state_url=_state_url(shape.state, folder),
        mapping_paths=tuple(folder / each for each in shape.mappings),
        connections=tuple(_connection(name, each, document, shape.schedule) for name, each in shape.connections.items()),
        books=tuple(_book(name, each, document, shape.schedule) for name, each in shape.books.items()),
        unattended=_unattended(shape, folder),
        log=_log(shape.log, folder) if shape.log else None,
        health=Health(host=shape.health.host, port=shape.health.port, pull_hours_max=shape.health.pull_hours_max),
        notifications=_notifications(shape),
        state_keys=tuple(filter(None, [shape.state_key, *shape.older_state_keys])),
        signing_key=shape.signing_key,
    )


def _unattended(shape: ConfigShape, folder: Path) -> Unattended:
    """Connections have no zone of their own: where none is said, theirs is the first book's."""
    said = shape.schedule
    zone = said.zone or next((book.zone for book in shape.books.values()), "UTC")
    return Unattended(zone=zone, jitter_seconds=said.jitter_seconds, reports_folder=folder / said.reports_folder)


def _state_url(state: str, folder: Path) -> str:
    """A relative SQLite path begins at the configuration's folder, wherever the command is run."""
    if state.startswith(SQLITE) and not state.startswith(SQLITE + ":memory:"):
        return SQLITE + str(folder / state.removeprefix(SQLITE))
    return state


def _log(shape: LogShape, folder: Path) -> Log:
    """A relative file lies beside the configuration."""
    return Log(to=shape.to if shape.to == "stderr" else str(folder / shape.to), format=shape.format, level=shape.level)


def _notifications(shape: ConfigShape) -> Notifications | None:
    """Times are in the zone of the first book unless another is named."""
    said = shape.notifications
    if said is None:
        return None
    smtp = _smtp(said.smtp) if said.smtp else None
    hook = said.webhook
    webhook = Webhook(url=hook.url, secret=hook.secret, allow_private=hook.allow_private) if hook else None
    zone = said.zone or next((book.zone for book in shape.books.values()), "UTC")
    return Notifications(at_minutes=said.at, every_hours=said.every_hours, zone=zone, smtp=smtp, webhook=webhook)


def _smtp(said: SmtpShape) -> Smtp:
    return Smtp(
        host=said.host,
        port=said.port,
        security=said.security,
        user=said.user,
        password=said.password,
        sender=said.sender,
        to=tuple(said.to),
    )


def _connection(name: str, shape: ConnectionShape, document: Document, common: ScheduleShape) -> Connection:
    return Connection(
        name=name,
        kind=shape.kind,
        allow_private=shape.allow_private,
        options=dict(shape.__pydantic_extra__ or {}),
        where=document.where_key(("connections", name)),
        document=document,
        schedule=crons(OF_CONNECTION, shape.schedule, common),
    )


def _book(name: str, shape: BookShape, document: Document, common: ScheduleShape) -> Book:
    said = shape.safety.model_fields_set if shape.safety else set[str]()
    return Book(
        name=name,
        sink=shape.sink,
        zone=shape.zone,
        start=shape.start,
        grace_days=shape.grace_days,
        look_back_days=shape.look_back_days,
        auto_approve=AutoApprove(shape.auto_approve.below) if shape.auto_approve else None,
        safety=tuple((key, getattr(shape.safety, key)) for key in sorted(said)),
        where=document.where_key(("books", name)),
        corrections=CorrectionPolicy(shape.corrections.below, shape.corrections.choose) if shape.corrections else None,
        schedule=crons(OF_BOOK, shape.schedule, common),
    )
