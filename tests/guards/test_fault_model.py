"""Every row of the fault model has tests that carry its id, and docs/guarantees.md names them where they are."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IDS = (
    *(f"P{number}" for number in range(1, 8)), "S1", "M1", "M2", "N1", "N2", *(f"X{number}" for number in range(1, 9)), "C1", "C2", "W1",
    "D1", "D2", *(f"Z{number}" for number in range(1, 9)),
)  # fmt: skip
"""Pull, stage, map, intend, push, confirm, write back, daemon and upgrade, security."""
CASES = (
    "odoo_280601", "odoo_285322", "kimai_1424", "kimai_2917", "tap_harvest_18", "breeze_4624", "breeze_5180", "yesterdays_backup",
    "renamed_connection", "batch_of_30_of_which_18", "persons_line_on_our_draft", "zone_changed_after_billing",
)  # fmt: skip
"""The ready-made cases, as they stand in the names of tests."""
NAMED = re.compile(r"test_([a-z]\d)_")


def names_in(file: Path) -> list[str]:
    """The names of the test functions in a file, also those of contract classes."""
    return [
        node.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_"
    ]


@pytest.fixture(scope="module")
def named() -> dict[str, dict[str, list[str]]]:
    """Id → file under tests/ → the tests that carry it."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for file in sorted((ROOT / "tests").rglob("*.py")):
        for name in names_in(file):
            if match := NAMED.match(name):
                found[match[1].upper()][str(file.relative_to(ROOT / "tests"))].append(name)
    return found


def rows() -> dict[str, str]:
    """Id → the row of docs/guarantees.md that begins with it."""
    text = (ROOT / "docs/guarantees.md").read_text("utf-8")
    return {match[1]: match[0] for match in re.finditer(r"^\| ([A-Z]\d) \|.*$", text, re.MULTILINE) if match[1] in IDS}


@pytest.mark.parametrize("fault", IDS)
def test_a_row_of_the_fault_model_has_a_test_of_its_name(named, fault) -> None:
    assert named[fault], f"no test is called test_{fault.lower()}_…"


@pytest.mark.parametrize("fault", IDS)
def test_the_guarantees_name_every_place_where_a_row_is_tested(named, fault) -> None:
    told = set(re.findall(r"`tests/([a-z0-9_/]+\.py)`", rows()[fault]))
    assert told == set(named[fault]), f"the row {fault} of docs/guarantees.md names other files than those with test_{fault.lower()}_…"


def test_a_test_carries_no_id_that_there_is_not(named) -> None:
    assert named.keys() <= set(IDS) | {"I1"}


@pytest.mark.parametrize("case", CASES)
def test_a_ready_made_case_has_a_test_of_its_name(case) -> None:
    names = [name for file in (ROOT / "tests/cases").glob("test_*.py") for name in names_in(file)]
    assert [name for name in names if case in name]
