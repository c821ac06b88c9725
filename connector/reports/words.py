"""Numbers in sentences."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 document`, `2 documents`; `many` where an s is not enough."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
