"""What must hold after every step of a history, read off the company and the source, and only then compared with our own tables.

I1 nothing on two live documents; I2 nothing lost; I3 no cent off; I4 no orphan over there.
"""

import re
from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from connector.core.minor import to_minor
from connector.model import Remote
from connector.store import charges, entries
from connector.use_cases import picture
from connector.use_cases.strangers import is_our_number
from connector.use_cases.verify import verify

if TYPE_CHECKING:
    from tests.simulation.history import History

_TICKET = re.compile(r"#(t\d+)")
_CORRECTS = re.compile(r"#(t\d+).*\(correction of ([^,]+),")
_CREDITS = re.compile(r"/credit=(.+)-\d+#")
DECIDED = (
    "SELECT e.entry_id, d.number FROM corrections r JOIN documents d ON d.id = r.document JOIN entries e ON e.key = r.entry "
    "JOIN claims c ON (c.entry, c.part) = (r.entry, r.of) WHERE r.seconds = -c.seconds AND r.choice IN ('delta', 'credit')"
)
"""What a person said to take back where it was billed, also while no document does so yet."""
WAITING = (
    "SELECT e.entry_id, d.number, e.key FROM charges h JOIN entries e ON e.key = h.entry JOIN claims c ON c.entry = h.entry "
    "JOIN documents d ON d.id = c.document JOIN choices o ON o.document = d.id "
    "WHERE h.kind = 'correction' AND h.disposition = 'held' AND h.seconds = -c.seconds AND o.choice = 'accept'"
)
"""What is to be taken back whole of a document that was accepted as somebody left it, and waits for a person."""
GIVEN_UP = "SELECT number FROM documents WHERE kind = 'credit_note' AND state = 'refused' AND remote_id = ''"
"""Credit notes that somebody took out of force before we knew that they were made: a person gave them up, and their invoices stand as before."""
CLAIMED = (
    "SELECT e.entry_id, d.remote_id FROM claims c JOIN documents d ON d.id = c.document JOIN entries e ON e.key = c.entry "
    "WHERE d.id NOT IN (SELECT document FROM choices WHERE choice IN ('amend', 'accept'))"
)
ON_A_DOCUMENT = ("sending", "drafted", "invoiced")


def check(history: "History", *, whole: bool = True) -> None:
    """At any moment, also between a death and the next run. `whole`: also what is dear to compute."""
    _once(history)
    _created_once(history)
    overwritten = [said for there, said in history.company.overwritten if not history.agreed_to(there)]
    assert not overwritten, f"I4: a person's document was overwritten: {overwritten}"
    _cents(history)
    if whole:
        _current(history)


def check_staged(history: "History") -> None:
    """I6: every live entry is staged as its source says it is now; the cursor has passed nothing."""
    with history.store.snapshot() as read:
        staged = {one.entry.id: one for one in entries.staged(read) if not one.deleted}
    for name, entry in history.source.entries.items():
        if not history.source.must_be_staged(name):
            continue
        assert name in staged, f"I6: {name} was never staged, and the cursor is past it"
        have = staged[name].entry
        same = all(getattr(have, fact) == getattr(entry, fact) for fact in ("seconds", "client", "worked_on", "work_type"))
        assert same, f"I6: {name} is staged as it was, and the cursor is past its change"


def check_end(history: "History") -> None:
    """After calm: everything is where our own tables say."""
    history.check()
    assert not (faults := verify(history.open()).faults), f"I10: {faults}"
    _tied(history)
    _known(history)
    _nothing_lost(history)


def _ours(history: "History") -> list[Remote]:
    """Live documents that we made."""
    return [remote for remote in history.company.documents.values() if remote.mark and remote.live]


def _tickets(remote: Remote) -> list[str]:
    return [found[1] for line in remote.lines if (found := _TICKET.match(line.description))]


def credited_by(remote: Remote) -> set[tuple[str, str]]:
    """Ticket and number of what a credit note takes back; it did, also where nothing tells that somebody erased it since."""
    found = _CREDITS.search(remote.mark) if remote.kind == "credit_note" else None
    return {(ticket, found[1]) for ticket in _tickets(remote)} if found else set()


