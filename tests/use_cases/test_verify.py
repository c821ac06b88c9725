"""Whatever is changed, taken out, put in or cut off afterwards is found, and told with its place."""

from datetime import UTC, datetime

import msgspec
import pytest

from connector.reports.certificate import as_file, read_file
from connector.signing import Signer
from connector.store import audit
from connector.use_cases import corrections
from connector.use_cases.close import close, reopen
from connector.use_cases.verify import beside_state, check_file, verify
from tests.use_cases.world import World

SIGNER = Signer("7" * 64)


@pytest.fixture
def world():
    """Two closed months."""
    world = World()
    world.work("a1", hours="3")
    world.work("own", "Ourselves", hours="1")
    world.bill()
    close(world.open(), "nz", "2026-06", SIGNER, who="Finance")
    world.clock.at = datetime(2026, 8, 2, tzinfo=UTC)
    world.work("a2", hours="2", on=world.day("2026-07-05"))
    world.bill()
    close(world.open(), "nz", "2026-07", SIGNER, who="Finance")
    return world


def faults(world, keys=(SIGNER.public,)):
    return [f"{fault.where}: {fault.what}" for fault in verify(world.open(), keys=keys).faults]


def tamper(world, *statements):
    with world.store.begin() as tx:
        for sql in statements:
            assert tx.exec_driver_sql(sql).rowcount >= 1, sql


def forge(world, stream, start):
    """The chain of a stream made anew from a row on, as somebody would who can write to the state and knows how it is hashed."""
    with world.store.begin() as tx:
        rows = tx.exec_driver_sql("SELECT seq, at, what, body FROM audit WHERE stream = ? ORDER BY seq", (stream,)).all()
        previous = audit.GENESIS
        for seq, at, what, body in rows:
            digest = audit.chain(previous, stream, seq, at, what, body)
            if seq >= start:
                tx.exec_driver_sql("UPDATE audit SET previous = ?, hash = ? WHERE stream = ? AND seq = ?", (previous, digest, stream, seq))
            previous = digest


def test_what_nobody_touched_holds(world):
    found = verify(world.open(), keys={SIGNER.public})
    assert (found.faults, found.holds, found.certificates, found.documents, found.steps) == ((), True, 2, 2, 2)
    assert found.rows == world.rows("SELECT count(*) FROM audit")[0][0] > 4


def test_verifying_writes_nothing_and_takes_no_lease(world):
    before = world.backup()
    with world.store.lease("book:nz", "somebody else"):
        held = world.backup()
        verify(world.open())
        assert world.backup() == held
    assert len(world.backup()) == len(before)


def test_a_row_of_the_log_that_was_changed_is_told(world):
    tamper(world, "UPDATE audit SET body = '{}' WHERE stream = 'book:nz' AND seq = 2")
    assert "book:nz #2: it was changed after it was written" in faults(world)


def test_a_row_taken_out_is_told(world):
    tamper(world, "DELETE FROM audit WHERE stream = 'book:nz' AND seq = 2")
    assert "book:nz #3: row 2 before it is missing" in faults(world)


def test_rows_that_changed_places_are_told(world):
    tamper(
        world,
        "UPDATE audit SET seq = -2 WHERE stream = 'book:nz' AND seq = 2",
        "UPDATE audit SET seq = 2 WHERE stream = 'book:nz' AND seq = 3",
        "UPDATE audit SET seq = 3 WHERE stream = 'book:nz' AND seq = -2",
    )
    assert [fault for fault in faults(world) if fault.startswith(("book:nz #2", "book:nz #3"))] != []


def test_a_log_made_anew_with_good_hashes_is_found_by_the_certificate(world):
    tamper(world, "UPDATE audit SET body = '{}' WHERE stream = 'book:nz' AND seq = 1")
    forge(world, "book:nz", 1)
    assert any("it is not the row that nz 2026-06, certificate 1 knows" in fault for fault in faults(world))


def test_an_end_that_was_cut_off_is_found_by_the_last_certificate(world):
    (last,) = world.rows("SELECT max(seq) FROM audit WHERE stream = 'connection:list'")[0]
    tamper(world, f"DELETE FROM audit WHERE stream = 'connection:list' AND seq = {last}")
    assert faults(world) == [f"connection:list #{last - 1}: its end was cut off: nz 2026-07, certificate 2 knows it up to #{last}"]


