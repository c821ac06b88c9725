"""Comparing what we sent, what stood over there, and what stands there now. Pure.

Three contents: base (over there at our last confirmation), theirs (now), target (what we want). Zero lines are compared without
their account, because a vendor may drop it.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from connector.core.ledger import Known
from connector.core.money import places, round_half_up
from connector.core.periods import day_text
from connector.model import Deed, Document, Line, Remote, RemoteLine

Verdict = Literal["base", "target", "other"]
SHOWN_MAX = 60
"""Characters of a value that a message shows."""
DEEDS_SHOWN = 3
"""The last change, and what may explain it; the document's own history over there has them all."""
SAME_CHANGE = timedelta(minutes=1)
"""How far apart a document and its history may stamp one change."""


def judge(theirs: Remote, base: Remote | None, target: Document) -> Verdict:
    """Which content stands over there now: the target already, what we last confirmed, or something a person made.

    Where both read alike (only what is not compared differs) an unmoved version says that nothing was done; repeating is harmless.
    """
    as_before = base is not None and not changes(base, theirs)
    if as_before and base is not None and base.version == theirs.version:
        return "base"
    if not differences(target, theirs):
        return "target"
    return "base" if as_before else "other"


def changes(base: Remote, theirs: Remote) -> list[str]:
    """What somebody changed over there since `base`, in words; payments, stamps and posting are not changes of content."""
    told = [
        f"{name} was {_shown(before)}, is {_shown(now)}"
        for name, before, now in (
            ("number", base.number, theirs.number), ("customer", base.customer_id, theirs.customer_id),
            ("invoice date", base.invoice_date, theirs.invoice_date), ("due date", base.due_date, theirs.due_date),
            ("currency", base.currency, theirs.currency), ("PO", base.po, theirs.po), ("net", base.net, theirs.net),
            ("tax", base.tax, theirs.tax),
        )
        if before != now
    ]  # fmt: skip
    return [*told, *_line_changes(base.lines, theirs.lines)]


def _line_changes(base: Sequence[RemoteLine], theirs: Sequence[RemoteLine]) -> Iterable[str]:
    if len(base) != len(theirs):
        return [f"{len(base)} lines were there, {len(theirs)} are"]
    told = []
    for number, (before, now) in enumerate(zip(base, theirs, strict=True), start=1):
        for name in ("description", "quantity", "price", "net", "tax_code", "tracking"):
            was, is_now = getattr(before, name), getattr(now, name)
            if was != is_now:
                told.append(f"line {number}: {name} was {_shown(was)}, is {_shown(is_now)}")
        if before.net != 0 and before.target != now.target:
            told.append(f"line {number}: {_target(before)} became {_target(now)}")
    return told


def _target(line: RemoteLine) -> str:
    return f"{line.target.kind} {line.target.code}" if line.target else "no account"


def _shown(value: object) -> str:
    text = str(value)
    if not text:
        return "empty"
    return f"`{text[:SHOWN_MAX]}…`" if len(text) > SHOWN_MAX + 1 else f"`{text}`"


def how_it_stands(known: Known, who: str = "") -> str:
    """What became over there of a document that does not stand as we want it: somebody's change, or what was never as we sent it."""
    if not is_changed(known):
        return f"stands otherwise than we sent it: {known.touched}"
    return f"was changed over there{who and f', {who}'}: {known.touched}"


def is_changed(known: Known) -> bool:
    """Whether somebody changed it since our last confirmation; else a difference is the vendor's own, and as old as the document."""
    return known.base is None or known.theirs is None or bool(changes(known.base, known.theirs))


def by_whom(theirs: Remote | None, deeds: Sequence[Deed] = (), untold: str = "") -> str:
    """Who did what we did not do, as far as the listing that told of it says: whose the last change of all was, and when; a payment is one.
    `deeds` is what its history over there says, newest first, and is told instead; `untold` is why it does not say whose.
    """
    if deeds:
        earlier = f"; {len(deeds) - DEEDS_SHOWN} before" if len(deeds) > DEEDS_SHOWN else ""
        return f"not by us (last change: {'; before it: '.join(map(_deed, deeds[:DEEDS_SHOWN]))}{earlier})"
    at = theirs.changed_at if theirs else None
    last = ", ".join(filter(None, [theirs.changed_by if theirs else "", _minute(at) if at else ""]))
    told = "; ".join(filter(None, [f"last change: {last}" if last else "", untold]))
    return f"not by us ({told})" if told else "not by us"


