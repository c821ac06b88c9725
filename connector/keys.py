"""The key that signs certificates, and whether every secret that the configuration refers to can be read."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from connector.errors import ConfigError
from connector.secrets import read_secret

if TYPE_CHECKING:
    from connector.settings import Settings
    from connector.signing import Signer, Signs


def signer_of(settings: "Settings") -> tuple["Signer", str]:
    """The key that signs certificates, and the path where one was made because there was none ("": it was there). A key is made only
    in a file. Raises ConfigError for a reference that leads nowhere, or to no key.
    """
    from connector.signing import Signer, make_key  # noqa: PLC0415  (only where something is signed)

    if not _has_key(settings):
        path = settings.folder / Path(settings.signing_key.partition(":")[2]).expanduser()
        return make_key(path), str(path)
    return Signer(read_secret(settings.signing_key, settings.folder).reveal()), ""


def late_signer_of(settings: "Settings", made: Callable[["Signer", str], None]) -> "Signs":
    """As `signer_of`, but where there is no key one is made only when a certificate is signed; `made` is told of it then, and where it is."""
    from connector.signing import LateSigner  # noqa: PLC0415  (see above)

    def make() -> "Signer":
        signer, path = signer_of(settings)
        made(signer, path)
        return signer

    return signer_of(settings)[0] if _has_key(settings) else LateSigner(make)


def public_key_of(settings: "Settings") -> str:
    """The public half of the key that signs certificates; "" where there is no key on this machine."""
    try:
        return signer_of(settings)[0].public if _has_key(settings) else ""
    except ConfigError:
        return ""


def unreadable(settings: "Settings") -> list[str]:
    """What of the secrets that the configuration refers to cannot be read here and now, in words; never the secret."""
    from connector.settings.references import secrets_of  # noqa: PLC0415  (see above)

    found = []
    for one in secrets_of(settings):
        if one.made and not _has_key(settings):
            continue  # the first certificate makes it
        try:
            read_secret(one.reference, settings.folder)
        except ConfigError as error:
            found.append(f"{settings.path.name}: {one.key}: {error}")
    return found


def _has_key(settings: "Settings") -> bool:
    scheme, _, rest = settings.signing_key.partition(":")
    return scheme != "file" or (settings.folder / Path(rest).expanduser()).exists()
