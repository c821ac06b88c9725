"""Which document each charge goes on: the document's key, late time, and what is carried into the next period.

A key reads `book/period/client`, then what sets this document apart from the client's others, in this order and only where present:
`/to=` customer of a bill-to, `/project=`, `/ticket=`, `/po=`, `/currency=`, `/late=` a counter. `%` and `/` in names are written %25 and %2F,
so two documents never share a key.
"""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import count

from msgspec import Struct

from connector.core.known import Known
from connector.core.layout import Layout, Layouts
from connector.core.periods import Period, read_period
from connector.core.values import Charge


class Parts(Struct, frozen=True, gc=False):
    """What sets a document apart besides its party and period."""

    po: str
    ticket: str
    currency: str


class Heap(Struct, frozen=True, eq=False, kw_only=True):
    """Charges of one layout on one document. `origin`: the period they were worked in, where that is not the document's."""

    layout: Layout
    late: bool
    origin: str
    charges: list[Charge]


class Group(Struct, eq=False, kw_only=True):
    """The charges of one document to be. `carried`: how often some of them waited below the minimum, since `since`."""

    key: str
    layout: Layout
    parts: Parts
    since: date
    late_held: bool = False
    carried: int = 0
    heaps: dict[tuple[int, bool, str], Heap] = {}

    @property
    def period(self) -> Period:
        return self.layout.period

    def heap(self, layout: Layout, origin: str, *, late: bool) -> Heap:
        place = (id(layout), late, origin)
        if place not in self.heaps:
            self.heaps[place] = Heap(layout=layout, late=late, origin=origin, charges=[])
        return self.heaps[place]


def document_key(layout: Layout, parts: Parts, late: int = 0) -> str:
    party = layout.party
    said = (
        ("to", party.bill_to.customer if party.bill_to else ""),
        ("project", party.project if layout.apart else ""),
        ("ticket", parts.ticket),
        ("po", parts.po),
        ("currency", parts.currency if parts.currency != layout.options.currency else ""),
        ("late", str(late or "")),
    )
    start = f"{escape(layout.book)}/{layout.period.key}/{escape(party.client.key)}"
    return start + "".join(f"/{name}={escape(text)}" for name, text in said if text)


class Named(Struct, frozen=True, gc=False, kw_only=True):
    """What a document's key says."""

    book: str
    period: str
    client: str
    parts: Parts
    to: str = ""
    project: str = ""


def read_key(key: str) -> Named:
    """A key taken apart again; what sets documents of late time or credit notes apart is left out."""
    book, period, client, *rest = (text.replace("%2F", "/").replace("%25", "%") for text in key.split("/"))
    said = dict(text.split("=", 1) for text in rest)
    parts = Parts(said.get("po", ""), said.get("ticket", ""), said.get("currency", ""))
    return Named(book=book, period=period, client=client, parts=parts, to=said.get("to", ""), project=said.get("project", ""))


def period_key(layout: Layout) -> str:
    """How `Known.closed` names a period that was closed as a whole."""
    return closed_name(layout.book, layout.period.key)


def closed_name(book: str, period: str) -> str:
    """The same, of a book and a period by their names."""
    return f"{escape(book)}/{period}"


def escape(name: str) -> str:
    return name.replace("%", "%25").replace("/", "%2F")


Slot = tuple[int, str, str, str]
"""A layout by its id, and a document's `Parts`."""