def _standing(history: "History") -> list[tuple[str, Remote]]:
    """Ticket and invoice for every line that bills it whole: not the lines that only correct one, nor what was credited or taken back."""
    given_up = {number for (number,) in history.rows(GIVEN_UP)}
    notes = sorted(history.company.documents.values(), key=lambda remote: remote.live or remote.number not in given_up)
    for remote in notes:  # first those that took nothing back: another note may have taken back the same since
        if remote.live or remote.number not in given_up:
            history.credited |= credited_by(remote)
        else:
            history.credited -= credited_by(remote)
    decided = set(history.rows(DECIDED)) | _asked_again(history)
    corrected = _corrected(history)
    names: dict[str, str] = dict(history.rows("SELECT remote_id, number FROM documents"))
    unknown = _by_hand(history)
    standing = []
    for remote in _ours(history):
        for line in remote.lines if remote.kind == "invoice" else ():
            found = _TICKET.match(line.description)
            if found is None or _CORRECTS.match(line.description):
                continue
            place = (found[1], names.get(remote.id, remote.number))  # what corrects it names it as we did, whatever a person calls it now
            taken_back = place in corrected and abs(line.net + corrected[place]) <= (1 if remote.id in history.touched else 0)
            if (found[1], remote.id) in unknown:
                unknown.remove((found[1], remote.id))
            elif place not in history.credited and place not in decided and not taken_back:
                standing.append((found[1], remote))
    return standing


def _asked_again(history: "History") -> set[tuple[str, str]]:
    """What a person said to take back, until another net of its document was accepted: that is asked about once more, with that money."""
    waiting = history.rows(WAITING)
    if not waiting:
        return set()
    said = [msgspec.json.decode(body) for (body,) in history.rows("SELECT body FROM audit WHERE what = 'chosen'")]
    chosen = {(one["number"], entry) for one in said if one["choice"] == "delta" for entry in one["entries"]}
    return {(name, number) for name, number, entry in waiting if (number, entry) in chosen}


def _corrected(history: "History") -> dict[tuple[str, str], Decimal]:
    """Ticket and number of the invoice it corrects → what lines elsewhere add to it."""
    corrected: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for remote in _ours(history):
        for line in remote.lines:
            if (found := _CORRECTS.match(line.description)) is not None:
                corrected[found[1], found[2]] += line.net
    return corrected


def _by_hand(history: "History") -> set[tuple[str, str]]:
    """Lines that a person put on a document, as long as it was not tied for them, or was taken as somebody left it: then they are a
    person's for ever, whatever is amended beside them.
    """
    return history.by_hand - set(history.rows(CLAIMED)) if history.by_hand else set()


def _taken_back(history: "History") -> set[tuple[str, str]]:
    """Ticket and invoice of every line that was taken back somewhere."""
    found = (_CORRECTS.match(line.description) for remote in _ours(history) for line in remote.lines)
    return {(one[1], one[2]) for one in found if one}


def _once(history: "History") -> None:
    lines = Counter(ticket for ticket, _ in _standing(history))
    twice = sorted(ticket for ticket, count in lines.items() if count > 1)
    assert not twice, f"I1: {twice} stand on two live documents"
    keys = Counter(remote.mark.partition("#")[0] for remote in _ours(history))
    assert not (twice := [key for key, count in keys.items() if count > 1]), f"I1: two live documents for {twice}"


def _created_once(history: "History") -> None:
    erased = {name.removeprefix("gone ") for name in history.company.documents if name.startswith("gone ")}
    created = [
        write.remote_id for write in history.company.ledger if write.operation in ("create", "credit") and write.remote_id not in erased
    ]
    history.marks |= {remote.id: remote.mark for remote in history.company.documents.values() if remote.mark}
    marks = Counter(history.marks[remote_id] for remote_id in created if remote_id in history.marks)
    assert not (twice := [mark for mark, count in marks.items() if count > 1]), f"I1: {twice} was created twice"


def _cents(history: "History") -> None:
    sums = defaultdict(int, dict(history.rows("SELECT document, sum(net) FROM claims GROUP BY document")))
    notes = dict(history.rows("SELECT key, target FROM documents WHERE kind = 'credit_note' AND remote_id <> '' ORDER BY generation"))
    for target in map(msgspec.json.decode, notes.values()):
        sums["credited", target["credits"]["ref"]["number"]] += to_minor(Decimal(target["net"]), target["currency"])
    for number, remote_id, state, net, currency, touched, kind, name in history.rows(
        "SELECT id, remote_id, state, net, currency, touched, kind, number FROM documents WHERE remote_id <> ''"
    ):
        there = history.company.documents.get(remote_id)
        if there is None or not there.live or state != "done" or remote_id in history.touched:
            continue
        assert not touched, f"I3: nobody touched {there.number}, but {touched}"
        shares = sums[number] + sums["credited", name] if kind == "invoice" else net
        assert to_minor(there.net, currency) == net == shares, (
            f"I3: {there.number}: {there.net} there, {net} known, {shares} claimed or credited"
        )
        assert there.net == sum((line.net for line in there.lines), Decimal(0)), f"I3: the lines of {there.number} do not add up"


