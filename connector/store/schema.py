"""The sync ledger's tables. Rules are constraints where they can be.

Instants are ISO 8601 text in UTC, dates ISO text, money whole minor units of its currency, durations whole seconds; nothing is
floating point. A change here needs a migration beside it; a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

WHOLE = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both databases: money in minor units and milliseconds are more than 32 hold. SQLite numbers rows by itself only where the
type is called INTEGER.
"""
WORDS = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared and ordered by code point on both databases, as Python does, whatever the server's language."""
WAITING = "disposition = 'unmatched' OR disposition = 'held' OR disposition = 'pending'"
"""Charges that wait for a person. Not `IN`: for three names SQLite builds a small table anew for each row that is written."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *, default: str | None = "") -> Column[str]:
    return Column(name, WORDS, nullable=default is None, server_default=default)


def _int(name: str, default: int = 0) -> Column[int]:
    return Column(name, WHOLE, nullable=False, server_default=text(str(default)))


# ---- who and when ------------------------------------------------------------------------------------------------------

runs = Table(
    "runs", metadata,
    Column("id", WHOLE, primary_key=True),
    _text("command"), _text("started_at"), _text("ended_at", default=None), Column("exit_code", WHOLE), _text("summary"),
)  # fmt: skip

leases = Table(
    "leases", metadata,
    Column("name", WORDS, primary_key=True),
    _text("owner"), _int("expires_ms"), _int("token"),
)  # fmt: skip

audit = Table(
    "audit", metadata,
    Column("stream", WORDS, nullable=False), Column("seq", WHOLE, nullable=False),
    _text("at"), _text("what"), _text("body"), _text("previous"), _text("hash"),
    PrimaryKeyConstraint("stream", "seq"),
)  # fmt: skip

jobs = Table(
    "jobs", metadata,
    Column("name", WORDS, primary_key=True),
    _text("started_at", default=None), _text("ended_at", default=None), _text("succeeded_at", default=None),
    Column("exit_code", WHOLE), _text("said"), _int("run"), _int("failures"), _text("retry_at", default=None), _text("stamp"),
)  # fmt: skip

# ---- sources -----------------------------------------------------------------------------------------------------------

sources = Table(
    "sources", metadata,
    Column("id", WHOLE, primary_key=True),
    _text("kind"), _text("account"),
    UniqueConstraint("kind", "account"),
)  # fmt: skip

connections = Table(
    "connections", metadata,
    Column("name", WORDS, primary_key=True), _text("kind"),
    Column("source_id", WHOLE, ForeignKey("sources.id")),
    _text("cursor", default=None), _text("last_complete_pull", default=None), _text("last_full_listing", default=None),
    _text("trouble"), _int("trouble_code"),
)  # fmt: skip

backfills = Table(
    "backfills", metadata,
    Column("connection", WORDS, nullable=False), Column("since", WORDS, nullable=False), Column("until", WORDS, nullable=False),
    Column("marks", WHOLE, nullable=False),
    _text("done_until", default=None), _text("started_at"), _text("ended_at", default=None), _int("entries"),
    PrimaryKeyConstraint("connection", "since", "until", "marks"),
)  # fmt: skip

entries = Table(
    "entries", metadata,
    Column("key", WHOLE, primary_key=True),
    Column("source_id", WHOLE, ForeignKey("sources.id"), nullable=False),
    Column("entry_id", WORDS, nullable=False),
    _text("connection"), _int("revision", 1),
    Column("digest", LargeBinary, nullable=False, server_default=""),  # of the row it was made of, as its source gave it
    _text("worked_on", default=None), _int("seconds"), _int("deleted"), _text("absent_since", default=None), _int("run"),
    _text("client"), _text("project"), _text("body"),
    UniqueConstraint("source_id", "entry_id"),
    Index("ix_entries_sums", "key", "connection", "client", "deleted", "seconds"),  # what the tie-out adds up; a new row comes last
)  # fmt: skip

entry_history = Table(
    "entry_history", metadata,
    Column("key", WHOLE, ForeignKey("entries.key"), nullable=False), Column("seq", WHOLE, nullable=False),
    _int("revision"), _int("run"), _int("deleted"), _text("body"),
    PrimaryKeyConstraint("key", "seq"),
)  # fmt: skip

decisions = Table(
    "decisions", metadata,
    Column("id", WHOLE, primary_key=True),
    Column("entry", WHOLE, ForeignKey("entries.key"), nullable=False),
    _text("kind"), _text("slot"), _text("argument"), _int("revision"), _int("said_seconds"), _text("why"), _text("who"), _text("at"),
    _int("replaced"),
    Index("uq_decisions_one_in_force", "entry", "slot", unique=True, sqlite_where=text("replaced = 0"),
          postgresql_where=text("replaced = 0")),
)  # fmt: skip

marks = Table(
    "marks", metadata,
    Column("entry", WHOLE, ForeignKey("entries.key"), primary_key=True),
    _int("said_seconds"), _text("why"), _text("who"), _text("at"),
)  # fmt: skip

# ---- what became of it: one row a charge, rewritten only where it differs ------------------------------------------------

reasons = Table(
    "reasons", metadata,
    Column("id", WHOLE, primary_key=True), Column("digest", LargeBinary, nullable=False, unique=True), _text("body"),
)  # fmt: skip

charges = Table(
    "charges", metadata,
    Column("entry", WHOLE, ForeignKey("entries.key"), nullable=False), Column("part", WHOLE, nullable=False),
    _text("disposition"), _text("kind"), _text("reason"), _text("book"), _text("client"), _text("period"), _text("connection"),
    _int("seconds"), _int("billed_seconds"), _text("currency"), Column("value", WHOLE), Column("net", WHOLE),
    _text("estimate"), _int("late"), _text("says"), Column("why", WHOLE, ForeignKey("reasons.id")), _text("document"),
    PrimaryKeyConstraint("entry", "part"),
    Index("ix_charges_waiting", "book", "disposition", "period", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
)  # fmt: skip

# ---- documents and the push protocol --------------------------------------------------------------------------------------

books = Table(
    "books", metadata,
    Column("name", WORDS, primary_key=True),
    _text("changes_cursor", default=None), _text("looked_at", default=None), _text("company_id"),
    _text("catalogue", default=None), _text("catalogue_at", default=None), _text("trouble"), _int("trouble_code"),
)  # fmt: skip

numbers = Table(
    "numbers", metadata,
    Column("book", WORDS, nullable=False), Column("kind", WORDS, nullable=False), Column("number", WORDS, nullable=False),
    Column("key", WORDS, nullable=False), Column("generation", WHOLE, nullable=False), _text("series"), _int("seq"), _text("at"),
    PrimaryKeyConstraint("book", "kind", "number"), UniqueConstraint("book", "kind", "key", "generation"),
)  # fmt: skip

approvals = Table(
    "approvals", metadata,
    Column("id", WHOLE, primary_key=True),
    _text("book"), _text("checksum"), _text("who"), _text("at"), _text("note"), _text("forced"), _text("mapping"),
)  # fmt: skip

steps = Table(
    "steps", metadata,
    Column("id", WHOLE, primary_key=True),
    Column("approval", WHOLE, ForeignKey("approvals.id"), nullable=False),
    _text("book"), _text("key"), _int("generation", 1), _text("action"), _text("digest"), _text("number"), _text("body"),
    _text("state"), _text("reason"),
    CheckConstraint("state IN ('approved', 'applied', 'stale', 'refused', 'replaced')", name="state"),
    Index("uq_steps_one_approved", "book", "key", "generation", unique=True, sqlite_where=text("state = 'approved'"),
          postgresql_where=text("state = 'approved'")),
)  # fmt: skip

documents = Table(
    "documents", metadata,
    Column("id", WHOLE, primary_key=True),
    Column("book", WORDS, nullable=False), Column("key", WORDS, nullable=False), Column("generation", WHOLE, nullable=False),
    Column("kind", WORDS, nullable=False), Column("number", WORDS, nullable=False), _text("remote_id"),
    _text("state"), _text("their_status"), _text("reason"), _text("touched"), _text("in_doubt_since", default=None), _int("refusals"),
    _text("client"), _text("customer"), _text("period"), _text("currency"),
    _int("net"), _int("entries"), _int("seconds"), _int("billed_seconds"),
    _text("target"), _text("base", default=None), _text("theirs", default=None), _text("approved_digest"), _text("mapping"),
    UniqueConstraint("book", "key", "generation"), UniqueConstraint("book", "kind", "number"),
    CheckConstraint("state IN ('intended', 'sent', 'done', 'refused', 'held')", name="state"),
)  # fmt: skip

claims = Table(
    "claims", metadata,
    Column("entry", WHOLE, ForeignKey("entries.key"), nullable=False), Column("part", WHOLE, nullable=False),
    Column("document", WHOLE, ForeignKey("documents.id"), nullable=False, index=True),
    _int("revision"), _int("seconds"), _text("billed"), _int("billed_seconds"), _int("net"), _text("currency"), _int("line"),
    _text("client"), _text("period"), Column("why", WHOLE, ForeignKey("reasons.id")), _int("intent"),
    PrimaryKeyConstraint("entry", "part"),
)  # fmt: skip

requests = Table(
    "requests", metadata,
    Column("id", WHOLE, primary_key=True),
    _text("book"), _text("operation"), _text("method"), _text("url"), Column("body", LargeBinary), _text("members"),
    _text("key"), _int("attempt"), _text("state"), _int("token"), _text("sent_at", default=None), _text("deadline_at", default=None),
    _int("unknowns"), _text("reason"),
    CheckConstraint("state IN ('intended', 'sent', 'resolved')", name="state"),
)  # fmt: skip

intents = Table(
    "intents", metadata,
    Column("id", WHOLE, primary_key=True),
    Column("document", WHOLE, ForeignKey("documents.id"), nullable=False),
    Column("request", WHOLE, ForeignKey("requests.id")), Column("step_id", WHOLE, ForeignKey("steps.id")),
    _text("operation"), _text("digest"), _text("theirs", default=None), _text("state"), _int("attempt"), _text("reason"),
    _text("made_at"), _text("ended_at", default=None),
    CheckConstraint("state IN ('intended', 'sent', 'done', 'refused', 'held')", name="state"),
    Index("ix_intents_request", "request"),
    Index("uq_intents_one_unfinished", "document", unique=True, sqlite_where=text("state IN ('intended', 'sent', 'held')"),
          postgresql_where=text("state IN ('intended', 'sent', 'held')")),
)  # fmt: skip

confirmations = Table(
    "confirmations", metadata,
    Column("intent", WHOLE, ForeignKey("intents.id"), primary_key=True), _text("remote"), _text("at"), _int("run"),
)  # fmt: skip

choices = Table(
    "choices", metadata,
    Column("id", WHOLE, primary_key=True),
    Column("document", WHOLE, ForeignKey("documents.id"), nullable=False, index=True),
    _text("choice"), _text("why"), _text("who"), _text("at"), _text("kept", default=None),
    CheckConstraint("choice IN ('again', 'release', 'ours', 'amend', 'accept')", name="choice"),
)  # fmt: skip

corrections = Table(
    "corrections", metadata,
    Column("entry", WHOLE, ForeignKey("entries.key"), nullable=False), Column("part", WHOLE, nullable=False),
    _int("document"), _int("of"), _text("choice"), _int("revision"), _int("seconds"), _text("billed"), _int("net"), _text("currency"),
    _text("why"), _text("who"), _text("at"),
    PrimaryKeyConstraint("entry", "part"),
    CheckConstraint("choice IN ('delta', 'credit', 'write_off', 'accept')", name="choice"),
)  # fmt: skip

strangers = Table(
    "strangers", metadata,
    Column("book", WORDS, nullable=False), Column("remote_id", WORDS, nullable=False), _text("number"), _text("body"), _text("seen_at"),
    _int("decided"), _text("told_by"),
    PrimaryKeyConstraint("book", "remote_id"),
)  # fmt: skip

# ---- closed periods: the signed tie-out of each, and what it made a fact of ----------------------------------------------------

certificates = Table(
    "certificates", metadata,
    Column("id", WHOLE, primary_key=True),
    Column("book", WORDS, nullable=False), Column("seq", WHOLE, nullable=False), Column("period", WORDS, nullable=False),
    _text("digest"), _text("previous"), _text("signature"), _text("body"), _text("who"), _text("at"),
    _text("reopened_at", default=None), _text("reopened_by"), _text("why"),
    UniqueConstraint("book", "seq"),
    Index("uq_certificates_one_in_force", "book", "period", unique=True, sqlite_where=text("reopened_at IS NULL"),
          postgresql_where=text("reopened_at IS NULL")),
)  # fmt: skip

closed_charges = Table(
    "closed_charges", metadata,
    Column("entry", WHOLE, ForeignKey("entries.key"), nullable=False), Column("part", WHOLE, nullable=False),
    Column("certificate", WHOLE, ForeignKey("certificates.id"), nullable=False, index=True),
    _int("revision"), _text("book"), _text("period"), _text("client"), _text("disposition"), _text("kind"), _text("reason"), _text("says"),
    _int("seconds"), _int("billed_seconds"), _text("currency"), Column("value", WHOLE), _text("estimate"),
    Column("why", WHOLE, ForeignKey("reasons.id")),
    PrimaryKeyConstraint("entry", "part"),
)  # fmt: skip

# ---- what explains old documents; what HTTP keeps ----------------------------------------------------------------------------

mapping_texts = Table(
    "mapping_texts", metadata,
    Column("digest", WORDS, primary_key=True), _text("body"),
)  # fmt: skip

mapping_versions = Table(
    "mapping_versions", metadata,
    Column("digest", WORDS, primary_key=True), _text("files"), _text("first_used"),
)  # fmt: skip

plans = Table(
    "plans", metadata,
    Column("book", WORDS, primary_key=True), _text("digest"), _int("held"), Column("body", LargeBinary),
)  # fmt: skip

facts = Table(
    "facts", metadata,
    Column("name", WORDS, primary_key=True), _text("body"),
)  # fmt: skip

tokens = Table(
    "tokens", metadata,
    Column("connection", WORDS, primary_key=True), _text("body"), _text("expires_at"),
)  # fmt: skip

budgets = Table(
    "budgets", metadata,
    Column("connection", WORDS, nullable=False), Column("budget", WORDS, nullable=False), _text("body"),
    PrimaryKeyConstraint("connection", "budget"),
)  # fmt: skip
