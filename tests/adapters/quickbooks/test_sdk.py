"""python-quickbooks and Intuit's own OAuth client, on the emulator served over a real socket."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from intuitlib.client import AuthClient
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks
from quickbooks.batch import batch_create
from quickbooks.exceptions import QuickbooksException
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.preferences import Preferences

from connector.sandbox import Mount, Served
from tests.adapters.quickbooks.calling import Company


@pytest.fixture
def served(company: Company) -> Iterator[str]:
    with Served([Mount(company.emulator, clock=company.clock)]) as running:
        yield running.base_url


@pytest.fixture
def auth(company: Company, served: str, monkeypatch: pytest.MonkeyPatch) -> AuthClient:
    """Tokens that a person has agreed to; the library wants https unless told."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    held = company.emulator.identity.consent()
    discovery = f"{served}/.well-known/openid_configuration"
    return AuthClient(
        "emulated-client", "emulated-secret", "http://127.0.0.1/callback", discovery,
        access_token=held["access_token"], refresh_token=held["refresh_token"], realm_id=company.emulator.realm_id,
    )  # fmt: skip


@pytest.fixture
def client(served: str, auth: AuthClient, monkeypatch: pytest.MonkeyPatch) -> QuickBooks:
    for name in ("api_url_v3", "sandbox_api_url_v3"):
        monkeypatch.setattr(QuickBooks, name, f"{served}/v3")
    return QuickBooks(auth_client=auth, refresh_token=auth.refresh_token, company_id=auth.realm_id, minorversion=75, use_decimal=True)


def an_invoice(company: Company, number: str = "SDK-1") -> Invoice:
    detail = SalesItemLineDetail()
    detail.ItemRef = {"value": company.people.item("Services:Support").id}
    detail.Qty, detail.UnitPrice, detail.TaxCodeRef = 1.25, 150.12, {"value": "TAX"}
    line = SalesItemLine()
    line.Amount, line.Description, line.SalesItemLineDetail = 187.65, "Support", detail
    invoice = Invoice()
    invoice.DocNumber, invoice.TxnDate, invoice.DueDate = number, "2026-06-30", "2026-07-15"
    invoice.CustomerRef = {"value": company.people.customer("Prairie Dental").id}
    invoice.Line = [line]
    return invoice


def test_the_client_makes_and_reads_an_invoice(company, client):
    made = an_invoice(company).save(qb=client, request_id="sdk-request-1")
    read = Invoice.get(made.Id, qb=client)
    assert (read.DocNumber, read.DueDate, read.SyncToken) == ("SDK-1", "2026-07-15", "0")
    assert (Decimal(read.TotalAmt), Decimal(read.TxnTaxDetail.TotalTax)) == (Decimal("203.13"), Decimal("15.48"))
    assert read.Line[0].SalesItemLineDetail.ItemRef.name == "Services:Support"


def test_the_same_request_id_makes_one_invoice(company, client):
    first = an_invoice(company).save(qb=client, request_id="sdk-request-1")
    again = an_invoice(company).save(qb=client, request_id="sdk-request-1")
    assert again.Id == first.Id
    assert len(company.emulator.ledger) == 1


def test_the_client_finds_amends_voids_and_deletes(company, client):
    an_invoice(company).save(qb=client)
    (found,) = Invoice.filter(DocNumber="SDK-1", qb=client)
    found.PrivateNote = "seen"
    found.save(qb=client)
    assert company.emulator.invoices("SDK-1")[0].private_note == "seen"
    Invoice.get(found.Id, qb=client).void(qb=client)
    assert company.emulator.invoices("SDK-1")[0].voided
    other = an_invoice(company, "SDK-2").save(qb=client)
    other.delete(qb=client)
    assert Invoice.filter(DocNumber="SDK-2", qb=client) == []


def test_the_client_lists_what_a_mapping_names(company, client):
    assert {one.DisplayName for one in Customer.all(qb=client)} == {"Prairie Dental", "Quarry Lane Church", "Cedar & O'Neil"}
    assert Customer.count("Active in (true, false)", qb=client) == 4
    (found,) = Customer.filter(DisplayName="Cedar & O'Neil", qb=client)
    assert found.Active
    assert Preferences.get(qb=client).SalesFormsPrefs.CustomTxnNumbers is True


def test_the_client_works_in_batches(company, client):
    made = batch_create([an_invoice(company, "SDK-1"), an_invoice(company, "SDK-2"), an_invoice(company, "SDK-1")], qb=client)
    assert [one.DocNumber for one in made.successes] == ["SDK-1", "SDK-2"]
    assert [error.code for one in made.faults for error in one.Error] == ["6140"]


def test_the_client_understands_refusals(company, client):
    an_invoice(company).save(qb=client)
    with pytest.raises(QuickbooksException, match="Duplicate") as refused:
        an_invoice(company).save(qb=client)
    assert refused.value.error_code == 6140
    wrong = an_invoice(company, "SDK-2")
    wrong.Line[0].Amount = 187.64
    with pytest.raises(QuickbooksException) as refused:
        wrong.save(qb=client)
    assert refused.value.error_code == 6070


def test_intuits_client_refreshes_and_is_told_when_it_comes_too_late(company, auth):
    first = auth.refresh_token
    company.clock.advance(hours=25)
    auth.refresh()
    assert auth.refresh_token != first
    assert company.emulator.identity.tokens.refresh[first].superseded
    auth.refresh_token = first
    with pytest.raises(AuthClientError, match="invalid_grant"):
        auth.refresh()
