"""Values as JSON: decimals as strings, keys in the values' own order."""

from typing import Any

import msgspec


def json_text(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
