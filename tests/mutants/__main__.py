"""`python -m tests.mutants`: every mutant against the simulation, or against the scenario tests that are named for it."""

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.mutants.hunting import look
from tests.mutants.mutants import MUTANTS


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.mutants")
    arguments.add_argument("--seeds", type=int, default=2000, help="histories at most for each")
    arguments.add_argument("--only", default="")
    arguments.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = arguments.parse_args()
    names = [name for name in MUTANTS if given.only in name]
    survivors = 0
    with ProcessPoolExecutor(given.processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for caught in pool.map(look, names, [given.seeds] * len(names)):
            survivors += not caught.said
            mutant = MUTANTS[caught.mutant]
            pair = f" (with `{mutant.masked_by}`: {mutant.note})" if mutant.masked_by else ""
            how = f"seed {caught.seed}: {caught.said[:160]}" if caught.seed else caught.said or f"SURVIVED {caught.played} histories"
            print(f"{caught.mutant}{pair}: {how}", flush=True)
    print(f"{len(names)} mutants, {survivors} survived")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
