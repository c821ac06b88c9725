"""`python -m tests.fuzz --bodies N`: mutated pages and replies, and one line at the end."""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.fuzz.attacking import KINDS, attack_all

SHOWN_MAX = 20


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.fuzz")
    arguments.add_argument("--bodies", type=int, default=3000)
    arguments.add_argument("--first", type=int, default=1)
    arguments.add_argument("--only", default="")
    given = arguments.parse_args()
    kinds = [kind for kind in KINDS if given.only in kind]
    share = given.bodies // len(kinds) + 1
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn")) as pool:
        told = list(pool.map(attack_all, kinds, [share] * len(kinds), [given.first] * len(kinds)))
    findings = [finding for one in told for finding in one.findings]
    for name, seed, wrong in findings[:SHOWN_MAX]:
        print(f"{name}, seed {seed}: {wrong[:300]}")
    print(
        f"{sum(one.bodies for one in told):,} mutated bodies in {sum(one.calls for one in told):,} calls, {len(findings)} that no error of "
        "ours explains"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