@pytest.mark.parametrize(("rows", "said"), [(1, "2 confirmations, and the log tells of 1"), (4, "2 approvals, and the log tells of 1")])
def test_an_end_that_was_cut_off_is_found_before_any_certificate_knows_it(rows, said):
    """Two documents of two runs; nothing is closed yet."""
    world = World()
    for name, client in (("a1", "Alpine Dental"), ("b1", "Bayside Motors")):
        world.work(name, client)
        world.bill()
    tamper(world, f"DELETE FROM audit WHERE stream = 'book:nz' AND seq > (SELECT max(seq) FROM audit WHERE stream = 'book:nz') - {rows}")
    assert any(said in fault for fault in faults(world)), faults(world)


def test_the_row_of_the_last_close_cannot_be_cut_off_either(world):
    (last,) = world.rows("SELECT max(seq) FROM audit WHERE stream = 'book:nz'")[0]
    tamper(world, f"DELETE FROM audit WHERE stream = 'book:nz' AND seq >= {last}")
    assert faults(world) == ["nz 2026-07, certificate 2: the audit log does not tell of it"]


def test_a_certificate_that_was_changed_is_told(world):
    tamper(world, "UPDATE certificates SET body = replace(body, '300.00', '400.00') WHERE seq = 1")
    assert faults(world)[:2] == [
        "nz 2026-06, certificate 1: its content is not what its digest says: it was changed",
        "nz 2026-06, certificate 1: its signature does not hold",
    ]


def test_a_certificate_that_cannot_be_read_is_told(world):
    tamper(world, "UPDATE certificates SET body = '{' WHERE seq = 1")
    assert "nz 2026-06, certificate 1: it cannot be read: it was changed" in faults(world)


def test_a_certificate_taken_out_is_told(world):
    tamper(world, "DELETE FROM closed_charges WHERE certificate = 1", "DELETE FROM certificates WHERE seq = 1")
    found = faults(world)
    assert "nz 2026-07, certificate 2: there is none before it" in found
    assert any("it tells of a certificate that is gone" in fault for fault in found)


def test_a_certificate_signed_with_another_key_is_told(world):
    assert all("it is signed with another key" in fault for fault in faults(world, keys={"0" * 64}))
    assert len(faults(world, keys={"0" * 64})) == 2
    assert verify(world.open()).notes != ()


def test_a_period_opened_behind_the_logs_back_is_told(world):
    tamper(world, "UPDATE certificates SET reopened_at = '2026-08-03' WHERE seq = 2")
    assert faults(world) == ["nz 2026-07, certificate 2: it is kept as reopened, and the audit log does not tell of that"]


def test_a_period_opened_by_a_person_holds(world):
    reopen(world.open(), "nz", "2026-07", who="Finance", why="wrong")
    assert faults(world) == []
    tamper(world, "UPDATE certificates SET reopened_at = NULL WHERE seq = 2")
    assert any("it is kept as in force, and was reopened" in fault for fault in faults(world))


def test_a_closed_charge_that_was_changed_is_told(world):
    tamper(world, "UPDATE closed_charges SET seconds = seconds + 1")
    assert faults(world) == ["nz 2026-06, certificate 1: the charges that were closed with it are not what they were"]


def test_a_document_whose_net_was_changed_is_told(world):
    tamper(world, "UPDATE documents SET net = net + 1 WHERE number = 'HB-2606-001'")
    assert faults(world) == ["HB-2606-001: its net is NZD 300.01, its charges make 300.00, its content says 300.00"]


def test_a_claim_that_was_changed_is_told(world):
    tamper(world, "UPDATE claims SET net = net - 1 WHERE document = 1")
    assert faults(world) == [
        "HB-2606-001: its net is NZD 300.00, its charges make 299.99, its content says 300.00",
        "HB-2606-001: a claim of it is not what was approved by Finance on 2026-07-02",
    ]


