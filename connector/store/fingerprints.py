"""What tells one saying of an entry from another: `billing` (what a document depends on) raises the revision and makes corrections, `words`
(notes and names) does not. Edit stamps are in neither. Both are made of what was said before and of what is said now, and never stored: a
program that looks at more, or at less, than the one before finds no change where the source made none.
"""

import msgspec

from connector.model import TimeEntry

_encode = msgspec.json.Encoder().encode


def billing_fingerprint(entry: TimeEntry) -> bytes:
    """Ids, day, time, flags and money; a name counts where the source has no id."""
    return _encode((
        entry.client_id or entry.client, entry.project_id or entry.project, entry.work_type_id or entry.work_type,
        entry.task_id or entry.task, entry.person_id or entry.person, entry.role, entry.ticket, entry.agreement, entry.po,
        entry.worked_on, entry.started, entry.ended, entry.seconds, entry.hours, entry.billable, entry.approved, entry.running,
        entry.rate, entry.currency, entry.problem,
    ))  # fmt: skip


def words_fingerprint(entry: TimeEntry) -> bytes:
    """Everything a person reads, and the source's own billed flag."""
    return _encode((
        entry.client, entry.project, entry.work_type, entry.task, entry.person, entry.ticket_title, entry.site, entry.department,
        entry.tags, entry.notes, entry.internal_notes, entry.captured_by, entry.billed, entry.billed_document,
    ))  # fmt: skip
