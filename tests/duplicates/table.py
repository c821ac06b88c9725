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
    """One run: documents asked for, made once too often, not made at all, and not made but told to a person; calls over there."""

    duplicates: int
    lost: int
    told: int
    calls: int


class Row(Struct, frozen=True, kw_only=True):
    faults: str
    client: str
    seeds: int
    bad: int
    invoices: int
    duplicates: int
    lost: int
    told: int
    calls: int

    @property
    def cells(self) -> tuple[str, ...]:
        per_thousand = f"{self.duplicates * THOUSAND / self.invoices:.1f}"
        counts = (self.bad, self.invoices, self.duplicates, self.lost)
        return (self.faults, self.client, *(f"{count:,}" for count in counts), per_thousand, f"{self.calls:,}")


def _naive(kind: type[QuickBooksCompany] | type[XeroCompany], client: naive.Client, faults: FaultSet, seed: int, invoices: int) -> Outcome:
    jobs = names(invoices)
    company = kind(jobs, faults, seed)
    company.emulator.limits.enforced = False
    client(company, jobs)
    return _outcome(company, jobs, told=())


def _ours(kind: type[QuickBooksCompany] | type[XeroCompany], faults: FaultSet, seed: int, invoices: int) -> Outcome:
    jobs = names(invoices)
    # Set up as the guide says: where the company refuses used numbers, the connection says so, and a day's settle time is minutes.
    said = {"refuses_used_numbers": True} if kind is QuickBooksCompany and faults.replays else {}
    company = kind(jobs, faults, seed, **said)
    told = Ours(company, jobs).bill_to_the_end()
    return _outcome(company, jobs, told)


def _outcome(company: QuickBooksCompany | XeroCompany, jobs: Sequence[str], told: Sequence[str]) -> Outcome:
    company.settle()
    made = company.made()
    missing = set(jobs) - made.keys()
    return Outcome(
        duplicates=sum(made.values()) - len(made),
        lost=len(missing - set(told)),
        told=len(missing & set(told)),
        calls=company.dice.calls,
    )


QBO_SAVE = "python-quickbooks save + retry"
QBO_KEYED = "the same + stable request id"
QBO_BATCH = "batch_create + retry"
XERO_PUT = "xero-python 50 + retry"
XERO_KEYED = "the same + stable idempotency key"
OURS_QBO, OURS_XERO = "Hourbridge into QuickBooks", "Hourbridge into Xero"
OURS = (OURS_QBO, OURS_XERO)
CLIENTS: dict[str, Play] = {
    QBO_SAVE: partial(_naive, QuickBooksCompany, naive.save_each),
    QBO_KEYED: partial(_naive, QuickBooksCompany, partial(naive.save_each, keyed=True)),
    QBO_BATCH: partial(_naive, QuickBooksCompany, naive.save_in_batches),
    XERO_PUT: partial(_naive, XeroCompany, naive.put_fifty),
    XERO_KEYED: partial(_naive, XeroCompany, partial(naive.put_fifty, keyed=True)),
    OURS_QBO: partial(_ours, QuickBooksCompany),
    OURS_XERO: partial(_ours, XeroCompany),
}
PLAYED: tuple[tuple[FaultSet, tuple[str, ...]], ...] = (
    (SETS[0], tuple(CLIENTS)),
    (SETS[1], (QBO_KEYED, XERO_KEYED, *OURS)),
    (SETS[2], (QBO_BATCH, XERO_PUT, XERO_KEYED, *OURS)),
    (SETS[3], (QBO_BATCH, *OURS)),
    (SETS[4], (QBO_SAVE, QBO_KEYED, QBO_BATCH, *OURS)),
)
"""Which clients are played under which faults: the rows of the fault model's table."""


def row(faults: FaultSet, client: str, seeds: Iterable[int], invoices: int) -> Row:
    found = [CLIENTS[client](faults, seed, invoices) for seed in seeds]
    return Row(
        faults=faults.name, client=client, seeds=len(found), bad=sum(bool(one.duplicates or one.lost) for one in found),
        invoices=invoices * len(found), duplicates=sum(one.duplicates for one in found), lost=sum(one.lost for one in found),
        told=sum(one.told for one in found), calls=sum(one.calls for one in found),
    )  # fmt: skip
