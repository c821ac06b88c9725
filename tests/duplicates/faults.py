"""What goes wrong between a client and its company, by the dice of one seed; the names are those of the fault model's table."""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from msgspec import Struct

from connector.sandbox import Answer, Fault

LATE_S = 0.3


class FaultSet(Struct, frozen=True, kw_only=True):
    """Shares of calls. `lost`, `torn`: done, and the answer is lost or cut. `refused_503`, `reset`: not done. `late`: 504 now, done 0.3 s
    later. `refuses`: share of the documents of a batch that are refused. `replays`: whether the vendor remembers keys.
    """

    name: str
    lost: float = 0
    torn: float = 0
    refused_503: float = 0
    reset: float = 0
    late: float = 0
    refuses: float = 0
    replays: bool = True


LIGHT = "2% lost answers, 2% 503, 1% reset, 1% torn"
SETS = (
    FaultSet(name=f"{LIGHT}; the vendor replays keys", lost=0.02, refused_503=0.02, reset=0.01, torn=0.01),
    FaultSet(name=f"{LIGHT}; the vendor ignores keys", lost=0.02, refused_503=0.02, reset=0.01, torn=0.01, replays=False),
    FaultSet(name="15% lost answers, 5% 503, 5% reset, 5% torn", lost=0.15, refused_503=0.05, reset=0.05, torn=0.05),
    FaultSet(name="5% of documents refused, 5% lost answers", lost=0.05, refuses=0.05),
    FaultSet(name="10% answered 504 and done 0.3 s later", late=0.10),
)


class Dice:
    """Picks what goes wrong with each call, tokens aside. `over` ends it: nothing goes wrong any more."""

    def __init__(self, faults: FaultSet, seed: int) -> None:
        self.faults, self.over = faults, False
        self.calls = 0
        self._random = Random(f"{faults.name}/{seed}")

    def __call__(self, _method: str, target: str) -> Fault | None:
        if "token" in target or "openid" in target or "/connections" in target:
            return None
        self.calls += 1
        drawn, found = self._random.random(), self.faults
        for share, fault in (
            (found.lost, Fault("lose_answer")), (found.torn, Fault("tear_answer")), (found.refused_503, Fault("refuse", status=503)),
            (found.reset, Fault("reset_before")), (found.late, Fault("late", seconds=LATE_S)),
        ):  # fmt: skip
            if drawn < share:
                return None if self.over else fault
            drawn -= share
        return None

    def refuses(self) -> bool:
        """Whether the next document of a batch is refused."""
        return not self.over and self._random.random() < self.faults.refuses


def refuse_some(emulator: Any, dice: Dice, spoil: Callable[[dict[str, Any]], None], listed: str) -> None:
    """From now on a share of the documents in every request that makes some name a customer that there is not."""
    answer = emulator.answer

    def refusing(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if method in ("POST", "PUT") and listed.encode() in body[:40]:
            said = json.loads(body)
            for item in said[listed]:
                if dice.refuses():
                    spoil(item)
            body = json.dumps(said).encode()
        return answer(method, target, headers, body)

    emulator.answer = refusing
