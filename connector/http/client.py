"""A vendor's API as an adapter sees it: `get` answers or raises, `write` tells what became of it."""

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Generic, Literal, TypeVar
from urllib.parse import urlencode

from msgspec import Struct

from connector.errors import AuthError, HourbridgeError, RejectedError, TransientError
from connector.http.addresses import base_of, path_of
from connector.http.authority import Authority
from connector.http.decoding import UnreadableError, decode
from connector.http.exchange import Answered, Exchange, LostError, NotReachedError, TooLateError, Written
from connector.http.pacing import Limits, Pace, http_date, path, spoken
from connector.http.redaction import redact
from connector.ports import Host, NotSent, Request, Tokens, Unknown

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")
_OK, _NO_CONTENT, _REDIRECT, _NOT_MODIFIED, _BAD = 200, 204, 300, 304, 400
_UNAUTHORISED, _FORBIDDEN, _TIMED_OUT, _TOO_MANY, _BROKEN = 401, 403, 408, 429, 500
_SHOWN_MAX = 600


class Read(Struct, Generic[T], frozen=True, kw_only=True):
    """A decoded answer. `asked_at` is the server's own clock when it answered, None where it does not tell."""

    value: T
    headers: Mapping[str, str]
    asked_at: datetime | None


class _AgainError(Exception):
    """A read that may be repeated; `seconds` is what the vendor asked for, None where it did not say."""

    def __init__(self, what: str, seconds: float | None = None) -> None:
        super().__init__(what)
        self.seconds = seconds


