"""Checks over clients, people, work types and what they say about documents. Each tells a place and a fix."""

import re
from collections.abc import Iterable, Iterator
from string import Formatter
from typing import Any

from msgspec import structs

from connector.core.mapping import Client, Mapping, Name, Options, Person, Span, Where, WorkType, fold
from connector.mappings.names import did_you_mean, listed, nearest
from connector.mappings.references import Desk
from connector.mappings.ties import check_spans

LINE_FIELDS = (
    "work_type", "month", "person", "hours", "rate", "notes", "ticket", "ticket_title", "project", "task", "date", "site",
    "department", "billing_code", "po", "client",
)  # fmt: skip
CONNECTION_TYPED_MIN = 3
SERIES_FIELDS = {"yymm": 4, "yyyy": 4, "yy": 2, "mm": 2, "seq": 6}
NEEDED = (
    "currency", "amounts", "terms", "invoice_date", "number", "send_as", "document_per", "document_every", "lines_one_per",
    "line_text", "late_time", "incomplete",
)  # fmt: skip
_AS_TYPED = {
    "document_per": "document: {per: client}",
    "document_every": "document: {every: month}",
    "lines_one_per": "lines: {one_per: [work_type]}",
    "line_text": 'lines: {text: "{work_type}, {month}"}',
}
Named = Client | Person | WorkType


def every_options(mapping: Mapping) -> Iterator[tuple[str, Options]]:
    """Whose they are, in words, and the options: defaults, clients, their bill-tos and projects."""
    for book, options in mapping.defaults:
        yield f"the defaults of '{book}'", options
    for client in mapping.clients:
        yield f"client '{client.key}'", client.options
        for bill_to in client.bill_to:
            yield f"bill-to '{bill_to.customer}'", bill_to.options
        for project in client.projects:
            yield f"project '{project.name}' of '{client.key}'", project.options


def check_names(mapping: Mapping, desk: Desk) -> None:
    """No name, pattern or id belongs to two of a kind; connections typed wrong before a slash are noted."""
    for kind, entries in (("clients", mapping.clients), ("people", mapping.people), ("work types", mapping.work_types)):
        _unique(kind, _names_of(entries), desk)
        _unique(kind, _patterns_of(entries), desk)
        _unique_ids(kind, entries, desk)
        for entry in entries:
            for name in entry.aliases:
                _slash(name, desk)
            for pattern in getattr(entry, "patterns", ()):
                if "*" not in pattern.text:
                    desk.problem(
                        pattern.where,
                        f"the pattern '{pattern.text}' has no `*`",
                        "write it under `aliases`, or add the `*`",
                    )


def _names_of(entries: Iterable[Named]) -> Iterator[tuple[str, Name]]:
    for entry in entries:
        yield entry.key, Name(entry.key, "", entry.where)
        yield from ((entry.key, alias) for alias in entry.aliases)


def _patterns_of(entries: Iterable[Named]) -> Iterator[tuple[str, Name]]:
    for entry in entries:
        yield from ((entry.key, pattern) for pattern in getattr(entry, "patterns", ()))


def _unique(kind: str, found: Iterable[tuple[str, Name]], desk: Desk) -> None:
    owners: dict[tuple[str, str], tuple[str, Where]] = {}
    for owner, name in found:
        first = owners.setdefault((name.connection, fold(name.text)), (owner, name.where))
        if first[0] != owner:
            shown = f"{name.connection}/{name.text}" if name.connection else name.text
            what = f"'{shown}' is a name of two {kind}: '{owner}' and '{first[0]}' ({first[1]})"
            desk.problem(name.where, what, "take it from one of them")


def _unique_ids(kind: str, entries: Iterable[Named], desk: Desk) -> None:
    owners: dict[tuple[str, str], Named] = {}
    connections = set(desk.known["connection"].values())
    for entry in entries:
        for connection, value in entry.ids:
            first = owners.setdefault((connection, value), entry)
            if first is not entry and connection in connections:
                what = f"the id {connection} {value} belongs to two {kind}: '{entry.key}' and '{first.key}' ({first.where})"
                desk.problem(entry.where, what, "take it from one of them")


def _slash(name: Name, desk: Desk) -> None:
    before, slash, _ = name.text.partition("/")
    typed = slash and not name.connection and len(before) >= CONNECTION_TYPED_MIN
    near = nearest(before, desk.known["connection"].values(), 1) if typed else []
    if near:
        desk.note(
            name.where,
            f"'{name.text}' is taken as a whole name: there is no connection '{before}'",
            f"did you mean '{near[0]}/…'?",
        )


def check_clients(mapping: Mapping, desk: Desk) -> None:
    by_key = {client.key: client for client in mapping.clients}
    for client in mapping.clients:
        _check_bill_to(client, desk)
        check_spans(client.customer, f"the customer of '{client.key}'", desk)
        if client.merged_into:
            _check_merged(client, by_key, desk)
        elif not client.ids and not client.internal:
            desk.note(client.where, f"'{client.key}' is matched by name only", "`hourbridge map pin` writes its ids")
    for person in mapping.people:
        check_spans(person.roles, f"the role of '{person.key}'", desk)
        check_spans(person.tracking, f"the tracking of '{person.key}'", desk)
    for work_type in mapping.work_types:
        check_spans(work_type.code, f"the billing code of '{work_type.key}'", desk)


