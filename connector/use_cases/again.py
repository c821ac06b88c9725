"""Single entries matched and priced again, for the words and prices that no stored figure keeps."""

from collections.abc import Mapping

from connector.core.charges import Pricing
from connector.core.conditions import Case
from connector.core.matching import Matcher
from connector.core.rating import Means
from connector.core.rulings import NO_RULING, ruling
from connector.core.values import Decision, Price, Staged, Unmatched
from connector.store import decisions
from connector.store.store import Tx
from connector.use_cases.workspace import Workspace


class Again:
    """The mapping as it is now, compiled once, with the decisions in force."""

    def __init__(self, ws: Workspace, read: Tx) -> None:
        self._matcher = Matcher(ws.mapping, ws.facts(read))
        self._pricing = Pricing(ws.mapping, Means())
        self._decided: Mapping[int, tuple[Decision, ...]] = decisions.in_force(read)

    def missing(self, staged: Staged, kind: str) -> Unmatched | None:
        """What cannot be matched of it, where it is of this kind."""
        case = self._case(staged)
        found = case.terms.nobody or self._pricing.of(case)[1]
        return found if found is not None and found.kind == kind else None

    def price(self, staged: Staged) -> Price | None:
        """The price of its hour."""
        return self._pricing.of(self._case(staged))[0]

    def _case(self, staged: Staged) -> Case:
        decided = self._decided.get(staged.key)
        said = ruling(decided, staged) if decided else NO_RULING
        terms = self._matcher.terms(staged.connection, staged.entry, client=said.client, project=said.project, work_type=said.work_type)
        return Case(staged, terms, said)
