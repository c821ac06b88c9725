"""One job at a time: bulkheads, what is recorded and told, files that break and are mended, being asked to stop."""

from datetime import timedelta

import msgspec
import pytest

from adapters.harvest.emulated.account import Reference
from connector.daemon import desk as desks
from connector.errors import StateError
from connector.sandbox import Fault
from connector.store import jobs as kept
from connector.store.store import Store
from tests.daemon import papers
from tests.daemon.firm import START, Firm, VirtualDaemon
from tests.use_cases.world import Dead

WORKED = START.date() - timedelta(days=12)


@pytest.fixture
def firm(tmp_path, monkeypatch) -> Firm:
    firm = Firm(tmp_path, monkeypatch)
    for number, client in enumerate((*papers.KIWIS, *papers.YANKEES)):
        firm.harvest.people.enter("Ben Ito", f"{client} care", "Support", WORKED, "1.5", reference=Reference(id=f"t{number}"))
    return firm


@pytest.fixture
def desk(firm):
    desk = firm.desk()
    desk.read()
    return desk


def run(desk, name):
    return desk.run(desk.jobs[name])


def ready(firm, desk):
    for name in ("pull harvest", "plan nz", "plan us"):
        run(desk, name)
    assert firm.approve() == 5


def billed(firm, desk):
    ready(firm, desk)
    return run(desk, "apply nz"), run(desk, "apply us")


def test_a_run_is_recorded_with_its_words(firm, desk):
    ended = run(desk, "pull harvest")
    assert (ended.exit_code, ended.said, ended.error) == (0, "5 entries new or changed", None)
    assert firm.rows("SELECT id, command, exit_code, summary FROM runs") == [
        (ended.run, "daemon: pull harvest", 0, "5 entries new or changed")
    ]


def test_what_is_approved_is_sent_and_nothing_twice(firm, desk):
    nz, us = billed(firm, desk)
    assert (nz.said, us.said) == ("3 sent", "2 sent")
    assert len(firm.live()) == 5
    before = len(firm.mounts["xero"].log)
    again = run(desk, "apply nz")
    assert (again.skipped, again.run, len(firm.mounts["xero"].log)) == (True, 0, before), "it asked Xero for nothing"


def test_what_waits_for_a_person_is_said(firm, desk):
    run(desk, "pull harvest")
    ended = run(desk, "plan us")
    assert (ended.exit_code, ended.said) == (3, "2 documents await approval (hourbridge plan)")
    assert (ended.error, ended.standing.retry_at, ended.standing.failures) == (None, None, 0)


def test_policy_approves_nothing_on_half_of_the_sources(firm, desk):
    billed(firm, desk)
    firm.clock.advance(7 * 86400)
    firm.harvest.people.enter(
        "Ben Ito", "Alpine Dental care", "Support", START.date() + timedelta(days=1), "1", reference=Reference(id="n")
    )
    run(desk, "pull harvest")
    firm.clock.advance(3 * 86400)
    assert "nothing was approved: harvest was not read to its end within a day" in run(desk, "plan nz").said
    run(desk, "pull harvest")
    assert "1 approved by policy" in run(desk, "plan nz").said


def test_policy_approves_nothing_on_a_credential_that_sees_only_a_part(firm, desk):
    billed(firm, desk)
    ben = next(user.id for user in firm.harvest.account.users.values() if user.name == "Ben Ito")
    firm.write("secrets/harvest", firm.harvest.identity.personal_token(ben)).chmod(0o600)
    firm.clock.advance(7 * 86400)
    firm.harvest.people.enter(
        "Ben Ito", "Alpine Dental care", "Support", START.date() + timedelta(days=1), "1", reference=Reference(id="n")
    )
    assert "sees only a part" in run(desk, "pull harvest").said
    assert "nothing was approved: harvest sees only a part: Ben Ito is not an administrator" in run(desk, "plan nz").said
    firm.write("secrets/harvest", papers.SECRETS["harvest"]).chmod(0o600)
    run(desk, "pull harvest")
    assert "1 approved by policy" in run(desk, "plan nz").said


