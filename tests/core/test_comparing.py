"""Last period beside this one, like with like."""

from decimal import Decimal

import pytest

from connector.core.comparing import Comparison, comparisons, split_of
from connector.core.known import Billed, Known
from tests.core.ledgers import proposed

D = Decimal
ALPINE = "nz/2026-06/Alpine"


def asked(key, net, currency="NZD"):
    return proposed(key=key, net=D(net), book="nz", client="Alpine", currency=currency, period=key.split("/")[1])


def billed(key, net, currency="NZD"):
    return Billed(key, "nz", "Alpine", currency, key.split("/")[1], D(net))


def compared(documents, *before):
    nets = {}
    for one in before:
        place = (one.book, one.client, one.currency, one.period)
        nets[place] = nets.get(place, D(0)) + one.net
    return comparisons(documents, Known(nets=nets, documents=before))


@pytest.mark.parametrize(
    ("key", "split"),
    [
        ("nz/2026-06/Alpine", ""),
        ("nz/2026-06/Alpine/late=1", ""),
        ("nz/2026-06/Alpine/currency=AUD", ""),
        ("nz/2026-06/Alpine/to=Shop/po=P1/late=2", "to=Shop/po=P1"),
    ],
)
def test_a_split_is_what_a_key_names_beside_client_period_and_currency(key, split):
    assert split_of(key) == split


def test_two_pos_are_compared_each_with_itself():
    found = compared([asked(f"{ALPINE}/po=A", "110"), asked(f"{ALPINE}/po=B", "30")], billed("nz/2026-05/Alpine/po=A", "100"),
                     billed("nz/2026-05/Alpine/po=B", "60"))  # fmt: skip
    assert found == {f"{ALPINE}/po=A": Comparison("document", D(110), D(100)), f"{ALPINE}/po=B": Comparison("document", D(30), D(60))}


def test_a_po_that_is_new_compares_the_client_as_a_whole():
    found = compared([asked(f"{ALPINE}/po=A", "110"), asked(f"{ALPINE}/po=B", "40")], billed("nz/2026-05/Alpine/po=A", "100"))
    assert found[f"{ALPINE}/po=A"] == Comparison("document", D(110), D(100))
    assert found[f"{ALPINE}/po=B"] == Comparison("client", D(150), D(100))


def test_a_po_that_replaced_another_compares_whole_months():
    assert compared([asked(f"{ALPINE}/po=NEW", "90")], billed("nz/2026-05/Alpine/po=OLD", "100")) == {
        f"{ALPINE}/po=NEW": Comparison("client", D(90), D(100))
    }


def test_currencies_are_never_added_up():
    found = compared([asked(ALPINE, "110"), asked(f"{ALPINE}/currency=AUD", "7", "AUD")], billed("nz/2026-05/Alpine", "100"))
    assert found == {ALPINE: Comparison("document", D(110), D(100))}


def test_the_rest_is_no_like_of_a_month_that_was_not_split():
    split = [asked(ALPINE, "20"), asked(f"{ALPINE}/po=A", "90")]
    assert compared(split, billed("nz/2026-05/Alpine", "100"))[ALPINE] == Comparison("client", D(110), D(100))
    both = compared(split, billed("nz/2026-05/Alpine", "25"), billed("nz/2026-05/Alpine/po=Z", "75"))
    assert both[ALPINE] == Comparison("document", D(20), D(25))


def test_late_documents_and_what_stands_already_count_with_their_split():
    found = compared([asked(f"{ALPINE}/po=A/late=1", "10")], billed(f"{ALPINE}/po=A", "95"), billed("nz/2026-05/Alpine/po=A", "100"))
    assert found[f"{ALPINE}/po=A/late=1"] == Comparison("document", D(105), D(100))


def test_a_draft_that_is_amended_counts_as_it_will_be():
    found = compared([asked(ALPINE, "150")], billed(ALPINE, "95"), billed("nz/2026-05/Alpine", "100"))
    assert found[ALPINE] == Comparison("document", D(150), D(100))


def test_a_client_without_last_period_has_no_comparison():
    assert compared([asked(ALPINE, "150")], billed("nz/2026-04/Alpine", "100")) == {}
