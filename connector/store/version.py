"""What a state is read by: the newest migration (a state with another one is migrated or refused), the program, and how it plans. Apart
from the tables, which only migrations and tests import.
"""

from functools import cache

VERSION = "0001"
PLANS = 1
"""Raised where the same inputs would make other dispositions or plans, or where these are kept in another form."""


@cache
def program() -> str:
    """This program's version: what another one computed and kept is not taken for current."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  (only where something kept is read)

    try:
        return version("hourbridge")
    except PackageNotFoundError:
        return "from source"
