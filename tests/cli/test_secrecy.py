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
