"""Changes since the plan that was approved: a document each, its facts, and its lines as they were and as they are."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from connector.core.changes import LineChange, LineFigures
from connector.reports.hours import amount, both_of
from connector.reports.planned import Changed
from connector.reports.tables import Part, Said, Table

TITLE = "Changes since the plan you approved"


def parts_of(changed: tuple[Changed, ...]) -> Iterator[Part]:
    """Nothing where nothing changed."""
    if not changed:
        return
    yield Said(f"\n{TITLE}", "bold")
    for one in changed:
        yield from _document(one)


def _document(one: Changed) -> Iterator[Part]:
    sent = {
        "approved": "not sent yet, and apply will not send it as it was",
        "stale": "apply found it changed and did not send it",
        "refused": "it was refused over there",
    }
    yield Said(
        f"{one.number or one.key}  {one.client}  {one.period}  {one.currency} {one.was:,} -> {_now(one)}: {one.what}"
        f" ({sent.get(one.state, 'it was sent as approved')})"
    )
    for fact in one.facts:
        if fact.what == "terms" and not fact.now:  # what is held as it stands over there is not planned, and has no terms of its own
            continue
        yield Said(f"   {fact.what}: {fact.was or 'none'} -> {fact.now or 'none'}")
    rows = [_row(line) for line in one.lines]
    columns = [
        "line",
        "text as the client reads it",
        ">hours was",
        ">hours now",
        ">price was",
        ">price now",
        ">net was",
        ">net now",
        "what",
    ]
    yield Table(title="", columns=columns, rows=rows)


def _now(one: Changed) -> str:
    return "nothing" if one.now is None else f"{one.now:,}{_more(one.now - one.was)}"


def _more(difference: Decimal) -> str:
    return f" ({difference:+,})" if difference else ""


def _row(change: LineChange) -> list[str]:
    was, now = change.was, change.now
    said = now or was
    assert said is not None, "a line that changed was or is"
    old = f"\nwas: {was.description}" if was and now and was.description != now.description else ""
    what = f"{change.what}: {', '.join(change.fields)}" if change.fields else change.what
    return [
        str(said.line), said.description + old, _hours(was), _hours(now), _amount(was, "price"), _amount(now, "price"),
        _amount(was, "net"), _amount(now, "net"), what + "".join(_others(change)),
    ]  # fmt: skip


def _hours(of: LineFigures | None) -> str:
    return both_of(of.hours) if of else ""


def _amount(of: LineFigures | None, name: Literal["price", "net"]) -> str:
    return "" if of is None else amount(of.price if name == "price" else of.net)


def _others(change: LineChange) -> Iterator[str]:
    """What has no column of its own, as it was and as it is."""
    if change.was is None or change.now is None:
        return
    for name, what in (("target", "target"), ("tax_code", "tax code"), ("tracking", "tracking")):
        before, after = getattr(change.was, name), getattr(change.now, name)
        if before != after:
            yield f"\n{what} {_said(before)} -> {_said(after)}"
    if "dates" in change.fields:
        yield f"\n{change.was.service_from} to {change.was.service_to} -> {change.now.service_from} to {change.now.service_to}"


def _said(value: object) -> str:
    text = "; ".join(f"{name}: {option}" for name, option in value.items()) if isinstance(value, dict) else str(value)
    return text or "none"