class Grouping:
    """Puts charges on documents, one at a time; their order does not matter."""

    def __init__(self, layouts: Layouts, known: Known) -> None:
        self.groups: dict[str, Group] = {}
        self._layouts = layouts
        self._known = known
        self._slots: dict[Slot, Heap] = {}

    def place(self, charge: Charge, day: date) -> None:
        """Puts a charge worked on `day` where it belongs. Time at no charge is left off where the client is not to see it."""
        terms, entry = charge.terms, charge.staged.entry
        layout, po = self._layouts.route(terms, day)
        ready = charge.disposition == "ready"
        if not ready and charge.disposition not in layout.show:
            return
        po = charge.po or entry.po.strip() or po
        ticket = entry.ticket.strip() if layout.per == "ticket" else ""
        price = charge.price or terms.price
        currency = price.currency if ready and price else terms.currency or layout.options.currency
        slot = (id(layout), po, ticket, currency)
        heap = self._slots.get(slot) or self._slot(slot, charge, layout)
        if heap:
            heap.charges.append(charge)

    def _slot(self, slot: Slot, charge: Charge, layout: Layout) -> Heap | None:
        """The place of the first charge of a slot, and of each whose own document is final."""
        parts = Parts(*slot[1:])
        key = document_key(layout, parts)
        if self._closed(key, layout):
            return self._late(charge, layout, parts)
        heap = self._slots[slot] = self._group(key, layout, parts).heap(layout, "", late=False)
        return heap

    def place_correction(self, charge: Charge) -> bool:
        """Puts a difference that a person chose to bill on the next open document of whom it was billed to. False: nobody is there."""
        layout = self.after(charge)
        if layout is None:
            return False
        assert charge.corrects is not None
        named = read_key(charge.corrects.key)
        parts = Parts(named.parts.po, named.parts.ticket, charge.billed_currency)
        open_layout = self._next_open(layout, parts, charge)
        self._group(document_key(open_layout, parts), open_layout, parts).heap(open_layout, named.period, late=True).charges.append(charge)
        return True

    def after(self, charge: Charge) -> Layout | None:
        """The layout of the document that a correction is of, as the files have it now; None where they do not know that client."""
        assert charge.corrects is not None
        named = read_key(charge.corrects.key)
        party = self._layouts.party_of(named.book, named.client, named.to, named.project)
        return self._layouts.of(party, read_period(named.period)) if party else None

    def _late(self, charge: Charge, layout: Layout, parts: Parts) -> Heap | None:
        """The place of a charge whose own document is final: there if it was approved with it, else as `late_time` says.

        Time at no charge that comes late is printed nowhere: it would be news of no worth, or a flood when `show` is switched on.
        """
        key = document_key(layout, parts)
        if self._approved(key, charge):
            return self._group(key, layout, parts).heap(layout, "", late=False)
        if charge.disposition != "ready":
            return None
        if layout.options.late_time == "next_document":
            open_layout = self._next_open(layout, parts, charge)
            return self._group(document_key(open_layout, parts), open_layout, parts).heap(open_layout, layout.period.key, late=True)
        home = layout if self._open(layout) else next(filter(self._open, self._following(layout)))
        keys = (document_key(home, parts, number) for number in count(1))
        key = next(key for key in keys if key not in self._known.closed or self._approved(key, charge))
        group = self._group(key, home, parts)
        group.late_held = layout.options.late_time == "hold"
        return group.heap(home, layout.period.key, late=True)

    def _open(self, layout: Layout) -> bool:
        """Whether a document of its own may still be made in this period."""
        return period_key(layout) not in self._known.closed

    def _next_open(self, layout: Layout, parts: Parts, charge: Charge) -> Layout:
        """The client's earliest later period whose document is still open. Each closed name closes one at most: this ends.

        Later means that it also begins later: a kind of period that held for a few days only can stand inside a longer one.
        """
        return next(
            following
            for following in self._following(layout)
            if following.period.first > layout.period.first
            and (not self._closed(key := document_key(following, parts), following) or self._approved(key, charge))
        )

    def _following(self, layout: Layout) -> Iterator[Layout]:
        while True:
            layout = self._layouts.after(layout)
            yield layout

    def _closed(self, key: str, layout: Layout) -> bool:
        return key in self._known.closed or period_key(layout) in self._known.closed

    def _approved(self, key: str, charge: Charge) -> bool:
        return (charge.staged.key, charge.part) in self._known.members.get(key, ())

    def _group(self, key: str, layout: Layout, parts: Parts) -> Group:
        if key not in self.groups:
            self.groups[key] = Group(key=key, layout=layout, parts=parts, since=layout.period.first)
        return self.groups[key]

    def may_wait(self, group: Group) -> bool:
        """Only what was not yet approved, sent or touched can be carried."""
        return group.key not in self._known.open and not self._closed(group.key, group.layout) and "/late=" not in group.key

    def carry(self, group: Group, is_due: Callable[[Layout], bool]) -> list[Group] | None:
        """Moves a group's charges into the client's next period still open, once that is due; None: nothing moved, it waits."""
        moves = [
            (heap, charge, self._next_open(heap.layout, group.parts, charge)) for heap in group.heaps.values() for charge in heap.charges
        ]
        if not all(is_due(layout) for _, _, layout in moves):
            return None
        taking: dict[str, Group] = {}
        for heap, charge, layout in moves:
            key = document_key(layout, group.parts)
            target = taking[key] = self._group(key, layout, group.parts)
            target.heap(layout, heap.origin or group.period.key, late=heap.late).charges.append(charge)
            target.carried = max(target.carried, group.carried + 1)
            target.since = min(target.since, group.since)
        del self.groups[group.key]
        return list(taking.values())
