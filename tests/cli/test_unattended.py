"""Backfill as a command: what it prints, how it ends, and how it says when to go on."""

import io
import sys
from datetime import UTC, datetime, timedelta

import pytest

from connector.cli import unattended
from connector.daemon.jobs import Ended, Job
from connector.errors import BusyError, TransientError
from connector.store.jobs import JobStanding
from connector.use_cases import backfill as filling
from connector.use_cases.backfill import Filled

JUNE = ("--from", "2026-06-01", "--to", "2026-06-30")


def test_past_days_are_read(run):
    ended = run("backfill", *JUNE, "--format", "json")
    assert ended.code == 0
    assert ended.data == [{"connection": "timesheets", "chunks": 1, "of": 1, "read": 5, "new": 5, "changed": 0, "marked": 0, "trouble": ""}]
    assert "timesheets: 1 of 1 chunk read" in ended.err
    (last,) = run("runs", "--format", "json").data
    assert (last["command"], last["summary"]) == ("backfill 2026-06-01 2026-06-30", "5 entries new")


def test_what_is_marked_is_never_billed(mapped):
    ended = mapped("backfill", *JUNE, "--mark-only", "--why", "by hand")
    assert ended.code == 0
    found = mapped("reconcile", "--all", "--format", "json").data
    assert found["dispositions"]["billed_elsewhere"]["count"] == 5
    assert list(found["dispositions"]["billed_elsewhere"]["reasons"]) == ["marked at the cut-over"]
    assert mapped("unmatched", "--format", "json").data == []
    assert mapped("plan", "--format", "json").data["steps"] == []


def test_an_explanation_says_who_marked_it_and_why(mapped):
    mapped("backfill", *JUNE, "--mark-only", "--why", "invoiced by hand")
    entry = mapped("explain", "timesheets:1").out
    assert "invoiced by hand" in entry


def test_marks_are_taken_back_with_a_reason(mapped):
    mapped("backfill", *JUNE, "--mark-only")
    refused = mapped("backfill", *JUNE, "--unmark")
    assert (refused.code, "takes --why" in refused.err) == (2, True)
    ended = mapped("backfill", *JUNE, "--unmark", "--why", "the wrong month")
    assert "5 entries no longer marked as billed elsewhere." in ended.err
    assert len(mapped("plan", "--format", "json").data["steps"]) > 0


def test_time_on_our_documents_is_not_marked(mapped):
    plan = mapped("plan", "--format", "json").data
    mapped("approve", plan["checksum"])
    mapped("apply")
    ended = mapped("backfill", *JUNE, "--mark-only")
    assert ended.code == 3
    assert "on documents of ours: INV-2606-001 (main)" in ended.err


def test_a_source_that_there_is_not_is_refused(run):
    ended = run("backfill", *JUNE, "--connection", "timesheet")
    assert (ended.code, "did you mean 'timesheets'" in ended.err) == (2, True)


def test_a_budget_that_is_used_up_says_when_to_go_on(run, monkeypatch):
    trouble = TransientError("the budget of 1000 calls a day is used up", to="timesheets", next_step="Later", seconds=7200)
    monkeypatch.setattr(filling, "backfill", lambda *_args, **_more: {"timesheets": Filled(chunks=3, of=24, error=trouble)})
    ended = run("backfill", *JUNE)
    assert ended.code == 4
    assert "timesheets: stopped after 3 of 24 chunks." in ended.err
    assert "the same command goes on from there after 2026-07-02 11:00 UTC." in ended.err


def test_what_an_earlier_run_ended_is_said_and_has_no_row(run, monkeypatch):
    monkeypatch.setattr(filling, "backfill", lambda *_args, **_more: {})
    ended = run("backfill", *JUNE, "--format", "json")
    assert (ended.code, ended.data) == (0, [])
    assert "timesheets: read to its end by an earlier run of this command" in ended.err


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("chunks", [0, 3])
def test_at_a_terminal_a_bar_moves(monkeypatch, chunks):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with unattended._progress() as advance:
        advance("tracker", Filled(chunks=chunks, of=24))
        advance("tracker", Filled(chunks=chunks + 1, of=24))
    shown = sys.stderr.getvalue()
    assert "tracker" in shown
    assert f"{chunks + 1}/24" in shown
    assert "ready in" in shown


def test_away_from_a_terminal_each_line_estimates_the_finish(capsys):
    now = iter((0.0, 60.0, 150.0, 400.0))
    advance = unattended._lines(lambda: next(now))
    for chunks in (3, 4, 5, 24):  # three were read by the run before: they say nothing of this one's pace
        advance("tracker", Filled(chunks=chunks, of=24))
    assert capsys.readouterr().err.splitlines() == [
        "tracker: 3 of 24 chunks read",
        "tracker: 4 of 24 chunks read, ready in about 0:20:00",
        "tracker: 5 of 24 chunks read, ready in about 0:23:45",
        "tracker: 24 of 24 chunks read",
    ]


# ---- what the daemon says -------------------------------------------------------------------------------------------------------------

AT = datetime(2026, 7, 2, 9, tzinfo=UTC)


def ended(*, error=None, said="done", run=0, retry_at=None, skipped=False):
    job = Job(kind="pull", subject="tracker")
    standing = JobStanding(name=job.name, retry_at=retry_at)
    return Ended(
        job=job, run=run, exit_code=error.exit_code if error else 0, said=said, at=AT, standing=standing, error=error, skipped=skipped
    )  # fmt: skip


def told(capsys, one):
    unattended.Lines().ended(one)
    return capsys.readouterr().err


def test_a_job_that_did_something_has_a_line(capsys):
    assert (
        told(capsys, ended(said="5 entries new or changed", run=7))
        == "2026-07-02 09:00:00 pull tracker: exit 0, run 7: 5 entries new or changed\n"
    )


def test_a_job_that_failed_says_when_it_is_tried_again(capsys):
    error = TransientError("away")
    line = told(capsys, ended(error=error, said="away", run=7, retry_at=AT + timedelta(minutes=4)))
    assert line == "2026-07-02 09:00:00 pull tracker: exit 4, run 7: away (tried again at 2026-07-02 09:04 UTC)\n"


def test_a_job_with_nothing_to_do_is_silent_and_one_that_found_the_lease_taken_is_not(capsys):
    assert told(capsys, ended(skipped=True)) == ""
    assert "held" in told(capsys, ended(skipped=True, error=BusyError("held"), said="held"))
