"""Southern Cross IT in Python: small values for the tests of invoicing."""

from datetime import date
from decimal import Decimal
from itertools import count

from connector.core.invoicing import propose
from connector.core.known import Known
from connector.core.mapping import (
    BillingCode,
    Client,
    CodeTarget,
    InvoiceDay,
    Mapping,
    Options,
    Span,
    TermsOfPayment,
    Where,
)
from connector.core.values import BookFacts, Charge, Price, Staged, Terms, Why
from connector.model import Account, Catalogue, Customer, Item, Target, TaxCode, TimeEntry, TrackingCategory

D = Decimal
HERE = Where("clients.yaml", 7)
_ids = count(1)


def options(**said):
    """Options with plain values; a tuple of spans is taken as it is, None is not said."""
    return Options(**{key: said_spans(value) for key, value in said.items()})


def said_spans(value):
    if value is None:
        return ()
    dated = isinstance(value, tuple) and value and isinstance(value[0], Span)
    return value if dated else (Span(value, where=HERE),)


NZ = {
    "currency": "NZD",
    "tax_code": "15% GST on Income",
    "amounts": "tax_exclusive",
    "terms": TermsOfPayment("customer"),
    "terms_if_none": TermsOfPayment("day_of_next_month", 20),
    "invoice_date": InvoiceDay("period_end"),
    "number": "HB-{yymm}-{seq:3}",
    "send_as": "draft",
    "document_per": "client",
    "document_every": "month",
    "lines_one_per": ("work_type",),
    "line_text": "{work_type}, {month}",
    "late_time": "next_document",
    "incomplete": "hold",
    "minimum_document": D(0),
}


def client(key="Alpine Dental", *, ids=(), customer=(), bill_to=(), projects=(), book="", **said):
    return Client(
        key=key,
        where=HERE,
        ids=tuple(ids),
        customer=said_spans(customer) if customer else (),
        options=options(**said),
        bill_to=tuple(bill_to),
        projects=tuple(projects),
        book=book,
    )


def code(key, text="", tax_code=(), tracking=(), **books):
    return BillingCode(
        key=key,
        where=Where("billing_codes.yaml", 3),
        text=text,
        targets=tuple(
            (
                book,
                (
                    Span(
                        CodeTarget(
                            target=target,
                            tax_code=said_spans(tax_code) if tax_code else (),
                            tracking=tracking,
                            where=HERE,
                        )
                    ),
                ),
            )
            for book, target in books.items()
        ),
    )


CODES = (
    code("support", "Support", nz=Target("account", "200"), us=Target("item", "Services:Support")),
    code(
        "project",
        "Project work",
        nz=Target("account", "205"),
        us=Target("item", "Services:Projects"),
        tracking=(("Department", "Projects"),),
    ),
    code("travel", nz=Target("item", "TRAVEL")),
)


def files(*clients, nz=None, us=None, codes=CODES, people=(), **rest):
    return Mapping(
        digest="d",
        default_book="nz",
        defaults=(
            ("nz", options(**(NZ | (nz or {})))),
            ("us", options(**(NZ | {"currency": "USD", "number": "HBU-{yymm}-{seq:3}"} | (us or {})))),
        ),
        clients=clients,
        billing_codes=codes,
        people=people,
        **rest,
    )


def catalogue(**said):
    standard = {
        "company_id": "c1",
        "currency": "NZD",
        "currencies": ("NZD", "AUD", "JPY", "KWD"),
        "customers": (
            Customer(id="c-alpine", name="Alpine Dental"),
            Customer(id="c-eastland", name="Eastland Health Trust", terms="net 7"),
            Customer(id="c-retail", name="Fairweather Retail Ltd"),
            Customer(id="c-logistics", name="Fairweather Logistics Pty Ltd"),
            Customer(id="c-glenholm", name="Glenholm Council"),
        ),
        "items": (Item(id="i1", code="TRAVEL", name="Travel time"),),
        "accounts": (Account(id="a1", code="200", name="Sales"), Account(id="a2", code="205", name="Projects")),
        "tax_codes": (
            TaxCode(code="OUTPUT2", name="15% GST on Income", percent=D(15)),
            TaxCode(code="ZERO", name="Zero Rated", percent=D(0)),
        ),
        "tracking": (
            TrackingCategory(id="t1", name="Region", options={"Waikato": "o1"}),
            TrackingCategory(id="t2", name="Department", options={"Managed services": "o2", "Projects": "o3"}),
        ),
    }
    return Catalogue(**(standard | said))


def book(name="nz", **said):
    standard = {
        "start": date(2020, 1, 1),
        "today": date(2026, 7, 2),
        "catalogue": catalogue(),
        "checks_catalogue": True,
    }
    return BookFacts(name=name, **(standard | said))


def terms(of, *, work_type="Remote support", person="Cho Min-jun", rate="145.00", currency="NZD", **said):
    price = rate and Price(D(rate), currency, D(rate), D(1), (Why("rate", rate, Where("rate_cards.yaml", 9)),))
    standard = {
        "book": "nz",
        "billing_code": "support",
        "project": "",
        "role": "engineer",
        "why": (Why("client", of.key, HERE),),
    }
    return Terms(client=of, work_type=work_type, person=person, price=price or None, currency=currency, **(standard | said))


def charge(
    of,
    day="2026-06-10",
    hours="1",
    *,
    disposition="ready",
    billed=None,
    part=1,
    value=None,
    po="",
    price=None,
    entry=None,
    number=None,
    **said,
):
    """A charge of a client (or of given terms), worked on a day for some hours."""
    key = number or next(_ids)
    its = of if isinstance(of, Terms) else terms(of, **said)
    seconds = int(D(hours) * 3600)
    row = TimeEntry(id=str(key), worked_on=day and date.fromisoformat(day), seconds=seconds, **(entry or {}))
    return Charge(
        staged=Staged(key=key, source="harvest:1", connection="harvest", revision=1, entry=row),
        part=part,
        terms=its,
        disposition=disposition,
        period=day and day[:7],
        seconds=seconds,
        billed=D(seconds) if billed is None else D(billed),
        value=value and D(value),
        price=price,
        po=po,
    )


def proposals(charges, mapping=None, *, facts=None, known=None, interim=False, **nz):
    charges = list(charges)
    mapping = mapping or files(nz=nz)
    facts = facts or book()
    return propose(charges, mapping, {facts.name: facts}, known=known or Known(), interim=interim)


def documents(charges, mapping=None, **said):
    made = proposals(charges, mapping, **said).documents
    by_key = {one.key: one for one in made}
    assert len(by_key) == len(made), "two documents share a key"
    return by_key


def only(charges, mapping=None, **said):
    [one] = documents(charges, mapping, **said).values()
    return one
