"""What may become of a folder: crashes, full disks, and people with editors and file managers."""

import csv
import errno
import os
import stat
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from pydantic import ValidationError

from adapters.files import folder, papers
from adapters.files.sink import Settings
from connector.errors import TransientError
from connector.model import DocumentRef
from connector.ports import Accepted, Change, NotSent, Rejected, Stale, Taken, Unknown
from tests.adapters.files.bench import FilesBench
from tests.contract.sink_bench import as_it_stands, change, create, credit, listing, push, ready

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def bench(tmp_path, monkeypatch) -> FilesBench:
    return FilesBench(tmp_path, monkeypatch)


def fail(bench: FilesBench, target: object, name: str, error: OSError, *, when: str = "") -> None:
    """From now on `target.name` fails, where `when` stands in one of its arguments."""
    real = getattr(target, name)

    def failing(*given: object, **named: object) -> object:
        if any(when in str(one) for one in (*given, *named.values())):
            raise error
        return real(*given, **named)

    bench.monkeypatch.setattr(target, name, failing)


def files(bench: FilesBench) -> list[str]:
    return sorted(path.name for path in bench.folder.iterdir()) if bench.folder.exists() else []


def rows(bench: FilesBench, name: str = "HB-1") -> list[dict[str, str]]:
    with (bench.folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# ---- what is written ----------------------------------------------------------------------------------------------------


def test_a_document_is_a_json_and_a_csv_for_nobody_elses_eyes(bench):
    create(bench, bench.document("HB-1"))

    assert files(bench) == ["HB-1.csv", "HB-1.json"]
    assert stat.S_IMODE(bench.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in bench.folder.iterdir()} == {0o600}


def test_a_mode_that_somebody_gave_is_kept(bench):
    remote = create(bench, bench.document("HB-1"))
    bench.folder.chmod(0o750)
    for path in bench.folder.iterdir():
        path.chmod(0o640)

    change(bench, "update", remote, bench.document("HB-1", bench.line("Amended", "2", "20.00")))

    assert stat.S_IMODE(bench.folder.stat().st_mode) == 0o750
    assert {stat.S_IMODE(path.stat().st_mode) for path in bench.folder.iterdir()} == {0o640}


def test_the_table_says_what_the_document_says(bench):
    lines = bench.line("Support", "1.25", "150.00"), bench.line("Project", "1E+1", "165.00")
    create(bench, bench.document("HB-1", *lines))

    first, second = rows(bench)

    assert (first["number"], first["status"], first["customer"], first["po"]) == (
        "HB-1",
        "draft",
        "Alpine Dental",
        "PO-7",
    )
    assert (first["hours"], first["price"], first["net"]) == ("1.25", "150.00", "187.50")
    assert (second["line"], second["hours"], second["net"]) == ("2", "10", "1650.00")


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1", "＝1+1"])  # noqa: RUF001
def test_no_text_becomes_a_formula_in_a_spreadsheet(bench, text):
    document = bench.document("HB-1", bench.line(text, "1", "10.00"), customer=text, po=text, currency=text)
    remote = create(bench, document)

    (row,) = rows(bench)

    assert [row[name][:1] for name in ("description", "customer", "po", "currency")] == ["'"] * 4
    assert (remote.customer, remote.lines[0].description) == (text, text)


def test_the_table_follows_the_document_until_it_is_taken_out_of_force(bench):
    remote = create(bench, bench.document("HB-1"))
    change(bench, "update", remote, bench.document("HB-1", bench.line("Amended", "2", "20.00")))
    assert [row["description"] for row in rows(bench)] == ["Amended"]

    change(bench, "void", remote)

    assert [row["status"] for row in rows(bench)] == ["deleted"]


@pytest.mark.parametrize("number", ["2026/06/001", "../../etc/passwd", ".hidden", "Ü 1", "a\\b:c*?", "HB-1\n", "%2F"])
def test_any_number_is_a_file_inside_the_folder_and_is_found(bench, number):
    remote = create(bench, bench.document(number))

    assert [path.parent for path in bench.root.rglob("*.json")] == [bench.folder]
    assert bench.sink().find([remote.ref])[DocumentRef("invoice", number)] == bench.sink().read([remote.id])
    assert len(listing(bench)[0]) == 1


def test_a_number_too_long_for_a_file_is_refused(bench):
    (outcome,) = push(bench, "create", Change(bench.document("Ü" * 80))).values()

    assert isinstance(outcome, Rejected)
    assert "number:" in outcome.reason
    assert files(bench) == []


def test_a_credit_note_and_an_invoice_may_have_the_same_number(bench):
    invoice = create(bench, bench.document("HB-1"))
    note = credit(bench, bench.document("HB-1", kind="credit_note"))

    assert invoice.id != note.id
    assert {ref.kind: [one.id for one in found] for ref, found in bench.sink().find([invoice.ref, note.ref]).items()} == {
        "invoice": [invoice.id],
        "credit_note": [note.id],
    }


@pytest.mark.parametrize("name", ["../out/HB-1", "/etc/passwd", "", ".", "..", ".HB-1", "a\0b", "x" * 300])
def test_an_id_never_leads_out_of_the_folder(bench, name):
    create(bench, bench.document("HB-1"))

    assert bench.sink().read([name]) == []


def test_a_file_in_a_folder_inside_the_folder_is_no_document(bench):
    create(bench, bench.document("HB-1"))
    (bench.folder / "older").mkdir()
    (bench.folder / "HB-1.json").rename(bench.folder / "older" / "HB-1.json")

    assert bench.sink().read(["older/HB-1"]) == []
    assert listing(bench)[0] == {}


def test_the_folder_must_be_named():
    with pytest.raises(ValidationError, match="folder"):
        Settings(folder="")


# ---- crashes and disks --------------------------------------------------------------------------------------------------


def test_a_full_disk_before_the_file_is_in_place_is_not_sent_and_leaves_nothing(bench):
    bench.folder.mkdir()
    fail(bench, folder.os, "fsync", FULL)

    (outcome,) = push(bench, "create", Change(bench.document("HB-1"))).values()

    assert isinstance(outcome, NotSent)
    assert "No space left" in outcome.reason
    assert str(bench.folder) in outcome.reason
    assert files(bench) == []


def test_a_full_disk_leaves_the_document_as_it_stands(bench):
    remote = create(bench, bench.document("HB-1"))
    fail(bench, folder.os, "fsync", FULL)

    outcome = change(bench, "update", remote, bench.document("HB-1", bench.line("Amended", "2", "20.00")))

    assert isinstance(outcome, NotSent)
    assert as_it_stands(bench, remote.id) == remote
    assert files(bench) == ["HB-1.csv", "HB-1.json"]


def test_only_the_members_that_were_not_written_are_not_sent(bench):
    fail(bench, folder.os, "link", FULL, when="HB-1.json")

    outcomes = push(bench, "create", *(Change(bench.document(f"HB-{n}")) for n in range(3)))

    assert [type(outcomes[DocumentRef("invoice", f"HB-{n}")]) for n in range(3)] == [Accepted, NotSent, Accepted]
    assert [name for name in files(bench) if name.endswith(".json")] == ["HB-0.json", "HB-2.json"]


def test_an_error_that_proves_nothing_is_unknown(bench):
    fail(bench, folder.os, "link", OSError(errno.EIO, "Input/output error"))

    (outcome,) = push(bench, "create", Change(bench.document("HB-1"))).values()

    assert isinstance(outcome, Unknown)


def test_a_file_system_without_hard_links_is_named(bench):
    fail(bench, folder.os, "link", OSError(errno.EOPNOTSUPP, "Operation not supported"))

    (outcome,) = push(bench, "create", Change(bench.document("HB-1"))).values()

    assert isinstance(outcome, NotSent)
    assert "choose another `folder`" in outcome.reason
    assert files(bench) == []


def test_a_folder_that_cannot_be_made_is_not_sent(bench):
    (bench.root / "out").write_text("a file where the folder should be")

    (outcome,) = push(bench, "create", Change(bench.document("HB-1"))).values()

    assert isinstance(outcome, NotSent)


def test_two_installations_cannot_make_the_same_number(bench):
    """The other one writes between our look and our link."""
    real = folder.os.link

    def link(source: Path, target: Path) -> None:
        bench.monkeypatch.setattr(folder.os, "link", real)
        create(bench, bench.document("HB-1", bench.line("The other one", "1", "1.00")))
        real(source, target)

    bench.monkeypatch.setattr(folder.os, "link", link)
    outcomes = push(bench, "create", Change(bench.document("HB-1")))

    assert outcomes == {DocumentRef("invoice", "HB-1"): Taken("HB-1")}
    assert [row["description"] for row in rows(bench)] == ["The other one"]


def test_a_crash_between_document_and_table_is_made_good_by_the_next_look(bench):
    fail(bench, papers.csv, "writer", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        push(bench, "create", Change(bench.document("HB-1")))
    assert files(bench) == ["HB-1.json"]
    bench.monkeypatch.undo()

    listing(bench)

    assert [row["description"] for row in rows(bench)] == ["Support"]


def test_a_document_whose_table_cannot_be_written_stands_and_the_look_says_what_is_wrong(bench):
    fail(bench, folder.os, "utime", FULL)
    (outcome,) = push(bench, "create", Change(bench.document("HB-1"))).values()
    assert isinstance(outcome, Accepted)
    assert files(bench) == ["HB-1.json"]

    with pytest.raises(TransientError, match="No space left"):
        listing(bench)


def test_what_a_killed_process_left_half_written_is_no_document_and_goes(bench):
    create(bench, bench.document("HB-1"))
    for name, age in ((".old.part", 7200), (".new.part", 60)):
        path = bench.folder / name
        path.write_text("{")
        stamp = bench.clock.now().timestamp() - age
        os.utime(path, (stamp, stamp))

    found, _ = listing(bench)

    assert set(found) == {"HB-1"}
    assert files(bench) == [".new.part", "HB-1.csv", "HB-1.json"]


def test_a_folder_for_reading_only_is_read_and_not_written(bench):
    remote = create(bench, bench.document("HB-1"))
    fail(bench, folder.tempfile, "mkstemp", PermissionError(errno.EACCES, "Permission denied"))

    assert set(listing(bench)[0]) == {remote.id}
    for operation, given in (
        ("void", Change(bench.document("HB-1"), remote)),
        ("create", Change(bench.document("HB-2"))),
    ):
        (outcome,) = push(bench, operation, given).values()
        assert isinstance(outcome, NotSent)
        assert "Permission denied" in outcome.reason
    assert as_it_stands(bench, remote.id) == remote


def test_a_folder_that_cannot_be_listed_is_not_taken_for_an_empty_one(bench):
    remote = create(bench, bench.document("HB-1"))
    fail(bench, folder.os, "scandir", PermissionError(errno.EACCES, "Permission denied"))

    with pytest.raises(TransientError, match="cannot be listed: Permission denied"):
        listing(bench)
    with pytest.raises(TransientError):
        bench.sink().find([remote.ref])
    (outcome,) = push(bench, "create", Change(bench.document("HB-2"))).values()
    assert isinstance(outcome, NotSent)


# ---- people ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"id": "HB-1"}', b'{"id": "x", "status": "Draft"}', b'{"id": "x", "status": "draft", "net": "NaN"}',
     b'{"id": "x", "status": "draft", "net": "1E+999999"}', b'{"id": "x", "status": "draft", "net": "ten"}'],
)  # fmt: skip
def test_a_damaged_file_is_named_and_nothing_is_guessed(bench, body):
    theirs = create(bench, bench.document("HB-1"))
    (bench.folder / "HB-1.json").write_bytes(body)

    for look in (lambda: listing(bench), lambda: bench.sink().find([theirs.ref]), lambda: bench.sink().read(["HB-1"])):
        with pytest.raises(TransientError, match=r"HB-1\.json: is no document: .* move it out of the folder"):
            look()
    for operation, given in (
        ("create", Change(bench.document("HB-1"))),
        ("void", Change(bench.document("HB-1"), theirs)),
    ):
        (outcome,) = push(bench, operation, given).values()
        assert isinstance(outcome, NotSent)
    assert (bench.folder / "HB-1.json").read_bytes() == body


