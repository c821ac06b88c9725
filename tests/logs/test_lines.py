"""What a log line says, where it goes, and what never stands in one."""

import json
import logging
import stat
import threading

import httpx
import pytest

from connector import logs
from connector.errors import ConfigError
from connector.http import Client, Limits
from connector.http.redaction import remember
from tests.fakes import FakeHost


@pytest.fixture(autouse=True)
def ended():
    yield
    logs.end()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "hourbridge.log"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_says_when_what_and_whose(path):
    logs.begin(str(path))
    with logs.bound(run=7, command="pull"), logs.bound(book="nz"):
        logs.tell("documents sent", count=3)
    logs.tell("afterwards")
    first, last = lines(path)
    assert list(first)[:4] == ["at", "level", "event", "from"]
    assert (first["event"], first["run"], first["command"], first["book"], first["count"]) == ("documents sent", 7, "pull", "nz", 3)
    assert first["at"].endswith("Z")
    assert not {"run", "book"} & set(last)


def test_what_is_bound_is_of_its_thread(path):
    logs.begin(str(path))
    with logs.bound(book="nz"):
        other = threading.Thread(target=logs.tell, args=("elsewhere",))
        other.start()
        other.join()
    assert "book" not in lines(path)[0]


def test_a_request_says_its_status_its_time_and_the_vendors_id(path):
    logs.begin(str(path))
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json={}, headers={"Vendor-Trace": "t-1"}))
    host = FakeHost(name="books", transports={"https://api.example.com": transport})
    client = Client(
        host, "https://api.example.com", limits=Limits(), headers={"Authorization": "Bearer canary-token"}, request_id_header="vendor-trace"
    )
    client.get("/rows", dict, params={"name": "canary-name"})
    (line,) = lines(path)
    told = {name: line[name] for name in ("event", "connection", "method", "path", "status", "request_id")}
    assert told == {"event": "request", "connection": "books", "method": "GET", "path": "/rows", "status": "200", "request_id": "t-1"}
    assert isinstance(line["ms"], int)
    assert "canary" not in path.read_text()


def test_a_request_without_an_answer_says_what_failed(path):
    def broken(request):
        raise httpx.ConnectError("refused", request=request)

    logs.begin(str(path))
    host = FakeHost(name="books", transports={"https://api.example.com": httpx.MockTransport(broken)})
    with pytest.raises(Exception, match="no connection"):
        Client(host, "https://api.example.com", limits=Limits(reads_max=1)).get("/rows", dict)
    assert lines(path)[0]["status"] == "ConnectError"


def test_z2_secrets_are_taken_out_whatever_field_they_stand_in(path):
    remember("canary-remembered")
    logs.begin(str(path))
    logs.tell("said client_secret=canary-1", said="refresh_token: canary-2", other="the word canary-remembered")
    try:
        int("canary-in-an-exception")
    except ValueError:
        logging.getLogger("connector.somewhere").exception("it broke", extra={"told": {"password": "password=canary-3"}})
    logging.getLogger("adapters.any").warning("Authorization: Bearer canary-4")
    assert "canary" not in path.read_text()
    assert lines(path)[1]["error"] == "ValueError"
    assert lines(path)[1]["where"].startswith("test_lines.py:")
    assert lines(path)[2]["level"] == "warning"


def test_a_file_is_its_owners_alone_and_may_be_rotated(path):
    logs.begin(str(path))
    logs.tell("one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.rename(path.with_suffix(".1"))
    logs.tell("two")
    assert [line["event"] for line in lines(path)] == ["two"]


def test_a_level_leaves_out_what_is_below(path):
    logs.begin(str(path), "json", "warning")
    logs.tell("quiet")
    logs.tell("loud", level=logging.WARNING)
    assert [line["event"] for line in lines(path)] == ["loud"]


def test_text_is_for_people(capsys):
    logs.begin("stderr", "text")
    with logs.bound(run=7):
        logs.tell("run began")
    out, err = capsys.readouterr()
    assert out == ""
    assert "run began" in err
    assert "run=7" in err
    assert not err.startswith("{")


def test_stderr_is_json_where_nobody_watches(capsys):
    logs.begin()
    logs.tell("run began")
    assert json.loads(capsys.readouterr().err)["event"] == "run began"


def test_the_same_again_is_not_written_twice_and_another_place_replaces_it(path, tmp_path):
    logs.begin(str(path))
    logs.begin(str(path))
    logs.tell("one")
    logs.begin(str(tmp_path / "other.log"))
    logs.tell("two")
    assert [line["event"] for line in lines(path)] == ["one"]


def test_a_log_that_cannot_be_written_says_where(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot be written.*folder that this user may write to"):
        logs.begin(str(tmp_path / "nowhere" / "x.log"))