class Client:
    """One API under one credential. Safe to share between threads. `headers` go with every request; `throttled` knows a
    vendor's other ways of saying 429.
    """

    def __init__(
        self,
        host: Host,
        base_url: str,
        *,
        limits: Limits,
        authority: Authority | None = None,
        headers: Mapping[str, str] | None = None,
        allow_private: bool = False,
        request_id_header: str = "x-request-id",
        throttled: Callable[[Answered], bool] = lambda _answer: False,
    ) -> None:
        self.base_url = base_of(base_url, allow_private=allow_private, whose=host.name)
        self._host = host
        self._limits = limits
        self._authority = authority
        self._headers = dict(headers or {})
        self._pace = Pace(host, limits)
        self._throttled = throttled
        self._exchange = Exchange(
            host,
            self.base_url,
            in_flight=limits.in_flight,
            body_bytes_max=limits.body_bytes_max,
            request_id_header=request_id_header,
        )

    def path_of(self, link: str) -> str:
        """A `next` link of the vendor as a path for `get`; refused when it leads to another host."""
        return path_of(link, self.base_url)

    def close(self) -> None:
        """Closes the connections; a later request opens them again."""
        self._exchange.close()

    # ---- reads ----------------------------------------------------------------------------------------------------------

    def get(
        self,
        target: str,
        as_: type[T],
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Read[T]:
        """Reads JSON, repeating what failed on the way. "Nothing new" (204, 304) is read as an empty object.

        Raises TransientError (with `seconds` where the vendor said when), AuthError, or RejectedError for any other 4xx.
        """
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt  # noqa: PLC0415  # 44 ms, when used

        target = f"{target}?{urlencode(params)}" if params else target
        attempts = Retrying(
            stop=stop_after_attempt(self._limits.reads_max),
            retry=retry_if_exception_type(_AgainError),
            wait=self._seconds_before_repeat,
            sleep=self._host.clock.sleep,
            reraise=True,
        )
        try:
            return attempts(self._read, target, as_, headers or {})
        except _AgainError as error:
            raise TransientError(
                f"GET {path(target)}: {error}, {self._limits.reads_max} times",
                to=self._host.name,
                next_step="Nothing was lost; the next run asks again",
                seconds=error.seconds,
            ) from None

    def _read(self, target: str, as_: type[T], headers: Mapping[str, str]) -> Read[T]:
        tokens = self._tokens()
        answer = self._first_answer(target, headers, tokens)
        if tokens is not None and self._authority is not None and (answer is None or _is_refused(answer)):
            tokens = self._authority.renew(tokens)
            answer = self._ask(target, headers, tokens)
        assert answer is not None
        self._refuse_failed_read(target, answer, tokens)
        body = b"{}" if answer.status in (_NO_CONTENT, _NOT_MODIFIED) else answer.body
        try:
            value = decode(body, as_)
        except UnreadableError as error:
            raise _AgainError(f"answered, but {error}{_named(answer)}") from None
        return Read(value=value, headers=answer.headers, asked_at=http_date(answer.headers.get("date")))

    def _first_answer(self, target: str, headers: Mapping[str, str], tokens: Tokens | None) -> Answered | None:
        """None where the vendor refused the credential before it could be used here: whom it may reach is asked with it too."""
        try:
            return self._ask(target, headers, tokens)
        except AuthError:
            if tokens is None or self._authority is None:
                raise
            return None

    def _ask(self, target: str, headers: Mapping[str, str], tokens: Tokens | None) -> Answered:
        try:
            with self._pace.turn(target, reads=True):
                return self._exchange.send(
                    "GET",
                    target,
                    body=None,
                    headers={**self._headers, **headers, **self._credential(tokens)},
                    timeout_s=self._limits.read_timeout_s,
                    deadline_boot_s=math.inf,
                )
        except (NotReachedError, LostError) as error:
            raise _AgainError(str(error)) from None

    def _refuse_failed_read(self, target: str, answer: Answered, tokens: Tokens | None) -> None:
        """The one table from a read's status to what the caller must do."""
        status, what = answer.status, f"GET {path(target)} was answered {answer.status}{_named(answer)}"
        connect = f"renew the credentials of connection {self._host.name} in config.yaml"
        if status == _TOO_MANY or self._throttled(answer):
            seconds = self._pace.stop(answer)
            if self._pace.may_wait(seconds):
                raise _AgainError(f"answered {status}{_named(answer)}", seconds)
            raise TransientError(what, to=self._host.name, next_step=f"Come back in {spoken(seconds)}", seconds=seconds)
        if status >= _BROKEN or status == _TIMED_OUT:
            raise _AgainError(f"answered {status}{_named(answer)}", self._pace.asked_pause(answer))
        if status == _UNAUTHORISED:
            raise AuthError(f"{what}{_no_scope(answer)}", to=self._host.name, next_step=f"Authorise again: {connect}", status=status)
        if _REDIRECT <= status < _BAD and status != _NOT_MODIFIED:
            next_step = "Redirects are not followed; compare base_url with the vendor's documentation"
            raise RejectedError(what, to=self._host.name, next_step=next_step, status=status)
        if status < _BAD:
            return
        body = redact(answer.body.decode(errors="replace"), _known(tokens))
        what = f"{what}: {' '.join(body.split())[:_SHOWN_MAX]}"
        if status == _FORBIDDEN:
            next_step = f"Give the credential that permission, or {connect}"
            raise AuthError(what, to=self._host.name, next_step=next_step, status=status)
        next_step = "Nothing was changed; compare base_url and the connection's settings with the vendor's documentation"
        raise RejectedError(what, to=self._host.name, next_step=next_step, status=status, body=body.encode())

    def _seconds_before_repeat(self, state: "RetryCallState") -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.seconds if isinstance(error, _AgainError) else None
        return self._pace.before_repeat(str(state.args[0]), state.attempt_number, asked)

    # ---- writes ---------------------------------------------------------------------------------------------------------

    def write(self, request: Request, *, headers: Mapping[str, str] | None = None) -> Written:
        """Sends exactly `request`, never after its deadline. Raises nothing for what the vendor or the network does.

        It goes once; again only after no connection, a 401 (once, with a renewed credential) or a 429. An answer is below 500.
        """
        refused: Tokens | None = None
        written: Written = NotSent("never tried")
        for attempt in range(1, self._limits.writes_max + 1):
            tokens = self._tokens_for_write(refused)
            if isinstance(tokens, NotSent):
                return tokens
            written = self._write_once(request, headers or {}, tokens)
            pause: float | None = None
            if isinstance(written, Answered) and written.status == _UNAUTHORISED:
                pause = 0.0 if tokens is not None and refused is None and not _no_scope(written) else None
                refused, written = tokens, self._unauthorised(written)
            elif isinstance(written, NotSent) and written.why in ("offline", "limit"):
                pause = self._pace.before_repeat(request.url, attempt, written.seconds)
                pause = max(pause, written.seconds or 0.0)
            if pause is None or attempt == self._limits.writes_max or not self._pace.may_wait(pause, request.deadline_boot_s):
                break
            self._host.clock.sleep(pause)
        return written

    def _write_once(self, request: Request, headers: Mapping[str, str], tokens: Tokens | None) -> Written:
        try:
            with self._pace.turn(request.url, request.deadline_boot_s):
                answer = self._exchange.send(
                    request.method,
                    request.url,
                    body=request.body,
                    headers={**self._headers, **headers, **self._credential(tokens)},
                    timeout_s=self._limits.write_timeout_s,
                    deadline_boot_s=request.deadline_boot_s,
                )
        except HourbridgeError as error:
            return _not_sent(error, "limit")
        except TooLateError as error:
            return NotSent(str(error), "deadline")
        except NotReachedError as error:
            return NotSent(str(error), "offline")
        except LostError as error:
            return Unknown(str(error))
        if answer.status == _TOO_MANY or self._throttled(answer):
            seconds = self._pace.stop(answer)
            return NotSent(f"answered {answer.status}{_named(answer)}: come back in {spoken(seconds)}", "limit", seconds)
        # A vendor that broke on the way, or points elsewhere, may have stored it; so may one behind a proxy that gave up waiting.
        if answer.status >= _BROKEN or answer.status == _TIMED_OUT or not (_OK <= answer.status < _REDIRECT or answer.status >= _BAD):
            return Unknown(f"answered {answer.status}{_named(answer)}")
        return answer

    def _tokens_for_write(self, refused: Tokens | None) -> Tokens | NotSent | None:
        try:
            return self._tokens() if refused is None or self._authority is None else self._authority.renew(refused)
        except HourbridgeError as error:
            return _not_sent(error, "offline")

    def _unauthorised(self, answer: Answered) -> NotSent:
        what = f"{self._host.name}: answered 401{_named(answer)}{_no_scope(answer)}"
        return NotSent(f"{what}. Authorise again: renew the credentials of connection {self._host.name} in config.yaml", "auth")

    # ---- the credential -------------------------------------------------------------------------------------------------

    def _tokens(self) -> Tokens | None:
        return self._authority.tokens() if self._authority is not None else None

    def _credential(self, tokens: Tokens | None) -> Mapping[str, str]:
        return self._authority.headers(tokens) if self._authority is not None and tokens is not None else {}


def _not_sent(error: HourbridgeError, later: Literal["limit", "offline"]) -> NotSent:
    """What failed before a byte left: it may pass, or somebody must mend the credential."""
    return NotSent(str(error), later, error.seconds) if isinstance(error, TransientError) else NotSent(str(error), "auth")


def _known(tokens: Tokens | None) -> tuple[str, ...]:
    return (tokens.access, tokens.refresh) if tokens is not None else ()


def _named(answer: Answered) -> str:
    return f" (request id {answer.request_id})" if answer.request_id else ""


def _is_refused(answer: Answered) -> bool:
    """Whether a renewed credential may do better."""
    return answer.status == _UNAUTHORISED and not _no_scope(answer)


def _no_scope(answer: Answered) -> str:
    """Says so, where the credential lacks a permission: a renewed token would lack it too. Vendors misspell it."""
    said = answer.headers.get("www-authenticate", "").lower()
    lacks = "insufficient_scope" in said or "insufficent_scope" in said
    return ": the credential lacks a permission (scope)" if lacks else ""
