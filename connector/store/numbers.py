"""Numbers: each is reserved for one document of its book, and bound to it for ever."""

from collections.abc import Iterable

from sqlalchemy.engine import Connection


def number_of(read: Connection, book: str, kind: str, key: str, generation: int) -> str:
    """The number bound to a document, "" when none is."""
    row = read.exec_driver_sql(
        "SELECT number FROM numbers WHERE book = ? AND kind = ? AND key = ? AND generation = ?", (book, kind, key, generation)
    ).scalar()
    return str(row or "")


def highest(read: Connection, book: str, series: str) -> int:
    """The highest sequence number reserved in a series (its text with the month filled in)."""
    return int(read.exec_driver_sql("SELECT coalesce(max(seq), 0) FROM numbers WHERE book = ? AND series = ?", (book, series)).scalar_one())


def reserve(tx: Connection, book: str, kind: str, number: str, key: str, generation: int, series: str, seq: int, at: str) -> None:
    """Binds a number to a document for ever."""
    tx.exec_driver_sql(
        "INSERT INTO numbers (book, kind, number, key, generation, series, seq, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (book, kind, number, key, generation, series, seq, at),
    )


def unreserve(tx: Connection, book: str, kind: str, numbers: Iterable[str]) -> None:
    """Numbers that a document over there turned out to have, or not to have."""
    rows = [(book, kind, number) for number in numbers]
    tx.exec_driver_sql("DELETE FROM numbers WHERE book = ? AND kind = ? AND number = ?", rows)


def ever_reserved(read: Connection, book: str) -> list[tuple[str, str, str, int]]:
    """(kind, number, key, generation) of every number ever reserved, in order."""
    rows = read.exec_driver_sql("SELECT kind, number, key, generation FROM numbers WHERE book = ? ORDER BY series, seq", (book,))
    return [tuple(row) for row in rows]
