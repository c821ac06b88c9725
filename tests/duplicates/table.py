"""Every client under every set of faults, and what stands over there afterwards."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from msgspec import Struct

from tests.duplicates import naive
from tests.duplicates.companies import QuickBooksCompany, XeroCompany, names
from tests.duplicates.faults import SETS, FaultSet
from tests.duplicates.ours import Ours

Play = Callable[[FaultSet, int, int], "Outcome"]
THOUSAND = 1000


class Outcome(Struct, frozen=True, kw_only=True):
    """One run: documents made once too often, not made at all, held until a person said how they go on; calls over there."""

    duplicates: int
    lost: int
    held: int
    calls: int


class Row(Struct, frozen=True, kw_only=True):
    faults: str
    client: str
    seeds: int
    bad: int
    invoices: int
    duplicates: int
    lost: int
    held: int
    calls: int

    @property
    def cells(self) -> tuple[str, ...]:
        per_thousand = f"{self.duplicates * THOUSAND / self.invoices:.1f}"
        counts = (self.bad, self.invoices, self.duplicates, self.lost)
        return (self.faults, self.client, *(f"{count:,}" for count in counts), per_thousand, f"{self.held:,}", f"{self.calls:,}")


def _naive(kind: type[QuickBooksCompany] | type[XeroCompany], client: naive.Client, faults: FaultSet, seed: int, invoices: int) -> Outcome:
    jobs = names(invoices)
    company = kind(jobs, faults, seed)
    company.emulator.limits.enforced = False
    client(company, jobs)
    return _outcome(company, jobs)


def _ours(kind: type[QuickBooksCompany] | type[XeroCompany], faults: FaultSet, seed: int, invoices: int, *, said: bool = True) -> Outcome:
    """`said`: set up as the guide says, so that where the company refuses used numbers the connection says it, and a day's settle time is
    minutes.
    """
    jobs = names(invoices)
    settings = {"refuses_used_numbers": True} if said and kind is QuickBooksCompany and faults.replays else {}
    company = kind(jobs, faults, seed, **settings)
    return _outcome(company, jobs, held=len(Ours(company, jobs).bill_to_the_end()))


def _outcome(company: QuickBooksCompany | XeroCompany, jobs: Sequence[str], held: int = 0) -> Outcome:
    company.settle()
    made = company.made()
    return Outcome(duplicates=sum(made.values()) - len(made), lost=len(set(jobs) - made.keys()), held=held, calls=company.dice.calls)


QBO_SAVE = "python-quickbooks save + retry"
QBO_KEYED = "the same + stable request id"
QBO_BATCH = "batch_create + retry"
XERO_PUT = "xero-python 50 + retry"
XERO_KEYED = "the same + stable idempotency key"
OURS_QBO, OURS_XERO = "Hourbridge into QuickBooks", "Hourbridge into Xero"
OURS_UNSAID = "the same, nothing said of used numbers"
OURS = (OURS_QBO, OURS_UNSAID, OURS_XERO)
CLIENTS: dict[str, Play] = {
    QBO_SAVE: partial(_naive, QuickBooksCompany, naive.save_each),
    QBO_KEYED: partial(_naive, QuickBooksCompany, partial(naive.save_each, keyed=True)),
    QBO_BATCH: partial(_naive, QuickBooksCompany, naive.save_in_batches),
    XERO_PUT: partial(_naive, XeroCompany, naive.put_fifty),
    XERO_KEYED: partial(_naive, XeroCompany, partial(naive.put_fifty, keyed=True)),
    OURS_QBO: partial(_ours, QuickBooksCompany),
    OURS_UNSAID: partial(_ours, QuickBooksCompany, said=False),
    OURS_XERO: partial(_ours, XeroCompany),
}
PLAYED: tuple[tuple[FaultSet, tuple[str, ...]], ...] = (
    (SETS[0], tuple(name for name in CLIENTS if name != OURS_UNSAID)),
    (SETS[1], (QBO_KEYED, XERO_KEYED, OURS_QBO, OURS_XERO)),
    (SETS[2], (QBO_BATCH, XERO_PUT, XERO_KEYED, *OURS)),
    (SETS[3], (QBO_BATCH, OURS_QBO, OURS_XERO)),
    (SETS[4], (QBO_SAVE, QBO_KEYED, QBO_BATCH, OURS_QBO, OURS_XERO)),
)
"""Which clients are played under which faults: the rows of the fault model's table."""


def row(faults: FaultSet, client: str, seeds: Iterable[int], invoices: int) -> Row:
    found = [CLIENTS[client](faults, seed, invoices) for seed in seeds]
    return Row(
        faults=faults.name, client=client, seeds=len(found), bad=sum(bool(one.duplicates or one.lost) for one in found),
        invoices=invoices * len(found), duplicates=sum(one.duplicates for one in found), lost=sum(one.lost for one in found),
        held=sum(one.held for one in found), calls=sum(one.calls for one in found),
    )  # fmt: skip
