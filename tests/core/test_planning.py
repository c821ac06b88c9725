"""The plan is the difference between what the charges say and what the sync ledger knows is over there."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from connector.core.holding import INCOMPLETE
from connector.core.mapping import Safety
from connector.core.planning import shrunk_first
from connector.core.steps import checksum, digest, stable
from tests.core.ledgers import NOT_BOUNDED, charge, claim, known, ledger, planned, proposed, remote


def target(of):
    """The document of a proposal as it was confirmed."""
    [step] = planned(of).steps
    return replace(step.document, number="HB-1")


def confirmed(of, *, at=1, number="HB-1", **said):
    """The sync ledger after the proposal was applied."""
    charges = [share.charge for one in of.lines for share in one.shares]
    one = known(number, at=at, key=of.key, target=replace(target(of), number=number), **said)
    return one, [claim(each, on=at, line=at_line) for at_line, each in enumerate(charges)]


def knows(of, **said):
    one, claims = confirmed(of, **said)
    return ledger([one], claims)


def only(plan):
    [step] = plan.steps
    return step


def test_what_is_nowhere_is_created():
    step = only(planned(proposed(charge(), charge(2, seconds=1800))))
    assert (step.action, step.key, step.generation, step.number) == ("create", "k", 1, "")
    assert (step.seconds, step.billed_seconds, step.entries) == (5400, Decimal(5400), 2)
    assert [(one.ref, one.net, one.line) for one in step.charges] == [
        ("clockify:acme:e1", Decimal("100.00"), 0),
        ("clockify:acme:e2", Decimal("50.00"), 1),
    ]
    assert [one.billing_code for one in step.lines] == ["SUP", "SUP"]


def test_what_was_applied_needs_nothing():
    assert planned(proposed(), knows=knows(proposed())).steps == ()


def test_steps_come_in_the_order_of_their_keys():
    plan = planned(proposed(key="b"), proposed(charge(2), key="a"))
    assert [step.key for step in plan.steps] == ["a", "b"]
    assert plan.sending == plan.steps


def test_a_scope_limits_the_steps():
    assert [step.key for step in planned(proposed(key="b"), proposed(charge(2), key="a"), in_scope={"b"}).steps] == ["b"]


@pytest.mark.parametrize(
    "now",
    [
        proposed(charge(seconds=7200, revision=2)),
        proposed(charge(revision=2)),
        proposed(charge(), charge(2)),
        proposed(charge(), po="PO-1"),
    ],
    ids=["more time", "a new revision", "another entry", "another head"],
)
def test_a_draft_that_nobody_touched_is_amended(now):
    step = only(planned(now, knows=knows(proposed())))
    assert (step.action, step.number, step.generation) == ("update", "HB-1", 1)
    assert step.base is not None


def test_a_draft_on_which_nothing_is_left_is_voided():
    step = only(planned(knows=knows(proposed()), refs={1: "clockify:acme:e1"}))
    assert (step.action, step.number, step.reason) == ("void", "HB-1", "nothing is left to bill on it")
    assert [(one.ref, one.seconds, one.net) for one in step.charges] == [("clockify:acme:e1", 0, 0)]
    assert step.sends


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"state": "sent"}, "HB-1 is in doubt: `hourbridge apply` resolves it first"),
        ({"state": "held"}, "HB-1 is in doubt: `hourbridge apply` resolves it first"),
        ({"their_status": "voided"}, "HB-1 was voided over there: a person must choose"),
        ({"their_status": "missing"}, "HB-1 was missing over there: a person must choose"),
        ({"touched": "net was `1`, is `2`"}, "HB-1 was changed over there: net was `1`, is `2`"),
        ({"their_status": "posted"}, "HB-1 is posted over there and is not amended"),
        ({"their_status": "paid"}, "HB-1 is paid over there and is not amended"),
    ],
)
def test_what_a_person_touched_sent_paid_or_took_away_is_never_overwritten(said, reason):
    there = remote(po="theirs")
    step = only(planned(proposed(charge(seconds=7200, revision=2)), knows=knows(proposed(), theirs=there, **said)))
    assert (step.action, step.reason, step.number, step.theirs) == ("hold", reason, "HB-1", there)
    assert not step.sends


@pytest.mark.parametrize("status", ["voided", "deleted", "missing"])
def test_a_document_that_somebody_took_away_stays_in_the_plan_until_a_person_has_chosen(status):
    step = only(planned(knows=knows(proposed(), their_status=status)))
    assert (step.action, step.reason, step.number) == ("hold", f"HB-1 was {status} over there: a person must choose", "HB-1")
    assert (step.entries, step.seconds, step.billed_seconds) == (1, 3600, 3600)
    assert not step.may_be_approved


@pytest.mark.parametrize("said", [{"their_status": "posted"}, {"state": "sent"}])
def test_only_a_draft_is_voided_by_itself(said):
    assert planned(knows=knows(proposed(), **said)).steps == ()


def test_a_touched_draft_on_which_nothing_is_left_is_held():
    step = only(planned(knows=knows(proposed(), touched="a line of theirs")))
    assert (step.action, step.reason) == ("hold", "HB-1 was changed over there: a line of theirs")
    assert (step.entries, step.seconds) == (1, 3600)


def test_a_document_that_we_emptied_is_made_again_with_the_next_generation():
    step = only(planned(proposed(), knows=ledger([known(their_status="voided", entries=0, net=Decimal(0))])))
    assert (step.action, step.generation, step.flags) == ("create", 2, ("HB-1 was voided: made again",))


def test_a_refused_document_is_made_again_and_says_why_it_was_refused():
    refused = known(state="refused", remote_id="", their_status="", reason="unknown tax code", refusals=1)
    step = only(planned(proposed(), knows=ledger([refused])))
    assert (step.action, step.reason) == ("create", "unknown tax code")


def test_refused_three_times_with_nothing_changed_it_waits_for_a_person():
    first = only(planned(proposed()))
    refused = known(
        state="refused", remote_id="", their_status="", reason="unknown tax code", refusals=3, digest=first.digest, refused_mapping="m1"
    )
    step = only(planned(proposed(), knows=ledger([refused])))
    assert (step.action, step.releasable) == ("hold", True)
    assert step.reason.startswith("refused 3 times: unknown tax code.")
    assert only(planned(proposed(), knows=ledger([refused]), mapping="m2")).action == "create"
    assert only(planned(proposed(charge(seconds=60)), knows=ledger([refused]))).action == "create"


@pytest.mark.parametrize(
    ("hold", "releasable"), [((f"{INCOMPLETE} 2 entries",), True), ((f"{INCOMPLETE} 2 entries", "no customer"), False)]
)
def test_a_held_proposal_is_shown_and_not_sent(hold, releasable):
    plan = planned(proposed(hold=hold))
    step = only(plan)
    assert (step.action, step.reason, step.releasable) == ("hold", "; ".join(hold), releasable)
    assert plan.sending == ()


def test_a_proposal_below_its_minimum_is_carried():
    step = only(planned(proposed(carry="below 100.00")))
    assert (step.action, step.reason, step.sends) == ("carry", "below 100.00", False)


# ---- charges that move between documents ------------------------------------------------------------------------------------


def two(**said):
    """Entry 1 on document a, entry 2 on document b."""
    a, a_claims = confirmed(proposed(charge(1), key="a"), at=1, number="HB-1", **said)
    b, b_claims = confirmed(proposed(charge(2), key="b"), at=2, number="HB-2")
    return ledger([a, b], [*a_claims, *b_claims])


def test_the_step_that_takes_a_charge_comes_after_the_one_that_drops_it():
    plan = planned(proposed(charge(2), charge(1, revision=2), key="b"), knows=two())
    assert [(step.key, step.action, step.after) for step in plan.steps] == [("a", "void", ()), ("b", "update", ("a",))]
    assert shrunk_first(plan.steps, two()) == frozenset()


def test_a_charge_that_stands_on_what_will_not_drop_it_is_not_taken():
    plan = planned(proposed(charge(2), charge(1, revision=2), key="b"), knows=two(their_status="posted"))
    assert [(step.key, step.action, step.reason) for step in plan.steps] == [("b", "hold", "its time still stands on a")]


def test_documents_that_swap_charges_are_shrunk_first():
    swapped = [proposed(charge(2), key="a"), proposed(charge(1), key="b")]
    plan = planned(*swapped, knows=two())
    assert [(step.key, step.after) for step in plan.steps] == [("a", ("b",)), ("b", ("a",))]
    assert shrunk_first(plan.steps, two()) == {(2, 1)}


def test_rather_a_document_that_keeps_something_is_shrunk():
    plan = planned(proposed(charge(2), key="a"), proposed(charge(1), charge(3), key="b"), knows=two())
    assert shrunk_first(plan.steps, two()) == {(1, 1)}


# ---- what a digest binds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        proposed(charge(seconds=3601)),
        proposed(charge(revision=2)),
        proposed(charge(), po="PO-1"),
        proposed(charge(), terms="net 14"),
        proposed(charge(), customer_id="c2"),
        proposed(charge(), key="k2"),
        proposed(charge(), amounts="no_tax"),
        proposed(charge(), send_as="posted"),
    ],
)
def test_a_digest_binds_what_is_sent_and_why(other):
    assert only(planned(other)).digest != only(planned(proposed())).digest


def test_a_digest_does_not_bind_what_only_reports_say():
    said = proposed(charge(), flags=("a zero line",), last_period_net=Decimal(7), late_seconds=60)
    assert only(planned(said)).digest == only(planned(proposed())).digest


def test_a_digest_is_versioned_and_sees_no_number():
    step = only(planned(proposed()))
    assert step.digest.startswith("p1:")
    assert digest(replace(step, document=replace(step.document, number="HB-7"))) == step.digest


def test_an_amendment_binds_what_it_amends_but_for_what_moves_by_itself():
    step = only(planned(proposed(charge(seconds=60, revision=2)), knows=knows(proposed())))
    moved = replace(step.base, version="9", sent=True, paid=Decimal(3), balance=Decimal(1), changed_at=datetime(2026, 7, 1, tzinfo=UTC))
    assert digest(replace(step, base=moved)) == step.digest
    assert digest(replace(step, base=replace(step.base, po="PO-9"))) != step.digest
    assert stable(moved) == stable(step.base)


def test_a_checksum_is_over_what_would_be_sent_in_any_order():
    plan = planned(proposed(key="a"), proposed(charge(2), key="b"), proposed(charge(3), key="c", carry="small"))
    assert checksum(reversed(plan.steps)) == plan.checksum == checksum(plan.sending)
    assert len(plan.checksum) == 12
    assert checksum(plan.sending[:1]) != plan.checksum


# ---- safety bounds ----------------------------------------------------------------------------------------------------------


def bounded(**said):
    return Safety(**dict.fromkeys(Safety.__struct_fields__) | said)


def test_without_bounds_everything_is_safe():
    assert planned(*(proposed(charge(at), key=f"k{at}") for at in range(1, 9)), safety=NOT_BOUNDED).unsafe == ()


def test_too_many_documents_for_one_client_and_period():
    two_new = [proposed(charge(at), key=f"k{at}") for at in (1, 2)]
    bound = bounded(documents_per_client_and_period=2)
    assert planned(*two_new, safety=bound).unsafe == ()
    one_there = knows(proposed(charge(9), key="old"), their_status="posted")
    assert planned(*two_new, knows=one_there, safety=bound).unsafe == ("Alpine would have 3 documents for 2026-06 (bound: 2)",)
    voided = knows(proposed(charge(9), key="old"), their_status="voided")
    assert planned(*two_new, knows=voided, safety=bound).unsafe == ()


def test_many_documents_that_are_there_already_stop_nothing():
    there = [known(f"HB-{at}", at=at, key=f"k{at}", their_status="posted") for at in (1, 2, 3)]
    assert planned(knows=ledger(there), safety=bounded(documents_per_client_and_period=2)).unsafe == ()


MAY = {"period": "2026-05", "their_status": "posted"}
TIMES = bounded(client_total_over_last_month=Decimal(3))


def test_a_total_far_above_the_period_before():
    may = knows(proposed(charge(9), key="may"), **MAY)
    assert planned(proposed(charge(seconds=3 * 3600)), knows=may, safety=TIMES).unsafe == ()
    told = "Alpine: NZD 400.00 for 2026-06 is more than 3 times the period before (100.00)"
    assert planned(proposed(charge(seconds=4 * 3600)), knows=may, safety=TIMES).unsafe == (told,)


def test_a_total_counts_what_stands_there_already_for_the_period():
    may, may_claims = confirmed(proposed(charge(9), key="may"), at=1, **MAY)
    june, june_claims = confirmed(proposed(charge(8, seconds=2 * 3600), key="june"), at=2, number="HB-2", their_status="posted")
    state = ledger([may, june], [*may_claims, *june_claims])
    told = "Alpine: NZD 400.00 for 2026-06 is more than 3 times the period before (100.00)"
    assert planned(proposed(charge(seconds=2 * 3600)), knows=state, safety=TIMES).unsafe == (told,)


def test_an_amendment_counts_with_what_it_becomes():
    may, may_claims = confirmed(proposed(charge(9), key="may"), at=1, **MAY)
    june, june_claims = confirmed(proposed(charge(8), key="june"), at=2, number="HB-2")
    state = ledger([may, june], [*may_claims, *june_claims])
    grown = proposed(charge(8, seconds=4 * 3600, revision=2), key="june")
    told = "Alpine: NZD 400.00 for 2026-06 is more than 3 times the period before (100.00)"
    assert planned(grown, knows=state, safety=TIMES).unsafe == (told,)
    assert planned(proposed(charge(8, seconds=3 * 3600, revision=2), key="june"), knows=state, safety=TIMES).unsafe == ()


def test_a_total_has_nothing_to_be_measured_by_in_a_first_period_another_currency_or_after_nothing():
    large = proposed(charge(seconds=90 * 3600))
    assert planned(large, safety=TIMES).unsafe == ()
    may = knows(proposed(charge(9), key="may"), **MAY)
    assert planned(large, knows=ledger([replace(may.documents[1], currency="USD")]), safety=TIMES).unsafe == ()
    assert planned(large, knows=ledger([replace(may.documents[1], net=Decimal(0))]), safety=TIMES).unsafe == ()


def test_the_period_before_may_be_planned_with_it():
    plan = planned(proposed(charge(9), key="may", period="2026-05"), proposed(charge(seconds=4 * 3600)), safety=TIMES)
    assert plan.unsafe == ("Alpine: NZD 400.00 for 2026-06 is more than 3 times the period before (100.00)",)


def test_too_many_changed_documents():
    confirmations = [confirmed(proposed(charge(at), key=f"k{at}"), at=at, number=f"HB-{at}") for at in range(1, 9)]
    state = ledger([one for one, _ in confirmations], [each for _, claims in confirmations for each in claims])
    bound = bounded(changed_documents_percent=Decimal(20))

    def changing(count):
        now = [proposed(charge(at, revision=2 if at <= count else 1), key=f"k{at}") for at in range(1, 9)]
        return planned(*now, knows=state, safety=bound).unsafe

    assert changing(0) == changing(1) == ()
    assert changing(2) == ("2 of 8 documents would change (25%; bound: 20%)",)
    assert planned(proposed(), safety=bound).unsafe == ()


# ---- earlier documents ------------------------------------------------------------------------------------------------------
