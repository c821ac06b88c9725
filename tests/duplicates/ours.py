"""Our client under the same dice: time is pulled, a plan approved and applied, and applied again until nothing is left to do."""

from collections.abc import Sequence
from typing import ClassVar

from connector.ports import SourceTraits
from connector.use_cases import corrections
from connector.use_cases.workspace import Workspace
from tests.duplicates.companies import QuickBooksCompany, XeroCompany
from tests.end_to_end.firm_anywhere import IN_DOLLARS
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.world import ListSource, World

ROUNDS_MAX = 80
MORE_THAN_THE_DEADLINE_S = 300
CLIENTS = YAML[YAML.index("  Alpine Dental:\n") : YAML.index("people:")]


class Log(ListSource):
    traits: ClassVar[SourceTraits] = SourceTraits(changes="window_only", deletions="snapshot", page_size=1000)


class Ours(World):
    """A firm with a client for each job, an hour for each client, and one of the companies."""

    def __init__(self, company: QuickBooksCompany | XeroCompany, jobs: Sequence[str]) -> None:
        text = YAML.replace(CLIENTS, "".join(f"  {job}:\n" for job in jobs))
        if isinstance(company, QuickBooksCompany):
            for ours, theirs in IN_DOLLARS.items():
                text = text.replace(ours, theirs)
        super().__init__(mapping_of(text))
        self.there = company  # type: ignore[assignment]
        self.source = Log()
        self.clock = company.clock  # type: ignore[assignment]
        self.store = type(self.store)("sqlite://", self.clock)
        self.store.migrate()
        self.sink = company.books.sink
        for job in jobs:
            self.work(job, job)

    def open(self) -> Workspace:
        workspace = super().open()
        workspace._open_sinks = {"nz": lambda: self.sink}
        return workspace

    def bill_to_the_end(self) -> list[str]:
        """Runs until every document is confirmed, or waits for a person; returns the latter."""
        settle = self.sink.traits.settle_s + MORE_THAN_THE_DEADLINE_S
        self.pull()
        for _ in range(ROUNDS_MAX):
            if self.plan().sending:
                self.approve()
            told = self.apply()
            if not (told.doubt or told.stopped or told.waits or self.plan().sending or told.refused):
                break
            self.clock.sleep(settle if told.doubt else 60)
        return [step.client for step in self.plan().steps] + [row.client for row in corrections.waiting(self.open())]
