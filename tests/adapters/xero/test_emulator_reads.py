"""Listings: what they filter by, what they leave out, how they page."""

from datetime import date

import pytest

from tests.adapters.xero.calling import exact, line


def numbers(response) -> list[str]:
    return [one["InvoiceNumber"] for one in exact(response)["Invoices"]]


def test_a_listing_without_a_page_has_no_lines(xero):
    xero.made()
    (bare,) = exact(xero.get("Invoices"))["Invoices"]
    (whole,) = exact(xero.get("Invoices?page=1"))["Invoices"]
    assert (bare["LineItems"], bare["SubTotal"]) == ([], whole["SubTotal"])
    assert len(whole["LineItems"]) == 1


def test_a_document_read_by_id_has_its_lines(xero):
    made = xero.made()
    assert xero.one(made["InvoiceID"])["LineItems"] == made["LineItems"]


def test_a_document_that_never_was_is_404(xero):
    assert xero.get("Invoices/00000000-0000-0000-0000-00000000dead").status_code == 404


def test_documents_are_found_by_number_in_every_status_and_type(xero):
    xero.made()
    xero.people.delete("HB-1")
    xero.made()
    xero.people.add_invoice("HB-1", "Kauri Dental", kind="ACCPAY")
    xero.made("HB-2")
    found = exact(xero.get("Invoices?InvoiceNumbers=HB-1,HB-7&page=1"))["Invoices"]
    assert [(one["Type"], one["Status"]) for one in found] == [
        ("ACCREC", "DELETED"),
        ("ACCREC", "DRAFT"),
        ("ACCPAY", "DRAFT"),
    ]
    assert len(exact(xero.get('Invoices?InvoiceNumbers=HB-1&where=Type=="ACCREC"&page=1'))["Invoices"]) == 2


def test_our_own_documents_are_told_from_others(xero):
    xero.made()
    xero.people.add_invoice("STRANGER", "Rata Legal")
    xero.people.edit("HB-1", reference="touched")
    assert numbers(xero.get("Invoices?createdByMyApp=True")) == ["HB-1"]
    assert sorted(numbers(xero.get("Invoices?createdByMyApp=false"))) == ["HB-1", "STRANGER"]


def test_statuses_ids_and_contacts_filter(xero):
    made = xero.made()
    xero.made("HB-2", Status="AUTHORISED", Contact={"Name": "Rata Legal"})
    assert numbers(xero.get("Invoices?Statuses=AUTHORISED,VOIDED")) == ["HB-2"]
    assert numbers(xero.get(f"Invoices?IDs={made['InvoiceID']}")) == ["HB-1"]
    assert numbers(xero.get(f"Invoices?ContactIDs={xero.contact_id('Rata Legal')}")) == ["HB-2"]
    assert numbers(xero.get("Invoices?searchTerm=hb-2")) == ["HB-2"]


def test_only_what_changed_since_is_listed(xero):
    xero.made()
    xero.made("HB-2")
    xero.clock.advance(minutes=5)
    since = xero.clock.now().isoformat().replace("+00:00", "Z")
    assert numbers(xero.get("Invoices?page=1", **{"If-Modified-Since": since})) == []
    xero.people.edit("HB-1", reference="touched")
    assert numbers(xero.get("Invoices?page=1", **{"If-Modified-Since": since})) == ["HB-1"]


def test_the_stamp_moves_with_every_change_and_has_both_forms(xero):
    made = xero.made()
    xero.clock.advance(minutes=1)
    xero.people.mark_sent("HB-1")
    now = xero.one(made["InvoiceID"])
    assert now["SentToContact"] is True
    assert now["UpdatedDateUTC"] > made["UpdatedDateUTC"]
    assert (now["UpdatedDateUTC"][:6], now["UpdatedDateUTCString"]) == ("/Date(", "2026-07-01T09:01:00Z")
    assert now["UpdatedDateUTC"].endswith("+0000)/")


def test_pages_are_whole_and_counted(xero):
    exact(xero.put(*[xero.element(f"HB-{number}") for number in range(1, 6)]))
    pages = [exact(xero.get(f"Invoices?page={page}&pageSize=2&order=InvoiceNumber ASC")) for page in (1, 2, 3, 4)]
    assert [[one["InvoiceNumber"] for one in page["Invoices"]] for page in pages] == [
        ["HB-1", "HB-2"],
        ["HB-3", "HB-4"],
        ["HB-5"],
        [],
    ]
    assert pages[0]["pagination"] == {"page": 1, "pageSize": 2, "pageCount": 3, "itemCount": 5}


