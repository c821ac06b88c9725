"""Where tokens come from (RFC 6749)."""

import math
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from connector.errors import AuthError, TransientError
from connector.http.addresses import base_of
from connector.http.decoding import UnreadableError, decode
from connector.http.exchange import Answered, Exchange, LostError, NotReachedError
from connector.http.pacing import Limits, Pace
from connector.http.redaction import redact
from connector.ports import Host

_REDIRECT, _TIMED_OUT, _TOO_MANY, _BROKEN = 300, 408, 429, 500
_SHOWN_MAX = 300
_TIMEOUT_SECONDS = 30.0
_BODY_BYTES_MAX = 1_000_000
_LIFETIME_SECONDS_MAX = 100 * 366 * 86_400
_PUBLIC = ("grant_type", "client_id", "scope", "redirect_uri")


class TokenReply(Struct, frozen=True):
    """What a token endpoint answers (section 5.1); unknown fields are ignored. The last is one vendor's own: seconds left to the
    refresh token.
    """

    access_token: str = ""
    refresh_token: str = ""
    expires_in: int = 0
    x_refresh_token_expires_in: int = 0

    def __repr__(self) -> str:
        return f"TokenReply(expires_in={self.expires_in})"


def _fits_a_header(token: str) -> bool:
    """Visible ASCII (RFC 6750 section 2.1), as every vendor's tokens are."""
    return token.isascii() and (not token or token.isprintable()) and " " not in token


class TokenEndpoint:
    """`mounted_at` is the path under which the endpoint stands in a sandbox, for it to be found by its base address."""

    def __init__(self, host: Host, token_url: str, *, mounted_at: str, allow_private: bool = False) -> None:
        url = base_of(token_url, allow_private=allow_private, whose=host.name)
        origin = url.removesuffix(mounted_at)
        if origin == url:
            origin = urlsplit(url)._replace(path="").geturl()
        self._host = host
        self._path = url.removeprefix(origin)
        self._pace = Pace(host, Limits())
        self._exchange = Exchange(host, origin, in_flight=1, body_bytes_max=_BODY_BYTES_MAX, request_id_header="x-request-id")

    def ask(self, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> TokenReply:
        """Asks once: a lost answer may have rotated the pair, and only the caller's next run may ask again.

        Raises AuthError for a refusal (section 5.2), TransientError for anything that may pass.
        """
        try:
            answer = self._exchange.send(
                "POST",
                self._path,
                body=urlencode(form).encode(),
                headers={"Content-Type": "application/x-www-form-urlencoded", **(headers or {})},
                timeout_s=_TIMEOUT_SECONDS,
                deadline_boot_s=math.inf,
            )
        except (NotReachedError, LostError) as error:
            raise self._none(str(error), None) from None
        if answer.status >= _BROKEN or answer.status in (_TIMED_OUT, _TOO_MANY):
            raise self._none(f"the token endpoint answered {answer.status}", self._pace.asked_pause(answer))
        if answer.status >= _REDIRECT:
            raise self._refused(answer, form)
        try:
            reply = decode(answer.body, TokenReply)
        except UnreadableError as error:
            raise self._none(f"the token endpoint answered, but {error}", None) from None
        if not all(_fits_a_header(token) for token in (reply.access_token, reply.refresh_token)):
            raise self._none("the token endpoint answered, but with a token that no header can carry", None)
        if not all(0 <= seconds <= _LIFETIME_SECONDS_MAX for seconds in (reply.expires_in, reply.x_refresh_token_expires_in)):
            raise self._none("the token endpoint answered, but with a lifetime that no token has", None)
        return reply

    def close(self) -> None:
        self._exchange.close()

    def _refused(self, answer: Answered, form: Mapping[str, str]) -> AuthError:
        secrets = tuple(value for name, value in form.items() if name not in _PUBLIC)
        said = " ".join(redact(answer.body.decode(errors="replace"), secrets).split())[:_SHOWN_MAX]
        name = self._host.name
        kept = f". After a new client_id the tokens kept in the state are another's: `hourbridge forget-tokens {name}`, then a fresh one"
        if form.get("grant_type") != "refresh_token":
            kept = ""
        elif "invalid_grant" in said:
            return AuthError(
                f"the refresh token is no longer taken, it was replaced, revoked or unused for too long: the token endpoint answered {said}",
                to=name,
                next_step=f"Authorise again and put the fresh refresh token where refresh_token of connection {name} in config.yaml points{kept}",
            )
        return AuthError(
            f"the token endpoint answered {answer.status}: {said}",
            to=name,
            next_step=f"Check client_id, client_secret, refresh_token and scopes of connection {name} in config.yaml{kept}",
        )

    def _none(self, why: str, seconds: float | None) -> TransientError:
        return TransientError(why, to=self._host.name, next_step="Nothing was lost; the next run asks again", seconds=seconds)
