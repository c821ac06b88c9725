"""Intuit's tokens: a pair that rotates, for one company (realm).

- Token endpoint https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer, Basic authentication; access 1 hour, refresh 100 days
  from its last use, and five years at the longest (blogs.intuit.com/2025/11/12/important-changes-to-refresh-token-policy).
- About once a day a refresh brings another refresh token, and the one before is refused from then on, without a grace: whatever comes
  back is stored before it is used, and nothing is stored that lacks one of the two.
- The company is no part of the answer: `realm_id` in the settings names it.
"""

import base64
from datetime import timedelta
from typing import TYPE_CHECKING

from connector.errors import AuthError, TransientError
from connector.http import OAuth, TokenEndpoint, TokenReply
from connector.ports import Host, Tokens

if TYPE_CHECKING:
    from adapters.quickbooks.sink import Settings


class Access:
    """Tokens of one connection; `authority` is what the client asks."""

    def __init__(self, settings: "Settings", host: Host) -> None:
        self._settings = settings
        self._host = host
        self._endpoint = TokenEndpoint(
            host, settings.token_url, mounted_at="/oauth2/v1/tokens/bearer", allow_private=settings.allow_private
        )
        self.authority = OAuth(host, self._exchange)

    def close(self) -> None:
        self._endpoint.close()

    def _exchange(self, seen: Tokens | None) -> Tokens:
        """The next pair; nothing but the token endpoint is asked, so that a rotated pair is saved before its first use."""
        pasted = self._host.secret(self._settings.refresh_token) if self._settings.refresh_token else ""
        stored = seen.refresh if seen is not None else ""
        if not stored and not pasted:
            raise AuthError(
                "no tokens are stored",
                to=self._host.name,
                next_step=f"Authorise: put a fresh refresh token where refresh_token of connection {self._host.name} points",
            )
        try:
            return self._pair(self._refresh(stored or pasted))
        except AuthError:
            # Somebody may have authorised anew and put the fresh token into the file that the settings name.
            if not stored or not pasted or stored == pasted:
                raise
            return self._pair(self._refresh(pasted))

    def _refresh(self, token: str) -> TokenReply:
        pair = f"{self._settings.client_id}:{self._host.secret(self._settings.client_secret)}"
        basic = base64.b64encode(pair.encode()).decode()
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self._endpoint.ask(form, headers={"Authorization": f"Basic {basic}"})

    def _pair(self, reply: TokenReply) -> Tokens:
        if not reply.access_token or not reply.refresh_token or reply.expires_in <= 0:
            raise TransientError(
                "the token endpoint answered without a whole pair; nothing was stored",
                to=self._host.name,
                next_step="The next run asks again",
            )
        now, left = self._host.clock.now(), reply.x_refresh_token_expires_in
        return Tokens(
            access=reply.access_token,
            refresh=reply.refresh_token,
            expires_at=now + timedelta(seconds=reply.expires_in),
            scope_id=self._settings.realm_id,
            refresh_expires_at=now + timedelta(seconds=left) if left > 0 else None,
        )
