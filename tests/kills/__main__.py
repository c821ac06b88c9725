"""`python -m tests.kills`: the whole matrix, or `--sample N` cases of it, and one line at the end."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random

from tests.kills.matrix import COMMANDS, Case, Firm, Verdict, cases
from tests.kills.races import Outcome, Race, races, run_race

_firm: Firm | None = None


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.kills")
    arguments.add_argument("--sample", type=int, default=0, help="this many cases, drawn by --seed")
    arguments.add_argument("--races", type=int, help="instead: this many races of several programs, 0 for all")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--kills", type=int, default=0, help="fail with less")
    arguments.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = arguments.parse_args()
    if given.races is not None:
        return _race(given.races, given.seed, given.processes)
    verdicts, scenarios = 0, 0
    kills: list[str] = []
    for verdict in judged(given.sample, given.seed, given.processes):
        scenarios += 1
        kills += verdict.killed
        if verdict.wrong:
            verdicts += 1
            print(f"{verdict.case}: killed at {', '.join(verdict.killed)}: {verdict.wrong}", flush=True)
    print(f"{scenarios} scenarios, {len(kills)} kills at {len(set(kills))} kinds of checkpoint, {verdicts} violations")
    return 1 if verdicts or len(kills) < given.kills else 0


def _race(wanted: int, seed: int, processes: int) -> int:
    outcomes: list[Outcome] = []
    for outcome in raced(wanted, seed, processes):
        outcomes.append(outcome)
        if outcome.wrong:
            print(f"{outcome.race}: stopped at {outcome.stopped_at or 'nothing'}: {outcome.wrong}", flush=True)
    stopped = [outcome.stopped_at for outcome in outcomes if outcome.stopped_at]
    wrong = sum(bool(outcome.wrong) for outcome in outcomes)
    print(f"{len(outcomes)} races, {len(stopped)} with a holder stopped at {len(set(stopped))} kinds of checkpoint, {wrong} violations")
    return 1 if wrong else 0


def raced(wanted: int, seed: int, processes: int) -> Iterator[Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        firm = Firm(Path(folder), "apply")
        some = races(len(firm.checkpoints()))
        if wanted:
            some = Random(seed).sample(some, min(wanted, len(some)))
        with ProcessPoolExecutor(processes, mp_context=get_context("fork"), initializer=_keep, initargs=(firm,)) as pool:
            yield from pool.map(_run_race, some)


def judged(sample: int, seed: int, processes: int) -> Iterator[Verdict]:
    for number, command in enumerate(COMMANDS):
        with tempfile.TemporaryDirectory() as folder:
            firm = Firm(Path(folder), command)
            wanted = cases(command, firm.checkpoints())
            if sample:
                share = sample // len(COMMANDS) + (number < sample % len(COMMANDS))
                wanted = Random(seed).sample(wanted, min(share, len(wanted)))
            with ProcessPoolExecutor(processes, mp_context=get_context("fork"), initializer=_keep, initargs=(firm,)) as pool:
                yield from pool.map(_judge, wanted)


def _keep(firm: Firm) -> None:
    global _firm  # noqa: PLW0603  (one firm for each worker, by fork)
    _firm = firm


def _run_race(race: Race) -> Outcome:
    assert _firm is not None
    return run_race(_firm, race)


def _judge(case: Case) -> Verdict:
    assert _firm is not None
    return _firm.judge(case)


if __name__ == "__main__":
    sys.exit(main())
