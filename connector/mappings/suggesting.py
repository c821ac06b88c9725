"""Ranks what an unmatched name may mean. A suggestion is for a person to accept; nothing is ever matched by it."""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct
from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein

from connector.core.mapping import fold

SCORE_MIN = 60
_COMPANY_WORDS = frozenset(
    [
        "ltd",
        "limited",
        "inc",
        "incorporated",
        "llc",
        "llp",
        "plc",
        "pty",
        "co",
        "company",
        "corp",
        "corporation",
        "gmbh",
        "ag",
        "sa",
        "bv",
        "nv",
        "the",
        "group",
    ]
)
_WHOLE = 97
_PART = 90


class Suggestion(Struct, frozen=True, order=True):
    """One candidate: `score` 0 to 100, `why` in words a person can judge."""

    target: str
    score: int
    why: str


def suggest(unmatched: Iterable[str], known: Mapping[str, Iterable[str]], most: int = 3) -> dict[str, tuple[Suggestion, ...]]:
    """For each unmatched name the best of `known` (our name → its other names), best first; none below 60."""
    names = [(target, name) for target, others in known.items() for name in (target, *others)]
    return {name: _ranked(name, names, most) for name in unmatched}


def _ranked(name: str, names: list[tuple[str, str]], most: int) -> tuple[Suggestion, ...]:
    best: dict[str, Suggestion] = {}
    for target, known in names:
        score, why = _likeness(name, known)
        if score >= SCORE_MIN and (target not in best or score > best[target].score):
            said = why if known == target else f"{why} ('{known}' is another name of it)"
            best[target] = Suggestion(target, score, said)
    return tuple(sorted(best.values(), key=lambda each: (-each.score, each.target))[:most])


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", fold(name).replace("&", " and ").replace("'", ""))


def _likeness(name: str, known: str) -> tuple[int, str]:
    """The score and the reason, from the surest reason to the weakest."""
    if fold(name) == fold(known):
        return 100, "the same name"
    ours, theirs = _words(name), _words(known)
    if not ours or not theirs:
        return 0, ""
    plain_ours = [word for word in ours if word not in _COMPANY_WORDS] or ours
    plain_theirs = [word for word in theirs if word not in _COMPANY_WORDS] or theirs
    if "".join(ours) == "".join(theirs):
        return 99, "the same letters"
    if plain_ours == plain_theirs:
        return _WHOLE, "the same but for words such as Ltd"
    if sorted(plain_ours) == sorted(plain_theirs):
        return _WHOLE - 1, "the same words in another order"
    slips = DamerauLevenshtein.distance("".join(plain_ours), "".join(plain_theirs), score_cutoff=2)
    if slips <= 2 and len("".join(plain_theirs)) > 4:  # noqa: PLR2004  # a slip or two, in a name long enough to tell
        return _WHOLE - 1 - 2 * slips, f"{slips} letter{'s' if slips > 1 else ''} apart"
    if len(plain_ours) < len(plain_theirs) and plain_theirs[: len(plain_ours)] == plain_ours:
        return _PART, "the beginning of it"
    if len(plain_theirs) < len(plain_ours) and plain_ours[: len(plain_theirs)] == plain_theirs:
        return _PART - 2, "begins with it"
    if len(ours) == 1 and ours[0] == "".join(word[0] for word in theirs) and len(theirs) > 1:
        return _PART - 10, "its initials"
    score = round(fuzz.token_sort_ratio(" ".join(plain_ours), " ".join(plain_theirs)))
    return min(score, _PART - 5), "a similar name"
