"""Xero's own client, on the emulator served over a real socket."""

import datetime as dt
from decimal import Decimal

import pytest
from xero_python.accounting import AccountingApi, Contact, Invoice, Invoices, LineItem
from xero_python.api_client import ApiClient, Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import AccountingBadRequestException, RateLimitException

from connector.sandbox import Mount, Served


@pytest.fixture
def sdk(xero, monkeypatch):
    """The vendor's AccountingApi with tokens that a person has agreed to."""
    mount = Mount(xero.emulator, clock=xero.clock, prefix="/xero")
    held = {**xero.emulator.identity.consent(), "id_token": None}
    held["scope"] = held["scope"].split()
    with Served([mount]) as served:
        base = f"{served.base_url}/xero"
        for name in ("refresh_token_url", "client_credentials_token_url"):
            monkeypatch.setattr(TokenApi, name, f"{base}/connect/token")
        credentials = OAuth2Token(client_id="emulated-client", client_secret="emulated-secret")
        client = ApiClient(Configuration(oauth2_token=credentials), pool_threads=1)
        client.oauth2_token_getter(lambda: held)
        client.oauth2_token_saver(held.update)
        yield AccountingApi(client, base_url=f"{base}/api.xro/2.0")
        client.rest_client.pool_manager.clear()


def an_invoice(xero, number="SDK-1"):
    return Invoices(
        invoices=[
            Invoice(
                type="ACCREC",
                contact=Contact(contact_id=xero.contact_id()),
                invoice_number=number,
                date=dt.date(2026, 6, 30),
                due_date=dt.date(2026, 7, 20),
                line_items=[LineItem(description="Support", quantity=1.25, unit_amount=150.1234, item_code="SUP")],
            )
        ]
    )


def test_the_vendors_client_creates_and_reads_an_invoice(xero, sdk):
    tenant = xero.emulator.tenant_id
    made = sdk.create_invoices(tenant, an_invoice(xero), summarize_errors=False, unitdp=4, idempotency_key="k1")
    (created,) = made.invoices
    (read,) = sdk.get_invoice(tenant, created.invoice_id, unitdp=4).invoices
    assert (read.invoice_number, read.status, read.date) == ("SDK-1", "DRAFT", dt.date(2026, 6, 30))
    assert (Decimal(str(read.sub_total)), Decimal(str(read.total_tax))) == (Decimal("187.65"), Decimal("28.15"))
    assert read.line_items[0].line_item_id == created.line_items[0].line_item_id
    assert read.updated_date_utc.tzinfo is not None


def test_the_vendors_client_reads_who_did_what(xero, sdk):
    made = xero.made()
    xero.people.edit("HB-1", reference="PO-9")
    edited, created = sdk.get_invoice_history(xero.emulator.tenant_id, made["InvoiceID"]).history_records
    assert (edited.changes, edited.user, created.changes, created.user) == ("Edited", "Mere Tane", "Created", "System Generated")
    assert edited.date_utc == xero.people.invoice("HB-1").updated_at


def test_the_vendors_client_lists_finds_and_voids(xero, sdk):
    tenant = xero.emulator.tenant_id
    sdk.create_invoices(tenant, an_invoice(xero), summarize_errors=False)
    (found,) = sdk.get_invoices(tenant, invoice_numbers=["SDK-1"], page=1, created_by_my_app=True).invoices
    gone = Invoices(invoices=[Invoice(invoice_id=found.invoice_id, status="DELETED")])
    sdk.update_or_create_invoices(tenant, gone, summarize_errors=False)
    assert xero.emulator.invoices("SDK-1")[0].status == "DELETED"
    assert len(sdk.get_contacts(tenant, page=1).contacts) == 3
    assert sdk.get_organisations(tenant).organisations[0].name == "Kea Networks"
    assert {rate.tax_type for rate in sdk.get_tax_rates(tenant).tax_rates} >= {"OUTPUT2", "ZERORATED"}


def test_the_vendors_client_understands_refusals_and_limits(xero, sdk):
    tenant = xero.emulator.tenant_id
    sdk.create_invoices(tenant, an_invoice(xero), summarize_errors=False)
    with pytest.raises(AccountingBadRequestException, match="must be unique"):
        sdk.create_invoices(tenant, an_invoice(xero), summarize_errors=True)
    xero.emulator.limits.day_max = 0
    # A POST: urllib3 below the client sleeps out any Retry-After of a GET or a PUT by itself.
    with pytest.raises(RateLimitException) as limited:
        sdk.update_or_create_invoices(tenant, an_invoice(xero), summarize_errors=False)
    assert limited.value.rate_limit == "day"


def test_the_vendors_client_refreshes_its_tokens(xero, sdk):
    client = sdk.api_client
    before = client.get_oauth2_token()["refresh_token"]
    client.refresh_oauth2_token()
    assert client.get_oauth2_token()["refresh_token"] != before
    assert sdk.get_organisations(xero.emulator.tenant_id).organisations[0].base_currency
