"""Who changed documents over there, where no listing says it: the history of each that was changed, and of no other."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from connector.core.drift import by_whom, last_by
from connector.core.ledger import Known
from connector.core.reconciliation import is_by_others
from connector.errors import AuthError, BusyError, RejectedError, TransientError
from connector.model import Deed
from connector.ports import ReadsHistory
from connector.store import documents
from connector.store.tallies import Scope
from connector.use_cases.workspace import Workspace

HISTORIES_MAX = 40
"""Histories read of one book in one run: more than anybody changes in a month, under a minute where 60 calls are let in, and a 25th of
the smallest daily budget (1,000). The most money comes first; what stays drifted is asked again by the next run.
"""


def who_changed(ws: Workspace, scope: Scope) -> dict[int, str]:
    """Document → who did what we did not do, of those that somebody changed, voided or deleted over there. A history that cannot be read
    fails nothing: then it says so. Raises StoppedError where somebody asked the program to stop.
    """
    with ws.store.snapshot() as read:
        known = [one for one in documents.documents(read, scope.book) if scope.period in (None, one.period) and is_by_others(one)]
    told: dict[int, str] = {}
    for book in dict.fromkeys(one.book for one in known):
        sink = ws.sink(book)
        if isinstance(sink, ReadsHistory):
            mine = sorted((one for one in known if one.book == book and one.theirs), key=lambda one: (-abs(one.net), one.number))
            found = list(_asked(ws, sink, mine))
            _keep_names(ws, book, [(one, deeds) for one, deeds, _ in found])
            told |= {one.id: by_whom(one.theirs, deeds, untold) for one, deeds, untold in found}
    return told


def _asked(ws: Workspace, sink: ReadsHistory, every: Sequence[Known]) -> Iterator[tuple[Known, Sequence[Deed], str]]:
    """Each with what its history says since our own last write, or why nothing. Who may not read one, or is not answered, asks no more."""
    over = f"whose is not told: {HISTORIES_MAX} histories were read already; its own over there says it"
    stopped = ""
    for number, one in enumerate(every):
        deeds: Sequence[Deed] = ()
        untold = stopped or (over if number >= HISTORIES_MAX else "")
        if not untold and one.theirs is not None:
            ws.may_go_on(one.book)
            try:
                deeds = sink.history_of(one.theirs, one.base.changed_at if one.base else None)
                untold = "" if deeds else "whose is not told: its history over there has nothing after our own last write"
            except RejectedError as error:
                untold = f"whose is not told: its history over there was answered {error.status}"
            except AuthError as error:
                answered = f" ({error.status})" if error.status else ""
                untold = stopped = f"whose is not told: the credential may not read histories over there{answered}"
            except TransientError:
                untold = stopped = "whose is not told: histories over there cannot be read now"
        yield one, deeds, untold


def _keep_names(ws: Workspace, book: str, found: Sequence[tuple[Known, Sequence[Deed]]]) -> None:
    """For `corrections` and later reports, which ask nobody. Not while another run has the book: a name is worth no wait. Not of what
    moved meanwhile.
    """
    named = {one.id: replace(one.theirs, changed_by=name) for one, deeds in found if one.theirs and (name := last_by(one.theirs, deeds))}
    seen = {one.id: one.theirs for one, _ in found}
    fresh = {number: theirs for number, theirs in named.items() if theirs != seen[number]}
    if not fresh:
        return
    try:
        with ws.store.lease(f"book:{book}", ws.owner, wait_seconds=0.0) as lease, ws.store.begin(lease) as tx:
            for number, theirs in fresh.items():
                if documents.document(tx, number).theirs == seen[number]:
                    documents.set_found(tx, number, theirs)
    except BusyError:
        return
