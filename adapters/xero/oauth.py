"""Xero's tokens: `client_credentials` (a custom connection: one organisation, no refresh token) or `stored` (a pair that rotates).

- Token endpoint https://identity.xero.com/connect/token, Basic authentication; access 30 minutes, refresh 60 days unused.
- Each refresh rotates the pair; the old refresh token may be used again for 30 minutes if the answer was lost
  (developer.xero.com/faq/oauth2), so an exchange whose answer is lost is simply asked again in a later run.
- Every call names its organisation in `xero-tenant-id`; a token may reach several. The settings name it, or there is exactly one: it is
  looked up once and kept with the tokens.
"""

import base64
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.xero.wire import Tenant
from connector.errors import AuthError, ConfigError, TransientError
from connector.http import Client, Limits, OAuth, TokenEndpoint, TokenReply
from connector.ports import Host, Tokens

if TYPE_CHECKING:
    from adapters.xero.sink import Settings


class Access:
    """Tokens and organisation of one connection; `authority` is what the client asks."""

    def __init__(self, settings: "Settings", host: Host) -> None:
        self._settings = settings
        self._host = host
        self._endpoint = TokenEndpoint(host, settings.token_url, mounted_at="/connect/token", allow_private=settings.allow_private)
        self._api = Client(host, settings.base_url, limits=Limits(), allow_private=settings.allow_private)
        self._finding = threading.Lock()
        self._tenant_id = settings.tenant_id
        self.authority = OAuth(host, self._exchange, self._tenant_header)

    def close(self) -> None:
        self._endpoint.close()
        self._api.close()

    def _exchange(self, seen: Tokens | None) -> Tokens:
        """The next pair; nothing but the token endpoint is asked, so that a rotated pair is saved before its first use."""
        if self._settings.auth == "client_credentials":
            form = {"grant_type": "client_credentials", "scope": self._settings.scopes}
            return self._pair(self._ask(form), seen, rotates=False)
        pasted = self._host.secret(self._settings.refresh_token) if self._settings.refresh_token else ""
        stored = seen.refresh if seen is not None else ""
        if not stored and not pasted:
            raise AuthError(
                "no tokens are stored", to=self._host.name, next_step=f"Give connection {self._host.name} a `refresh_token` in config.yaml"
            )
        try:
            return self._pair(self._refresh(stored or pasted), seen, rotates=True)
        except AuthError:
            # Somebody may have authorised anew and put the fresh token into the file that the settings name.
            if not stored or not pasted or stored == pasted:
                raise
            return self._pair(self._refresh(pasted), seen, rotates=True)

    def _refresh(self, token: str) -> TokenReply:
        return self._ask({"grant_type": "refresh_token", "refresh_token": token})

    def _ask(self, form: Mapping[str, str]) -> TokenReply:
        if not self._settings.client_secret:
            return self._endpoint.ask({**form, "client_id": self._settings.client_id})
        pair = f"{self._settings.client_id}:{self._host.secret(self._settings.client_secret)}"
        basic = base64.b64encode(pair.encode()).decode()
        return self._endpoint.ask(form, headers={"Authorization": f"Basic {basic}"})

    def _pair(self, reply: TokenReply, seen: Tokens | None, *, rotates: bool) -> Tokens:
        if not reply.access_token or reply.expires_in <= 0 or (rotates and not reply.refresh_token):
            raise TransientError(
                "the token endpoint answered without a whole pair; nothing was stored",
                to=self._host.name,
                next_step="The next run asks again; the scopes must hold offline_access" if rotates else "The next run asks again",
            )
        return Tokens(
            access=reply.access_token,
            refresh=reply.refresh_token if rotates else "",
            expires_at=self._host.clock.now() + timedelta(seconds=reply.expires_in),
            scope_id=self._tenant_id or (seen.scope_id if seen is not None else ""),
        )

    def _tenant_header(self, tokens: Tokens) -> Mapping[str, str]:
        with self._finding:
            if not self._tenant_id:
                self._tenant_id = tokens.scope_id or self._find_tenant(tokens)
                if not tokens.scope_id:
                    self.authority.note_scope(tokens, self._tenant_id)
            return {"xero-tenant-id": self._tenant_id}

    def _find_tenant(self, tokens: Tokens) -> str:
        headers = {"Authorization": f"Bearer {tokens.access}"}
        rows = self._api.get("/connections", tuple[Tenant, ...], headers=headers).value
        found = [row for row in rows if row.tenant_id and row.tenant_type in (None, "ORGANISATION")]
        if len(found) == 1:
            return found[0].tenant_id or ""
        if not found:
            raise AuthError(
                "the credential reaches no organisation",
                to=self._host.name,
                next_step=f"Authorise again: renew the credentials of connection {self._host.name} in config.yaml",
            )
        raise ConfigError(
            f"the credential reaches {len(found)} organisations",
            to=self._host.name,
            next_step="Name one as tenant_id in config.yaml",
            problems=[f"  tenant_id: {row.tenant_id}  # {row.tenant_name}" for row in found],
        )
