"""The picture of one moment: staged entries → charges → proposals, from the stored entries and the files alone. Writes nothing."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec
from msgspec import Struct

from connector.core.closing import keep_closed
from connector.core.crediting import credit_steps
from connector.core.crossing import leans, lets_go_first, marked
from connector.core.dispositions import rule
from connector.core.grouping import Grouping
from connector.core.invoicing import Proposals, propose
from connector.core.known import Billed
from connector.core.known import Known as Past
from connector.core.layout import Layouts
from connector.core.ledger import FIRST_ADDED, Ledger
from connector.core.matching import Matcher
from connector.core.money import round_half_up
from connector.core.overlay import overlay
from connector.core.periods import previous_period, read_period
from connector.core.planning import plan, shrunk_first
from connector.core.rating import Means
from connector.core.steps import Plan, Step, checksum
from connector.core.values import BookFacts, Charge
from connector.store import approvals, certificates, charges, decisions, documents, entries, marks, version
from connector.store.store import Tx
from connector.use_cases.workspace import Workspace, digest_of

CHARGES = "charges"
_plan_decoder = msgspec.json.Decoder(Plan)


class Picture(Struct, frozen=True, kw_only=True):
    """Everything that follows from the state and the files at one moment. `charges` are what the rules say of every entry, as they
    really stand: claims and corrections laid over.
    """

    charges: Sequence[Charge]
    ledger: Ledger
    facts: dict[str, BookFacts]
    plans: dict[str, Plan]
    digest: str


def draw(ws: Workspace, read: Tx, *, interim: bool = False, as_if_untouched: bool = False, as_if_draft: int = 0) -> Picture:
    """Computes the picture afresh. A pure function of the snapshot and the files.

    `as_if_untouched` asks what we would make of drafts that look changed over there: a restored state forgot its own amendments.
    `as_if_draft` asks the same of one document, by its number in the state, whatever became of that and of others over there.
    """
    digest = inputs_digest(ws, read)  # before anything is read: what changes meanwhile makes the picture stale, never current
    facts = ws.facts(read)
    ledger = documents.ledger(read)
    if as_if_untouched:
        ledger = ledger.untouched()
    if as_if_draft:
        ledger = ledger.as_if_draft(as_if_draft)
    closed = certificates.closed(read)
    layouts = Layouts(ws.mapping, facts)
    ruled = rule(
        list(entries.staged(read)), Matcher(ws.mapping, facts), ws.mapping, facts, decisions.in_force(read), ws.now(), ledger.billed_entries(),
        means=means(ledger), period_of=layouts.period_of, marks=marks.in_force(read),
    )  # fmt: skip
    if closed:
        ruled = keep_closed(ruled, certificates.facts(read), closed, ledger.parts_of_entries())
    standing = list(overlay(ruled, ledger, ws.mapping.hours_places))
    past = _past(ws, read, ledger, closed)
    proposable = _proposable(ruled, standing, ledger)
    del ruled  # what is on final documents
    proposals = propose(proposable, ws.mapping, facts, known=past, interim=interim, layouts=layouts)
    crediting = _crediting(ws, standing, ledger, facts, layouts)
    plans = {name: _plan(ws, name, proposals, ledger, crediting[name]) for name in ws.books}
    without: dict[str, frozenset[tuple[int, int]]] = {}
    agreed = _agreed(ws, read)
    while waits := _waits(plans, ledger, agreed, without):
        proposable = [charge for charge in proposable if (charge.staged.key, charge.part) not in waits]
        proposals = propose(proposable, ws.mapping, facts, known=past, interim=interim, layouts=layouts)
        plans = {name: _plan(ws, name, proposals, ledger, crediting[name]) for name in ws.books}
    return Picture(
        charges=_late(standing, proposals), ledger=ledger, facts=facts, digest=digest,
        plans={name: marked(found, without) for name, found in plans.items()},
    )  # fmt: skip


def _waits(
    plans: dict[str, Plan], ledger: Ledger, agreed: dict[str, frozenset[tuple[int, int]]], without: dict[str, frozenset[tuple[int, int]]]
) -> set[tuple[int, int]]:
    """Charges that some document must do without until the next plan; between books `without` remembers whose they will be."""
    waits = {pair for found in plans.values() for pair in shrunk_first(found.steps, ledger)}
    for key, pairs in lets_go_first(plans.values(), ledger, agreed).items():
        without[key] = without.get(key, frozenset()) | pairs
        waits |= pairs
    return waits


def _agreed(ws: Workspace, read: Tx) -> dict[str, frozenset[tuple[int, int]]]:
    """Document key → what it was approved to do without, while that approval waits."""
    waiting = (approved.step for name in ws.books for approved in approvals.approved(read, name))
    return {step.key: frozenset(step.without) for step in waiting if step.without}


def _proposable(ruled: Sequence[Charge], standing: Sequence[Charge], ledger: Ledger) -> list[Charge]:
    """What documents may be made of: charges on an amendable draft as the rules have them now, and everything unclaimed."""
    if not ledger.claims:
        return list(ruled)
    amendable = {known.id for known in ledger.documents.values() if known.amendable}
    first = [claim for claim in ledger.claims.values() if claim.part < FIRST_ADDED]
    fixed = {claim.entry for claim in ledger.claims.values() if claim.document not in amendable}
    fixed -= {claim.entry for claim in first if claim.document in amendable}
    return [charge for charge in ruled if charge.staged.key not in fixed] + [
        msgspec.structs.replace(charge, disposition="ready") if charge.chosen == "delta" and charge.disposition != "held" else charge
        for charge in standing
        if (charge.staged.key in fixed and charge.disposition == "held") or charge.chosen == "delta"
    ]


def _late(standing: Sequence[Charge], proposals: Proposals) -> list[Charge]:
    """Charges with what proposing found out about them: late, carried, or on which period's document."""
    told = {(charge.staged.key, charge.part): (charge, "") for charge in proposals.waiting if charge.late}
    for proposed in proposals.documents:
        carry = proposed.carry
        for line in proposed.lines:
            told |= {(one.charge.staged.key, one.charge.part): (one.charge, carry) for one in line.shares if carry or one.charge.late}
    if not told:
        return list(standing)
    return [
        _told(charge, *told[charge.staged.key, charge.part])
        if charge.disposition == "ready" and (charge.staged.key, charge.part) in told
        else charge
        for charge in standing
    ]


