"""What is wrong in a file of YAML: told with its place and what to do, by every command, and nothing is planned or sent until it is mended."""

import pytest

from tests.end_to_end.office import Office

pytestmark = pytest.mark.slow

FIRM, CONFIG = "mappings/firm.yaml", "config.yaml"
BAYSIDE = "  Bayside Motors:\n"
RULES = "rounding:\n"

MAPPING = {
    "a bracket that is not closed": (BAYSIDE, "  Bayside Motors: {aliases: [B\n", "firm.yaml:32:14: this is not readable YAML", "close the bracket"),
    "a tab": (BAYSIDE, "\tBayside Motors:\n", "firm.yaml:31:1: this is not readable YAML", "a tab or one of"),
    "a key twice": (BAYSIDE, BAYSIDE + "  Alpine Dental: {closed: 2026-01-01}\n", "firm.yaml:32:3: the key 'Alpine Dental' stands twice", "the first is on line 30: keep one"),
    "an unknown key": (BAYSIDE, "  Bayside Motors: {custmer: Bayside}\n", "firm.yaml:31:20: unknown key 'custmer'", "did you mean 'customer'?"),
    "12:30 for minutes": ("increment_minutes: 1,", "increment_minutes: 12:30,", "firm.yaml:58:25: '12:30' is not a whole number", "write digits only, such as 15"),
    "NO for an amount": ("hours_over: 12}", "hours_over: NO}", "firm.yaml:56:46: 'NO' is not a number", "write a number such as 145.00"),
    "maybe for yes or no": (BAYSIDE, "  Bayside Motors: {internal: maybe}\n", "firm.yaml:31:30: 'maybe' is neither true nor false", "write true or false"),
    "a price of zero on a card": ("any: {any: 100.00}", "any: {any: 0.00}", "firm.yaml:48:44: a price of 0 is refused", "say `treatment: no_charge`"),
    "a special rate of zero": (RULES, "special_rates:\n  - {client: Alpine Dental, rate: 0}\n" + RULES, "firm.yaml:58:35: a price of 0 is refused", "say `treatment: no_charge`"),
    "two treatments": (
        RULES, "treatment:\n  - {client: Alpine Dental, treatment: covered, why: x}\n  - {client: Alpine Dental, treatment: bill}\n" + RULES,
        "firm.yaml:59:5: two treatments for client 'Alpine Dental' on the same days: 'bill' here and 'covered' at firm.yaml:58", "or take one out",
    ),
    "two prices": (
        RULES, "special_rates:\n  - {client: Alpine Dental, rate: 90.00}\n  - {client: Alpine Dental, rate: 91.00}\n" + RULES,
        "firm.yaml:59:5: two prices for client 'Alpine Dental' on the same days: '91.00' here and '90.00' at firm.yaml:58", "or take one out",
    ),
    "no such currency": ("currency: NZD\n    tax", "currency: NZZ\n    tax", "firm.yaml:3:15: 'NZZ' is no currency of ISO 4217", "write its three letters"),
}  # fmt: skip
CONFIGURATION = {
    "not readable": ("books:\n", "books: [\n", "config.yaml:46:3: this is not readable YAML", "close the bracket"),
    "a key twice": ("  folder:\n", "  xero: {kind: files}\n  folder:\n", "config.yaml:40:3: the key 'xero' stands twice", "the first is on line 34: keep one"),
    "no start date": ("America/Denver, start: 2026-01-01", "America/Denver", "config.yaml:46:7: a book without a start date", "add `start: 2026-01-01`"),
    "no such connection": ("sink: folder", "sink: foldr", "config.yaml:46:14: no connection 'foldr'", "did you mean 'folder'?"),
    "no such kind": ("kind: files", "kind: filez", "config.yaml:40: there is no adapter of kind 'filez'", "did you mean 'files' or 'csv_file'?"),
    "a secret in clear": (
        "client_secret: file:secrets/xero", "client_secret: hunter2hunter2", "config.yaml:39:20: `client_secret` is written as plain text",
        'write a reference instead: "env:NAME", "file:PATH" or "keyring:NAME"',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "what", "fix"), MAPPING.values(), ids=MAPPING)
