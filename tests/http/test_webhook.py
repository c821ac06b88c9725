"""A webhook is told once, signed, and its refusals are sorted."""

import hashlib
import hmac
import json

import httpx
import pytest

from connector.errors import AuthError, ConfigError, RejectedError, TransientError
from connector.http.webhook import SIGNATURE, Webhook
from connector.ports import Notice
from tests.fakes import FakeHost

NOTICE = Notice(subject="x", text="x", json=b'{"waits":[]}')
SECRET = "canary-webhook-secret"


def told(*answers):
    asked = []

    def answer(request):
        asked.append(request)
        found = answers[min(len(asked), len(answers)) - 1]
        if isinstance(found, Exception):
            raise found
        return found

    host = FakeHost(name="notifications.webhook", transports={"https://hooks.firm.example": httpx.MockTransport(answer)})
    Webhook(host, "https://hooks.firm.example/hourbridge", secret=SECRET).tell(NOTICE)
    return asked


def test_it_is_told_json_with_a_signature_over_time_and_body():
    (asked,) = told(httpx.Response(204))
    assert (asked.method, asked.url.path, json.loads(asked.content)) == ("POST", "/hourbridge", {"waits": []})
    at, signed = (part.partition("=")[2] for part in asked.headers[SIGNATURE].split(","))
    assert int(at) > 1_700_000_000
    assert signed == hmac.new(SECRET.encode(), at.encode() + b"." + asked.content, hashlib.sha256).hexdigest()
    assert SECRET not in str(asked.headers)


@pytest.mark.parametrize(
    ("answer", "error"),
    [(httpx.Response(404), RejectedError), (httpx.Response(401), AuthError), (httpx.Response(500), TransientError),
     (httpx.Response(302, headers={"Location": "https://elsewhere.example"}), TransientError), (httpx.ReadTimeout("slow"), TransientError),
     (httpx.ConnectError("nobody"), TransientError)],
)  # fmt: skip
def test_a_refusal_says_what_to_do(answer, error):
    with pytest.raises(error) as caught:
        told(answer)
    assert caught.value.next_step
    assert "canary" not in str(caught.value)


def test_it_is_not_told_over_a_line_that_others_read():
    with pytest.raises(ConfigError, match="plain http"):
        Webhook(FakeHost(), "http://hooks.firm.example/x", secret=SECRET)