def _check_merged(client: Client, by_key: dict[str, Client], desk: Desk) -> None:
    seen = [client.key]
    following = client
    while following.merged_into in by_key:
        if following.merged_into in seen:
            desk.problem(
                client.where,
                f"'{client.key}' is merged into itself ({' → '.join([*seen, following.merged_into])})",
                "break the circle",
            )
            return
        seen.append(following.merged_into)
        following = by_key[following.merged_into]


def _check_bill_to(client: Client, desk: Desk) -> None:
    """Each project goes to exactly one customer."""
    owners: dict[tuple[str, str], tuple[str, Where]] = {}
    rest = ""
    for bill_to in client.bill_to:
        if not bill_to.projects:
            if rest:
                desk.problem(
                    bill_to.where,
                    f"two bill-tos of '{client.key}' take all other projects",
                    f"the other is '{rest}': give one `projects`",
                )
            rest = bill_to.customer
        for name in bill_to.projects:
            first = owners.setdefault((name.connection, fold(name.text)), (bill_to.customer, name.where))
            if first[1] != name.where:
                what = f"the project '{name.text}' goes to two customers: '{bill_to.customer}' and '{first[0]}' ({first[1]})"
                desk.problem(name.where, what, "take it from one of them")


def check_options(mapping: Mapping, desk: Desk) -> None:
    """Dates, line texts and number series, at every level."""
    for whose, options in every_options(mapping):
        for key, spans in structs.asdict(options).items():
            check_spans(spans, f"`{key}` of {whose}", desk)
        for text in options.line_text:
            _check_line_text(text, desk)
        for series in options.number:
            check_series(series, desk)


def _fields(span: Span[str], desk: Desk) -> list[tuple[str, str]] | None:
    """(field, format) of a text with `{…}`; a problem and None where the brackets do not close."""
    try:
        return [(name, form or "") for _, name, form, _ in Formatter().parse(span.value) if name is not None]
    except ValueError:
        desk.problem(
            span.where,
            f"the brackets in '{span.value}' do not close",
            "write fields as {work_type}; a bare bracket as {{ or }}",
        )
        return None


def _check_line_text(span: Span[str], desk: Desk) -> None:
    for name, form in _fields(span, desk) or ():
        if re.sub(r"[ _-]", "", name.lower()) in ("internalnotes", "internal", "privatenotes"):
            desk.problem(
                span.where,
                f"{{{name}}}: internal notes are for nobody outside and have no field",
                "use {notes}, which the client may read",
            )
        elif name not in LINE_FIELDS or form:
            desk.problem(
                span.where,
                f"a line text has no field {{{name}{':' + form if form else ''}}}",
                did_you_mean(name, LINE_FIELDS, f"fields: {listed(LINE_FIELDS, 20)}"),
            )


def check_series(span: Span[str], desk: Desk, length_max: int = 21) -> None:
    """`HB-{yymm}-{seq:3}`: a sequence in it, known fields, and a number as long as the other side takes."""
    fields = _fields(span, desk)
    if fields is None:
        return
    unknown = [name for name, form in fields if name not in SERIES_FIELDS or (form and (name != "seq" or not form.isdigit()))]
    for name in unknown:
        desk.problem(span.where, f"a number series has no field {{{name}}}", "fields: {yymm} {yyyy} {yy} {mm} {seq} {seq:3}")
    if "seq" not in [name for name, _ in fields]:
        desk.problem(
            span.where,
            f"the number series '{span.value}' has no {{seq}}",
            "add {seq:3}: every document needs its own number",
        )
    length = series_length(span.value, fields)
    if not unknown and length > length_max:
        desk.problem(
            span.where,
            f"a number of '{span.value}' has {length} characters",
            f"shorten it: at most {length_max} are taken over there",
        )


def series_length(series: str, fields: list[tuple[str, str]]) -> int:
    literal = sum(len(text) for text, _, _, _ in Formatter().parse(series))
    return literal + sum(int(form) if form.isdigit() else SERIES_FIELDS.get(name, 0) for name, form in fields)


def needed_keys(options: Options) -> list[str]:
    """What a book's defaults must say and do not, as finance types it."""
    missing = [name for name in NEEDED if not getattr(options, name)]
    taxed = any(span.value != "no_tax" for span in options.amounts) or not options.amounts
    if not options.tax_code and taxed:
        missing.append("tax_code")
    return [_AS_TYPED.get(name, f"{name}: …") for name in missing]


def default_of(mapping: Mapping, book: str) -> Options:
    return next((options for name, options in mapping.defaults if name == book), Options())


def book_of(mapping: Mapping, client: Client) -> str:
    return client.book or mapping.default_book


def said(*levels: tuple[Span[Any], ...]) -> tuple[Span[Any], ...]:
    """The first level that says anything."""
    return next((spans for spans in levels if spans), ())
