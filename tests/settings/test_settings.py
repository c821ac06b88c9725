from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_validator

from connector import registry
from connector.core.mapping import Safety
from connector.errors import ConfigError
from connector.settings import load_settings, problems_at
from connector.settings.checks import is_zone

CONFIG = """\
mappings: rules
connections:
  timelog: {kind: csv_file, path: log.csv, key: [who, start]}
  xero_nz: {kind: xero, client_id: abc, client_secret: "env:XERO_SECRET"}
books:
  nz: {sink: xero_nz, zone: Pacific/Auckland, start: 2026-01-01}
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "rules").mkdir()

    def write(text=CONFIG):
        path = tmp_path / "config.yaml"
        path.write_text(text)
        return path

    return write


def refused(path):
    with pytest.raises(ConfigError) as raised:
        load_settings(path)
    assert raised.value.exit_code == 2
    return list(raised.value.problems)


def test_a_configuration_is_read_into_frozen_values(config, tmp_path):
    settings = load_settings(config())
    assert settings.folder == tmp_path
    assert settings.state_url == f"sqlite:///{tmp_path}/hourbridge.db"
    assert settings.mapping_paths == (tmp_path / "rules",)
    timelog = settings.connection("timelog")
    assert (timelog.kind, timelog.allow_private) == ("csv_file", False)
    assert timelog.options == {"path": "log.csv", "key": ["who", "start"]}
    book = settings.book("nz")
    assert (book.sink, book.start, book.grace_days, book.look_back_days, book.auto_approve) == (
        "xero_nz",
        date(2026, 1, 1),
        0,
        62,
        None,
    )
    assert book.timezone.key == "Pacific/Auckland"
    assert str(book.where) == "config.yaml:6"


def test_a_book_may_say_its_own_bounds_and_what_needs_no_person(config):
    said = "start: 2026-01-01, grace_days: 3, look_back_days: 90, auto_approve: {below: 250.00}, safety: {changed_documents_percent: none, documents_per_client_and_period: 9}"
    book = load_settings(config(CONFIG.replace("start: 2026-01-01", said))).book("nz")
    assert book.auto_approve.below == Decimal("250.00")
    assert (book.grace_days, book.look_back_days) == (3, 90)
    bounds = book.bounds(Safety(client_total_over_last_month=Decimal(5)))
    assert (
        bounds.client_total_over_last_month,
        bounds.documents_per_client_and_period,
        bounds.changed_documents_percent,
    ) == (5, 9, None)


@pytest.mark.parametrize("said", ["auto_approve: none", "safety: {}"])
def test_nothing_is_approved_or_bounded_unless_said(config, said):
    book = load_settings(config(CONFIG.replace("start: 2026-01-01", f"start: 2026-01-01, {said}"))).book("nz")
    assert book.auto_approve is None
    assert book.bounds(Safety()) == Safety()


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("sqlite:////var/x.db", "sqlite:////var/x.db"),
        ('"sqlite:///:memory:"', "sqlite:///:memory:"),
        ('"env:STATE_URL"', "env:STATE_URL"),
        ("postgresql://host/name", "postgresql://host/name"),
    ],
)
def test_an_absolute_state_stays_as_it_is(config, said, url):
    assert load_settings(config(f"state: {said}\n" + CONFIG)).state_url == url


# fmt: off
PROBLEMS = [
    ("start: 2026-01-01}", "}", "config.yaml:6:7: a book without a start date; add `start: 2026-01-01`: the first day that is billed from here"),
    ("start: 2026-01-01", "start: soon", "config.yaml:6:54: 'soon' is not a date; write it as 2026-06-15"),
    ("Pacific/Auckland", "Pacific/Aukland", "config.yaml:6:29: no time zone 'Pacific/Aukland'; did you mean 'Pacific/Auckland'"),
    ("sink: xero_nz", "sink: xero", "config.yaml:6:14: no connection 'xero'; did you mean 'xero_nz'?"),
    ("sink: xero_nz, ", "", "config.yaml:6:7: 'sink' is missing; add `sink: …`"),
    ("start: 2026", "strt: 1, start: 2026", "config.yaml:6:47: unknown key 'strt'; did you mean 'start'?"),
    ("mappings: rules", "mappings: ruls", "config.yaml:1:11: there is no 'ruls'; name a folder or files with mappings, as seen from this file's folder"),
    ("mappings: rules", "mappings: [rules, x.yaml]", "config.yaml:1:19: there is no 'x.yaml'; "),
    ("kind: xero", "kind: Xero", "config.yaml:4:19: 'Xero' is no kind of system; "),
    ("kind: xero, ", "", "config.yaml:4:12: 'kind' is missing; add `kind: …`"),
    ("  timelog:", "  time log:", "config.yaml:3:3: 'time log' cannot be a name here; use letters, digits, - and _, beginning with a letter"),
    ("  nz:", "  timelog:", "config.yaml:6:3: 'timelog' is a book and another system's connection; rename one: "),
    ("kind: xero,", "kind: xero, allow_private: yes,", "config.yaml:4:40: 'yes' is neither true nor false; write true or false"),
    ("books:", "books:\n  us:", "config.yaml:6:3: nothing stands after the colon; say a value, or take the key out"),
    ("books:", "boks:", "config.yaml:5:1: unknown key 'boks'; did you mean 'books'?"),
    ("client_id: abc", "client_id: abc, client_id: d", "config.yaml:4:41: the key 'client_id' stands twice; the first is on line 4: keep one"),
]
# fmt: on


@pytest.mark.parametrize(("old", "new", "line"), PROBLEMS)
def test_a_mistake_is_told_at_its_place_with_a_fix(config, old, new, line):
    assert old in CONFIG
    found = refused(config(CONFIG.replace(old, new)))
    assert any(said.startswith(line) for said in found), found


def test_all_problems_come_at_once(config):
    text = CONFIG.replace("start: 2026-01-01", "start: x").replace("kind: xero", "kind: X").replace("rules", "ruls")
    assert [line.split(": ")[0] for line in refused(config(text))] == [
        "config.yaml:1:11",
        "config.yaml:4:19",
        "config.yaml:6:54",
    ]


CANARY = "hunter2-canary"


@pytest.mark.parametrize(
    "text",
    [
        CONFIG.replace('"env:XERO_SECRET"', CANARY),
        CONFIG.replace('client_secret: "env:XERO_SECRET"', f"oauth: {{refresh_token: {CANARY}}}"),
        CONFIG.replace('client_secret: "env:XERO_SECRET"', f"api_key: {CANARY}"),
        CONFIG.replace('client_secret: "env:XERO_SECRET"', f"password: [{CANARY}]"),
        CONFIG.replace("client_id: abc", f'base_url: "https://me:{CANARY}@host/"'),
        f"state: postgresql://me:{CANARY}@host/db\n" + CONFIG,
    ],
)
def test_a_secret_in_plain_text_is_refused_and_not_repeated(config, text):
    found = refused(config(text))
    assert len(found) == 1
    assert "write a reference instead: " in found[0]
    assert CANARY not in found[0]


def test_addresses_of_tokens_and_key_columns_are_no_secrets(config):
    text = CONFIG.replace("client_id: abc", 'client_id: abc, token_url: "https://host/token", natural_key: [a, b]')
    assert load_settings(config(text)).connection("xero_nz").options["token_url"] == "https://host/token"


class XeroSettings(BaseModel):
    """What an adapter's own model may look like."""

    model_config = ConfigDict(extra="forbid")
    client_id: int
    client_secret: SecretStr
    tenant: str

    @field_validator("client_secret")
    @classmethod
    def _careless(cls, value: SecretStr) -> SecretStr:
        raise ValueError(f"do not like {value.get_secret_value()}")