def _told(charge: Charge, told: Charge, carry: str) -> Charge:
    return msgspec.structs.replace(charge, late=told.late, reason="carried" if carry else charge.reason, period=told.period)


def _past(ws: Workspace, read: Tx, ledger: Ledger, closed_periods: frozenset[str]) -> Past:
    closed, touched, open_keys = set(closed_periods), set(), set()
    customers = set()
    billed = []
    for known in ledger.latest().values():
        if known.amendable:
            open_keys.add(known.key)
        elif known.holds_charges or known.released:
            closed.add(known.key)
        if known.touched and known.there:
            touched.add(known.key)
    nets: dict[tuple[str, str, str, str], Decimal] = {}
    for known in ledger.documents.values():
        if known.there and known.kind == "invoice":
            customers.add((known.book, known.target.customer_id))
            place = (known.book, known.client, known.currency, known.period)
            nets[place] = nets.get(place, Decimal(0)) + known.net
            billed.append(Billed(known.key, *place, known.net))
    members = {
        approved.step.key: frozenset((charge.entry, charge.part) for charge in approved.step.charges)
        for name in ws.books
        for approved in approvals.approved(read, name)
        if approved.step.action == "create"
    }
    return Past(
        closed=frozenset(closed | set(members)), members=members, open=frozenset(open_keys), touched=frozenset(touched),
        billed_customers=frozenset(customers), nets=nets, documents=tuple(billed),
    )  # fmt: skip


def _crediting(
    ws: Workspace, standing: Sequence[Charge], ledger: Ledger, facts: dict[str, BookFacts], layouts: Layouts
) -> dict[str, list[Step]]:
    """Book → the credit notes that a person chose to make."""
    grouping = Grouping(layouts, Past())
    return {name: credit_steps(name, standing, ledger, facts[name], grouping.after) for name in ws.books}


def _plan(ws: Workspace, name: str, proposals: Proposals, ledger: Ledger, crediting: Sequence[Step]) -> Plan:
    found = plan(
        name, [proposed for proposed in proposals.documents if proposed.book == name], ledger, as_of=ws.now().isoformat(),
        mapping=ws.mapping.digest, safety=ws.books[name].bounds(ws.mapping.safety),
        crediting=crediting,
    )  # fmt: skip
    return msgspec.structs.replace(found, missing=_missing(found, ledger, name))


