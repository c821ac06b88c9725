"""`python -m tests.simulation --seeds N --first K`: many histories, and one line at the end."""

import argparse
import os
import sys

from tests.simulation import places
from tests.simulation.history import History
from tests.simulation.playing import Sum, play_all, play_seldom

FEWEST = 10
"""Places that are printed, of those that were hit least."""


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.simulation")
    arguments.add_argument("--seeds", type=int, default=300)
    arguments.add_argument("--first", type=int, default=1)
    arguments.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    arguments.add_argument("--verbose", action="store_true", help="one seed, with its traceback")
    arguments.add_argument("--aim", default="", help="with --verbose: hit when it first comes to this place")
    arguments.add_argument("--variant", type=int, default=0, help="with --aim: which of several")
    arguments.add_argument("--places", action="store_true", help="how often each place in the code was reached and hit")
    arguments.add_argument("--keep-places", action="store_true", help="keep the arrivals, by which hits are dealt out")
    arguments.add_argument("--hits-min", type=int, default=0, help="play more, aimed at every place that was hit less often")
    given = arguments.parse_args()
    if given.verbose:
        history = History(given.first)
        history.aim = (given.aim, given.variant)
        history.play()
        return 0
    total = Sum()
    for part in play_all(given.first, given.seeds, given.processes):
        _add(total, part)
    if given.keep_places:
        places.keep(total.exposed, total.histories)
    by_chance = {place: total.hits[place] for place in total.exposed}
    for part in play_seldom(total, given.hits_min, given.processes):
        _add(total, part)
    if given.places or given.hits_min:
        _tell_places(total, by_chance, given.hits_min, whole=given.places)
    print(total.line)
    few = [place for place in by_chance if total.hits[place] < given.hits_min]
    return 1 if total.told or few else 0


def _add(total: Sum, part: Sum) -> None:
    total.add(part)
    for seed, said in part.failures.items():
        print(f"seed {seed}: {said[:400]}", flush=True)
    for words, said in part.aimed.items():
        print(f"{words}: {said[:400]}", flush=True)


def _tell_places(total: Sum, by_chance: dict[str, int], hits_min: int, *, whole: bool) -> None:
    """Every place, or those that were hit least; those that no drawn history came to before the calm at its end are named, too."""
    rows = sorted((total.hits[place], total.exposed[place], place) for place in by_chance)
    for hit, count, place in rows if whole else rows[:FEWEST]:
        print(f"{hit:7,} hits of {count:9,} arrivals  {place}")
    for place in sorted(set(total.reached) - set(by_chance)):
        print(f"{total.hits[place]:7,} hits, and by chance only in the calm at the end: {place}")
    if hits_min:
        aimed = sum(hits < hits_min for hits in by_chance.values())
        print(
            f"{len(rows)} places, each hit at least {rows[0][0]} times: {len(rows) - aimed} of them by chance, {aimed} also by histories aimed at them"
        )


if __name__ == "__main__":
    sys.exit(main())
