"""Who may look: personal access tokens, and the OAuth endpoints of id.getharvest.com as clients of others use them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct, field

from adapters.harvest.emulated.account import Account, User
from adapters.harvest.emulated.forms import Answer, answer, message

ACCESS_SECONDS = 1_209_599
FIRST_TOKEN = "emulated-token"  # noqa: S105 - an emulator's secrets are not secrets
INVALID = "The access token provided is expired, revoked, malformed or invalid for other reasons."


class Held(Struct, frozen=True, kw_only=True):
    """A token and whose it is; a personal one has no end."""

    user_id: int
    until: datetime | None = None


class Tokens(Struct, kw_only=True):
    access: dict[str, Held] = field(default_factory=dict)
    refresh: dict[str, int] = field(default_factory=dict)


class Identity:
    """The tokens of one account. The first administrator has `emulated-token` from the start."""

    def __init__(self, account: Account, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self.client_id = "emulated-client"
        self.client_secret = "emulated-secret"  # noqa: S105 - as above
        self.tokens = Tokens()
        self._account, self._now, self._new_id = account, now, new_id
        first = next((user.id for user in account.users.values() if user.access == "administrator"), None)
        if first is not None:
            self.tokens.access[FIRST_TOKEN] = Held(user_id=first)

    def personal_token(self, user_id: int) -> str:
        """A person makes one at id.getharvest.com/developers."""
        token = f"pat-{self._new_id()}"
        self.tokens.access[token] = Held(user_id=user_id)
        return token

    def consent(self, user_id: int) -> str:
        """The refresh token that an app holds after a person agreed in the browser."""
        token = f"refresh-{self._new_id()}"
        self.tokens.refresh[token] = user_id
        return token

    def revoke_everything(self) -> None:
        self.tokens = Tokens()

    def admit(self, headers: Mapping[str, str], *, account: bool = True) -> User | Answer:
        """Who calls, or why they may not: a name for the program first, then the token, then the account."""
        if not headers.get("user-agent", "").strip():
            return message(400, "Please include a User-Agent header with the name of your application and an e-mail or link")
        held = self.tokens.access.get(bearer(headers))
        user = self._account.users.get(held.user_id) if held is not None else None
        if held is None or user is None or not user.active or (held.until is not None and held.until <= self._now()):
            return answer(401, {"error": "invalid_token", "error_description": INVALID})
        if account and headers.get("harvest-account-id") != str(self._account.company.id):
            return message(403, "The token has no access to this account")
        return user

    def exchange(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST /api/v2/oauth2/token with a form or JSON. A refresh token goes on working."""
        form = _form(headers, body)
        user_id = self.tokens.refresh.get(str(form.get("refresh_token", "")))
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return answer(401, {"error": "invalid_client", "error_description": "Client authentication failed."})
        if form.get("grant_type") != "refresh_token" or user_id is None:
            return answer(400, {"error": "invalid_grant", "error_description": "The grant is invalid, expired or revoked."})
        access = f"access-{self._new_id()}"
        self.tokens.access[access] = Held(user_id=user_id, until=self._now() + timedelta(seconds=ACCESS_SECONDS))
        granted = {"access_token": access, "refresh_token": form["refresh_token"], "token_type": "bearer", "expires_in": ACCESS_SECONDS}
        return answer(200, granted)

    def accounts(self, headers: Mapping[str, str]) -> Answer:
        """GET /api/v2/accounts: which accounts a token reaches."""
        user = self.admit(headers, account=False)
        if not isinstance(user, User):
            return user
        company = self._account.company
        said = {"id": user.id, "first_name": user.first_name, "last_name": user.last_name, "email": f"{user.id}@example.com"}
        return answer(200, {"user": said, "accounts": [{"id": company.id, "name": company.name, "product": "harvest"}]})


def bearer(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _form(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    if "json" not in headers.get("content-type", ""):
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    try:
        said = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return said if isinstance(said, dict) else {}