def _deed(deed: Deed) -> str:
    """In the vendor's words: they are quoted, and cut."""
    said = ": ".join(_shown(text) for text in (deed.what, deed.details) if text)
    return ", ".join(filter(None, [deed.by[:SHOWN_MAX] or "nobody is named", _minute(deed.at), said]))


def _minute(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{day_text(at.date())} at {at:%H:%M} UTC"


def last_by(theirs: Remote, deeds: Sequence[Deed]) -> str:
    """Whose the last change of the document was, where its history tells of that very change; else ""."""
    if not deeds or theirs.changed_at is None or abs(deeds[0].at - theirs.changed_at) > SAME_CHANGE:
        return ""
    return deeds[0].by[:SHOWN_MAX]


def differences(target: Document, theirs: Remote) -> list[str]:
    """Where what stands over there is not what we asked for, in words. Tax is told by `tax_difference`."""
    told = [
        f"{name}: ours {_shown(ours)}, theirs {_shown(there)}"
        for name, ours, there in (
            ("kind", target.kind, theirs.kind), ("customer", target.customer_id, theirs.customer_id),
            ("invoice date", target.invoice_date, theirs.invoice_date), ("due date", target.due_date, _due(target, theirs)),
            ("currency", target.currency, theirs.currency), ("PO", target.po, theirs.po), ("net", target.net, theirs.net),
        )
        if ours != there
    ]  # fmt: skip
    if len(target.lines) != len(theirs.lines):
        return [*told, f"lines: ours {len(target.lines)}, theirs {len(theirs.lines)}"]
    for number, (ours, there) in enumerate(zip(target.lines, theirs.lines, strict=True), start=1):
        told += [f"line {number}: {text}" for text in _line_differences(ours, there, target.currency)]
    return told


def _due(target: Document, theirs: Remote) -> date | None:
    """A credit note is due on no day, whatever a vendor keeps of it."""
    return theirs.due_date if target.kind == "invoice" else target.due_date


def _line_differences(ours: Line, there: RemoteLine, currency: str) -> Iterable[str]:
    if ours.description.strip() != there.description.strip():
        yield f"text: ours {_shown(ours.description)}, theirs {_shown(there.description)}"
    if round_half_up(there.net, places(currency)) != ours.net:
        yield f"net: ours {ours.net}, theirs {there.net}"
    if ours.net != 0 and there.target is not None and ours.target != there.target:
        yield f"target: ours {ours.target.kind} {ours.target.code}, theirs {_target(there)}"
    if ours.tax_code and there.tax_code and ours.tax_code != there.tax_code:
        yield f"tax code: ours {ours.tax_code}, theirs {there.tax_code}"


def unlike(target: Document, theirs: Remote) -> str:
    """Every difference in one text, tax with it; "" when what stands there is what we asked for."""
    return "; ".join(filter(None, [*differences(target, theirs), tax_difference(target, theirs)]))


def tax_difference(target: Document, theirs: Remote) -> str:
    """In words, where we predicted the tax and theirs is another; "" where it agrees or is theirs to work out."""
    if target.tax is None or target.tax == theirs.tax:
        return ""
    return f"tax: ours {target.tax}, theirs {theirs.tax}"


def is_ours(target: Document, there: Remote, number: str) -> bool:
    """Whether a document found by number is ours: the number and the vendor's own mark; without a mark also customer, date,
    currency and net.
    """
    if there.number != number:
        return False
    if there.ours is False:
        return False
    if there.ours is True:
        return not there.mark or there.mark == target.mark
    if there.mark:
        return there.mark == target.mark
    ours = (target.customer_id, target.invoice_date, target.currency, target.net)
    return ours == (there.customer_id, there.invoice_date, there.currency, _net(there))


def _net(there: Remote) -> Decimal:
    return round_half_up(there.net, places(there.currency))
