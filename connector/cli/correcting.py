"""The command for what a person must choose: documents that cannot go on by themselves, and billed time that changed."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli.cycle import who_am_i
from connector.cli.failures import tell
from connector.cli.options import CONFIG, Book, Config, Format, Printed, Wait
from connector.cli.rows import Row, show
from connector.cli.work import reading, writing
from connector.reports.words import counted

if TYPE_CHECKING:
    from connector.use_cases.waiting import Waiting

_FIRST, _LAST = ("ref", "number", "book", "client", "period", "currency", "net"), ("choices", "until", "cause", "said")
_THERE = ("their_net", "entries", "changed_at")
COLUMNS = {
    Format.table: (*_FIRST[:1], *_FIRST[2:], "worked", *_LAST), Format.csv: (*_FIRST, "worked", "hours", *_LAST, *_THERE),
    Format.json: (*_FIRST, "seconds", *_LAST, *_THERE),
}  # fmt: skip
CHOSEN = ("ref", "number", "book", "client", "choice", "currency", "net", "why")
NEXT = {
    "again": "It is made again under the next number of its own (…-2): hourbridge plan, approve, apply.",
    "release": "It is over. Its time is free, and goes as late time does: hourbridge plan.",
    "ours": "It is tied. Where it is not as we would have sent it, the plan says so.",
    "amend": "Theirs is kept. What changes of ours from now on is amended on it: hourbridge plan.",
    "accept": "It is right as it is, and its charges add up to it: hourbridge reconcile.",
    "delta": "The difference stands on the client's next open document, flagged late, and waits until there is one: hourbridge plan.",
    "credit": "A credit note for exactly what was billed is planned: hourbridge plan, approve, apply. Then its time is billed again as it is now.",
    "write_off": "It is given up, and stands in the tie-out as written off. Nothing is sent.",
    "not_ours": "It stops its book no more, as long as it has none of our numbers: hourbridge apply.",
}


def corrections(
    ref: Annotated[
        str,
        typer.Argument(
            help="What waits, as the list names it: HB-2606-001, or of billed time HB-2606-001:tracker:7. All, when none is named."
        ),
    ] = "",
    choose: Annotated[
        str,
        typer.Option(
            "--choose",
            metavar="CHOICE",
            help="A document: again, release, ours, amend, accept. Billed time: delta, credit, write_off, accept. "
            "One over there that may be ours: not_ours.",
        ),
    ] = "",
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Kept with the choice; every one needs it.")] = "",
    book: Book = "",
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
    wait: Wait = False,
) -> None:
    """List what waits for a choice, or choose.

    Documents held in doubt, a stranger's number, edited, voided or deleted over there; billed time that was edited, moved or deleted;
    documents over there that may be ours and are not known.
    Nothing is sent: what follows from a choice is planned and approved.
    """
    from connector.errors import ConfigError  # noqa: PLC0415  (`--help` pays for none of it)

    if (choose or why) and not (ref and choose):
        raise ConfigError(
            "a choice is of one document or correction",
            to="corrections",
            next_step='Such as: hourbridge corrections HB-2606-001 --choose again --why "…"',
        )
    if choose:
        _choose(ref, choose, why, book=book, config=config, format=format, wait=wait)
        return
    with reading(config) as work:
        from connector.use_cases.corrections import waiting  # noqa: PLC0415

        rows = [_row(one, format) for one in waiting(work.ws, book) if ref in ("", one.number, one.ref)]
        show(rows, COLUMNS[format], format)
        if ref and not rows:
            tell(f"Of {ref} nothing waits for a choice. `hourbridge corrections` lists what does.")
            return
        tell(_foot([row for row in rows if row["entries"]], len(rows)))


def _row(one: "Waiting", format: Format) -> Row:  # noqa: A002
    """Hours as h:mm and as a decimal; in JSON whole seconds, and the choices one by one."""
    from connector.reports.hours import both, cells_of  # noqa: PLC0415

    worked, hours = cells_of(one.seconds)
    entries: Any = list(one.entries) if format is Format.json else ", ".join(one.entries)
    return {
        "ref": one.ref, "entries": entries, "their_net": one.their_net, "said": "; ".join(one.said),
        "changed_at": f"{one.changed_at:%Y-%m-%dT%H:%MZ}" if one.changed_at else "", "number": one.number, "book": one.book, "client": one.client, "period": one.period, "currency": one.currency, "net": one.net,
        "seconds": one.seconds, "worked": worked if format is Format.csv else both(one.seconds), "hours": hours,
        "choices": list(one.choices) if format is Format.json else ", ".join(one.choices) or "none",
        "until": f"{one.until:%Y-%m-%dT%H:%MZ}" if one.until else "", "cause": one.cause,
    }  # fmt: skip


def _foot(corrections: list[Row], every: int) -> str:
    """How many documents and how many changes of billed time wait."""
    told = [counted(every - len(corrections), "document waits", "documents wait")] * (every > len(corrections))
    told += [counted(len(corrections), "change of billed time waits", "changes of billed time wait")] * bool(corrections)
    return f"{' and '.join(told)} for a choice." if told else "Nothing waits for a choice."


def _choose(number: str, choice: str, why: str, *, book: str, config: Config, format: Format, wait: bool) -> None:  # noqa: A002
    with writing(config, f"corrections {number} {choice}", wait=wait) as work:
        from connector.use_cases.corrections import choose  # noqa: PLC0415

        done = choose(work.ws, number, choice, why, who_am_i(), book)
        row: Row = {name: getattr(done, name) for name in CHOSEN}
        show([row], CHOSEN, format)
        work.summary = f"{done.ref}: {done.choice}"
        tell(NEXT[done.choice])
