"""What the daemon's jobs do: the steps of the cycle, one connection or one book at a time, by the same use cases as the commands.

A job returns how it ended; what it cannot do at all it raises. What became of single documents is not a failure of the job: each
waits, or is looked up again, by itself.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from connector.core.periods import Period, read_period
from connector.errors import ConfigError
from connector.reports import plan as plan_report
from connector.reports import reconcile as reconcile_report
from connector.reports import unmatched as unmatched_report
from connector.reports.statuses import BookStatus
from connector.store import approvals, protocol
from connector.store.store import Tx
from connector.store.troubles import SEES_A_PART
from connector.use_cases.apply import apply
from connector.use_cases.catalogue import prove_company
from connector.use_cases.plan import plans_of
from connector.use_cases.pull import pull, read_book
from connector.use_cases.reconcile import tie_out
from connector.use_cases.resolve import resolve
from connector.use_cases.status import status
from connector.use_cases.sync import MENDED_HOURS, approve_by_policy
from connector.use_cases.told import Told, error_of
from connector.use_cases.unmatched import find
from connector.use_cases.workspace import Workspace

FRESH = timedelta(days=1)
"""Sources that were read to their end within this time are whole enough to approve on."""
TROUBLES: Mapping[str, int] = {"refused": 4, "doubt": 4, "stale": 3, "held": 3, "waits": 4}
"""What may become of a document other than being sent, and the exit code it stands for."""
SHOWN_MAX = 3


class Done(Struct, frozen=True, kw_only=True):
    """How a job ended: its exit codes, a sentence for `runs`, and the error that stopped it half-way, where one did. `status`: how
    the book stands afterwards, where the job looked.
    """

    codes: tuple[int, ...] = ()
    said: str = ""
    error: Exception | None = None
    status: BookStatus | None = None


# ---- of a connection -------------------------------------------------------------------------------------------------------------


def read_source(ws: Workspace, name: str, *, full: bool = False) -> Done:
    """What changed at one source, or with `full` everything there; then every disposition and price."""
    pulled = pull(ws, only=(name,), books=False, full=full)
    staged = sum(found.moved for found in pulled.connections.values())
    said = "; ".join([f"{staged:,} entries new or changed", *(warning for _, warning in pulled.warnings)])
    error = next((error for _, error in pulled.failures), None)
    return Done(codes=(error.exit_code,) if error else (), said=str(error) if error else said, error=error)


# ---- of a book --------------------------------------------------------------------------------------------------------------------


def is_idle(read: Tx, book: str) -> bool:
    """Whether a book has nothing to send and nothing to look up: no request is spent on finding out."""
    return not approvals.approved(read, book) and not protocol.unfinished(read, book)


def resolve_book(ws: Workspace, book: str) -> Done:
    """Looks up what was in flight when the program last ended."""
    told = Told()
    with ws.lease(f"book:{book}") as lease:
        prove_company(ws, book, lease)
        resolve(ws, book, lease, told)
    return _done(told)


def plan_book(ws: Workspace, book: str) -> Done:
    """Reads what changed over there, draws the plan, approves what the book's policy allows, and says what waits for a person."""
    read_book(ws, book, mended_hours=MENDED_HOURS)
    half = half_read(ws)
    approved = 0 if half else approve_by_policy(ws, book)
    (found,) = [one for one in status(ws).books if one.name == book]
    parts = [
        f"{approved} approved by policy" if approved else "",
        f"nothing was approved: {half}" if half and _has_policy(ws, book) else "",
    ]
    return Done(said="; ".join(filter(None, parts)), status=found)


def _has_policy(ws: Workspace, book: str) -> bool:
    return ws.book(book).auto_approve is not None


