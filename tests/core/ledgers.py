"""Small documents, claims and charges for tests of the ledger, the plan and drift: one client, one line an hour at 100.00."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from connector.core.ledger import Claim, Known, Ledger
from connector.core.mapping import Client, Options, Safety, Where
from connector.core.planning import plan
from connector.core.steps import Plan
from connector.core.values import Charge, Price, Proposed, ProposedLine, Share, Staged, Terms
from connector.model import Document, Line, Remote, RemoteLine, Target, TimeEntry

JUNE = "2026-06"
DAY = date(2026, 6, 30)
RATE = Decimal(100)
NOT_BOUNDED = Safety(client_total_over_last_month=None, documents_per_client_and_period=None, changed_documents_percent=None)
PRICE = Price(RATE, "NZD", RATE, Decimal(1), ())


def line(net="100.00", text="Work", **said) -> Line:
    given = {
        "description": text, "quantity": Decimal(net) / RATE, "price": RATE, "net": Decimal(net), "target": Target("account", "200"),
        "tax_code": "OUTPUT2", "service_from": DAY, "service_to": DAY,
    }  # fmt: skip
    return Line(**{**given, **said})


def document(*lines, number="HB-1", **said) -> Document:
    lines = lines or (line(),)
    given = {
        "number": number, "mark": "k#1", "customer_id": "c1", "customer": "Alpine", "invoice_date": DAY, "due_date": DAY, "currency": "NZD",
        "amounts": "tax_exclusive", "send_as": "draft", "lines": tuple(lines), "net": sum((one.net for one in lines), Decimal(0)),
    }  # fmt: skip
    return Document(**{**given, **said})


def remote(of: Document | None = None, **said) -> Remote:
    """The document as it stands over there, unless said otherwise."""
    of = of or document()
    lines = tuple(
        RemoteLine(
            id=str(at),
            description=one.description,
            quantity=one.quantity,
            price=one.price,
            net=one.net,
            target=one.target,
            tax_code=one.tax_code,
        )
        for at, one in enumerate(of.lines)
    )
    given = {
        "id": "r1", "number": of.number, "status": "draft", "customer_id": of.customer_id, "customer": of.customer, "invoice_date": of.invoice_date,
        "due_date": of.due_date, "currency": of.currency, "po": of.po, "lines": lines, "net": of.net,
    }  # fmt: skip
    return Remote(**{**given, **said})


def known(number="HB-1", *, at=1, key="k", **said) -> Known:
    """A confirmed draft that nobody touched, unless said otherwise."""
    target = said.pop("target", None) or document(number=number)
    given = {
        "id": at, "book": "nz", "key": key, "generation": 1, "number": number, "remote_id": f"r{at}", "state": "done", "their_status": "draft",
        "client": "Alpine", "period": JUNE, "currency": "NZD", "net": target.net, "entries": 1, "seconds": 3600, "target": target,
        "base": remote(target),
    }  # fmt: skip
    return Known(**{**given, **said})


def charge(entry=1, *, part=1, seconds=3600, revision=1, deleted=False, client="Alpine", **said) -> Charge:
    """An hour that is ready to bill, unless said otherwise."""
    entry_said = TimeEntry(id=f"e{entry}", client=client, seconds=seconds, worked_on=DAY)
    staged = Staged(key=entry, source="clockify:acme", connection="clock", revision=revision, deleted=deleted, entry=entry_said)
    terms = Terms(book="nz", client=Client(key=client, options=Options(), where=Where("clients.yaml", 1)), price=PRICE, currency="NZD")
    given = {
        "staged": staged, "part": part, "terms": terms, "disposition": "ready", "period": JUNE, "seconds": seconds, "billed": Decimal(seconds),
        "value": RATE * seconds / 3600, "estimate": "priced", "price": PRICE,
    }  # fmt: skip
    return Charge(**{**given, **said})


def claim(of: Charge | None = None, *, on=1, **said) -> Claim:
    """The charge as it stands on a document."""
    of = of or charge()
    given = {
        "entry": of.staged.key, "part": of.part, "document": on, "revision": of.staged.revision, "seconds": of.seconds, "billed": of.billed,
        "net": (of.value or Decimal(0)).quantize(Decimal("0.01")), "currency": "NZD", "line": 0, "client": of.terms.client_key, "period": of.period,
    }  # fmt: skip
    return Claim(**{**given, **said})


def ledger(documents: Sequence[Known] = (), claims: Sequence[Claim] = ()) -> Ledger:
    return Ledger(documents={one.id: one for one in documents}, claims={(one.entry, one.part): one for one in claims})


def proposed(*charges: Charge, key="k", **said) -> Proposed:
    """One document with a line a charge."""
    charges = charges or (charge(),)
    lines = tuple(
        ProposedLine(line=line(f"{one.value:.2f}"), billing_code="SUP", shares=(Share(one, one.value.quantize(Decimal("0.01"))),), why=())
        for one in charges
    )
    given = {
        "key": key, "book": "nz", "client": "Alpine", "customer_id": "c1", "customer": "Alpine", "period": JUNE, "currency": "NZD",
        "invoice_date": DAY, "due_date": DAY, "terms": "net 0", "amounts": "tax_exclusive", "send_as": "draft", "series": "HB-{yymm}-{seq:3}",
        "lines": lines, "net": sum((one.line.net for one in lines), Decimal(0)), "tax": None, "gross": None, "worked_from": DAY, "worked_to": DAY,
    }  # fmt: skip
    return Proposed(**{**given, **said})


def planned(*proposals: Proposed, knows: Ledger | None = None, safety: Safety = NOT_BOUNDED, **said) -> Plan:
    given = {"as_of": "2026-07-01", "mapping": "m1", "safety": safety, **said}
    return plan("nz", proposals, knows or ledger(), **given)
