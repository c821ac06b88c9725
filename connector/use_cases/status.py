"""Status: whether the connections are fresh, and what waits for a person in each book."""

from collections.abc import Mapping

from connector.core.periods import is_due, read_period
from connector.reports.statuses import BookStatus, ConnectionStatus, Status
from connector.store import approvals, entries, keeper, troubles
from connector.store.store import RunRow
from connector.use_cases.closed import closed_periods
from connector.use_cases.standing import Planned, Standing, head, standing
from connector.use_cases.strangers import strangers
from connector.use_cases.workspace import Workspace

SENDS = frozenset({"create", "update", "void", "credit"})


def status(ws: Workspace) -> Status:
    """Reads one snapshot; computes afresh only where the stored charges are no longer current."""
    with standing(ws) as now:
        return status_in(ws, now)


def status_in(ws: Workspace, now: Standing) -> Status:
    """The same, for whoever reads more from that snapshot."""
    return Status(
        connections=_connections(ws, now),
        books=tuple(_book(ws, now, name) for name in ws.books),
        head=head(ws, now, None, None),
    )


def runs(ws: Workspace, limit: int = 50) -> list[RunRow]:
    """The latest sync runs, newest first."""
    return ws.store.runs(limit)


def _connections(ws: Workspace, now: Standing) -> tuple[ConnectionStatus, ...]:
    rows = {
        row[0]: row[1:]
        for row in now.read.exec_driver_sql(
            "SELECT name, kind, last_complete_pull, last_full_listing, trouble, trouble_code FROM connections"
        )
    }
    spent, tokens, totals, ends = _spent(ws, now), _tokens(now), entries.totals(now.read), keeper.authorise_by(now.read)
    found = []
    for name in dict.fromkeys((*ws.source_names, *rows, *spent, *tokens)):
        kind, pulled, listed, trouble, code = rows.get(name, (ws.kinds.get(name, ""), None, None, "", 0))
        found.append(
            ConnectionStatus(
                name=name,
                kind=kind,
                last_complete_pull=pulled,
                last_full_listing=listed,
                trouble=trouble,
                trouble_code=code,
                budget=spent.get(name, {}),
                token_expires=tokens.get(name),
                entries=totals.get(name, (0, 0))[0],
                source=name in ws.source_names or name in rows,
                authorise_by=ends.get(name),
            )
        )
    return tuple(found)


def _spent(ws: Workspace, now: Standing) -> dict[str, dict[str, int]]:
    """Connection → budget → calls counted in its window; a budget that is paused says the seconds left as `NAME paused`."""
    found: dict[str, dict[str, int]] = {}
    for left in keeper.budgets(now.read, ws.now()):
        mine = found.setdefault(left.connection, {})
        mine[left.name] = left.spent
        if left.paused_seconds:
            mine[f"{left.name} paused"] = left.paused_seconds
    return found


def _tokens(now: Standing) -> dict[str, str]:
    rows = now.read.exec_driver_sql("SELECT connection, expires_at FROM tokens")
    return {str(connection): str(expires_at) for connection, expires_at in rows}


def _book(ws: Workspace, now: Standing, name: str) -> BookStatus:
    waiting = _waiting(ws, now, name)
    read = now.read
    approved = {approved.step.digest for approved in approvals.approved(read, name)}
    steps = now.planned.get(name, ())
    trouble, code = troubles.of_books(read).get(name, ("", 0))
    return BookStatus(
        name=name,
        last_run=read.exec_driver_sql("SELECT max(started_at) FROM runs").scalar(),
        in_doubt=int(_one(now, "SELECT count(*) FROM documents WHERE book = ? AND state IN ('intended', 'sent', 'held')", name)),
        held=waiting.get("held", 0),
        unmatched=waiting.get("unmatched", 0),
        pending=waiting.get("pending", 0),
        awaiting_approval=sum(_sends(step) and step.digest not in approved for step in steps),
        approved=len(approved),
        held_documents=sum(step.action == "hold" for step in steps),
        strangers=len(strangers(now.read, name)),
        trouble=trouble,
        trouble_code=code,
        looked_at=read.exec_driver_sql("SELECT looked_at FROM books WHERE name = ?", (name,)).scalar(),
        closed=tuple(sorted((one.period for one in closed_periods(read, name)), key=lambda key: read_period(key).first)),
    )


def _one(now: Standing, sql: str, book: str) -> int:
    return int(now.read.exec_driver_sql(sql, (book,)).scalar_one())


def _sends(step: Planned) -> bool:
    return step.action in SENDS


def _waiting(ws: Workspace, now: Standing, book: str) -> Mapping[str, int]:
    """Disposition → entries, of periods that are due; time without a readable date always waits."""
    rows = now.read.exec_driver_sql(
        "SELECT disposition, period, count(DISTINCT entry) FROM charges "
        "WHERE book = ? AND (disposition = 'unmatched' OR disposition = 'held' OR disposition = 'pending') GROUP BY 1, 2",
        (book,),
    )
    found: dict[str, int] = {}
    settings = ws.books[book]
    today = ws.now().astimezone(settings.timezone).date()
    for disposition, period, count in rows:
        if not period or is_due(read_period(period), today, settings.grace_days):
            found[disposition] = found.get(disposition, 0) + count
    return found
