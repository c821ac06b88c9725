import pytest
import yaml
from pydantic import ValidationError

import adapters.csv_file.source as shown
from adapters.csv_file.columns import Columns
from adapters.csv_file.source import Settings
from connector.errors import ConfigError
from connector.model import TimeEntry
from tests.adapters.csv_file.hosting import listed, read, settings, source

DERIVED = {"id", "seconds", "problem", "origin"}
"""Fields of a time entry that no column fills as it stands: identity, worked time (`duration`) and what the reader finds."""


def refusal(**changes):
    with pytest.raises(ValidationError) as refused:
        settings(**changes)
    return str(refused.value)


def test_every_field_of_a_time_entry_can_be_mapped():
    assert set(Columns.model_fields) - {"duration"} == set(TimeEntry.__struct_fields__) - DERIVED


def test_an_unknown_field_is_refused_at_its_place():
    """The place is what the configuration's loader needs to name file, line and the nearest fields."""
    with pytest.raises(ValidationError) as refused:
        settings(columns={"clinet": "client"})
    assert [(found["type"], found["loc"]) for found in refused.value.errors()] == [("extra_forbidden", ("columns", "clinet"))]


def test_an_unknown_key_is_refused():
    assert "pathh" in refusal(pathh="x")


def test_an_unknown_option_of_a_column_is_refused():
    assert "formatt" in refusal(columns={"worked_on": {"column": "day", "formatt": "%d"}})


def test_settings_cannot_change():
    with pytest.raises(ValidationError):
        settings().account = "other"


@pytest.mark.parametrize("missing", ["account", "extract", "path"])
def test_identity_extent_and_place_must_be_said(missing):
    with pytest.raises(ValidationError) as refused:
        settings(**{missing: None})
    assert missing in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": None}, "say either `id`"),
        ({"key": ["client"]}, "say either `id`"),
        ({"zone": "Mars/Olympus"}, "is no time zone"),
        ({"zone": "../etc/passwd"}, "is no time zone"),
        ({"encoding": "utf-99"}, "is no encoding"),
        ({"separator": ",,"}, "cannot separate"),
        ({"separator": '"'}, "cannot separate"),
        ({"quote": "''"}, "cannot quote"),
        ({"separator": "'", "quote": "'"}, "same character"),
        ({"earliest": "1492-10-12"}, "before 1900"),
        ({"unpacked_mb_max": "0"}, "greater than or equal to 1"),
        ({"columns": {"worked_on": None}}, "the day is missing"),
        ({"columns": {"duration": None}}, "worked time is missing"),
        ({"columns": {"duration": None, "ended": {"column": "end", "format": "%H:%M"}}}, "worked time is missing"),
        ({"columns": {"ended": {"column": "end", "format": "%H:%M"}}}, "`ended` says no day"),
        ({"columns": {"edited_at": {"column": "edit", "format": "%H:%M"}}}, "needs a format that says the day"),
        (
            {"columns": {"started": {"column": "start", "format": ["%H:%M", "%Y-%m-%d %H:%M"]}}},
            "every format says the day",
        ),
        ({"columns": {"client": {"column": "a", "constant": "b"}}}, "exactly one of"),
        ({"columns": {"client": {}}}, "exactly one of"),
        (
            {"columns": {"duration": {"column": "minutes", "unit": "fortnights"}}},
            "'hours', 'minutes', 'seconds' or 'h:mm'",
        ),
    ],
)
def test_a_contradiction_is_refused_in_words(changes, said):
    assert said in refusal(**changes)


def test_scalars_may_be_texts():
    said = settings(skip_lines="3", unpacked_mb_max="12", absurd_hours="24", earliest="2001-01-01", ahead_days_max="7", nulls="NULL")
    assert (said.skip_lines, said.unpacked_mb_max, said.absurd_hours, said.nulls) == (3, 12, 24, ("NULL",))
    assert (said.earliest.year, said.ahead_days_max) == (2001, 7)


def test_a_full_extract_is_a_snapshot_and_a_partial_one_tells_no_deletions(tmp_path):
    assert source(tmp_path, extract="full").deletions() == "snapshot"
    assert source(tmp_path, extract="partial").deletions() == "none"


def test_columns_that_a_file_lacks_are_all_named_with_the_nearest(tmp_path):
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, "id,Client,dya,minutes\n1,Alpine,2026-06-01,30\n")
    said = str(refused.value)
    assert said.startswith("log.csv: its header does not have the mapped columns. Correct `columns`")
    assert "column 'client' is missing: did you mean Client" in said
    assert said.count("there are: ") == 1
    assert "column 'day' is missing: did you mean dya" in said
    assert "column 'notes' is missing" in said
    assert "column 'minutes'" not in said


def test_a_mapped_column_that_stands_there_twice_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="column 'day' stands there more than once"):
        read(tmp_path, "id,client,day,day,minutes,notes\n1,Alpine,2026-06-01,2026-06-02,30,\n")


def test_the_key_may_name_mapped_fields_or_columns(tmp_path):
    (entry,) = read(
        tmp_path,
        "who,client,day,minutes,notes\nana,Alpine,2026-06-01,30,\n",
        id=None,
        key=["client", "worked_on", "who"],
    )
    (same,) = read(
        tmp_path,
        "notes,who,client,day,minutes\nnew,ana,Alpine,2026-06-01,45\n",
        id=None,
        key=["client", "worked_on", "who"],
    )
    assert entry.id == same.id
    assert entry.id.startswith("key-")
    assert listed(tmp_path, id=None, key=["client", "worked_on", "minutes"])[0].id != entry.id


def test_a_key_column_that_is_missing_is_named(tmp_path):
    with pytest.raises(ConfigError, match="column 'whom' is missing: did you mean who"):
        read(tmp_path, "who,client,day,minutes,notes\n", id=None, key=["whom"])


def test_the_example_that_the_source_shows_is_valid():
    said = yaml.load(shown.__doc__.split("```yaml")[1].split("```")[0], yaml.BaseLoader)["timelog"]
    assert said.pop("kind") == "csv_file"
    assert Settings.model_validate(said).columns.notes.join == ("Task", "Comment")


def test_the_settings_export_a_schema_for_editors():
    assert set(Settings.model_json_schema()["properties"]) >= {"path", "account", "extract", "columns"}
