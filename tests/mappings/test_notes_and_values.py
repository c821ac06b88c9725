"""What stops nothing is a note; and how what finance typed comes out."""

from pathlib import Path

import pytest

from connector.mappings import Checked, check


def lines(checked: Checked) -> list[str]:
    return [str(problem) for problem in checked.problems]


NOTES = [
    ("clients:\n  C:", "more.yaml:2:3: 'C' is matched by name only; `hourbridge map pin` writes its ids"),
    ("clients:\n  C: {ids: {nz: 1}, aliases: [togl/X]}", "more.yaml:2:31: 'togl/X' is taken as a whole name: there is no connection 'togl'; did you mean 'toggl/…'?"),
    ("rate_cards:\n  x: {currency: NZD, blocks: [{from: 2025-01-01, any: {any: 1}, Admin: {any: 2}}, {from: 2026-01-01, any: {any: 1}}]}", "more.yaml:2:83: the block of 2026-01-01 has lost prices of the one before: Admin / any; a block is complete: repeat what still holds"),
    ("clients:\n  C: {ids: {nz: 1}, currency: AUD}", "more.yaml:2:31: client 'C' is billed in AUD and names no rate card; only its special rates can price its time: name a `rate_card`"),
    ("people:\n  C: enginer", "more.yaml:2:6: no price names the role 'enginer' of 'C'; did you mean 'engineer'?"),
    ("hold:\n  - {name: x, when: {work_type: Suport}}", "more.yaml:2:5: 'x' looks for the work type 'Suport', which is not ours; did you mean 'Support'?"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), NOTES)
def test_what_stops_nothing_is_a_note(prove, text, line):
    checked = prove(text)
    assert lines(checked) == []
    assert line in [str(note) for note in checked.notes]


def test_two_books_with_one_prefix_are_noted(prove):
    second = "defaults:\n  us: {currency: NZD, tax_code: G, amounts: tax_exclusive, terms: net 1, invoice_date: period_end, number: 'HB-{seq}', send_as: draft, document: {per: client, every: month}, lines: {one_per: [date], text: x}, late_time: hold, incomplete: send}\nclients: {C: {book: us, ids: {us: 1}}}"
    checked = prove(
        second,
        books=("nz", "us"),
        swap={"default_for: nz": "default_for: [nz, us]", "nz: {item: SUP}": "nz: {item: SUP}, us: {item: S}"},
    )
    assert lines(checked) == []
    assert any("the books 'us' and 'nz' both number with 'HB-'; give each its own prefix" in str(note) for note in checked.notes)


def test_text_is_what_finance_typed(prove):
    checked = prove("clients:\n  C: {aliases: [010, NO, 12:30], po: 1.10, segment: null}\nwork_types:\n  NO: support")
    client = checked.mapping.clients[-1]
    assert [name.text for name in client.aliases] == ["010", "NO", "12:30"]
    assert client.options.po[0].value == "1.10"
    assert client.segment == "null"
    assert checked.mapping.work_types[-1].key == "NO"


def test_a_dated_layout_ends_where_the_next_begins(prove):
    checked = prove("clients:\n  C: {document: [{from: 2026-01-01, is: {per: po}}, {from: 2026-07-01, is: {every: week}}]}")
    options = checked.mapping.clients[-1].options
    assert [(str(span.since), str(span.until)) for span in options.document_per] == [("2026-01-01", "2026-06-30")]
    assert [(str(span.since), span.until) for span in options.document_every] == [("2026-07-01", None)]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("terms: [{from: 2026-01-01, is: soon}]", "more.yaml:2:38: 'soon' are no terms we know"),
        ("show: [{from: 2026-01-01, is: [free]}]", "more.yaml:2:38: 'free' is not known here"),
        ("tracking: [{from: 2026-01-01, is: {Region: [x]}}]", "more.yaml:2:50: one value is expected here, not a list"),
        (
            "document: [{is: {per: clint}}]",
            "more.yaml:2:29: 'clint' is not known here; write one of: client, project, po, ticket",
        ),
        ("lines: {one_per: [{is: [week]}]}", "more.yaml:2:31: 'week' is not known here"),
        ("po_required: [{from: 2026-01-01, is: no}]", "more.yaml:2:44: 'no' is neither true nor false"),
    ],
)
def test_a_dated_value_is_typed_like_an_undated_one(prove, said, line):
    assert any(found.startswith(line) for found in lines(prove(f"clients:\n  A: {{{said}}}"))), lines(prove(f"clients:\n  A: {{{said}}}"))


def test_a_safety_bound_can_be_taken_away(prove):
    safety = prove("safety: {changed_documents_percent: none, documents_per_client_and_period: 7}").mapping.safety
    assert (safety.changed_documents_percent, safety.documents_per_client_and_period) == (None, 7)
    assert safety.client_total_over_last_month == 3


def test_conditions_name_entry_fields(prove):
    rule = prove("hold:\n  - {name: x, when: {same: [person, date, minutes], notes: [blank, 'T*']}, from: 2026-01-01}").mapping.hold[0]
    assert rule.when.same == ("person", "worked_on", "seconds")
    assert (rule.when.notes, rule.when.notes_blank) == (("T*",), True)


def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)
    found = check(tmp_path, ["nz"], [])
    assert [str(problem) for problem in found.problems] == [
        f"{tmp_path}: cannot be listed (Permission denied); check the folder's permissions"
    ]


def test_files_of_several_folders_are_named_from_what_they_share(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "rules.yaml").write_text("hours_places: x")
    found = check((tmp_path / "one", tmp_path / "two"), ["nz"], [])
    assert {problem.where.file for problem in found.problems} >= {"one/rules.yaml", "two/rules.yaml"}
