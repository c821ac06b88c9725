"""The gates on pushing: 1,000 invoices into each company, and so many that the vendor's limit is what holds them up."""

import functools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from bench.pulling import BUILD
from bench.pushing import CEILINGS, Pushed, invoices_for, per_minute, push
from bench.table import Figure

INVOICES = 1000
CALLS_MAX = {"xero": 20 + 2, "quickbooks": 34 + 2}
RUNS = 2
WINDOWS = 2
"""Minutes used up whole: the first may begin with an empty slate, the second may not."""


@functools.cache
def pushed(name: str) -> Pushed:
    """The cheapest of some pushes; each is a firm and a company of its own."""
    return min((push(name, BUILD / f"push-{name}", INVOICES) for _ in range(RUNS)), key=lambda one: one.own_cpu)


def pushes() -> Iterator[Figure]:
    for name, calls_max in CALLS_MAX.items():
        found = pushed(name)
        yield Figure(f"push of {INVOICES:,} invoices of 8 lines to {name}: calls", len(found.calls), "calls", calls_max)
        yield Figure("… CPU beyond `status`", found.own_cpu, "CPU s", 1.0)
        yield Figure("… refused with 429", found.refused, "calls", 0)
        yield Figure("… its memory", found.peak_mb, "MB")


def ceilings() -> Iterator[Figure]:
    """Both at once: nearly all of it is waiting for the next minute."""
    sizes = {name: invoices_for(name, WINDOWS) for name in CEILINGS}
    with ThreadPoolExecutor(len(sizes)) as both:
        found = dict(zip(sizes, both.map(lambda name: push(name, BUILD / f"ceiling-{name}", sizes[name]), sizes), strict=True))
    for name, ceiling in CEILINGS.items():
        reached, best = per_minute(found[name].calls, ceiling), ceiling.calls * ceiling.documents
        yield Figure(f"steady push to {name} ({sizes[name]:,} invoices, {WINDOWS} minutes used up)", reached, "/min")
        yield Figure(f"… of the vendor's {best:,} a minute", 100 * reached / best, "%", 90, at_least=True)
        yield Figure("… refused with 429", found[name].refused, "calls", 0)
