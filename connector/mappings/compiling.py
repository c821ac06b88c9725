"""All files together → one `Mapping`. Files may be split or joined: what counts is the top-level key."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from connector.core.mapping import EntryRule, Mapping, Options, Rule, TimeApproval, Treated, Where
from connector.mappings import compiling_clients as clients
from connector.mappings import compiling_rules as rules
from connector.mappings.reading import FileSet, Part
from connector.mappings.references import UNMATCHED, At, Desk
from connector.mappings.shapes import Columns

T = TypeVar("T")


def compiled(files: FileSet, desk: Desk) -> Mapping:
    """The mapping as the files say it; whatever is wrong goes to the desk."""
    parts = files.parts
    orders = {part.document.file: part.order for part in parts}
    for _, shape, at in _entries(parts, "cost_rates", desk):
        rules.cost_rates(shape, at, desk)
    source_rates, _ = _single(parts, "source_rates", desk)
    veto, _ = _single(parts, "source_says_not_billable", desk)
    approval, approval_at = _single(parts, "time_approval", desk)
    hours_places, _ = _single(parts, "hours_places", desk)
    safety, _ = _single(parts, "safety", desk)
    return Mapping(
        digest=files.digest,
        texts=files.texts,
        default_book=_found_single(parts, "default_book", "book", desk, ""),
        defaults=_defaults(parts, desk),
        clients=tuple(clients.client(*each, desk) for each in _entries(parts, "clients", desk)),
        people=tuple(clients.person(*each, desk) for each in _entries(parts, "people", desk)),
        unlisted_people=_found_single(parts, "unlisted_people", "role", desk, UNMATCHED),
        work_types=tuple(clients.work_type(*each, desk) for each in _entries(parts, "work_types", desk)),
        unlisted_work_types=_found_single(parts, "unlisted_work_types", "billing code", desk, UNMATCHED),
        billing_codes=tuple(rules.billing_code(*each, desk) for each in _entries(parts, "billing_codes", desk)),
        codes=_rules(parts, "billing_code", desk, lambda shape, at: desk.find("billing code", shape.code, (at / "code").where)),
        treatments=_treatments(parts, desk, orders),
        rate_cards=tuple(rules.rate_card(*each, desk) for each in _entries(parts, "rate_cards", desk)),
        special_rates=_rules(parts, "special_rates", desk, lambda shape, _: shape.rate),
        multipliers=_rules(parts, "multipliers", desk, lambda shape, _: shape.times),
        roundings=_rules(parts, "rounding", desk, lambda shape, _: rules.rounding(shape)),
        exclude=_entry_rules(parts, "exclude", desk),
        hold=_entry_rules(parts, "hold", desk),
        source_says_not_billable=veto or "veto",
        time_approval=rules.time_approval(approval, approval_at, desk) if approval_at else TimeApproval(),
        source_rates=source_rates or "ignore",
        hours_places=2 if hours_places is None else hours_places,
        safety=rules.safety(safety),
    )


def _entries(parts: Sequence[Part], section: str, desk: Desk) -> Iterator[tuple[str, Any, At]]:
    """(key, shape, place) of a section over all files; the same key in two files is told and the first one kept."""
    seen: dict[str, Where] = {}
    for part in parts:
        for key, shape in getattr(part.shape, section).items():
            at = At(part.document, (section, key))
            if key in seen:
                desk.problem(
                    at.where_key,
                    f"the key '{key}' of `{section}` stands twice",
                    f"the first is at {seen[key]}: keep one",
                )
            else:
                seen[key] = at.where_key
                yield key, shape, at


def _defaults(parts: Sequence[Part], desk: Desk) -> tuple[tuple[str, Options], ...]:
    return tuple(
        (desk.find("book", book, at.where_key), clients.options(shape, at, desk)) for book, shape, at in _entries(parts, "defaults", desk)
    )


def _single(parts: Sequence[Part], name: str, desk: Desk) -> tuple[Any, At | None]:
    """A setting that stands once."""
    found: list[tuple[Any, At]] = []
    for part in parts:
        value = getattr(part.shape, name)
        if value is not None:
            found.append((value, At(part.document, (name,))))
    for _, at in found[1:]:
        desk.problem(at.where_key, f"`{name}` stands twice", f"the first is at {found[0][1].where_key}: keep one")
    return found[0] if found else (None, None)


def _found_single(parts: Sequence[Part], name: str, kind: Any, desk: Desk, otherwise: str) -> str:
    value, at = _single(parts, name, desk)
    return desk.find_or(kind, value, at.where, (UNMATCHED,)) if at else otherwise


def _rules(parts: Sequence[Part], section: str, desk: Desk, value: Callable[[Any, At], T]) -> tuple[Rule[T], ...]:
    found = []
    for part in parts:
        shapes: list[Columns] = getattr(part.shape, section)
        for index, shape in _placed(part, section, shapes):
            at = At(part.document, (section, index))
            found.append(rules.rule(shape, value(shape, at), at, desk))
    return tuple(found)


def _placed(part: Part, section: str, shapes: list[T]) -> Iterator[tuple[int, T]]:
    """Each rule with its index in the file; rules that did not validate were taken out and leave a gap."""
    indices = (index for index in range(len(shapes) + len(part.gaps)) if (section, index) not in part.gaps)
    return zip(indices, shapes, strict=False)


def _entry_rules(parts: Sequence[Part], section: str, desk: Desk) -> tuple[EntryRule, ...]:
    return tuple(
        rules.entry_rule(shape, At(part.document, (section, index)), desk)
        for part in parts
        for index, shape in _placed(part, section, getattr(part.shape, section))
    )


def _treatments(parts: Sequence[Part], desk: Desk, orders: dict[str, int]) -> tuple[Rule[Treated], ...]:
    """From clients' projects, work types and rules alike, in file order: the first of equals is quoted."""
    found = list(_rules(parts, "treatment", desk, lambda shape, _: rules.treated(shape)))
    for part in parts:
        at = At(part.document)
        for key, client in part.shape.clients.items():
            found += clients.treatments_of_client(key, client, at / "clients" / key)
        for key, entry in part.shape.work_types.items():
            found += clients.treatments_of_work_type(key, entry, at / "work_types" / key)
    return tuple(sorted(found, key=lambda rule: (orders[rule.where.file], rule.where.line, rule.where.column)))
