"""Documents in memory: made of ours, amended, and settled by payments and credit notes. Pure."""

import itertools
from decimal import Decimal

import msgspec

from connector.model import Document, Line, Operation, Remote, RemoteLine, Status
from connector.ports import Change


def made(document: Document, remote_id: str) -> Remote:
    status: Status = "draft" if document.send_as == "draft" else "posted"
    lines = tuple(_line(line, f"{remote_id}-{index}") for index, line in enumerate(document.lines, start=1))
    return _said(Remote(id=remote_id, kind=document.kind, number=document.number, status=status, version="1"), document, lines)


def changed(operation: Operation, change: Change, there: Remote) -> Remote:
    moved = msgspec.structs.replace(there, version=next_version(there.version))
    if operation == "update":
        return _said(moved, change.document, _amended(change, there))
    if operation == "post":
        return msgspec.structs.replace(moved, status="posted")
    return msgspec.structs.replace(moved, status="deleted" if there.status == "draft" else "voided", balance=Decimal(0))


def _said(there: Remote, document: Document, lines: tuple[RemoteLine, ...]) -> Remote:
    """What a document says, put on what stands there; everything it does not say stays."""
    net = sum((line.net for line in lines), Decimal(0))
    tax = sum((line.tax or Decimal(0) for line in lines), Decimal(0))
    return msgspec.structs.replace(
        there, mark=document.mark, customer_id=document.customer_id, customer=document.customer, invoice_date=document.invoice_date,
        due_date=document.due_date, currency=document.currency, amounts=document.amounts, po=document.po, lines=lines, net=net, tax=tax,
        gross=net + tax, balance=net + tax,
    )  # fmt: skip


def _amended(change: Change, there: Remote) -> tuple[RemoteLine, ...]:
    """Ours under the ids of the lines they amend, the same text first; a person's lines stay, where they stood."""
    free = [line for line in there.lines if change.owned is None or line.id in change.owned]
    foreign = [(at, line) for at, line in enumerate(there.lines) if line not in free]
    kept: dict[int, str] = {}
    for same_text in (True, False):
        for at, line in enumerate(change.document.lines):
            match = next((one for one in free if not same_text or one.description == line.description), None)
            if at not in kept and match is not None:
                free.remove(match)
                kept[at] = match.id
    used = {line.id for line in there.lines}
    new = (name for n in itertools.count(1) if (name := f"{there.id}-{n}") not in used)
    lines = [_line(line, kept.get(at) or next(new)) for at, line in enumerate(change.document.lines)]
    for at, theirs in foreign:
        lines.insert(min(at, len(lines)), theirs)
    return tuple(lines)


def _line(line: Line, line_id: str) -> RemoteLine:
    return RemoteLine(
        id=line_id, description=line.description, quantity=line.quantity, price=line.price, net=line.net, target=line.target,
        tax_code=line.tax_code, tax=line.tax, tracking=line.tracking,
    )  # fmt: skip


def settled(there: Remote, amount: Decimal) -> Remote:
    """With so much more of it paid, allocated or paid back (less, where negative), and the status that follows."""
    paid = there.paid + amount
    status: Status = "posted" if not paid else "paid" if paid >= there.gross else "part_paid"
    return msgspec.structs.replace(there, version=next_version(there.version), paid=paid, balance=there.gross - paid, status=status)


def next_version(version: str) -> str:
    return str(int(version or "0") + 1)
