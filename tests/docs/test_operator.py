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
from connector.settings.shapes import BookShape, ConfigShape
from tests.docs.pages import blocks, inline, pages

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
        for connection in yaml.load(block.text, yaml.BaseLoader)["connections"].values()
    ]
    (said,) = [connection for connection in shown if connection.pop("kind") == kind]
    assert settings.model_validate(said).model_fields_set == said.keys()


def test_references_to_secrets_are_read_as_the_guide_says(tmp_path):
    secret = tmp_path / "xero"
    secret.write_text("shh\n", "utf-8")
    secret.chmod(0o600)
    assert {"env:NAME", "file:PATH"} <= set(CODE)
    assert read_secret("env:NAME", tmp_path, {"NAME": "shh"}).reveal() == "shh"
    assert read_secret("file:xero", tmp_path).reveal() == "shh"
