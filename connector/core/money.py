"""Money: places of a currency, rounding, sharing a sum out without losing a cent, and the tax a book will work out.

Everything is `Decimal`; a currency's places are counted after the point.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from math import lcm
from operator import eq
from typing import Literal

from msgspec import Struct

from connector.model import Amounts

Tax = Literal["per_line", "per_document", "theirs"]

ZERO = Decimal(0)
_UNITS = tuple(Decimal(1).scaleb(-digits) for digits in range(5))
"""The last place of amounts with so many decimals."""
WIDE = Context(prec=60)
"""Wide enough for any sum a source can say; the thread's own context is never relied on."""

_NO_PLACES = frozenset(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    )
)
_THREE_PLACES = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
_FOUR_PLACES = frozenset(("CLF", "UYW"))


def places(currency: str) -> int:
    """Decimals of a currency's minor unit, by ISO 4217 list one (JPY 0, KWD 3, most 2).

    Not babel's: CLDR counts the digits people use in shops, and gives RSD, ALL or MGA none, although their invoices have cents.
    """
    if currency in _NO_PLACES:
        return 0
    if currency in _THREE_PLACES:
        return 3
    return 4 if currency in _FOUR_PLACES else 2


def round_half_up(amount: Decimal, digits: int) -> Decimal:
    """`amount` with `digits` decimals; a half goes away from zero, so that a credit mirrors what it credits. Never -0."""
    rounded = amount.quantize(_UNITS[digits] if 0 <= digits < len(_UNITS) else Decimal(1).scaleb(-digits), ROUND_HALF_UP, WIDE)
    return rounded or abs(rounded)


def plain(amount: Decimal, digits: int) -> Decimal:
    """The same amount with at least `digits` decimals and no needless zeros after them: 172.5000 → 172.50, 0.125 stays."""
    short = amount.normalize(WIDE)
    exponent = short.as_tuple().exponent
    assert isinstance(exponent, int), "an amount is a finite number"
    return short.quantize(Decimal(1).scaleb(-max(digits, -exponent)), context=WIDE)


def multiply(hours: Decimal, price: Decimal) -> Decimal:
    """The exact product; nothing is rounded here."""
    return WIDE.multiply(hours, price)


def allocate(total: Decimal, weights: Sequence[Decimal | int], digits: int) -> list[Decimal]:
    """`total` shared out by weight in units of `digits` decimals: the shares add up to `total` exactly.

    Each gets its exact share cut down to whole units; what is left goes, a unit each, to the largest remainders, and among
    equal ones to the first. A negative total is shared out as its mirror. Weights that add up to nothing count as equal.
    `total` must be whole in units of `digits` decimals.
    """
    unit = Decimal(1).scaleb(-digits)
    units = int(abs(total).scaleb(digits, WIDE))
    if not units or not weights:
        return [unit * 0] * len(weights)
    whole = _whole(weights)
    everything = sum(whole)
    if not everything:
        whole, everything = [1] * len(whole), len(whole)
    if everything < 0:
        whole, everything = [-weight for weight in whole], -everything
    cut = [divmod(units * weight, everything) for weight in whole]
    shares = [share for share, _ in cut]
    left = units - sum(shares)
    for index in sorted(range(len(cut)), key=lambda index: -cut[index][1])[:left]:
        shares[index] += 1
    if total < 0:
        unit = -unit
    amounts = {share: share * unit for share in set(shares)}
    return [amounts[share] for share in shares]


def _whole(weights: Sequence[Decimal | int]) -> list[int]:
    """The weights as integers in the same proportion."""
    whole = [int(weight) for weight in weights]
    if all(map(eq, whole, weights)):
        return whole
    ratios = [weight.as_integer_ratio() for weight in weights]
    common = lcm(*(denominator for _, denominator in ratios))
    return [numerator * (common // denominator) for numerator, denominator in ratios]


class Taxable(Struct, frozen=True, gc=False):
    """A line's amount as priced (net, or gross where amounts include tax), with its tax code and that code's percentage."""

    amount: Decimal
    tax_code: str = ""
    percent: Decimal | None = None


class Taxed(Struct, frozen=True, gc=False):
    """A line's net and tax; net + tax is its gross. `tax` None: not ours to say."""

    net: Decimal
    tax: Decimal | None


def tax(lines: Sequence[Taxable], amounts: Amounts, how: Tax, digits: int) -> list[Taxed]:
    """What the book will make of these lines.

    `tax_exclusive`: the amount is the net, tax = half up(net x percent / 100). `tax_inclusive`: the amount is the gross,
    tax = half up(gross x percent / (100 + percent)) and net = gross - tax. `no_tax`: net is the amount, tax 0.
    `per_line` rounds each line; `per_document` rounds the sum of each tax code and shares it out over its lines by amount.
    `theirs`, or a percentage nobody knows: the amount counts as net, and tax is None.
    """
    if amounts == "no_tax":
        return [Taxed(line.amount, round_half_up(ZERO, digits)) for line in lines]
    if how == "theirs":
        return [Taxed(line.amount, None) for line in lines]
    inclusive = amounts == "tax_inclusive"
    if how == "per_line":
        taxes = [_tax(line.amount, line.percent, inclusive=inclusive, digits=digits) for line in lines]
    else:
        taxes = _taxes_per_code(lines, inclusive=inclusive, digits=digits)
    return [Taxed(line.amount - due if inclusive and due is not None else line.amount, due) for line, due in zip(lines, taxes, strict=True)]


def _tax(amount: Decimal, percent: Decimal | None, *, inclusive: bool, digits: int) -> Decimal | None:
    if percent is None:
        return None if amount else round_half_up(ZERO, digits)
    exact = WIDE.divide(multiply(amount, percent), 100 + percent if inclusive else Decimal(100))
    return round_half_up(exact, digits)


def _taxes_per_code(lines: Sequence[Taxable], *, inclusive: bool, digits: int) -> list[Decimal | None]:
    members: dict[tuple[str, Decimal | None], list[int]] = {}
    for index, line in enumerate(lines):
        members.setdefault((line.tax_code, line.percent), []).append(index)
    taxes: list[Decimal | None] = [None] * len(lines)
    for (_, percent), indexes in members.items():
        amounts = [lines[index].amount for index in indexes]
        due = _tax(sum(amounts, ZERO), percent, inclusive=inclusive, digits=digits)
        if due is not None:
            for index, share in zip(indexes, allocate(due, amounts, digits), strict=True):
                taxes[index] = share
    return taxes
