"""`python -m tests.simulation.digest SEED`: one hash over all that a history came to."""

import hashlib
import sys

from tests.simulation.history import History


def digest_of(history: History) -> str:
    """The company's ledger, the audit log, and every boundary that was reached and hit."""
    audit = history.rows("SELECT hash FROM audit ORDER BY stream, seq")
    parts = (history.company.ledger, audit, sorted(history.reached.items()), sorted(history.hits.items()), history.crashes)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


if __name__ == "__main__":
    told = History(int(sys.argv[1]))
    told.play()
    sys.stdout.write(digest_of(told) + "\n")
