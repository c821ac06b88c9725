"""Tokens as Intuit gives them: an hour of access, a refresh token of 100 days whose value changes about once a day."""

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qs, unquote

from msgspec import Struct, field

from adapters.quickbooks.emulated.forms import Answer, answer, lower_fault

ACCESS_SECONDS = 3600
UNUSED = timedelta(days=100)
ROTATES_AFTER = timedelta(hours=24)


class Refresh(Struct, kw_only=True):
    """`until` moves on with every use; a superseded one is refused at once."""

    made_at: datetime
    until: datetime
    superseded: bool = False


class Tokens(Struct, kw_only=True):
    """What the identity service remembers; access tokens by their end."""

    access: dict[str, datetime] = field(default_factory=dict)
    refresh: dict[str, Refresh] = field(default_factory=dict)


class Identity:
    """One app connected to one company. `rotates_after` zero: every refresh brings another token."""

    def __init__(self, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self.client_id = "emulated-client"
        self.client_secret = "emulated-secret"  # noqa: S105 - an emulator's secrets are not secrets
        self.rotates_after = ROTATES_AFTER
        self.tokens = Tokens()
        self._now = now
        self._new_id = new_id

    def consent(self) -> dict[str, object]:
        """What the app holds after a person has agreed in the browser: the token endpoint's answer, as a value."""
        return self._grant(self._new_refresh())

    def install(self, refresh_token: str) -> None:
        """A refresh token that was handed out before this emulator began."""
        now = self._now()
        self.tokens.refresh[refresh_token] = Refresh(made_at=now, until=now + UNUSED)

    def revoke_everything(self) -> None:
        """A person disconnects the app."""
        self.tokens = Tokens()

    def end_access(self) -> None:
        """Every access token ends now; refresh tokens stay."""
        self.tokens.access.clear()

    def token(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST /oauth2/v1/tokens/bearer: id and secret as Basic, nothing else is taken."""
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        if _client(headers) != (self.client_id, self.client_secret):
            return answer(401, {"error": "invalid_client"})
        if form.get("grant_type") != "refresh_token":
            return answer(400, {"error": "unsupported_grant_type"})
        given = form.get("refresh_token", "")
        held, now = self.tokens.refresh.get(given), self._now()
        if held is None or held.superseded or now > held.until:
            return answer(400, {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"})
        held.until = now + UNUSED
        if now >= held.made_at + self.rotates_after:
            held.superseded = True
            given = self._new_refresh()
        return answer(200, self._grant(given))

    def refusal(self, headers: Mapping[str, str]) -> Answer | None:
        """The 401 for this call, None where the token is good."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        until = self.tokens.access.get(given) if scheme.lower() == "bearer" else None
        if until is not None and until > self._now():
            return None
        detail = "Token expired" if until is not None else "Malformed bearer token: too short or too long"
        message = "message=AuthenticationFailed; errorCode=003200; statusCode=401"
        return lower_fault(
            401,
            message,
            detail,
            "3200",
            "AUTHENTICATION",
            {"WWW-Authenticate": 'Bearer realm="Intuit", error="invalid_token"'},
        )

    def _new_refresh(self) -> str:
        token = f"refresh-{self._new_id()}"
        self.install(token)
        return token

    def _grant(self, refresh: str) -> dict[str, object]:
        now = self._now()
        access = f"access-{self._new_id()}"
        self.tokens.access[access] = now + timedelta(seconds=ACCESS_SECONDS)
        left = int((self.tokens.refresh[refresh].until - now).total_seconds())
        return {
            "token_type": "bearer",
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "refresh_token": refresh,
            "x_refresh_token_expires_in": left,
        }


def _client(headers: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(given if scheme.lower() == "basic" else "", validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(name), unquote(secret)
