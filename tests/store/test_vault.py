"""Tokens at rest: encrypted where there is a key, readable with older keys, and useless to who has the file alone."""

from datetime import timedelta

import pytest

from connector.errors import AuthError, ConfigError
from connector.ports import Tokens
from connector.store.keeper import StoreKeeper, forget_tokens, plain_tokens
from connector.store.vault import NO_KEY, Vault
from tests.fakes import START
from tests.store.stores import rows

OLD, NEW = "canary-key-one-of-thirty-two-characters", "canary-key-two-of-thirty-two-characters"
PAIR = Tokens(access="canary-access-1", refresh="canary-refresh-1", expires_at=START + timedelta(minutes=30))
NEXT = Tokens(access="canary-access-2", refresh="canary-refresh-2", expires_at=START + timedelta(minutes=60))


def vault(*keys):
    return Vault(lambda: keys)


def keeper(store, held=NO_KEY, connection="books"):
    return StoreKeeper(store, connection, "process 1", held)


def body(store):
    return rows(store, "SELECT body FROM tokens")[0][0]


def test_with_a_key_the_file_holds_no_token(in_file, path):
    keeper(in_file, vault(NEW)).renew(None, lambda _before: PAIR)
    assert keeper(in_file, vault(NEW)).tokens() == PAIR
    assert body(in_file).startswith("aes1:")
    for file in path.parent.iterdir():
        assert b"canary" not in file.read_bytes(), file
    assert plain_tokens(in_file) == []


def test_without_a_key_they_are_plain_and_said_to_be(store):
    keeper(store).renew(None, lambda _before: PAIR)
    assert "canary-access-1" in body(store)
    assert plain_tokens(store) == ["books"]


def test_plain_tokens_are_read_and_encrypted_at_the_next_save(in_file, path):
    keeper(in_file).renew(None, lambda _before: PAIR)
    assert keeper(in_file, vault(NEW)).tokens() == PAIR
    keeper(in_file, vault(NEW)).renew(PAIR, lambda _before: NEXT)
    assert keeper(in_file, vault(NEW)).tokens() == NEXT
    assert plain_tokens(in_file) == []
    with in_file.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"canary" not in path.read_bytes(), "the plain token stayed behind in the file's free space"


def test_an_older_key_still_reads_and_the_newest_writes(store):
    keeper(store, vault(OLD)).renew(None, lambda _before: PAIR)
    assert keeper(store, vault(NEW, OLD)).tokens() == PAIR
    with pytest.raises(ConfigError, match="none of those configured"):
        keeper(store, vault(NEW)).tokens()
    keeper(store, vault(NEW, OLD)).renew(PAIR, lambda _before: NEXT)
    assert keeper(store, vault(NEW)).tokens() == NEXT


@pytest.mark.parametrize(("held", "said"), [(vault(NEW), "none of those configured"), (NO_KEY, "is not configured")])
def test_a_wrong_or_missing_key_says_what_to_do(store, held, said):
    keeper(store, vault(OLD)).renew(None, lambda _before: PAIR)
    with pytest.raises(ConfigError, match=said) as caught:
        keeper(store, held).tokens()
    assert "older_state_keys" in str(caught.value)
    assert "forget-tokens" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_token_moved_to_another_connection_or_changed_is_refused(store):
    keeper(store, vault(NEW)).renew(None, lambda _before: PAIR)
    with store.begin() as tx:
        tx.exec_driver_sql("UPDATE tokens SET connection = 'other'")
    with pytest.raises(AuthError, match="another connection"):
        keeper(store, vault(NEW), "other").tokens()


@pytest.mark.parametrize("damaged", ["", "AAAA", "not base64"])
def test_a_damaged_token_is_no_riddle(damaged):
    key_id = vault(NEW).seal("books", "x").split(":")[1]
    with pytest.raises(AuthError, match="damaged"):
        vault(NEW).open("books", f"aes1:{key_id}:{damaged}")


def test_a_short_key_is_refused_and_not_repeated():
    with pytest.raises(ConfigError, match="fewer than 32") as caught:
        vault("canary-short").seal("books", "x")
    assert "canary" not in str(caught.value)


def _no_such_secret():
    raise ConfigError("the file cannot be read", to="state_key", next_step="Mend it.")


@pytest.mark.parametrize("held", [vault("too short"), Vault(_no_such_secret)], ids=["short", "unreadable"])
@pytest.mark.parametrize("before", [None, PAIR], ids=["first", "plain"])
def test_nothing_is_exchanged_while_what_comes_back_could_not_be_kept(store, held, before):
    if before is not None:
        keeper(store).renew(None, lambda _before: before)
    with pytest.raises(ConfigError):
        keeper(store, held).renew(before, lambda _before: pytest.fail("the refresh token was used up, and the next one is lost"))
    assert keeper(store).tokens() == before


def test_the_same_text_is_never_kept_alike_twice():
    assert vault(NEW).seal("books", "x") != vault(NEW).seal("books", "x")


def test_tokens_can_be_dropped(store):
    keeper(store).renew(None, lambda _before: PAIR)
    assert forget_tokens(store, "books")
    assert not forget_tokens(store, "books")
    assert keeper(store).tokens() is None
