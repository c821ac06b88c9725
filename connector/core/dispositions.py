"""From staged entries to charges: every second of every entry gets exactly one fate (domain section 2).

`rule` sees all entries that stand together: rounding per day and rules that compare entries look only at what they are given.
"""

from collections.abc import Collection, Iterable, Sequence
from collections.abc import Mapping as MappingOf
from datetime import datetime

from connector.core.charges import PeriodOf, Pricing, charges
from connector.core.conditions import Case, Compiled, compile_rules
from connector.core.fates import READY, UNREADABLE, Fate, billable_case, closed_case, excluded, held, priced_case
from connector.core.mapping import EntryRule, Mapping
from connector.core.matching import Matcher
from connector.core.rating import Means
from connector.core.repeats import compared
from connector.core.rulings import NO_RULING, ruling
from connector.core.usual import Usual
from connector.core.values import BookFacts, Charge, Decision, Marked, Staged

Decisions = MappingOf[int, Decision | tuple[Decision, ...]]
"""Staged key → a person's decision on that entry, or several (a client and a release, say)."""


def rule(
    staged: Sequence[Staged],
    matcher: Matcher,
    mapping: Mapping,
    books: MappingOf[str, BookFacts],
    decisions: Decisions,
    now: datetime,
    billed: Collection[int] = (),
    *,
    period_of: PeriodOf | None = None,
    means: Means | None = None,
    marks: MappingOf[int, Marked] | None = None,
) -> list[Charge]:
    """The charges of these entries, in their order; one each, or two where a person bills only a part of it.

    `billed` are the keys of entries that are on a document already: of repeats they go on. `period_of` names the work month of
    a readable day; without it charges have no period. `marks`: staged key → a person's word that it was billed elsewhere. The answer does not depend on the order of the entries.
    """
    cases = _cases(staged, matcher, decisions)
    usual = Usual(mapping, books, now, marks or {})
    is_usual = [usual.holds_of(case) for case in cases]
    fates = _first_steps(cases, is_usual, mapping, books, now, billed, marks or {})
    pricing = Pricing(mapping, means or Means())
    holds = _fired(mapping.hold, cases, fates, billed)
    ruled = [
        fate or (READY if so and index not in holds else held(case, holds.get(index, ())) or priced_case(case, pricing.of(case)[1]))
        for index, (case, fate, so) in enumerate(zip(cases, fates, is_usual, strict=True))
    ]
    return charges(cases, ruled, pricing, now, period_of)


def _cases(staged: Sequence[Staged], matcher: Matcher, decisions: Decisions) -> list[Case]:
    terms = matcher.terms
    if not decisions:
        return [Case(one, terms(one.connection, one.entry)) for one in staged]
    return [_ruled_case(one, matcher, decisions) for one in staged]


def _ruled_case(staged: Staged, matcher: Matcher, decisions: Decisions) -> Case:
    decided = decisions.get(staged.key)
    said = NO_RULING if decided is None else ruling(decided, staged)
    terms = matcher.terms(staged.connection, staged.entry, client=said.client, project=said.project, work_type=said.work_type)
    return Case(staged, terms, said)


def _first_steps(
    cases: Sequence[Case],
    is_usual: Sequence[bool],
    mapping: Mapping,
    books: MappingOf[str, BookFacts],
    now: datetime,
    billed: Collection[int],
    marks: MappingOf[int, Marked],
) -> list[Fate | None]:
    """Steps 4 to 12; None goes on."""
    each = list(zip(cases, is_usual, strict=True))
    closed = [None if so else closed_case(case, books, now, marks.get(case.staged.key)) for case, so in each]
    excludes = _fired(mapping.exclude, cases, closed, billed)
    return [
        fate
        if fate is not None or (so and index not in excludes)
        else excluded(case, excludes.get(index, ())) or billable_case(case, mapping, books)
        for index, ((case, so), fate) in enumerate(zip(each, closed, strict=True))
    ]


def _fired(
    rules: Sequence[EntryRule], cases: Sequence[Case], fates: Sequence[Fate | None], billed: Collection[int]
) -> dict[int, list[tuple[Compiled, str]]]:
    """The rules that fire on entries without a fate, by index of the case and in file order, each with what it says of others."""
    fired: dict[int, list[tuple[Compiled, str]]] = {}
    asked = [index for index, fate in enumerate(fates) if fate is None]
    for one in compile_rules(rules):
        fires = one.fires
        answers: Iterable[tuple[int, str]] = (
            _compared(one, cases, fates, billed) if one.compares else ((index, "") for index in asked if fires(cases[index]))
        )
        for index, said in answers:
            fired.setdefault(index, []).append((one, said))
    return fired


def _compared(one: Compiled, cases: Sequence[Case], fates: Sequence[Fate | None], billed: Collection[int]) -> Iterable[tuple[int, str]]:
    """An entry repeats another whatever became of that one, so all that can be read take part: else the second of two would be
    billed because the first is excluded, free or billed elsewhere. What a person gave up or called no work takes no part, and
    excluded time overlaps nothing.
    """
    elsewhere = {case.staged.key for case, fate in zip(cases, fates, strict=True) if fate and fate.disposition == "billed_elsewhere"}
    out = {"deleted", "written_off", *(("excluded",) if one.rule.when.overlap_minutes_over is not None else ())}
    taking_part = [
        index
        for index, fate in enumerate(fates)
        if fate is None or (fate.disposition not in out and fate.kind != UNREADABLE and not cases[index].ruling.is_("write_off", "exclude"))
    ]
    return compared(one, cases, taking_part, elsewhere.union(billed) if elsewhere else billed).items()
