"""`python -m tests.mutants`: every mutant against the simulation, and against the scenario test that is named for it."""

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.mutants.hunting import Caught, look
from tests.mutants.mutants import MUTANTS


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.mutants")
    arguments.add_argument("--seeds", type=int, default=600, help="histories at most for each")
    arguments.add_argument("--only", default="")
    arguments.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = arguments.parse_args()
    names = sorted((name for name in MUTANTS if given.only in name), key=_is_soon_caught)
    survivors = 0
    with ProcessPoolExecutor(given.processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for caught in pool.map(look, names, [given.seeds] * len(names)):
            survivors += caught.survived
            print(_row(caught), flush=True)
    print(f"{len(names)} mutants, {survivors} survived")
    return 1 if survivors else 0


def _is_soon_caught(name: str) -> bool:
    """Those that take all their histories go first, so that none of them is played alone at the end."""
    return not MUTANTS[name].scenario and not MUTANTS[name].masked_by


def _row(caught: Caught) -> str:
    mutant = MUTANTS[caught.mutant]
    name = caught.mutant + (f", with `{mutant.masked_by}` ({caught.alone}: {mutant.note})" if mutant.masked_by else "")
    how = f"seed {caught.seed}: {caught.said[:120]}" if caught.seed else f"not in {caught.played} histories"
    test = "" if caught.scenario is None else f"; {'red' if caught.scenario else 'GREEN'}: {mutant.scenario.partition('::')[2]}"
    return f"{'SURVIVED ' if caught.survived else ''}{name}: {how}{test}"


if __name__ == "__main__":
    sys.exit(main())
