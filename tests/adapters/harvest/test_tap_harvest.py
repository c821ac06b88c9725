"""A program of others reads the emulated Harvest: the unmodified tap-harvest of PyPI, in an environment of its own (`make peers`).

It has no setting for an address, so a few lines set its `REFRESH_URL` and its client's `base_url`.
"""

import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox import Mount, Served
from tests.adapters.harvest.accounts import FIRST_DAY, Harvest

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").exists())
PYTHON = Path(os.environ.get("HOURBRIDGE_PEERS") or ROOT / ".venv-peers") / "bin" / "python"
TAP = """
import sys
import tap_harvest, tap_harvest.client as client
address = sys.argv.pop(1)
client.REFRESH_URL = address + "/api/v2"
begin = client.Client.__init__
def begin_here(self, config):
    begin(self, config)
    self.base_url = address + "/v2"
client.Client.__init__ = begin_here
tap_harvest.main()
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.exists(), reason="tap-harvest is not installed: `make peers` makes its environment"),
]


def tap(address: str, *words: str) -> str:
    done = subprocess.run([PYTHON, "-c", TAP, address, *words], capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def only(catalog: dict[str, Any], stream: str) -> dict[str, Any]:
    """The catalogue with one stream selected."""
    for one in catalog["streams"]:
        for told in one["metadata"]:
            if not told["breadcrumb"]:
                told["metadata"]["selected"] = one["stream"] == stream
    return catalog


def test_tap_harvest_reads_three_hundred_entries_over_three_pages(tmp_path):
    harvest = Harvest()
    harvest.emulator.per_page = 100
    for number in range(300):
        harvest.enter(FIRST_DAY + timedelta(days=number % 28), f"{1 + number % 7}.25", notes=f"work {number}")
    config = tmp_path / "config.json"
    refresh = harvest.emulator.identity.consent(harvest.people.user("Ana Reyes").id)
    config.write_text(json.dumps({
        "refresh_token": refresh, "client_id": "emulated-client", "client_secret": "emulated-secret",
        "start_date": "2026-01-01T00:00:00Z", "user_agent": "tap-harvest (test)",
    }))  # fmt: skip
    mount = Mount(harvest.emulator, clock=harvest.clock)
    with Served([mount]) as served:
        catalog = tmp_path / "catalog.json"
        catalog.write_text(json.dumps(only(json.loads(tap(served.base_url, "-c", str(config), "--discover")), "time_entries")))
        messages = [json.loads(line) for line in tap(served.base_url, "-c", str(config), "--catalog", str(catalog)).splitlines()]
    records = {record["id"]: record for record in (one["record"] for one in messages if one["type"] == "RECORD")}
    assert {number: (record["hours"], record["notes"], record["user_id"]) for number, record in records.items()} == {
        entry.id: (float(entry.hours), entry.notes, entry.user_id) for entry in harvest.emulator.entries()
    }
    assert len(records) == 300
    assert sum("/v2/time_entries?" in target for _, target in mount.log) == 3
