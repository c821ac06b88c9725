"""Closing a month and proving it, through the command line, on the starter folder."""

import contextlib
import json
import sqlite3
import stat

import pytest

from connector.samples.folders import start


@pytest.fixture
def billed(mapped):
    """June, sent."""
    mapped("approve", mapped("plan", "--format", "json").data["checksum"])
    assert mapped("apply").code == 0
    return mapped


def edit(folder, name, old, new):
    path = folder / name
    assert old in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def in_state(folder, sql):
    with contextlib.closing(sqlite3.connect(folder / "hourbridge.db")) as state, state:
        state.execute(sql)


def test_init_makes_a_key_for_this_user_alone_and_tells_its_public_half(run, tmp_path):
    folder = tmp_path / "new"
    done = run("init", str(folder))
    key = folder / "signing.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "Its public half" in done.err
    assert key.read_text().strip().removeprefix("ed25519:") not in done.err


def test_a_month_is_closed_into_a_folder_and_proved(billed, folder):
    done = billed("close", "2026-06", "--format", "json")
    assert (done.code, done.data[0]["outcome"]) == (0, "closed")
    assert "There was no key to sign with" in done.err
    assert f"Its certificate is {folder / 'certificates' / 'main-2026-06-0001.pdf'}; main-2026-06-0001.json beside it" in done.err
    json_file, pdf = folder / "certificates" / "main-2026-06-0001.json", folder / "certificates" / "main-2026-06-0001.pdf"
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert json.loads(json_file.read_text())["digest"] == done.data[0]["digest"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (json_file, pdf)} == {0o644}
    assert billed("verify").code == 0
    assert billed("verify", "--certificate", str(json_file)).code == 0
    assert "closed: main 2026-06" in billed("reconcile", "--period", "2026-06").out


def test_a_close_that_is_refused_makes_no_key(mapped, folder):
    mapped("plan")
    done = mapped("close", "2026-06")
    assert (done.code, "cannot be closed" in done.err) == (3, True)
    assert "no key to sign with" not in done.err
    assert not (folder / "signing.key").exists()


def test_a_key_that_is_none_is_refused_before_anything_is_looked_at(billed, folder):
    (folder / "signing.key").write_text("a canary, not a key\n")
    (folder / "signing.key").chmod(0o600)
    done = billed("close", "2026-06")
    assert (done.code, "is no key" in done.err) == (2, True)


def test_closing_again_writes_the_same_files_again(billed, folder):
    billed("close", "2026-06")
    before = {path.name: path.read_bytes() for path in (folder / "certificates").iterdir()}
    for path in (folder / "certificates").iterdir():
        path.unlink()
    done = billed("close", "2026-06")
    assert (done.code, "was closed on 2026-07-02" in done.err) == (0, True)
    assert {path.name: path.read_bytes() for path in (folder / "certificates").iterdir()} == before


def test_a_month_that_nobody_read_is_not_closed(run, folder):
    done = run("close", "2026-06")
    assert (done.code, "timesheets was never read to its end: time may be missing. Next: `hourbridge pull timesheets`" in done.err) == (
        3,
        True,
    )
    assert not (folder / "certificates").exists()


def test_a_close_fits_a_line(billed):
    assert billed("close", "2026-06").out.splitlines()[0].split() == ["book", "period", "certificate", "outcome"]


def test_what_waits_is_told_with_the_command_that_mends_it(run):
    run("pull")
    done = run("close", "2026-06")
    assert done.code == 3
    assert "unmatched. Next: `hourbridge unmatched --book main`" in done.err
    assert "planned and not approved" in done.err


def test_what_does_not_tie_ends_with_four(billed, folder):
    in_state(
        folder,
        'INSERT INTO strangers (book, remote_id, number, body) VALUES (\'main\', \'x\', \'INV-2606-009\', \'{"id":"x","number":"INV-2606-009","status":"posted","version":"1","net":"50"}\')',
    )
    done = billed("close", "2026-06")
    assert (done.code, "it does not tie" in done.err, "INV-2606-009: ours not known" in done.err) == (4, True, True)


def test_a_folder_that_cannot_be_written_leaves_the_period_closed(billed, folder):
    (folder / "taken").write_text("a file")
    done = billed("close", "2026-06", "--into", "taken")
    assert (done.code, "the certificate is kept in the state" in done.err) == (2, True)
    assert billed("close", "2026-06", "--format", "json").data[0]["outcome"] == "closed before"


def test_a_period_is_opened_again_only_with_a_reason(billed):
    billed("close", "2026-06")
    assert billed("close", "2026-06", "--reopen").code == 2
    done = billed("close", "2026-06", "--reopen", "--why", "a price was wrong")
    assert (done.code, "is open again" in done.err) == (0, True)
    assert billed("close", "2026-06", "--format", "json").data[0]["certificate"] == 2
    assert billed("verify").code == 0


def test_a_changed_certificate_ends_with_four(billed, folder):
    billed("close", "2026-06")
    path = folder / "certificates" / "main-2026-06-0001.json"
    path.write_text(path.read_text().replace("538.75", "539.75"))
    done = billed("verify", "--certificate", str(path), "--format", "json")
    assert (done.code, done.data["holds"]) == (4, False)
    assert "it was changed" in done.out


def test_a_certificate_is_proved_where_nothing_else_is(billed, folder, tmp_path_factory, monkeypatch):
    billed("close", "2026-06")
    content = (folder / "certificates" / "main-2026-06-0001.json").read_bytes()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    (elsewhere / "c.json").write_bytes(content)
    done = billed("verify", "--certificate", "c.json")
    assert (done.code, "compare it with the one you keep" in done.err) == (0, True)
    assert billed("verify", "--certificate", "c.json", "--key", json.loads(content)["certificate"]["public_key"]).code == 0
    assert billed("verify", "--certificate", "c.json", "--key", "0" * 64).code == 4
    assert billed("verify", "--certificate", "none.json").code == 2


def test_verify_finds_what_was_changed_in_the_state(billed, folder):
    billed("close", "2026-06")
    in_state(folder, "UPDATE audit SET body = '{}' WHERE stream = 'book:main' AND seq = 1")
    done = billed("verify", "--format", "csv")
    assert (done.code, "book:main #1,it was changed after it was written" in done.out) == (4, True)


def test_a_past_document_is_made_again_whatever_the_files_say_now(billed, folder):
    edit(folder, "mappings/rate_cards.yaml", "95.00", "195.00")
    billed("pull")
    done = billed("explain", "INV-2606-001", "--as-billed")
    assert (done.code, "REPRODUCED TO THE CENT" in done.out) == (0, True)


def test_a_key_that_is_none_is_told_and_never_shown(billed, folder):
    (folder / "signing.key").write_text("canary: no key at all\n")
    (folder / "signing.key").chmod(0o600)
    done = billed("close", "2026-06")
    assert (done.code, "is no key" in done.err, "no key at all" in done.err) == (2, True, False)


def test_the_starter_folder_has_no_key_before_it_is_asked_for(tmp_path):
    start(tmp_path)
    assert not (tmp_path / "signing.key").exists()
