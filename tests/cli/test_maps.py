"""Accepting a suggestion edits the YAML in place; what would break the mapping is refused and leaves the files alone."""

import shlex


def test_a_suggestion_comes_with_the_command_that_accepts_it(run):
    run("pull")

    (row,) = run("map", "suggest", "--format", "json").data

    assert row["name"] == "Acme Limited"
    assert row["accept with"] == "hourbridge map add client 'Acme Limited' --as 'Acme Ltd'"


def test_a_name_that_begins_like_an_option_can_be_accepted_as_it_is_printed(run, folder):
    log = folder / "time" / "example.csv"
    log.write_text(log.read_text().replace("Acme Limited", "-Minus & Co"))
    run("pull")

    (row,) = run("map", "suggest", "--format", "json").data
    assert row["accept with"] == "hourbridge map add -- client '-Minus & Co'"
    assert f"{row['accept with']}   # a new client" in run("unmatched").out

    assert run(*shlex.split(row["accept with"])[1:]).code == 0
    run("pull")
    assert run("map", "suggest").err == "Every name is matched.\n"


def test_accepting_a_name_changes_one_line_and_keeps_the_rest(run, folder):
    path = folder / "mappings" / "clients.yaml"
    before = path.read_text().splitlines()

    done = run("map", "add", "client", "Acme Limited", "--as", "Acme Ltd")

    after = path.read_text().splitlines()
    assert done.code == 0
    assert [(was, now) for was, now in zip(before, after, strict=True) if was != now] == [
        ("  Acme Ltd:", "  Acme Ltd: {aliases: [Acme Limited]}")
    ]
    assert "+  Acme Ltd: {aliases: [Acme Limited]}" in done.out


def test_a_dry_run_shows_the_change_and_writes_nothing(run, folder):
    path = folder / "mappings" / "clients.yaml"
    before = path.read_bytes()

    done = run("map", "add", "client", "New Client", "--dry-run")

    assert "+  New Client:" in done.out
    assert path.read_bytes() == before


def test_an_edit_that_breaks_the_mapping_is_refused_and_not_written(run, folder):
    path = folder / "mappings" / "clients.yaml"
    before = path.read_bytes()

    done = run("map", "add", "client", "Brook St")

    assert done.code == 2
    assert "nothing was written" in done.err
    assert path.read_bytes() == before


def test_people_and_work_types_are_added_with_what_prices_need(run, folder):
    assert run("map", "add", "person", "Kim", "--role", "engineer").code == 0
    assert run("map", "add", "work_type", "Night work", "--code", "support").code == 0
    assert "  Kim: engineer" in (folder / "mappings" / "people.yaml").read_text()
    assert "  Night work: support" in (folder / "mappings" / "work_types.yaml").read_text()


def test_pinning_writes_the_ids_that_entries_say(run, folder):
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("      client: Client\n", "      client: Client\n      client_id: Client ID\n"))
    log = folder / "time" / "example.csv"
    log.write_text("ID,Date,Client,Client ID,Project,Task,Person,Hours,Notes\n1,2026-06-02,Acme Ltd,C-17,,Support,Alex,1.00,x\n")
    run("pull")

    done = run("map", "pin")

    assert done.code == 0
    assert "  Acme Ltd: {ids: {timesheets: C-17}}" in (folder / "mappings" / "clients.yaml").read_text()
    assert run("map", "pin").out == ""


def test_a_name_with_two_ids_is_not_pinned(run, folder):
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("      client: Client\n", "      client: Client\n      client_id: Client ID\n"))
    log = folder / "time" / "example.csv"
    log.write_text(
        "ID,Date,Client,Client ID,Project,Task,Person,Hours,Notes\n"
        "1,2026-06-02,Acme Ltd,C-17,,Support,Alex,1.00,x\n2,2026-06-02,Acme Ltd,C-18,,Support,Alex,1.00,y\n"
    )
    run("pull")

    done = run("map", "pin")

    assert done.out == ""
    assert "C-17, C-18" in done.err
