"""Documents that cannot go on by themselves, and what a person may choose for each. Pure.

`again`: it is made again, under the next generation. `release`: it is over; its time goes as late time does. `ours`: what stands over
there under its number is it. Of one that somebody changed over there, `amend`: theirs is kept, and what changes of ours since is amended
on it while it is a draft; `accept`: theirs is right as it is. None of them sends anything: what follows is planned, approved and applied.
"""

from collections.abc import Sequence

from connector.core.drift import differences, how_it_stands, is_ours
from connector.core.ledger import Choice, Known
from connector.core.money import places, round_half_up
from connector.model import Document, Operation, Remote

MAKES = ("create", "credit")
CHOICES: tuple[Choice, ...] = Choice.__args__  # type: ignore[attr-defined]


def cause(known: Known) -> str:
    """Why a document waits for a person's choice; "" for one that does not."""
    if known.state == "held":
        return known.reason or "in doubt"
    if known.state == "done" and known.holds_charges and not known.there:
        return f"was {known.their_status or 'missing'} over there"
    if known.state == "done" and known.there and known.touched:
        return how_it_stands(known)
    return ""


def legal(
    known: Known, operation: Operation | None, *, bears: bool = True, credited_by: str = "", of: Known | None = None
) -> tuple[Choice, ...]:
    """What may be chosen now. `operation`: what is in doubt, None where nothing is. An amendment of a document that still stands there is
    not over: it goes on, or is given back, once it stands as before or as we wanted it. `bears`: charges of ours stand on it, and no credit
    note is about to take some back, so that another net can be theirs. `credited_by`: a credit note of it that is in force or in doubt: it
    would take back what nobody is asked for any more. `of`: what a credit note credits.
    """
    if not cause(known) or (known.state == "held" and operation not in MAKES and known.there):
        return ()
    if known.state == "done" and known.there:
        return _of_changed(known) if bears or not has_another_net(known) else ()
    if known.kind == "credit_note" and operation is None:
        return _of_credit_note(of)
    if credited_by:
        return ()
    found = known.theirs if operation in MAKES else None
    return ("again", "release", "ours") if found and found.live and not unlike_ours(known.target, found) else ("again", "release")


def _of_credit_note(of: Known | None) -> tuple[Choice, ...]:
    """What it took back is free: without it that would be billed twice, while the invoice is in force or may be once more."""
    if of is None or of.there:
        return ("again",)
    return ("release",) if of.ended else ()


def has_another_net(known: Known) -> bool:
    """Whether its net over there is another than ours, more or less."""
    return known.theirs is not None and round_half_up(known.theirs.net, places(known.currency)) != known.net


def _of_changed(known: Known) -> tuple[Choice, ...]:
    """In another currency it is none of ours; a credit note is made anew rather than taken as somebody left it. Under another number it is
    taken as it is: an amendment of ours would bear our number, and give it back.
    """
    if known.kind != "invoice" or known.theirs is None or known.theirs.currency != known.currency:
        return ()
    fresh = known.kept is None or known.kept.theirs.lines == known.target.lines  # not amended since somebody last chose to
    named = known.theirs.number == known.number
    return ("amend", "accept") if known.their_status == "draft" and fresh and named else ("accept",)


def unlike_ours(target: Document, there: Remote) -> list[str]:
    """What speaks against a document over there being ours: another customer, currency or net."""
    pairs = (
        ("customer", target.customer_id, there.customer_id), ("currency", target.currency, there.currency),
        ("net", target.net, round_half_up(there.net, places(target.currency))),
    )  # fmt: skip
    return [f"{name}: ours {ours}, theirs {theirs}" for name, ours, theirs in pairs if ours != theirs]


def renumbered(target: Document, there: Remote) -> bool:
    """Whether a document that we do not know may be what was sent, under another number: by our mark, by who made it, else word for word."""
    if there.ours is False or there.kind != target.kind or there.number == target.number:
        return False
    if there.mark:
        return there.mark == target.mark
    return not (unlike_ours(target, there) if there.ours else differences(target, there))


def still_ours(known: Known, target: Document, found: Sequence[Remote]) -> list[Remote]:
    """Documents in force over there that are ours: while one stands, its time is billed."""
    return [there for there in found if there.live and (there.id == known.remote_id or is_ours(target, there, known.number))]
