"""An adapter without its contract suite is not an adapter: found by folders and class names, so that nobody has to remember."""

import importlib
import inspect
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = {"source.py": "SourceContract", "sink.py": "SinkContract"}
SIDES = sorted((path.parent.name, path.name) for side in CONTRACTS for path in ROOT.glob(f"adapters/*/{side}"))


def contracts_of(kind: str) -> list[type]:
    """The test classes that pytest would collect from an adapter's `test_contract.py`."""
    if not (ROOT / "tests" / "adapters" / kind / "test_contract.py").exists():
        return []
    module = importlib.import_module(f"tests.adapters.{kind}.test_contract")
    return [found for name, found in inspect.getmembers(module, inspect.isclass) if name.startswith("Test")]


def fulfils(found: type, contract: str) -> bool:
    return any(base.__name__ == contract for base in found.__mro__[1:])


def test_adapters_are_found():
    assert ("csv_file", "source.py") in SIDES


@pytest.mark.parametrize(("kind", "side"), SIDES)
def test_an_adapter_has_its_contract(kind, side):
    contract = CONTRACTS[side]
    assert any(fulfils(found, contract) for found in contracts_of(kind)), (
        f"adapters/{kind}/{side} has no contract test: add a subclass of {contract} named Test… to tests/adapters/{kind}/test_contract.py"
    )


def test_an_adapter_without_tests_has_no_contract():
    assert contracts_of("no_such_adapter") == []


def test_a_class_of_another_contract_does_not_count():
    class SinkContract: ...

    class TestSomething(SinkContract): ...

    assert fulfils(TestSomething, "SinkContract")
    assert not fulfils(TestSomething, "SourceContract")
    assert not fulfils(SinkContract, "SinkContract")
