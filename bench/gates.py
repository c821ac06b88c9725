"""`make bench`: every gate of speed as whole-process figures in one table, and programs of others beside them.

`python -m bench.gates --only pull --only push` measures some. Figures go to build/bench/<part>.json. A bound that is missed is shown and
ends nothing; a wrong result (an entry too few, a document twice) is shown and ends with exit code 1.
"""

import argparse
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from bench.beside import peers
from bench.processes import ROOT
from bench.pulling import BUILD, memory, stages, starts, syncs, tie_outs
from bench.sending import ceilings, pushes
from bench.table import Figure, keep, table

PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "start": starts,
    "pull": stages,
    "memory": memory,
    "sync": syncs,
    "reconcile": tie_outs,
    "push": pushes,
    "ceiling": ceilings,
    "peers": peers,
}


def measure(part: str, wrong: list[str]) -> list[Figure]:
    """One part. What was measured before a wrong result stays."""
    print(f"{part} …", flush=True)
    figures: list[Figure] = []
    begun = time.monotonic()
    try:
        for figure in PARTS[part]():
            figures.append(figure)
            print(f"  {figure.row}", flush=True)
    except RuntimeError as error:
        wrong.append(f"{part}: {error}")
    keep(BUILD / f"{part}.json", figures)
    print(f"  ({time.monotonic() - begun:.0f} s)", flush=True)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.gates", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part; may be repeated")
    asked = parser.parse_args().only or list(PARTS)
    wrong: list[str] = []
    figures = [figure for part in asked for figure in measure(part, wrong)]
    print(f"\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}\n\n{table(figures)}\n")
    missed = [figure for figure in figures if figure.met is False]
    print(f"{sum(figure.met is True for figure in figures)} gates met, {len(missed)} not; figures are in build/bench/")
    for each in wrong:
        print(f"WRONG {each}")
    return 1 if wrong else 0


def _commit() -> str:
    told = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    raise SystemExit(main())
