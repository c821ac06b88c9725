"""Ready-made cases of other programs, played on ours: what was billed twice, not at all, or with a cent too many."""

from datetime import date
from decimal import Decimal

import pytest

from connector.errors import UnsafePlanError
from tests.cases.firm import CEDAR, JULY, JUNE, CaseFirm, TrackedFirm

D = Decimal


# ---- odoo#280601: June billed twice after a partial refund ------------------------------------------------------------------------------


@pytest.fixture
def refunded(firm: CaseFirm) -> CaseFirm:
    """4.5 h and 3.5 h at 100.00 are billed and posted: 8.00 h, 800.00."""
    firm.work("june", CEDAR, hours="4.5", on=date(2026, 6, 15))
    firm.work("late june", CEDAR, hours="3.5", on=date(2026, 6, 23))
    firm.bill()
    assert (firm.hours_there(), firm.net_there()) == (8, 800)
    return firm


def test_odoo_280601_june_is_not_billed_again_after_a_person_refunds_a_part_of_it(refunded: CaseFirm) -> None:
    """odoo#280601: 4.5 h + 3.5 h are invoiced (8 h), a person refunds 3.5 h, 1 h more is worked, and the next invoice has 9 h: June once
    more. Here a person's credit note of 350.00 over there frees nothing: the next document has the 1 h, 100.00, and the client was asked
    for 800.00 + 100.00.
    """
    refunded.work("july", CEDAR, hours="1", on=date(2026, 7, 31))
    refunded.refund(JUNE, "3.5")
    refunded.month_later()

    assert refunded.bill().done == [JULY]

    assert [(one.number, one.net) for one in refunded.in_force()] == [(JUNE, 800), (JULY, 100)]
    assert refunded.hours_there() == 8 + 1 - D("3.5")
    assert refunded.seconds() == {"invoiced": 9 * 3600}
    refunded.none_twice()
    refunded.silent()


def test_odoo_280601_what_we_credit_is_freed_and_nothing_beside_it(refunded: CaseFirm) -> None:
    """The same with our own credit note: the 3.5 h were a mistake and are deleted, `credit` is chosen for them alone, 1 h more is worked.
    8.00 h - 3.50 h + 1.00 h = 5.50 h, and the next document has 1.00 h: the 4.5 h that were not credited stay where they are.
    """
    refunded.remove("late june")
    refunded.work("july", CEDAR, hours="1", on=date(2026, 7, 31))
    refunded.pull()
    refunded.choose("credit", f"{JUNE}:list:late june")
    for _ in range(3):
        refunded.bill()
    refunded.month_later()
    refunded.bill()

    (note,) = refunded.in_force("credit_note")
    assert note.net == 350
    assert sorted(one.net for one in refunded.in_force()) == [100, 800]
    assert (refunded.hours_there(), refunded.net_there()) == (D("5.5"), 550)
    assert sum(refunded.seconds().values()) == 5.5 * 3600
    refunded.silent()


# ---- odoo#285322: 6.67 h delivered, 6.66 h invoiced ------------------------------------------------------------------------------------

MINUTES = (15, 50, 225, 75, 35)
"""400 minutes: 6.6667 h. One by one, in hundredths: 0.25 + 0.83 + 3.75 + 1.25 + 0.58 = 6.66."""


def minutes(firm: CaseFirm, **facts: str) -> None:
    for number, worked in enumerate(MINUTES, start=1):
        firm.work(f"t{number}", CEDAR, hours=str(D(worked) / 60), on=date(2026, 6, number), **dict.fromkeys(facts, f"{number}"))


def test_odoo_285322_invoiced_together_it_is_the_sum_rounded_once(firm: CaseFirm) -> None:
    """400 minutes on one line: 6.67 h, 667.00, as delivered."""
    minutes(firm)
    firm.bill()
    assert (firm.hours_there(), firm.net_there()) == (D("6.67"), 667)
    assert firm.seconds() == {"invoiced": 24_000}
    firm.reconciled()


def test_odoo_285322_invoiced_separately_every_second_is_billed_and_none_is_left_over(firm: CaseFirm) -> None:
    """Five documents, each rounded once by the declared policy: 0.25 + 0.83 + 3.75 + 1.25 + 0.58 = 6.66 h, 666.00. What odoo's line keeps
    as 0.01 h to be invoiced is in no bucket here: all 24,000 s are invoiced, nothing is ready, and the tie-out holds to the cent.
    """
    firm.mapping = firm.mapping_with(("{per: client, every: month}", "{per: ticket, every: month}"))
    minutes(firm, ticket="")
    told = firm.bill()
    assert len(told.done) == 5
    assert sorted(one.lines[0][1] for one in firm.in_force()) == [D("0.25"), D("0.58"), D("0.83"), D("1.25"), D("3.75")]
    assert (firm.hours_there(), firm.net_there()) == (D("6.66"), 666)
    assert firm.seconds() == {"invoiced": 24_000}
    firm.reconciled()
    firm.month_later()
    firm.silent()


# ---- kimai#1424: 2 x 15 min is not 1 x 30 min -------------------------------------------------------------------------------------------

RATE = ("any: {any: 100.00}", "any: {any: 27.50}")


@pytest.mark.parametrize("worked", [("0.5",), ("0.25", "0.25")])
def test_kimai_1424_two_quarters_of_an_hour_cost_what_half_an_hour_does(firm: CaseFirm, worked: tuple[str, ...]) -> None:
    """kimai#1424: half an hour at 27.50 is 13.75, and two quarters, each rounded, 6.88 + 6.88 = 13.76. Here the line is the unit of money:
    0.50 h x 27.50 = 13.75 either way, and the two shares are 6.88 + 6.87.
    """
    firm.mapping = firm.mapping_with(RATE)
    for number, hours in enumerate(worked):
        firm.work(f"t{number}", CEDAR, hours=hours)
    firm.bill()
    assert (firm.hours_there(), firm.net_there()) == (D("0.5"), D("13.75"))
    shares = [cents for (cents,) in firm.rows("SELECT net FROM claims ORDER BY net DESC")]
    assert shares == ([1375] if len(worked) == 1 else [688, 687])
    firm.reconciled()


