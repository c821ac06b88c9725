"""`hourbridge notify`, from config.yaml to a webhook on this machine; and what config.yaml may say of it."""

import http.server
import json
import threading

import pytest


@pytest.fixture
def hook():
    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            told.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    told = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/told", told
    server.shutdown()
    server.server_close()


def configured(folder, said):
    config = folder / "config.yaml"
    config.write_text(f"notifications:\n{said}{config.read_text()}")


@pytest.fixture
def hooked(folder, run, hook):
    address, told = hook
    secret = folder / "webhook-secret"
    secret.write_text("canary-webhook-secret\n")
    secret.chmod(0o600)
    configured(folder, f"  webhook: {{url: '{address}', secret: 'file:webhook-secret'}}\n")
    run("pull")
    return run, told


def test_what_waits_is_told_once(hooked):
    run, told = hooked
    done = run("notify")
    assert (done.code, done.out) == (0, "")
    assert "Told by webhook." in done.err
    headers, body = told[0]
    assert headers["Hourbridge-Signature"].startswith("t=")
    assert json.loads(body)["waits"][0]["key"].startswith("unmatched:")
    assert b"Acme" not in body
    assert "Nothing new to tell." in run("notify").err
    assert len(told) == 1


def test_a_test_goes_whatever_waits(hooked):
    run, told = hooked
    assert run("notify", "--test").code == 0
    assert run("notify", "--test").code == 0
    assert [json.loads(body)["test"] for _, body in told] == [True, True]


def test_a_failure_is_told_and_a_firm_without_any_way_is_told_so(folder, run):
    assert "Add `notifications:` to config.yaml" in run("notify").err
    configured(folder, "  smtp: {host: 127.0.0.1, port: 1, security: none, from: a@b.example, to: c@d.example}\n")
    done = run("notify", "--test")
    assert done.code == 4
    assert "smtp: notifications.smtp: the mail server could not be used" in done.err


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("  at: 25:00\n  webhook: {url: 'https://x.example', secret: 'env:X'}\n", "'25:00' is no time of day"),
        ("  every_hours: 5\n  webhook: {url: 'https://x.example', secret: 'env:X'}\n", "'5' does not divide a day"),
        ("  at: 08:00\n", "nobody is told"),
        ("  zone: Nowhere\n  webhook: {url: 'https://x.example', secret: 'env:X'}\n", "no time zone 'Nowhere'"),
        ("  webhook: {url: 'https://x.example', secret: canary}\n", "`secret` is written as plain text"),
        ("  smtp: {host: mail.example, security: none, from: a@b.example, to: c@d.example}\n", "mail would go unencrypted"),
        ("  smtp: {host: mail.example, user: me, from: a@b.example, to: c@d.example}\n", "`user` and `password` belong together"),
        ("  smtp: {host: mail.example, from: a@b.example, to: [c@d.example, nobody]}\n", "'nobody' is no mail address"),
        ("  smtp: {host: mail.example, from: 'a@b.example\\nBcc: x@y.example', to: c@d.example}\n", "is no mail address"),
        (
            "  smtp: {host: mail.example, password: canary, user: x, from: a@b.example, to: c@d.example}\n",
            "`password` is written as plain text",
        ),
    ],
)
def test_what_notifications_cannot_say_is_refused(folder, run, said, problem):
    configured(folder, said)
    done = run("check")
    assert done.code == 2
    assert problem in done.err
    assert "canary" not in done.err
