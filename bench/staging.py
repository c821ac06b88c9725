"""Pull and stage alone, as a program: what `hourbridge pull` does before it matches (`python -m bench.staging [--full]` in a firm's folder)."""

import sys
from pathlib import Path

from connector.cli.collecting import collect_seldom
from connector.cli.work import writing
from connector.ports import Window
from connector.use_cases.pull import Asked, stage


def main() -> int:
    collect_seldom()
    asked = Asked(window=Window(), full="--full" in sys.argv, confirm=False, forced="")
    with writing(Path("config.yaml"), "stage") as work:
        staged = stage(work.ws, asked)
        for _, error in staged.failures:
            raise error
        print(sum(done.new for done in staged.connections.values()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
