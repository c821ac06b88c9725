"""203,621 real time-log rows, read from beside the project: the facts are those of the data's own README."""

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.adapters.csv_file.hosting import pages

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("HOURBRIDGE_SHARED") or ROOT.parent / "shared")
LOG = SHARED / "data" / "cesaw" / "CESAW_time_fact.csv.xz"
CONFIG = r"""
account: cesaw
extract: full
zone: UTC
nulls: ['\N']
id: time_log_fact_key
columns:
  client: organization
  project: project_key
  ticket: plan_item_key
  work_type: phase_short_name
  person: person_key
  started: {column: time_log_start_date, format: "%m/%d/%Y %H:%M"}
  ended: {column: time_log_end_date, format: "%m/%d/%Y %H:%M"}
  duration: {column: time_log_delta_minutes, unit: minutes}
"""


@pytest.mark.slow
@pytest.mark.skipif(not LOG.exists(), reason=f"needs {LOG.name} in ../shared/data/cesaw (or HOURBRIDGE_SHARED)")
def test_every_row_and_every_minute_is_there():
    found = pages(LOG.parent, CONFIG, path=LOG.name)
    entries = [entry for page in found for entry in page.entries]
    minutes = Counter()
    for entry in entries:
        minutes[entry.client] += entry.seconds // 60
    assert len(entries) == len({entry.id for entry in entries}) == 203_621
    assert sum(entry.seconds for entry in entries) == 7_920_236 * 60
    assert minutes == {"A": 4_347_570, "B": 1_387_709, "C": 1_659_622, "D": 524_377, "": 958}
    assert sum(entry.seconds == 0 for entry in entries) == 990
    assert sum(entry.seconds > 12 * 3600 for entry in entries) == 113
    unreadable = {entry.id: entry for entry in entries if entry.problem or entry.worked_on is None}
    assert {key: entry.seconds for key, entry in unreadable.items()} == {"377553": 3600, "640359": 6720}
    assert "'0016-01-11 16:22:26' is not a date like" in unreadable["640359"].problem
    assert unreadable["377553"].origin == f"{LOG.name}:64345"
