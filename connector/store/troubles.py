"""What stopped a connection or a book, until it goes well again: the sentence, and the exit code that says who must act (5: authorise).

A connection that is read to its end by a credential that sees only a part has the sentence too: nothing stopped, and yet its figures are not whole.
"""

from connector.store.store import Store, Tx

AUTHORISE = 5
SEES_A_PART = 0
"""No exit code: nothing failed."""


def of_books(read: Tx) -> dict[str, tuple[str, int]]:
    """Book → what stopped it and its exit code; books that are well are left out."""
    rows = read.exec_driver_sql("SELECT name, trouble, trouble_code FROM books WHERE trouble <> ''")
    return {str(name): (str(trouble), int(code)) for name, trouble, code in rows}


def keep_for_connection(store: Store, name: str, kind: str, trouble: str, code: int) -> None:
    with store.begin() as tx:
        tx.exec_driver_sql(
            "INSERT INTO connections (name, kind, trouble, trouble_code) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "trouble = excluded.trouble, trouble_code = excluded.trouble_code",
            (name, kind, trouble, code),
        )


def keep_for_book(store: Store, name: str, trouble: str, code: int) -> None:
    """No trouble ("", 0) when it goes well again. Writes only what differs: a run that finds everything as it was leaves the state alone."""
    with store.snapshot() as read:
        before = of_books(read).get(name, ("", 0))
    if before == (trouble, code):
        return
    with store.begin() as tx:
        tx.exec_driver_sql(
            "INSERT INTO books (name, trouble, trouble_code) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "trouble = excluded.trouble, trouble_code = excluded.trouble_code",
            (name, trouble, code),
        )
