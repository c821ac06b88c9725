"""What stands behind a secret's reference: `env:NAME`, `file:PATH` or `keyring:NAME`. The configuration itself never holds one."""

import hmac
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from connector.errors import ConfigError

_BYTES_MAX = 65_536
SERVICE = "hourbridge"
"""Under which service the system's key ring keeps our names."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Secret:
    """A text that no message, log or traceback shows; `reveal` is the one way to it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def read_secret(reference: str, folder: Path, environ: Mapping[str, str] = os.environ) -> Secret:
    """The secret behind `env:NAME`, `keyring:NAME`, or `file:PATH` relative to the configuration's `folder`, without line ends after it.

    Raises ConfigError, which names the reference and never the secret: not set, empty, missing, readable by others, no key ring.
    """
    scheme, separator, rest = reference.partition(":")
    if separator and rest and scheme == "env":
        return _of_variable(rest, environ)
    if separator and rest and scheme == "file":
        return _of_file(folder / Path(rest).expanduser(), environ)
    if separator and rest and scheme == "keyring":
        return _of_keyring(rest)
    # What stands here instead of a reference may be the secret itself: it is not repeated.
    raise ConfigError(
        "a secret is given by reference only",
        to="config.yaml",
        next_step="Write `env:NAME`, `file:PATH` (the file readable by you alone) or `keyring:NAME`",
    )


def _of_variable(name: str, environ: Mapping[str, str]) -> Secret:
    text = environ.get(name, "")
    if not text:
        raise ConfigError(
            f"the environment variable {name} is not set or empty",
            to=f"env:{name}",
            next_step="Set it, or use `file:PATH`",
        )
    return Secret(text)


def _of_file(path: Path, environ: Mapping[str, str]) -> Secret:
    try:
        # Asked of the open file, not of its name: the two cannot then be different files.
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_BYTES_MAX + 1)
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            raise ConfigError(
                f"cannot be read ({error.strerror})", to=f"file:{path}", next_step="Make it a file that you alone may read"
            ) from None
        raise ConfigError(f"cannot be read ({error.strerror})", to=f"file:{path}", next_step="Create it, readable by you alone") from None
    if os.name == "posix" and mode & (stat.S_IRWXO if _is_credential(path, environ) else _OTHERS):
        raise ConfigError("the group or others may open it", to=f"file:{path}", next_step=f"Run: chmod 600 {path}")
    try:
        text = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > _BYTES_MAX:
        raise ConfigError("is empty, too long, or not text", to=f"file:{path}", next_step="Put the secret alone into it")
    return Secret(text)


def _is_credential(path: Path, environ: Mapping[str, str]) -> bool:
    """Whether systemd handed the file to this service alone (LoadCredential): it lets the user in by an access list, and that shows as a
    right of the group.
    """
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    return bool(folder) and path.parent == Path(folder)


def _of_keyring(name: str) -> Secret:
    """From the key ring of whoever runs the program: its service is always `hourbridge`, so that a name says all."""
    import keyring  # noqa: PLC0415  (40 ms and the system's message bus, for those who use it)
    from keyring.errors import KeyringError, NoKeyringError  # noqa: PLC0415

    to = f"keyring:{name}"
    try:
        text = keyring.get_password(SERVICE, name)
    except NoKeyringError:
        raise ConfigError(
            "this machine has no key ring that can be used (a server without a desktop usually has none)",
            to=to,
            next_step="Use `file:PATH` (readable by you alone) or `env:NAME`",
        ) from None
    except KeyringError as error:
        raise ConfigError(
            f"the key ring did not open ({type(error).__name__})",
            to=to,
            next_step="Unlock it for the user who runs this, or use `file:PATH`",
        ) from None
    if not text:
        raise ConfigError("the key ring has no such name", to=to, next_step=f"Run: keyring set {SERVICE} {name}")
    return Secret(text)
