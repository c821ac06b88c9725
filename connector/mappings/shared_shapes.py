"""The keys that defaults, clients, projects and bill-tos share, and how any value is dated: pydantic models over text."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeAlias, TypeVar

from pydantic import Discriminator, Field, Tag

from connector.core.mapping import Every, Incomplete, LateTime, LinePer, Per
from connector.mappings.base_shapes import Shape
from connector.mappings.scalars import Amount, Currency, Day, InvoiceDate, Terms, Text, YesNo
from connector.model import Amounts, SendAs

T = TypeVar("T")


class Spell(Shape, Generic[T]):
    """`{from, until, is}`: a value and the days it holds; `until` is the last one."""

    since: Day | None = Field(None, alias="from")
    until: Day | None = None
    value: T = Field(alias="is")


def _is_dated(value: Any) -> str:
    dated = isinstance(value, list) and any(isinstance(item, dict) for item in value)
    return "[dated]" if dated else "[plain]"


if TYPE_CHECKING:
    Dated: TypeAlias = list[Spell[T]] | T
else:

    class Dated:
        """`x`, or `[{from, until, is: x}, …]`. The bracketed tags never collide with what a file says.

        A class and no alias: `typing` does not put a type into the generic pydantic model inside an alias, and what is dated
        would go unchecked.
        """

        def __class_getitem__(cls, said: Any) -> Any:
            dated = Annotated[list[Spell[said]], Tag("[dated]")]
            return Annotated[dated | Annotated[said, Tag("[plain]")], Discriminator(_is_dated)]


def map_or(word: str) -> Callable[[Any], str]:
    return lambda value: "[map]" if isinstance(value, dict) else f"[{word}]"


def empty_is_nothing(value: Any) -> Any:
    return {} if value is None else value


Tracking = dict[str, Text]
Ids = dict[str, Text]


# ---- the keys that defaults, clients, projects and bill-tos share -------------------------------------------------------


class DocumentShape(Shape):
    per: Dated[Per] | None = None
    every: Dated[Every] | None = None


class LinesShape(Shape):
    one_per: Dated[list[LinePer]] | None = None
    text: Dated[Text] | None = None


class ProjectOptions(Shape):
    """What a single project may say for itself."""

    tax_code: Dated[Text] | None = None
    tracking: Dated[Tracking] | None = None
    po: Dated[Text] | None = None
    po_required: Dated[YesNo] | None = None
    document: Dated[DocumentShape] | None = None
    lines: Dated[LinesShape] | None = None
    show: Dated[list[Literal["no_charge", "covered"]]] | None = None


class SharedOptions(ProjectOptions):
    """What a book's defaults, a client and a bill-to may say."""

    currency: Dated[Currency] | None = None
    amounts: Dated[Amounts] | None = None
    terms: Dated[Terms] | None = None
    terms_if_none: Dated[Terms] | None = None
    invoice_date: Dated[InvoiceDate] | None = None
    number: Dated[Text] | None = None
    send_as: Dated[SendAs] | None = None
    late_time: Dated[LateTime] | None = None
    incomplete: Dated[Incomplete] | None = None
    minimum_document: Dated[Amount] | None = None
    net_zero: Dated[Literal["hold", "send"]] | None = None
    net_negative: Dated[Literal["credit_note", "carry"]] | None = None
    rate_card: Dated[Text] | None = None
