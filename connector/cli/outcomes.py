"""What became of each document, for people and programs, and what to do about it."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from connector.cli.failures import tell
from connector.cli.options import Format
from connector.cli.rows import Row, show
from connector.cli.work import Work
from connector.errors import BusyError, UnsafePlanError

if TYPE_CHECKING:
    from connector.use_cases.told import Told

NOTHING = "nothing to send"
"""What a run is kept with that had nothing approved and nothing in doubt."""
OUTCOMES = ("number", "book", "outcome", "reason")
NEXT = {
    "in doubt": "nobody can say yet whether it arrived. `hourbridge apply` looks it up over there first and sends again only what is not there.",
    "refused": "nothing was changed over there. Mend what the reason names, then pull, plan and approve again.",
    "held": "it is not sent again by itself. Look at the document over there; `hourbridge corrections` says what you may choose.",
    "waits": "it was not sent and stays approved. `hourbridge apply` sends it when the reason has passed.",
}
"""What to do about an outcome, in one sentence."""


@contextlib.contextmanager
def own_trouble(work: Work, book: str) -> Iterator[None]:
    """A book that must not be touched now says why; the others go on."""
    try:
        yield
    except (UnsafePlanError, BusyError) as error:
        tell(f"{book}: nothing was sent. {error}")
        work.ends(error.exit_code)


def show_told(work: Work, told: dict[str, "Told"], format: Format) -> None:  # noqa: A002
    """What became of each document; what stops, waits or fails says so and decides the exit code."""
    rows: list[Row] = []
    for name, found in told.items():
        adopted = set(found.adopted)
        rows += [{"number": number, "book": name, "outcome": "sent", "reason": ""} for number in found.done if number not in adopted]
        rows += [{"number": number, "book": name, "outcome": "adopted", "reason": "found over there: ours"} for number in found.adopted]
        for outcome, exit_code in (("refused", 4), ("doubt", 4), ("stale", 3), ("held", 3), ("waits", 4)):
            for number, reason in getattr(found, outcome):
                rows.append(
                    {
                        "number": number,
                        "book": name,
                        "outcome": "in doubt" if outcome == "doubt" else outcome,
                        "reason": reason,
                    }
                )
                work.ends(exit_code)
        if found.stopped:
            tell(f"{name}: stopped. {_sentence(found.stopped)}{_next_step(found, work.ws.books[name].sink)}")
            work.ends(5 if found.stopped_why == "auth" else 4)
    show(rows, OUTCOMES, format)
    counts = {outcome: sum(row["outcome"] == outcome for row in rows) for outcome in dict.fromkeys(str(row["outcome"]) for row in rows)}
    work.summary = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items()) or ("nothing was sent" if work.code else NOTHING)
    tell(work.summary[0].upper() + work.summary[1:] + ".")
    for outcome in counts:
        if outcome in NEXT:
            tell(f"{outcome[0].upper()}{outcome[1:]}: {NEXT[outcome]}")


def _sentence(text: str) -> str:
    return text if text.endswith((".", ":")) else f"{text}."


def _next_step(told: "Told", connection: str) -> str:
    """What a stopped book waits for, where its reason does not say so itself."""
    if told.stopped_why != "auth" or "config.yaml" in told.stopped:
        return ""
    return f" Give the credential that permission, or renew the credentials of connection {connection} in config.yaml."