def test_a_system_that_is_away_is_its_own_trouble(firm, desk):
    run(desk, "pull harvest")
    firm.fault = lambda kind, _method, _target: Fault("connect_error") if kind == "xero" else None
    ended = run(desk, "plan nz")
    assert (ended.exit_code, type(ended.error).__name__) == (4, "TransientError")
    assert ended.standing.retry_at == ended.at + timedelta(minutes=1)
    assert run(desk, "plan us").error is None


def test_a_long_pause_that_the_vendor_asks_for_is_kept(firm, desk):
    run(desk, "pull harvest")
    firm.fault = lambda kind, _method, _target: Fault("refuse", status=429, retry_after="72000") if kind == "xero" else None
    ended = run(desk, "plan nz")
    assert ended.standing.retry_at >= ended.at + timedelta(hours=19)


def test_a_bug_is_a_bulkhead_too(firm, desk, monkeypatch):
    monkeypatch.setitem(desks.JOBS, "plan", lambda _ws, _book: 1 / 0)
    ended = run(desk, "plan nz")
    assert ended.exit_code == 1
    assert "A bug in Hourbridge: ZeroDivisionError" in ended.said
    assert firm.rows("SELECT exit_code FROM runs") == [(1,)]
    assert run(desk, "pull harvest").exit_code == 0


def test_a_listener_that_fails_harms_no_job(firm, desk):
    desk._listeners = [*desk._listeners, object()]
    assert run(desk, "pull harvest").exit_code == 0
    assert len(firm.heard.ends) == 1


def test_d1_another_run_that_holds_the_lease_is_waited_for(firm, desk):
    with firm.opened() as ws, ws.lease("connection:harvest"):
        firm.processes += 1
        ended = run(desk, "pull harvest")
    assert (ended.skipped, ended.standing.failures) == (True, 0)
    assert "another run holds it" in ended.said
    assert ended.standing.retry_at == ended.at + timedelta(minutes=1)


def test_d1_two_jobs_of_one_process_do_not_take_each_others_leases(firm, desk):
    with firm.opened() as ws, ws.lease("connection:harvest"):
        assert run(desk, "pull harvest").skipped


def test_a_state_that_is_locked_is_waited_out(firm, desk, monkeypatch):
    run(desk, "pull harvest")

    def locked(*_):
        raise StateError("the state cannot be used (database is locked)")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "begin", locked)
        first = run(desk, "plan nz")
        second = run(desk, "plan nz")
    assert [one.standing.failures for one in (first, second)] == [1, 2]
    assert second.standing.retry_at == second.at + timedelta(minutes=2)
    assert run(desk, "plan us").error is None


# ---- files ---------------------------------------------------------------------------------------------------------------------


def test_a_mapping_that_breaks_stops_every_job_until_it_is_mended(firm, desk):
    good = firm.mapping.read_text()
    firm.write("mappings/firm.yaml", good.replace("Support: support", "Support: suport"))
    ended = run(desk, "pull harvest")
    assert ended.exit_code == 2
    assert "firm.yaml" in ended.said
    firm.write("mappings/firm.yaml", good)
    assert firm.rows("SELECT command, exit_code FROM runs") == [("daemon: pull harvest", 2)]
    assert run(desk, "pull harvest").exit_code == 0


def test_the_last_good_configuration_is_not_worked_by(firm, desk):
    run(desk, "pull harvest")
    firm.write("config.yaml", firm.config.read_text().replace("kind: harvest", "kind: harvst"))
    assert run(desk, "pull harvest").exit_code == 2
    good = firm.config.read_text()
    firm.write("config.yaml", "books:\n")
    ended = run(desk, "plan nz")
    firm.write("config.yaml", good.replace("harvst", "harvest"))
    assert (ended.exit_code, ended.run > 0) == (2, True)
    assert firm.rows(f"SELECT command, exit_code FROM runs WHERE id = {ended.run}") == [("daemon: plan nz", 2)]


