"""The folders that ship with the program: whole, the same on every machine, and never written over anybody's work."""

import csv
import io
import stat
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from connector.bootstrap import load, load_mapping, opened
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
    staff, contractor = rows(month.harvest_csv()), rows(month.toggl_csv())
    assert (len(staff), len(contractor)) == (721, 28)
    assert len({row["Entry ID"] for row in staff}) == 721
    assert sum(Decimal(row["Hours"]) for row in staff) == Decimal("726.97")
    assert len({row["Person"] for row in staff} | {row["User"] for row in contractor}) == 12


def test_the_sample_month_has_what_makes_a_month_end_interesting():
    staff = rows(month.harvest_csv())
    seen = Counter(row["Client"] for row in staff)
    assert seen["Bayside Motors Ltd"] == 4
    assert seen["Tui Creek Brewing"] == 2
    assert [row["Hours"] for row in staff if row["Person"] == "Ben Ito" and Decimal(row["Hours"]) > 12] == ["14.00"]
    same = Counter((row["Person"], row["Date"], row["Start"], row["End"], row["Project"]) for row in staff)
    assert sum(count - 1 for count in same.values()) == 2


def test_the_example_configuration_runs_against_the_sandbox(tmp_path, monkeypatch):
    (tmp_path / "config.example.yaml").write_bytes((ROOT / "config.example.yaml").read_bytes())
    (tmp_path / "mappings").symlink_to(ROOT / "mappings")
    companies.lay_out(tmp_path / "build" / "sandbox")

    settings = load(tmp_path / "config.example.yaml")
    for connection in settings.connections:
        prove(connection)
    assert len(load_mapping(settings).clients) == 40

    with opened(tmp_path / "config.example.yaml", writes=True) as ws:
        assert isinstance(ws.sink("nz"), ListsCatalogue)
        assert sum(len(page.entries) for name in ws.source_names for page in ws.source(name).pages(Window(), None)) == 749


def test_secrets_are_written_for_one_reader_and_nothing_is_overwritten(tmp_path):
    companies.lay_out(tmp_path)
    (secret,) = (tmp_path / "secrets").iterdir()
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    log = tmp_path / "time" / "harvest-2026-06.csv"
    log.write_text("mine")

    assert companies.lay_out(tmp_path) == []
    assert log.read_text() == "mine"


def test_a_folder_that_somebody_else_made_is_never_cleared(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(ConfigError, match="did not make"):
        folders.fresh(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_folder_of_ours_is_made_anew(tmp_path):
    ours = tmp_path / "demo"
    folders.fresh(ours)
    (ours / "old").write_text("from the last time")

    folders.fresh(ours)

    assert [path.name for path in ours.iterdir()] == [folders.MARKER]


def test_the_emulated_books_are_kept_between_sandboxes(tmp_path):
    clock = VirtualClock()
    (first,) = companies.open_companies(tmp_path, clock)
    first.emulator.people.add_invoice("HB-2606-001", "Alpine Dental")
    first.save()

    (second,) = companies.open_companies(tmp_path, clock)

    assert [found.number for found in second.emulator.invoices()] == ["HB-2606-001"]