def half_read(ws: Workspace) -> str:
    """Why the sources are not whole, "" when they are: nothing is approved on half of them."""
    with ws.store.snapshot() as read:
        rows = {row[0]: row[1:] for row in read.exec_driver_sql("SELECT name, trouble, trouble_code, last_complete_pull FROM connections")}
    for name in ws.source_names:
        trouble, code, pulled = rows.get(name, ("", 0, None))
        if trouble and code == SEES_A_PART:
            return f"{name} {trouble}"
        if trouble or pulled is None or ws.now() - datetime.fromisoformat(pulled) > FRESH:
            return f"{name} was not read to its end within a day"
    return ""


def apply_book(ws: Workspace, book: str) -> Done:
    """Sends what is approved, exactly once."""
    return _done(apply(ws, book))


def _done(told: Told) -> Done:
    codes = [code for outcome, code in TROUBLES.items() if getattr(told, outcome)]
    counts = {"sent": len(told.done) - len(told.adopted), "adopted": len(told.adopted)}
    counts |= {outcome: len(getattr(told, outcome)) for outcome in TROUBLES}
    parts = [f"{count:,} {'in doubt' if outcome == 'doubt' else outcome}" for outcome, count in counts.items() if count]
    troubles = [f"{number}: {reason}" for outcome in TROUBLES for number, reason in getattr(told, outcome)]
    error = error_of(told) if told.stopped else None
    said = [", ".join(parts) or "nothing to send", *([str(error)] if error else troubles[:SHOWN_MAX])]
    return Done(codes=(*codes, *((error.exit_code,) if error else ())), said="; ".join(said), error=error)


def reconcile_book(ws: Workspace, book: str) -> Done:
    """The tie-out of a book, after a look over there."""
    found = tie_out(ws, book, online=True)
    if found.ties:
        return Done(said="ties")
    broken = [equation.what for equation in found.equations if not equation.holds]
    broken += [f"{one.what}: {one.cause}" for one in found.differences]
    return Done(codes=(4,), said="; ".join(["does not tie", *broken[:SHOWN_MAX]]))


def write_reports(ws: Workspace, book: str) -> Done:
    """The reports of the first of the month, as files: what waits, the plan, and the tie-out of the last period that ended.

    Raises ConfigError where they cannot be written.
    """
    ended = _last_ended(ws, book)
    folder = ws.reports_folder / book / (ended.key if ended else f"{ws.now():%Y-%m}")
    waits, tied = find(ws, book), tie_out(ws, book, ended.key if ended else None)
    (planned,) = plans_of(ws, book=book)
    texts = {
        "unmatched.csv": unmatched_report.as_csv(waits), "plan.json": plan_report.as_json(planned),
        "plan.csv": plan_report.as_csv(planned), "tie-out.json": reconcile_report.as_json(tied), "tie-out.csv": reconcile_report.as_csv(tied),
    }  # fmt: skip
    try:
        _write(folder, texts)
    except OSError as error:
        raise ConfigError(
            f"the reports cannot be written ({error.strerror})", to=str(folder),
            next_step="Let this user write there, or name another `reports_folder` under `schedule` in config.yaml",
        ) from None  # fmt: skip
    return Done(said=f"{len(texts)} files in {folder}")


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    """Each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        part = folder / f"{name}.part"
        part.write_text(text, "utf-8")
        part.replace(folder / name)


def _last_ended(ws: Workspace, book: str) -> Period | None:
    """The newest of the book's periods that is over."""
    today = ws.now().astimezone(ws.book(book).timezone).date()
    with ws.store.snapshot() as read:
        keys = read.exec_driver_sql("SELECT DISTINCT period FROM charges WHERE book = ? AND period <> ''", (book,)).scalars()
        periods = [read_period(key) for key in keys]
    return max((period for period in periods if period.last < today), key=lambda period: period.last, default=None)


JOBS: Mapping[str, Callable[[Workspace, str], Done]] = {
    "resolve": resolve_book,
    "pull": read_source,
    "full": lambda ws, name: read_source(ws, name, full=True),
    "plan": plan_book,
    "apply": apply_book,
    "reconcile": reconcile_book,
    "reports": write_reports,
}
"""Kind of job → what it does with its connection or book."""
