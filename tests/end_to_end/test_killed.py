"""A process that is killed while it applies: a real `python -m connector.cli apply`, kill -9 at a known point of the conversation with Xero.

The emulator is served on loopback and kills its caller itself, so that the point is exact: before the request is carried out, or after it
is and before a byte of the answer is on the way. What follows runs in process, on a clock that is moved on.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.sandbox import Answer, Mount, Served
from tests import postgres
from tests.end_to_end.office import SETTLED, Office

ROOT = Path(__file__).resolve().parents[2]
ALL_THREE = {"HB-2606-001", "HB-2606-002", "HB-2606-003"}
LEASE = timedelta(minutes=6)
SECONDS_MAX = 60
INVOICES = "/api.xro/2.0/Invoices"

pytestmark = pytest.mark.slow


class Killer:
    """Stands before the emulator and kills the process at one of its requests: the `nth` with this method and path."""

    def __init__(self, office: Office, method: str, path: str, *, nth: int = 1, processed: bool) -> None:
        self._office, self._method, self._path, self._left, self._processed = office, method, path, nth, processed
        self.process: subprocess.Popen[bytes] | None = None

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        hit = self.process is not None and method == self._method and target.startswith(self._path)
        self._left -= hit
        if not hit or self._left:
            return self._office.xero.answer(method, target, headers, body)
        assert self.process is not None
        given = self._office.xero.answer(method, target, headers, body) if self._processed else (503, {}, b"")
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(SECONDS_MAX)
        self.process = None
        return given


@pytest.fixture(params=["sqlite", "postgres"])
def office(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """On today's date, because a real process has a real clock; June 2026 is over by then."""
    start = max(datetime.now(UTC), datetime(2026, 7, 2, tzinfo=UTC))
    if request.param == "sqlite":
        yield Office(tmp_path, monkeypatch, start=start)
        return
    with postgres.one_state() as url:
        yield Office(tmp_path, monkeypatch, start=start, state=url)


def killed(office: Office, killer: Killer, *command: str) -> None:
    """Runs a command in a process of its own until the killer ends it."""
    with Served([Mount(killer, clock=office.clock, prefix="/xero")]) as served:
        office.edit(
            "config.yaml",
            "    base_url: http://127.0.0.1:8911/xero\n    token_url: http://127.0.0.1:8911/",
            f"    base_url: {served.base_url}/xero\n    token_url: {served.base_url}/",
        )
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        words = [sys.executable, "-m", "connector.cli", *command, "--config", str(office.config)]
        with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            killer.process = process
            out, err = process.communicate(timeout=SECONDS_MAX)
        assert process.returncode == -signal.SIGKILL, (process.returncode, out, err)


CHECKPOINTS = {
    "asking for a token": (("POST", "/connect/token"), False, {}, set()),
    "looking before the first send": (("GET", INVOICES), True, {}, set()),
    "before the documents are made": (("PUT", INVOICES), False, {}, set()),
    "after they are made, before the answer": (("PUT", INVOICES), True, {}, ALL_THREE),
    "between one document and the next": (("PUT", INVOICES), True, {"nth": 2}, {"HB-2606-001", "HB-2606-002"}),
}


@pytest.mark.parametrize(("request_", "processed", "options", "there"), CHECKPOINTS.values(), ids=CHECKPOINTS)
def test_x2_a_process_killed_while_it_applies_leaves_each_document_there_exactly_once(
    office: Office, request_: tuple[str, str], processed: bool, options: dict[str, int], there: set[str]
) -> None:
    if options:
        office.edit("config.yaml", "    client_secret: file", "    batch_documents: 1\n    client_secret: file")
    office.ready()
    if request_[0] == "POST":
        office.xero.identity.revoke_everything()
    killed(office, Killer(office, *request_, processed=processed, **options), "apply")
    assert set(office.there()) == there
    ended = office.does("apply", ends=4)
    assert "nz: nothing was sent. book:nz: another run holds it. Wait for it to end, or give --wait." in ended.said
    assert "US-2606-001 us sent" in ended.said, "a dead run holds its own book only"
    office.clock.at += LEASE
    office.run("apply")
    assert set(office.there()) >= there
    office.clock.at += SETTLED
    office.does("apply")
    assert set(office.there()) == ALL_THREE
    assert len(office.xero.ledger) == 3, "each was made once"
    office.finishes()


def test_a_process_killed_while_it_pulls_has_lost_nothing(office: Office) -> None:
    killed(office, Killer(office, "GET", "/api.xro/2.0/Contacts", processed=True), "pull")
    assert office.does("status", "--format", "json", ends=3).rows["connections"][0]["name"] == "desk", "what was staged is kept"
    office.clock.at += LEASE
    office.finishes()