def test_a_listing_is_ordered_as_asked(xero):
    xero.made("HB-2")
    xero.made("HB-1")
    assert numbers(xero.get("Invoices")) == ["HB-2", "HB-1"]
    assert numbers(xero.get("Invoices?order=InvoiceNumber")) == ["HB-1", "HB-2"]
    assert numbers(xero.get("Invoices?order=UpdatedDateUTC DESC")) == ["HB-1", "HB-2"]


def test_a_summary_has_no_lines(xero):
    xero.made()
    assert exact(xero.get("Invoices?page=1&summaryOnly=true"))["Invoices"][0]["LineItems"] == []


def test_a_date_filter(xero):
    xero.made("HB-1", Date="2026-05-31")
    xero.made("HB-2", Date="2026-06-30")
    where = 'Type=="ACCREC" AND Date>=DateTime(2026, 06, 01)'
    assert numbers(xero.get(f"Invoices?where={where}")) == ["HB-2"]


@pytest.mark.parametrize(
    "target",
    ["Invoices?Numbers=HB-1", "Invoices?where=Total>5", "Invoices?order=Total", "Items?page=1", "Contacts?page=0"],
)
def test_what_the_emulator_does_not_know_is_refused_and_not_ignored(xero, target):
    status, _, text = xero.emulator.answer("GET", f"/api.xro/2.0/{target}", dict(xero.http.headers), b"")
    assert status == 400, text


def test_contacts_leave_out_the_archived_unless_asked(xero):
    shown = exact(xero.get("Contacts"))["Contacts"]
    assert [one["Name"] for one in shown] == ["Kauri Dental", "Rata Legal", "Totara Pty Ltd"]
    every = exact(xero.get("Contacts?includeArchived=true&page=1&pageSize=3"))
    assert every["pagination"]["itemCount"] == 4
    assert shown[0]["PaymentTerms"] == {"Sales": {"Day": 14, "Type": "DAYSAFTERBILLDATE"}}
    assert (shown[1]["ContactNumber"], shown[2]["DefaultCurrency"]) == ("C-002", "AUD")


def test_a_merged_contact_points_to_the_survivor(xero):
    made = xero.made()
    gone, survivor = xero.contact_id("Kauri Dental"), xero.contact_id("Rata Legal")
    xero.people.merge_contact("Kauri Dental", "Rata Legal")
    (shown,) = exact(xero.get(f"Contacts?IDs={gone}"))["Contacts"]
    assert (shown["ContactStatus"], shown["MergedToContactID"]) == ("ARCHIVED", survivor)
    assert xero.one(made["InvoiceID"])["Contact"]["ContactID"] == survivor


def test_items_accounts_and_contacts_tell_what_changed_since(xero):
    xero.clock.advance(minutes=10)
    since = {"If-Modified-Since": xero.clock.now().isoformat().replace("+00:00", "Z")}
    xero.people.archive_account("205")
    xero.people.rename_contact("Rata Legal", "Rata & Co")
    assert exact(xero.get("Items", **since))["Items"] == []
    assert [one["Code"] for one in exact(xero.get("Accounts", **since))["Accounts"]] == ["205"]
    assert [one["Name"] for one in exact(xero.get("Contacts", **since))["Contacts"]] == ["Rata & Co"]
    assert len(exact(xero.get("Accounts"))["Accounts"]) == 3


def test_the_settings_of_the_company(xero):
    xero.people.lock(date(2026, 3, 31), year_end=True)
    (organisation,) = exact(xero.get("Organisation"))["Organisations"]
    assert (organisation["BaseCurrency"], organisation["Timezone"]) == ("NZD", "NEWZEALANDSTANDARDTIME")
    assert organisation["EndOfYearLockDate"] == "/Date(1774915200000+0000)/"
    assert "PeriodLockDate" not in organisation
    rates = {one["Name"]: one["EffectiveRate"] for one in exact(xero.get("TaxRates"))["TaxRates"]}
    assert rates == {"15% GST on Income": 15, "15% GST on Expenses": 15, "Zero Rated": 0, "No GST": 0}
    assert [one["Code"] for one in exact(xero.get("Currencies"))["Currencies"]] == ["NZD", "AUD"]
    assert [one["Name"] for one in exact(xero.get("BrandingThemes"))["BrandingThemes"]] == ["Standard"]
    region, team = exact(xero.get("TrackingCategories"))["TrackingCategories"]
    assert [option["Name"] for option in region["Options"]] == ["North", "South"]
    assert team["Name"] == "Team"


def test_a_deleted_item_is_gone_and_refused(xero):
    xero.people.delete_item("SUP")
    assert [one["Code"] for one in exact(xero.get("Items"))["Items"]] == ["GIFT"]
    (refused,) = exact(xero.put(xero.element(LineItems=[line()])))["Invoices"]
    assert refused["ValidationErrors"] == [{"Message": "Item code 'SUP' is not valid"}]
