"""Every secret that the configuration refers to is known with its key: whatever reads them all misses none."""

import re
from pathlib import Path

import pytest

from connector.errors import ConfigError
from connector.secrets import read_secret
from connector.settings import load_settings
from connector.settings.references import secrets_of

ROOT = Path(__file__).resolve().parents[2]


def test_the_example_refers_to_no_secret_that_is_not_listed():
    """Counted in its text, by another way."""
    text = (ROOT / "config.example.yaml").read_text("utf-8")
    lines = [line.partition(" #")[0] for line in text.splitlines() if not line.lstrip().startswith("#")]
    written = sorted(re.findall(r"(?:secret|token|password|state_key)\w*: \"?((?:env|file|keyring):[^\s,\"}]+)", "\n".join(lines)))
    found = sorted(one.reference for one in secrets_of(load_settings(ROOT / "config.example.yaml")) if one.key != "signing_key")
    assert found == written
    assert found


def test_a_secret_of_a_connection_is_named_by_its_place():
    keys = {one.key for one in secrets_of(load_settings(ROOT / "config.example.yaml"))}
    assert all(re.fullmatch(r"connections\.[a-z_-]+\.[a-z_]+|signing_key|state_key|notifications\.[a-z.]+", key) for key in keys), keys


def test_a_secret_that_is_a_folder_is_not_to_be_created(tmp_path):
    (tmp_path / "secret").mkdir()
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\)\. Make it a file that you alone may read"):
        read_secret("file:secret", tmp_path)
    with pytest.raises(ConfigError, match=r"cannot be read \(No such file or directory\)\. Create it, readable by you alone"):
        read_secret("file:other", tmp_path)
