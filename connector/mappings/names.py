"""Nearest names, for problems and suggestions. Similarity only ever suggests; it never matches."""

from collections.abc import Iterable

from connector.core.mapping import fold

NEAR = 70.0


def nearest(name: str, known: Iterable[str], count: int = 2) -> list[str]:
    """The known names most like `name`, best first; none where nothing is near."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415  (only where a name is wrong)

    found = process.extract(name, sorted(set(known)), scorer=fuzz.WRatio, processor=fold, limit=None, score_cutoff=NEAR)
    found.sort(key=lambda one: (-one[1], -fuzz.ratio(name, one[0], processor=fold)))  # `stat` is in `state` as in `older_state_keys`
    return [text for text, _, _ in found[:count]]


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """The end of a problem: the nearest names, or else what to do."""
    names = nearest(name, known)
    return f"did you mean {' or '.join(repr(text) for text in names)}?" if names else otherwise


def listed(names: Iterable[str], most: int = 8) -> str:
    """Names in a sentence, cut where there are too many to read."""
    every = list(names)
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")
