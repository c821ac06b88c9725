"""The firm of domain section 4 as values, as far as matching and rating look at it; `line` numbers are made up."""

from datetime import UTC, date, datetime
from decimal import Decimal

from connector.core.mapping import (
    BillTo,
    Block,
    Cell,
    Client,
    Mapping,
    Name,
    Options,
    Person,
    Project,
    RateCard,
    Rounding,
    Rule,
    Span,
    Treated,
    Where,
    WorkType,
)
from connector.core.values import BookFacts, Decision, Staged
from connector.model import TimeEntry

NOW = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
JUNE = date(2026, 6, 15)
BOOKS = {
    "nz": BookFacts(name="nz", start=date(2026, 1, 1), today=NOW.date()),
    "us": BookFacts(name="us", start=date(2026, 1, 1), today=NOW.date()),
}


def at(line, file="rules.yaml"):
    return Where(file, line)


def since(day, value):
    return (Span(value, since=day),)


def options(**said):
    return Options(**{key: (Span(value),) for key, value in said.items()})


def client(key, **more):
    more.setdefault("options", Options())
    more.setdefault("where", at(1, "clients.yaml"))
    return Client(key=key, **more)


CLIENTS = (
    client("Alpine Dental"),
    client("Dunmore Legal", aliases=(Name("Dunmore Law"), Name("DUNMORE", "toggl")), where=at(54, "clients.yaml")),
    client("Evergreen Schools", patterns=(Name("Evergreen - *"),), where=at(55, "clients.yaml")),
    client("Eastland Health Trust", options=Options(po=(Span("PO-4417", date(2026, 1, 1), date(2026, 12, 31)),))),
    client(
        "Fairweather Group",
        bill_to=(
            BillTo(
                customer="Fairweather Retail Ltd",
                projects=(Name("POS rollout"), Name("Store *")),
                options=Options(),
                where=at(72, "clients.yaml"),
            ),
            BillTo(
                customer="Fairweather Logistics Pty Ltd",
                projects=(Name("Depot *"),),
                options=options(currency="AUD", rate_card="standard-aud"),
                where=at(73, "clients.yaml"),
            ),
        ),
    ),
    client(
        "Glenholm Council",
        projects=(
            Project(name="Website rebuild", options=Options(), where=at(84, "clients.yaml")),
            Project(
                name="Server refresh",
                ids=(("harvest", "77"),),
                options=options(po="PO-9920"),
                where=at(85, "clients.yaml"),
            ),
        ),
    ),
    client("Prairie Dental", book="us"),
    client("Southern Cross IT", internal=True, aliases=(Name("Internal"), Name("Admin", "toggl"))),
    client("Harbour Lights Ltd", closed=date(2026, 5, 31)),
)
PEOPLE = (
    Person(key="Ana Reyes", where=at(3, "people.yaml"), roles=(Span("principal"),)),
    Person(
        key="Ben Ito",
        where=at(4, "people.yaml"),
        roles=(Span("engineer", since=date(2024, 2, 1)), Span("senior engineer", since=JUNE)),
    ),
    Person(
        key="Cho Min-jun",
        where=at(5, "people.yaml"),
        roles=(Span("engineer"),),
        aliases=(Name("CJ Cho"), Name("cho@sx.example")),
        ids=(("harvest", "1782959"),),
    ),
    Person(
        key="Dana Whitlock",
        where=at(6, "people.yaml"),
        roles=(Span("engineer"),),
        on_invoice="Dana W.",
        until=date(2026, 6, 20),
    ),
    Person(key="Rui Contract", where=at(7, "people.yaml"), roles=(Span("contractor"),), only_in=("toggl",)),
)


def work_type(key, code="", *names):
    return WorkType(key=key, where=at(3, "work_types.yaml"), code=(Span(code),) if code else (), aliases=tuple(names))


WORK_TYPES = (
    work_type("Remote support", "support"),
    work_type("On-site support", "support", Name("Onsite"), Name("Visit", "toggl")),
    work_type("After hours", "after_hours", Name("A/H")),
    work_type("Project work", "project"),
    work_type("Travel", "travel"),
    work_type("Admin"),
    work_type("Training", "support"),
)


def block(since, line, rows):
    cells = [
        Cell(row, role, Decimal(rate), at(line + number, "rate_cards.yaml"))
        for number, (row, columns) in enumerate(rows.items(), 1)
        for role, rate in columns.items()
    ]
    return Block(since, tuple(cells), at(line, "rate_cards.yaml"))


def row(contractor, engineer, senior, principal):
    return {"contractor": contractor, "engineer": engineer, "senior engineer": senior, "principal": principal}


