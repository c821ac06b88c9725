"""Billing codes, rate cards, rules and single settings: shapes → frozen values, every reference looked up."""

import re
from collections.abc import Iterable
from typing import TypeVar

from connector.core.mapping import (
    ANY,
    BillingCode,
    Block,
    Cell,
    CodeTarget,
    Condition,
    EntryRule,
    RateCard,
    Rounding,
    Rule,
    Safety,
    Span,
    TimeApproval,
    Treated,
)  # fmt: skip
from connector.mappings.base_shapes import SafetyShape
from connector.mappings.compiling_clients import pairs
from connector.mappings.references import At, Desk
from connector.mappings.shapes import (
    BillingCodeShape,
    BlockShape,
    Columns,
    ConditionShape,
    CostRatesShape,
    EntryRuleShape,
    RateCardShape,
    RoundingShape,
    TargetShape,
    TreatmentShape,
)  # fmt: skip
from connector.mappings.spans import spans, spells
from connector.model import Target

T = TypeVar("T")
_SAME_AS_ENTRY = {"date": "worked_on", "minutes": "seconds"}


def billing_code(key: str, shape: BillingCodeShape, at: At, desk: Desk) -> BillingCode:
    targets = []
    for book, said in (shape.__pydantic_extra__ or {}).items():
        name = desk.find("book", book, (at / book).where_key)
        found = tuple(Span(_target(each, place, desk), since, until, place.where) for each, since, until, place in spells(said, at / book))
        targets.append((name, found))
    return BillingCode(key=key, where=at.where_key, text=shape.text or key, targets=tuple(targets))


def _target(shape: TargetShape, at: At, desk: Desk) -> CodeTarget:
    if (shape.item is None) == (shape.account is None):
        both = "names both an item and an account" if shape.item else "names neither an item nor an account"
        desk.problem(at.where, f"this target {both}", "keep one: `item: CODE` or `account: CODE`")
    target = Target("item", shape.item) if shape.item else Target("account", shape.account or "")
    return CodeTarget(
        target=target,
        tax_code=spans(shape.tax_code, at / "tax_code"),
        tracking=pairs(shape.tracking),
        where=at.where,
    )


def rate_card(key: str, shape: RateCardShape, at: At, desk: Desk) -> RateCard:
    blocks = [_block(each, at / "blocks" / index, desk) for index, each in enumerate(shape.blocks)]
    if not blocks:
        desk.problem(
            at.where_key,
            f"the rate card '{key}' has no blocks",
            "add one: `blocks: [{from: 2026-01-01, any: {any: 150.00}}]`",
        )
    return RateCard(
        key=key,
        currency=shape.currency,
        default_for=tuple(desk.find("book", book, (at / "default_for").where) for book in shape.default_for),
        extends=desk.find_or("rate card", shape.extends, (at / "extends").where),
        blocks=tuple(sorted(blocks, key=lambda block: block.since)),
        where=at.where_key,
    )


def _block(shape: BlockShape, at: At, desk: Desk) -> Block:
    cells = []
    for row, columns in (shape.__pydantic_extra__ or {}).items():
        work_type = desk.find_or("work type", row, (at / row).where_key, (ANY,))
        for column, rate in columns.items():
            role = desk.find_or("role", column, (at / row / column).where_key, (ANY,))
            cells.append(Cell(work_type, role, rate, (at / row / column).where))
    if not cells:
        desk.problem(at.where, "a block without prices", "add a row: `any: {any: 150.00}`")
    return Block(shape.since, tuple(cells), at.where)


def rule(shape: Columns, value: T, at: At, desk: Desk) -> Rule[T]:
    """The columns of one rule, looked up, and the two things a rule may not do."""
    if shape.project and not shape.client:
        desk.problem(
            (at / "project").where_key,
            "a rule names a project but not its client",
            "add `client: …`: a project rule names both",
        )
    if shape.person and shape.role:
        desk.problem((at / "role").where_key, "a rule names both a person and a role", "keep one of them")
    if shape.since and shape.until and shape.until < shape.since:
        desk.problem(
            (at / "until").where,
            f"the rule ends ({shape.until}) before it begins ({shape.since})",
            "mend one of the dates",
        )
    return Rule(
        project=" ".join((shape.project or "").split()),
        client=desk.find_or("client", shape.client, (at / "client").where),
        work_type=desk.find_or("work type", shape.work_type, (at / "work_type").where),
        person=desk.find_or("person", shape.person, (at / "person").where),
        role=desk.find_or("role", shape.role, (at / "role").where),
        since=shape.since,
        until=shape.until,
        value=value,
        where=at.where,
    )


def treated(shape: TreatmentShape) -> Treated:
    return Treated(shape.treatment, shape.why or "")


def rounding(shape: RoundingShape) -> Rounding:
    return Rounding(shape.increment_minutes, shape.direction, shape.minimum_minutes, shape.per)


def entry_rule(shape: EntryRuleShape, at: At, desk: Desk) -> EntryRule:
    return EntryRule(
        name=shape.name,
        when=_condition(shape.when, at / "when", desk),
        unless=_condition(shape.unless, at / "unless", desk) if shape.unless else None,
        since=shape.since,
        until=shape.until,
        where=at.where,
    )


def _condition(shape: ConditionShape, at: At, desk: Desk) -> Condition:
    """`notes: blank` asks for notes that are empty; every other text is compared, with `*` as any text."""
    if not shape.model_fields_set:
        desk.problem(at.where, "a condition that says nothing", "say what to look at, such as `{hours_over: 12}`")
    return Condition(
        minutes=shape.minutes,
        hours_over=shape.hours_over,
        hours_under=shape.hours_under,
        notes=tuple(text for text in shape.notes if text != "blank"),
        notes_blank="blank" in shape.notes,
        same=tuple(_SAME_AS_ENTRY.get(name, name) for name in shape.same),
        overlap_minutes_over=shape.overlap_minutes_over,
        entered_days_after=shape.entered_days_after,
        client=tuple(shape.client),
        project=tuple(shape.project),
        work_type=tuple(shape.work_type),
        person=tuple(shape.person),
        tags=tuple(shape.tags),
        connection=tuple(desk.find("connection", name, (at / "connection" / index).where) for index, name in enumerate(shape.connection)),
    )


def cost_rates(shape: CostRatesShape, at: At, desk: Desk) -> None:
    """Looks the people up and forgets the figures."""
    for name in shape.people:
        desk.find("person", name, (at / "people" / name).where_key)


def time_approval(said: str | None, at: At, desk: Desk) -> TimeApproval:
    """`required` | `not_required` | `required for [tracker]`."""
    if said is None or said == "not_required":
        return TimeApproval()
    if said == "required":
        return TimeApproval(required=True)
    if found := re.fullmatch(r"required for \[(.+)\]", said):
        listed = [name.strip() for name in found.group(1).split(",")]
        return TimeApproval(required=True, connections=tuple(desk.find("connection", name, at.where) for name in listed))
    desk.problem(at.where, f"'{said}' is not known here", "write one of: required, not_required, required for [tracker]")
    return TimeApproval()


def safety(shape: SafetyShape | None) -> Safety:
    """What is said, over the bounds that hold where nothing is said."""
    said: Iterable[str] = shape.model_fields_set if shape else ()
    return Safety(**{name: getattr(shape, name) for name in said})
