"""What the daemon tells becomes lines, metrics and messages."""

import json
import logging
import socket
from datetime import timedelta

import msgspec
import pytest

from connector import logs
from connector.errors import ConfigError, TransientError
from connector.health import watched as watch
from connector.health.beat import SILENT_SECONDS_MAX
from connector.store.store import verb
from tests.health.conftest import NOW


class Job(msgspec.Struct):
    name: str


class Ended(msgspec.Struct, kw_only=True):
    job: Job
    run: int = 7
    exit_code: int = 0
    skipped: bool = False
    at: object = NOW + timedelta(seconds=2)
    error: Exception | None = None


@pytest.fixture
def watcher(watched):
    config = watched.config
    config.write_text("health: {port: 0}\nlog: {to: daemon.log, level: debug}\n" + config.read_text())
    with watch(config, watched.clock) as found:
        yield found
    logs.end()


def lines(watched):
    return [json.loads(line) for line in (watched.config.parent / "daemon.log").read_text().splitlines()]


def counted(watcher, name, job="pull timesheets"):
    return watcher.meters.registry.get_sample_value(f"hourbridge_job_{name}", {"job": job})


def test_a_job_is_counted_and_logged_with_its_run(watcher, watched):
    watcher.started(Job("pull timesheets"), NOW)
    watcher.ended(Ended(job=Job("pull timesheets")))
    watcher.started(Job("pull timesheets"), NOW)
    watcher.ended(Ended(job=Job("pull timesheets"), exit_code=4, error=TransientError("canary-in-a-message")))
    assert (counted(watcher, "runs_total"), counted(watcher, "failures_total"), counted(watcher, "seconds_sum")) == (2, 1, 4)
    told = [line for line in lines(watched) if line["event"] == "job ended"]
    assert [(line["level"], line["run"], line["ms"]) for line in told] == [("info", 7, 2000), ("error", 7, 2000)]
    assert told[1]["error"] == "TransientError"


def test_what_waits_for_people_is_no_failure_and_what_was_skipped_no_run(watcher):
    watcher.ended(Ended(job=Job("plan nz"), exit_code=3))
    watcher.ended(Ended(job=Job("apply nz"), skipped=True))
    assert (counted(watcher, "failures_total", "plan nz"), counted(watcher, "runs_total", "apply nz")) == (0, None)


def test_a_turn_is_a_beat_and_tells_people(watcher, watched, monkeypatch):
    told = []
    monkeypatch.setattr("connector.health.watching.notify", lambda _ws, now: told.append(now))
    watched.clock.advance(SILENT_SECONDS_MAX + 1)
    assert not watcher.beat.beats
    watcher.look_round()
    assert watcher.beat.beats
    assert told == [watched.clock.now()]


def test_a_bug_in_telling_people_disturbs_no_turn(watcher, watched, monkeypatch):
    monkeypatch.setattr("connector.health.watching.notify", lambda _ws, _now: 1 / 0)
    watcher.look_round()
    assert watcher.beat.beats
    assert lines(watched)[-1]["error"] == "ZeroDivisionError"


def test_a_configuration_that_broke_disturbs_no_turn(watcher, watched):
    text = watched.config.read_text()
    watched.config.write_text("books: [")
    watcher.look_round()
    watched.config.write_text(text)
    watcher.troubled(ConfigError("canary-in-a-message"), NOW)
    watcher.troubled(None, NOW)
    assert [line["level"] for line in lines(watched)][-2:] == ["error", "info"]


def test_without_a_place_for_logs_none_are_written_and_people_read_sentences(watched, capsys):
    watched.config.write_text("health: {port: 0}\n" + watched.config.read_text())
    with watch(watched.config, watched.clock) as found:
        assert not found.logs_to_stderr
        logging.getLogger("connector.somewhere").info("hello")
    assert "hello" not in capsys.readouterr().err


def test_logs_on_stderr_stand_where_people_would_read_sentences(watched, capsys):
    watched.config.write_text("health: {port: 0}\nlog: {to: stderr}\n" + watched.config.read_text())
    try:
        with watch(watched.config, watched.clock) as found:
            assert found.logs_to_stderr
            logging.getLogger("connector.somewhere").info("hello")
    finally:
        logs.end()
    assert '"hello"' in capsys.readouterr().err


def test_a_configuration_that_is_wrong_at_the_start_is_opened_when_it_is_mended(watched):
    right = "health: {port: 0}\n" + watched.config.read_text()
    watched.config.write_text("books: [")
    with watch(watched.config, watched.clock) as found:
        assert found.address == ""
        watched.config.write_text(right)
        found.look_round()
        assert found.address.startswith("http://127.0.0.1:")


def test_a_port_that_is_taken_is_said_once_and_the_work_goes_on(watched):
    said = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        watched.config.write_text(f"health: {{port: {taken.getsockname()[1]}}}\n" + watched.config.read_text())
        with watch(watched.config, watched.clock, say=said.append) as found:
            found.look_round()
            assert found.address == ""
            assert found.beat.beats
    assert len(said) == 1
    assert "cannot be listened on" in said[0]


@pytest.mark.parametrize(("command", "said"), [("pull Some Client", "pull"), ("daemon: pull harvest", "daemon: pull"), ("sync", "sync")])
def test_of_a_command_only_its_verb_is_told(command, said):
    assert verb(command) == said
