"""Documents as the charges say they should be: proposed, held with a reason, or carried until they are worth sending.

Pure: the same charges, mapping and facts make the same documents, in whatever order they come.

Late time: a charge whose own document is final goes as `late_time` says (`grouping`), with its own dates printed.
Carried: a document below the minimum waits. Once the client's next period is due its charges stand on that period's document, with their
own dates, and so on, three times at most; then it goes as it is. What stands over there already, or is approved, is never carried,
nor is late time on a document of its own. How often something was carried follows from the charges: nothing is remembered.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from heapq import heapify, heappop, heappush

from msgspec import Struct
from msgspec.structs import replace

from connector.core import mapping as rules
from connector.core.comparing import comparisons
from connector.core.directory import Directory
from connector.core.grouping import Group, Grouping
from connector.core.holding import flags, holds, terms_of
from connector.core.known import Known
from connector.core.layout import Layout, Layouts
from connector.core.line_layout import LineLayouts
from connector.core.lines import Lines, propose_lines, stand
from connector.core.money import ZERO
from connector.core.periods import is_due, previous_period
from connector.core.terms_of_payment import due_date, write_terms
from connector.core.values import BookFacts, Charge, LeftOut, Proposed, ProposedLine

CARRIES_MAX = 3

_PLACED = frozenset(("ready", "no_charge", "covered"))
_LEFT_OUT = frozenset(("unmatched", "pending", "held"))


class Proposals(Struct, frozen=True, kw_only=True):
    """Every ready charge is on exactly one document, or in `waiting`: its period is not due yet."""

    documents: tuple[Proposed, ...]
    waiting: tuple[Charge, ...]


def propose(
    charges: Iterable[Charge],
    files: rules.Mapping,
    books: Mapping[str, BookFacts],
    *,
    known: Known | None = None,
    interim: bool = False,
    layouts: Layouts | None = None,
) -> Proposals:
    """The documents of these books, by book, period and key.

    `charges`: all of a client's that are not on a final document, whatever their disposition: what is unmatched, pending or held
    decides whether a document is complete. Charges of other books are passed over. A charge on a draft that may still be
    amended comes with the disposition it would have without it. `interim` proposes periods that have begun but are not due. `layouts`
    are those of the same files and books, where some were worked out before.
    """
    known = known or Known()
    grouping = Grouping(layouts or Layouts(files, books), known)
    left_out: dict[tuple[str, str], list[Charge]] = {}
    free: dict[tuple[str, str], list[Charge]] = {}
    for charge in charges:
        day, terms = charge.staged.entry.worked_on, charge.terms
        if charge.corrects is not None and charge.disposition == "ready":
            grouping.place_correction(charge)
            continue
        if day is None or terms.client is None or terms.book not in books:
            continue
        if charge.disposition == "no_charge":
            free.setdefault((terms.book, terms.client.key), []).append(charge)
        if charge.disposition in _PLACED:
            grouping.place(charge, day)
        elif charge.disposition in _LEFT_OUT:
            left_out.setdefault((terms.book, terms.client.key), []).append(charge)
    return _Proposing(files, books, known, grouping, left_out, free, interim=interim).run()


class _Proposing:
    """One run over the groups, earliest period first, so that what is carried arrives before its new document is drawn up."""

    def __init__(
        self,
        files: rules.Mapping,
        books: Mapping[str, BookFacts],
        known: Known,
        grouping: Grouping,
        left_out: Mapping[tuple[str, str], Sequence[Charge]],
        free: Mapping[tuple[str, str], Sequence[Charge]],
        *,
        interim: bool,
    ) -> None:
        self._files, self._known, self._grouping, self._left_out, self._interim = (
            files,
            known,
            grouping,
            left_out,
            interim,
        )
        self._free = free
        self._lines = {name: LineLayouts(files, Directory(facts)) for name, facts in books.items()}

    def run(self) -> Proposals:
        groups = self._grouping.groups
        queue = [(group.period.first, key) for key, group in groups.items()]
        heapify(queue)
        queued = set(groups)
        documents: list[tuple[Group, Proposed]] = []
        waiting: list[Charge] = []
        while queue:
            _, key = heappop(queue)
            group = groups[key]
            if not self._due(group.layout) and key not in self._known.open:
                waiting += (stand(charge, group, heap) for heap in group.heaps.values() for charge in heap.charges)
                continue
            lines = propose_lines(group, self._lines[group.layout.book], self._files.hours_places)
            carry = self._carry_reason(group, lines.net)
            moved = self._grouping.carry(group, self._due) if carry else None
            if moved is None:
                documents.append((group, self._document(group, lines, carry)))
            for target in moved or ():
                if target.key not in queued:
                    queued.add(target.key)
                    heappush(queue, (target.period.first, target.key))
        return Proposals(documents=self._compared(documents), waiting=tuple(waiting))

    def _due(self, layout: Layout) -> bool:
        facts = layout.party.facts
        return layout.period.first <= facts.today if self._interim else is_due(layout.period, facts.today, facts.grace_days)

    def _carry_reason(self, group: Group, net: Decimal) -> str:
        options = group.layout.options
        below = net < options.minimum if net >= 0 else options.net_negative == "carry"
        if not below or group.carried >= CARRIES_MAX or not self._grouping.may_wait(group):
            return ""
        what = f"below the minimum of {options.minimum:f}" if net >= 0 else "below zero"
        return f"{what}: waits, {group.carried + 1} of {CARRIES_MAX}"

    def _document(self, group: Group, lines: Lines, carry: str) -> Proposed:
        layout, options, directory = group.layout, group.layout.options, self._lines[group.layout.book].directory
        payer = directory.payer(layout.party, options.invoice_date)
        terms, _ = terms_of(layout, payer)
        left_out = self._left(group)
        days = [(line.line.service_from, line.line.service_to) for line in lines.lines]
        held = (*holds(group, directory, payer, lines.net, left_out), *lines.problems)
        return Proposed(
            key=group.key,
            book=layout.book,
            client=layout.party.client.key,
            customer_id=payer.id,
            customer=payer.name,
            period=group.period.key,
            po=group.parts.po,
            currency=group.parts.currency,
            invoice_date=options.invoice_date,
            due_date=due_date(terms, options.invoice_date) if terms else options.invoice_date,
            terms=write_terms(terms) if terms else "",
            amounts=options.amounts,
            send_as=options.send_as,
            series=options.series,
            number_length_max=directory.facts.number_length_max,
            lines=_marked(lines.lines) if carry else lines.lines,
            net=lines.net,
            tax=lines.tax,
            gross=lines.gross,
            worked_from=min(first for first, _ in days),
            worked_to=max(last for _, last in days),
            left_out=left_out,
            no_charge_seconds=sum(charge.seconds for charge in self._of_client(group, self._free)),
            late_seconds=sum(charge.seconds for heap in group.heaps.values() if heap.late for charge in heap.charges),
            flags=tuple(flags(group, payer, left_out, self._known)),
            hold=tuple(dict.fromkeys(filter(None, held))),
            carry=carry,
        )

    def _left(self, group: Group) -> LeftOut:
        """The client's time from the first day this document stands for to its period's last that is on no document."""
        charges = self._of_client(group, self._left_out)
        values = [charge.value for charge in charges if charge.value is not None and charge.terms.currency in ("", group.parts.currency)]
        return LeftOut(
            seconds=sum(charge.seconds for charge in charges),
            value=sum(values, ZERO) if values else None,
            entries=len({charge.staged.key for charge in charges}),
        )

    def _of_client(self, group: Group, among: Mapping[tuple[str, str], Sequence[Charge]]) -> list[Charge]:
        """Those of the client's charges that were worked between the first and the last day this document stands for."""
        place = (group.layout.book, group.layout.party.client.key)
        return [charge for charge in among.get(place, ()) if group.since <= _day(charge) <= group.period.last]

    def _compared(self, documents: Sequence[tuple[Group, Proposed]]) -> tuple[Proposed, ...]:
        """Each document with the period before, like with like, and a flag where its client's total is now far more."""
        times, totals = self._files.safety.client_total_over_last_month, dict[tuple[str, str, str, str], Decimal]()
        for _, one in documents:
            total = (one.book, one.client, one.currency, one.period)
            totals[total] = totals.get(total, ZERO) + one.net
        beside = comparisons((one for _, one in documents), self._known)
        compared = []
        for group, one in sorted(documents, key=lambda pair: (pair[1].book, pair[0].period.first, pair[1].key)):
            last = self._known.nets.get((one.book, one.client, one.currency, previous_period(group.period).key))
            total_net = totals[one.book, one.client, one.currency, one.period]
            over = (f"over {times:f} x last month",) if last and times is not None and total_net > last * times else ()
            alike = beside.get(one.key)
            told = replace(one, flags=(*one.flags, *over))
            compared.append(
                replace(told, last_period_net=alike.then, this_period_net=alike.now, last_period_of=alike.of) if alike else told
            )
        return tuple(compared)


def _day(charge: Charge) -> date:
    assert charge.staged.entry.worked_on is not None, "only charges with a day are kept"
    return charge.staged.entry.worked_on


def _marked(lines: Sequence[ProposedLine]) -> tuple[ProposedLine, ...]:
    """The lines of a document that waits: its ready charges say why in their reason."""
    return tuple(
        replace(
            line,
            shares=tuple(
                replace(share, charge=replace(share.charge, reason="carried")) if share.charge.disposition == "ready" else share
                for share in line.shares
            ),
        )
        for line in lines
    )
