"""Whatever is typed wrong gets one clear message on stderr, nothing on stdout, no traceback, and the right exit code."""

import pytest

from connector.errors import AuthError, TransientError


def refused(done, code, *words):
    assert done.code == code, done.err
    for word in words:
        assert word in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["plan", "--book", "man"], 2, "main"),
        (["reconcile", "--book", "nz"], 2, "main"),
        (["plan", "--client", "Acme"], 2, "Acme Ltd"),
        (["approve", "abc123"], 3, "no plan has this checksum now"),
        (["apply", "--checksum", "abc123"], 2, "abc123"),
        (["pull", "timesheet"], 2, "timesheets"),
        (["decide", "timesheets:99", "release", "--why", "x"], 2, "timesheets:99"),
        (["decide"], 2, "--file"),
        (["decide", "timesheets:1", "bill", "3", "--hours", "4", "--why", "x"], 2, "says 3 and --hours 4"),
        (["decide", "timesheets:1", "release", "--hours", "3", "--why", "x"], 2, "--hours"),
        (["explain", "INV-9999-001"], 2, "INV-9999-001"),
        (["map", "add", "client", "New", "--as", "Acme"], 2, "Acme Ltd"),
        (["map", "add", "person", "Kim"], 2, "--role"),
        (["map", "add", "client", "Acme Ltd"], 2, "hourbridge map add client 'OTHER NAME' --as 'Acme Ltd'"),
        (["pull", "--from", "2026-02-30"], 2, "'2026-02-30' is not a day. Write it as 2026-06-30"),
        (["pull", "--to", "30/06/2026"], 2, "'30/06/2026' is not a day"),
        (["pull", "--from", "20260630"], 2, "'20260630' is not a day"),
        (["pull", "--from", "2026-06-30", "--to", "2026-06-01"], 2, "ends on 2026-06-01 before it begins"),
        (["backfill", "--from", "2026-06-01", "--to", "2026-06-31"], 2, "'2026-06-31' is not a day"),
        (["verify", "--key", "3d12f3"], 2, "64 hexadecimal digits"),
        (["map", "add", "work_type", "Night"], 2, "--code"),
        (["reconcile", "--all", "--book", "main"], 2, "--all"),
    ],
)  # fmt: skip
def test_a_wrong_name_gets_one_message(mapped, words, code, said):
    refused(mapped(*words), code, said)


def test_a_public_key_that_is_none_is_not_repeated(mapped):
    refused(mapped("verify", "--key", "ed25519:" + "ab" * 32), 2, "is no public key")
    assert "abab" not in mapped("verify", "--key", "ed25519:" + "ab" * 32).err


def test_apply_without_an_approval_says_what_to_read(mapped):
    refused(mapped("apply"), 0, "Nothing to send.", "`hourbridge plan` shows what is not")


def test_asking_for_what_waits_for_no_choice_says_so(mapped):
    refused(
        mapped("corrections", "INV-2606-001"), 0, "Of INV-2606-001 nothing waits for a choice. `hourbridge corrections` lists what does."
    )


def test_a_period_that_is_none_is_refused(mapped):
    refused(mapped("plan", "--period", "june"), 2, "june", "2026-06")


def test_unknown_commands_and_options_are_bad_usage(run):
    for words in (["pulll"], ["pull", "--nonsense"], ["plan", "--format", "xml"], ["pull", "--from", "yesterday"]):
        assert run(*words).code == 2


def test_a_missing_configuration_says_how_to_get_one(run):
    refused(run("plan", "--config", "elsewhere.yaml"), 2, "elsewhere.yaml", "hourbridge init")


def test_a_folder_in_the_place_of_the_configuration_is_said_to_be_one(run):
    refused(run("plan", "--config", "mappings"), 2, "mappings: is a folder, not a file")


def test_an_error_is_said_once_where_no_log_was_asked_for(mapped):
    assert mapped("decide", "timesheets:99", "release", "--why", "x").err.startswith("nothing was decided")


def test_a_wrong_choice_is_told_in_our_words(run):
    err = run("plan", "--format", "xml").err
    assert "'xml' is not one of" in err
    assert "Value error" not in err


def test_a_state_that_was_never_made_is_not_made_by_looking(run, folder):
    refused(run("status"), 4, "hourbridge pull")
    assert not (folder / "hourbridge.db").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("connections: [", "config.yaml:"),
        ("connections: {}\nconnections: {}\nbooks: {}\n", "config.yaml:2"),
        ("books: {main: {sink: gone, zone: Mars, start: 2026-01-01}}\nconnections: {}\n", "gone"),
    ],
)
def test_an_unreadable_configuration_names_its_line(run, folder, text, said):
    (folder / "config.yaml").write_text(text)

    refused(run("check"), 2, said)


def test_every_problem_of_a_mapping_is_told_at_once(run, folder):
    rates = folder / "mappings" / "rate_cards.yaml"
    rates.write_text(rates.read_text().replace("95.00", "0"))
    people = folder / "mappings" / "people.yaml"
    people.write_text(people.read_text().replace("aliases", "alias"))

    done = run("check")

    assert done.code == 2
    assert "rate_cards.yaml:8:" in done.out
    assert "people.yaml:4:" in done.out
    assert run("pull").code == 2


def test_an_unknown_kind_names_the_nearest(run, folder):
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("kind: csv_file", "kind: csv_fiel"))

    done = run("check")

    assert done.code == 2
    assert "csv_file" in done.out


def test_a_kind_in_a_role_it_does_not_have_is_refused(run, folder):
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("sink: invoices", "sink: timesheets"))

    refused(run("pull"), 2, "not a place to send documents to", "files")


def test_an_adapters_own_settings_are_checked_at_their_line(run, folder):
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("extract: partial", "extract: some"))

    done = run("check")

    assert done.code == 2
    assert "config.yaml:12:14" in done.out


def test_a_bug_is_one_line_without_its_secrets(mapped, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("client_secret=hunter2hunter2 was rejected")

    monkeypatch.setattr("connector.use_cases.status.status", broken)

    done = mapped("status")

    refused(done, 1, "RuntimeError", "HOURBRIDGE_DEBUG=1")
    assert "hunter2" not in done.err
    assert len(done.err.splitlines()) == 1


def test_z2_a_traceback_is_shown_only_when_asked_for_and_redacted(mapped, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("password: hunter2hunter2")

    monkeypatch.setattr("connector.use_cases.status.status", broken)
    monkeypatch.setenv("HOURBRIDGE_DEBUG", "1")

    done = mapped("status")

    assert done.code == 1
    assert "Traceback" in done.err
    assert "hunter2" not in done.err


@pytest.mark.parametrize(("error", "code"), [(AuthError("authorise again"), 5), (TransientError("come back later"), 4)])
def test_one_connections_trouble_is_told_and_decides_the_exit_code(run, monkeypatch, error, code):
    def away(*_args):
        raise error

    monkeypatch.setattr("adapters.csv_file.source.Source.pages", away)

    done = run("pull")

    assert done.code == code
    assert str(error) in done.out


def test_stopping_by_hand_is_clean_and_recorded(mapped, monkeypatch):
    def stopped(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("connector.use_cases.pull.pull", stopped)

    refused(mapped("pull"), 130, "Stopped")
    monkeypatch.undo()
