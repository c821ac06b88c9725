BEGIN TRANSACTION;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE approvals (
	id INTEGER NOT NULL,
	book TEXT DEFAULT '' NOT NULL,
	checksum TEXT DEFAULT '' NOT NULL,
	who TEXT DEFAULT '' NOT NULL,
	at TEXT DEFAULT '' NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	forced TEXT DEFAULT '' NOT NULL,
	mapping TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_approvals PRIMARY KEY (id)
);
CREATE TABLE audit (
	stream TEXT NOT NULL,
	seq INTEGER NOT NULL,
	at TEXT DEFAULT '' NOT NULL,
	what TEXT DEFAULT '' NOT NULL,
	body TEXT DEFAULT '' NOT NULL,
	previous TEXT DEFAULT '' NOT NULL,
	hash TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_audit PRIMARY KEY (stream, seq)
);
CREATE TABLE backfills (
	connection TEXT NOT NULL,
	since TEXT NOT NULL,
	until TEXT NOT NULL,
	marks INTEGER NOT NULL,
	done_until TEXT,
	started_at TEXT DEFAULT '' NOT NULL,
	ended_at TEXT,
	entries INTEGER DEFAULT 0 NOT NULL,
	CONSTRAINT pk_backfills PRIMARY KEY (connection, since, until, marks)
);
CREATE TABLE books (
	name TEXT NOT NULL,
	changes_cursor TEXT,
	looked_at TEXT,
	company_id TEXT DEFAULT '' NOT NULL,
	catalogue TEXT,
	catalogue_at TEXT,
	trouble TEXT DEFAULT '' NOT NULL,
	trouble_code INTEGER DEFAULT 0 NOT NULL,
	CONSTRAINT pk_books PRIMARY KEY (name)
);
CREATE TABLE budgets (
	connection TEXT NOT NULL,
	budget TEXT NOT NULL,
	body TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_budgets PRIMARY KEY (connection, budget)
);
CREATE TABLE certificates (
	id INTEGER NOT NULL,
	book TEXT NOT NULL,
	seq INTEGER NOT NULL,
	period TEXT NOT NULL,
	digest TEXT DEFAULT '' NOT NULL,
	previous TEXT DEFAULT '' NOT NULL,
	signature TEXT DEFAULT '' NOT NULL,
	body TEXT DEFAULT '' NOT NULL,
	who TEXT DEFAULT '' NOT NULL,
	at TEXT DEFAULT '' NOT NULL,
	reopened_at TEXT,
	reopened_by TEXT DEFAULT '' NOT NULL,
	why TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_certificates PRIMARY KEY (id),
	CONSTRAINT uq_certificates_book_seq UNIQUE (book, seq)
);
CREATE TABLE charges (
	entry INTEGER NOT NULL,
	part INTEGER NOT NULL,
	disposition TEXT DEFAULT '' NOT NULL,
	kind TEXT DEFAULT '' NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	book TEXT DEFAULT '' NOT NULL,
	client TEXT DEFAULT '' NOT NULL,
	period TEXT DEFAULT '' NOT NULL,
	connection TEXT DEFAULT '' NOT NULL,
	seconds INTEGER DEFAULT 0 NOT NULL,
	billed_seconds INTEGER DEFAULT 0 NOT NULL,
	currency TEXT DEFAULT '' NOT NULL,
	value INTEGER,
	net INTEGER,
	estimate TEXT DEFAULT '' NOT NULL,
	late INTEGER DEFAULT 0 NOT NULL,
	says TEXT DEFAULT '' NOT NULL,
	why INTEGER,
	document TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_charges PRIMARY KEY (entry, part),
	CONSTRAINT fk_charges_entry FOREIGN KEY(entry) REFERENCES entries ("key"),
	CONSTRAINT fk_charges_why FOREIGN KEY(why) REFERENCES reasons (id)
);
CREATE TABLE choices (
	id INTEGER NOT NULL,
	document INTEGER NOT NULL,
	choice TEXT DEFAULT '' NOT NULL,
	why TEXT DEFAULT '' NOT NULL,
	who TEXT DEFAULT '' NOT NULL,
	at TEXT DEFAULT '' NOT NULL,
	kept TEXT,
	CONSTRAINT pk_choices PRIMARY KEY (id),
	CONSTRAINT ck_choices_choice CHECK (choice IN ('again', 'release', 'ours', 'amend', 'accept')),
	CONSTRAINT fk_choices_document FOREIGN KEY(document) REFERENCES documents (id)
);
CREATE TABLE claims (
	entry INTEGER NOT NULL,
	part INTEGER NOT NULL,
	document INTEGER NOT NULL,
	revision INTEGER DEFAULT 0 NOT NULL,
	seconds INTEGER DEFAULT 0 NOT NULL,
	billed TEXT DEFAULT '' NOT NULL,
	billed_seconds INTEGER DEFAULT 0 NOT NULL,
	net INTEGER DEFAULT 0 NOT NULL,
	currency TEXT DEFAULT '' NOT NULL,
	line INTEGER DEFAULT 0 NOT NULL,
	client TEXT DEFAULT '' NOT NULL,
	period TEXT DEFAULT '' NOT NULL,
	why INTEGER,
	intent INTEGER DEFAULT 0 NOT NULL,
	CONSTRAINT pk_claims PRIMARY KEY (entry, part),
	CONSTRAINT fk_claims_entry FOREIGN KEY(entry) REFERENCES entries ("key"),
	CONSTRAINT fk_claims_document FOREIGN KEY(document) REFERENCES documents (id),
	CONSTRAINT fk_claims_why FOREIGN KEY(why) REFERENCES reasons (id)
);
INSERT INTO "claims" VALUES(1,1,1,1,3600,'3600',3600,12000,'NZD',0,'alpine','2026-06',NULL,0);
CREATE TABLE closed_charges (
	entry INTEGER NOT NULL,
	part INTEGER NOT NULL,
	certificate INTEGER NOT NULL,
	revision INTEGER DEFAULT 0 NOT NULL,
	book TEXT DEFAULT '' NOT NULL,
	period TEXT DEFAULT '' NOT NULL,
	client TEXT DEFAULT '' NOT NULL,
	disposition TEXT DEFAULT '' NOT NULL,
	kind TEXT DEFAULT '' NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	says TEXT DEFAULT '' NOT NULL,
	seconds INTEGER DEFAULT 0 NOT NULL,
	billed_seconds INTEGER DEFAULT 0 NOT NULL,
	currency TEXT DEFAULT '' NOT NULL,
	value INTEGER,
	estimate TEXT DEFAULT '' NOT NULL,
	why INTEGER,
	CONSTRAINT pk_closed_charges PRIMARY KEY (entry, part),
	CONSTRAINT fk_closed_charges_entry FOREIGN KEY(entry) REFERENCES entries ("key"),
	CONSTRAINT fk_closed_charges_certificate FOREIGN KEY(certificate) REFERENCES certificates (id),
	CONSTRAINT fk_closed_charges_why FOREIGN KEY(why) REFERENCES reasons (id)
);
CREATE TABLE confirmations (
	intent INTEGER NOT NULL,
	remote TEXT DEFAULT '' NOT NULL,
	at TEXT DEFAULT '' NOT NULL,
	run INTEGER DEFAULT 0 NOT NULL,
	CONSTRAINT pk_confirmations PRIMARY KEY (intent),
	CONSTRAINT fk_confirmations_intent FOREIGN KEY(intent) REFERENCES intents (id)
);
CREATE TABLE connections (
	name TEXT NOT NULL,
	kind TEXT DEFAULT '' NOT NULL,
	source_id INTEGER,
	cursor TEXT,
	last_complete_pull TEXT,
	last_full_listing TEXT,
	trouble TEXT DEFAULT '' NOT NULL,
	trouble_code INTEGER DEFAULT 0 NOT NULL,
	CONSTRAINT pk_connections PRIMARY KEY (name),
	CONSTRAINT fk_connections_source_id FOREIGN KEY(source_id) REFERENCES sources (id)
);
CREATE TABLE corrections (
	entry INTEGER NOT NULL,
	part INTEGER NOT NULL,
	document INTEGER DEFAULT 0 NOT NULL,
	"of" INTEGER DEFAULT 0 NOT NULL,
	choice TEXT DEFAULT '' NOT NULL,
	revision INTEGER DEFAULT 0 NOT NULL,
	seconds INTEGER DEFAULT 0 NOT NULL,
	billed TEXT DEFAULT '' NOT NULL,
	net INTEGER DEFAULT 0 NOT NULL,
	currency TEXT DEFAULT '' NOT NULL,
	why TEXT DEFAULT '' NOT NULL,
	who TEXT DEFAULT '' NOT NULL,
	at TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_corrections PRIMARY KEY (entry, part),
	CONSTRAINT ck_corrections_choice CHECK (choice IN ('delta', 'credit', 'write_off', 'accept')),
	CONSTRAINT fk_corrections_entry FOREIGN KEY(entry) REFERENCES entries ("key")
);
CREATE TABLE decisions (
	id INTEGER NOT NULL,
	entry INTEGER NOT NULL,
	kind TEXT DEFAULT '' NOT NULL,
	slot TEXT DEFAULT '' NOT NULL,
	argument TEXT DEFAULT '' NOT NULL,
	revision INTEGER DEFAULT 0 NOT NULL,
	said_seconds INTEGER DEFAULT 0 NOT NULL,
	why TEXT DEFAULT '' NOT NULL,
	who TEXT DEFAULT '' NOT NULL,
	at TEXT DEFAULT '' NOT NULL,
	replaced INTEGER DEFAULT 0 NOT NULL,
	CONSTRAINT pk_decisions PRIMARY KEY (id),
	CONSTRAINT fk_decisions_entry FOREIGN KEY(entry) REFERENCES entries ("key")
);
CREATE TABLE documents (
	id INTEGER NOT NULL,
	book TEXT NOT NULL,
	"key" TEXT NOT NULL,
	generation INTEGER NOT NULL,
	kind TEXT NOT NULL,
	number TEXT NOT NULL,
	remote_id TEXT DEFAULT '' NOT NULL,
	state TEXT DEFAULT '' NOT NULL,
	their_status TEXT DEFAULT '' NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	touched TEXT DEFAULT '' NOT NULL,
	in_doubt_since TEXT,
	refusals INTEGER DEFAULT 0 NOT NULL,
	client TEXT DEFAULT '' NOT NULL,
	customer TEXT DEFAULT '' NOT NULL,
	period TEXT DEFAULT '' NOT NULL,
	currency TEXT DEFAULT '' NOT NULL,
	net INTEGER DEFAULT 0 NOT NULL,
	entries INTEGER DEFAULT 0 NOT NULL,
	seconds INTEGER DEFAULT 0 NOT NULL,
	billed_seconds INTEGER DEFAULT 0 NOT NULL,
	target TEXT DEFAULT '' NOT NULL,
	base TEXT,
	theirs TEXT,
	approved_digest TEXT DEFAULT '' NOT NULL,
	mapping TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_documents PRIMARY KEY (id),
	CONSTRAINT uq_documents_book_key_generation UNIQUE (book, "key", generation),
	CONSTRAINT uq_documents_book_kind_number UNIQUE (book, kind, number),
	CONSTRAINT ck_documents_state CHECK (state IN ('intended', 'sent', 'done', 'refused', 'held'))
);
INSERT INTO "documents" VALUES(1,'nz','nz/alpine/2026-06',1,'invoice','HB-2606-001','r1','done','draft','','',NULL,0,'alpine','','2026-06','NZD',12000,0,0,0,'{}',NULL,NULL,'','');
CREATE TABLE entries (
	"key" INTEGER NOT NULL,
	source_id INTEGER NOT NULL,
	entry_id TEXT NOT NULL,
	connection TEXT DEFAULT '' NOT NULL,
	revision INTEGER DEFAULT 1 NOT NULL,
	digest BLOB DEFAULT '' NOT NULL,
	worked_on TEXT,
	seconds INTEGER DEFAULT 0 NOT NULL,
	deleted INTEGER DEFAULT 0 NOT NULL,
	absent_since TEXT,
	run INTEGER DEFAULT 0 NOT NULL,
	client TEXT DEFAULT '' NOT NULL,
	project TEXT DEFAULT '' NOT NULL,
	body TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_entries PRIMARY KEY ("key"),
	CONSTRAINT uq_entries_source_id_entry_id UNIQUE (source_id, entry_id),
	CONSTRAINT fk_entries_source_id FOREIGN KEY(source_id) REFERENCES sources (id)
);
INSERT INTO "entries" VALUES(1,1,'kept','clock',1,'','2026-06-03',3600,0,NULL,1,'','','{"id":"kept","worked_on":"2026-06-03","seconds":3600}');
CREATE TABLE entry_history (
	"key" INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	revision INTEGER DEFAULT 0 NOT NULL,
	run INTEGER DEFAULT 0 NOT NULL,
	deleted INTEGER DEFAULT 0 NOT NULL,
	body TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_entry_history PRIMARY KEY ("key", seq),
	CONSTRAINT fk_entry_history_key FOREIGN KEY("key") REFERENCES entries ("key")
);
CREATE TABLE facts (
	name TEXT NOT NULL,
	body TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_facts PRIMARY KEY (name)
);
CREATE TABLE intents (
	id INTEGER NOT NULL,
	document INTEGER NOT NULL,
	request INTEGER,
	step_id INTEGER,
	operation TEXT DEFAULT '' NOT NULL,
	digest TEXT DEFAULT '' NOT NULL,
	theirs TEXT,
	state TEXT DEFAULT '' NOT NULL,
	attempt INTEGER DEFAULT 0 NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	made_at TEXT DEFAULT '' NOT NULL,
	ended_at TEXT,
	CONSTRAINT pk_intents PRIMARY KEY (id),
	CONSTRAINT ck_intents_state CHECK (state IN ('intended', 'sent', 'done', 'refused', 'held')),
	CONSTRAINT fk_intents_document FOREIGN KEY(document) REFERENCES documents (id),
	CONSTRAINT fk_intents_request FOREIGN KEY(request) REFERENCES requests (id),
	CONSTRAINT fk_intents_step_id FOREIGN KEY(step_id) REFERENCES steps (id)
);
CREATE TABLE jobs (
	name TEXT NOT NULL,
	started_at TEXT,
	ended_at TEXT,
	succeeded_at TEXT,
	exit_code INTEGER,
	said TEXT DEFAULT '' NOT NULL,
	run INTEGER DEFAULT 0 NOT NULL,
	failures INTEGER DEFAULT 0 NOT NULL,
	retry_at TEXT,
	stamp TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_jobs PRIMARY KEY (name)
);
CREATE TABLE leases (
	name TEXT NOT NULL,
	owner TEXT DEFAULT '' NOT NULL,
	expires_ms INTEGER DEFAULT 0 NOT NULL,
	token INTEGER DEFAULT 0 NOT NULL,
	CONSTRAINT pk_leases PRIMARY KEY (name)
);
CREATE TABLE mapping_texts (
	digest TEXT NOT NULL,
	body TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_mapping_texts PRIMARY KEY (digest)
);
CREATE TABLE mapping_versions (
	digest TEXT NOT NULL,
	files TEXT DEFAULT '' NOT NULL,
	first_used TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_mapping_versions PRIMARY KEY (digest)
);
CREATE TABLE marks (
	entry INTEGER NOT NULL,
	said_seconds INTEGER DEFAULT 0 NOT NULL,
	why TEXT DEFAULT '' NOT NULL,
	who TEXT DEFAULT '' NOT NULL,
	at TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_marks PRIMARY KEY (entry),
	CONSTRAINT fk_marks_entry FOREIGN KEY(entry) REFERENCES entries ("key")
);
CREATE TABLE numbers (
	book TEXT NOT NULL,
	kind TEXT NOT NULL,
	number TEXT NOT NULL,
	"key" TEXT NOT NULL,
	generation INTEGER NOT NULL,
	series TEXT DEFAULT '' NOT NULL,
	seq INTEGER DEFAULT 0 NOT NULL,
	at TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_numbers PRIMARY KEY (book, kind, number),
	CONSTRAINT uq_numbers_book_kind_key_generation UNIQUE (book, kind, "key", generation)
);
CREATE TABLE plans (
	book TEXT NOT NULL,
	digest TEXT DEFAULT '' NOT NULL,
	held INTEGER DEFAULT 0 NOT NULL,
	body BLOB,
	CONSTRAINT pk_plans PRIMARY KEY (book)
);
CREATE TABLE reasons (
	id INTEGER NOT NULL,
	digest BLOB NOT NULL,
	body TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_reasons PRIMARY KEY (id),
	CONSTRAINT uq_reasons_digest UNIQUE (digest)
);
CREATE TABLE requests (
	id INTEGER NOT NULL,
	book TEXT DEFAULT '' NOT NULL,
	operation TEXT DEFAULT '' NOT NULL,
	method TEXT DEFAULT '' NOT NULL,
	url TEXT DEFAULT '' NOT NULL,
	body BLOB,
	members TEXT DEFAULT '' NOT NULL,
	"key" TEXT DEFAULT '' NOT NULL,
	attempt INTEGER DEFAULT 0 NOT NULL,
	state TEXT DEFAULT '' NOT NULL,
	token INTEGER DEFAULT 0 NOT NULL,
	sent_at TEXT,
	deadline_at TEXT,
	unknowns INTEGER DEFAULT 0 NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_requests PRIMARY KEY (id),
	CONSTRAINT ck_requests_state CHECK (state IN ('intended', 'sent', 'resolved'))
);
CREATE TABLE runs (
	id INTEGER NOT NULL,
	command TEXT DEFAULT '' NOT NULL,
	started_at TEXT DEFAULT '' NOT NULL,
	ended_at TEXT,
	exit_code INTEGER,
	summary TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_runs PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES(1,'pull','2026-07-01T08:00:00+00:00',NULL,NULL,'');
CREATE TABLE sources (
	id INTEGER NOT NULL,
	kind TEXT DEFAULT '' NOT NULL,
	account TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_sources PRIMARY KEY (id),
	CONSTRAINT uq_sources_kind_account UNIQUE (kind, account)
);
INSERT INTO "sources" VALUES(1,'clockify','acme');
CREATE TABLE steps (
	id INTEGER NOT NULL,
	approval INTEGER NOT NULL,
	book TEXT DEFAULT '' NOT NULL,
	"key" TEXT DEFAULT '' NOT NULL,
	generation INTEGER DEFAULT 1 NOT NULL,
	action TEXT DEFAULT '' NOT NULL,
	digest TEXT DEFAULT '' NOT NULL,
	number TEXT DEFAULT '' NOT NULL,
	body TEXT DEFAULT '' NOT NULL,
	state TEXT DEFAULT '' NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_steps PRIMARY KEY (id),
	CONSTRAINT ck_steps_state CHECK (state IN ('approved', 'applied', 'stale', 'refused', 'replaced')),
	CONSTRAINT fk_steps_approval FOREIGN KEY(approval) REFERENCES approvals (id)
);
CREATE TABLE strangers (
	book TEXT NOT NULL,
	remote_id TEXT NOT NULL,
	number TEXT DEFAULT '' NOT NULL,
	body TEXT DEFAULT '' NOT NULL,
	seen_at TEXT DEFAULT '' NOT NULL,
	decided INTEGER DEFAULT 0 NOT NULL,
	told_by TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_strangers PRIMARY KEY (book, remote_id)
);
CREATE TABLE tokens (
	connection TEXT NOT NULL,
	body TEXT DEFAULT '' NOT NULL,
	expires_at TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_tokens PRIMARY KEY (connection)
);
CREATE UNIQUE INDEX uq_certificates_one_in_force ON certificates (book, period) WHERE reopened_at IS NULL;
CREATE INDEX ix_entries_sums ON entries ("key", connection, client, deleted, seconds);
CREATE UNIQUE INDEX uq_steps_one_approved ON steps (book, "key", generation) WHERE state = 'approved';
CREATE INDEX ix_choices_document ON choices (document);
CREATE UNIQUE INDEX uq_decisions_one_in_force ON decisions (entry, slot) WHERE replaced = 0;
CREATE INDEX ix_charges_waiting ON charges (book, disposition, period) WHERE disposition = 'unmatched' OR disposition = 'held' OR disposition = 'pending';
CREATE INDEX ix_claims_document ON claims (document);
CREATE UNIQUE INDEX uq_intents_one_unfinished ON intents (document) WHERE state IN ('intended', 'sent', 'held');
CREATE INDEX ix_intents_request ON intents (request);
CREATE INDEX ix_closed_charges_certificate ON closed_charges (certificate);
COMMIT;
