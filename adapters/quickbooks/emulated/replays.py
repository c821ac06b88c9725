"""`requestid`: the same id gets the same answer again instead of a second act. How long it is remembered nobody has published."""

from msgspec import Struct

from adapters.quickbooks.emulated.forms import BAD, Answer, Refused

ID_LENGTH_MAX = 50
BATCH_ID_LENGTH_MAX = 36


class Remembered(Struct, frozen=True, kw_only=True):
    status: int
    headers: dict[str, str]
    body: bytes


class Replays:
    """`on=False` ignores ids. Not confirmed, hence a switch: whether refusals are answered again too (the harder case is the
    default). Another request under a used id gets the first one's answer, which is what the vendor's text implies.
    """

    def __init__(self) -> None:
        self.on = True
        self.refusals_too = True
        self.memory: dict[str, Remembered] = {}

    def forget(self) -> None:
        """As if the vendor's memory had ended."""
        self.memory.clear()

    def recall(self, request_id: str, *, is_batch: bool) -> Answer | None:
        longest = BATCH_ID_LENGTH_MAX if is_batch else ID_LENGTH_MAX
        if len(request_id) > longest:
            raise Refused(
                "2050",
                "Invalid String",
                f"requestid: Min:1 Max:{longest} supported. Supplied length:{len(request_id)}",
                "requestid",
            )
        held = self.memory.get(request_id) if self.on else None
        return (held.status, dict(held.headers), held.body) if held is not None else None

    def remember(self, request_id: str, given: Answer) -> None:
        status, headers, body = given
        if self.on and (self.refusals_too or status < BAD):
            self.memory[request_id] = Remembered(status=status, headers=headers, body=body)
