"""Names for what a book goes by ids for, and codes for what people know by its code."""

from datetime import date
from decimal import Decimal

import pytest

from connector.model import Account, Catalogue, Item, Line, Target, TaxCode, TrackingCategory
from connector.reports.called import Called, called_in

BY_ID = Catalogue(
    company_id="9", items=(Item(id="17", code="17", name="Services:Support"),), accounts=(Account(id="81", code="81", name="Sales"),),
    tax_codes=(TaxCode(code="5", name="20.0% S"), TaxCode(code="NON", name="Non-taxable")),
    tracking=(TrackingCategory(id="Class", name="Class", options={"MSP": "5001"}, by_id=True),),
)  # fmt: skip
BY_CODE = Catalogue(
    company_id="9", items=(Item(id="4c8b", code="SUP", name="Support"),), accounts=(Account(id="77aa", code="205", name="Project fees"),),
    tax_codes=(TaxCode(code="OUTPUT2", name="15% GST on Income"),),
    tracking=(TrackingCategory(id="d1", name="Department", options={"Projects": "o1"}),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("catalogue", "kind", "code", "told"),
    [
        (BY_ID, "item", "17", "item Services:Support"),
        (BY_ID, "account", "81", "account Sales"),
        (BY_ID, "account", "17", "account 17"),
        (BY_ID, "item", "18", "item 18"),
        (BY_CODE, "item", "SUP", "item SUP"),
        (BY_CODE, "account", "205", "account 205"),
        (None, "item", "17", "item 17"),
    ],
)
def test_a_target_is_called_by_its_name_where_its_code_is_an_id(catalogue, kind, code, told):
    assert called_in(catalogue).target(kind, code) == told


def test_a_tax_code_of_digits_is_called_by_its_name():
    assert [called_in(BY_ID).tax(code) for code in ("5", "6", "NON", "")] == ["20.0% S", "6", "NON", ""]
    assert called_in(BY_CODE).tax("OUTPUT2") == "OUTPUT2"


def test_options_are_called_by_their_names():
    line = Line(
        description="Support", quantity=Decimal(1), price=Decimal(2), net=Decimal(2), target=Target("item", "17"),
        service_from=date(2026, 6, 1), service_to=date(2026, 6, 1), tracking=(("Class", "5001"), ("Department", "Projects")),
    )  # fmt: skip
    assert called_in(BY_ID).tracking(line) == {"Class": "MSP", "Department": "Projects"}
    assert called_in(BY_CODE).tracking(line) == Called().tracking(line) == {"Class": "5001", "Department": "Projects"}