def test_an_edit_in_a_text_editor_is_seen_and_not_overwritten(bench):
    remote = create(bench, bench.document("HB-1"))
    theirs = as_it_stands(bench, remote.id)
    path = bench.folder / "HB-1.json"
    path.write_text(path.read_text().replace('"price": "150.00"', '"price": 149.00'))

    outcomes = push(bench, "update", Change(bench.document("HB-1", bench.line("Amended", "2", "20.00")), theirs))

    assert isinstance(outcomes[remote.ref], Stale)
    (line,) = as_it_stands(bench, remote.id).lines
    assert line.price == Decimal("149.00")
    listing(bench)
    assert [row["price"] for row in rows(bench)] == ["149.00"]


def test_what_a_person_writes_of_ids_and_versions_does_not_count(bench):
    remote = create(bench, bench.document("HB-1"))
    path = bench.folder / "HB-1.json"
    path.write_text(path.read_text().replace('"id": "HB-1"', '"id": "HB-7"').replace('"ours": null', '"ours": true'))

    there = as_it_stands(bench, "HB-1")

    assert (there.id, there.ours) == ("HB-1", None)
    assert there.version != remote.version


def test_a_renamed_file_still_uses_its_number(bench):
    remote = create(bench, bench.document("HB-1"))
    (bench.folder / "HB-1.json").rename(bench.folder / "sent to Alpine.json")

    assert [one.id for one in bench.sink().find([remote.ref])[remote.ref]] == ["sent to Alpine"]
    assert bench.sink().read(["HB-1"]) == []
    assert push(bench, "create", Change(bench.document("HB-1"))) == {remote.ref: Taken("HB-1")}
    assert isinstance(
        push(bench, "void", Change(bench.document("HB-1"), remote))[remote.ref],
        Rejected,
    )


