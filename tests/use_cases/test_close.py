"""A period is closed when nothing of it waits and it ties; from then on what is in it is a fact, and changes stand beside it."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from connector.errors import ConfigError
from connector.reports import reconcile as reconcile_report
from connector.reports import status as status_report
from connector.reports.certificate import canonical, digest_of, read_certificate
from connector.signing import Signer, holds
from connector.store import audit, certificates
from connector.use_cases.close import close, reopen
from connector.use_cases.decide import decide as decide_one
from connector.use_cases.reconcile import tie_out
from connector.use_cases.status import status
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.world import World

SIGNER = Signer("7" * 64)


@pytest.fixture
def world():
    """June, billed: three hours for Alpine, one of our own, one given free."""
    world = World()
    world.work("a1", hours="3")
    world.work("own", "Ourselves", hours="1")
    world.work("free", hours="0.5", work_type="Travel")
    world.bill()
    return world


def closing(world, period="2026-06"):
    return close(world.open(), "nz", period, SIGNER, who="Finance")


def closed(world, period="2026-06"):
    done = closing(world, period)
    assert done.certified is not None, done
    return done.certified


def buckets(world, period="2026-06"):
    told = tie_out(world.open(), "nz", period)
    return {name: (bucket.count, bucket.seconds) for name, bucket in told.dispositions.items() if bucket.count or bucket.seconds}


def waits(world):
    return world.rows("SELECT kind, reason, seconds, period FROM charges WHERE disposition = 'held' ORDER BY entry, part")


def test_a_period_that_ties_is_closed_and_signed(world):
    one = closed(world)
    content = read_certificate(one.body)

    assert canonical(content).decode() == one.body
    assert one.digest == digest_of(one.body.encode())
    assert holds(content.public_key, one.signature, one.body.encode())
    assert not holds(content.public_key, one.signature, one.body.replace("300.00", "400.00").encode())
    assert [(row.number, str(row.net), row.their_status) for row in content.documents] == [("HB-2606-001", "300.00", "draft")]
    assert content.seconds == content.entries.seconds == int(4.5 * 3600)
    assert (content.seq, content.previous, content.closed_by) == (1, "", "Finance")
    assert list(content.mappings) == [world.mapping.digest]


def test_a_certificate_holds_no_notes_and_no_people(world):
    body = closed(world).body
    assert "Ben Ito" not in body
    assert "work a1" not in body


def test_certificates_of_a_book_are_a_chain(world):
    june = closed(world)
    world.clock.at = datetime(2026, 8, 2, tzinfo=UTC)
    world.pull()
    july = closed(world, "2026-07")
    assert (july.seq, july.previous) == (2, june.digest)


def test_closing_again_makes_nothing_new(world):
    one = closed(world)
    again = closing(world)
    assert (again.already, again.certified) == (True, msgspec.structs.replace(one, id=again.certified.id))
    assert world.rows("SELECT count(*) FROM certificates") == [(1,)]


@pytest.mark.parametrize(
    ("work", "said"),
    [
        ({"client": "Nobody we know"}, "unmatched"),
        ({"hours": "13"}, "held"),
        ({"running": True}, "pending"),
        ({"work_type": "Juggling"}, "unmatched"),
        ({"on": None}, "held without a day that can be read"),
        ({}, "planned and not approved"),
    ],
)
def test_what_waits_for_a_person_is_in_the_way(world, work, said):
    world.work("late one", **work)
    world.pull()
    done = closing(world)
    assert done.certified is None
    assert any(said in blocker.what for blocker in done.blockers), done.blockers
    assert all("hourbridge " in blocker.next_step for blocker in done.blockers)
    assert world.rows("SELECT count(*) FROM certificates") == [(0,)]


def test_a_source_that_nobody_ever_read_is_in_the_way():
    [blocker] = closing(World()).blockers
    assert blocker.what == "list was never read to its end: time may be missing"
    assert blocker.next_step == "`hourbridge pull list`"


def test_a_source_last_read_before_the_period_was_over_is_in_the_way():
    world = World()
    world.clock.at = datetime(2026, 6, 30, 11, 59, tzinfo=UTC)  # still 30 June in Auckland
    world.pull()
    world.clock.at = datetime(2026, 7, 3, tzinfo=UTC)
    [blocker] = closing(world).blockers
    assert blocker.what == "list was last read to its end at 2026-06-30 23:59 NZST, before the period was over: time may be missing"

    world.clock.at = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)  # midnight there: the month is over
    world.pull()
    assert closing(world).blockers == ()


def test_what_is_approved_and_not_sent_is_in_the_way():
    world = World()
    world.work("a1")
    world.pull()
    world.approve()
    assert [blocker.what for blocker in closing(world).blockers] == ["1 document approved and not sent"]


def test_a_document_in_doubt_is_in_the_way():
    world = World()
    world.work("a1")
    world.pull()
    world.approve()
    world.die_at("INSERT INTO confirmations")
    world.clock.sleep(600)  # its lease has ended
    assert any("is in doubt" in blocker.what for blocker in closing(world).blockers)


def test_a_period_that_is_not_over_is_not_closed(world):
    assert [blocker.what for blocker in closing(world, "2026-07").blockers] == ["the period is not over before 2026-08-01"]


def test_what_does_not_tie_is_not_closed(world):
    world.stranger("HB-2606-099")
    world.pull()
    done = closing(world)
    assert (done.certified, done.blockers) == (None, ())
    assert [one.what for one in done.differing.differences] == ["HB-2606-099"]


def test_the_audit_log_tells_of_a_close_and_its_chain_holds(world):
    one = closed(world)
    rows = world.rows("SELECT what, body FROM audit WHERE stream = 'book:nz' ORDER BY seq DESC LIMIT 1")
    assert (rows[0][0], msgspec.json.decode(str(rows[0][1]))["digest"]) == ("closed", one.digest)
    with world.store.snapshot() as read:
        assert audit.broken(read) == []


# ---- what is closed stays ------------------------------------------------------------------------------------------------------


def test_no_edit_of_the_mapping_moves_what_is_closed(world):
    closed(world)
    before = buckets(world)
    world.mapping = mapping_of(
        YAML.replace("{internal: true}", "").replace("Travel: {code: project, treatment: no_charge}", "Travel: project")
    )
    world.pull()
    assert buckets(world) == before
    assert waits(world) == []
    assert world.plan().steps == ()


def test_an_edit_of_the_mapping_moves_what_is_not_closed(world):
    """The same edit without the close: else the test above would prove nothing."""
    before = buckets(world)
    world.mapping = mapping_of(
        YAML.replace("{internal: true}", "").replace("Travel: {code: project, treatment: no_charge}", "Travel: project")
    )
    world.pull()
    assert buckets(world) != before


def test_a_draft_of_a_closed_period_is_no_longer_amended(world):
    closed(world)
    world.work("a1", hours="4")
    world.pull()
    assert world.plan().steps == ()
    assert waits(world) == [("correction", "edited after it was billed on HB-2606-001", 3600, "2026-06")]
    world.check()


def test_late_time_goes_to_the_next_open_period_whatever_becomes_of_it(world):
    closed(world)
    before = buckets(world)
    world.work("late", hours="2", on=date(2026, 6, 20))
    world.work("late own", "Ourselves", hours="2", on=date(2026, 6, 20))
    world.work("late unknown", "Nobody we know", hours="2", on=date(2026, 6, 20))
    world.pull()
    assert buckets(world) == before
    assert {row[0] for row in world.rows("SELECT period FROM charges WHERE late = 1")} == {"2026-07"}
    world.clock.at = datetime(2026, 8, 2, tzinfo=UTC)
    world.pull()
    assert [(step.period, step.late_seconds) for step in world.plan().steps] == [("2026-07", 7200)]
    world.check()


def test_time_of_a_closed_period_that_nobody_billed_is_corrected_and_not_rewritten(world):
    closed(world)
    world.work("own", "Ourselves", hours="1.5")
    world.pull()
    assert buckets(world)["non_billable"] == (1, 3600)
    assert waits(world) == [("correction", "edited after 2026-06 was closed", 1800, "2026-06")]
    world.check()


def test_time_deleted_after_the_close_is_taken_back(world):
    closed(world)
    world.remove("own")
    world.pull()
    assert buckets(world)["non_billable"] == (1, 3600)
    assert waits(world) == [("correction", "deleted at the source after 2026-06 was closed", -3600, "2026-06")]
    world.check()


def test_time_that_moves_after_the_close_waits_for_a_person_on_both_sides(world):
    closed(world)
    world.work("own", "Bayside Motors", hours="1")
    world.pull()
    assert waits(world) == [
        ("correction", "edited after 2026-06 was closed", -3600, "2026-06"),
        ("correction", "edited after 2026-06 was closed", 3600, "2026-06"),
    ]
    assert world.plan().steps == ()
    world.check()


def test_time_that_moves_to_an_open_period_and_earns_nothing_simply_stands_there(world):
    closed(world)
    world.work("own", "Ourselves", hours="1", on=date(2026, 7, 1))
    world.pull()
    assert waits(world) == [("correction", "edited after 2026-06 was closed", -3600, "2026-06")]
    assert buckets(world, "2026-07")["non_billable"][1] == 3600
    world.check()


def test_words_that_change_after_the_close_change_nothing(world):
    closed(world)
    world.work("own", "Ourselves", hours="1", notes="said better")
    world.pull()
    assert waits(world) == []


def test_a_decision_after_the_close_is_a_correction(world):
    closed(world)
    decide_one(world.open(), "list:free", "exclude", "", "not ours", "Finance")
    world.pull()
    assert buckets(world)["no_charge"] == (1, 1800)
    assert [(row[0], row[2]) for row in waits(world)] == [("correction", -1800), ("correction", 1800)]
    world.check()


def test_a_decision_of_before_the_close_stays_a_fact():
    world = World()
    world.work("a1", hours="3")
    world.pull()
    decide_one(world.open(), "list:a1", "bill", "2", "one was ours", "Finance")
    world.bill()
    closed(world)
    world.mapping = mapping_of(YAML.replace("increment_minutes: 1,", "increment_minutes: 6,"))
    world.pull()
    assert waits(world) == []
    assert buckets(world)["written_off"] == (0, 3600)
    world.work("a1", hours="4")
    world.pull()
    assert sum(int(str(row[2])) for row in waits(world)) == 3600
    world.check()


def test_what_was_carried_goes_on_into_the_next_period():
    world = World(mapping_of(YAML.replace("minimum_document: 0.00", "minimum_document: 500.00")))
    world.work("a1", hours="1")
    world.bill()
    closed(world)
    world.pull()
    assert world.rows("SELECT disposition, period FROM charges") == [("ready", "2026-07")]


# ---- opening again ---------------------------------------------------------------------------------------------------------------


def test_a_period_is_opened_again_by_a_person_with_a_reason(world):
    one = closed(world)
    world.work("own", "Ourselves", hours="1.5")
    world.pull()
    reopen(world.open(), "nz", "2026-06", who="Finance", why="the hours were wrong")
    assert waits(world) == []
    assert buckets(world)["non_billable"] == (1, 5400)
    assert world.rows("SELECT count(*) FROM closed_charges") == [(0,)]
    again = closed(world)
    assert (again.seq, again.previous, read_certificate(again.body).supersedes) == (2, one.digest, one.digest)
    with world.store.snapshot() as read:
        assert [(kept.seq, kept.in_force, kept.why) for kept in certificates.certificates(read)] == [
            (1, False, "the hours were wrong"), (2, True, ""),
        ]  # fmt: skip


def test_nothing_is_opened_without_a_reason_or_that_is_not_closed(world):
    with pytest.raises(ConfigError, match="is not closed"):
        reopen(world.open(), "nz", "2026-06", who="Finance", why="because")
    closed(world)
    with pytest.raises(ConfigError, match="needs a reason"):
        reopen(world.open(), "nz", "2026-06", who="Finance", why=" ")


def test_the_facts_of_a_period_have_the_digest_that_its_certificate_says(world):
    one = closed(world)
    with world.store.snapshot() as read:
        assert certificates.digest_of_closed(read, 1) == read_certificate(one.body).facts


# ---- what reports say of it ------------------------------------------------------------------------------------------------------


def test_a_closed_period_is_shown_beside_its_certificate(world):
    one = closed(world)
    told = tie_out(world.open(), "nz", "2026-06")
    assert [(each.book, each.period, each.certificate, each.digest) for each in told.closed] == [("nz", "2026-06", 1, one.digest)]
    assert told.later == ()
    assert tie_out(world.open(), None, "2026-07").closed == ()
    assert len(tie_out(world.open()).closed) == 1


def test_what_changed_since_the_close_is_listed(world):
    closed(world)
    world.work("own", "Ourselves", hours="1.5")
    world.touch("HB-2606-001", status="posted")
    world.pull()
    told = tie_out(world.open(), None, "2026-06")
    assert [(row.what, row.then, row.now) for row in told.later] == [
        ("drafted", "1 entry, 3:00 (3.00) h, NZD 300.00", "nothing"),
        ("invoiced", "nothing", "1 entry, 3:00 (3.00) h, NZD 300.00"),
        ("held", "nothing", "0 entries, 0:30 (0.50) h"),
        ("HB-2606-001", "NZD 300.00, theirs 300.00, draft", "NZD 300.00, theirs 300.00, posted"),
    ]
    assert told.ties
    text = reconcile_report.as_table(told)
    assert "Changed since it was closed" in text
    assert "closed: nz 2026-06, by Finance on 2026-07-02, certificate 1" in text
    assert "changed since,drafted" in reconcile_report.as_csv(told)


def test_status_says_which_periods_are_closed(world):
    assert status(world.open()).books[0].closed == ()
    closed(world)
    told = status(world.open())
    assert told.books[0].closed == ("2026-06",)
    assert "2026-06" in status_report.as_table(told)
    assert "book,nz,closed,2026-06" in status_report.as_csv(told)
