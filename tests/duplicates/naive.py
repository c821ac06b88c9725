"""The usual user code: a call of the vendor's SDK, repeated while it fails. Each client is given jobs and a company, and says nothing more.

They call the API as the SDKs do: no number of their own (the vendor gives one), the job named in the document's own note.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import httpx

from tests.duplicates.companies import QuickBooksCompany, XeroCompany

ATTEMPTS_MAX = 12
WAIT_S = 0.1
"""Between two attempts: as `tenacity.wait_fixed` in much user code."""


def retried(wait: Callable[[float], None], call: Callable[[], httpx.Response]) -> httpx.Response | None:
    """The answer, after as many attempts as it takes; None where none came."""
    for _ in range(ATTEMPTS_MAX):
        try:
            answer = call()
            if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                answer.json()
                return answer
        except (httpx.TransportError, ValueError):
            pass
        wait(WAIT_S)
    return None


def stable(job: str) -> str:
    return str(uuid5(NAMESPACE_OID, job))


def batches(jobs: Sequence[str], size: int) -> list[Sequence[str]]:
    return [jobs[start : start + size] for start in range(0, len(jobs), size)]


def save_each(company: QuickBooksCompany, jobs: Sequence[str], *, keyed: bool = False) -> None:
    """python-quickbooks: `invoice.save()`, repeated. `keyed`: with the same request id each time."""
    for job in jobs:
        params = {"requestid": stable(job)} if keyed else {}
        retried(company.wait, lambda job=job, params=params: company.post("invoice", company.element(job), **params))  # type: ignore[misc]


def save_in_batches(company: QuickBooksCompany, jobs: Sequence[str]) -> None:
    """python-quickbooks: `batch_create(invoices)`, repeated; which of them were refused (`BatchResponse.faults`) nobody looks at."""
    for some in batches(jobs, 30):
        items = [{"bId": str(number), "operation": "create", "Invoice": company.element(job)} for number, job in enumerate(some)]
        retried(company.wait, lambda items=items: company.post("batch", {"BatchItemRequest": items}))  # type: ignore[misc]


def put_fifty(company: XeroCompany, jobs: Sequence[str], *, keyed: bool = False) -> None:
    """xero-python: `create_invoices` with 50 at a time, repeated. `keyed`: with the same idempotency key each time."""
    for some in batches(jobs, 50):
        elements = [company.element(job) for job in some]
        key = stable(json.dumps(list(some))) if keyed else ""
        retried(company.wait, lambda elements=elements, key=key: company.put(elements, key))  # type: ignore[misc]


Client = Callable[[Any, Sequence[str]], None]
