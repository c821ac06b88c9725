"""`python -m tests.duplicates [--invoices N] [--seeds N]`: the duplicates table, as it stands in docs/guarantees.md."""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.duplicates.table import OURS, PLAYED, Row, row

HEAD = ("faults", "client", "bad runs", "invoices", "duplicates", "lost", "dup per 1,000", "decided", "calls")


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.duplicates")
    arguments.add_argument("--invoices", type=int, default=600)
    arguments.add_argument("--seeds", type=int, default=10)
    given = arguments.parse_args()
    seeds = range(1, given.seeds + 1)
    asked = [(faults, client) for faults, clients in PLAYED for client in clients]
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn")) as pool:
        rows: list[Row] = list(pool.map(row, *zip(*asked, strict=True), [seeds] * len(asked), [given.invoices] * len(asked)))
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    for one in rows:
        print(f"| {' | '.join(one.cells)} |")
    ours = [one for one in rows if one.client in OURS]
    wrong = sum(one.duplicates + one.lost for one in ours)
    print(f"\nours: {wrong} duplicates or lost, {sum(one.held for one in ours)} held until a person decided, {given.seeds} seeds")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
