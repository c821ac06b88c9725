"""The folders that ship with the program: whole, the same on every machine, and never written over anybody's work."""

import csv
import io
import stat
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from connector.bootstrap import SystemClock, load, load_mapping, opened
from connector.cli.setting_up import prove
from connector.errors import ConfigError
from connector.ports import ListsCatalogue, Window
from connector.samples import companies, folders, month
from tests.fakes import VirtualClock

ROOT = Path(__file__).resolve().parents[2]


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_the_sample_firm_has_the_mapping_that_ships_as_the_worked_example():
    shipped = {path.name: path.read_bytes() for path in (ROOT / "mappings").glob("*.yaml")}
    inside = {name.removeprefix("mappings/"): body for name, body in folders.sample(folders.FIRM).items() if name.startswith("mappings/")}
    assert inside == shipped


def test_the_sample_month_is_the_same_everywhere():
    staff, contractor = month.timesheets()["entries"], rows(month.toggl_csv())
    assert (len(staff), len(contractor)) == (724, 30)
    assert len({row["id"] for row in staff}) == 724
    assert sum(row["hours"] for row in staff) == Decimal("738.72")
    assert len({row["user"] for row in staff} | {row["User"] for row in contractor}) == 12


def test_the_sample_month_has_what_makes_a_month_end_interesting():
    staff = month.timesheets()["entries"]
    seen = Counter(row["project"].partition("/")[0] for row in staff)
    assert seen["Bayside Motors Ltd"] == 4
    assert seen["Tui Creek Brewing"] == 2
    assert [row["hours"] for row in staff if row["user"] == "Ben Ito" and row["hours"] > 12] == [Decimal("14.00")]
    same = Counter((row["user"], row["on"], row["started"], row["ended"], row["project"]) for row in staff)
    assert sum(count - 1 for count in same.values()) == 2
    assert any(row["user"] == "Ana Reyes" and row["project"].startswith("Prairie Dental") for row in staff), (
        "a principal has no price there"
    )


def test_two_visits_stand_in_both_trackers():
    staff = {(row["user"], str(row["on"]), row["started"], row["ended"]) for row in month.timesheets()["entries"]}
    twice = [
        row for row in rows(month.toggl_csv()) if (row["User"], row["Start date"], row["Start time"][:5], row["End time"][:5]) in staff
    ]
    assert [row["User"] for row in twice] == ["Jonas Berg", "Hemi Walker"]


def test_the_night_in_which_clocks_go_back_is_nine_hours():
    """From 22:00 to 6:00 on 4 April 2026 in New Zealand; 8 hours by the wall clock."""
    (row,) = [row for row in month.timesheets()["entries"] if row["on"] == date(2026, 4, 4)]
    assert (row["started"], row["ended"], row["hours"]) == ("22:00", "06:00", Decimal("9.00"))
    assert row["entered"] == datetime(2026, 6, 2, 21, tzinfo=UTC)


def test_the_example_configuration_runs_against_the_sandbox(tmp_path):
    sandbox, clock = tmp_path / "build" / "sandbox", SystemClock()
    companies.lay_out(sandbox)
    (tmp_path / "mappings").symlink_to(ROOT / "mappings")
    config = tmp_path / "config.example.yaml"
    with companies.served(companies.open_companies(sandbox, clock), clock, port=0) as address:
        config.write_text((ROOT / "config.example.yaml").read_text("utf-8").replace(f"http://127.0.0.1:{companies.PORT}", address), "utf-8")
        settings = load(config)
        for connection in settings.connections:
            prove(connection)
        assert len(load_mapping(settings).clients) == 40

        with opened(config, writes=True) as ws:
            ws.store.migrate()
            assert {name: ws.sink(name).catalogue().company for name in ws.books} == {
                "nz": "Southern Cross IT Ltd (sandbox)", "us": "Southern Cross IT Inc. (sandbox)",
            }  # fmt: skip
            assert all(isinstance(ws.sink(name), ListsCatalogue) for name in ws.books)
            read = {name: [entry for page in ws.source(name).pages(Window(), None) for entry in page.entries] for name in ws.source_names}
    assert {name: len(entries) for name, entries in read.items()} == {"harvest": 724, "toggl": 30}
    (night,) = [entry for entry in read["harvest"] if entry.worked_on == date(2026, 4, 4)]
    assert (night.seconds, night.ended - night.started) == (9 * 3600, timedelta(hours=9))


def test_both_configurations_of_the_sample_reach_the_same_systems():
    """The example beside the README, and the one that the demo writes."""
    inside = yaml.safe_load(folders.sample(folders.FIRM)["config.yaml"])
    shipped = yaml.safe_load((ROOT / "config.example.yaml").read_text("utf-8").replace("build/sandbox/time", "time").replace("build/", ""))
    assert inside["connections"] == shipped["connections"]
    assert inside["books"] == shipped["books"]
    assert sorted({connection["kind"] for connection in inside["connections"].values()}) == ["csv_file", "harvest", "quickbooks", "xero"]


def test_secrets_are_written_for_one_reader_and_nothing_is_overwritten(tmp_path):
    companies.lay_out(tmp_path)
    secrets = sorted((tmp_path / "secrets").iterdir())
    assert [secret.name for secret in secrets] == ["harvest", "quickbooks", "quickbooks-refresh", "xero"]
    assert {stat.S_IMODE(secret.stat().st_mode) for secret in secrets} == {0o600}
    log = tmp_path / "time" / "toggl-2026-06.csv"
    log.write_text("mine")

    assert companies.lay_out(tmp_path) == []
    assert log.read_text() == "mine"


def test_a_folder_that_somebody_else_made_is_never_cleared(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(ConfigError, match="did not make"):
        folders.fresh(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_folder_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(ConfigError, match=r"cannot be made anew .* Name another folder with --into"):
        folders.fresh(tmp_path / "file" / "demo")


def test_a_folder_of_ours_is_made_anew(tmp_path):
    ours = tmp_path / "demo"
    folders.fresh(ours)
    (ours / "old").write_text("from the last time")

    folders.fresh(ours)

    assert [path.name for path in ours.iterdir()] == [folders.MARKER]


def test_the_emulated_books_are_kept_between_sandboxes(tmp_path):
    clock = VirtualClock()
    first = {each.kind: each for each in companies.open_companies(tmp_path, clock)}
    first["xero"].emulator.people.add_invoice("HB-2606-001", "Alpine Dental")
    first["quickbooks"].emulator.people.add_invoice("HBU-2606-001", "Prairie Dental")
    first["harvest"].emulator.people.reopen(month.FIRST_ENTRY)
    first["harvest"].emulator.people.delete(month.FIRST_ENTRY)
    for each in first.values():
        each.save()

    second = {each.kind: each.emulator for each in companies.open_companies(tmp_path, clock)}

    assert [found.number for found in second["xero"].invoices()] == ["HB-2606-001"]
    assert [found.number for found in second["quickbooks"].invoices()] == ["HBU-2606-001"]
    assert len(second["harvest"].entries()) == 723
