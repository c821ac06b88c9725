"""Our client under the same dice: time is pulled, a plan approved and applied, and applied again until nothing is left to do.

What is held for a person, because nobody could find out what became of it, is made again by that person's choice, and counted.
"""

from collections.abc import Sequence
from typing import ClassVar

from connector.errors import TransientError
from connector.ports import SourceTraits
from connector.use_cases import corrections
from connector.use_cases.waiting import Waiting
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
        """Runs until every document is confirmed; returns the clients of those for which a person had to say how they go on."""
        settle = self.sink.traits.settle_s + MORE_THAN_THE_DEADLINE_S
        decided: list[str] = []
        self.pull()
        for _ in range(ROUNDS_MAX):
            if self.plan().sending:
                self.approve()
            told = self.apply()
            if told.doubt or told.stopped or told.waits or told.refused or self.plan().sending:
                self.clock.sleep(settle if told.doubt else 60)
            elif waiting := [row for row in corrections.waiting(self.open()) if "again" in row.choices]:
                decided += [row.client for row in waiting if self._makes_again(row)]
            elif held := [step.client for step in self.plan().steps if step.action == "hold" and step.releasable]:
                self.approve(only=held)  # refused three times: somebody saw to it over there
                decided += held
            else:
                break
        return decided

    def _makes_again(self, row: Waiting) -> bool:
        """What a person says who looked for it over there and found nothing; False where the look-up before it failed: said again then."""
        try:
            corrections.choose(self.open(), row.number, "again", "nobody finds it over there", "Finance")
        except TransientError:
            return False
        return True