def _current(history: "History") -> None:
    """What is stored as current is what would be computed."""
    ws = history.open()
    with ws.store.snapshot() as read:
        inputs = picture.inputs_digest(ws, read)
        fresh = picture.draw(ws, read)
        stored = picture._stored_plans(ws, read, ["nz"])
        if stored is not None:
            ours, theirs = _steps(stored["nz"]), _steps(fresh.plans["nz"])
            assert ours == theirs, f"the stored plan is not current: {ours} != {theirs}"
        if ws.store.fact(read, picture.CHARGES) == inputs:
            rows = {
                (c.entry, c.part): (c.disposition, c.seconds)
                for c in charges.rows(read, ("ready", *ON_A_DOCUMENT, "held", "no_charge", "unmatched"))
            }
            now = {(c.staged.key, c.part): (c.disposition, c.seconds) for c in fresh.charges}
            wrong = {place: (row, now.get(place)) for place, row in rows.items() if row != now.get(place)}
            assert not wrong, f"stored charges are not current: {wrong}"


def _steps(plan) -> list[tuple[object, ...]]:
    return [(step.action, step.key, step.generation, step.digest) for step in plan.steps]


def _tied(history: "History") -> None:
    """Each entry stands over there exactly where the sync ledger says, and nowhere else."""
    there: dict[str, str] = {ticket: remote.number for ticket, remote in _standing(history)}
    rows = history.rows(
        "SELECT e.entry_id, d.number, d.remote_id, d.state, c.net, c.seconds FROM claims c JOIN documents d ON d.id = c.document "
        "JOIN entries e ON e.key = c.entry "
        "WHERE NOT EXISTS (SELECT 1 FROM corrections r WHERE (r.entry, r.part) = (c.entry, c.part) AND r.of <> 0)"
    )
    claimed = {entry: number for entry, number, *_ in rows}
    spent = _taken_back(history) | set(history.rows(DECIDED))
    for entry, number, remote_id, state, net, _seconds in rows:
        remote = history.company.documents.get(remote_id)
        if state != "done" or remote is None or not remote.live or remote.id in history.touched or not _tickets(remote) or not net:
            continue
        if (entry, remote.number) in spent:
            continue
        assert there.get(entry) == remote.number, f"I2: {entry} is claimed by {number} and does not stand there"
    unknown = {entry: number for entry, number in there.items() if entry not in claimed}
    held = {number for (number,) in history.rows("SELECT number FROM documents WHERE state = 'held' OR touched <> ''")}
    orphans = {entry: number for entry, number in unknown.items() if number not in held}
    assert not orphans, f"I1: these stand over there and are free to be billed again: {orphans}"


def _known(history: "History") -> None:
    ws = history.open()
    with ws.store.snapshot() as read:
        known = {row[0] for row in read.exec_driver_sql("SELECT remote_id FROM documents UNION SELECT remote_id FROM strangers")}
        doubt = {row[0] for row in read.exec_driver_sql("SELECT number FROM documents WHERE state IN ('intended', 'sent', 'held')")}
        orphans = [
            remote.number
            for remote in history.company.documents.values()
            if remote.live and remote.id not in known and remote.number not in doubt and is_our_number(ws, read, "nz", remote)
        ]
    assert not orphans, f"I4: nobody knows {orphans}"
    strangers = [history.company.documents.get(str(remote_id)) for (remote_id,) in history.rows("SELECT remote_id FROM strangers")]
    lost = [there.number for there in strangers if there and there.mark and there.live and there.id not in history.touched]
    assert not lost, f"I4: made by ourselves, and strangers now: {lost}"


def _nothing_lost(history: "History") -> None:
    """Every second is in a bucket; what is ready is in the plan or its period is not over; what is on a document really is."""
    worked: dict[str, int] = {name: entry.seconds for name, entry in history.source.entries.items()}
    buckets: dict[str, int] = defaultdict(int)
    for entry, seconds in history.rows("SELECT e.entry_id, c.seconds FROM charges c JOIN entries e ON e.key = c.entry"):
        buckets[entry] += seconds
    lost = {name: (seconds, buckets.get(name)) for name, seconds in worked.items() if buckets.get(name) != seconds}
    assert not lost, f"I2: seconds lost: {lost}"
    assert not (ghosts := {n: s for n, s in buckets.items() if s and n not in worked}), f"I2: seconds of deleted time: {ghosts}"
    planned = {(charge.entry, charge.part) for step in history.plan().steps for charge in step.charges}
    today = history.clock.now().date().isoformat()
    for entry, part, client, period in history.rows("SELECT entry, part, client, period FROM charges WHERE disposition = 'ready'"):
        assert (entry, part) in planned or not history.is_over(period, today), (
            f"I2: {entry}/{part} of {client} in {period} is ready and planned nowhere"
        )
    on_paper = history.rows(
        "SELECT c.entry, c.part FROM charges c LEFT JOIN claims k ON (k.entry, k.part) = (c.entry, c.part) "
        "WHERE c.disposition IN ('sending', 'drafted', 'invoiced') AND k.entry IS NULL AND c.seconds <> 0"
    )
    assert not on_paper, f"I2: said to be on a document and claimed by none: {on_paper}"
