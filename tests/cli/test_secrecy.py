"""What the commands say of tokens in the state."""

import sqlite3

import pytest

KEY = "canary-key-one-of-thirty-two-characters"


@pytest.fixture
def with_a_token(folder, run):
    run("pull")
    with sqlite3.connect(folder / "hourbridge.db") as state:
        state.execute("INSERT INTO tokens (connection, body, expires_at) VALUES ('timesheets', '{\"access\": \"canary-access\"}', '')")
    state.close()
    return run


def test_check_says_plainly_that_tokens_are_plain(with_a_token, folder):
    said = with_a_token("check").err
    assert "The tokens of timesheets are plain text in the state: no `state_key` is configured." in said
    assert "canary" not in said
    (folder / "hourbridge.db").chmod(0o644)
    assert "chmod 600" in with_a_token("check").err


def test_check_says_when_they_will_be_encrypted(with_a_token, folder, monkeypatch):
    monkeypatch.setenv("STATE_KEY", KEY)
    config = folder / "config.yaml"
    config.write_text("state_key: env:STATE_KEY\n" + config.read_text())
    assert "still plain text in the state; they are encrypted when they are next renewed" in with_a_token("check").err


def test_a_key_in_plain_text_is_refused_and_not_repeated(with_a_token, folder):
    config = folder / "config.yaml"
    for line in (f"state_key: {KEY}", f"older_state_keys: [{KEY}]"):
        config.write_text(f"{line}\n" + config.read_text())
        done = with_a_token("check")
        assert done.code == 2
        assert "is written as plain text" in done.err
        assert "canary" not in done.err + done.out
        config.write_text(config.read_text().partition("\n")[2])


def test_tokens_are_dropped_by_name(with_a_token):
    assert "Tokens of timesheets dropped." in with_a_token("forget-tokens", "timesheets").err
    assert "had no tokens" in with_a_token("forget-tokens", "timesheets").err
    assert with_a_token("forget-tokens", "nobody").code == 2


SECRETS = """\
state_key: env:STATE_KEY
older_state_keys: ["file:secrets/old.key"]
notifications:
  smtp: {host: 127.0.0.1, user: us, password: env:MAIL_PASSWORD, from: a@b.example, to: [c@d.example], security: none}
  webhook: {url: "https://hooks.example/x", secret: "keyring:hook"}
"""


@pytest.fixture
def secretive(folder, monkeypatch):
    """A firm whose configuration refers to a secret of every sort and place; none of them can be read."""
    for name in ("STATE_KEY", "MAIL_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    config = folder / "config.yaml"
    config.write_text(SECRETS + config.read_text())
    return folder


def test_check_names_every_secret_that_cannot_be_read(secretive, run, monkeypatch):
    monkeypatch.setattr("keyring.get_password", lambda _service, _name: None)
    done = run("check")
    assert done.code == 2
    told = [line for line in done.out.splitlines() if line.startswith("config.yaml: ")]
    assert [line.split(": ")[1] for line in told] == [
        "state_key", "older_state_keys", "notifications.smtp.password", "notifications.webhook.secret",
    ]  # fmt: skip
    assert "MAIL_PASSWORD is not set or empty" in told[2]
    assert "keyring set hourbridge hook" in told[3]


def test_check_is_content_when_every_secret_can_be_read_and_shows_none(secretive, run, monkeypatch):
    monkeypatch.setattr("keyring.get_password", lambda _service, _name: "canary-hook")
    monkeypatch.setenv("STATE_KEY", KEY)
    monkeypatch.setenv("MAIL_PASSWORD", "canary-mail")
    old = secretive / "secrets" / "old.key"
    old.parent.mkdir()
    old.write_text(f"{KEY}-before\n")
    old.chmod(0o644)
    done = run("check")
    assert (done.code, "the group or others may open it" in done.out) == (2, True)
    old.chmod(0o600)
    done = run("check")
    assert done.code != 2
    assert "config.yaml: " not in done.out
    assert "canary" not in done.out + done.err


def test_a_signing_key_that_is_not_made_yet_is_no_problem_and_one_that_others_can_read_is(folder, run):
    assert "signing_key" not in run("check").out
    (folder / "signing.key").write_text("canary\n")
    (folder / "signing.key").chmod(0o644)
    assert "config.yaml: signing_key: file:" in run("check").out
