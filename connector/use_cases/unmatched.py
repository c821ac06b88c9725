"""Unmatched: everything that a person must do before the period can go, worst money first.

Entries that wait for the same act are one finding: same disposition, connection, kind, what the source says, client. Their texts are
read, and matched again, for these entries only.
"""

import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from connector.core.minor import from_minor
from connector.core.values import Staged
from connector.core.values import Unmatched as Missing
from connector.reports.findings import Finding, Suggested, ToDecide, Unmatched
from connector.store import charges, entries, first_seen
from connector.store.charges import Stored
from connector.store.store import Tx
from connector.use_cases import missing_po
from connector.use_cases.again import Again
from connector.use_cases.picture import Picture
from connector.use_cases.standing import ALL, Planned, head, outlook, remember, standing
from connector.use_cases.workspace import Workspace

WAITING = ("unmatched", "held", "pending")
IDS_MAX = 100
WEAKEST = ("priced", "client_mean", "book_mean", "none")
OWNERS = {"pending": "service manager", "unmatched": "finance", "held": "finance"}
CHOOSE = "`hourbridge corrections` lists what may be chosen"
CLOSED = " was closed"
"""How the reason of a correction ends whose time stands on no document: the certificate has it, and nothing was billed of it."""
AT_THE_SOURCE = "mend it at the source, then `hourbridge pull`"


class Group(NamedTuple):
    """What makes entries one finding."""

    disposition: str
    connection: str
    kind: str
    value: str
    client: str
    book: str

    @property
    def name(self) -> str:
        """The same for as long as it waits, whatever becomes of its entries."""
        return hashlib.sha256("\x1f".join(self).encode()).hexdigest()[:16]


class Waiting(Struct, frozen=True):
    """One charge that waits, with its entry, and what could not be matched."""

    charge: Stored
    staged: Staged
    missing: Missing | None


def find(ws: Workspace, book: str | None = None) -> Unmatched:
    """All findings, or one book's; what nobody could be found for is shown in the default book."""
    name = ws.book(book).name if book not in (None, ALL) else None
    with standing(ws) as now:
        groups = _groups(ws, now.read, name)
        known = first_seen.first_seen(ws.store, now.read)
        told = head(ws, now, name, None)
        latest = max((pull.last_complete_pull for pull in told.pulls if pull.last_complete_pull), default="")
        seen = {group: known.get(group.name, ws.now().isoformat()) for group in groups}
        found = [
            _finding(group, waiting, now.planned.get(group.book, ()), seen[group], new=seen[group] >= latest)
            for group, waiting in groups.items()
        ]
        for its, steps in now.planned.items():
            if name in (None, its):
                found += missing_po.findings(ws, now.read, its, steps, latest)
        findings = sorted(found, key=_worst_first)
        suggested = _suggestions(ws, findings)
        return Unmatched(
            head=told,
            findings=tuple(_with(finding, suggested.get((finding.kind, finding.value), ())) for finding in findings),
            entries=tuple(_to_decide(waiting) for group in groups.values() for waiting in group),
            blocking_seconds=sum(finding.seconds for finding in findings if finding.blocks and finding.kind != missing_po.KIND),
        )


def note(ws: Workspace, tx: Tx, picture: Picture) -> None:
    """What a pull stores for the reports besides the charges: the plans in short, and when each finding was first seen."""
    remember(ws, tx, picture)
    steps = [step for planned in outlook(picture.plans).values() for step in missing_po.waiting(planned)]
    names = [*(group.name for group in _groups(ws, tx, None)), *(missing_po.named(step) for step in steps)]
    first_seen.keep(ws.store, tx, names, ws.now())


# ---- grouping ----------------------------------------------------------------------------------------------------------------------


def _groups(ws: Workspace, read: Tx, book: str | None) -> dict[Group, list[Waiting]]:
    stored = [row for row in charges.rows(read, WAITING) if book in (None, row.book)]
    staged = entries.by_keys(read, list(dict.fromkeys(row.entry for row in stored)))
    again = Again(ws, read)
    groups: dict[Group, list[Waiting]] = {}
    for row in stored:
        one = staged[row.entry]
        missing = again.missing(one, row.kind) if row.disposition == "unmatched" else None
        groups.setdefault(_group(row, missing), []).append(Waiting(row, one, missing))
    return groups


def _group(row: Stored, missing: Missing | None) -> Group:
    value = missing.value if missing else row.reason
    return Group(row.disposition, row.connection, row.kind or row.reason.replace(" ", "_"), value, row.client, row.book)


# ---- one finding ---------------------------------------------------------------------------------------------------------------------


def _finding(group: Group, waiting: Sequence[Waiting], planned: Sequence[Planned], seen: str, *, new: bool) -> Finding:
    rows = [one.charge for one in waiting]
    days = [one.staged.entry.worked_on for one in waiting if one.staged.entry.worked_on]
    ids = dict.fromkeys(one.staged.entry.id for one in waiting)
    people = dict.fromkeys(one.staged.entry.person for one in waiting if one.staged.entry.person)
    return Finding(
        disposition=group.disposition, connection=group.connection, kind=group.kind, value=group.value, client=group.client,
        reason=_reason(waiting), fix=_fix(group, waiting), entries=len(ids), entry_ids=tuple(ids)[:IDS_MAX],
        seconds=sum(row.seconds for row in rows), value_at_risk=_at_risk(rows),
        estimate=max((_estimate(row) for row in rows if row.value is not None), key=WEAKEST.index, default="none"),
        oldest=min(days, default=None), newest=max(days, default=None), blocks=_blocks(group, rows, planned), first_seen=seen,
        suggestions=(), book=group.book, people=tuple(people), owner="source" if group.kind == "unreadable" else OWNERS[group.disposition],
        new=new, unvalued_seconds=sum(row.seconds for row in rows if row.value is None),
    )  # fmt: skip


