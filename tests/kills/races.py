"""X8: several programs on one state at once, and a holder that is stopped past its lease and the settle time, then goes on.

The holder stops (SIGSTOP) at a checkpoint, also between the durable mark and the first byte; while it stands still time passes, and the
others do whole runs. Then it goes on where it stood. The emulator's ledger judges.
"""

import os
import signal
from collections.abc import Sequence
from random import Random

from msgspec import Struct

from tests.end_to_end.office import SETTLED
from tests.kills.matrix import LEASE, Firm
from tests.kills.victim import Checkpoint, Victim, run_all

JUNE = ["--from", "2026-06-01", "--to", "2026-06-30"]
RIVALS = (["sync"], ["apply"], ["daemon"], ["backfill", *JUNE], ["pull"], ["daemon"], ["status"])
HOLDERS = ("pull", "approve", "apply")
FREE = 21


class Race(Struct, frozen=True):
    """`holder`: what the first process does. `stopped_at`: the number of the checkpoint at which it stands still, -1 for nowhere;
    `processes` in all.
    """

    holder: str
    stopped_at: int
    processes: int
    seed: int


class Outcome(Struct, frozen=True):
    """Where the holder stood still ("" where it never came there), what is wrong afterwards ("" for nothing), and how many refreshes of
    tokens were refused.
    """

    race: Race
    stopped_at: Checkpoint
    wrong: str
    refused: int


def run_race(firm: Firm, race: Race) -> Outcome:
    """One race on a copy of the firm, in a process of its own."""
    return firm.apart(lambda: _run(firm, race))  # type: ignore[no-any-return]


def _run(firm: Firm, race: Race) -> Outcome:
    random = Random(repr(race))
    refused: list[int] = []
    stood: list[Checkpoint] = []

    def answer(method: str, target: str, headers: dict[str, str], body: bytes) -> object:
        given = firm.vendor(method, target, headers, body)
        if target.partition("?")[0].endswith("/token") and given is not None and given[0] >= 400:
            refused.append(given[0])
        return given

    def others(count: int) -> list[Victim]:
        config = ["--config", str(firm.office.config)]
        return [Victim([*RIVALS[number], *config], answer) for number in range(count)]

    def stands_still(victim: Victim, checkpoint: Checkpoint) -> bool:
        stood.append(checkpoint)
        os.kill(victim.number, signal.SIGSTOP)
        firm.office.clock.at += LEASE + SETTLED
        run_all(others(race.processes - 1), random)
        os.kill(victim.number, signal.SIGCONT)
        return True

    holder = Victim([*firm.words(), "--config", str(firm.office.config)], answer, race.stopped_at, stands_still)
    run_all([holder] if race.stopped_at >= 0 else [holder, *others(race.processes - 1)], random)
    wrong = firm.finish(random, 0.0)
    return Outcome(race, "".join(stood), wrong, len(refused))


def races(holder: str, checkpoints: Sequence[Checkpoint]) -> list[Race]:
    """The holder stopped at each checkpoint, with 2 to 8 processes, and some races in which nobody stops; of one that sends nothing, at
    each place once.
    """
    every = range(len(checkpoints))
    stops = every if holder == "apply" else [number for number in every if checkpoints.index(checkpoints[number]) == number]
    stopped = [Race(holder, number, 2 + number % 7, 1) for number in stops]
    return stopped + [Race(holder, -1, 2 + number % 7, number) for number in range(FREE if holder == "apply" else 0)]
