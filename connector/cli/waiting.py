"""What waits for a person, in one sentence a book, and the exit code that says so to scripts."""

from typing import TYPE_CHECKING

from connector.cli.failures import tell
from connector.cli.work import Work
from connector.reports.words import counted

if TYPE_CHECKING:
    from connector.reports.statuses import BookStatus, Status


def say_what_waits(work: Work, status: "Status", book: str = "") -> None:
    """Tells it on stderr; ends with 3 where a person must act on a due period, with 4 where documents are in doubt."""
    for found in status.books:
        if book and found.name != book:
            continue
        said = sentence(found)
        if said:
            tell(f"{found.name}: {said}")
        if found.in_doubt:
            tell(f"{found.name}: {counted(found.in_doubt, 'document is', 'documents are')} in doubt. Next: hourbridge apply")
        for code in codes(found):
            work.ends(code)


def codes_of(status: "Status") -> set[int]:
    """3 where a person must act on a due period, 4 where documents are in doubt."""
    return {code for found in status.books for code in codes(found)}


def codes(found: "BookStatus") -> set[int]:
    return ({3} if sentence(found) else set()) | ({4} if found.in_doubt else set())


def sentence(found: "BookStatus") -> str:
    entries = found.unmatched + found.held
    parts = [
        f"{counted(entries, 'entry waits', 'entries wait')} (hourbridge unmatched)" if entries else "",
        f"{counted(found.pending, 'entry is', 'entries are')} not approved at the source" if found.pending else "",
        f"{counted(found.held_documents, 'document is', 'documents are')} held (hourbridge plan)" if found.held_documents else "",
        f"{counted(found.awaiting_approval, 'document awaits', 'documents await')} approval (hourbridge plan)"
        if found.awaiting_approval
        else "",
        f"{counted(found.strangers, 'unknown document there is or may be', 'unknown documents there are or may be')} ours (hourbridge apply --adopt)"
        if found.strangers
        else "",
    ]
    return "; ".join(part for part in parts if part)
