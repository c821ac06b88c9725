"""A document as the JSON and the CSV that stand for it in the folder. Pure."""

import csv
import hashlib
import io
import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import quote

import msgspec

from connector.model import Allocation, Document, DocumentRef, Line, Operation, Remote, RemoteLine, Status
from connector.ports import Change

COLUMNS = (
    "number", "status", "customer", "invoice_date", "due_date", "currency", "po", "line", "description", "hours", "price", "net", "tax_code",
)  # fmt: skip
NOTE = " credit_note"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠")  # noqa: RUF001 - Excel reads these as well
_MAGNITUDE_MAX = 18
_remote = msgspec.json.Decoder(Remote)
_encode = msgspec.json.Encoder().encode


def file_name(ref: DocumentRef) -> str:
    """The name of a new document's files: its number, with whatever a file name may not have written as %2F."""
    name = quote(ref.number, safe=" ")
    name = f"%2E{name[1:]}" if name.startswith(".") else name
    return name if ref.kind == "invoice" else f"{name}{NOTE}"


def read_paper(name: str, body: bytes, stamp: int) -> Remote:
    """The document in a JSON file. Its id is the file's name and its version the file's hash, whatever stands in it.

    Raises ValueError saying what cannot be read.
    """
    remote = _remote.decode(body)
    for amount in _amounts(remote):
        if not amount.is_finite() or (amount and abs(amount.adjusted()) > _MAGNITUDE_MAX):
            raise ValueError(f"{amount} is no amount")
    changed_at = datetime.fromtimestamp(stamp // 10**9, UTC).replace(microsecond=stamp // 1000 % 10**6)
    return msgspec.structs.replace(remote, id=name, version=hashlib.sha256(body).hexdigest()[:16], ours=None, changed_at=changed_at)


def write_paper(remote: Remote) -> bytes:
    return msgspec.json.format(_encode(msgspec.structs.replace(remote, version="", changed_at=None, changed_by="")), indent=2)


def write_table(remote: Remote) -> bytes:
    """The same document for a spreadsheet; text cells cannot become formulas."""
    text = io.StringIO()
    writer = csv.writer(text)  # its own line ends: with others a lone return in a text is not quoted, and breaks the row
    writer.writerow(COLUMNS)
    for index, line in enumerate(remote.lines, start=1):
        writer.writerow(
            (
                _cell(remote.number), remote.status, _cell(remote.customer), remote.invoice_date, remote.due_date, _cell(remote.currency),
                _cell(remote.po), index, _cell(line.description), f"{line.quantity:f}", f"{line.price:f}", f"{line.net:f}",
                _cell(line.tax_code),
            )
        )  # fmt: skip
    return text.getvalue().encode("utf-8", "replace")


def made(document: Document, name: str) -> Remote:
    status: Status = "draft" if document.send_as == "draft" else "posted"
    lines = tuple(_line(line, str(index)) for index, line in enumerate(document.lines, start=1))
    return _said(Remote(id=name, kind=document.kind, number=document.number, status=status), document, lines)


def refusal(operation: Operation, there: Remote) -> str:
    """Why a document that stands there does not take an operation, "" when it does."""
    if not there.live or there.paid or there.status in ("paid", "part_paid"):
        return f"{there.number} is {there.status}: nothing more is done to it"
    if operation in ("post", "delete") and there.status != "draft":
        return f"{there.number} is {there.status} and no longer a draft"
    return ""


def unallocatable(note: Remote, invoice: Remote, amount: Decimal) -> str:
    """Why a credit note cannot be put against an invoice, "" when it can."""
    for one in (note, invoice):
        if one.status not in ("posted", "part_paid", "paid"):
            return f"{one.number} is {one.status}: a credit note and an invoice must both be posted"
        if amount > one.balance:
            return f"{amount} is more than the {one.balance} that is left of {one.number}"
    if (note.customer_id, note.currency) != (invoice.customer_id, invoice.currency):
        return f"{note.number} and {invoice.number} are not of one customer and currency"
    return ""


def allocated(there: Remote, other_id: str, amount: Decimal, on: date) -> Remote:
    """With so much more of it standing against the other document; both of the two say so."""
    paid = there.paid + amount
    status: Status = "paid" if paid >= there.gross else "part_paid"
    more = Allocation(document_id=other_id, amount=amount, on=on)
    return msgspec.structs.replace(there, allocated=(*there.allocated, more), paid=paid, balance=there.gross - paid, status=status)


def changed(operation: Operation, change: Change, there: Remote) -> Remote:
    if operation == "update":
        return _said(there, change.document, _amended(change, there))
    if operation == "post":
        return msgspec.structs.replace(there, status="posted")
    return msgspec.structs.replace(there, status="deleted" if there.status == "draft" else "voided", balance=Decimal(0))


def _said(there: Remote, document: Document, lines: tuple[RemoteLine, ...]) -> Remote:
    """What a document says, put on what stands there; everything it does not say stays. Nobody works out tax here: it is what we said."""
    net = sum((line.net for line in lines), Decimal(0))
    tax = document.tax or Decimal(0)
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
    new = (name for n in itertools.count(1) if (name := str(n)) not in used)
    lines = [_line(line, kept.get(at) or next(new)) for at, line in enumerate(change.document.lines)]
    for at, theirs in foreign:
        lines.insert(min(at, len(lines)), theirs)
    return tuple(lines)


def _line(line: Line, line_id: str) -> RemoteLine:
    return RemoteLine(
        id=line_id, description=line.description, quantity=line.quantity, price=line.price, net=line.net, target=line.target,
        tax_code=line.tax_code, tax=line.tax, tracking=line.tracking,
    )  # fmt: skip


def _amounts(remote: Remote) -> list[Decimal]:
    lines = [amount for line in remote.lines for amount in (line.quantity, line.price, line.net, line.tax or Decimal(0))]
    lines += [one.amount for one in remote.allocated]
    return [remote.net, remote.tax, remote.gross, remote.paid, remote.balance, *lines]


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
