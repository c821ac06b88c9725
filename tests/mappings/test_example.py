import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
import yaml

from connector.core.mapping import Name, TermsOfPayment, at
from connector.mappings import check, json_schema, load
from connector.model import Target
from connector.strict_yaml import read

FOLDER = Path(__file__).parents[2] / "mappings"
FILES = sorted(FOLDER.glob("*.yaml"))
BOOKS, CONNECTIONS = ("nz", "us"), ("harvest", "toggl")


@pytest.fixture(scope="module")
def mapping():
    return load(FOLDER, BOOKS, CONNECTIONS)


def test_the_example_has_no_problems_and_notes_only_clients_without_ids():
    checked = check(FOLDER, BOOKS, CONNECTIONS)
    assert checked.problems == ()
    assert {note.what.split("'")[2] for note in checked.notes} == {" is matched by name only"}
    assert len(checked.notes) == 38


def test_forty_clients_of_whom_thirty_one_are_one_line(mapping):
    assert len(mapping.clients) == 40
    tree = read(FOLDER / "clients.yaml", "clients.yaml").document.tree
    assert sum(entry is None or set(entry) == {"ids"} for entry in tree["clients"].values()) == 31


def test_a_client_comes_out_as_finance_wrote_it(mapping):
    clients = {client.key: client for client in mapping.clients}
    dunmore = clients["Dunmore Legal"]
    assert [(name.text, name.connection) for name in dunmore.aliases] == [("Dunmore Law", ""), ("DUNMORE", "toggl")]
    assert dunmore.customer[0].value == "Dunmore Legal Partners"
    assert clients["Cedar & Finch Architects"].ids[0] == ("harvest", "5735774")
    assert clients["Harbour Lights Ltd"].closed == date(2026, 5, 31)
    assert clients["Southern Cross IT"].internal
    assert clients["Evergreen Schools"].patterns[0].text == "Evergreen - *"
    eastland = clients["Eastland Health Trust"].options
    assert at(eastland.po, date(2026, 12, 31)).value == "PO-4417"
    assert at(eastland.po, date(2027, 1, 1)) is None
    assert eastland.lines_one_per[0].value == ("ticket", "person")
    assert eastland.terms[0].value == TermsOfPayment("net", 14)
    assert eastland.tracking[0].value == (("Region", "Waikato"), ("Department", "Managed services"))
    depot = clients["Fairweather Group"].bill_to[1]
    assert (depot.projects[0].text, depot.options.rate_card[0].value) == ("Depot *", "standard-aud")
    assert isinstance(depot.projects[0], Name)


def test_treatments_come_from_projects_work_types_and_rules_in_file_order(mapping):
    found = [(rule.where.file, rule.client, rule.project, rule.work_type, rule.value.treatment) for rule in mapping.treatments]
    assert found == [
        ("clients.yaml", "Glenholm Council", "Website rebuild", "", "covered"),
        ("rules.yaml", "Alpine Dental", "", "Remote support", "covered"),
        ("rules.yaml", "Eastland Health Trust", "", "Training", "bill"),
        ("work_types.yaml", "", "", "Travel", "no_charge"),
        ("work_types.yaml", "", "", "Admin", "non_billable"),
        ("work_types.yaml", "", "", "Training", "non_billable"),
    ]


def test_cards_codes_and_rules_come_out_typed(mapping):
    standard = mapping.rate_cards[0]
    assert [block.since for block in standard.blocks] == [date(2025, 7, 1), date(2026, 6, 15)]
    assert standard.blocks[1].cells[2].rate == Decimal("195.00")
    assert standard.default_for == ("nz",)
    codes = {code.key: dict(code.targets) for code in mapping.billing_codes}
    assert codes["project"]["nz"][0].value.target == Target("account", "205")
    assert codes["project"]["nz"][0].value.tracking == (("Department", "Projects"),)
    assert codes["support"]["us"][0].value.target == Target("item", "Services:Support")
    assert mapping.hold[2].when.same == ("person", "started", "ended", "project")
    assert mapping.hold[1].when.notes_blank
    assert mapping.exclude[1].when.notes == ("TEST*",)
    assert mapping.time_approval.required
    assert mapping.multipliers[0].value == Decimal("1.5")
    assert [rule.where.line for rule in mapping.roundings] == [19, 20, 21, 22]


def test_cost_rates_reach_neither_the_mapping_nor_the_archived_texts(mapping):
    assert "cost_rates.yaml" not in dict(mapping.texts)
    assert len(mapping.texts) == 6
    said = repr(mapping)
    assert "62.00" not in said
    assert "96.00" not in said


def test_a_changed_cost_rate_leaves_the_digest_and_a_changed_comment_moves_it(mapping, tmp_path):
    for file in FILES:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert load(tmp_path, BOOKS, CONNECTIONS).digest == mapping.digest
    costs = tmp_path / "cost_rates.yaml"
    costs.write_text(costs.read_text().replace("62.00", "63.00"))
    assert load(tmp_path, BOOKS, CONNECTIONS).digest == mapping.digest
    rules = tmp_path / "rules.yaml"
    rules.write_text(rules.read_text() + "# looked at in July\n")
    assert load(tmp_path, BOOKS, CONNECTIONS).digest != mapping.digest


def test_files_may_be_joined(mapping, tmp_path):
    joined = "\n".join(file.read_text() for file in FILES if file.name != "cost_rates.yaml")
    (tmp_path / "all.yml").write_text(joined)
    together = load(tmp_path, BOOKS, CONNECTIONS)
    assert [client.key for client in together.clients] == [client.key for client in mapping.clients]
    assert [rule.value for rule in together.special_rates] == [rule.value for rule in mapping.special_rates]


def _as_an_editor_sees_it(file: Path) -> object:
    """YAML 1.2 as editors type it: numbers and true/false; dates stay text."""

    class Loader(yaml.SafeLoader):
        pass

    kept = {
        first: [(tag, regex) for tag, regex in pairs if not tag.endswith(("timestamp", ":merge"))]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.yaml_implicit_resolvers = kept
    return yaml.load(file.read_text(), Loader)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_example_validates_against_the_exported_schema(file):
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(_as_an_editor_sees_it(file))] == []
    assert [error.message for error in validator.iter_errors(read(file, file.name).document.tree)] == []


def test_the_schema_refuses_what_check_refuses():
    validator = jsonschema.Draft202012Validator(json_schema())
    assert not validator.is_valid({"clients": {"A": {"curency": "NZD"}}})
    assert not validator.is_valid({"rounding": [{"increment_minutes": 15}]})
    assert not validator.is_valid({"clients": {"A": {"po": [{"from": "1 June", "is": "x"}]}}})
    json.dumps(json_schema())