def _missing(found: Plan, ledger: Ledger, name: str) -> tuple[tuple[str, str], ...]:
    """Clients billed in the period before the newest planned one, with nothing in it; a row a currency."""
    planned = {step.client: read_period(step.period) for step in sorted(found.steps, key=lambda step: read_period(step.period).first)}
    newest = max(planned.values(), key=lambda period: period.first, default=None)
    if newest is None:
        return ()
    now = {client for client, period in planned.items() if period.first >= newest.first}
    before, nets = previous_period(newest).first, dict[tuple[str, str], Decimal]()
    for known in ledger.documents.values():
        if known.book != name or not known.there or known.kind != "invoice":
            continue
        first, place = read_period(known.period).first, (known.client, known.currency)
        if first >= newest.first:
            now.add(known.client)
        elif first >= before:
            nets[place] = nets.get(place, Decimal(0)) + known.net
    return tuple((client, f"{currency} {net}") for (client, currency), net in sorted(nets.items()) if client not in now)


def in_scope(found: Plan, *, period: str = "", client: str = "") -> Plan:
    """A plan narrowed to a period or a client; its checksum is of what is left."""
    if not period and not client:
        return found
    steps = tuple(step for step in found.steps if (not period or step.period == period) and (not client or step.client == client))
    missing = tuple(row for row in found.missing if client in ("", row[0]))
    return msgspec.structs.replace(found, steps=steps, period=period, checksum=checksum(steps), missing=missing)


def means(ledger: Ledger) -> Means:
    """Mean prices of what was billed in the last three periods a client has: the estimate for what has no price."""
    by_client: dict[tuple[str, str], dict[str, list[tuple[Decimal, int]]]] = {}
    by_book: dict[tuple[str, str], list[tuple[Decimal, int]]] = {}
    for known in ledger.documents.values():
        if known.there and known.billed_seconds and known.kind == "invoice":
            figure = known.net, known.billed_seconds
            by_client.setdefault((known.client, known.currency), {}).setdefault(known.period, []).append(figure)
            by_book.setdefault((known.book, known.currency), []).append(figure)
    recent = {place: [figure for period in sorted(periods)[-3:] for figure in periods[period]] for place, periods in by_client.items()}
    return Means(
        client={place: _mean(figures) for place, figures in recent.items()},
        book={place: _mean(figures) for place, figures in by_book.items()},
    )


def _mean(figures: Sequence[tuple[Decimal, int]]) -> Decimal:
    net, seconds = sum((net for net, _ in figures), Decimal(0)), sum(seconds for _, seconds in figures)
    return round_half_up(net * 3600 / seconds, 2) if seconds else Decimal(0)


def inputs_digest(ws: Workspace, read: Tx) -> str:
    """Changes whenever entries, decisions, catalogues, mapping, configuration, the day or the program do: what stored dispositions were
    computed from, and by what.
    What documents do to charges is stored as it happens; where that is not enough the stored digest is taken back (`mark_dirty`).
    """
    facts = [f"{one.name}/{one.start}/{one.grace_days}/{one.zone}/{sorted(one.safety)}" for one in ws.books.values()]
    today = [found.today for found in ws.facts(read).values()]
    catalogues = [tuple(row) for row in read.exec_driver_sql("SELECT name, catalogue_at FROM books ORDER BY name")]
    by = version.program(), version.VERSION, version.PLANS
    return digest_of(by, entries.stamp(read), ws.mapping.digest, facts, today, catalogues)


def plan_digest(ws: Workspace, read: Tx, book: str, inputs: str, *, leaning: bool = False) -> str:
    """Of what a book's plan follows from: the inputs, its own documents, and those of books that still hold time of its clients; of a
    plan that leans on other books, all of theirs. An approval alone changes nothing: it only fixes what was found.
    """
    rows = read.exec_driver_sql(
        "SELECT stream, max(seq) FROM audit WHERE stream LIKE 'book:%' AND what <> 'approved' GROUP BY stream ORDER BY stream"
    ).all()
    near = {f"book:{name}" for name in (book, *_strays(ws, read, book))}
    return digest_of(inputs, [tuple(row) for row in rows if leaning or row[0] in near], *["leaning"] * leaning)