def test_kimai_1424_on_lines_of_their_own_each_line_is_hours_times_price_and_the_sum_is_of_lines(firm: CaseFirm) -> None:
    """A line for each ticket: 0.25 h x 27.50 = 6.875 → 6.88, twice: the client reads 6.88 + 6.88 and pays 13.76. Declared, not found out."""
    firm.mapping = firm.mapping_with(RATE, ("one_per: [work_type]", "one_per: [ticket]"))
    firm.work("t1", CEDAR, hours="0.25", ticket="1")
    firm.work("t2", CEDAR, hours="0.25", ticket="2")
    firm.bill()
    assert [line[3] for line in firm.named(JUNE).lines] == [D("6.88"), D("6.88")]
    assert firm.named(JUNE).net == D("13.76")
    firm.reconciled()


# ---- kimai#2917: marked exported though the invoice failed -------------------------------------------------------------------------------


@pytest.fixture
def two_clients(tracked: TrackedFirm) -> TrackedFirm:
    """An hour and a quarter for Alpine Dental, two hours for Bayside Motors, both approved."""
    tracked.harvest.enter(hours="1.25")
    tracked.harvest.enter(hours="2.00", project="Website", task="Project work")
    tracked.listed()
    tracked.approve()
    return tracked


def marked(firm: TrackedFirm) -> list[str]:
    """Writes that reached the tracker."""
    return [method for method, _ in firm.harvest.mount.log if method != "GET"]


def test_kimai_2917_time_whose_invoice_failed_is_not_marked_billed_anywhere(two_clients: TrackedFirm) -> None:
    """kimai#2917: the number was used already, the invoice was not saved, and its time was marked exported all the same. Here somebody
    takes our number between look and send: that document is held, its 1.25 h stay unbilled and listed, the tracker is told nothing, and
    the other client's 2 h go out. When the person says so they are billed, once, under the next generation of the number.
    """
    firm = two_clients
    firm.just_before_a_write(lambda: firm.bench.add(JUNE))
    told = firm.apply()
    assert ([number for number, _ in told.held], told.done) == ([JUNE], ["HB-2606-002"])
    firm.pull()
    assert set(firm.seconds()) <= {"ready", "held", "sending", "drafted", "invoiced"}
    billed = sum(seconds for name, seconds in firm.seconds().items() if name in ("drafted", "invoiced"))
    assert billed == 2 * 3600, "only what is on a document counts as billed"
    assert firm.waits()[0].seconds == 1.25 * 3600
    assert marked(firm) == []

    firm.bench.advance(25 * 3600)
    firm.choose("again", JUNE)
    firm.listed()
    assert firm.bill().done == ["HB-2606-001-2"]
    ours = [one.net for one in firm.in_force() if one.number in ("HB-2606-001-2", "HB-2606-002")]
    assert sorted(ours) == [125, 200]
    assert marked(firm) == []
    firm.check()


def test_kimai_2917_a_refused_invoice_leaves_its_time_ready_and_the_next_run_bills_it(two_clients: TrackedFirm) -> None:
    """A stranger is found under our number before anything is sent: nothing goes, all 3.25 h stay as they were, and go when he moves it."""
    firm = two_clients
    strange = firm.bench.add(JUNE)
    with pytest.raises(UnsafePlanError, match=JUNE):
        firm.apply()
    firm.pull()
    assert firm.seconds() == {"ready": int(3.25 * 3600)}
    firm.bench.people.renumber(strange, "OTHER-1") if hasattr(firm.bench, "people") else firm.bench.company.change(
        strange, number="OTHER-1"
    )
    firm.pull()
    firm.apply()
    assert {one.number: one.net for one in firm.in_force() if one.number != "OTHER-1"} == {JUNE: 125, "HB-2606-002": 200}
    firm.none_twice()


# ---- tap-harvest#18: back-dated entries missed --------------------------------------------------------------------------------------------


def test_tap_harvest_18_time_entered_in_july_for_june_is_found_and_billed_as_late(tracked: TrackedFirm) -> None:
    """tap-harvest#18: entries were listed by the day they were worked, so one that is written down later for an earlier day was never seen.
    Here June (1.25 h) is billed and final, and on 20 July somebody enters 2.00 h for 3 June: found by when it was written, and billed
    with July's 1.00 h: 125.00, then 300.00.
    """
    tracked.mapping = tracked.mapping_with(("  Alpine Dental:\n", "  Alpine Dental: {send_as: posted}\n"))
    tracked.harvest.enter(hours="1.25")
    tracked.listed()
    tracked.bill()
    assert tracked.named(JUNE).net == 125
    tracked.bench.advance(19 * 86_400)
    tracked.harvest.enter(date(2026, 7, 14), "1.00")
    tracked.pull()
    tracked.harvest.enter(date(2026, 6, 3), "2.00")
    pulled = tracked.pull()
    assert pulled.connections["list"].new == 1, "the change feed alone brings it"
    assert any(target.startswith("/v2/time_entries?") and "updated_since" in target for target in tracked.harvest.listings[-1:])

    tracked.bench.advance(20 * 86_400)
    assert tracked.bill().done == [JULY]
    assert {one.number: one.net for one in tracked.in_force()} == {JUNE: 125, JULY: 300}
    assert tracked.seconds() == {"invoiced": int(4.25 * 3600)}
    tracked.reconciled()
    tracked.silent()