def test_a_removed_file_is_no_longer_there(bench):
    remote = create(bench, bench.document("HB-1"))
    (bench.folder / "HB-1.json").unlink()

    assert listing(bench)[0] == {}
    assert bench.sink().find([remote.ref]) == {remote.ref: []}
    outcomes = push(bench, "update", Change(bench.document("HB-1"), remote))
    assert isinstance(outcomes[remote.ref], Rejected)
    assert "no longer there" in outcomes[remote.ref].reason


def test_a_removed_table_comes_back_and_one_that_somebody_saved_stays(bench):
    create(bench, bench.document("HB-1"))
    create(bench, bench.document("HB-2"))
    (bench.folder / "HB-1.csv").unlink()
    (bench.folder / "HB-2.csv").write_text("number,note\nHB-2,paid by cheque\n")

    listing(bench)

    assert len(rows(bench, "HB-1")) == 1
    assert (bench.folder / "HB-2.csv").read_text() == "number,note\nHB-2,paid by cheque\n"


def test_what_is_no_json_file_does_not_matter(bench):
    create(bench, bench.document("HB-1"))
    (bench.folder / "notes.txt").write_text("x")
    (bench.folder / ".HB-2.json").write_text("half")
    (bench.folder / "older.json").mkdir()

    assert set(listing(bench)[0]) == {"HB-1"}


def test_a_number_in_another_case_is_another_number(bench):
    create(bench, bench.document("HB-1"))

    assert bench.sink().find([DocumentRef("invoice", "hb-1")]) == {DocumentRef("invoice", "hb-1"): []}


def test_a_request_stored_by_one_process_is_sent_by_another(bench):
    (request,) = bench.sink().prepare("create", [Change(bench.document("HB-1"))])
    stored = msgspec.json.decode(msgspec.json.encode(request), type=type(request))

    outcomes = bench.sink().send(ready(bench, stored))

    assert isinstance(outcomes[DocumentRef("invoice", "HB-1")], Accepted)
