from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing_firm import charge, client

from connector.core.line_text import FIELDS, LENGTH_MAX, clean, cut, line_text, with_note

ALPINE = client()
FIRST, LAST = date(2026, 6, 3), date(2026, 6, 28)
FIXED = {"hours": "1.50", "rate": "145.00", "billing_code": "Support", "po": "PO-1", "client": "Alpine Dental"}


def said(template, *charges, late=False):
    return line_text(template, charges or (charge(ALPINE),), first=FIRST, last=LAST, fixed=FIXED, late=late)


def test_a_template_is_filled():
    row = charge(
        ALPINE,
        person_text="Cho M.",
        project="Server refresh",
        entry={
            "ticket": "88", "ticket_title": "Mail", "notes": "Fixed it", "task": "T", "site": "HQ", "department": "IT",
            "internal_notes": "they never pay",
        },
    )  # fmt: skip
    template = " ".join(f"{{{field}}}" for field in sorted(FIELDS))
    assert said(template, row) == (
        "Support Alpine Dental 3 to 28 June 2026 3 to 28 June 2026 IT 1.50 June 2026 Fixed it Cho M. PO-1 Server refresh 145.00 "
        "HQ T 88 Mail Remote support"
    )


def test_notes_and_persons_are_joined_each_once_in_the_order_worked():
    rows = [
        charge(ALPINE, person=person, entry={"notes": notes})
        for person, notes in [("Cho", "Mail"), ("Ana", "Printer"), ("Cho", "mail "), ("Ana", "")]
    ]
    assert said("{person}: {notes}", *rows) == "Cho, Ana: Mail; Printer"


def test_what_our_files_do_not_name_is_said_as_the_source_says_it():
    row = charge(ALPINE, person="", work_type="", entry={"person": "Contractor 7", "work_type": "Odd job", "project": "Attic"})
    assert said("{person} {work_type} {project}", row) == "Contractor 7 Odd job Attic"


def test_internal_notes_and_unknown_fields_have_no_way_in():
    assert said("{internal_notes} {x}", charge(ALPINE, entry={"internal_notes": "secret"})) == "{internal_notes} {x}"


def test_a_note_that_looks_like_a_field_stays_a_note():
    assert said("{notes}", charge(ALPINE, entry={"notes": "set {rate} and \\1"})) == "set {rate} and \\1"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{work_type}, {month}", "Remote support, June 2026 (worked 3 to 28 June 2026)"),
        ("{dates}", "3 to 28 June 2026"),
        ("{date}", "3 to 28 June 2026"),
    ],
)
def test_late_time_prints_its_own_dates(template, expected):
    assert said(template, late=True) == expected


def test_control_characters_and_turned_writing_are_stripped():
    assert clean(" a\x00b\r\n\tc\u202edrowssap\u2066x\ud800y\ufffe\x9f ") == "a b c drowssap x y"
    assert clean("Kia ora 👩‍💻 é") == "Kia ora 👩‍💻 é"


def test_a_text_is_cut_at_4000_units_without_halving_an_emoji():
    text = cut("x" * 3998 + "👍👍", LENGTH_MAX)
    assert text == "x" * 3998 + "…"
    assert cut("👍" * 2000, LENGTH_MAX) == "👍" * 2000
    assert said("{notes}", charge(ALPINE, entry={"notes": "n" * 8000})) == "n" * 3999 + "…"


def test_a_note_at_the_end_survives_the_cut():
    assert with_note("x" * 5000, "2 h").endswith("…  (2 h)".replace("  ", " "))
    assert len(with_note("x" * 5000, "2 h")) == LENGTH_MAX


@given(st.text(max_size=60), st.integers(2, 40))
def test_a_cut_text_is_whole_and_short_enough(text, length_max):
    short = cut(clean(text), length_max)
    assert len(short.encode("utf-16-le")) <= length_max * 2
    assert clean(short) == short