def test_an_approved_step_that_was_changed_is_told(world):
    tamper(world, "UPDATE steps SET body = replace(body, '300.00', '301.00') WHERE number = 'HB-2606-001'")
    assert len(faults(world)) == 1
    assert "HB-2606-001: the step approved by Finance on 2026-07-02 is not what its digest says" in faults(world)[0]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE claims SET seconds = seconds + 60 WHERE document = 1", "HB-2606-001: a claim of it is not what was approved by Finance"),
        ("UPDATE claims SET revision = 9 WHERE document = 1", "HB-2606-001: a claim of it is not what was approved by Finance"),
        ("UPDATE requests SET body = CAST('{}' AS BLOB) WHERE id = 1", "request 1 (HB-2606-001): it is not what its key says"),
        ("UPDATE requests SET url = 'https://evil' WHERE id = 1", "request 1 (HB-2606-001): it is not what its key says"),
        ("UPDATE requests SET body = 'text' WHERE id = 1", "request 1 (HB-2606-001): it is not what its key says"),
        ("UPDATE reasons SET body = '[]' WHERE id = 1", "reason 1: the rules behind a charge were changed"),
        ("DELETE FROM mapping_texts", "the text of "),
        ("UPDATE mapping_versions SET digest = 'other'", "something was priced or approved with it, and it is gone"),
        ("UPDATE mapping_versions SET files = '{}'", "is not what it was when this was closed"),
        ("UPDATE approvals SET who = 'Somebody' WHERE id = 1", "book:nz: the log does not tell of this approval as it is kept"),
        ("UPDATE confirmations SET remote = replace(remote, '300', '200')", "book:nz: the log does not tell of this confirmation as it is"),
        (
            "UPDATE confirmations SET remote = '{'",
            "book:nz: the log does not tell of this confirmation as it is kept: create HB-2606-001 cannot",
        ),
        ("UPDATE documents SET number = 'HB-2606-009' WHERE id = 1", "book:nz: the log does not tell of this confirmation as it is kept"),
        ("DELETE FROM confirmations", "the state keeps 0 confirmations, and the log tells of 2"),
        ("DELETE FROM confirmations WHERE intent = 1", "the state keeps 1 confirmation, and the log tells of 2"),
    ],
)
def test_what_is_kept_beside_the_log_and_was_changed_is_told(world, sql, said):
    tamper(world, sql)
    assert any(said in fault for fault in faults(world)), faults(world)


def test_a_mapping_text_that_was_changed_is_told(world):
    tamper(world, "UPDATE mapping_texts SET body = replace(body, '100.00', '10.00')")
    assert len(faults(world)) == 1
    assert faults(world)[0].endswith("it was changed after it was kept")


# ---- a certificate's file by itself ----------------------------------------------------------------------------------------------


@pytest.fixture
def file(world, tmp_path):
    ((body, digest, signature),) = world.rows("SELECT body, digest, signature FROM certificates WHERE seq = 1")
    path = tmp_path / "nz.json"
    path.write_bytes(as_file(body, digest, signature))
    return path


def test_a_file_is_proved_by_itself(file):
    assert check_file(*read_file(file), {SIGNER.public}) == []
    assert check_file(*read_file(file), ()) == []


def test_a_file_laid_out_anew_is_the_same_certificate(file):
    file.write_bytes(msgspec.json.format(file.read_bytes(), indent=4))
    assert check_file(*read_file(file), {SIGNER.public}) == []


@pytest.mark.parametrize(
    "change", [(b'"300.00"', b'"300.01"'), (b'"count":1', b'"count":2'), (b"Finance", b"Nobody!"), (b'"seq":1', b'"seq":3')]
)
def test_a_file_that_was_changed_is_told(file, change):
    assert change[0] in file.read_bytes()
    file.write_bytes(file.read_bytes().replace(*change))
    assert [fault.what for fault in check_file(*read_file(file), ())][-1] == "its signature does not hold"


def test_a_file_is_held_against_the_state(world, file):
    content, _, digest, _ = read_file(file)
    assert beside_state(world.open(), content, digest) == []
    assert "has another one" in beside_state(world.open(), content, "f" * 64)[0].what
    assert "does not know it" in beside_state(World().open(), content, digest)[0].what


def test_a_credit_note_and_what_it_credits_hold_until_either_is_changed():
    world = World()
    world.work("c1", "Cedar Legal", hours="2")
    world.work("c2", "Cedar Legal", hours="1")
    world.bill()
    world.remove("c1")
    world.pull()
    corrections.choose(world.open(), "HB-2606-001:list:c1", "credit", "never worked", "Finance")
    world.bill()
    assert faults(world) == []
    tamper(world, "UPDATE documents SET net = net + 1 WHERE kind = 'credit_note'")
    assert faults(world) == ["HB-2607-001: its net is NZD 200.01, its charges make 200.00, its content says 200.00"]
    tamper(world, "UPDATE claims SET net = net + 1")
    assert faults(world)[0] == "HB-2606-001: its net is NZD 300.00, its charges make 300.01, its content says 300.00"