def test_a_wrong_mapping_stops_every_command_until_it_is_mended(office: Office, right: str, wrong: str, what: str, fix: str) -> None:
    office.ready().edit(FIRM, right, wrong)
    for command in ("check", "pull", "plan", "apply", "reconcile"):
        ended = office.does(command, ends=2)
        assert what in ended.said
        assert fix in ended.said
    assert office.there() == {}
    assert office.files() == set()
    office.edit(FIRM, wrong, right)
    office.does("apply")
    assert len(office.there()) == 3, "what was approved before is still approved"
    office.finishes()


@pytest.mark.parametrize(("right", "wrong", "what", "fix"), CONFIGURATION.values(), ids=CONFIGURATION)
def test_a_wrong_configuration_stops_every_command_until_it_is_mended(office: Office, right: str, wrong: str, what: str, fix: str) -> None:
    office.edit(CONFIG, right, wrong)
    for command in ("check", "pull"):
        ended = office.does(command, ends=2)
        assert what in ended.said
        assert fix in ended.said
        assert "hunter2" not in ended.said
    office.edit(CONFIG, wrong, right)
    office.finishes()


def test_all_problems_of_all_files_are_told_at_once(office: Office) -> None:
    office.edit(FIRM, BAYSIDE, "  Bayside Motors: {custmer: Bayside}\n")
    office.edit(FIRM, "any: {any: 100.00}", "any: {any: 0}")
    office.edit(CONFIG, "    zone: Pacific/Auckland\n    id: ID\n    columns:\n      client: Client\n      project", "    zoen: UTC\n    id: ID\n    columns:\n      client: Client\n      project")  # fmt: skip
    ended = office.does("check", ends=2)
    assert "unknown key 'custmer'" in ended.said
    assert "a price of 0 is refused" in ended.said
    assert "unknown key 'zoen'; did you mean 'zone'?" in ended.said
    assert "3 problems" in ended.said


def test_m2_010_and_no_and_12_30_mean_what_finance_typed(office: Office) -> None:
    office.edit(FIRM, "  Cedar Legal:\n", "  NO: {customer: Cedar Legal, projects: {010: {po: 0012}}}\n")
    office.edit(FIRM, "  Project work: project\n", "  Project work: project\n  12:30: {code: support, aliases: [1.10]}\n")
    office.edit("time/log.csv", "4,Cedar Legal,Care,Project work,Ana Reyes,Firewall,2026-06-05,4.00\n", "4,NO,010,12:30,Ana Reyes,Firewall,2026-06-05,2.00\n6,NO,10,1.10,Ana Reyes,Firewall,2026-06-05,2.00\n")  # fmt: skip
    office.finishes()
    (cedar,) = (
        invoice for invoice in office.xero.invoices() if office.there()[invoice.number] == "Cedar Legal" and invoice.reference != "0012"
    )
    assert {line.quantity for line in cedar.lines} == {2}, "project 10 is not project 010"


@pytest.mark.parametrize(
    ("right", "wrong", "what"),
    [
        ("path: time/log.csv", "path: time/lag.csv", "time/lag.csv: there is no such file. Correct `path`, or put the export there"),
        ("client: Client\n      project", "client: Cliente\n      project", "column 'Cliente' is missing: did you mean Client?"),
        (
            "    zone: Pacific/Auckland\n    id: ID\n    columns:\n      client: Client\n      project",
            "    zoen: UTC\n    id: ID\n    columns:\n      client: Client\n      project",
            "unknown key 'zoen'; did you mean 'zone'?",
        ),
    ],
    ids=["no file", "no column", "wrong setting"],
)
def test_a_source_that_is_wrong_stops_alone(office: Office, right: str, wrong: str, what: str) -> None:
    office.edit(CONFIG, right, wrong)
    ended = office.does("pull", "--format", "json", ends=2)
    rows = {row["connection"]: row for row in ended.rows}
    assert what in rows["desk"]["trouble"]
    assert rows["field"]["new"] == 1
    office.edit(CONFIG, wrong, right)
    office.finishes()
