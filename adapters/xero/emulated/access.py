"""Tokens as Xero's identity service gives them: 30 minutes of access, a refresh token that changes with every use."""

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qs, unquote

from msgspec import Struct, field

from adapters.xero.emulated.forms import Answer, answer, problem

ACCESS_SECONDS = 1800
GRACE = timedelta(minutes=30)
UNUSED = timedelta(days=60)
BROAD = "accounting.transactions accounting.contacts accounting.settings"
GRANULAR = "accounting.invoices accounting.payments.read accounting.contacts accounting.settings.read"
SETTINGS = ("accounting.settings", "accounting.settings.read")
READS = {
    "Invoices": (
        "accounting.transactions",
        "accounting.transactions.read",
        "accounting.invoices",
        "accounting.invoices.read",
    ),
    "Contacts": ("accounting.contacts", "accounting.contacts.read"),
    "Payments": ("accounting.transactions", "accounting.transactions.read", "accounting.payments", "accounting.payments.read"),
}
READS["CreditNotes"] = READS["Invoices"]
WRITES = dict.fromkeys(("Invoices", "CreditNotes"), ("accounting.transactions", "accounting.invoices"))


class Refresh(Struct, kw_only=True):
    """A refresh token. Once used it works for 30 minutes more, in case the answer was lost [developer.xero.com/faq/oauth2]."""

    scope: str
    made_at: datetime
    used_at: datetime | None = None


class Access(Struct, frozen=True, kw_only=True):
    scope: str
    until: datetime


class Tokens(Struct, kw_only=True):
    """What the identity service remembers."""

    access: dict[str, Access] = field(default_factory=dict)
    refresh: dict[str, Refresh] = field(default_factory=dict)


class Identity:
    """One app: its id and secret, the scopes it may ask for and the tokens it holds."""

    def __init__(self, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self.client_id = "emulated-client"
        self.client_secret = "emulated-secret"  # noqa: S105 - an emulator's secrets are not secrets
        self.scopes = set(f"offline_access {BROAD} {GRANULAR}".split())
        self.tokens = Tokens()
        self._now = now
        self._new_id = new_id

    def consent(self, scope: str = f"offline_access {GRANULAR}") -> dict[str, object]:
        """What the app holds after a person has agreed in the browser: the token endpoint's answer, as a value."""
        return self._grant(scope, refreshing=True)

    def revoke_everything(self) -> None:
        """A person disconnects the app."""
        self.tokens = Tokens()

    def token(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST /connect/token: id and secret in the form or as Basic."""
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        if self._client(headers, form) != (self.client_id, self.client_secret):
            return answer(400, {"error": "invalid_client"})
        if form.get("grant_type") == "client_credentials":
            scope = form.get("scope") or " ".join(sorted(self.scopes - {"offline_access"}))
            if not set(scope.split()) <= self.scopes:
                return answer(400, {"error": "invalid_scope"})
            return answer(200, self._grant(scope, refreshing=False))
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form.get("refresh_token", ""))
        return answer(400, {"error": "unsupported_grant_type"})

    def refusal(self, headers: Mapping[str, str], method: str, resource: str) -> Answer | None:
        """The 401 for this call, None where the token allows it."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        access = self.tokens.access.get(given) if scheme.lower() == "bearer" else None
        if access is None:
            return problem(401, "Unauthorized", "AuthenticationUnsuccessful")
        if access.until <= self._now():
            return problem(401, "Unauthorized", f"TokenExpired: token expired at {access.until:%m/%d/%Y %H:%M:%S}")
        needed = READS.get(resource, SETTINGS) if method == "GET" else WRITES.get(resource, ())
        if resource != "connections" and not set(needed) & set(access.scope.split()):
            return problem(401, "Unauthorized", "AuthorizationUnsuccessful", {"WWW-Authenticate": 'error="insufficient_scope"'})
        return None

    def _refresh(self, given: str) -> Answer:
        now = self._now()
        held = self.tokens.refresh.get(given)
        if held is None or now > held.made_at + UNUSED or (held.used_at is not None and now > held.used_at + GRACE):
            return answer(400, {"error": "invalid_grant"})
        held.used_at = held.used_at or now
        return answer(200, self._grant(held.scope, refreshing=True))

    def _grant(self, scope: str, *, refreshing: bool) -> dict[str, object]:
        """Only the keys that xero-python takes: any other one breaks it."""
        now = self._now()
        access = f"access-{self._new_id()}"
        self.tokens.access[access] = Access(scope=scope, until=now + timedelta(seconds=ACCESS_SECONDS))
        granted: dict[str, object] = {
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "token_type": "Bearer",
            "scope": scope,
        }
        if refreshing:
            refresh = f"refresh-{self._new_id()}"
            self.tokens.refresh[refresh] = Refresh(scope=scope, made_at=now)
            granted["refresh_token"] = refresh
        return granted

    @staticmethod
    def _client(headers: Mapping[str, str], form: Mapping[str, str]) -> tuple[str, str]:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return form.get("client_id", ""), form.get("client_secret", "")
        try:
            name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return unquote(name), unquote(secret)
