"""Encodings, separators and quotes, declared or detected."""

import codecs

import pytest

from connector.errors import ConfigError, TransientError
from tests.adapters.csv_file.hosting import HEADER, read

ROW = "1,Café Zoë,2026-06-01,45,naïve\n"
LONGER = ROW + "".join(f"{n},Société Générale,2026-06-01,45,réunion à l'hôtel déjà réservée n° {n}\n" for n in range(2, 40))


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
    ],
)
def test_unicode_is_detected(tmp_path, encoding, bom):
    entry = read(tmp_path, bom + (HEADER + ROW).encode(encoding))[0]
    assert (entry.id, entry.client, entry.notes, entry.problem) == ("1", "Café Zoë", "naïve", "")


def test_a_byte_order_mark_does_not_become_part_of_the_header_when_utf_8_is_declared(tmp_path):
    assert read(tmp_path, codecs.BOM_UTF8 + (HEADER + ROW).encode(), encoding="utf-8")[0].id == "1"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_western_encoding_is_detected(tmp_path, encoding):
    entries = read(tmp_path, (HEADER + LONGER).encode(encoding))
    assert entries[0].client == "Café Zoë"
    assert {entry.client for entry in entries[1:]} == {"Société Générale"}


@pytest.mark.parametrize(
    ("encoding", "client"),
    [("cp1251", "Жук и дочь"), ("cp932", "株式会社テスト"), ("cp1253", "Αθήνα ΕΠΕ"), ("gb18030", "北京公司")],
)
def test_other_alphabets_are_detected(tmp_path, encoding, client):
    text = HEADER + "".join(f"{n},{client},2026-06-01,45,{client} {n}\n" for n in range(2500))
    assert {entry.client for entry in read(tmp_path, text.encode(encoding))} == {client}


def test_an_accent_or_two_are_read_as_western(tmp_path):
    assert read(tmp_path, (HEADER + ROW).encode("cp1252"))[0].client == "Café Zoë"


def test_a_declared_encoding_is_used(tmp_path):
    assert read(tmp_path, (HEADER + "1,Жук,2026-06-01,45,\n").encode("cp1251"), encoding="cp1251")[0].client == "Жук"


def test_bytes_that_are_not_text_make_their_row_a_problem_and_no_other(tmp_path):
    text = HEADER.encode() + ROW.encode() + ROW.replace("1,", "2,").encode("latin-1") + ROW.replace("1,", "3,").encode()
    first, second, third = read(tmp_path, text, encoding="utf-8")
    assert (first.problem, third.problem, third.client) == ("", "", "Café Zoë")
    assert second.problem == "bytes that are not text in the file's encoding"
    assert (second.client, second.seconds) == ("Caf\ufffd Zo\ufffd", 2700)


def test_bytes_far_behind_the_beginning_do_not_crash_the_listing(tmp_path):
    many = "".join(f"{n},Alpine,2026-06-01,45,{'x' * 60}\n" for n in range(2000)).encode()
    entries = read(tmp_path, HEADER.encode() + many + "z,Café,2026-06-01,45,\n".encode("latin-1"))
    assert [entry.id for entry in entries if entry.problem] == ["z"]


def test_a_replacement_character_that_stands_in_the_file_is_text(tmp_path):
    assert read(tmp_path, HEADER + "1,Caf\ufffd,2026-06-01,45,\n")[0].problem == ""


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_detected(tmp_path, separator):
    text = (HEADER + "1,Alpine,2026-06-01,45,done\n").replace(",", separator)
    entry = read(tmp_path, text)[0]
    assert (entry.client, entry.notes, entry.seconds) == ("Alpine", "done", 2700)


def test_the_separator_is_the_one_under_which_the_mapped_columns_are_found(tmp_path):
    entry = read(tmp_path, 'id;"client";day;minutes;notes;a, b, c, d, e, f, g\n1;Alpine;2026-06-01;45;x, y;z\n')[0]
    assert (entry.client, entry.notes) == ("Alpine", "x, y")


@pytest.mark.parametrize(("declared", "separator"), [("tab", "\t"), ("~", "~"), ("semicolon", ";")])
def test_a_declared_separator_is_used(tmp_path, declared, separator):
    assert read(tmp_path, (HEADER + "1,Alpine,2026-06-01,45,\n").replace(",", separator), separator=declared)[0].client == "Alpine"


