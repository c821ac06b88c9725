"""What may be chosen for billed time that changed, what stands in the way, and how theirs and ours become one document."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from connector.core.cases import Book, cases, chosen_before, legal, stands_twice
from connector.core.choices import legal as legal_for
from connector.core.crediting import credit_steps
from connector.core.grouping import Grouping
from connector.core.known import Known as Past
from connector.core.layout import Layouts
from connector.core.ledger import Kept, Settled
from connector.core.overlay import overlay
from connector.core.taking import OWN, as_ours, merge, pair_up, take
from connector.core.values import BookFacts
from connector.model import Catalogue, RemoteLine
from tests.core.ledgers import charge, claim, document, known, ledger, line, remote
from tests.use_cases.firm import mapping_of

POSTED = {"their_status": "posted"}
TODAY = date(2026, 7, 2)
BOOK = Book(credits=True, lock_date=None, today=TODAY)
FACTS = BookFacts(name="nz", start=date(2026, 1, 1), today=TODAY)


def edited(seconds=4500, **said):
    return charge(seconds=seconds, revision=2, **said)


def chosen(choice="delta", **said):
    given = {
        "entry": 1, "part": 1000, "document": 1, "of": 1, "choice": choice, "revision": 2, "seconds": 900, "billed": Decimal(900),
        "net": Decimal("25.00"), "currency": "NZD", "at": "2026-07-02T08:00:00+00:00",
    }  # fmt: skip
    return Settled(**{**given, **said})


def with_choices(*settled, on=None, claims=None):
    told = ledger(on or [known(**POSTED)], claims or [claim()])
    return msgspec.structs.replace(told, settled={(one.entry, one.part): one for one in settled})


def only_case(now=None, on=None):
    told = with_choices(on=[on] if on else None)
    (case,) = cases(overlay([now or edited()], told), told, {})
    return case


def said(case, book=BOOK, *, crediting=False, billed_since=False, placed=True):
    return legal(case, book, crediting=crediting, billed_since=billed_since, placed=placed)


def test_only_what_was_chosen_for_these_very_entries_is_told_and_what_became_of_it():
    now = with_choices(chosen(part=1001), chosen(part=1002), chosen(entry=2, part=1003), claims=[claim(), claim(charge(part=1002))])
    assert chosen_before(only_case(), now) == [
        "delta was chosen for NZD 25.00 on 2026-07-02, and it changed since",
        "delta was chosen for NZD 25.00 on 2026-07-02, and stands on HB-1",
    ]


# ---- what is legal ------------------------------------------------------------------------------------------------------------------------


def test_while_anything_is_in_doubt_nothing_can_be_chosen():
    assert said(only_case(on=known(state="sent", **POSTED))) == ((), ("HB-1 is in doubt: `hourbridge apply` resolves it first",))
    assert said(only_case(), crediting=True) == ((), ("its credit note is on its way",))


@pytest.mark.parametrize(
    ("case", "book", "facts", "missing", "why"),
    [
        (only_case(), BOOK, {"placed": False}, "delta", "no delta: the files no longer know Alpine as it was billed"),
        (only_case(edited(price=None, value=None, estimate="none")), BOOK, {}, "delta", "no delta: nobody knows yet what it is worth"),
        (only_case(), Book(credits=False, lock_date=None, today=TODAY), {}, "credit", "no credit: this system makes no credit notes"),
        (only_case(), Book(credits=True, lock_date=TODAY, today=TODAY), {}, "credit", "no credit: the book is locked up to 2026-07-02"),
        (only_case(), BOOK, {"billed_since": True}, "credit", "no credit: it was billed as a difference, or a difference to it stands on another document"),
        (only_case(on=known(touched="net", **POSTED)), BOOK, {}, "credit", "no credit: HB-1 does not stand as we sent it"),
        (only_case(on=known(their_status="voided")), BOOK, {}, "credit", "no credit: HB-1 is voided over there"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_said(case, book, facts, missing, why):
    found, against = said(case, book, **facts)
    assert missing not in found
    assert any(reason.startswith(why) for reason in against), against
    assert {"write_off", "accept"} <= set(found)


def moved_twice(*settled, claims):
    """An entry of 3600 s: claims and choices as given, and now it is Alpine's with nothing left of it."""
    told = with_choices(*settled, on=[known(**POSTED), known("HB-2", at=2, key="k2", **POSTED)], claims=claims)
    gone = charge(seconds=0, revision=3, deleted=True)
    found = cases(overlay([gone], told), told, {})
    return {case.known.number: stands_twice(case, told, told.parts_of_entries()) for case in found}


