"""What mapping files and config.yaml share: maps with known keys, lists of texts, safety bounds. Cheap to import: every command does."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from connector.mappings.scalars import Amount, Number, Text, Whole


class Shape(BaseModel):
    """A map with known keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _one_is_a_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = list[Text]
TextOrTexts = Annotated[Texts, BeforeValidator(_one_is_a_list, json_schema_input_type=Text | Texts)]


def _bound(value: Any) -> Any:
    return None if value == "none" else value


Bound = BeforeValidator(_bound, json_schema_input_type=Number | Literal["none"])


class SafetyShape(Shape):
    """`none` takes a bound away."""

    client_total_over_last_month: Annotated[Amount | None, Bound] = None
    documents_per_client_and_period: Annotated[Whole | None, Bound] = None
    changed_documents_percent: Annotated[Amount | None, Bound] = None
    decided_over_worked: Annotated[Amount | None, Bound] = None
