"""The guide for operators names every key that a configuration may have."""

import pytest
import yaml

from adapters.csv_file.columns import Columns
from adapters.csv_file.source import Settings as CsvFile
from adapters.files.sink import Settings as Files
from adapters.harvest.source import Settings as Harvest
from adapters.quickbooks.sink import Settings as QuickBooks
from adapters.xero.sink import Settings as Xero
from connector.secrets import read_secret
from connector.settings.schedules import DEFAULTS, JITTER_SECONDS, REPORTS_FOLDER
from connector.settings.shapes import BookShape, ConfigShape, HealthShape, LogShape, NotificationsShape, SmtpShape, WebhookShape
from tests.docs.pages import ROOT, blocks, inline, pages

GUIDE = "docs/operator.md"
CODE = inline(pages()[GUIDE])


@pytest.mark.parametrize(
    "model", [ConfigShape, CsvFile, Columns, Files, Harvest, Xero, QuickBooks], ids=lambda model: f"{model.__module__}.{model.__name__}"
)
def test_every_key_is_named(model):
    assert set(model.model_fields) - set(CODE) == set()


def test_every_key_of_a_book_is_named():
    told = {code.removeprefix("books.NAME.") for code in CODE if code.startswith("books.NAME.")}
    assert told == set(BookShape.model_fields)


@pytest.mark.parametrize(("kind", "settings"), [("harvest", Harvest), ("xero", Xero), ("quickbooks", QuickBooks)])
def test_the_connection_that_is_shown_is_taken(kind, settings):
    shown = [
        connection
        for block in blocks("yaml")
        if block.page == GUIDE
        for connection in yaml.load(block.text, yaml.BaseLoader).get("connections", {}).values()
    ]
    (said,) = [connection for connection in shown if connection.pop("kind") == kind]
    assert settings.model_validate(said).model_fields_set == said.keys()


def test_the_notifications_that_are_shown_are_taken():
    (said,) = [yaml.load(block.text, yaml.BaseLoader)["notifications"] for block in blocks("yaml") if "notifications:" in block.text]
    shape = NotificationsShape.model_validate(said)
    assert shape.smtp is not None
    assert shape.webhook is not None


@pytest.mark.parametrize(
    ("section", "model"),
    [("log", LogShape), ("health", HealthShape), ("notifications", NotificationsShape)],
    ids=["log", "health", "notifications"],
)
def test_every_key_of_a_section_is_named(section, model):
    told = {code.removeprefix(f"{section}.") for code in CODE if code.startswith(f"{section}.")}
    assert told == set(model.model_fields)


@pytest.mark.parametrize("model", [SmtpShape, WebhookShape])
def test_every_key_of_a_way_to_people_is_named(model):
    assert {field.alias or name for name, field in model.model_fields.items()} - set(CODE) == set()


def test_references_to_secrets_are_read_as_the_guide_says(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-shh\n", "utf-8")
    secret.chmod(0o600)
    assert {"env:NAME", "file:PATH", "keyring:NAME"} <= set(CODE)
    assert read_secret("env:NAME", tmp_path, {"NAME": "canary-shh"}).reveal() == "canary-shh"
    assert read_secret("file:secret.txt", tmp_path).reveal() == "canary-shh"


SAMPLES = ("config.example.yaml", "connector/samples/starter/config.yaml", "connector/samples/firm/config.yaml")


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_schedule_in_a_sample_is_the_default(sample):
    lines = (ROOT / sample).read_text("utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("# schedule:"))
    said = yaml.safe_load("\n".join(line.removeprefix("# ") for line in lines[first:]))["schedule"]
    assert said == {**DEFAULTS, "jitter_seconds": JITTER_SECONDS, "reports_folder": REPORTS_FOLDER}


def test_the_guide_tells_when_every_job_goes():
    told = {
        cells[0]: cells[2] for line in pages()[GUIDE].splitlines() if len(cells := [cell.strip(" `") for cell in line.split("|")[1:]]) > 3
    }
    assert {job: told.get(job) for job in DEFAULTS} == DEFAULTS
    assert {"schedule.zone", "reports_folder"} <= set(CODE)