def _estimate(row: Stored) -> str:
    return row.estimate if row.estimate in WEAKEST else "none"


def _at_risk(rows: Iterable[Stored]) -> dict[str, Decimal]:
    sums: dict[str, int] = {}
    for row in rows:
        if row.value is not None and row.currency:
            sums[row.currency] = sums.get(row.currency, 0) + row.value
    return {currency: from_minor(units, currency) for currency, units in sorted(sums.items())}


def _reason(waiting: Sequence[Waiting]) -> str:
    """The sentence that all of them share, else the short reason; what cannot be read says what the first of them is."""
    said = list(dict.fromkeys(one.missing.reason if one.missing else one.charge.says or one.charge.reason for one in waiting))
    if waiting[0].charge.kind == "unreadable" and len(said) > 1:
        return f"{said[0]}; and {len(said) - 1:,} more like it: --format csv"
    return said[0] if len(said) == 1 else waiting[0].charge.reason


def _fix(group: Group, waiting: Sequence[Waiting]) -> str:
    """A line to paste into a mapping file or a shell, or what to do elsewhere."""
    first = waiting[0]
    if group.kind == "unreadable":
        return f"{AT_THE_SOURCE} ({first.staged.entry.origin})" if first.staged.entry.origin else AT_THE_SOURCE
    if group.disposition == "pending":
        return f"approve it in {group.connection}, then `hourbridge pull`"
    if group.kind == "document":
        return "choose what becomes of the document: `hourbridge corrections`"
    if first.missing and first.missing.fix:
        return first.missing.fix
    if group.kind == "correction":
        moved_here = group.value.startswith("moved here")  # on no document yet: it can be given up whole
        if group.value.endswith(CLOSED):
            period = group.value.removesuffix(CLOSED).rpartition(" ")[2].replace("period", first.charge.period)
            return f'hourbridge close {period} --book {group.book} --reopen --why "TEXT"   # then close it again; else it stays listed beside the certificate'
        return f"hourbridge decide {first.staged.ref} write_off --why TEXT" if moved_here else CHOOSE
    others = f" ({len(waiting) - 1:,} more like it: --format csv)" if len(waiting) > 1 else ""
    if group.kind == "duplicate":
        return f"hourbridge decide {first.staged.ref} exclude --why TEXT   # a repeat; `release` bills it as well{others}"
    return f"hourbridge decide {first.staged.ref} release --why TEXT" + (f"   #{others}" if others else "")


def _blocks(group: Group, rows: Sequence[Stored], planned: Sequence[Planned]) -> tuple[str, ...]:
    """Documents of this client that wait because its time is not whole; older time blocks what it was carried into as well."""
    oldest = min((row.period for row in rows if row.period), default="")
    if not group.client or not oldest:
        return ()
    return tuple(step.key for step in planned if step.incomplete and step.client == group.client and step.period >= oldest)


def _worst_first(finding: Finding) -> tuple[bool, Decimal, int, str, str]:
    """Money first, most of it first, whatever its currency and sign; then what has none, most hours first."""
    most = max(map(abs, finding.value_at_risk.values()), default=Decimal(0))
    return most == 0, -most, -finding.seconds, finding.kind, finding.value


# ---- suggestions ---------------------------------------------------------------------------------------------------------------------


def _suggestions(ws: Workspace, findings: Iterable[Finding]) -> dict[tuple[str, str], tuple[Suggested, ...]]:
    """(kind, value) → similar names of our own, for a person to accept; nothing is matched by them."""
    from connector.mappings import suggest  # noqa: PLC0415  (it loads rapidfuzz, which a pull needs for nothing else)

    known = {
        "client": {client.key: [name.text for name in client.aliases] for client in ws.mapping.clients},
        "person": {person.key: [name.text for name in person.aliases] for person in ws.mapping.people},
        "work_type": {work_type.key: [name.text for name in work_type.aliases] for work_type in ws.mapping.work_types},
    }
    wanted: dict[str, set[str]] = {}
    for finding in findings:
        if finding.disposition == "unmatched" and finding.kind in known and finding.value:
            wanted.setdefault(finding.kind, set()).add(finding.value)
    return {
        (kind, value): tuple(Suggested(one.target, one.score, one.why) for one in found)
        for kind, values in wanted.items()
        for value, found in suggest(sorted(values), known[kind]).items()
    }


def _with(finding: Finding, suggestions: tuple[Suggested, ...]) -> Finding:
    return replace(finding, suggestions=suggestions) if suggestions else finding


def _to_decide(waiting: Waiting) -> ToDecide:
    row, entry = waiting.charge, waiting.staged.entry
    return ToDecide(
        entry=waiting.staged.ref, disposition=row.disposition, kind=row.kind or row.reason,
        reason=(waiting.missing.reason if waiting.missing else row.says) or row.reason,
        value=waiting.missing.value if waiting.missing else "", client=row.client or entry.client, worked_on=entry.worked_on,
        person=entry.person, project=entry.project, work_type=entry.work_type, notes=entry.notes, seconds=row.seconds,
        currency=row.currency, amount=None if row.value is None else from_minor(row.value, row.currency), estimate=_estimate(row),
    )  # fmt: skip
