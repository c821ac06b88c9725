"""What config.yaml may say, as pydantic models over text."""
# ruff: noqa: RUF012  # pydantic copies mutable defaults; ruff sees only the base class of another file

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from connector.mappings.base_shapes import SafetyShape, Shape, TextOrTexts
from connector.mappings.scalars import Amount, Day, Text, Whole, YesNo
from connector.mappings.validation import problems_of
from connector.settings.checks import is_secret
from connector.strict_yaml import Document, Problem, Tree

LOOK_BACK_DAYS = 62


class ConnectionShape(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)
    kind: Text
    allow_private: YesNo = False


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


class ConfigShape(Shape):
    state: Text = "sqlite:///hourbridge.db"
    mappings: TextOrTexts = ["mappings"]
    connections: dict[str, ConnectionShape]
    books: dict[str, BookShape]


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
