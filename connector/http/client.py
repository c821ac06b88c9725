"""A vendor's API as an adapter sees it: `get` answers or raises, `write` tells what became of it."""

import math
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec import Struct

from connector.errors import AuthError, HourbridgeError, RejectedError, TransientError
from connector.http.addresses import base_of, path_of
from connector.http.authority import Authority
from connector.http.exchange import Answered, Exchange, LostError, NotReachedError, TooLateError, Written
from connector.http.redaction import redact
from connector.ports import Host, NotSent, Request, Tokens, Unknown

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")
_OK, _NO_CONTENT, _REDIRECT, _NOT_MODIFIED, _BAD = 200, 204, 300, 304, 400
_UNAUTHORISED, _FORBIDDEN, _TIMED_OUT, _TOO_MANY, _BROKEN = 401, 403, 408, 429, 500
_PAUSE_UNSAID_SECONDS = 60.0
_PAUSE_SECONDS_MAX = 2 * 86_400.0
_SHOWN_BODY_MAX = 600


class Limits(Struct, frozen=True, kw_only=True):
    """How a vendor wants to be asked, per credential. `per_minute`, `per_day`: calls in a rolling window, 0 is not counted.

    `wait_seconds_max` is the longest sleep for a turn or a repeat; longer waits are told to the caller. Times are seconds.
    """

    per_minute: int = 0
    per_day: int = 0
    in_flight: int = 4
    reads_max: int = 4
    writes_max: int = 3
    wait_seconds_max: float = 75.0
    read_timeout_s: float = 60.0
    write_timeout_s: float = 60.0
    body_bytes_max: int = 64_000_000


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
    """One API under one credential. Safe to share between threads."""

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
    ) -> None:
        self.base_url = base_of(base_url, allow_private=allow_private, whose=host.name)
        self._host = host
        self._limits = limits
        self._authority = authority
        self._headers = dict(headers or {})
        self._exchange = Exchange(
            host,
            self.base_url,
            in_flight=limits.in_flight,
            body_bytes_max=limits.body_bytes_max,
            request_id_header=request_id_header.lower(),
        )

    # ---- reads ----------------------------------------------------------------------------------------------------------

    def get(
        self,
        path: str,
        as_: type[T],
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Read[T]:
        """Reads JSON, repeating what failed on the way. "Nothing new" (204, 304) is read as an empty object.

        Raises TransientError (with `seconds` where the vendor said when), AuthError, or RejectedError for any other 4xx.
        """
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt  # noqa: PLC0415  # 44 ms, only when used

        target = f"{path}?{urlencode(params)}" if params else path
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
                f"GET {_path(target)}: {error}, {self._limits.reads_max} times",
                to=self._host.name,
                next_step="Nothing was lost; the next run asks again",
                seconds=error.seconds,
            ) from None

    def path_of(self, link: str) -> str:
        """A `next` link of the vendor as a path for `get`; refused when it leads to another host."""
        return path_of(link, self.base_url)

    def close(self) -> None:
        """Closes the connections; a later request opens them again."""
        self._exchange.close()

    def _read(self, target: str, as_: type[T], headers: Mapping[str, str]) -> Read[T]:
        tokens = self._tokens()
        answer = self._ask(target, headers, tokens)
        if (
            answer.status == _UNAUTHORISED
            and tokens is not None
            and self._authority is not None
            and not _lacks_scope(answer)
        ):
            tokens = self._authority.renew(tokens)
            answer = self._ask(target, headers, tokens)
        self._refuse_failed_read(target, answer, tokens)
        try:
            value = msgspec.json.decode(
                answer.body if answer.status not in (_NO_CONTENT, _NOT_MODIFIED) else b"{}", type=as_
            )
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _AgainError(f"the answer cannot be read ({error}){_named(answer)}") from None
        return Read(value=value, headers=answer.headers, asked_at=_date(answer.headers.get("date")))

    def _ask(self, target: str, headers: Mapping[str, str], tokens: Tokens | None) -> Answered:
        self._take_turn(target, math.inf)
        try:
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
        status, what = answer.status, f"GET {_path(target)} was answered {answer.status}{_named(answer)}"
        if status == _TOO_MANY:
            raise self._stopped(answer, what)
        if status >= _BROKEN or status == _TIMED_OUT:
            raise _AgainError(f"answered {status}{_named(answer)}", self._asked_pause(answer, None))
        if status == _UNAUTHORISED:
            raise AuthError(
                what + (": the credential lacks a permission (scope)" if _lacks_scope(answer) else ""),
                to=self._host.name,
                next_step=f"Authorise again: hourbridge connect {self._host.name}",
            )
        if status == _FORBIDDEN:
            raise AuthError(
                f"{what}: {self._shown(answer, tokens)}",
                to=self._host.name,
                next_step=f"Give the credential that permission, or authorise another: hourbridge connect {self._host.name}",
            )
        if _REDIRECT <= status < _BAD and status != _NOT_MODIFIED:
            next_step = "Redirects are not followed; compare base_url with the vendor's documentation"
            raise RejectedError(what, to=self._host.name, next_step=next_step, status=status)
        if status >= _BAD:
            body = redact(answer.body.decode(errors="replace"), _known(tokens)).encode()
            raise RejectedError(f"{what}: {self._shown(answer, tokens)}", to=self._host.name, status=status, body=body)

    def _stopped(self, answer: Answered, what: str) -> Exception:
        """A 429: the whole credential pauses, over all processes and restarts; a long pause is told, not slept through."""
        seconds = self._asked_pause(answer, _PAUSE_UNSAID_SECONDS) or 0.0
        self._host.keeper.pause("minute", seconds)
        if seconds <= self._limits.wait_seconds_max:
            return _AgainError(f"answered {answer.status}{_named(answer)}", seconds)
        return TransientError(what, to=self._host.name, next_step=f"Come back in {_spoken(seconds)}", seconds=seconds)

    # ---- writes ---------------------------------------------------------------------------------------------------------

    def write(self, request: Request, *, headers: Mapping[str, str] | None = None) -> Written:
        """Sends exactly `request` once; again only after no connection, a 401 (with a renewed credential, once) or a 429, and
        never after its deadline. Raises nothing for what the vendor or the network does.
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
                again = tokens is not None and refused is None and not _lacks_scope(written)
                refused, written = tokens, self._unauthorised(written)
                pause = 0.0 if again else None
            elif isinstance(written, NotSent) and written.why in ("offline", "limit"):
                pause = written.seconds if written.seconds is not None else self._backoff(request.url, attempt)
            if (
                pause is None
                or attempt == self._limits.writes_max
                or not self._may_wait(pause, request.deadline_boot_s)
            ):
                break
            self._host.clock.sleep(pause)
        return written

    def post_form(
        self, path: str, form: Mapping[str, str], as_: type[T], *, headers: Mapping[str, str] | None = None
    ) -> T:
        """Asks a token endpoint, once: a lost answer may have rotated the pair, and only the caller's next run may ask again.

        Raises AuthError for a refusal (RFC 6749, section 5.2), TransientError for anything that may pass.
        """
        try:
            answer = self._exchange.send(
                "POST",
                path,
                body=urlencode(form).encode(),
                headers={**self._headers, "Content-Type": "application/x-www-form-urlencoded", **(headers or {})},
                timeout_s=self._limits.write_timeout_s,
                deadline_boot_s=math.inf,
            )
        except (NotReachedError, LostError) as error:
            raise self._no_tokens(str(error), None) from None
        if answer.status == _TOO_MANY or answer.status >= _BROKEN or answer.status in (_TIMED_OUT, _NOT_MODIFIED):
            raise self._no_tokens(f"answered {answer.status}{_named(answer)}", self._asked_pause(answer, None))
        if answer.status >= _REDIRECT:
            known = tuple(value for name, value in form.items() if name != "grant_type")
            raise AuthError(
                f"POST {path} was answered {answer.status}: {redact(answer.body.decode(errors='replace'), known)[:_SHOWN_BODY_MAX]}",
                to=self._host.name,
                next_step=f"Check client_id and client_secret, or authorise again: hourbridge connect {self._host.name}",
            )
        try:
            return msgspec.json.decode(answer.body, type=as_)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._no_tokens("the answer cannot be read", None) from None

    def _write_once(self, request: Request, headers: Mapping[str, str], tokens: Tokens | None) -> Written:
        try:
            self._take_turn(request.url, request.deadline_boot_s)
            answer = self._exchange.send(
                request.method,
                request.url,
                body=request.body,
                headers={**self._headers, **headers, **self._credential(tokens)},
                timeout_s=self._limits.write_timeout_s,
                deadline_boot_s=request.deadline_boot_s,
            )
        except TransientError as error:
            return NotSent(str(error), "limit", error.seconds)
        except HourbridgeError as error:
            return NotSent(str(error), "auth")
        except TooLateError as error:
            return NotSent(str(error), "deadline")
        except NotReachedError as error:
            return NotSent(str(error), "offline")
        except LostError as error:
            return Unknown(str(error))
        if answer.status == _TOO_MANY:
            seconds = self._asked_pause(answer, _PAUSE_UNSAID_SECONDS) or 0.0
            self._host.keeper.pause("minute", seconds)
            return NotSent(f"answered 429{_named(answer)}: come back in {_spoken(seconds)}", "limit", seconds)
        # A vendor that broke on the way, or points elsewhere, may have stored it; so may a proxy that gave up waiting.
        if (
            answer.status >= _BROKEN
            or answer.status == _TIMED_OUT
            or answer.status < _OK
            or _REDIRECT <= answer.status < _BAD
        ):
            return Unknown(f"answered {answer.status}{_named(answer)}")
        return answer

    def _tokens_for_write(self, refused: Tokens | None) -> Tokens | NotSent | None:
        try:
            if refused is not None and self._authority is not None:
                return self._authority.renew(refused)
            return self._tokens()
        except TransientError as error:
            return NotSent(str(error), "offline", error.seconds)
        except HourbridgeError as error:
            return NotSent(str(error), "auth")

    def _unauthorised(self, answer: Answered) -> NotSent:
        scope = ": the credential lacks a permission (scope)" if _lacks_scope(answer) else ""
        return NotSent(
            f"{self._host.name}: answered 401{_named(answer)}{scope}. Authorise again: hourbridge connect {self._host.name}",
            "auth",
        )

    # ---- turns and waits ------------------------------------------------------------------------------------------------

    def _take_turn(self, target: str, deadline_boot_s: float) -> None:
        """Takes one call of each budget, waiting a short while for it. Raises TransientError when the wait would be long."""
        limits = self._limits
        waited = 0.0
        for budget, calls_max, window_seconds in (("day", limits.per_day, 86_400), ("minute", limits.per_minute, 60)):
            while calls_max and (seconds := self._host.keeper.spend(budget, calls_max, window_seconds)) > 0.0:
                # Two waits' worth in all: other threads may take the turn that was waited for.
                if waited + seconds > 2 * limits.wait_seconds_max or not self._may_wait(seconds, deadline_boot_s):
                    raise TransientError(
                        f"{_path(target)}: the budget of {calls_max} calls a {budget} is used up, or the vendor asked for a pause",
                        to=self._host.name,
                        next_step=f"The next call is free in {_spoken(seconds)}",
                        seconds=seconds,
                    )
                self._host.clock.sleep(seconds)
                waited += seconds

    def _may_wait(self, seconds: float, deadline_boot_s: float) -> bool:
        return seconds <= self._limits.wait_seconds_max and self._host.clock.boot() + seconds < deadline_boot_s

    def _seconds_before_repeat(self, state: "RetryCallState") -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.seconds if isinstance(error, _AgainError) else None
        backoff = self._backoff(str(state.args[0]) if state.args else "", state.attempt_number)
        return backoff if asked is None else min(asked + backoff / 10, self._limits.wait_seconds_max)

    def _backoff(self, target: str, attempt: int) -> float:
        """1 to 2, 2 to 4, 4 to 8 … seconds. The spread comes from the clock, so that a simulated history repeats itself."""
        spread = zlib.crc32(f"{self._host.name} {target} {attempt} {self._host.clock.boot()!r}".encode()) / 2**32
        return min(2.0 ** (attempt - 1) * (1 + spread), self._limits.wait_seconds_max)

    def _asked_pause(self, answer: Answered, unsaid: float | None) -> float | None:
        """Retry-After in seconds: a number, or a date by the server's own clock; `unsaid` where there is none."""
        said = answer.headers.get("retry-after", "").strip()
        if said.isascii() and said.isdigit():
            return min(float(said[:9]), _PAUSE_SECONDS_MAX)
        moment = _date(said)
        if moment is None:
            return unsaid
        now = _date(answer.headers.get("date")) or self._host.clock.now()
        return min(max((moment - now).total_seconds(), 0.0), _PAUSE_SECONDS_MAX)

    # ---- small change ---------------------------------------------------------------------------------------------------

    def _tokens(self) -> Tokens | None:
        return self._authority.tokens() if self._authority is not None else None

    def _credential(self, tokens: Tokens | None) -> Mapping[str, str]:
        return self._authority.headers(tokens) if self._authority is not None and tokens is not None else {}

    def _shown(self, answer: Answered, tokens: Tokens | None) -> str:
        """The start of a refusal, for a person: without credentials and without line breaks."""
        text = answer.body[: 4 * _SHOWN_BODY_MAX].decode(errors="replace")
        return " ".join(redact(text, _known(tokens)).split())[:_SHOWN_BODY_MAX]

    def _no_tokens(self, why: str, seconds: float | None) -> TransientError:
        return TransientError(
            f"no token: {why}",
            to=self._host.name,
            next_step="Nothing was lost; the next run asks again",
            seconds=seconds,
        )


def _path(target: str) -> str:
    return urlsplit(target).path


def _known(tokens: Tokens | None) -> tuple[str, ...]:
    return (tokens.access, tokens.refresh) if tokens is not None else ()


def _named(answer: Answered) -> str:
    return f" (request id {answer.request_id})" if answer.request_id else ""


def _lacks_scope(answer: Answered) -> bool:
    """A renewed token would lack it too. One vendor spells it `insufficent_scope`."""
    said = answer.headers.get("www-authenticate", "").lower()
    return "insufficient_scope" in said or "insufficent_scope" in said


def _date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _spoken(seconds: float) -> str:
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
