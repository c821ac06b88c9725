"""When Python looks for garbage that its counting of references does not find: hardly ever, and not on the way out."""

import atexit
import gc


def collect_seldom() -> None:
    """For a process of one command. Our values hold no cycles: left alone, the collector walks every one of them again and again, a quarter
    of a large pull, and all that was loaded three times more when the process ends, 0.15 CPU s of every command.
    """
    gc.set_threshold(400_000, 50, 1000)  # a start alone makes 150,000 that stay
    atexit.register(gc.freeze)
