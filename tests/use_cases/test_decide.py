import csv
import io
from decimal import Decimal

import pytest

from connector.errors import ConfigError, UnsafePlanError
from connector.reports import unmatched as printed
from connector.store import audit
from connector.use_cases.decide import decide, decide_file
from connector.use_cases.explain import explain
from connector.use_cases.reconcile import tie_out
from connector.use_cases.unmatched import find
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import busy_month
from tests.use_cases.world import World

WHY = "Jane rang them"


@pytest.fixture
def world():
    world = busy_month()
    world.pull()
    return world


def decisions(world):
    return world.rows("SELECT d.kind, d.argument, d.why, d.who FROM decisions d ORDER BY d.id")


def test_a_released_entry_goes_on_the_document(world):
    decided = decide(world.open(), "list:h1", "release", why=WHY, who="Finance")
    assert (decided.entry, decided.kind) == ("list:h1", "release")
    world.bill()
    found = tie_out(world.open())
    assert found.dispositions["held"].reasons.keys() == {"unreadable"}
    assert found.documents[0].net == Decimal("1610.00")


def test_billing_a_part_writes_off_the_rest_and_the_hours_still_tie(world):
    decide(world.open(), "list:h1", "bill", "3,5", why=WHY, who="Finance")
    found = tie_out(world.open())
    assert found.dispositions["written_off"].seconds == int(10.5 * 3600)
    assert found.ties
    assert found.wip["NZD"].written_off == Decimal("1050.00")
    assert decisions(world) == [("bill", "3.5", WHY, "Finance")]


@pytest.mark.parametrize(("typed", "stored"), [("3.00", "3.00"), ("3:30", "3.50"), ("12", "12"), ("0", "0"), (" 1.25 h", "1.25")])
def test_hours_are_read_as_people_write_them(world, typed, stored):
    assert decide(world.open(), "list:h1", "bill", typed, why=WHY).argument == stored


@pytest.mark.parametrize(
    ("ref", "kind", "argument", "why", "said"),
    [
        ("list:nope", "release", "", WHY, "list has no entry nope"),
        ("lst:h1", "release", "", WHY, "there is no connection 'lst': did you mean 'list'"),
        ("h1", "release", "", WHY, "CONNECTION:ENTRY-ID"),
        ("list:h1", "relase", "", WHY, "did you mean 'release'"),
        ("list:h1", "release", "", "  ", "say why"),
        ("list:h1", "release", "3.0", WHY, "takes no argument"),
        ("list:h1", "bill", "", WHY, "asks for hours"),
        ("list:h1", "bill", "three", WHY, "not a number of hours"),
        ("list:h1", "bill", "-1", WHY, "cannot be"),
        ("list:h1", "bill", "1000", WHY, "cannot be"),
        ("list:h1", "bill", "NaN", WHY, "cannot be"),
        ("list:h1", "bill", "3:20", WHY, "write 3.33"),
        ("list:u1", "client", "", WHY, "asks for a name"),
        ("list:u1", "client", "Alpine Dentl", WHY, "did you mean 'Alpine Dental'"),
        ("list:u2", "work_type", "Projekt work", WHY, "did you mean 'Project work'"),
        ("list:u2", "project", "Upgrad", WHY, "did you mean 'Upgrade'"),
    ],
)
def test_a_ruling_that_cannot_be_is_refused_with_what_to_do(world, ref, kind, argument, why, said):
    with pytest.raises(ConfigError) as error:
        decide(world.open(), ref, kind, argument, why)
    assert said in str(error.value)
    assert decisions(world) == []


def test_names_are_stored_in_our_own_spelling(world):
    assert decide(world.open(), "list:u1", "client", "alpine  DENTAL", WHY).argument == "Alpine Dental"
    assert decide(world.open(), "list:u2", "work type", "project work", WHY).argument == "Project work"
    assert decide(world.open(), "list:u2", "project", "upgrade", WHY).argument == "Upgrade"
    found = tie_out(world.open())
    assert found.dispositions["unmatched"].count == 0


def test_a_project_that_a_bill_to_takes_may_be_named():
    world = World(
        mapping_of(YAML.replace("  Cedar Legal: {send_as: posted}", "  Cedar Legal: {bill_to: [{customer: C, projects: ['Depot *']}]}"))
    )
    world.work("c1", "Cedar Legal")
    world.pull()
    assert decide(world.open(), "list:c1", "project", "Depot 3", WHY).argument == "Depot 3"


def test_an_entry_that_is_gone_has_nothing_to_decide(world):
    world.remove("h1")
    world.pull()
    with pytest.raises(ConfigError, match="gone at the source"):
        decide(world.open(), "list:h1", "release", why=WHY)


def test_an_edit_at_the_source_makes_the_decision_lapse(world):
    decide(world.open(), "list:h1", "release", why=WHY, who="Finance")
    world.work("h1", hours="12.5")
    world.pull()
    held = [one for one in find(world.open()).findings if one.disposition == "held"]
    assert "decision lapsed" in {one.value for one in held}
    assert not explain(world.open(), "list:h1").decisions[0].holds


def test_the_audit_log_says_who_and_why_and_its_chain_holds(world):
    decide(world.open(), "list:h1", "bill", "3", why=WHY, who="Finance")
    (body,) = world.rows("SELECT body FROM audit WHERE what = 'decided'")[0]
    assert '"who":"Finance"' in body
    assert WHY in body
    with world.store.snapshot() as read:
        assert audit.broken(read) == []


