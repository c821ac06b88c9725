"""What tells one saying of an entry from another. Two versioned fingerprints guard the upsert: `billing` (what a document depends on)
raises the revision and makes corrections, `words` (notes and names) does not. Edit stamps and billed flags are in neither.
"""

import hashlib

import msgspec

from connector.model import TimeEntry

VERSION = b"\x01"
_encode = msgspec.json.Encoder().encode


def billing_fingerprint(entry: TimeEntry) -> bytes:
    """16 bytes over ids, day, time, flags and money; a name counts where the source has no id."""
    facts = (
        entry.client_id or entry.client, entry.project_id or entry.project, entry.work_type_id or entry.work_type,
        entry.task_id or entry.task, entry.person_id or entry.person, entry.role, entry.ticket, entry.agreement, entry.po,
        entry.worked_on, entry.started, entry.ended, entry.seconds, entry.hours, entry.billable, entry.approved, entry.running,
        entry.rate, entry.currency, entry.problem,
    )  # fmt: skip
    return VERSION + hashlib.blake2b(_encode(facts), digest_size=15).digest()


def words_fingerprint(entry: TimeEntry) -> bytes:
    """16 bytes over everything a person reads, and the source's own billed flag."""
    facts = (
        entry.client, entry.project, entry.work_type, entry.task, entry.person, entry.ticket_title, entry.site, entry.department,
        entry.tags, entry.notes, entry.internal_notes, entry.captured_by, entry.billed, entry.billed_document,
    )  # fmt: skip
    return VERSION + hashlib.blake2b(_encode(facts), digest_size=15).digest()
