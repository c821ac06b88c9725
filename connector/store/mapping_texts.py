"""Mapping files by hash: a charge names the hash, file and line that priced it, and the text stays readable for ever."""

import hashlib
from datetime import datetime

import msgspec
from sqlalchemy.engine import Connection

from connector.core.mapping import Mapping


def keep(tx: Connection, mapping: Mapping, at: datetime) -> None:
    """Stores the texts of a mapping once."""
    known = tx.exec_driver_sql("SELECT 1 FROM mapping_versions WHERE digest = ?", (mapping.digest,)).scalar()
    if known is not None:
        return
    files = {}
    for name, text in mapping.texts:
        digest = hashlib.sha256(text.encode()).hexdigest()
        files[name] = digest
        tx.exec_driver_sql("INSERT INTO mapping_texts (digest, body) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING", (digest, text))
    tx.exec_driver_sql(
        "INSERT INTO mapping_versions (digest, files, first_used) VALUES (?, ?, ?)",
        (mapping.digest, msgspec.json.encode(files, order="sorted").decode(), at.isoformat()),
    )


def texts(read: Connection, digest: str) -> dict[str, str]:
    """File → its text, of a mapping as it was; {} where it is not kept."""
    body = read.exec_driver_sql("SELECT files FROM mapping_versions WHERE digest = ?", (digest,)).scalar()
    files = msgspec.json.decode(body, type=dict[str, str]) if body else {}
    kept = {name: read.exec_driver_sql("SELECT body FROM mapping_texts WHERE digest = ?", (text,)).scalar() for name, text in files.items()}
    return {name: str(text) for name, text in kept.items() if text is not None} if None not in kept.values() else {}


def changed(read: Connection) -> list[str]:
    """The digests of kept texts that are no longer what was kept."""
    rows = read.exec_driver_sql("SELECT digest, body FROM mapping_texts ORDER BY digest")
    return [digest for digest, body in rows if hashlib.sha256(body.encode()).hexdigest() != digest]


def versions(read: Connection) -> dict[str, dict[str, str]]:
    """Every mapping that is kept: its digest → file → the digest of its text."""
    rows = read.exec_driver_sql("SELECT digest, files FROM mapping_versions ORDER BY digest")
    return {digest: msgspec.json.decode(files, type=dict[str, str]) for digest, files in rows}


def kept(read: Connection) -> set[str]:
    """The digests of all texts."""
    return {digest for (digest,) in read.exec_driver_sql("SELECT digest FROM mapping_texts")}


def used(read: Connection) -> set[str]:
    """The digests of all mappings that something was approved with."""
    return {digest for (digest,) in read.exec_driver_sql("SELECT DISTINCT mapping FROM approvals WHERE mapping <> ''")}


def line(read: Connection, digest: str, file: str, number: int) -> str:
    """A line of a mapping file as it was, "" when it is not kept."""
    body = read.exec_driver_sql("SELECT files FROM mapping_versions WHERE digest = ?", (digest,)).scalar()
    files = msgspec.json.decode(body, type=dict[str, str]) if body else {}
    text = read.exec_driver_sql("SELECT body FROM mapping_texts WHERE digest = ?", (files.get(file, ""),)).scalar()
    lines = str(text or "").splitlines()
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""
