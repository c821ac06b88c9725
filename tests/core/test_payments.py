"""How a document was paid, in words that finance can act on."""

from decimal import Decimal

import pytest

from connector.core.payments import payments_told
from connector.model import Payment, Remote


def paid(amount, kind="payment", **said):
    return Payment(id="p", document_id="r1", kind=kind, amount=Decimal(amount), **said)


@pytest.mark.parametrize(
    ("balance", "payments", "told"),
    [
        (0, [], ""),
        (0, [paid("230")], ""),
        (130, [paid("100")], "100 by 1 payment"),
        (0, [paid("100"), paid("130")], "230 by 2 payments"),
        (0, [paid("100", whole=Decimal(500))], "100 of a payment of 500 over several documents"),
        (0, [paid("230", whole=Decimal(250), unapplied=Decimal(20))], "20 more was paid than stands against documents"),
        (-5, [paid("235")], "overpaid by 5"),
        (230, [paid("230", reversed=True)], "230 was paid and taken back"),
        (30, [paid("200", kind="credit")], "200 by 1 credit note"),
        (0, [paid("50", kind="refund")], "50 by 1 refund"),
    ],
)
def test_partial_split_reversed_and_overpaid_are_told(balance, payments, told):
    assert payments_told(Remote(id="r1", status="posted", balance=Decimal(balance)), payments) == told