def test_excels_own_separator_line_is_no_header(tmp_path):
    entry = read(tmp_path, "sep=~\r\n" + (HEADER + "1,Alpine,2026-06-01,45,\n").replace(",", "~"))[0]
    assert (entry.client, entry.origin) == ("Alpine", "log.csv:3")


def test_lines_before_the_header_can_be_skipped(tmp_path):
    entry = read(tmp_path, "Time report\nJune; 2026\n" + HEADER + "1,Alpine,2026-06-01,45,\n", skip_lines="2")[0]
    assert (entry.client, entry.origin) == ("Alpine", "log.csv:4")


def test_a_file_without_a_header_can_be_given_one(tmp_path):
    entry = read(tmp_path, "1;Alpine;2026-06-01;45;\n", header=["id", "client", "day", "minutes", "notes"])[0]
    assert (entry.client, entry.origin) == ("Alpine", "log.csv:1")


def test_quotes_can_be_switched_off(tmp_path):
    entry = read(tmp_path, HEADER + '1,Alpine,2026-06-01,45,"5" disk\n', quote="none")[0]
    assert (entry.notes, entry.problem) == ('"5" disk', "")


def test_windows_and_old_mac_line_ends_are_line_ends(tmp_path):
    for end in ("\r\n", "\r"):
        entries = read(tmp_path, (HEADER + "1,A,2026-06-01,45,x\n2,A,2026-06-01,45,y\n").replace("\n", end))
        assert [(entry.id, entry.notes) for entry in entries] == [("1", "x"), ("2", "y")]


# ---- broken quotes ------------------------------------------------------------------------------------------------------


def test_a_quote_that_is_never_closed_swallows_no_row(tmp_path):
    rows = [f"{n},A,2026-06-01,45,x\n" for n in range(1, 9)]
    rows[3] = '4,A,2026-06-01,45,"x\n'
    entries = read(tmp_path, HEADER + "".join(rows))
    assert [(entry.id, entry.seconds, entry.origin) for entry in entries] == [(str(n), 2700, f"log.csv:{n + 1}") for n in range(1, 9)]
    assert [entry.id for entry in entries if entry.problem] == ["4"]
    assert entries[3].problem.startswith("broken quotes")


def test_two_stray_quotes_make_two_problems_and_swallow_no_row(tmp_path):
    rows = [f"{n},A,2026-06-01,45,x\n" for n in range(1, 9)]
    rows[2], rows[5] = '3,A,2026-06-01,45,"x\n', '6,A,2026-06-01,45,"x" y\n'
    entries = read(tmp_path, HEADER + "".join(rows))
    assert [entry.id for entry in entries] == [str(n) for n in range(1, 9)]
    assert [entry.id for entry in entries if entry.problem] == ["3", "6"]


def test_an_open_quote_in_a_long_file_is_mended_within_bounds(tmp_path):
    rows = [f"{n},A,2026-06-01,45,{'x' * 40}\n" for n in range(6000)]
    rows[10] = '10,A,2026-06-01,45,"x\n'
    entries = read(tmp_path, HEADER + "".join(rows))
    assert len(entries) == 6000
    assert [entry.id for entry in entries if entry.problem] == ["10"]


def test_a_cell_beyond_the_limit_is_a_problem(tmp_path):
    entries = read(tmp_path, HEADER + f"1,A,2026-06-01,45,{'x' * 200_000}\n2,A,2026-06-01,45,\n")
    assert [(entry.id, bool(entry.problem), entry.seconds) for entry in entries] == [
        ("1", True, 2700),
        ("2", False, 2700),
    ]
    assert len(entries[0].notes) < 140_000


def test_a_line_without_an_end_is_an_error_and_not_a_listing(tmp_path):
    with pytest.raises(ConfigError, match="too long for a time log"):
        read(tmp_path, HEADER + "1,A,2026-06-01,45," + "x" * 2_000_000)


# ---- no table -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "\n", "  \n\n"])
def test_an_empty_file_is_not_an_empty_listing(tmp_path, text):
    with pytest.raises(TransientError, match="is empty: not even a header"):
        read(tmp_path, text)


def test_a_file_that_is_no_table_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="its separator cannot be told"):
        read(tmp_path, "<html>\nService unavailable\n</html>\n")


def test_a_header_alone_is_an_empty_listing(tmp_path):
    assert read(tmp_path, HEADER) == []
