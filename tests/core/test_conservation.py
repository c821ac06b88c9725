"""Seconds and cents are conserved, and the order of charges does not matter, whatever finance has written."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from invoicing_firm import HERE, Decimal, book, charge, client, proposals, terms

from connector.core.known import Known
from connector.core.mapping import Project, Rounding
from connector.core.money import places

D = Decimal
GLENHOLM = client("Glenholm Council", document_per="project", projects=[Project(name="Attic", options=client().options, where=HERE)])
ALPINE = client(po_required=True)
LINE = Rounding(increment_minutes=15, direction="up", minimum_minutes=30, per="line")

said = st.fixed_dictionaries(
    {
        "late_time": st.sampled_from(["next_document", "own_document", "hold"]),
        "document_every": st.sampled_from(["week", "fortnight", "month"]),
        "lines_one_per": st.sampled_from([("work_type",), ("person", "ticket"), ("entry",), ()]),
        "minimum_document": st.sampled_from([D(0), D(50), D(2000)]),
        "amounts": st.sampled_from(["tax_exclusive", "tax_inclusive", "no_tax"]),
        "show": st.sampled_from([(), ("no_charge",), ("no_charge", "covered")]),
        "net_negative": st.sampled_from(["credit_note", "carry"]),
    }
)
closings = st.sets(
    st.sampled_from(
        [
            "nz/2026-06/Alpine Dental",
            "nz/2026-05",
            "nz/2026-W20/Alpine Dental",
            "nz/2026-06/Glenholm Council/project=Attic",
        ]
    )
)


@st.composite
def rows(draw):
    made = []
    for number in range(draw(st.integers(1, 25))):
        its = terms(
            draw(st.sampled_from([ALPINE, GLENHOLM])),
            person=draw(st.sampled_from(["Ana", "Cho"])),
            project=draw(st.sampled_from(["", "Attic"])),
            rate=draw(st.sampled_from(["145.00", "172.5000", "33.333"])),
            currency=draw(st.sampled_from(["NZD", "JPY"])),
            rounding=draw(st.sampled_from([None, LINE])),
        )
        day = date(2026, 5, 1) + timedelta(days=draw(st.integers(0, 100)))
        seconds = draw(st.integers(-7200, 40_000))
        made.append(
            charge(
                its,
                day.isoformat(),
                D(seconds) / 3600,
                billed=draw(st.decimals(-7200, 40_000, places=1)),
                disposition=draw(st.sampled_from(["ready"] * 6 + ["no_charge", "covered", "held", "excluded"])),
                po=draw(st.sampled_from(["", "PO-1"])),
                entry={"ticket": draw(st.sampled_from(["", "7"]))},
                number=number + 1,
            )
        )
    return made


@settings(max_examples=60, deadline=None)
@given(rows(), said, closings, st.randoms(use_true_random=False))
def test_whatever_is_said_nothing_is_lost_and_order_does_not_matter(charges, nz, closed, random):
    facts, known = book(today=date(2026, 8, 2), price_places=6), Known(closed=frozenset(closed))
    made = proposals(charges, facts=facts, known=known, **nz)
    placed = [one for document in made.documents for one in document.charges] + list(made.waiting)
    ready = [one for one in charges if one.disposition == "ready"]
    assert sorted(one.staged.key for one in placed if one.disposition == "ready") == [one.staged.key for one in ready]
    assert len({one.staged.key for one in placed}) == len(placed)
    assert sum(one.seconds for one in placed if one.disposition == "ready") == sum(one.seconds for one in ready)
    for document in made.documents:
        assert document.net == sum(line.line.net for line in document.lines)
        assert document.net + document.tax == document.gross
        assert document.tax == sum(line.line.tax for line in document.lines)
        for line in document.lines:
            assert sum(share.net for share in line.shares) == line.line.net
            assert line.line.quantity >= 0
            amount = line.line.net + (line.line.tax if nz["amounts"] == "tax_inclusive" else 0)
            assert abs(amount - line.line.quantity * line.line.price) <= D("0.5").scaleb(-places(document.currency))
            assert {share.net for share in line.shares if share.charge.disposition != "ready"} <= {D(0)}
    assert len({document.key for document in made.documents}) == len(made.documents)
    shuffled = list(charges)
    random.shuffle(shuffled)
    again = proposals(shuffled, facts=facts, known=known, **nz)
    assert again.documents == made.documents
    assert sorted(again.waiting, key=lambda one: one.staged.key) == sorted(made.waiting, key=lambda one: one.staged.key)
