"""Checks over rounding, exclude and hold rules."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from connector.core.mapping import Condition, EntryRule, Mapping, Rule, Where, fold
from connector.mappings.names import nearest
from connector.mappings.references import Desk, Kind
from connector.mappings.ties import overlap


def check_rules(mapping: Mapping, desk: Desk, broken: frozenset[str], start: Where) -> None:
    """Rounding has a rule for everything; exclude and hold do not contradict each other."""
    everything = [rule for rule in mapping.roundings if not (rule.project or rule.client or rule.work_type or rule.person or rule.role)]
    if "rounding" not in broken and not _covers_all_days(everything):
        where = mapping.roundings[0].where if mapping.roundings else start
        fix = "add `- {increment_minutes: 1, direction: nearest, minimum_minutes: 0, per: entry}`"
        desk.problem(where, "no rounding rule with nothing named holds on every day", fix)
    names: dict[str, Where] = {}
    for rule in (*mapping.exclude, *mapping.hold):
        if names.setdefault(rule.name, rule.where) != rule.where:
            desk.problem(
                rule.where,
                f"two rules are called '{rule.name}'",
                f"the other is at {names[rule.name]}: reports tell rules by name",
            )
        _check_fires(rule, desk)
        _check_near_names(rule, desk)
    for hold in mapping.hold:
        for exclude in mapping.exclude:
            if hold.when == exclude.when and hold.unless == exclude.unless and overlap(hold, exclude):
                desk.problem(
                    hold.where,
                    f"'{hold.name}' holds what '{exclude.name}' ({exclude.where}) excludes",
                    "what is excluded is never held: take one out",
                )


def _covers_all_days(rules: list[Rule[Any]]) -> bool:
    """Whether some rule holds on every day: one without ends, or several end to end."""
    reached: date | None = None
    for rule in sorted(rules, key=lambda rule: rule.since or date.min):
        begins = rule.since or date.min
        if begins != date.min and (reached is None or begins.toordinal() > reached.toordinal() + 1):
            return False
        if rule.until is None:
            return True
        reached = max(reached or date.min, rule.until)
    return False


def _check_fires(rule: EntryRule, desk: Desk) -> None:
    when = rule.when
    if rule.since and rule.until and rule.until < rule.since:
        desk.problem(rule.where, f"the rule ends ({rule.until}) before it begins ({rule.since})", "mend one of the dates")
    if rule.unless == when:
        desk.problem(rule.where, f"'{rule.name}' never fires: `when` and `unless` say the same", "mend one of them")
    if when.hours_over is not None and when.hours_under is not None and when.hours_over >= when.hours_under:
        desk.problem(
            rule.where,
            f"'{rule.name}' never fires: nothing is over {when.hours_over} h and under {when.hours_under} h",
            "mend one of the bounds",
        )


def _check_near_names(rule: EntryRule, desk: Desk) -> None:
    """A condition may name what only a source knows; a name that is nearly one of ours is noted."""
    for condition in (rule.when, rule.unless):
        for kind, texts in _texts(condition) if condition else ():
            known = desk.known[kind]
            for text in texts:
                if "*" not in text and fold(text) not in known and (near := nearest(text, known.values(), 1)):
                    desk.note(
                        rule.where,
                        f"'{rule.name}' looks for the {kind} '{text}', which is not ours",
                        f"did you mean '{near[0]}'?",
                    )


def _texts(condition: Condition) -> Iterator[tuple[Kind, tuple[str, ...]]]:
    yield from (("client", condition.client), ("work type", condition.work_type), ("person", condition.person))
