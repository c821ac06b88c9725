"""What machines are told, and that nothing of a client is among it."""

import json
import logging
import socket

import msgspec
import pytest
from typer.testing import CliRunner

from connector import logs
from connector.bootstrap import load
from connector.cli.main import app
from connector.errors import ConfigError
from connector.health import Beat, Meters, served
from connector.health.beat import SILENT_SECONDS_MAX


def test_it_is_alive_while_the_scheduler_turns(watched):
    assert watched.ask("/healthz")[0] == 200
    watched.clock.advance(SILENT_SECONDS_MAX + 1)
    status, body = watched.ask("/healthz")
    assert (status, json.loads(body)["alive"]) == (503, False)
    watched.beat.beat()
    assert watched.ask("/healthz")[0] == 200


def test_it_is_not_ready_without_a_state_and_ready_after_a_pull(watched):
    assert watched.because() == ["there is no state yet"]
    assert not (watched.config.parent / "hourbridge.db").exists(), "looking made a state"
    watched.pull()
    assert watched.because() == []


def test_it_is_not_ready_when_time_was_not_read_for_long(watched):
    watched.pull()
    watched.clock.advance(27 * 3600)
    assert watched.because() == ["timesheets was last read to its end 27 hours ago"]


def test_it_is_not_ready_while_somebody_must_authorise(watched):
    watched.pull()
    watched.write("UPDATE connections SET trouble = 'answered 401', trouble_code = 5 WHERE name = 'timesheets'")
    assert watched.because() == ["timesheets must be authorised again"]


def test_it_is_not_ready_when_the_schema_is_another(watched):
    watched.pull()
    watched.write("UPDATE alembic_version SET version_num = '9999'")
    assert "newer" in watched.because()[0]
    assert watched.metrics()["state_readable",] == 0


def test_metrics_say_what_stands_where(watched):
    watched.pull()
    found = watched.metrics()
    book = next(key[1] for key in found if key[0] == "entries")
    assert sum(value for key, value in found.items() if key[0] == "entries") == 5
    assert found["entries", book, "unmatched"] == 1
    assert found["last_complete_pull_age_seconds", "timesheets"] == 0
    assert found["runs_total", "pull", "0"] == 1
    assert found["state_readable",] == 1
    assert any(key[0] == "documents_in_doubt" for key in found)


def test_the_value_of_unmatched_time_is_a_figure_and_no_label(watched):
    watched.pull()
    watched.write("UPDATE charges SET value = 12345, currency = 'NZD', book = 'main' WHERE disposition = 'unmatched'")
    assert watched.metrics()["unmatched_value", "main", "NZD"] == 123.45


def test_no_label_names_a_client(watched):
    watched.pull()
    text = watched.ask("/metrics")[1].decode()
    assert "Acme" not in text
    assert "Some Client" not in text


def test_budgets_say_what_is_left_and_how_long_the_vendor_wants_quiet(watched):
    watched.pull()
    until = int(watched.clock.now().timestamp()) + 90
    slot = int(watched.clock.now().timestamp()) // 1440
    body = msgspec.json.encode({str(slot): 400, "max": 1000, "window": 86400, "until": until}).decode()
    watched.write(f"INSERT INTO budgets (connection, budget, body) VALUES ('books', 'day', '{body}')")
    found = watched.metrics()
    assert found["request_budget_left", "day", "books"] == 600
    assert found["request_pause_seconds", "day", "books"] == 90


def test_requests_are_counted_by_status_whether_they_are_logged_or_not(watched):
    for status in ("200", "200", "429"):
        told = {"connection": "books", "status": status}
        logging.getLogger("connector.http.exchange").info("request", extra={"told": told})
    found = watched.metrics()
    assert (found["requests_total", "books", "200"], found["requests_total", "books", "429"]) == (2, 1)


def test_counting_requests_logs_nothing(watched, capsys):
    logs.begin("stderr", "json", "warning")
    logging.getLogger("connector.http.exchange").info("request", extra={"told": {"connection": "books", "status": "200"}})
    logs.end()
    assert watched.metrics()["requests_total", "books", "200"] == 1
    assert capsys.readouterr().err == ""


def test_jobs_are_counted_with_their_failures_and_durations(watched):
    watched.meters.job("pull", 2.5, failed=False)
    watched.meters.job("pull", 1.5, failed=True)
    found = watched.metrics()
    assert (found["job_runs_total", "pull"], found["job_failures_total", "pull"]) == (2, 1)
    assert found["job_seconds_sum", "pull"] == 4


@pytest.mark.parametrize(("path", "method", "status"), [("/", "GET", 404), ("/healthz", "POST", 501), ("/healthz", "HEAD", 200)])
def test_nothing_else_is_answered(watched, path, method, status):
    assert watched.ask(path, method)[0] == status


def test_a_bug_is_an_answer_without_its_words(watched, monkeypatch):
    watched.pull()
    monkeypatch.setattr("connector.health.serving.look", lambda *_: 1 / 0)
    status, body = watched.ask("/readyz")
    assert status == 503
    assert b"ZeroDivision" not in body


@pytest.mark.parametrize("path", ["/", "/healthz", "/webhook", "/webhooks/xero"])
def test_z3_nothing_takes_what_a_webhook_would_bring(watched, path):
    """No vendor's event is taken for anything: what changed is read from the vendor. The one port that there is takes no message, and
    what it was sent changes nothing.
    """
    watched.pull()
    before = watched.metrics()
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        status, _ = watched.ask(path, method)
        assert status >= 400
    now = watched.metrics()
    assert {key: now[key] for key in now if "age" not in key[0]} == {key: before[key] for key in before if "age" not in key[0]}


def test_it_listens_on_this_machine_alone_unless_told_otherwise(watched):
    assert load(watched.config).health.host == "127.0.0.1"
    assert watched.address[0] == "127.0.0.1"


def test_a_port_that_is_taken_says_so(watched):
    settings = load(watched.config)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = msgspec.structs.replace(settings, health=msgspec.structs.replace(settings.health, port=taken.getsockname()[1]))
        with (
            pytest.raises(ConfigError, match="cannot be listened on"),
            served(settings, watched.clock, beat=Beat(watched.clock), meters=Meters()),
        ):
            pass


def test_the_command_tells_what_the_daemon_answers(watched):
    config = watched.config
    config.write_text(f"health: {{port: {watched.address[1]}}}\n{config.read_text()}")

    def asked(*words):
        return CliRunner().invoke(app, ["health", *words, "--config", str(config)], prog_name="hourbridge")

    assert asked().exit_code == 0
    assert asked("--ready").exit_code == 4
    assert "there is no state yet" in asked("--ready").stderr
    watched.pull()
    assert asked("--ready").exit_code == 0
    config.write_text(config.read_text().replace(f"port: {watched.address[1]}", "port: 1"))
    assert "no daemon answers" in asked().stderr


@pytest.mark.parametrize("said", ["health: {port: 99999}", "health: {port: [1]}", "health: {prot: 1}", "health: {port: -1}"])
def test_what_health_cannot_be_is_refused(watched, said):
    watched.config.write_text(f"{said}\n{watched.config.read_text()}")
    with pytest.raises(ConfigError) as caught:
        load(watched.config)
    assert caught.value.problems[0].startswith("config.yaml:1:")
