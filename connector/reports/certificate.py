"""The certificate of a closed period: what is signed, as canonical JSON and as a page to file.

Canonical is: UTF-8, keys sorted, no spaces, decimals as text. The hash and the signature are over exactly these bytes
(docs/adr/0010-certificates.md). No notes, and no names of people but of who closed.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
from msgspec import Struct

from connector.core.reconciliation import Wip
from connector.errors import ConfigError
from connector.reports.tie_out import AccountRow, Bucket, Counted, Equation, Numbers, SourceCount
from connector.reports.values import Amounts, LastPull

VERSION = "c1"
TEMPLATE = Path(__file__).parent / "certificate.typ"


class Filed(Struct, frozen=True, kw_only=True):
    """One document, ours and theirs."""

    number: str
    client: str
    customer: str
    invoice_date: date
    currency: str
    net: Decimal
    their_net: Decimal | None
    their_status: str


class StreamHead(Struct, frozen=True, kw_only=True):
    """The last row of a stream of the audit log: what is cut off behind it is missed."""

    stream: str
    seq: int
    hash: str


class Certificate(Struct, frozen=True, kw_only=True):
    """What a person closed: the tie-out, and what lets somebody else find any change of it. `previous` is the digest of the book's
    certificate before this one, `facts` the digest of the charges that stand on no document, `mappings` digest → file → sha256.
    """

    version: str = VERSION
    book: str
    period: str
    zone: str
    seq: int
    closed_by: str
    closed_at: str
    program: str
    online: bool
    equations: tuple[Equation, ...]
    entries: Counted
    sources: tuple[SourceCount, ...]
    dispositions: dict[str, Bucket]
    wip: dict[str, Wip]
    documents: tuple[Filed, ...]
    accounts: tuple[AccountRow, ...]
    numbers: Numbers
    pulls: tuple[LastPull, ...]
    mappings: dict[str, dict[str, str]]
    heads: tuple[StreamHead, ...]
    facts: str
    previous: str
    supersedes: str = ""
    public_key: str

    @property
    def seconds(self) -> int:
        return sum(bucket.seconds for bucket in self.dispositions.values())

    def nets(self) -> Amounts:
        """Currency → net of its documents."""
        sums: dict[str, Decimal] = {}
        for one in self.documents:
            sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.net
        return dict(sorted(sums.items()))


class Signed(Struct, frozen=True, kw_only=True):
    """A certificate's file: its content as given, and what proves it."""

    certificate: msgspec.Raw
    digest: str
    signature: str


_certificate = msgspec.json.Decoder(Certificate)
_signed = msgspec.json.Decoder(Signed)


def canonical(value: object) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read_certificate(content: bytes | str) -> Certificate:
    """Raises msgspec.DecodeError, ValidationError for anything else."""
    return _certificate.decode(content)


def as_file(body: str, digest: str, signature: str) -> bytes:
    """The JSON that is filed: canonical, with a line end."""
    return canonical(Signed(certificate=msgspec.Raw(body.encode()), digest=digest, signature=signature)) + b"\n"


def read_file(path: Path) -> tuple[Certificate, bytes, str, str]:
    """Certificate, its canonical bytes, digest and signature as the file says them. Raises ConfigError for what is no certificate."""
    try:
        signed = _signed.decode(path.read_bytes())
        content = canonical(msgspec.json.decode(signed.certificate))
        return read_certificate(content), content, signed.digest, signed.signature
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror})", to=str(path), next_step="Name the .json of a certificate.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ConfigError("is no certificate", to=str(path), next_step="Name the .json that `hourbridge close` wrote.") from None


def file_name(one: Certificate) -> str:
    """Without its ending. A period closed again has a file of its own."""
    return f"{one.book}-{one.period}-{one.seq:04}"


def as_pdf(one: Certificate, digest: str, signature: str) -> bytes:
    """One or two pages A4. The same certificate makes the same pages."""
    return _pages(one, digest, signature, "pdf")[0]


def as_pictures(one: Certificate, digest: str, signature: str) -> list[bytes]:
    """Its pages as PNG."""
    return _pages(one, digest, signature, "png")


def _pages(one: Certificate, digest: str, signature: str, kind: Literal["pdf", "png"]) -> list[bytes]:
    import typst  # noqa: PLC0415  (only here, and it is large)

    from connector.reports.certificate_page import page_of  # noqa: PLC0415

    said: Mapping[str, Any] = page_of(one, digest, signature)
    made: object = typst.compile(
        TEMPLATE.read_bytes(), format=kind, sys_inputs={"page": msgspec.json.encode(said).decode()}, ignore_system_fonts=True,
    )  # fmt: skip
    return cast("list[bytes]", made if isinstance(made, list) else [made])  # a list where there are several pages
