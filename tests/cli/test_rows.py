"""Tables of commands: what does not fit the line is wrapped between words, and nothing that is to be pasted is broken."""

import pytest

from connector.cli.options import Format
from connector.cli.rows import show

ROW = {
    "ref": "HB-2606-035:toggl:3100000002",
    "client": "Saddleback Farms and Sons of the Valley",
    "left_out": "0:57 (0.95)",
    "net": "-120.00",
    "cause": "toggl:3100000002 was deleted at the source after it was billed on HB-2606-035",
    "said": "no credit: HB-2606-035 is a draft over there and can be amended",
}


@pytest.fixture
def lines(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "110")
    show([ROW], tuple(ROW), Format.table)
    return capsys.readouterr().out.splitlines()


def test_a_table_fits_the_line(lines):
    assert max(map(len, lines)) <= 110
    assert len(lines) > 4


def test_no_word_and_no_figure_is_broken(lines):
    text = " ".join(" ".join(lines).split())
    for whole in ("HB-2606-035:toggl:3100000002", "toggl:3100000002", "-120.00", "Saddleback"):
        assert whole in text


def test_a_heading_is_words_and_a_key_of_json_stays(lines, capsys):
    assert "left out" in lines[0]
    show([ROW], ("left_out",), Format.csv)
    assert capsys.readouterr().out == "left_out\n0:57 (0.95)\n"


def test_what_fits_stays_on_its_line(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    show([ROW], tuple(ROW), Format.table)
    assert len(capsys.readouterr().out.splitlines()) == 3