# ---- the round trip -------------------------------------------------------------------------------------------------------------


def filled(world, path, rulings, *, delimiter=",", encoding="utf-8"):
    rows = list(csv.DictReader(io.StringIO(printed.as_csv(find(world.open())))))
    for row in rows:
        row.update(rulings.get(row["entry"], {}))
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


RULINGS = {
    "list:u1": {"decision": "client", "argument": "Alpine Dental", "why": WHY},
    "list:h1": {"decision": "Write off", "why": "- our own rework"},
}


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-8")])
def test_the_spreadsheet_comes_back_and_only_filled_rows_decide(world, tmp_path, delimiter, encoding):
    path = filled(world, tmp_path / "june.csv", RULINGS, delimiter=delimiter, encoding=encoding)
    done = decide_file(world.open(), path, "Finance")
    assert [(one.entry, one.kind, one.argument) for one in done] == [
        ("list:u1", "client", "Alpine Dental"),
        ("list:h1", "write_off", ""),
    ]
    assert decisions(world)[1] == ("write_off", "", "- our own rework", "Finance")
    found = tie_out(world.open())
    assert found.dispositions["written_off"].seconds == 14 * 3600
    assert {row["entry"] for row in csv.DictReader(io.StringIO(printed.as_csv(find(world.open()))))} == {
        "list:u2",
        "list:n1",
    }


def test_guarded_cells_are_read_as_they_were_typed(world, tmp_path):
    path = filled(world, tmp_path / "june.csv", {"list:h1": {"decision": "release", "why": "'=typed as text"}})
    assert decide_file(world.open(), path)[0].why == "=typed as text"


def test_all_problems_are_told_at_once_and_nothing_is_stored(world, tmp_path):
    rulings = RULINGS | {
        "list:u2": {"decision": "work_type", "argument": "Nope", "why": ""},
        "list:n1": {"decision": "bill", "why": WHY},
    }
    with pytest.raises(ConfigError) as error:
        decide_file(world.open(), filled(world, tmp_path / "june.csv", rulings))
    assert len(error.value.problems) == 3
    assert all(problem.startswith("june.csv:") for problem in error.value.problems)
    assert decisions(world) == []


def test_two_rulings_on_one_entry_are_a_problem(world, tmp_path):
    path = tmp_path / "twice.csv"
    path.write_text("entry,decision,argument,why\nlist:h1,release,,x\nlist:h1,exclude,,x\nlist:h1,client,Alpine Dental,x\n", "utf-8")
    with pytest.raises(ConfigError, match="decided twice"):
        decide_file(world.open(), path)
    assert decisions(world) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"entry,why\nlist:h1,x\n", "has no column decision, argument"),
        (b"", "has no column"),
        (b"entry,decision,argument,why\n\xff\xfe", "UTF-8"),
    ],
)
def test_a_file_that_is_none_is_a_clear_error(world, tmp_path, content, said):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        decide_file(world.open(), path)
    with pytest.raises(ConfigError, match="cannot be read"):
        decide_file(world.open(), tmp_path / "absent.csv")


def test_more_hours_than_were_worked_are_taken_and_questioned(world):
    said = decide(world.open(), "list:h1", "bill", "99", why=WHY).note
    assert said.startswith("bills 99 h, and 14:00 (14.00) h were worked")
    assert decide(world.open(), "list:h1", "bill", "14", why=WHY).note == ""
    assert decide(world.open(), "list:h1", "release", why=WHY).note == ""


def test_releasing_what_waits_for_approval_says_that_it_does_not_approve(world):
    world.work("p1", approved=False)
    world.mapping = mapping_of(YAML + "time_approval: required\n")
    world.pull()
    assert "`release` does not approve it" in decide(world.open(), "list:p1", "release", why=WHY).note


def test_a_slip_of_the_keyboard_is_flagged_and_asked_for_at_approval():
    """80 h for 8.00: `decide` only warns, so the plan must stop it."""
    world = World()
    world.work("a1", hours="8")
    world.work("a2", hours="1")
    world.pull()
    decide(world.open(), "list:a1", "bill", "80", "a slip", "Finance")
    world.pull()
    (step,) = world.plan().steps
    assert "more billed than worked, as decided: list:a1 80:00 (80.00) h of 8:00 (8.00) h" in step.flags
    with pytest.raises(UnsafePlanError, match=r"list:acme:a1 is decided to be billed 80:00 \(80.00\) h"):
        world.approve()
    world.approve(forced="agreed with the client")
    assert world.apply().done == ["HB-2606-001"]


def test_a_little_more_than_was_worked_is_flagged_and_goes():
    world = World()
    world.work("a1", hours="8")
    world.pull()
    decide(world.open(), "list:a1", "bill", "9", "the drive", "Finance")
    world.pull()
    (step,) = world.plan().steps
    assert any(flag.startswith("more billed than worked") for flag in step.flags)
    world.approve()
    assert world.apply().done == ["HB-2606-001"]


def test_a_flag_names_five_entries_and_counts_the_rest():
    world = World()
    for number in range(7):
        world.work(f"a{number}", hours="1")
    world.pull()
    for number in range(7):
        decide(world.open(), f"list:a{number}", "bill", "2", "agreed", "Finance")
    world.pull()
    (flag,) = (flag for flag in world.plan().steps[0].flags if flag.startswith("more billed"))
    assert flag.endswith("and 2 more")
    assert flag.count("list:") == 5
