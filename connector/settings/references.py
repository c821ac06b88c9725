"""Every reference to a secret that the configuration holds, with the key it stands under."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from connector.settings.checks import REFERENCE, is_secret
from connector.settings.values import Settings


class SecretAt(Struct, frozen=True):
    """`key` as the configuration has it, such as `connections.books.client_secret`. `made`: a file that the program makes where it is missing."""

    key: str
    reference: str
    made: bool = False


def secrets_of(settings: Settings) -> Iterator[SecretAt]:
    """In the order of the file's sections: connections, state, notifications, the key that signs."""
    for connection in settings.connections:
        yield from _of_options(connection.options, f"connections.{connection.name}")
    if REFERENCE.fullmatch(settings.state_url):
        yield SecretAt("state", settings.state_url)
    for at, reference in enumerate(settings.state_keys):
        yield SecretAt("older_state_keys" if at else "state_key", reference)
    said = settings.notifications
    if said is not None and said.smtp is not None and said.smtp.password:
        yield SecretAt("notifications.smtp.password", said.smtp.password)
    if said is not None and said.webhook is not None:
        yield SecretAt("notifications.webhook.secret", said.webhook.secret)
    yield SecretAt("signing_key", settings.signing_key, made=settings.signing_key.startswith("file:"))


def _of_options(options: Mapping[str, Any], key: str) -> Iterator[SecretAt]:
    for name, said in options.items():
        if isinstance(said, dict):
            yield from _of_options(said, f"{key}.{name}")
        elif isinstance(said, str) and is_secret((name,)) and REFERENCE.fullmatch(said):
            yield SecretAt(f"{key}.{name}", said)
