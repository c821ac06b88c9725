"""Signatures of certificates: Ed25519 (RFC 8032), keys and signatures as hexadecimal text. cryptography is imported when first needed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from connector.errors import ConfigError

KIND = "ed25519:"
"""How the text of a private key begins, so that it is seen for what it is wherever it stands."""
KEY_BYTES = 32


class Signs(Protocol):
    """Whatever signs certificates."""

    @property
    def public(self) -> str: ...

    def sign(self, content: bytes) -> str: ...


class Signer:
    """A private key that no message or traceback shows; `public` is the half that anybody may know."""

    __slots__ = ("_private", "public")

    def __init__(self, private: str) -> None:
        """Raises ConfigError for what is no key."""
        self._private = private
        self.public: str = _private_key(private).public_key().public_bytes_raw().hex()

    def sign(self, content: bytes) -> str:
        return str(_private_key(self._private).sign(content).hex())

    def __repr__(self) -> str:
        return f"Signer({self.public})"


class LateSigner:
    """A key that is made when something is to be signed with it, and not before."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], Signer]) -> None:
        self._make = make
        self._made: Signer | None = None

    @property
    def public(self) -> str:
        return self._signer().public

    def sign(self, content: bytes) -> str:
        return self._signer().sign(content)

    def _signer(self) -> Signer:
        if self._made is None:
            self._made = self._make()
        return self._made


def holds(public: str, signature: str, content: bytes) -> bool:
    """Whether whoever holds the private half signed exactly this content."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def make_key(path: Path) -> Signer:
    """A new key in a file for this user alone. Raises ConfigError where it cannot be written, or one stands there already."""
    private = KIND + os.urandom(KEY_BYTES).hex()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(private + "\n")
    except OSError as error:
        raise ConfigError(
            f"the key that signs certificates cannot be written ({error.strerror})", to=str(path),
            next_step="Name another file as `signing_key` in the configuration.",
        ) from None  # fmt: skip
    return Signer(private)


def _private_key(private: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  (the library is imported only when needed)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private.removeprefix(KIND)))
    except ValueError:
        raise ConfigError(
            "is no key: `ed25519:` and 64 hexadecimal digits are expected", to="signing_key",
            next_step="Put the backup of the key back, or take the file away: the next `hourbridge close` makes a new one.",
        ) from None  # fmt: skip
