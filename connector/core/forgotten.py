"""Documents over there that may be ours though the sync ledger does not know them and their number is none of ours. Pure.

A restored backup forgot that they were sent, and somebody gave them another number since. Where the vendor keeps a note of ours, that note
says which document it is. Where it only says that our app made one, that is not enough, for others may share the app: such a
document is asked about once something that it may bill already is about to be sent.
"""

from typing import Literal

from connector.core.grouping import escape
from connector.core.money import places, round_half_up
from connector.core.periods import read_period
from connector.errors import ConfigError
from connector.model import Document, Remote

ToldBy = Literal["", "mark", "app"]
"""What tells that a document may be ours: "" its number, `mark` our note on it, `app` who made it, where nobody else did, and what it says."""

PARTS_MIN = 3
"""Of a document's key: its book, its billing period, its client."""


def told_by(book: str, there: Remote) -> ToldBy | None:
    """What tells that a document under a number which is none of ours may be this book's; None: nothing does.

    Without a note of ours everything that nobody else is known to have made may be: where the vendor has no word on that, as of
    credit notes, what it says must decide.
    """
    if there.ours is False:
        return None
    if there.mark:
        return "mark" if read_mark(book, there.mark) is not None else None
    return "app" if there.ours or there.kind == "credit_note" else None


def read_mark(book: str, mark: str) -> tuple[str, int] | None:
    """Key and generation of the document of this book that a note of ours names (`nz/2026-06/Alpine Dental#1`); None: it names none."""
    key, _, generation = mark.rpartition("#")
    parts = key.split("/", 2)
    if len(parts) < PARTS_MIN or parts[0] != escape(book) or not (generation.isascii() and generation.isdigit()):
        return None
    try:
        read_period(parts[1])
    except ConfigError:
        return None
    return key, int(generation)


def may_bill(document: Document, there: Remote) -> bool:
    """Whether one that we do not know may bill already what this one would: it is of the same kind, customer and currency, and for as much
    or with a line that says the same; both, where nobody says that our app made it. A credit note may have given back already what an
    invoice takes off by a difference.
    """
    if (document.customer_id, document.currency) != (there.customer_id, there.currency):
        return False
    net = round_half_up(there.net, places(document.currency))
    if document.kind != there.kind:
        taken_off = [-line.net for line in document.lines if line.net < 0]
        return there.kind == "credit_note" and net in (*taken_off, sum(taken_off))
    texts = {line.description.strip() for line in document.lines} - {""}
    says = any(line.description.strip() in texts for line in there.lines)
    alike = document.net == net
    return says or alike if there.ours else says and alike
