"""The little firm with two companies: book `nz` and book `us`, each with a company of its own, on one state."""

from adapters.memory.sink import Company, Settings, Sink
from connector.core.mapping import Mapping
from connector.model import Remote
from connector.use_cases import apply, approve, picture
from connector.use_cases.told import Told
from connector.use_cases.workspace import Workspace
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.world import World

BOOKS = ("nz", "us")
DEFAULTS = YAML[YAML.index("  nz:\n") : YAML.index("default_book")]
TWO = (
    YAML.replace(DEFAULTS, DEFAULTS + DEFAULTS.replace("  nz:", "  us:").replace("HB-", "HBU-"))
    .replace("nz: {account: 205}}", "nz: {account: 205}, us: {account: 205}}")
    .replace("default_for: nz", "default_for: [nz, us]")
    .replace("one_per: [work_type]", "one_per: [ticket]")
    .replace('text: "{work_type}, {month}"', 'text: "#{ticket}"')
    .replace("  Bayside Motors:\n", "  Bayside Motors: {book: us}\n")
)
"""Alpine Dental is billed in nz, Bayside Motors in us; a line for each entry."""


def moved(*clients: str) -> Mapping:
    """The mapping after these clients changed to the other book."""
    text = TWO
    for client in clients:
        now = {"Alpine Dental": ("  Alpine Dental:\n", "  Alpine Dental: {book: us}\n"),
               "Bayside Motors": ("  Bayside Motors: {book: us}\n", "  Bayside Motors:\n")}[client]  # fmt: skip
        assert now[0] in text
        text = text.replace(*now)
    return mapping_of(text, BOOKS)


class TwoBooks(World):
    """`plan`, `approve` and `apply` of the world take a book here."""

    def __init__(self) -> None:
        super().__init__(mapping_of(TWO, BOOKS))
        self.companies = {"nz": self.company, "us": Company(self.clock)}

    def open(self) -> Workspace:
        ws = super().open()
        nz = ws.books["nz"]
        host = type("Host", (), {"clock": self.clock})()
        for name in BOOKS:
            sink = Sink(Settings(company="unused"), host)
            sink.company = self.companies[name]
            ws._sinks[name] = sink
        ws.books = {"nz": nz, "us": type(nz)(**{field: getattr(nz, field) for field in nz.__struct_fields__} | {"name": "us"})}
        return ws

    def plan_of(self, book: str):
        ws = self.open()
        with ws.store.snapshot() as read:
            return picture.plans(ws, read, book=book)[book]

    def approve_book(self, book: str) -> None:
        found = self.plan_of(book)
        if found.sending:
            approve.approve(self.open(), found.checksum, who="Finance", forced="a test")

    def apply_book(self, book: str) -> Told:
        return apply.apply(self.open(), book)

    def live(self) -> list[Remote]:
        return [remote for company in self.companies.values() for remote in company.documents.values() if remote.live]

    def standing(self) -> dict[str, set[str]]:
        """Book → the entries on live documents over there."""
        return {
            book: {line.description for remote in company.documents.values() if remote.live for line in remote.lines}
            for book, company in self.companies.items()
        }

    def check(self) -> None:
        lines = [line.description for remote in self.live() for line in remote.lines]
        assert len(lines) == len(set(lines)), f"stands twice over there: {sorted(lines)}"
