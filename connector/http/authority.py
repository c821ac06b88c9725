"""Who asks: a live token pair, renewed by one process at a time and saved before its first use."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

import msgspec

from connector.errors import AuthError
from connector.http.redaction import remember
from connector.ports import Host, Tokens

_MARGIN = timedelta(seconds=60)
"""A token that ends within this is renewed first: the request that carries it may wait its turn."""


class Authority(Protocol):
    """How requests carry a credential that ends. One that does not end is plain `headers` of the client."""

    def tokens(self) -> Tokens:
        """A live pair. Raises AuthError when somebody must authorise again, TransientError when the vendor cannot say now."""

    def renew(self, refused: Tokens) -> Tokens:
        """The pair after `refused`, which the vendor no longer takes."""

    def headers(self, tokens: Tokens) -> Mapping[str, str]:
        """What a request carries."""


class OAuth:
    """A pair kept by the state. `exchange` asks the vendor for the next pair (None: there is none yet) and does nothing else;
    the keeper calls it under the connection's lease, commits what comes back, and only then lets anybody use it.
    """

    def __init__(
        self,
        host: Host,
        exchange: Callable[[Tokens | None], Tokens],
        also: Callable[[Tokens], Mapping[str, str]] = lambda _tokens: {},
    ) -> None:
        self._host = host
        self._exchange = exchange
        self._also = also
        self._lock = threading.Lock()
        self._seen: Tokens | None = None

    def tokens(self) -> Tokens:
        with self._lock:
            if self._seen is None:
                self._seen = self._host.keeper.tokens()
            if self._seen is None or self._seen.expires_at - _MARGIN <= self._host.clock.now():
                self._seen = self._renewed(self._seen)
            remember(self._seen.access, self._seen.refresh)
            return self._seen

    def renew(self, refused: Tokens) -> Tokens:
        with self._lock:
            if self._seen is not None and self._seen.access == refused.access:
                refused = self._seen  # the same pair, with what was noted since
            # Where another thread or process was first, the keeper gives back its pair without asking.
            self._seen = self._renewed(refused)
            remember(self._seen.access, self._seen.refresh)
            return self._seen

    def note_scope(self, tokens: Tokens, scope_id: str) -> None:
        """Keeps with the pair what it was found to reach, so that no later process asks. Where a newer pair is kept, that one stands."""
        with self._lock:
            kept = self._host.keeper.renew(tokens, lambda _current: msgspec.structs.replace(tokens, scope_id=scope_id))
            if self._seen is not None and self._seen.access == tokens.access:
                self._seen = kept

    def headers(self, tokens: Tokens) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {tokens.access}", **self._also(tokens)}

    def _renewed(self, seen: Tokens | None) -> Tokens:
        """On a refusal the store is read once more: another process may have rotated the pair and ours was the old one."""
        try:
            return self._host.keeper.renew(seen, self._exchange)
        except AuthError:
            newer = self._host.keeper.tokens()
            if newer is None or (seen is not None and newer.access == seen.access):
                raise
            return newer
