"""The main job through the command line, on the starter folder: no account, no network."""

import json

import pytest


def plan_of(run):
    return run("plan", "--format", "json").data


def test_a_starter_folder_passes_its_check(run):
    done = run("check")

    assert done.code == 0
    assert "everything holds together" in done.err


def test_nothing_is_ever_overwritten_by_init(run, folder):
    before = (folder / "config.yaml").read_bytes()
    (folder / "mappings" / "rules.yaml").unlink()

    done = run("init", str(folder))

    assert (done.code, "nothing was written" in done.err) == (2, True)
    assert (folder / "config.yaml").read_bytes() == before
    assert not (folder / "mappings" / "rules.yaml").exists()


@pytest.mark.parametrize("name", ["mappings/ours.yaml", "time/june.csv", "hourbridge.db"])
def test_init_writes_nothing_beside_what_its_configuration_would_read(run, tmp_path, name):
    there = tmp_path / "theirs" / name
    there.parent.mkdir(parents=True)
    there.write_text("somebody's own\n")
    done = run("init", str(tmp_path / "theirs"))
    assert (done.code, f"has {name} already; nothing was written" in done.err) == (2, True)
    assert [path for path in (tmp_path / "theirs").rglob("*") if path.is_file()] == [there]


def test_init_tells_each_file_it_wrote_and_that_it_left_the_rest_alone(run, tmp_path):
    new = tmp_path / "mixed"
    new.mkdir()
    (new / "notes.txt").write_text("ours\n")
    done = run("init", str(new))
    assert done.code == 0
    written = {path for path in new.rglob("*") if path.is_file()} - {new / "notes.txt"}
    assert {line.split()[1].rstrip(":") for line in done.err.splitlines() if line.startswith("wrote ")} == {str(path) for path in written}
    assert f"{new} held 1 other thing before: nothing of it was touched." in done.err
    assert "other thing" not in run("init", str(tmp_path / "empty")).err


def test_without_clients_yaml_the_message_names_it_and_the_next_step(run, folder):
    (folder / "mappings" / "clients.yaml").unlink()
    done = run("check")
    assert done.code == 2
    assert "clients.yaml is missing" in done.out
    assert "hourbridge init NEW-FOLDER" in done.out
    assert done.out.count("\n") == 1


def test_a_month_goes_from_time_logs_to_documents_and_ties(mapped, folder):
    plan = plan_of(mapped)
    assert [step["client"] for step in plan["steps"]] == ["Acme Ltd", "Brook Street Studio"]

    approved = mapped("approve", plan["checksum"], "--note", "read", "--format", "json")
    assert [row["number"] for row in approved.data] == ["INV-2606-001", "INV-2606-002"]

    applied = mapped("apply", "--format", "json")
    assert (applied.code, [row["outcome"] for row in applied.data]) == (0, ["sent", "sent"])
    assert json.loads((folder / "invoices" / "INV-2606-001.json").read_text())["net"] == plan["steps"][0]["net"]

    tied = mapped("reconcile", "--format", "json")
    assert (tied.code, tied.data["ties"]) == (0, True)


def test_a_second_run_plans_nothing_and_sends_nothing(mapped):
    mapped("approve", plan_of(mapped)["checksum"])
    mapped("apply")

    assert mapped("pull").code == 0
    again = mapped("plan", "--format", "json")
    assert (again.code, again.data["steps"]) == (0, [])
    applied = mapped("apply", "--format", "json")
    assert (applied.code, applied.data) == (0, [])
    assert mapped("status").code == 0


def test_what_waits_for_a_person_ends_with_three(run):
    assert run("pull").code == 0

    assert run("unmatched").code == 3
    assert run("status").code == 3
    assert run("check").code == 3
    assert run("plan").code == 3


def test_a_plan_that_was_approved_waits_for_nobody(mapped):
    plan = mapped("plan", "--format", "json")
    assert plan.code == 3

    mapped("approve", plan.data["checksum"])

    assert mapped("plan").code == 0


def test_only_some_clients_are_approved_when_some_are_named(mapped):
    checksum = plan_of(mapped)["checksum"]

    assert [row["client"] for row in mapped("approve", checksum, "--only", "Acme Ltd", "--format", "json").data] == ["Acme Ltd"]
    assert mapped("apply", "--format", "json").data[0]["number"] == "INV-2606-001"
    assert [step["client"] for step in plan_of(mapped)["steps"]] == ["Brook Street Studio"]


def test_sync_applies_nothing_that_nobody_approved(mapped, folder):
    done = mapped("sync", "--format", "json")

    assert (done.code, done.data) == (3, [])
    assert not (folder / "invoices").exists()


def test_sync_approves_by_policy_only_after_a_first_plan_by_a_person(mapped, folder):
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("    sink: invoices\n", "    sink: invoices\n    auto_approve: {below: 1000.00}\n"))
    assert mapped("sync", "--format", "json").data == []
    mapped("approve", plan_of(mapped)["checksum"])
    mapped("apply")
    log = folder / "time" / "example.csv"
    log.write_text(log.read_text() + "6,2026-06-08,Acme Ltd,,Support,Alex,1.00,One more\n")

    done = mapped("sync", "--format", "json")

    assert [row["outcome"] for row in done.data] == ["sent"]


def test_an_entry_is_decided_and_explained(run):
    run("pull")

    decided = run("decide", "timesheets:2", "--hours", "3", "--why", "half an hour was ours", "--format", "json")
    assert (decided.code, decided.data[0]["decision"]) == (0, "bill")

    explained = run("explain", "timesheets:2", "--format", "json")
    assert (explained.code, "half an hour was ours" in explained.out) == (0, True)


def test_decisions_go_through_a_spreadsheet_and_back(run, folder):
    run("pull")
    header, *rows = run("unmatched", "--format", "csv").out.splitlines()
    assert header.startswith("entry,decision,argument,why")
    sheet = folder / "june.csv"
    sheet.write_text("\n".join([header, *(row.replace(",,,,", ",client,Acme Ltd,the same client,", 1) for row in rows)]) + "\n")

    done = run("decide", "--file", str(sheet))

    assert done.code == 0
    assert run("unmatched").code == 0


def test_every_command_that_writes_is_in_the_list_of_runs(mapped):
    mapped("apply", "--checksum", "nonsense")

    rows = mapped("runs", "--format", "json").data

    assert [(row["command"].split()[0], row["exit_code"]) for row in rows] == [("apply", 2), ("pull", 0)]


def test_reading_commands_print_json_and_csv(mapped):
    for command in ("plan", "unmatched", "reconcile", "status", "runs"):
        json.loads(mapped(command, "--format", "json").out)
        header = mapped(command, "--format", "csv").out.splitlines()[0]
        assert header.count(",") >= 3, command


def test_several_books_are_planned_as_a_list_and_one_as_an_object(run, folder):
    config = folder / "config.yaml"
    config.write_text(config.read_text() + "  second: {sink: invoices, zone: UTC, start: 2026-01-01}\n")
    run("pull")

    assert [plan["book"] for plan in run("plan", "--format", "json").data] == ["main", "second"]
    assert run("plan", "--book", "second", "--format", "json").data["book"] == "second"


def test_the_schema_is_printed_for_editors(run):
    assert run("schema").data["properties"]["clients"]