def test_what_an_adapter_refuses_is_told_at_its_place_without_a_secret(config):
    text = CONFIG.replace("client_id: abc", "client_id: abc, tenat: x").replace("env:XERO_SECRET", f"env:{CANARY}")
    connection = load_settings(config(text)).connection("xero_nz")
    with pytest.raises(ValidationError) as raised:
        XeroSettings.model_validate(connection.options)
    found = sorted(str(problem) for problem in problems_at(connection, raised.value, XeroSettings))
    assert [line.split(":")[2] for line in found] == ["12", "36", "41", "66"]
    assert found[0] == "config.yaml:4:12: 'tenant' is missing; add `tenant: …`"
    assert found[2] == "config.yaml:4:41: unknown key 'tenat'; did you mean 'tenant'?"
    assert "'abc' is not accepted; write a valid integer" in found[1]
    assert not any(CANARY in line for line in found)


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        (
            "quickbooks",
            "realm_id: mine, client_id: x, client_secret: env:X",
            "'mine' is not accepted; write the company's number, digits only: ",
        ),
        ("xero", "client_id: x, client_secret: env:X, tenant_id: mine", "'mine' is not accepted; write an id such as 4c8b1e0a-"),
        (
            "harvest",
            "account_id: mine, token: env:X, hours: hours, zone: UTC",
            "'mine' is not accepted; write the account's number, digits only: ",
        ),
    ],
)
def test_what_must_look_so_is_told_by_an_example_and_by_no_pattern(config, kind, options, said):
    text = CONFIG.replace(
        'xero_nz: {kind: xero, client_id: abc, client_secret: "env:XERO_SECRET"}', f"xero_nz: {{kind: {kind}, {options}}}"
    )
    connection = load_settings(config(text)).connection("xero_nz")
    with pytest.raises(ConfigError) as raised:
        registry.settings_of(connection, "source" if kind == "harvest" else "sink")
    (problem,) = raised.value.problems
    assert said in problem
    assert "pattern" not in problem


