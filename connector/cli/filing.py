"""Certificates as files. They are for filing and hold no secret: readable by others (0644), unlike the state and the key."""

import os
from pathlib import Path

from connector.errors import ConfigError
from connector.reports.certificate import as_file, as_pdf, file_name, read_certificate
from connector.store.certificates import Certified


def write_files(one: Certified, folder: Path) -> tuple[Path, Path]:
    """The signed JSON and its page. Written again they are the same bytes. Raises ConfigError where that is not possible."""
    content = read_certificate(one.body)
    json, pdf = (folder / f"{file_name(content)}.{ending}" for ending in ("json", "pdf"))
    _write(json, as_file(one.body, one.digest, one.signature))
    _write(pdf, as_pdf(content, one.digest, one.signature))
    return json, pdf


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        beside.chmod(0o644)
        beside.replace(path)
    except OSError as error:
        raise ConfigError(
            f"cannot be written ({error.strerror}); the certificate is kept in the state", to=str(path),
            next_step="Make room, or name another folder with --into, and run `hourbridge close` again: the period stays closed.",
        ) from None  # fmt: skip
