"""`python -m tests.kills`: the whole matrix on both databases, or `--sample N` cases of it, or the races; one line at the end."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from tests import postgres
from tests.kills.matrix import COMMANDS, Case, Firm, Verdict, cases, warm
from tests.kills.races import HOLDERS, Outcome, Race, races, run_race
from tests.kills.states import DATABASES
from tests.mutants.mutants import MUTANTS

NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
AT_ONCE = 2
"""Cases for each core: half of one is a wait for the disk."""
_firm: Firm | None = None


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.kills")
    arguments.add_argument("--sample", type=int, default=0, help="this many cases on each database, drawn by --seed")
    arguments.add_argument("--races", type=int, help="instead: this many races of several programs on each database, 0 for all")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--kills", type=int, default=0, help="fail with less")
    arguments.add_argument("--command", choices=COMMANDS, action="append", help="only what is killed in this one")
    arguments.add_argument("--at", default="", help="only places with this in their name")
    arguments.add_argument("--mutant", choices=MUTANTS, help="without this protection of the engine: there must be violations")
    arguments.add_argument("--database", choices=DATABASES, action="append", help="only this one")
    arguments.add_argument("--processes", type=int, default=AT_ONCE * (os.cpu_count() or 1))
    given = arguments.parse_args()
    databases = given.database or DATABASES
    if "postgres" in databases and isinstance(missing := postgres.server(), str):
        print(missing)
        if given.database:
            return 1
        databases = tuple(one for one in databases if one != "postgres")
    try:
        if given.races is not None:
            return _race(databases, given.races, given.seed, given.processes)
        with MUTANTS[given.mutant].applied() if given.mutant else nullcontext():
            return _kill(databases, given.command or COMMANDS, given)
    finally:
        postgres.stop()


def _kill(databases: Sequence[str], commands: Sequence[str], given: argparse.Namespace) -> int:
    told: dict[str, int] = {}
    kills: list[str] = []
    wrong = authorised = 0
    begun = time.monotonic()
    for database in databases:
        for verdict in judged(database, commands, given):
            told[database] = told.get(database, 0) + 1
            kills += verdict.killed
            authorised += verdict.authorised
            if verdict.wrong:
                wrong += 1
                print(f"{database}, {verdict.case}: killed at {', '.join(verdict.killed)}: {verdict.wrong}", flush=True)
    print(
        f"{_by_database('scenarios', told)}, {len(kills):,} kills at {len(set(kills))} places, {wrong} violations, "
        f"{authorised} authorised again; {time.monotonic() - begun:.0f} s"
    )
    return 1 if wrong or len(kills) < given.kills else 0


def _race(databases: Sequence[str], wanted: int, seed: int, processes: int) -> int:
    told: dict[str, int] = {}
    stopped: list[str] = []
    wrong = refused = 0
    begun = time.monotonic()
    for database in databases:
        for outcome in raced(database, wanted, seed, processes):
            told[database] = told.get(database, 0) + 1
            stopped += filter(None, [outcome.stopped_at])
            refused += outcome.refused
            if outcome.wrong:
                wrong += 1
                print(f"{database}, {outcome.race}: stopped at {outcome.stopped_at or 'nothing'}: {outcome.wrong}", flush=True)
    print(
        f"{_by_database('races of 2 to 8 programs', told)}, {len(stopped)} with a holder stopped at {len(set(stopped))} places, "
        f"{wrong} violations, {refused} invalid_grant; {time.monotonic() - begun:.0f} s"
    )
    return 1 if wrong or refused else 0


def _by_database(what: str, told: dict[str, int]) -> str:
    return f"{sum(told.values()):,} {what} ({', '.join(f'{count:,} on {NAMES[database]}' for database, count in told.items())})"


def judged(database: str, commands: Sequence[str], given: argparse.Namespace) -> Iterator[Verdict]:
    warm(database)
    for number, command in enumerate(commands):
        with tempfile.TemporaryDirectory() as folder:
            firm = Firm(Path(folder), command, database)
            places = firm.checkpoints()
            wanted = [case for case in cases(command, places) if given.at in places[case.checkpoint]]
            if given.sample:
                share = given.sample // len(commands) + (number < given.sample % len(commands))
                wanted = Random(given.seed).sample(wanted, min(share, len(wanted)))
            yield from _each(firm, _judge, wanted, given.processes)


def raced(database: str, wanted: int, seed: int, processes: int) -> Iterator[Outcome]:
    warm(database)
    for number, holder in enumerate(HOLDERS):
        with tempfile.TemporaryDirectory() as folder:
            firm = Firm(Path(folder), holder, database, rotates=True)
            some = races(holder, firm.checkpoints())
            if wanted:
                share = wanted // len(HOLDERS) + (number < wanted % len(HOLDERS))
                some = Random(seed).sample(some, min(share, len(some)))
            yield from _each(firm, _run_race, some, processes)


def _each(firm: Firm, work: Callable[[Any], Any], wanted: Sequence[object], processes: int) -> Iterator[Any]:
    with ProcessPoolExecutor(processes, mp_context=get_context("fork"), initializer=_keep, initargs=(firm,)) as pool:
        yield from pool.map(work, wanted)


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