def test_what_was_mended_is_tried_at_once(firm):
    daemon = VirtualDaemon(firm)
    firm.write("secrets/harvest", "revoked-canary").chmod(0o600)
    daemon.until(START + timedelta(hours=6))
    (refused,) = firm.heard.of("pull harvest")
    assert (refused.exit_code, type(refused.error).__name__) == (5, "AuthError")
    firm.write("secrets/harvest", papers.SECRETS["harvest"]).chmod(0o600)
    daemon.until(START + timedelta(hours=7, minutes=1))
    assert firm.heard.of("pull harvest")[-1].exit_code == 0


@pytest.mark.parametrize(
    ("section", "file"),
    [
        ("state_key: file:secrets/state-key", "state-key"),
        ("state_key: file:secrets/new\nolder_state_keys: [file:secrets/old]", "old"),
        ("notifications: {webhook: {url: 'https://hooks.firm.example/x', secret: file:secrets/hook}}", "hook"),
        ("", "xero"),
    ],
)
def test_every_secrets_file_counts_as_something_that_was_mended(firm, section, file):
    firm.write("config.yaml", f"{section}\n{firm.config.read_text()}")
    desk = firm.desk()
    desk.read()
    before = desk.stamp()
    assert desk.stamp() == before
    firm.write(f"secrets/{file}", "another-canary-that-is-long-enough-for-a-key").chmod(0o600)
    assert desk.stamp() != before


def test_a_schedule_that_changes_holds_from_the_next_round_on(firm):
    daemon = VirtualDaemon(firm)
    daemon.until(START + timedelta(minutes=50))
    firm.write(
        "config.yaml", firm.config.read_text().replace("plan: 30 */6 * * *", "plan: 40 * * * *").replace("full: 0 3 * * sun", "full: none")
    )
    daemon.until(START + timedelta(hours=3))
    assert [ended.at.strftime("%H:%M") for ended in firm.heard.of("plan nz")] == ["00:30", "01:40", "02:40"]
    assert "full harvest" not in daemon.waiting


def test_a_daemon_that_starts_with_a_wrong_configuration_waits_for_a_right_one(firm):
    good = firm.config.read_text()
    firm.write("config.yaml", good.replace("sink: xero", "sink: zero"))
    daemon = VirtualDaemon(firm)
    daemon.until(START + timedelta(hours=5))
    assert len(firm.heard.troubles) == 1
    assert "no connection 'zero'" in firm.heard.troubles[0]
    firm.write("config.yaml", good)
    daemon.until(START + timedelta(hours=7))
    assert firm.heard.troubles[1:] == ["mended"]
    assert firm.heard.of("pull harvest")[0].exit_code == 0


# ---- stop and start --------------------------------------------------------------------------------------------------------------


def test_d1_it_stops_between_two_requests_and_goes_on_where_it_stopped(firm, desk):
    firm.harvest.limits.enforced = False
    firm.write("config.yaml", firm.config.read_text().replace("hours: hours", "hours: hours\n    page_size: 2"))
    answer = firm.harvest.answer

    def answered(*asked):
        firm.stop_asked = "/v2/time_entries" in asked[1]
        return answer(*asked)

    firm.harvest.answer = answered
    ended = run(desk, "pull harvest")
    assert "was asked to stop" in ended.said
    assert (ended.standing.failures, ended.skipped) == (0, True)
    assert firm.rows("SELECT count(*) FROM entries") == [(2,)]
    assert run(desk, "pull harvest") is None, "nothing is begun any more"
    firm.harvest.answer, firm.stop_asked = answer, False
    assert run(desk, "pull harvest").exit_code == 0
    assert firm.rows("SELECT count(*) FROM entries") == [(5,)]


