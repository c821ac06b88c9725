"""Tokens encrypted at rest, where a key is configured: AES-256-GCM, bound to their connection, with the id of the key beside them.

The newest key encrypts; older ones still decrypt, so that a key can be changed without authorising anything again.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Callable, Sequence
from functools import cached_property

from connector.errors import AuthError, ConfigError

SCHEME = "aes1"
KEY_CHARACTERS_MIN = 32
_NONCE_BYTES = 12
_MAKE_ONE = 'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'


class Vault:
    """`keys` gives the texts of the keys, newest first, when the first token is read or saved; none: tokens stay as they are."""

    def __init__(self, keys: Callable[[], Sequence[str]] = tuple) -> None:
        self._texts = keys

    def seal(self, connection: str, text: str) -> str:
        """What is kept: `aes1:KEY ID:…`, or the text itself where no key is configured."""
        if not self._keys:
            return text
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  (30 ms, for those who have a key)

        key_id, key = next(iter(self._keys.items()))
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), _bound_to(connection, key_id))
        return f"{SCHEME}:{key_id}:{base64.b64encode(sealed).decode()}"

    def prove(self) -> None:
        """Raises ConfigError where nothing could be sealed now: asked before a pair is exchanged, for the old one may then be dead."""
        self.seal("", "")

    def open(self, connection: str, kept: str) -> str:
        """The text. Raises ConfigError where its key is not configured, AuthError where what is kept was damaged."""
        if not is_sealed(kept):
            return kept
        _, key_id, body = kept.split(":", 2)
        if key_id not in self._keys:
            raise ConfigError(
                f"the tokens in the state are encrypted with the key {key_id}, which "
                + (f"is none of those configured ({', '.join(self._keys)})" if self._keys else "is not configured"),
                to=connection,
                next_step="Give that key under `state_key`, or under `older_state_keys` beside a newer one. If it is lost, authorise again: "
                "`hourbridge forget-tokens NAME`, then a fresh refresh token where the connection names one",
            )
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  (see above)
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        try:
            sealed = base64.b64decode(body, validate=True)
            text = AESGCM(self._keys[key_id]).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound_to(connection, key_id))
        except (InvalidTag, binascii.Error, ValueError):
            raise AuthError(
                "the tokens in the state are damaged, or belong to another connection",
                to=connection,
                next_step="Authorise again: `hourbridge forget-tokens NAME`, then a fresh refresh token where the connection names one",
            ) from None
        return text.decode()

    @cached_property
    def _keys(self) -> dict[str, bytes]:
        return dict(map(_key, self._texts()))


NO_KEY = Vault()
"""Tokens are kept as plain text; the file's mode guards them."""


def is_sealed(kept: str) -> bool:
    return kept.startswith(f"{SCHEME}:")


def _key(text: str) -> tuple[str, bytes]:
    """(id, 256 bits) of a key's text. The id names it in the state and tells nothing of it."""
    if len(text) < KEY_CHARACTERS_MIN:
        raise ConfigError(f"a key has fewer than {KEY_CHARACTERS_MIN} characters", to="state_key", next_step=_MAKE_ONE)
    key = hashlib.blake2b(text.encode(), digest_size=32, person=b"hourbridge key").digest()
    return hashlib.blake2b(key, digest_size=4, person=b"hourbridge id").hexdigest(), key


def _bound_to(connection: str, key_id: str) -> bytes:
    return f"{SCHEME}:{key_id}:{connection}".encode()
