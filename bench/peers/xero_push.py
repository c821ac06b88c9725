"""Invoices of 8 lines through xero-python, as its users send them (`python xero_push.py ADDRESS IDS INVOICES one|batch`)."""

import datetime as dt
import json
import sys
from pathlib import Path

from xero_python.accounting import AccountingApi, Contact, Invoice, Invoices, LineItem
from xero_python.api_client import ApiClient, Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi

PER_CALL = 50


def main() -> int:
    address, ids, invoices, way = sys.argv[1], json.loads(Path(sys.argv[2]).read_text("utf-8")), int(sys.argv[3]), sys.argv[4]
    TokenApi.refresh_token_url = TokenApi.client_credentials_token_url = f"{address}/connect/token"
    tokens = {**ids["tokens"], "id_token": None, "scope": ids["tokens"]["scope"].split()}
    client = ApiClient(
        Configuration(oauth2_token=OAuth2Token(client_id="emulated-client", client_secret="emulated-secret")), pool_threads=1
    )
    client.oauth2_token_getter(lambda: tokens)
    client.oauth2_token_saver(tokens.update)
    api, step = AccountingApi(client, base_url=f"{address}/api.xro/2.0"), 1 if way == "one" else PER_CALL
    made = [invoice(ids, number) for number in range(invoices)]
    for start in range(0, len(made), step):
        done = api.create_invoices(ids["company"], Invoices(invoices=made[start : start + step]), summarize_errors=False)
        assert all(one.status_attribute_string != "ERROR" for one in done.invoices)
    return 0


def invoice(ids: dict[str, list[str]], number: int) -> Invoice:
    lines = [
        LineItem(description=f"Task {index}, January 2025", quantity=1 + index / 4, unit_amount=120, account_code=code, tax_type="NONE")
        for index, code in enumerate(ids["targets"])
    ]
    return Invoice(
        type="ACCREC", contact=Contact(contact_id=ids["clients"][number % len(ids["clients"])]), invoice_number=f"SDK-{number:04}",
        date=dt.date(2025, 1, 31), due_date=dt.date(2025, 3, 2), line_items=lines,
    )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
