"""Approving: the plan is computed again, what differs is refused, numbers are reserved, and the steps are stored in full."""

from collections.abc import Collection, Sequence

import msgspec
from msgspec import Struct

from connector.core.number_series import format_number, number_again, stem_of
from connector.core.safety import unsafe
from connector.core.steps import Plan, Step, digest
from connector.errors import ConfigError, UnsafePlanError
from connector.store import approvals, audit, documents, mapping_texts, numbers
from connector.store.leases import Lease
from connector.store.store import Tx
from connector.use_cases.picture import in_scope, plans
from connector.use_cases.workspace import Workspace


class Approval(Struct, frozen=True, kw_only=True):
    """What was approved: the steps with their numbers."""

    book: str
    checksum: str
    steps: tuple[Step, ...]


def approve(
    ws: Workspace,
    checksum: str,
    *,
    who: str,
    note: str = "",
    only: Collection[str] = (),
    left: Collection[str] = (),
    forced: str = "",
    interim: bool = False,
    period: str = "",
    client: str = "",
) -> Approval:
    """Approves the plan with this checksum. `only` and `left` name clients; `only` also lets a document go that is held because
    its client still has time left out. Raises UnsafePlanError for another plan, or one that breaks a safety bound without `forced`.
    """
    name = _book_of(ws, checksum, interim=interim, period=period, client=client)
    with ws.lease(f"book:{name}") as lease:
        with ws.store.snapshot() as read:
            found = in_scope(plans(ws, read, interim=interim)[name], period=period, client=client)
            known = documents.documents(read, name)
        if found.checksum != checksum:
            raise UnsafePlanError("the plan changed in the meantime", to=checksum, next_step="Run `hourbridge plan` and read it again.")
        steps = chosen(found, only, left)
        if not steps:
            raise UnsafePlanError(
                "nothing in it may go as it stands", to=checksum,
                next_step="What is held for time left out goes with `--only CLIENT`; the plan says what else is in the way.",
            )  # fmt: skip
        broken = dict.fromkeys((*found.unsafe, *unsafe(steps, known, ws.book(name).bounds(ws.mapping.safety))))
        if broken and not forced:
            raise UnsafePlanError(
                "the plan breaks safety bounds: " + "; ".join(broken), to=checksum,
                next_step="Look at these documents; `--force REASON` approves them all the same.",
            )  # fmt: skip
        return approve_steps(ws, lease, found, steps, who=who, note=note, forced=forced)


def _book_of(ws: Workspace, checksum: str, *, interim: bool, period: str, client: str) -> str:
    with ws.store.snapshot() as read:
        drawn = plans(ws, read, interim=interim)
    for name, found in drawn.items():
        narrowed = in_scope(found, period=period, client=client)
        if narrowed.checksum == checksum and (narrowed.sending or narrowed.releasable):
            return name
    narrow = {name: in_scope(found, period=period, client=client) for name, found in drawn.items()}
    known = ", ".join(f"{found.checksum} ({name})" for name, found in narrow.items() if found.sending or found.releasable)
    raise UnsafePlanError(
        "no plan has this checksum now", to=checksum, next_step=f"Current: {known or 'nothing to approve'}. Run `hourbridge plan` again."
    )


def chosen(found: Plan, only: Collection[str], left: Collection[str]) -> tuple[Step, ...]:
    """The steps that a person means. Raises ConfigError for a client the plan does not have."""
    clients = {step.client for step in found.steps}
    unknown = sorted((set(only) | set(left)) - clients)
    if unknown:
        raise ConfigError("the plan has no such client", to=", ".join(unknown), next_step="Names are as `hourbridge plan` shows them.")
    steps = [step for step in found.sending if step.client not in left and (not only or step.client in only)]
    if only:
        steps += [freed for step in found.steps if step.client in only and (freed := let_go(step)) is not None]
    return tuple(steps)


def let_go(step: Step) -> Step | None:
    """A document held only because its client has time left out, as a step that sends; None for any other hold."""
    if step.sends or not step.may_be_approved:
        return None
    freed = msgspec.structs.replace(step, action="update" if step.base else "create", reason="", flags=(*step.flags, step.reason))
    return msgspec.structs.replace(freed, digest=digest(freed))


def approve_steps(ws: Workspace, lease: Lease, found: Plan, steps: Sequence[Step], *, who: str, note: str, forced: str) -> Approval:
    with ws.store.begin(lease) as tx:
        numbered = tuple(_numbered(tx, ws, step) for step in sorted(steps, key=lambda step: (step.period, step.key)))
        mapping_texts.keep(tx, ws.mapping, ws.now())
        approvals.approve(
            tx, found.book, found.checksum, numbered, who=who, at=ws.now(), note=note, forced=forced, mapping=ws.mapping.digest
        )
        audit.append(
            tx, f"book:{found.book}", ws.now(), "approved",
            {"checksum": found.checksum, "digests": [step.digest for step in numbered], "numbers": [s.number for s in numbered],
             "who": who, "forced": forced, "run": ws.run},
        )  # fmt: skip
    return Approval(book=found.book, checksum=found.checksum, steps=numbered)


def _numbered(tx: Tx, ws: Workspace, step: Step) -> Step:
    """The step with its number: the one bound to its key and generation, else the next of its series."""
    if step.action not in ("create", "credit") or step.document is None:
        return step
    bound = numbers.number_of(tx, step.book, step.document.kind, step.key, step.generation)
    if not bound:
        bound = _reserve(tx, ws, step)
    return msgspec.structs.replace(step, number=bound)


def _reserve(tx: Tx, ws: Workspace, step: Step) -> str:
    assert step.document is not None
    length = ws.sink(step.book).traits.number_length_max
    day = step.document.invoice_date
    kind, book = step.document.kind, step.book
    if step.generation > 1:
        first = numbers.number_of(tx, book, kind, step.key, 1)
        number, stem, seq = number_again(first, step.generation), "", 0
        if len(number) > length:
            raise ConfigError(
                f"has {len(number)} characters, and book {book} takes {length}", to=number,
                next_step="Make this one by hand over there, and write a shorter `number:` in clients.yaml for those to come.",
            )  # fmt: skip
    else:
        stem = stem_of(step.series, day)
        seq = numbers.highest(tx, book, stem) + 1
        number = format_number(step.series, day, seq, length_max=min(length, 21))
    numbers.reserve(tx, book, kind, number, step.key, step.generation, stem, seq, ws.now().isoformat())
    return number
