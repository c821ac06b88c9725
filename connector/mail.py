"""Mail to people, by SMTP."""

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal

from connector.errors import AuthError, ConfigError, RejectedError, TransientError
from connector.ports import Notice

TIMEOUT_SECONDS = 30.0
TO = "notifications.smtp"
TEMPORARY = range(400, 500)


class Mailer:
    """One server and one sender. `starttls` refuses a server that offers no encryption; certificates are checked."""

    def __init__(
        self, host: str, port: int, *, security: Literal["starttls", "tls", "none"], login: tuple[str, str], sender: str, to: Sequence[str]
    ) -> None:
        self._host, self._port, self._security = host, port, security
        self._user, self._password = login
        self._sender, self._to = sender, to

    def tell(self, notice: Notice) -> None:
        """One mail to all. Raises TransientError, AuthError, RejectedError or ConfigError where it was not taken for everybody."""
        try:
            with self._opened() as server:
                if self._user:
                    server.login(self._user, self._password)
                refused = server.send_message(self._mail(notice))
        except smtplib.SMTPAuthenticationError as error:
            raise AuthError(
                f"the mail server refused the log-in ({error.smtp_code})", to=TO, next_step="Renew what `password` refers to"
            ) from None
        except smtplib.SMTPNotSupportedError as error:
            raise ConfigError(
                f"the mail server cannot do what is asked ({error})", to=TO, next_step="Change `security` or `port`"
            ) from None
        except smtplib.SMTPRecipientsRefused as error:
            self._refuse(list(error.recipients))
        except smtplib.SMTPResponseException as error:
            if error.smtp_code in TEMPORARY:
                raise self._later(f"answered {error.smtp_code}") from None
            raise RejectedError(
                f"the mail server refused the mail ({error.smtp_code})",
                to=TO,
                next_step="Compare `from` with what the server lets you send as",
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            raise self._later(type(error).__name__) from None
        else:
            self._refuse(list(refused))

    def _opened(self) -> smtplib.SMTP:
        if self._security == "tls":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)
        if self._security == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server

    def _mail(self, notice: Notice) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._sender, ", ".join(self._to), notice.subject
        mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain=self._sender.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
        mail.set_content(notice.text)
        return mail

    def _refuse(self, people: Sequence[str]) -> None:
        if people:
            raise RejectedError(f"the mail server refused {', '.join(people)}", to=TO, next_step="Mend `to` under notifications.smtp")

    def _later(self, why: str) -> TransientError:
        return TransientError(f"the mail server could not be used ({why})", to=TO, next_step="Nothing was lost; it is told again later")
