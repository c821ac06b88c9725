"""Telling a program of the firm's own: a signed POST of JSON, through the same client as everything else."""

import hashlib
import hmac
from urllib.parse import urlsplit

from connector.errors import AuthError, RejectedError, TransientError
from connector.http.client import Client
from connector.http.exchange import Answered
from connector.http.pacing import Limits
from connector.ports import Host, Notice, NotSent, Request

SIGNATURE = "Hourbridge-Signature"
TIMEOUT_SECONDS = 30.0
_REFUSED, _SECONDS_MAX = 300, 60.0


class Webhook:
    """`Hourbridge-Signature: t=UNIX SECONDS,sha256=HEX`, the HMAC-SHA256 of `UNIX SECONDS.BODY` under the shared secret."""

    def __init__(self, host: Host, url: str, *, secret: str, allow_private: bool = False) -> None:
        parts = urlsplit(url)
        self._path = parts.path or "/"
        self._host, self._secret = host, secret.encode()
        base = parts._replace(path="").geturl()
        self._client = Client(host, base, limits=Limits(write_timeout_s=TIMEOUT_SECONDS), allow_private=allow_private)

    def tell(self, notice: Notice) -> None:
        """Raises TransientError, AuthError or RejectedError where nobody took it."""
        at = str(int(self._host.clock.now().timestamp()))
        headers = {"Content-Type": "application/json", SIGNATURE: f"t={at},sha256={signature(self._secret, at, notice.json)}"}
        deadline = self._host.clock.boot() + _SECONDS_MAX
        request = Request(operation="create", method="POST", url=self._path, body=notice.json, members=(), deadline_boot_s=deadline)
        written = self._client.write(request, headers=headers)
        self._client.close()
        if isinstance(written, Answered):
            if written.status >= _REFUSED:
                raise RejectedError(
                    f"the webhook answered {written.status}", to=self._host.name, next_step="Look at its own log", status=written.status
                )
            return
        if isinstance(written, NotSent) and written.why == "auth":
            raise AuthError("the webhook answered 401", to=self._host.name, next_step="Compare its secret with ours")
        raise TransientError(f"the webhook could not be told ({written.reason})", to=self._host.name, next_step="It is told again later")


def signature(secret: bytes, at: str, body: bytes) -> str:
    return hmac.new(secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()
