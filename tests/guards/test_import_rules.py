"""The rules of the tree (design section 12): each is broken once in a copy, and seen; the real tree keeps them all."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent

CONTRACTS = ["layers", "adapters-by-convention", "adapters-apart", "adapters-narrow", "emulators-apart", "emulators-unused",
             "http-alone", "store-alone"]  # fmt: skip

PLANTED = {
    "layers": [
        ("connector/core/planted.py", "from connector.store import engine"),
        ("connector/core/planted.py", "from connector.use_cases import pull"),
        ("connector/ports.py", "from connector.core import money"),
        ("connector/model.py", "from connector import ports"),
        ("connector/http/planted.py", "from connector.store import engine"),
        ("connector/store/planted.py", "from connector import secrets"),
        ("connector/reports/planted.py", "from connector.use_cases import pull"),
        ("connector/use_cases/planted.py", "from connector import registry"),
        ("connector/sandbox.py", "from connector.cli import main"),
        ("connector/mail.py", "from connector.store import engine"),
        ("connector/store/planted.py", "from connector.logs import tell"),
        ("connector/bootstrap.py", "from connector.health import served"),
        ("connector/unplaced.py", ""),
    ],
    "adapters-by-convention": [
        ("connector/registry.py", "from adapters.xero import sink"),
        ("connector/use_cases/planted.py", "import adapters"),
    ],
    "adapters-apart": [("adapters/files/sink.py", "from adapters.xero import wire")],
    "adapters-narrow": [
        ("adapters/xero/wire.py", "from connector.core import money"),
        ("adapters/xero/sink.py", "from connector.store import store"),
        ("adapters/xero/oauth.py", "from connector.http import client"),
        ("adapters/csv_file/source.py", "from connector import secrets"),
    ],
    "emulators-apart": [
        ("adapters/xero/emulator.py", "from connector import model"),
        ("adapters/xero/emulated/lines.py", "from connector.errors import ConfigError"),
        ("adapters/xero/emulated/lines.py", "from adapters.xero import wire"),
    ],
    "emulators-unused": [
        ("adapters/xero/sink.py", "from adapters.xero import emulator"),
        ("adapters/xero/wire.py", "from adapters.xero.emulated import lines"),
        ("adapters/csv_file/source.py", "import adapters.xero.emulator"),
    ],
    "http-alone": [
        ("adapters/xero/sink.py", "import httpx"),
        ("connector/use_cases/planted.py", "import tenacity"),
        ("connector/sandbox.py", "import tenacity"),
    ],
    "store-alone": [
        ("connector/use_cases/planted.py", "from sqlalchemy.exc import IntegrityError"),
        ("connector/core/planted.py", "import sqlalchemy"),
        ("connector/cli/planted.py", "import alembic"),
    ],
}


def lint(tree: Path, contract: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TOOLS / "lint-imports", "--no-cache", "--no-logo", "--contract", contract],
        cwd=tree, env={"PATH": ""}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.fixture
def tree(tmp_path):
    """A copy of what the contracts are about."""
    for package in ("connector", "adapters"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_tree_keeps_its_contract(contract):
    found = lint(ROOT, contract)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "1 kept, 0 broken" in found.stdout


@pytest.mark.parametrize(
    ("contract", "file", "line"), [(contract, file, line) for contract, planted in PLANTED.items() for file, line in planted]
)
def test_a_planted_import_is_caught(tree, contract, file, line):
    planted = tree / file
    planted.write_text(f"{planted.read_text() if planted.exists() else ''}\n{line}\n")
    found = lint(tree, contract)
    assert found.returncode == 1, found.stdout + found.stderr
    name = file.removesuffix(".py").replace("/", ".")
    assert name in found.stdout or name.rpartition(".")[2] in found.stdout
    assert "BROKEN" in found.stdout


def test_every_contract_has_a_planted_violation():
    text = (ROOT / "pyproject.toml").read_text()
    ids = [line.split('"')[1] for line in text.splitlines() if line.startswith("id = ")]
    assert ids == CONTRACTS
    assert set(PLANTED) == set(CONTRACTS)


IMPURE = [
    "import time",
    "import random",
    "import os",
    "import secrets",
    "import uuid",
    "import logging",
    "import structlog",
    "import httpx",
    "import sqlite3",
    "from pathlib import Path",
    "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)",
    "from datetime import datetime\n\nNOW = datetime.now()",
    "from datetime import date\n\nTODAY = date.today()",
]


def ruff(name: str, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TOOLS / "ruff", "check", "--no-cache", "--select", "TID251,DTZ", "--stdin-filename", name, "-"],
        cwd=ROOT, input=text + "\n", capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("text", IMPURE)
def test_the_core_has_no_clock_no_chance_no_machine_and_no_log(text):
    found = ruff("connector/core/planted.py", text)
    assert found.returncode == 1, found.stdout + found.stderr


def test_what_the_core_may_use_passes():
    pure = "import hashlib\nimport re\nfrom datetime import date\nfrom decimal import Decimal\n\nDAY = date(2026, 6, 1)"
    assert ruff("connector/core/planted.py", pure).returncode == 0


@pytest.mark.parametrize("file", ["connector/use_cases/planted.py", "adapters/xero/sink.py"])
def test_http_stands_in_one_place_for_ruff_too(file):
    assert ruff(file, "import httpx").returncode == 1
    assert ruff("connector/http/planted.py", "import httpx").returncode == 0