CARDS = (
    RateCard(
        key="standard-nzd",
        currency="NZD",
        default_for=("nz",),
        where=at(5, "rate_cards.yaml"),
        blocks=(
            block(date(2025, 7, 1), 9, {"any": row(120, 145, 185, 230), "Project work": row(130, 165, 205, 250)}),
            block(JUNE, 12, {"any": row(126, 155, 195, 240), "Project work": row(136, 175, 215, 260)}),
        ),
    ),
    RateCard(
        key="standard-aud",
        currency="AUD",
        where=at(15, "rate_cards.yaml"),
        blocks=(block(date(2025, 7, 1), 17, {"any": {"any": "150.00"}}),),
    ),
    RateCard(
        key="standard-usd",
        currency="USD",
        default_for=("us",),
        where=at(18, "rate_cards.yaml"),
        blocks=(block(date(2025, 7, 1), 21, {"any": {"engineer": 125, "senior engineer": 160}}),),
    ),
)
YEAR_2026 = {"since": date(2026, 1, 1), "until": date(2026, 12, 31)}
EASTLAND, GLENHOLM = {"client": "Eastland Health Trust"}, {"client": "Glenholm Council", "project": "Server refresh"}
SPECIAL = (
    Rule(**EASTLAND, role="engineer", value=Decimal("138.00"), **YEAR_2026, where=at(24)),
    Rule(**EASTLAND, person="Ana Reyes", value=Decimal("210.00"), **YEAR_2026, where=at(25)),
    Rule(**GLENHOLM, value=Decimal("150.00"), since=date(2026, 3, 1), where=at(26)),
    Rule(**GLENHOLM, work_type="After hours", value=Decimal("225.00"), since=date(2026, 3, 1), where=at(27)),
    Rule(client="Prairie Dental", work_type="Project work", value=Decimal("140.00"), since=date(2026, 1, 1), where=at(28)),
)
MULTIPLIERS = (
    Rule(work_type="After hours", value=Decimal("1.5"), where=at(31)),
    Rule(**EASTLAND, work_type="After hours", value=Decimal("1.25"), where=at(32)),
)
TREATMENTS = (
    Rule(
        client="Glenholm Council",
        project="Website rebuild",
        value=Treated("covered", "fixed fee 24,000.00"),
        where=at(84),
    ),
    Rule(work_type="Travel", value=Treated("no_charge"), where=at(7)),
    Rule(work_type="Admin", value=Treated("non_billable"), where=at(8)),
    Rule(work_type="Training", value=Treated("non_billable"), where=at(9)),
    Rule(
        client="Alpine Dental",
        work_type="Remote support",
        value=Treated("covered", "managed services agreement"),
        where=at(13),
    ),
    Rule(**EASTLAND, work_type="Training", value=Treated("bill"), since=date(2026, 1, 1), where=at(14)),
)
ROUNDINGS = (
    Rule(value=Rounding(15, "up", 15, "entry"), where=at(18)),
    Rule(**EASTLAND, value=Rounding(6, "up", 15, "ticket_day"), where=at(19)),
    Rule(**GLENHOLM, value=Rounding(1, "nearest", 0, "entry"), where=at(20)),
    Rule(work_type="On-site support", value=Rounding(30, "up", 60, "entry"), where=at(21)),
)
EXAMPLE = Mapping(
    digest="example",
    default_book="nz",
    defaults=(("nz", options(currency="NZD")), ("us", options(currency="USD"))),
    clients=CLIENTS,
    people=PEOPLE,
    work_types=WORK_TYPES,
    treatments=TREATMENTS,
    rate_cards=CARDS,
    special_rates=SPECIAL,
    multipliers=MULTIPLIERS,
    roundings=ROUNDINGS,
)


def entry(client="Alpine Dental", person="Ben Ito", work_type="Project work", day=date(2026, 6, 12), **more):
    more.setdefault("id", "1")
    more.setdefault("seconds", 3600)
    return TimeEntry(client=client, person=person, work_type=work_type, worked_on=day, **more)


def staged(one=None, *, key=1, connection="harvest", revision=1, deleted=False, **more):
    one = one if one is not None else entry(**more)
    return Staged(key=key, source=f"{connection}/1", connection=connection, revision=revision, deleted=deleted, entry=one)


def decision(kind, argument="", **more):
    more.setdefault("revision", 1)
    more.setdefault("at", datetime(2026, 7, 1, 8, 0, tzinfo=UTC))
    return Decision(entry=1, kind=kind, argument=argument, **more)
