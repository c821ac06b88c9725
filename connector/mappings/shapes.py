"""What a mapping file may say: pydantic models over text, one per thing finance writes. Unknown keys are refused.

Nothing here knows places or other files; `compiling` turns these into the frozen values of `connector.core.mapping`.
"""
# ruff: noqa: RUF012  # pydantic copies mutable defaults; ruff sees only the base class of another file

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from connector.core.mapping import RoundPer, Treatment
from connector.mappings.base_shapes import SafetyShape, Shape, TextOrTexts, Texts
from connector.mappings.scalars import Amount, Currency, Day, Increment, Rate, Text, Times, Whole, YesNo
from connector.mappings.shared_shapes import (
    Dated,
    Ids,
    ProjectOptions,
    SharedOptions,
    Tracking,
    empty_is_nothing,
    map_or,
)


class BillToShape(SharedOptions):
    customer: Text
    projects: Texts = []
    ids: Ids = {}


class ProjectShape(ProjectOptions):
    ids: Ids = {}
    treatment: Dated[Treatment] | None = None
    why: Text | None = None


class ClientShape(SharedOptions):
    ids: Ids = {}
    aliases: Texts = []
    patterns: Texts = []
    book: Text | None = None
    customer: Dated[Text] | None = None
    bill_to: list[BillToShape] = []
    projects: dict[str, Annotated[ProjectShape, BeforeValidator(empty_is_nothing, json_schema_input_type=ProjectShape | None)]] = {}
    internal: YesNo = False
    closed: Day | None = None
    merged_into: Text | None = None
    segment: Text | None = None


# ---- people, work types, billing codes ----------------------------------------------------------------------------------


class PersonShape(Shape):
    role: Dated[Text] | None = None
    ids: Ids = {}
    aliases: Texts = []
    on_invoice: Text | None = None
    until: Day | None = None
    only_in: TextOrTexts = []
    hours_per_week: Amount | None = None
    tracking: Dated[Tracking] | None = None


class CostRatesShape(Shape):
    """Read so that mistakes are told; the figures go nowhere."""

    roles: dict[str, Dated[Amount]] = {}
    people: dict[str, Dated[Amount]] = {}


class WorkTypeShape(Shape):
    code: Dated[Text] | None = None
    treatment: Dated[Treatment] | None = None
    why: Text | None = None
    ids: Ids = {}
    aliases: Texts = []
    patterns: Texts = []


class TargetShape(Shape):
    item: Text | None = None
    account: Text | None = None
    tax_code: Dated[Text] | None = None
    tracking: Tracking = {}


class BillingCodeShape(BaseModel):
    """`text`, and one key for each book."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Dated[TargetShape]] = Field(init=False)
    text: Text | None = None


# ---- prices -------------------------------------------------------------------------------------------------------------


class BlockShape(BaseModel):
    """`from`, and one row for each work type (or `any`): role (or `any`) → price."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, dict[str, Rate]] = Field(init=False)
    since: Day = Field(alias="from")


class RateCardShape(Shape):
    currency: Currency
    default_for: TextOrTexts = []
    extends: Text | None = None
    blocks: list[BlockShape]


class Columns(Shape):
    """The columns a rule may name, and the days it holds."""

    project: Text | None = None
    client: Text | None = None
    work_type: Text | None = None
    person: Text | None = None
    role: Text | None = None
    since: Day | None = Field(None, alias="from")
    until: Day | None = None


class SpecialRateShape(Columns):
    rate: Rate


class MultiplierShape(Columns):
    times: Times


class CodeRuleShape(Columns):
    code: Text


class TreatmentShape(Columns):
    treatment: Treatment
    why: Text | None = None


class RoundingShape(Columns):
    increment_minutes: Increment
    direction: Literal["up", "nearest", "down"]
    minimum_minutes: Whole
    per: RoundPer


# ---- exclude, hold, and the single settings -----------------------------------------------------------------------------

Same = Literal[
    "person",
    "client",
    "project",
    "work_type",
    "task",
    "ticket",
    "site",
    "department",
    "date",
    "started",
    "ended",
    "minutes",
    "notes",
]


class ConditionShape(Shape):
    minutes: Whole | None = None
    hours_over: Amount | None = None
    hours_under: Amount | None = None
    notes: TextOrTexts = []
    same: list[Same] = []
    overlap_minutes_over: Whole | None = None
    entered_days_after: Whole | None = None
    client: TextOrTexts = []
    project: TextOrTexts = []
    work_type: TextOrTexts = []
    person: TextOrTexts = []
    tags: TextOrTexts = []
    connection: TextOrTexts = []


class EntryRuleShape(Shape):
    name: Text
    when: ConditionShape
    unless: ConditionShape | None = None
    since: Day | None = Field(None, alias="from")
    until: Day | None = None


# ---- a file -------------------------------------------------------------------------------------------------------------

ClientEntry = Annotated[ClientShape, BeforeValidator(empty_is_nothing, json_schema_input_type=ClientShape | None)]
PersonEntry = Annotated[
    Annotated[PersonShape, Tag("[map]")] | Annotated[Dated[Text], Tag("[role]")],
    Discriminator(map_or("role")),
]
WorkTypeEntry = Annotated[
    Annotated[WorkTypeShape, Tag("[map]")] | Annotated[Dated[Text], Tag("[code]")],
    Discriminator(map_or("code")),
]


class MappingFile(Shape):
    """Every top-level key; a file has any of them."""

    defaults: dict[str, SharedOptions] = {}
    default_book: Text | None = None
    clients: Annotated[dict[str, ClientEntry], BeforeValidator(empty_is_nothing)] = {}
    people: Annotated[dict[str, PersonEntry], BeforeValidator(empty_is_nothing)] = {}
    unlisted_people: Text | None = None
    cost_rates: dict[Currency, CostRatesShape] = {}
    work_types: Annotated[dict[str, WorkTypeEntry], BeforeValidator(empty_is_nothing)] = {}
    unlisted_work_types: Text | None = None
    billing_codes: dict[str, BillingCodeShape] = {}
    billing_code: list[CodeRuleShape] = []
    rate_cards: dict[str, RateCardShape] = {}
    special_rates: list[SpecialRateShape] = []
    multipliers: list[MultiplierShape] = []
    source_rates: Literal["ignore", "compare", "use"] | None = None
    exclude: list[EntryRuleShape] = []
    hold: list[EntryRuleShape] = []
    treatment: list[TreatmentShape] = []
    source_says_not_billable: Literal["veto", "ignore"] | None = None
    time_approval: Text | None = None
    rounding: list[RoundingShape] = []
    hours_places: Whole | None = None
    safety: SafetyShape | None = None
