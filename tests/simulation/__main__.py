"""`python -m tests.simulation --seeds N --first K`: many histories, and one line at the end."""

import argparse
import sys
import time
import traceback

from tests.simulation.history import History


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.simulation")
    arguments.add_argument("--seeds", type=int, default=300)
    arguments.add_argument("--first", type=int, default=1)
    arguments.add_argument("--verbose", action="store_true")
    given = arguments.parse_args()
    started, crashes, failures = time.monotonic(), 0, {}
    for seed in range(given.first, given.first + given.seeds):
        history = History(seed)
        try:
            history.play()
        except BaseException as error:  # noqa: BLE001  (the next seeds are wanted as well)
            failures[seed] = f"{type(error).__name__}: {error}"
            if given.verbose:
                traceback.print_exc()
        crashes += history.crashes
        history.store.close()
    for seed, said in failures.items():
        print(f"seed {seed}: {said[:300]}")
    told = list(failures.values())
    print(
        f"{given.seeds} histories, {crashes} crashes, {sum('I1' in one for one in told)} duplicates, {sum('I2' in one for one in told)} lost, "
        f"{sum('I3' in one for one in told)} cents off, {sum(not {'I1', 'I2', 'I3'} & {w[:2] for w in one.split()} for one in told)} other "
        f"({time.monotonic() - started:.1f} s)"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