def test_d1_a_push_that_is_asked_to_stop_leaves_the_rest_approved(firm, desk):
    ready(firm, desk)
    answer = firm.xero.answer

    def answered(*asked):
        firm.stop_asked = firm.stop_asked or "Invoices" in asked[1]
        return answer(*asked)

    firm.xero.answer = answered
    ended = run(desk, "apply nz")
    assert ended.standing.failures == 0
    assert firm.writes == 0
    firm.xero.answer, firm.stop_asked = answer, False
    assert run(desk, "apply nz").said == "3 sent"
    firm.billed_once()


def test_standings_outlive_the_process(firm, desk):
    firm.fault = lambda kind, _method, _target: Fault("connect_error") if kind == "harvest" else None
    failed = run(desk, "pull harvest")
    other = firm.desk()
    other.read()
    assert other.standing(failed.job) == failed.standing
    assert failed.standing.failures == 1


def test_d1_a_start_after_a_kill_looks_up_what_was_in_flight(firm):
    daemon = VirtualDaemon(firm)
    daemon.until(START + timedelta(hours=8))
    assert firm.approve() == 5
    answer = firm.xero.answer

    def die(method, *asked):
        given = answer(method, *asked)
        if method == "PUT":
            firm.dead, firm.xero.answer = True, answer
            raise Dead
        return given

    firm.xero.answer = die
    daemon.until(START + timedelta(hours=11))
    found = [ended for name in ("resolve nz", "apply nz") for ended in firm.heard.of(name) if ended.said == "3 adopted"]
    assert len(found) == 1
    assert found[0].at < START + timedelta(hours=9, minutes=55), "as soon as the lease of the dead process ended"
    assert len(firm.made) == 5
    firm.billed_once()


def test_health_is_read_from_the_state(firm):
    daemon = VirtualDaemon(firm)
    daemon.until(START + timedelta(hours=3))
    with firm.opened() as ws, ws.store.snapshot() as read:
        beat, standings = kept.beat(ws.store, read), kept.all_of(read)
    assert beat.started_at == START
    assert firm.clock.now() - beat.beat_at <= timedelta(hours=1)
    assert standings["pull harvest"].succeeded_at is not None
    daemon.turns.end()
    with firm.opened() as ws, ws.store.snapshot() as read:
        assert kept.beat(ws.store, read).stopped_at == firm.clock.now()


def test_reports_are_files(firm, desk):
    billed(firm, desk)
    ended = run(desk, "reports nz")
    folder = firm.folder / "reports" / "nz" / "2026-W21"
    assert ended.said == f"5 files in {folder}"
    assert {path.name for path in folder.iterdir()} == {"unmatched.csv", "plan.json", "plan.csv", "tie-out.json", "tie-out.csv"}
    assert msgspec.json.decode((folder / "tie-out.json").read_bytes())["ties"]


def test_reports_that_cannot_be_written_are_no_bug_and_say_where(firm, desk):
    run(desk, "pull harvest")
    firm.write("reports", "a file where the folder should be")
    ended = run(desk, "reports nz")
    assert ended.exit_code == 2
    assert f"{firm.folder}/reports/nz/" in ended.said
    assert "the reports cannot be written (" in ended.said
    assert "name another `reports_folder` under `schedule` in config.yaml" in ended.said
    (firm.folder / "reports").unlink()
    assert run(desk, "reports nz").exit_code == 0


def test_a_tie_out_that_does_not_tie_is_said(firm, desk):
    billed(firm, desk)
    assert run(desk, "reconcile nz").said == "ties"
    (first, *_) = firm.xero.invoices(live=True)
    firm.xero.people.delete(first.id)
    ended = run(desk, "reconcile nz")
    assert (ended.exit_code, ended.said.startswith("does not tie; ours = theirs")) == (4, True)
