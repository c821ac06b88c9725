"""A firm on each company that can have what a case is about."""

from collections.abc import Iterator

import pytest

from tests.cases.firm import CaseFirm, TrackedFirm, company

ALL = ("memory", "quickbooks", "xero")


@pytest.fixture(params=ALL)
def firm(request, tmp_path, monkeypatch) -> Iterator[CaseFirm]:
    with company(request.param, tmp_path, monkeypatch) as bench:
        yield CaseFirm(bench)


@pytest.fixture(params=["memory", "xero"])
def drafting(request, tmp_path, monkeypatch) -> Iterator[CaseFirm]:
    """Where a document can be there without being posted."""
    with company(request.param, tmp_path, monkeypatch) as bench:
        yield CaseFirm(bench)


@pytest.fixture
def quickbooks(tmp_path, monkeypatch) -> Iterator[CaseFirm]:
    with company("quickbooks", tmp_path, monkeypatch) as bench:
        yield CaseFirm(bench)


@pytest.fixture(params=ALL)
def tracked(request, tmp_path, monkeypatch) -> Iterator[TrackedFirm]:
    with company(request.param, tmp_path, monkeypatch) as bench:
        yield TrackedFirm(bench)