def test_time_that_is_billed_whole_on_two_documents_must_be_taken_back_on_one():
    moved = chosen(part=1000, of=0, document=0, seconds=3600)
    first, second = claim(), claim(charge(seconds=3600), part=1000, on=2)
    assert moved_twice(moved, claims=[first, second]) == {"HB-1": "HB-2", "HB-2": "HB-1"}


def test_a_difference_and_what_was_taken_back_bill_nothing_twice():
    difference = chosen(part=1000, of=1, seconds=900)
    assert set(moved_twice(difference, claims=[claim(), claim(charge(seconds=900), part=1000, on=2)]).values()) == {""}


def test_a_share_that_nobody_billed_is_not_credited():
    told = ledger([known(**POSTED)], [claim()])
    shares = [charge(seconds=3600), charge(part=2, seconds=1800)]
    found = cases(overlay(shares, told), told, {})
    assert "no credit: nothing of it was billed" in said(found[0])[1]


def test_a_changed_credit_note_or_another_currency_has_no_choice():
    there = remote(status="posted")
    same = msgspec.structs.replace(there, currency="NZD")
    assert legal_for(known(touched="net", theirs=same, **POSTED), None) == ("accept",)
    assert legal_for(known(touched="net", theirs=same, kind="credit_note", **POSTED), None) == ()
    assert legal_for(known(touched="net", theirs=msgspec.structs.replace(same, currency="AUD"), **POSTED), None) == ()


def test_a_client_or_customer_that_the_files_no_longer_have_is_nobodys_next_document():
    grouping = Grouping(Layouts(mapping_of(), {"nz": FACTS}), Past())
    (_, correction) = overlay([edited()], with_choices(on=[known(key="nz/2026-06/Nobody", **POSTED)]))
    assert grouping.after(correction) is None
    assert grouping.place_correction(correction) is False
    (_, correction) = overlay([edited()], with_choices(on=[known(key="nz/2026-06/Alpine Dental/to=Gone", **POSTED)]))
    assert grouping.after(correction) is None


# ---- the charges of an entry --------------------------------------------------------------------------------------------------------------


def test_every_entry_keeps_its_part_1_where_entries_are_counted():
    """What was first billed was voided and let go; a difference stands on another final document."""
    on = [known("HB-2", at=2, key="k2", **POSTED)]
    told = with_choices(chosen(), on=on, claims=[claim(edited(900), part=1000, on=2)])
    found = list(overlay([edited()], told))
    assert sum(one.seconds for one in found) == 4500
    assert 1 in {one.part for one in found}


def test_an_entry_whose_first_share_was_written_off_by_choice_is_still_counted_once():
    on = [known("HB-2", at=2, key="k2", **POSTED)]
    claims = [claim(edited(900), part=1000, on=2)]
    (rest,) = [one for one in overlay([edited()], with_choices(chosen(), on=on, claims=claims)) if one.disposition == "held"]
    gone = chosen("write_off", part=1001, document=2, of=1000, seconds=rest.seconds, billed=rest.billed, revision=2)
    found = list(overlay([edited()], with_choices(chosen(), gone, on=on, claims=claims)))
    assert sum(one.seconds for one in found) == 4500
    assert {one.disposition for one in found if one.part > 1000} == {"written_off"}
    assert [one.seconds for one in found if one.part == 1] == [0]


def test_a_draft_that_a_person_renumbered_is_taken_as_it_is_and_never_amended():
    """Our amendment would give it back our number, which is not ours to give."""
    there = remote(number="R-1")
    renumbered = known(touched="number", their_status="draft", theirs=there)
    assert legal_for(renumbered, None) == ("accept",)
    assert "amend" not in said(only_case(on=renumbered))[0]
    assert legal_for(known(touched="po", their_status="draft", theirs=remote()), None) == ("amend", "accept")


def test_what_was_taken_back_of_a_share_that_is_gone_is_done():
    on = [known(**POSTED), known("HB-2", at=2, key="k2", **POSTED)]
    first, second = charge(seconds=1800), charge(part=2, seconds=1800)
    back = chosen(of=2, seconds=-1800, billed=Decimal(-1800), net=Decimal(-50))
    taken = claim(edited(-1800), part=1000, on=2, seconds=-1800, billed=Decimal(-1800), net=Decimal("-50.00"), revision=2)
    told = with_choices(back, on=on, claims=[claim(first), claim(second, net=Decimal(50)), taken])
    found = list(overlay([charge(seconds=1800)], told))
    assert sum(one.seconds for one in found) == 1800
    assert not [one for one in found if one.disposition == "held"]


