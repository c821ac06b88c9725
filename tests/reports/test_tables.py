import io
import sys

from connector.reports.tables import Said, Table, head_of, text_of
from connector.reports.values import Head, LastPull

TABLE = Table(
    title="Money",
    columns=["client", ">net", "empty"],
    rows=[["[bold]A & B[/bold] :smile:", "1,000.00", ""]],
    totals=[["all", "1,000.00", ""]],
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_what_a_source_says_is_never_taken_for_markup():
    assert "[bold]A & B[/bold] :smile:" in text_of([TABLE])


def test_a_pipe_gets_plain_text_and_empty_columns_are_left_out():
    text = text_of([Said("TIES", "bold green"), TABLE])
    assert text.isascii()
    assert "\x1b" not in text
    assert "empty" not in text


def test_a_terminal_gets_colour(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in text_of([Said("DOES NOT TIE", "bold red")])


def test_the_head_says_what_was_not_read_whole():
    head = Head(
        book="nz", period="2026-06", zone="Pacific/Auckland", as_of="2026-07-02T06:00:00+00:00", mapping="b5dbd2e6cef49098", run=7,
        pulls=(LastPull(connection="a", last_complete_pull="2026-07-02T05:00:00+00:00"), LastPull(connection="b", last_complete_pull=None, partial="never")),
        note="computed afresh: mapping changed since the last pull",
    )  # fmt: skip
    text = text_of(head_of("Tie-out", head))
    assert text.splitlines() == [
        "Tie-out",
        "book nz · period 2026-06 · zone Pacific/Auckland · as of 2026-07-02 18:00 NZST",
        "mapping b5dbd2e6cef4 · run 7",
        "last complete pull of a: 2026-07-02 17:00 NZST",
        "last complete pull of b: never  PARTIAL: never",
        "computed afresh: mapping changed since the last pull",
    ]


def test_a_table_without_rows_is_not_printed():
    assert text_of([Table(title="Nothing", columns=["a"], rows=[])]) == "\n"


def test_a_long_sentence_goes_on_under_its_own_beginning():
    lines = text_of([Said("   " + "word " * 40)]).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("   word") for line in lines)