def _strays(ws: Workspace, read: Tx, book: str) -> set[str]:
    """Other books with documents of clients that are billed in this one now."""
    homes = {client.key: client.book or ws.mapping.default_book for client in ws.mapping.clients}
    rows = read.exec_driver_sql("SELECT DISTINCT book, client FROM documents").all()
    return {name for name, client in rows if name != book and homes.get(client, book) == book}


def plans(ws: Workspace, read: Tx, *, interim: bool = False, book: str = "") -> dict[str, Plan]:
    """Plans by book, of all or of one: the stored ones while nothing they follow from has changed, else computed afresh, unstored."""
    stored = None if interim else _stored_plans(ws, read, [book] if book else list(ws.books))
    return stored if stored is not None else draw(ws, read, interim=interim).plans


def _has_plan(ws: Workspace, read: Tx, book: str, inputs: str) -> bool:
    wanted = book, plan_digest(ws, read, book, inputs)
    return read.exec_driver_sql("SELECT 1 FROM plans WHERE book = ? AND digest = ?", wanted).scalar() is not None


def _stored_plans(ws: Workspace, read: Tx, wanted: Sequence[str]) -> dict[str, Plan] | None:
    stored = stored_plans(ws, read, wanted)
    return {name: _plan_decoder.decode(body) for name, body in stored.items()} if stored is not None else None


def stored_plans(ws: Workspace, read: Tx, wanted: Sequence[str]) -> dict[str, bytes] | None:
    """The plans of these books, as they are stored, when all of them are stored and current. Where charges were taken back (`mark_dirty`) none is: a document
    of one book that lets go of time, or a choice on it, also moves the plan of the book whose time it is now.
    """
    inputs = inputs_digest(ws, read)
    if ws.store.fact(read, CHARGES) != inputs:
        return None
    found = {}
    for name in wanted:
        digests = [plan_digest(ws, read, name, inputs, leaning=leaning) for leaning in (False, True)]
        row = read.exec_driver_sql("SELECT body FROM plans WHERE book = ? AND digest IN (?, ?)", (name, *digests)).one_or_none()
        if row is None:
            return None
        found[name] = row[0]
    return found


def holds_or_refused(read: Tx, book: str) -> bool:
    """Whether a document of the plan last stored is held, or one was refused over there."""
    if read.exec_driver_sql("SELECT held FROM plans WHERE book = ?", (book,)).scalar():
        return True
    return read.exec_driver_sql("SELECT 1 FROM documents WHERE book = ? AND state = 'refused' LIMIT 1", (book,)).scalar() is not None


def refresh(ws: Workspace, also: Callable[[Workspace, Tx, Picture], None] = lambda _ws, _tx, _picture: None) -> int:
    """Stores every charge's disposition and price, and the plans, with the digests of what they follow from; returns the rows written.

    `also` stores, in the same transaction, what else follows from the picture.
    """
    with ws.store.snapshot() as read:
        if ws.store.fact(read, CHARGES) == (inputs := inputs_digest(ws, read)) and all(
            _has_plan(ws, read, name, inputs) for name in ws.books
        ):
            return 0
    with ws.store.begin() as tx:
        inputs = inputs_digest(ws, tx)
        picture = draw(ws, tx)
        digests = {name: plan_digest(ws, tx, name, inputs, leaning=leans(found)) for name, found in picture.plans.items()}
        numbers = {number: known.number for number, known in picture.ledger.documents.items()}
        written = charges.store(tx, picture.charges, picture.ledger.claims, numbers)
        also(ws, tx, picture)
        ws.store.set_fact(tx, CHARGES, picture.digest)
        plans = picture.plans
        del picture  # a plan's text is as large as all its charges: these go first
        for name, digest in digests.items():
            _keep_plan(tx, plans.pop(name), digest)
    return written


def _keep_plan(tx: Tx, found: Plan, digest: str) -> None:
    row = found.book, digest, sum(step.action == "hold" for step in found.steps), msgspec.json.encode(found)
    del found
    tx.exec_driver_sql(
        "INSERT INTO plans (book, digest, held, body) VALUES (?, ?, ?, ?) ON CONFLICT (book) DO UPDATE SET digest = excluded.digest, "
        "held = excluded.held, body = excluded.body",
        row,
    )
