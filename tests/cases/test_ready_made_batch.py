"""A ready-made case: a batch of 30 of which 18 went through, and the vendor has forgotten its key."""

import json
from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest

from tests.adapters.quickbooks.bench import QuickBooksBench
from tests.cases.firm import SETTLED_S, CaseFirm
from tests.end_to_end.firm_anywhere import QUICKBOOKS

D = Decimal

THIRTY = tuple(f"Client {number:02}" for number in range(1, 31))


class HalfDone:
    """The company does the first 18 of a batch, nobody hears of it, and no key is remembered."""

    def __init__(self, bench: QuickBooksBench, does: int) -> None:
        self.emulator, self.does = bench.books.emulator, does
        self.answers = self.emulator.answer
        self.emulator.answer = self.answer  # type: ignore[method-assign]
        bench.lose_answer()

    def answer(self, method, target, headers, body):
        if method != "POST" or "/batch" not in target:
            return self.answers(method, target, headers, body)
        self.emulator.answer = self.answers  # type: ignore[method-assign]
        items = json.loads(body)["BatchItemRequest"]
        assert len(items) == 30
        given = self.answers(method, target, headers, json.dumps({"BatchItemRequest": items[: self.does]}).encode())
        self.emulator.replays.forget()
        self.emulator.replays.on = False
        return given


@pytest.fixture(params=[True, False], ids=["used numbers refused", "used numbers taken"])
def thirty(request) -> Iterator[CaseFirm]:
    bench = QuickBooksBench({**QUICKBOOKS, "customers": [{"name": name} for name in (*THIRTY, "A stranger")]})
    bench.books.emulator.company.preferences.refuse_used_numbers = request.param
    firm = CaseFirm(bench)
    clients = "  Alpine Dental:\n  Bayside Motors:\n  Cedar Legal: {po: PO-7}\n"
    firm.mapping = firm.mapping_with((clients, "".join(f"  {name}:\n" for name in THIRTY)))
    for number, name in enumerate(THIRTY, start=1):
        firm.work(name, name, hours=str(D(number) / 10))
    firm.pull()
    firm.approve()
    yield firm
    bench.close()


def test_a_batch_of_30_of_which_18_went_through_is_finished_with_the_other_12(thirty: CaseFirm) -> None:
    """30 documents of 0.1 to 3.0 h leave in one batch; 18 are made (0.1 + … + 1.8 = 17.1 h, 1,710.00), the answer is lost and the
    key forgotten. All 30 are in doubt; the look-up finds 18; after the settle time the other 12 (1.9 + … + 3.0 = 29.4 h) go in a
    request of their own: 30 documents, 46.5 h, 4,650.00.
    """
    HalfDone(thirty.bench, 18)
    assert len(thirty.apply().doubt) == 30
    assert thirty.net_there() == 1_710
    thirty.apply()
    assert len(thirty.in_force()) == 18, "nothing goes again before the settle time is over"
    writes = len(thirty.bench.books.sent.writes)

    thirty.bench.advance(SETTLED_S)
    for _ in range(2):
        thirty.apply()

    assert len(thirty.in_force()) == 30
    assert (thirty.hours_there(), thirty.net_there()) == (D("46.5"), 4_650)
    (second,) = thirty.bench.books.sent.writes[writes:]
    assert len(msgspec.json.decode(second.content)["BatchItemRequest"]) == 12
    thirty.reconciled()
    thirty.silent()