def test_every_option_that_must_look_so_says_how():
    kinds = [path.parent.name for path in (Path(__file__).parents[2] / "adapters").glob("*/__init__.py")]
    models = [registry.module_of(kind, role).Settings for kind in kinds for role in ("source", "sink") if registry.offers(kind, role)]
    fields = [field for model in models for field in model.model_json_schema()["properties"].values()]
    assert len([field for field in fields if "pattern" in field]) >= 7
    assert [field for field in fields if "pattern" in field and "description" not in field] == []


def test_a_connection_shows_no_options(config):
    assert repr(load_settings(config()).connection("xero_nz")) == "Connection('xero_nz', 'xero')"


def test_an_unknown_name_is_told_with_the_nearest(config):
    settings = load_settings(config())
    with pytest.raises(ConfigError, match=r"no book 'nx'\. (There are: nz|did you mean 'nz')"):
        settings.book("nx")
    with pytest.raises(ConfigError, match=r"no connection 'timelogs'\. did you mean 'timelog'"):
        settings.connection("timelogs")


def test_a_configuration_that_is_not_there_is_told(tmp_path):
    assert refused(tmp_path / "config.yaml") == [
        "config.yaml: cannot be read (No such file or directory); check the path and its permissions"
    ]


@pytest.mark.parametrize("text", ["", "- a", "a: ["])
def test_a_file_that_is_no_configuration_is_refused(config, text):
    assert refused(config(text))


# ---- the schedule of the daemon ----------------------------------------------------------------------------------------------------


def test_every_job_has_a_time_without_a_word_on_it(config):
    settings = load_settings(config())
    assert {job: cron.said for job, cron in settings.book("nz").schedule.items()} == {
        "plan": "20 * * * *", "apply": "*/10 * * * *", "reconcile": "0 5 * * *", "reports": "0 6 1 * *"
    }  # fmt: skip
    assert {job: cron.said for job, cron in settings.connection("timelog").schedule.items()} == {
        "pull": "10 * * * *",
        "full": "30 3 * * sun",
    }
    assert (settings.unattended.zone, settings.unattended.jitter_seconds) == ("Pacific/Auckland", 30)


def test_a_book_and_a_connection_may_say_otherwise(config):
    text = CONFIG.replace("start: 2026-01-01", "start: 2026-01-01, schedule: {plan: none, apply: 0 9 * * 1-5}")
    text = text.replace("path: log.csv", "path: log.csv, schedule: {pull: 0 */2 * * *}")
    settings = load_settings(
        config(text + "schedule: {apply: 5 * * * *, full: none, zone: UTC, jitter_seconds: 0, reports_folder: filed}\n")
    )
    book = settings.book("nz").schedule
    assert (book.keys(), book["apply"].fields) == ({"apply", "reconcile", "reports"}, ("0", "9", "*", "*", "mon,tue,wed,thu,fri"))
    assert {job: cron.said for job, cron in settings.connection("timelog").schedule.items()} == {"pull": "0 */2 * * *"}
    assert "schedule" not in settings.connection("timelog").options
    assert (settings.unattended.zone, settings.unattended.jitter_seconds, settings.unattended.reports_folder.name) == ("UTC", 0, "filed")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("plan: 61 * * * *", "config.yaml:7:18: '61 * * * *': '61' is no minute; write five fields"),
        ("plan: hourly", "config.yaml:7:18: 'hourly' has 1 of the five fields"),
        ("plan: 0 0 1 * 5", "config.yaml:7:18: '0 0 1 * 5' names a day of the month and a weekday"),
        ("plan: 0 0 31 2 *", "config.yaml:7:18: '0 0 31 2 *' never comes"),
        ("plan: [1, 2]", "config.yaml:7:18: this is no cron expression"),
        ("plam: 0 * * * *", "config.yaml:7:12: unknown key 'plam'; did you mean 'plan'?"),
        ("zone: Pacific/Aukland", "config.yaml:7:18: no time zone 'Pacific/Aukland'; did you mean 'Pacific/Auckland'"),
    ],
)
def test_what_is_no_schedule_is_told_with_its_place(config, said, told):
    (problem,) = refused(config(CONFIG + f"schedule: {{{said}}}\n"))
    assert problem.startswith(told)


def test_a_book_has_no_job_of_a_connection(config):
    (problem,) = refused(config(CONFIG.replace("start: 2026-01-01", "start: 2026-01-01, schedule: {pull: 0 * * * *}")))
    assert "unknown key 'pull'" in problem


@pytest.mark.parametrize("name", ["UTC", "Pacific/Auckland", "America/Argentina/Ushuaia"])
def test_a_zone_of_the_database_is_one(name):
    assert is_zone(name)


@pytest.mark.parametrize(
    "name", ["", "Europe", "Europe/", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "posix/UTC", "right/UTC", "zone.tab", "U\0TC"]
)
def test_a_path_to_something_else_is_no_zone(name):
    assert not is_zone(name)
