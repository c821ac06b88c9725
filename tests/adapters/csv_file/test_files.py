"""Which files are read, how they are unpacked, and what happens when they cannot be read to their end."""

import gzip
import lzma
import zipfile
from datetime import date
from pathlib import Path

import pytest

from connector.errors import ConfigError, TransientError
from connector.ports import Window
from tests.adapters.csv_file.hosting import HEADER, listed, open_files, pages, source

ONE = HEADER + "1,Alpine,2026-06-01,45,one\n"
TWO = HEADER + "2,Alpine,2026-06-02,50,two\n"


def ids(folder, **changes):
    return [entry.id for entry in listed(folder, **changes)]


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)


@pytest.mark.parametrize(("ending", "pack"), [("", bytes), (".gz", gzip.compress), (".xz", lzma.compress)])
@pytest.mark.parametrize("kind", ["csv", "tsv", "txt", "dat"])
def test_a_file_is_read_plain_or_packed(tmp_path, kind, ending, pack):
    (tmp_path / f"log.{kind}{ending}").write_bytes(pack(ONE.encode()))
    (entry,) = listed(tmp_path, path=f"log.{kind}{ending}")
    assert (entry.id, entry.origin) == ("1", f"log.{kind}{ending}:2")


def test_every_text_file_in_a_zip_is_read_and_what_a_mac_adds_is_not(tmp_path):
    three = TWO.replace("2,A", "3,A")
    mac = {"__MACOSX/._a.csv": "junk", "sub/": "", ".DS_Store": "junk"}
    zipped(tmp_path / "log.zip", {"b.csv": TWO, "a.csv": ONE, "sub/c.tsv": three} | mac)
    assert [(entry.id, entry.origin) for entry in listed(tmp_path, path="log.zip")] == [
        ("1", "log.zip/a.csv:2"),
        ("2", "log.zip/b.csv:2"),
        ("3", "log.zip/sub/c.tsv:2"),
    ]


@pytest.mark.parametrize("members", [{}, {"a.csv": ONE, "b.pdf": "x"}, {"a.csv": ONE, "june.xlsx": "x"}])
def test_a_zip_that_holds_something_else_is_refused_rather_than_read_in_part(tmp_path, members):
    zipped(tmp_path / "log.zip", members)
    with pytest.raises(ConfigError, match="are read from a"):
        listed(tmp_path, path="log.zip")


def test_a_folder_is_read_by_name_without_what_is_no_table(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "b.csv").write_text(TWO)
    (tmp_path / "data" / "a.csv.gz").write_bytes(gzip.compress(ONE.encode()))
    for name in ("README.md", ".hidden.csv", "~$b.xlsx"):
        (tmp_path / "data" / name).write_text("junk")
    assert [entry.origin for entry in listed(tmp_path, path="data")] == ["data/a.csv.gz:2", "data/b.csv:2"]


def test_a_glob_may_reach_into_folders(tmp_path):
    for folder, text in (("2026", ONE), ("2026/june", TWO)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "log.csv").write_text(text)
    assert ids(tmp_path, path="2026/**/*.csv") == ["2", "1"]
    assert ids(tmp_path, path="*/log.csv") == ["1"]


def test_a_name_with_brackets_is_a_file_where_it_exists(tmp_path):
    (tmp_path / "log [june].csv").write_text(ONE)
    assert ids(tmp_path, path="log [june].csv") == ["1"]


def test_paths_begin_at_the_configurations_folder_or_are_absolute(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "log.csv").write_text(ONE)
    assert ids(tmp_path / "config", path="../log.csv") == ["1"]
    assert ids(tmp_path / "config", path=str(tmp_path / "log.csv")) == ["1"]


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real.csv").write_text(ONE)
    (tmp_path / "log.csv").symlink_to(tmp_path / "real.csv")
    assert ids(tmp_path) == ["1"]


@pytest.mark.parametrize("path", ["log.csv", "*.csv", "empty", "gone/*.csv"])
def test_a_path_that_matches_nothing_is_an_error_and_not_an_empty_listing(tmp_path, path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError) as refused:
        listed(tmp_path, path=path)
    assert refused.value.next_step


# ---- cut off, corrupt, too large ----------------------------------------------------------------------------------------


def many(count=9000):
    return HEADER + "".join(f"{n},Alpine,2026-06-01,{n % 60},note {n * 7919}\n" for n in range(count))


