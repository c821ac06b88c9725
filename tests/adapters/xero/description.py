"""Xero's own description of its API as an oracle: for every request we send and every answer the emulator gives.

Requests are held to it strictly: a field or a read-only value that the vendor does not describe is an error. Answers too, with
two allowances that the vendor's own examples make necessary: its envelope (Id, Status, ProviderName, DateTimeUTC) and the
`...String` twins of dates (a history's too) stand in every example and in no schema; and a 400 echoes whole elements although only their ids
and messages are described. Where an operation describes no answer for a status (401, 403, 404, 429, 5xx) there is nothing to check.
"""

import functools
import os
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

API = "/api.xro/2.0"
ENVELOPE = ("Id", "Status", "ProviderName", "DateTimeUTC")
TWINS = ("DateString", "DueDateString")
BAD_REQUEST = 400


def shared() -> Path:
    root = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").exists())
    return Path(os.environ.get("HOURBRIDGE_SHARED", root.parent / "shared"))


def described() -> bool:
    """Whether the vendor's description is on this machine."""
    return (shared() / "specs" / "xero" / "xero_accounting.yaml").exists()


@functools.cache
def _described(file: str, policy: str) -> OpenAPI:
    with (shared() / "specs" / "xero" / file).open(encoding="utf-8") as text:
        content = yaml.load(text, Loader=yaml.CSafeLoader)
    # Xero writes 23 defaults as 'false' in quotes, which a validator of descriptions refuses; it is not our subject.
    config = Config(spec_validator_cls=None, additional_properties_default_policy=policy)
    return OpenAPI.from_dict(content, config=config)


def check_request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
    """Raises AssertionError with every way in which the request departs from the description."""
    file = _file_of(target)
    if file is None:
        return
    errors = _quietly(_described(file, "forbid").iter_request_errors(_request(method, target, headers, body)))
    assert not errors, f"{method} {target}: " + "; ".join(map(_told, errors))


def check_answer(
    method: str,
    target: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    request_headers: Mapping[str, str],
) -> None:
    """Raises AssertionError with every way in which the answer departs from the description."""
    file = _file_of(target)
    if file is None:
        return
    policy = "allow" if status == BAD_REQUEST else "forbid"
    content_type = {name.lower(): value for name, value in headers.items()}.get("content-type", "")
    answer = MockResponse(data=_bare(body), status_code=status, content_type=content_type.partition(";")[0])
    request = _request(method, target, request_headers, b"")
    errors = _quietly(_described(file, policy).iter_response_errors(request, answer))
    if [type(error).__name__ for error in errors] == ["ResponseNotFound"] and status > BAD_REQUEST:
        return
    assert not errors, f"{status} to {method} {target}: " + "; ".join(map(_told, errors))


class Validating(httpx.BaseTransport):
    """Any transport, with both checks on whatever passes through it."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        sent = dict(request.headers)
        check_request(request.method, target, sent, request.read())
        response = self._inner.handle_request(request)
        response.read()
        check_answer(request.method, target, response.status_code, response.headers, response.content, request_headers=sent)
        return response


def _file_of(target: str) -> str | None:
    """Which description holds the target; the token endpoint stands in none. Where the descriptions are not on this machine nothing is
    held against them, and the tests of this oracle itself say that they were skipped.
    """
    if not described():
        return None
    path = urlsplit(target).path
    if path.startswith(API):
        return "xero_accounting.yaml"
    return "xero-identity.yaml" if path.lower() == "/connections" else None


def _request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> MockRequest:
    named = {name.lower(): value for name, value in headers.items()}
    split = urlsplit(target)
    return MockRequest(
        "https://api.xero.com",
        method.lower(),
        "/Connections" if split.path.lower() == "/connections" else split.path,
        args=dict(parse_qsl(split.query, keep_blank_values=True)),
        headers=named,
        data=body or None,
        content_type=named.get("content-type", "application/json").partition(";")[0],
    )


def _bare(body: bytes) -> bytes:
    """The answer without what only the vendor's examples have."""
    try:
        answer = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body
    if not isinstance(answer, dict):
        return body
    answer = {name: value for name, value in answer.items() if name not in ENVELOPE}
    for document in (*answer.get("Invoices", []), *answer.get("CreditNotes", [])):
        for twin in TWINS:
            document.pop(twin, None)
    for record in answer.get("HistoryRecords", []):
        record.pop("DateUTCString", None)
    return msgspec.json.encode(answer)


def _quietly(errors: Iterator[Exception]) -> list[Exception]:
    """openapi-core warns of every oauth2 scheme: it cannot check one. The emulator does, and its tests prove it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Unsupported scheme type")
        return list(errors)


def _told(error: Exception) -> str:
    parts = [type(error).__name__, str(error)]
    cause: BaseException | None = error.__cause__
    while cause is not None:
        parts.append(str(cause))
        parts.extend(str(one.message) for one in getattr(cause, "schema_errors", ()))
        cause = cause.__cause__
    return " / ".join(parts)
