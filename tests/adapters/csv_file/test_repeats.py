"""An id is listed once, and nothing is lost by it."""

from tests.adapters.csv_file.hosting import HEADER, listed, read


def by_id(entries):
    assert len({entry.id for entry in entries}) == len(entries)
    return {entry.id: entry for entry in entries}


def test_a_second_row_of_an_id_that_says_something_else_goes_on_as_a_problem(tmp_path):
    first, second = read(tmp_path, HEADER + "1,Alpine,2026-06-01,45,\n1,Alpine,2026-06-01,50,\n")
    assert (first.id, first.problem) == ("1", "")
    assert second.id.startswith("1~")
    assert second.problem == "repeated id '1': an earlier row of this id says something else"
    assert (second.seconds, second.origin) == (3000, "log.csv:3")


def test_the_id_of_a_repeat_does_not_depend_on_the_rows_around_it(tmp_path):
    rows = "1,Alpine,2026-06-01,45,\n1,Alpine,2026-06-01,50,\n"
    before = read(tmp_path, HEADER + rows)[1].id
    assert read(tmp_path, HEADER + "0,Bayside,2026-06-01,5,\n" + rows)[2].id == before


def test_many_rows_of_an_id_are_all_kept(tmp_path):
    entries = read(tmp_path, HEADER + "".join(f"1,Alpine,2026-06-01,{n},\n" for n in range(20)))
    assert [entry.seconds for entry in by_id(entries).values()] == [60 * n for n in range(20)]


def test_a_repeat_of_a_repeat_is_kept_too(tmp_path):
    entries = read(tmp_path, HEADER + "1,A,2026-06-01,45,\n" + "1,A,2026-06-01,50,\n" * 2)
    assert [entry.seconds for entry in by_id(entries).values()] == [2700, 3000, 3000]


def test_a_row_that_says_the_same_again_is_the_same_entry(tmp_path):
    (tmp_path / "may-june.csv").write_text(HEADER + "1,Alpine,2026-05-31,45,\n2,Alpine,2026-06-01,45,\n")
    (tmp_path / "june-july.csv").write_text("client,id,day,minutes,notes\nAlpine,2,2026-06-01,45,\nAlpine,3,2026-06-30,45,\n")
    entries = listed(tmp_path, path="*.csv")
    assert sorted((entry.id, entry.problem) for entry in entries) == [("1", ""), ("2", ""), ("3", "")]


def test_rows_that_a_key_cannot_tell_apart_are_all_kept(tmp_path):
    same = "x,Alpine,2026-06-01,15,call\n"
    first, second, third = read(tmp_path, HEADER + same * 3, id=None, key=["client", "worked_on"])
    assert first.problem == ""
    assert "the key does not tell it from an earlier row" in second.problem
    assert len({first.id, second.id, third.id}) == 3
    assert first.seconds == second.seconds == third.seconds == 900


def test_rows_without_an_id_are_problems_under_ids_of_their_own(tmp_path):
    entries = read(tmp_path, HEADER + ",Alpine,2026-06-01,45,\n \t,Alpine,2026-06-01,45,\n,Alpine,2026-06-01,50,\n")
    assert [entry.seconds for entry in entries] == [2700, 2700, 3000]
    assert all(entry.problem == "its id is empty" and entry.id.startswith("row-") for entry in entries)
    assert len(by_id(entries)) == 3


def test_an_id_that_looks_like_a_repeats_takes_no_entry_away(tmp_path):
    repeat = read(tmp_path, HEADER + "1,A,2026-06-01,45,\n1,A,2026-06-01,50,\n")[1].id
    text = HEADER + f"1,A,2026-06-01,45,\n{repeat},A,2026-06-01,5,\n1,A,2026-06-01,50,\n"
    assert sorted(entry.seconds for entry in by_id(read(tmp_path, text)).values()) == [300, 2700, 3000]