def broken_listing(folder, error, **changes):
    seen = []
    with pytest.raises(error) as raised:
        seen.extend(source(folder, **changes).pages(Window(), None))
    assert not any(page.is_last for page in seen)
    return str(raised.value), seen


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("xz", lzma.compress)])
def test_a_cut_off_archive_is_tried_again_later(tmp_path, ending, pack):
    (tmp_path / f"log.csv.{ending}").write_bytes(pack(many().encode())[:-300])
    said, _ = broken_listing(tmp_path, TransientError, path=f"log.csv.{ending}")
    assert said.startswith(f"log.csv.{ending}: is cut off before its end")


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("xz", lzma.compress)])
def test_a_corrupt_archive_is_an_error(tmp_path, ending, pack):
    packed = bytearray(pack(many().encode()))
    packed[len(packed) // 2] ^= 0xFF
    (tmp_path / f"log.csv.{ending}").write_bytes(packed)
    said, _ = broken_listing(tmp_path, ConfigError, path=f"log.csv.{ending}")
    assert "cannot be unpacked" in said


@pytest.mark.parametrize("ending", ["gz", "xz", "zip", "xlsx"])
def test_a_file_that_is_not_what_its_name_says_is_an_error(tmp_path, ending):
    (tmp_path / f"log.{ending}").write_text("<html>Please sign in</html>")
    said, _ = broken_listing(tmp_path, ConfigError, path=f"log.{ending}")
    assert said.startswith(f"log.{ending}: ")


def test_a_cut_off_or_corrupt_zip_is_an_error(tmp_path):
    zipped(tmp_path / "whole.zip", {"log.csv": many()})
    packed = (tmp_path / "whole.zip").read_bytes()
    (tmp_path / "log.zip").write_bytes(packed[:-100])
    assert "cannot be unpacked" in broken_listing(tmp_path, ConfigError, path="log.zip")[0]
    flipped = bytearray(packed)
    flipped[len(packed) // 2] ^= 0xFF
    (tmp_path / "log.zip").write_bytes(flipped)
    assert "cannot be unpacked" in broken_listing(tmp_path, ConfigError, path="log.zip")[0]


def test_what_unpacks_to_more_than_the_bound_is_an_error(tmp_path):
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress((HEADER + "1,Alpine,2026-06-01,45,\n" * 60_000).encode()))
    said, _ = broken_listing(tmp_path, ConfigError, path="log.csv.gz", unpacked_mb_max="1")
    assert "unpacks to more than `unpacked_mb_max`" in said


def test_one_bad_file_of_several_breaks_the_listing(tmp_path):
    (tmp_path / "a.csv").write_text(many())
    (tmp_path / "b.csv").write_text("")
    _, seen = broken_listing(tmp_path, TransientError, path="*.csv")
    assert len(seen) == 4


@pytest.mark.parametrize(
    ("failure", "error", "said"),
    [
        (PermissionError(13, "Permission denied"), ConfigError, "log.csv: may not be read"),
        (OSError(5, "Input/output error"), TransientError, "log.csv: cannot be read now (Input/output error)"),
        (FileNotFoundError(2, "No such file"), ConfigError, "log.csv: there is no such file"),
    ],
)
def test_a_file_that_cannot_be_opened_is_an_error(tmp_path, monkeypatch, failure, error, said):
    def refuse(*_, **__):
        raise failure

    (tmp_path / "log.csv").write_text(ONE)
    monkeypatch.setattr(Path, "open", refuse)
    assert said in broken_listing(tmp_path, error)[0]


def test_a_file_that_changes_while_it_is_read_has_no_last_page(tmp_path):
    (tmp_path / "log.csv").write_text(many())
    listing = source(tmp_path).pages(Window(), None)
    assert not next(listing).is_last
    (tmp_path / "log.csv").write_text(ONE)
    with pytest.raises(TransientError, match="changed while it was read"):
        list(listing)


def test_a_file_that_appears_while_others_are_read_has_no_last_page(tmp_path):
    (tmp_path / "a.csv").write_text(many())
    listing = source(tmp_path, path="*.csv").pages(Window(), None)
    next(listing)
    (tmp_path / "b.csv").write_text(TWO)
    with pytest.raises(TransientError, match="changed while it was read"):
        list(listing)


# ---- pages, windows, cursors --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (1, [1]), (2000, [2000]), (2001, [2000, 1]), (4000, [2000, 2000])])
def test_pages_hold_2000_and_the_last_one_is_never_empty_without_need(tmp_path, count, sizes):
    (tmp_path / "log.csv").write_text(many(count))
    found = pages(tmp_path)
    assert [len(page.entries) for page in found] == sizes
    assert [page.is_last for page in found] == [False] * (len(sizes) - 1) + [True]


def test_a_listing_left_early_leaves_no_file_open(tmp_path):
    (tmp_path / "log.csv").write_text(many())
    listing = source(tmp_path).pages(Window(), None)
    next(listing)
    assert tmp_path / "log.csv" in open_files()
    listing.close()
    assert tmp_path / "log.csv" not in open_files()


def test_a_window_leaves_out_other_days_but_never_an_unreadable_one(tmp_path):
    days = ["2026-05-31", "2026-06-01", "2026-06-30", "2026-07-01", "someday"]
    (tmp_path / "log.csv").write_text(HEADER + "".join(f"{n},A,{day},45,\n" for n, day in enumerate(days)))
    listing = source(tmp_path).pages(Window(date(2026, 6, 1), date(2026, 6, 30)), None)
    assert [entry.id for page in listing for entry in page.entries] == ["1", "2", "4"]


def test_a_grown_an_edited_and_a_shortened_file_are_listed_as_they_are_now(tmp_path):
    def now(text):
        (tmp_path / "log.csv").write_text(text)
        (page,) = source(tmp_path).pages(Window(), cursor)
        return {entry.id: entry.seconds for entry in page.entries}, page.next_cursor

    cursor = None
    first, cursor = now(ONE)
    grown, after_growing = now(ONE + "2,Alpine,2026-06-02,50,\n")
    edited, _ = now(ONE.replace(",45,", ",46,") + "2,Alpine,2026-06-02,50,\n")
    shortened, _ = now(HEADER + "2,Alpine,2026-06-02,50,\n")
    assert first == {"1": 2700}
    assert grown == {"1": 2700, "2": 3000}
    assert edited == {"1": 2760, "2": 3000}
    assert shortened == {"2": 3000}
    assert cursor != after_growing


def test_the_cursor_stays_while_nothing_changes_and_unchanged_files_are_listed_again(tmp_path):
    (tmp_path / "log.csv").write_text(ONE)
    (first,) = pages(tmp_path)
    (again,) = source(tmp_path).pages(Window(), first.next_cursor)
    assert again == first
