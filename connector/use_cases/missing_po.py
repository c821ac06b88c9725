"""Documents that wait for a PO, as findings: their charges stay `ready`, so they are in no bucket of what waits, but a person must act."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime

from connector.reports.findings import Finding
from connector.store import entries, first_seen
from connector.store.store import Tx
from connector.use_cases.standing import Planned
from connector.use_cases.workspace import Workspace

KIND = "po"
IDS_MAX = 100


def named(step: Planned) -> str:
    """The same for as long as the document waits."""
    return hashlib.sha256(f"{KIND}\x1f{step.key}".encode()).hexdigest()[:16]


def waiting(steps: Iterable[Planned]) -> list[Planned]:
    return [step for step in steps if step.no_po]


def findings(ws: Workspace, read: Tx, book: str, steps: Iterable[Planned], latest: str) -> Iterator[Finding]:
    """One a document. `latest`: the last complete pull; what was seen since then is new."""
    known = first_seen.first_seen(ws.store, read)
    for step in waiting(steps):
        staged = list(entries.by_keys(read, list(dict.fromkeys(step.entries))).values())
        days = [one.entry.worked_on for one in staged if one.entry.worked_on]
        seen = known.get(named(step), ws.now().isoformat())
        yield Finding(
            disposition="held", connection=staged[0].connection if staged else "", kind=KIND, value="no PO", client=step.client,
            reason=step.no_po, fix=f"po: NUMBER   # clients.yaml, {step.client}", entries=len(staged),
            entry_ids=tuple(one.entry.id for one in staged)[:IDS_MAX], seconds=step.seconds,
            value_at_risk={step.currency: step.net} if step.currency and step.net is not None else {}, estimate="priced",
            oldest=min(days, default=None), newest=max(days, default=None), blocks=(step.key,), first_seen=seen, suggestions=(), book=book,
            people=tuple(dict.fromkeys(one.entry.person for one in staged if one.entry.person)), owner="finance",
            new=datetime.fromisoformat(seen) >= datetime.fromisoformat(latest) if latest else True,
        )  # fmt: skip
