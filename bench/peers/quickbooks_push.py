"""Invoices of 8 lines through python-quickbooks, as its users send them (`python quickbooks_push.py ADDRESS IDS INVOICES one|batch`)."""

import json
import os
import sys
from pathlib import Path

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the library wants https unless told

from intuitlib.client import AuthClient
from quickbooks import QuickBooks
from quickbooks.batch import batch_create
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.invoice import Invoice

PER_BATCH = 30


def main() -> int:
    address, ids, invoices, way = sys.argv[1], json.loads(Path(sys.argv[2]).read_text("utf-8")), int(sys.argv[3]), sys.argv[4]
    QuickBooks.api_url_v3 = QuickBooks.sandbox_api_url_v3 = f"{address}/v3"
    tokens = ids["tokens"]
    auth = AuthClient(
        "emulated-client", "emulated-secret", "http://127.0.0.1/callback", f"{address}/.well-known/openid_configuration",
        access_token=tokens["access_token"], refresh_token=tokens["refresh_token"], realm_id=ids["company"],
    )  # fmt: skip
    client = QuickBooks(auth_client=auth, refresh_token=auth.refresh_token, company_id=auth.realm_id, minorversion=75, use_decimal=True)
    made = [invoice(ids, number) for number in range(invoices)]
    if way == "one":
        for one in made:
            one.save(qb=client)
    else:
        for start in range(0, len(made), PER_BATCH):
            done = batch_create(made[start : start + PER_BATCH], qb=client)
            assert not done.faults, done.faults
    return 0


def invoice(ids: dict[str, list[str]], number: int) -> Invoice:
    made = Invoice()
    made.DocNumber, made.TxnDate, made.DueDate = f"SDK-{number:04}", "2025-01-31", "2025-03-02"
    made.CustomerRef = {"value": ids["clients"][number % len(ids["clients"])]}
    made.Line = [line(item, index) for index, item in enumerate(ids["targets"])]
    return made


def line(item: str, index: int) -> SalesItemLine:
    detail = SalesItemLineDetail()
    detail.ItemRef, detail.TaxCodeRef = {"value": item}, {"value": "NON"}
    detail.Qty, detail.UnitPrice = 1 + index / 4, 120
    made = SalesItemLine()
    made.Amount, made.Description, made.SalesItemLineDetail = 120 * (1 + index / 4), f"Task {index}, January 2025", detail
    return made


if __name__ == "__main__":
    raise SystemExit(main())
