"""`python -m tests.plays --seeds N --first K`: many plays, and one line at the end."""

import argparse
import sys

from tests.plays.playing import Sum, play

CHUNK = 20


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.plays")
    arguments.add_argument("--seeds", type=int, default=100)
    arguments.add_argument("--first", type=int, default=1)
    arguments.add_argument("--events", action="store_true", help="print the events of every play that failed, too")
    given = arguments.parse_args()
    total = Sum()
    for start in range(given.first, given.first + given.seeds, CHUNK):
        part = play(start, min(CHUNK, given.first + given.seeds - start))
        for seed, said in part.failures.items():
            print(f"seed {seed}: {said if given.events or given.seeds == 1 else said.partition(chr(10))[0][:600]}", flush=True)
        total.add(part)
    print(total.line)
    return 1 if total.failures else 0


if __name__ == "__main__":
    sys.exit(main())