# ---- credit notes -------------------------------------------------------------------------------------------------------------------------


def credited(on, facts=FACTS, claims=None, series="HB-{seq:3}"):
    told = with_choices(chosen("credit"), on=[on], claims=claims)
    layouts = Layouts(mapping_of(), {"nz": FACTS})
    party = layouts.party_of("nz", "Alpine Dental", "", "")
    from connector.core.periods import read_period  # noqa: PLC0415

    layout = layouts.of(party, read_period("2026-06")) if series else None
    (step,) = credit_steps("nz", list(overlay([edited()], told)), told, facts, lambda _charge: layout)
    return step


@pytest.mark.parametrize(
    ("said", "facts", "series", "reason"),
    [
        ({"state": "sent"}, FACTS, "HB", "HB-1 is in doubt"), ({"touched": "net"}, FACTS, "HB", "HB-1 was changed over there"),
        ({"their_status": "voided"}, FACTS, "HB", "HB-1 was voided over there"), ({}, FACTS, "", "no number series"),
        ({}, msgspec.structs.replace(FACTS, catalogue=Catalogue(company_id="c", lock_date=TODAY)), "HB", "book nz is locked up to"),
    ],
)  # fmt: skip
def test_a_credit_note_is_held_for_what_stands_in_its_way(said, facts, series, reason):
    step = credited(known(**{**POSTED, **said}), facts, series=series)
    assert step.action == "hold"
    assert step.reason.startswith(reason)


def test_a_company_that_puts_credits_against_invoices_by_itself_is_told():
    facts = msgspec.structs.replace(FACTS, catalogue=Catalogue(company_id="c", applies_credits_by_itself=True))
    assert "the company puts credits against open invoices by itself" in credited(known(**POSTED), facts).flags


def test_nothing_is_credited_where_nothing_was_billed():
    on = known(target=document(line("0.00")), **POSTED)
    step = credited(on, claims=[claim(net=Decimal(0))])
    assert (step.action, step.reason) == ("hold", "nothing was billed of it on HB-1")


# ---- theirs and ours ------------------------------------------------------------------------------------------------------------------------


def there(text, net="100", line_id="", **facts):
    return RemoteLine(id=line_id, description=text, quantity=Decimal(1), price=Decimal(net), net=Decimal(net), **facts)


def test_lines_without_ids_pair_up_by_their_text():
    ours = document(line(text="one"), line(text="two"))
    theirs = remote(ours, lines=(there("two"), there("theirs"), there("one")))
    assert pair_up(ours, None, theirs) == (1, OWN, 0)
    taken = as_ours(ours, theirs, (1, OWN, 0))
    assert [one.description for one in taken.lines] == ["two", "theirs", "one"]


def merged(now, mine, theirs, pairs):
    return [
        one.description for one in merge(document(*now), Kept(mine=document(*mine), theirs=document(*theirs), pairs=pairs)).document.lines
    ]


def test_a_line_of_ours_that_is_gone_goes_and_one_that_they_took_away_stays_away():
    one, two, three = line(text="one"), line(text="two", net="50.00"), line(text="three", net="70.00")
    assert merged([one], [one, two], [one, two], (0, 1)) == ["one"]
    assert merged([one, two], [one, two], [one], (0,)) == ["one"]
    assert merged([one, line(text="two", net="60.00")], [one, two], [one], (0,)) == ["one", "two"], (
        "it is more now: it comes back, to be read"
    )
    assert merged([one, three], [one], [one, two], (0, OWN)) == ["one", "two", "three"]


def test_a_line_is_known_again_by_its_text_or_by_where_its_money_goes():
    mine, dear = line(text="June"), line(text="June", price=Decimal(120), net=Decimal(120), quantity=Decimal(1))
    assert merged([dear], [mine], [line(text="theirs")], (0,)) == ["theirs"]
    assert merged([line(text="June and July", net="200.00")], [mine], [mine], (0,)) == ["June and July"]


def test_what_was_given_free_stays_free_when_theirs_is_taken():
    free = claim(charge(2), net=Decimal(0), line=0)
    theirs = remote(lines=(there("Work", "90", "0"),), net=Decimal(90))
    shares = take(known(), theirs, [claim(), free]).shares
    assert [share.net for share in shares.values()] == [90, 0]
