"""`python -m tests.simulation --seeds N --first K`: many histories, and one line at the end."""

import argparse
import os
import sys
from collections import Counter

from tests.simulation import places
from tests.simulation.history import History
from tests.simulation.playing import Sum, play_all

FEW = 20
"""Hits that every place must have had over ten thousand histories."""


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.simulation")
    arguments.add_argument("--seeds", type=int, default=300)
    arguments.add_argument("--first", type=int, default=1)
    arguments.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    arguments.add_argument("--verbose", action="store_true", help="one seed, with its traceback")
    arguments.add_argument("--places", action="store_true", help="how often each place in the code was reached and hit")
    arguments.add_argument("--keep-places", action="store_true", help="keep the arrivals, by which hits are dealt out")
    arguments.add_argument("--hits-min", type=int, default=0, help="fail when a place was hit less often")
    given = arguments.parse_args()
    if given.verbose:
        History(given.first).play()
        return 0
    total = Sum()
    for part in play_all(given.first, given.seeds, given.processes):
        total.add(part)
        for seed, said in part.failures.items():
            print(f"seed {seed}: {said[:400]}", flush=True)
    if given.keep_places:
        places.keep(total.exposed, total.histories)
    if given.places or given.hits_min:
        _tell_places(total.exposed, total.reached, total.hits, whole=given.places)
    print(total.line)
    few = [place for place in total.reached if total.hits[place] < given.hits_min]
    return 1 if total.failures or few else 0


def _tell_places(exposed: Counter[str], reached: Counter[str], hits: Counter[str], *, whole: bool) -> None:
    """Every place, or the ten that were hit least."""
    rows = sorted((hits[place], exposed[place], place) for place in reached)
    for hit, count, place in rows if whole else rows[:10]:
        print(f"{hit:7,} hits of {count:9,} arrivals  {place}")
    print(f"{len(rows)} places, {sum(hit < FEW for hit, _, _ in rows)} of them hit less than {FEW} times")


if __name__ == "__main__":
    sys.exit(main())
