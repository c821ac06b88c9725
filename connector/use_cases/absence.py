"""Entries that a complete listing lacks: gone, or only not seen this time.

A snapshot is complete by itself. Elsewhere an entry is gone only when two complete listings of two runs at least ten minutes apart
lack it, what changed was read up to the listing's start, the credential sees what it saw then, and, where the source reads
single entries, a read finds nothing; where it cannot and pages by number, only two equal passes are believed. When many vanish at once, a person is asked.
"""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from connector.errors import UnsafePlanError
from connector.model import TimeEntry
from connector.ports import ReadsEntries, Window
from connector.reports.words import counted
from connector.store import audit, entries, seen, staging
from connector.store.seen import Compared, Missing, Seen
from connector.store.staging import Stagings
from connector.store.store import Tx
from connector.use_cases.listing import Listing, Reading, read

VANISHED_PERCENT_MAX = 20
VANISHED_FLOOR = 10
SHOWN_MAX = 3
"""Months that a warning names, the last ones."""
BETWEEN_LISTINGS = timedelta(minutes=10)
READ_MAX = 500
"""Entries read one by one after a listing; the rest waits for the next one."""
READ_AT_ONCE = 50


class Absence(Struct, frozen=True, kw_only=True):
    """What followed from a listing: keys that are gone, entries found alive after all, keys first lacked now, and warnings."""

    gone: tuple[int, ...] = ()
    alive: tuple[TimeEntry, ...] = ()
    lacked: tuple[int, ...] = ()
    back: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()


def look_for_absent(reading: Reading, listing: Listing, window: Window, *, confirmed: bool) -> Absence:
    """What a complete listing of the window says about entries that are not in it; asks the source, and writes nothing.

    `confirmed`: a person had it listed twice, which counts for two runs. Raises UnsafePlanError where many are missing at once.
    """
    if reading.deletions not in ("snapshot", "absence"):
        return Absence()
    with reading.ws.store.snapshot() as before:
        found = seen.compare(before, reading.number, window, listing.seen)
    if not reading.sees_what_it_saw:
        return Absence(back=found.back, warnings=_untrusted(len(found.missing)))
    found, kept = _within_its_dates(reading, found)
    _refuse_mass(reading, found)
    if reading.deletions == "snapshot":
        return Absence(gone=tuple(one.key for one in found.missing), back=found.back, warnings=_outside(kept, found))
    suspects = [one for one in found.missing if one.since is not None and (confirmed or _is_old(reading, one.since))]
    lacked = tuple(one.key for one in found.missing if one.since is None)
    if suspects and not _stood_still(reading, listing, window):
        suspects = []
    return _asked(reading, suspects, lacked, found.back)


def settle(tx: Tx, reading: Reading, absence: Absence) -> Stagings:
    """Writes what was found; what is gone stays as a row that somebody can read."""
    ws = reading.ws
    seen.mark_absent(tx, absence.back, None)
    seen.mark_absent(tx, absence.lacked, ws.now().isoformat())
    staging.delete(tx, absence.gone, ws.run)
    done = Stagings()
    if absence.alive:
        held = Seen(0)
        done = staging.stage(tx, reading.number, reading.name, ws.run, absence.alive, held.add)
        seen.mark_absent(tx, entries.keys_of(tx, reading.number, [entry.id for entry in absence.alive]), None)
    done.deleted += len(absence.gone)
    if absence.gone or absence.lacked or absence.alive:
        audit.append(
            tx, f"connection:{reading.name}", ws.now(), "absent",
            {"gone": len(absence.gone), "lacked": len(absence.lacked), "alive": len(absence.alive), "run": ws.run,
             **({"forced": reading.forced} if reading.forced else {})},
        )  # fmt: skip
    return done


def _within_its_dates(reading: Reading, found: Compared) -> tuple[Compared, int]:
    """Of a snapshot: what it lacks in the months that it holds; and how much else it lacks, of which it says nothing. A file that was
    replaced by the next month's deletes nothing, nor does a row of a mistyped year speak for the years between. What has no readable day
    is of any month, so it is gone only where no month is.
    """
    if reading.deletions != "snapshot" or reading.forced or not found.held:
        return found, 0
    inside = tuple(one for one in found.missing if one.worked_on is not None and one.worked_on[:7] in found.months)
    dayless = tuple(one for one in found.missing if one.worked_on is None)
    if len(inside) + len(dayless) == len(found.missing):
        return found, 0
    return replace(found, live=found.held + len(inside), missing=inside), len(found.missing) - len(inside)


def _outside(kept: int, found: Compared) -> tuple[str, ...]:
    if not kept:
        return ()
    held = ", ".join(sorted(found.months)[-SHOWN_MAX:]) or "none that can be read"
    said = (
        f"{counted(kept, 'entry', 'entries')} of months of which it holds nothing any more are kept as they were read last (it holds: {held}): "
        "`hourbridge pull --force REASON` if they are really gone; `extract: partial` where each month's file takes the place of the last"
    )
    return (said,)


def _refuse_mass(reading: Reading, found: Compared) -> None:
    missing = len(found.missing)
    mass = missing > VANISHED_FLOOR and missing * 100 > found.live * VANISHED_PERCENT_MAX
    emptied = reading.deletions == "snapshot" and missing > 0 and not found.held
    if not reading.forced and (mass or emptied):
        raise UnsafePlanError(
            f"{missing} of {found.live} entries are missing from a complete listing", to=reading.name,
            next_step="If they are really gone, `hourbridge pull --force REASON`; nothing was deleted.",
        )  # fmt: skip


def _stood_still(reading: Reading, listing: Listing, window: Window) -> bool:
    """Whether a listing by page number held everything: while rows move, one can be passed over, also by two listings. Where no entry can
    be asked for by its id, the same window is listed once more, and only two equal passes are believed.
    """
    source = reading.source
    if source.traits.keyset_paging or listing.pages == 1 or isinstance(source, ReadsEntries):
        return True
    return read(reading, window, None).repeats(listing)


def _is_old(reading: Reading, since: str) -> bool:
    return seen.age(since, reading.ws.now()) >= BETWEEN_LISTINGS


def _asked(reading: Reading, suspects: Sequence[Missing], lacked: tuple[int, ...], back: tuple[int, ...]) -> Absence:
    """Each suspect is read by its id where the source can: one that is only not visible is not gone."""
    source = reading.source
    if not isinstance(source, ReadsEntries):
        return Absence(gone=tuple(one.key for one in suspects), lacked=lacked, back=back)
    alive: list[TimeEntry] = []
    hidden: set[str] = set()
    asked = suspects[:READ_MAX]
    for start in range(0, len(asked), READ_AT_ONCE):
        reading.ws.may_go_on(reading.name)
        reading.ws.store.renew_lease(reading.lease)
        found, not_shown = source.read_entries([one.entry_id for one in asked[start : start + READ_AT_ONCE]])
        alive += found
        hidden |= not_shown
    there = hidden | {entry.id for entry in alive}
    warnings = []
    if hidden:
        warnings.append(f"{len(hidden)} entries are no longer shown to this credential; they are kept as they were last seen")
    if len(suspects) > len(asked):
        warnings.append(f"{len(suspects) - len(asked)} more missing entries wait to be read one by one: pull --full again")
    gone = tuple(one.key for one in asked if one.entry_id not in there)
    return Absence(gone=gone, alive=tuple(alive), lacked=lacked, back=back, warnings=tuple(warnings))


def _untrusted(missing: int) -> tuple[str, ...]:
    if not missing:
        return ()
    return (f"{missing} entries are missing, but the credential does not see what it saw before: nothing was taken for deleted",)
