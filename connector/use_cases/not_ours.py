"""A person's word that a document over there is none of ours, though our note or our app's name is on it: it stops the book no more."""

from collections.abc import Sequence

from connector.errors import ConfigError, UnsafePlanError
from connector.mappings.names import did_you_mean
from connector.store import audit, choices
from connector.store.store import Tx
from connector.use_cases.strangers import Stranger, strangers, unknown
from connector.use_cases.waiting import Chosen, Waiting
from connector.use_cases.workspace import Workspace

NOT_OURS = "not_ours"
LISTS = "`hourbridge corrections` lists what waits."
_WHY = {
    "mark": "carries our note under a number that is none of ours, and is not in the sync ledger",
    "app": "is no document that we know, and may bill already what was approved",
}


def asked_about(ws: Workspace, read: Tx, book: str) -> list[Waiting]:
    """Documents under other numbers that stop their book, in one book or in all."""
    return [_row(name, one) for name in ([book] if book else ws.books) for one in strangers(read, name) if one.told_by]


def _row(book: str, one: Stranger) -> Waiting:
    there = one.remote
    return Waiting(
        ref=one.named, number=one.named, book=book, client="", customer=there.customer, period="", currency=there.currency, net=there.net,
        seconds=0, cause=_WHY[one.told_by], choices=(NOT_OURS,), changed_at=there.changed_at, their_net=there.net,
        said=("`hourbridge apply --adopt` ties it where it equals what we would send; void it where it bills the same time again",),
    )  # fmt: skip


def choose_not_ours(ws: Workspace, named: str, why: str, who: str, book: str = "") -> Chosen:
    """Stores it, for as long as the document has none of our numbers. Raises ConfigError for a slip, UnsafePlanError where it has one."""
    if not why.strip():
        raise ConfigError("nobody said why", to=named, next_step="Give --why TEXT: whoever reads this in a year needs it.")
    with ws.store.snapshot() as read:
        name, _ = _only([(name, one) for name in ([book] if book else ws.books) for one in unknown(read, name)], named)
    with ws.lease(f"book:{name}") as lease, ws.store.begin(lease) as tx:
        _, one = _only([(name, one) for one in unknown(tx, name)], named)  # another run may have tied it meanwhile
        if not one.told_by:
            raise UnsafePlanError(
                "has one of our numbers, which is given to another document sooner or later", to=named,
                next_step="Give it another number over there first; then run `hourbridge apply`, which asks again if it must.",
            )  # fmt: skip
        choices.decide_stranger(tx, name, one.remote, ws.now())
        audit.append(
            tx, f"book:{name}", ws.now(), NOT_OURS,
            {"number": named, "remote_id": one.remote.id, "choice": NOT_OURS, "why": why.strip(), "who": who, "net": str(one.remote.net),
             "currency": one.remote.currency, "run": ws.run},
        )  # fmt: skip
    return Chosen(
        ref=named, number=named, book=name, client="", choice=NOT_OURS, why=why.strip(), currency=one.remote.currency, net=one.remote.net
    )


def _only(every: Sequence[tuple[str, Stranger]], named: str) -> tuple[str, Stranger]:
    """The one that is meant, with its book: by its number, or by its id, which is its name where others have its number."""
    found = [row for row in every if row[1].named == named] or [row for row in every if row[1].remote.id == named]
    books = sorted({name for name, _ in found})
    if not found:
        told = [one.named for _, one in every if one.told_by]
        raise ConfigError(
            "nothing under that number over there may be ours and is unknown", to=named,
            next_step=f"It is named by its number, or by its id where it has none. {did_you_mean(named, told, LISTS)}",
        )  # fmt: skip
    if len(books) > 1:
        raise ConfigError(f"is asked about in {len(books)} books: {', '.join(books)}", to=named, next_step="Say which with --book.")
    if len(found) > 1:
        each = ", ".join(f"{one.remote.id} ({one.remote.currency} {one.remote.net})" for _, one in found)
        raise ConfigError(f"{len(found)} documents over there carry that number: {each}", to=named, next_step="Say which by its id.")
    return found[0]
