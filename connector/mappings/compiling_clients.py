"""Clients, people, work types and defaults: shapes → frozen values, every reference looked up."""

from collections.abc import Callable, Mapping
from typing import Any

from connector.core.mapping import (
    BillTo,
    Client,
    Name,
    Options,
    Person,
    Project,
    Rule,
    Span,
    Treated,
    WorkType,
    fold,
)  # fmt: skip
from connector.mappings.references import At, Desk
from connector.mappings.shapes import BillToShape, ClientShape, PersonShape, ProjectShape, WorkTypeShape
from connector.mappings.shared_shapes import ProjectOptions, SharedOptions
from connector.mappings.spans import spans, spans_within, spells


def pairs(tracking: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(tracking.items())


def options(shape: ProjectOptions, at: At, desk: Desk) -> Options:
    """The shared keys of one level; a project says only some of them."""
    own: dict[str, Any] = {
        "tax_code": spans(shape.tax_code, at / "tax_code"),
        "po": spans(shape.po, at / "po"),
        "po_required": spans(shape.po_required, at / "po_required"),
        "tracking": spans(shape.tracking, at / "tracking", pairs),
        "document_per": spans_within(shape.document, at / "document", "per"),
        "document_every": spans_within(shape.document, at / "document", "every"),
        "lines_one_per": spans_within(shape.lines, at / "lines", "one_per", tuple),
        "line_text": spans_within(shape.lines, at / "lines", "text"),
        "show": spans(shape.show, at / "show", tuple),
    }
    if isinstance(shape, SharedOptions):
        simple = (
            "currency", "amounts", "terms", "terms_if_none", "invoice_date", "number", "send_as", "late_time", "incomplete",
            "minimum_document", "net_zero", "net_negative",
        )  # fmt: skip
        own |= {key: spans(getattr(shape, key), at / key) for key in simple}
        own["rate_card"] = found_spans("rate card", shape.rate_card, at / "rate_card", desk)
    return Options(**own)


def found_spans(kind: Any, value: Any, at: At, desk: Desk) -> tuple[Span[str], ...]:
    """Dated references."""
    return tuple(Span(desk.find(kind, said, place.where), since, until, place.where) for said, since, until, place in spells(value, at))


def names(texts: list[str], at: At, desk: Desk) -> tuple[Name, ...]:
    """`tracker/DUNMORE` holds only in that connection; a slash after anything else is part of the name."""
    found = []
    for index, text in enumerate(texts):
        before, slash, after = text.partition("/")
        connection = desk.known["connection"].get(fold(before)) if slash and after.strip() else None
        found.append(Name(after.strip() if connection else text, connection or "", (at / index).where))
    return tuple(found)


def ids(said: Mapping[str, str], at: At, desk: Desk, *, books: bool = False) -> tuple[tuple[str, str], ...]:
    """Connection (for clients also book) → id there."""
    found = []
    for name, value in said.items():
        if books and name in desk.known["book"].values():
            found.append((name, value))
        else:
            found.append((desk.find("connection", name, (at / name).where_key), value))
    return tuple(found)


def client(key: str, shape: ClientShape, at: At, desk: Desk) -> Client:
    book = desk.find_or("book", shape.book, (at / "book").where)
    return Client(
        key=key,
        where=at.where_key,
        ids=ids(shape.ids, at / "ids", desk, books=True),
        aliases=names(shape.aliases, at / "aliases", desk),
        patterns=names(shape.patterns, at / "patterns", desk),
        book=book,
        customer=spans(shape.customer, at / "customer"),
        options=options(shape, at, desk),
        bill_to=tuple(_bill_to(each, at / "bill_to" / index, desk) for index, each in enumerate(shape.bill_to)),
        projects=tuple(_project(name, each, at / "projects" / name, desk) for name, each in shape.projects.items()),
        internal=shape.internal,
        closed=shape.closed,
        merged_into=desk.find_or("client", shape.merged_into, (at / "merged_into").where),
        segment=shape.segment or "",
    )


def _bill_to(shape: BillToShape, at: At, desk: Desk) -> BillTo:
    if len(shape.ids) > 1:
        desk.problem((at / "ids").where_key, "a bill-to has more than one id", "keep the id in this client's book")
    for name in shape.ids:
        desk.find("book", name, (at / "ids" / name).where_key)
    return BillTo(
        customer=shape.customer,
        customer_id=next(iter(shape.ids.values()), ""),
        projects=names(shape.projects, at / "projects", desk),
        options=options(shape, at, desk),
        where=at.where,
    )


def _project(name: str, shape: ProjectShape, at: At, desk: Desk) -> Project:
    return Project(name=name, ids=ids(shape.ids, at / "ids", desk), options=options(shape, at, desk), where=at.where_key)


def person(key: str, entry: Any, at: At, desk: Desk) -> Person:
    """A role, a dated role, or a map."""
    if not isinstance(entry, PersonShape):
        return Person(key=key, where=at.where_key, roles=found_spans("role", entry, at, desk))
    return Person(
        key=key,
        where=at.where_key,
        roles=found_spans("role", entry.role, at / "role", desk),
        ids=ids(entry.ids, at / "ids", desk),
        aliases=names(entry.aliases, at / "aliases", desk),
        on_invoice=entry.on_invoice or "",
        until=entry.until,
        only_in=tuple(desk.find("connection", name, (at / "only_in" / index).where) for index, name in enumerate(entry.only_in)),
        hours_per_week=entry.hours_per_week,
        tracking=spans(entry.tracking, at / "tracking", pairs),
    )


def work_type(key: str, entry: Any, at: At, desk: Desk) -> WorkType:
    """A billing code, a dated one, or a map."""
    if not isinstance(entry, WorkTypeShape):
        return WorkType(key=key, where=at.where_key, code=found_spans("billing code", entry, at, desk))
    return WorkType(
        key=key,
        where=at.where_key,
        code=found_spans("billing code", entry.code, at / "code", desk),
        ids=ids(entry.ids, at / "ids", desk),
        aliases=names(entry.aliases, at / "aliases", desk),
        patterns=names(entry.patterns, at / "patterns", desk),
    )


def treatments_of_client(key: str, shape: ClientShape, at: At) -> list[Rule[Treated]]:
    """A project's treatment is a rule at client and project, rank 6."""
    found: list[Rule[Treated]] = []
    for name, project in shape.projects.items():
        place = at / "projects" / name
        found += _treatments(project, place, lambda **said: Rule(client=key, project=name, **said))  # noqa: B023  # called at once
    return found


def treatments_of_work_type(key: str, entry: Any, at: At) -> list[Rule[Treated]]:
    """A work type's treatment is a rule at work type, rank 15."""
    if not isinstance(entry, WorkTypeShape):
        return []
    return _treatments(entry, at, lambda **said: Rule(work_type=key, **said))


def _treatments(shape: ProjectShape | WorkTypeShape, at: At, rule: Callable[..., Rule[Treated]]) -> list[Rule[Treated]]:
    said = spells(shape.treatment, at / "treatment")
    return [
        rule(since=since, until=until, value=Treated(treatment, shape.why or ""), where=place.where)
        for treatment, since, until, place in said
    ]
