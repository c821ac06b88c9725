"""Mail against a server of our own on this machine, and every way in which one refuses."""

import base64
import socketserver
import ssl
import threading
from email import message_from_bytes, policy

import pytest

from connector.errors import AuthError, ConfigError, RejectedError, TransientError
from connector.mail import Mailer
from connector.ports import Notice

NOTICE = Notice(subject="Hourbridge: 3 things wait for you", text="- nz: 2 entries are unmatched\n- naïve café\n", json=b"{}")
PASSWORD = "canary-mail-password"


class Post(socketserver.ThreadingTCPServer):
    """Takes mail as RFC 5321 says; `refuses` maps a verb to what it answers instead."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, *, offers: str = "AUTH PLAIN", refuses: dict[str, str] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Line)
        self.offers, self.refuses = offers, refuses or {}
        self.mails: list[bytes] = []
        self.logins: list[str] = []

    @property
    def port(self) -> int:
        return self.server_address[1]


class Line(socketserver.StreamRequestHandler):
    server: Post

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("220 ours")
        while line := self.rfile.readline():
            said = line.decode().strip()
            verb = said.split(" ")[0].split(":")[0].upper()
            if verb in self.server.refuses:
                self.say(self.server.refuses[verb])
            elif verb == "EHLO":
                self.say(f"250-ours\r\n250 {self.server.offers}")
            elif verb == "AUTH":
                self.server.logins.append(base64.b64decode(said.split(" ")[2]).decode())
                self.say("235 yes")
            elif verb == "DATA":
                self.say("354 go on")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 yes")


@pytest.fixture
def post():
    servers = []

    def serve(**how):
        server = Post(**how)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return server

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def mailer(server, *, security="none", user="bot"):
    login = (user, PASSWORD if user else "")
    return Mailer(
        "127.0.0.1", server.port, security=security, login=login, sender="bot@firm.example", to=["ann@firm.example", "bo@firm.example"]
    )


def test_a_mail_arrives_whole(post):
    server = post()
    mailer(server).tell(NOTICE)
    mail = message_from_bytes(server.mails[0], policy=policy.default)
    assert mail["Subject"] == NOTICE.subject
    assert mail["To"] == "ann@firm.example, bo@firm.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@firm.example>")
    assert mail.get_content().replace("\r\n", "\n") == NOTICE.text
    assert server.logins == [f"\0bot\0{PASSWORD}"]


def test_without_a_user_nobody_logs_in(post):
    server = post()
    mailer(server, user="").tell(NOTICE)
    assert (len(server.mails), server.logins) == (1, [])


@pytest.mark.parametrize(
    ("refuses", "error", "said"),
    [
        ({"AUTH": "535 no"}, AuthError, "refused the log-in"),
        ({"RCPT": "550 nobody"}, RejectedError, "refused ann@firm.example, bo@firm.example"),
        ({"MAIL": "553 not you"}, RejectedError, r"refused the mail \(553\)"),
        ({"DATA": "451 later"}, TransientError, "answered 451"),
        ({"EHLO": "421 busy", "HELO": "421 busy"}, TransientError, "could not be used"),
    ],
)
def test_a_refusal_says_what_to_do(post, refuses, error, said):
    with pytest.raises(error, match=said) as caught:
        mailer(post(refuses=refuses)).tell(NOTICE)
    assert caught.value.next_step
    assert "canary" not in str(caught.value)


def test_a_server_without_encryption_is_refused_before_the_password_goes(post):
    server = post()
    with pytest.raises(ConfigError, match="cannot do what is asked"):
        mailer(server, security="starttls").tell(NOTICE)
    assert server.logins == []


def test_a_certificate_that_nobody_vouches_for_is_refused(post, monkeypatch):
    server = post(offers="STARTTLS", refuses={"STARTTLS": "220 go on"})

    def refuse(*_args, **_kwargs):
        raise ssl.SSLCertVerificationError("self-signed")

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", refuse)
    with pytest.raises(TransientError, match="SSLCertVerificationError"):
        mailer(server, security="starttls").tell(NOTICE)
    assert server.logins == []


def test_no_server_at_all_is_told_later(post):
    server = post()
    port = server.port
    server.shutdown()
    server.server_close()
    nobody = Mailer("127.0.0.1", port, security="none", login=("", ""), sender="a@b.example", to=["c@d.example"])
    with pytest.raises(TransientError, match="told again later"):
        nobody.tell(NOTICE)
