"""Secrets are references; what stands behind them is never shown (Z1, Z2)."""

import copy
import pickle
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as Fail
from keyring.errors import KeyringLocked

from connector.errors import ConfigError
from connector.http import redact
from connector.http.redaction import remember
from connector.secrets import Secret, read_secret


def a_file(folder: Path, text: bytes = b"canary-secret\n", mode: int = 0o600) -> Path:
    path = folder / "secret.txt"
    path.write_bytes(text)
    path.chmod(mode)
    return path


def test_z1_a_variable_and_a_file_are_read(tmp_path: Path):
    path = a_file(tmp_path, b"canary-secret\r\n\n")

    assert read_secret("env:BOOKS", tmp_path, {"BOOKS": "canary-from-env"}).reveal() == "canary-from-env"
    assert read_secret("file:secret.txt", tmp_path).reveal() == "canary-secret"
    assert read_secret(f"file:{path}", Path("/nowhere")).reveal() == "canary-secret"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_z1_a_file_that_others_may_open_is_refused(tmp_path: Path, mode: int):
    a_file(tmp_path, mode=mode)

    with pytest.raises(ConfigError, match="chmod 600") as caught:
        read_secret("file:secret.txt", tmp_path)
    assert "canary" not in str(caught.value)


def test_a_credential_of_the_service_manager_may_show_its_access_list_as_a_right_of_the_group(tmp_path: Path):
    a_file(tmp_path, mode=0o440)
    ours = {"CREDENTIALS_DIRECTORY": str(tmp_path)}

    assert read_secret("file:secret.txt", tmp_path, ours).reveal() == "canary-secret"
    with pytest.raises(ConfigError, match="chmod 600"):
        read_secret("file:secret.txt", tmp_path, {"CREDENTIALS_DIRECTORY": str(tmp_path / "other")})
    a_file(tmp_path, mode=0o444)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_secret("file:secret.txt", tmp_path, ours)


@pytest.mark.parametrize("text", [b"", b"\n", b"\xff\xfe\x00", b"x" * 70_000])
def test_an_empty_or_unreadable_file_is_refused(tmp_path: Path, text: bytes):
    a_file(tmp_path, text)

    with pytest.raises(ConfigError, match=r"file:.*secret\.txt"):
        read_secret("file:secret.txt", tmp_path)


@pytest.mark.parametrize("reference", ["canary-secret", "", "env:", "file:", "vault:canary-secret", "env"])
def test_z1_what_is_not_a_reference_is_refused_and_not_repeated(tmp_path: Path, reference: str):
    with pytest.raises(ConfigError, match="by reference only") as caught:
        read_secret(reference, tmp_path, {})
    assert "canary" not in str(caught.value)


def test_a_variable_or_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match="BOOKS is not set"):
        read_secret("env:BOOKS", tmp_path, {"BOOKS": ""})
    with pytest.raises(ConfigError, match=r"gone\.txt"):
        read_secret("file:gone.txt", tmp_path)


def test_a_secret_never_shows_itself():
    secret = Secret("canary-secret")

    assert "canary" not in f"{secret} {secret!r} {secret!s} {[secret]} {secret:>20}"
    assert secret == Secret("canary-secret")
    assert secret != Secret("canary-other")
    assert secret != "canary-secret"
    assert not Secret("")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.copy(secret)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer canary0123",
        "authorization=canary0123",
        '{"Authorization": "Basic canary0123=="}',
        "sent Bearer canary0123.x-y_z to them",
        '{"access_token":"canary0123","expires_in":1}',
        "grant_type=refresh_token&refresh_token=canary0123&x=1",
        "client_secret: canary0123",
        "{'api_key': 'canary0123'}",
    ],
)
def test_z2_credentials_are_taken_out_by_their_names(text: str):
    assert "canary" not in redact(text)
    assert "***" in redact(text)


def test_z2_a_known_secret_is_taken_out_wherever_it_stands():
    assert redact("the word abcdef99 in prose", ("abcdef99", "")) == "the word *** in prose"
    assert redact("nothing to hide here", ("",)) == "nothing to hide here"


class Ring(KeyringBackend):
    """A key ring in memory."""

    priority = 1

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__()
        self.kept = {("hourbridge", "books"): "canary-of-the-ring"}
        self.locked = locked

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("canary-of-the-ring")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch):
    def use(backend: KeyringBackend) -> None:
        monkeypatch.setattr("keyring.core._keyring_backend", backend)

    return use


def test_z1_a_key_ring_is_read(tmp_path: Path, ring):
    ring(Ring())
    assert read_secret("keyring:books", tmp_path).reveal() == "canary-of-the-ring"


@pytest.mark.parametrize(
    ("backend", "name", "said"),
    [
        (Ring(), "other", "keyring set hourbridge other"),
        (Ring(locked=True), "books", "did not open"),
        (Fail(), "books", "no key ring that can be used"),
    ],
)
def test_a_key_ring_without_the_secret_says_what_to_do(tmp_path: Path, ring, backend, name, said):
    ring(backend)
    with pytest.raises(ConfigError, match=said) as caught:
        read_secret(f"keyring:{name}", tmp_path)
    assert "canary" not in str(caught.value)


def test_a_secret_that_was_once_seen_is_taken_out_of_every_text():
    assert "canary-seen" in redact("the word canary-seen")
    remember("canary-seen", "", "short")
    assert redact("the word canary-seen, short") == "the word ***, short"


def test_a_password_in_an_address_is_taken_out():
    assert redact("postgresql://books:canary@db/state") == "postgresql://books:***@db/state"


def test_a_server_that_calls_its_token_bearer_hides_no_other_secret():
    """The word taken out, the pattern behind it would miss the token that follows."""
    assert redact("Authorization: Bearer canary-5", ("Bearer",)) == "Authorization: ***"
    assert "canary" not in redact("sent with bearer canary-sixteen", ("bearer",))
