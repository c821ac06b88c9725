"""The README's tables of adapters, made from the traits of every adapters/<kind>: nothing about a system is claimed by hand.

`python -m tests.docs.adapter_tables` writes them anew.
"""

from connector import registry
from connector.ports import (
    DeclaresDeletions,
    ListsCatalogue,
    ListsNames,
    ProbesScope,
    ReadsEntries,
    ReadsHistory,
    ReadsPayments,
    SinkTraits,
    SourceTraits,
)
from tests.docs.pages import ROOT

README = ROOT / "README.md"
END = "\n\n"
CHANGES = {"modified_since": "asks for what changed", "window_only": "lists everything each time"}
DELETIONS = {
    "tombstones": "are told",
    "absence": "two complete listings lack it",
    "snapshot": "one complete listing lacks it",
    "none": "are never told",
}
APPROVAL = {"on_entry": "on each entry", "by_period": "by period", "none": "none"}
NUMBERS = {"yes": "refused", "no": "accepted", "asked": "asked of the company"}
TAX = {"per_line": "ours, per line", "per_document": "ours, per document", "theirs": "theirs"}
SOURCE_HEAD = ("source", "what is new", "deletions", "time approval", "also")
SINK_HEAD = (
    "sink",
    "operations",
    "drafts",
    "a used number",
    "repeats a key safely for",
    "lock",
    "documents a request",
    "price places",
    "tax",
    "also",
)


def sources() -> str:
    rows = [_source_row(kind) for kind in registry.kinds() if registry.offers(kind, "source")]
    return _table(SOURCE_HEAD, rows)


def sinks() -> str:
    rows = [_sink_row(kind) for kind in registry.kinds() if registry.offers(kind, "sink")]
    return _table(SINK_HEAD, rows)


def _source_row(kind: str) -> tuple[str, ...]:
    source = registry.module_of(kind, "source").Source
    traits: SourceTraits = source.traits
    declared = ", or never, as declared" if _is(source, DeclaresDeletions) else ""
    also = [
        words
        for protocol, words in (
            (ReadsEntries, "reads entries by id"),
            (ProbesScope, "says what it cannot see"),
            (ListsNames, "lists names with ids"),
        )
        if _is(source, protocol)
    ]
    return (
        f"`{kind}`", CHANGES[traits.changes], DELETIONS[traits.deletions] + declared, APPROVAL[traits.approval], ", ".join(also) or "none",
    )  # fmt: skip


def _sink_row(kind: str) -> tuple[str, ...]:
    sink = registry.module_of(kind, "sink").Sink
    traits: SinkTraits = sink.traits
    offered = (ListsCatalogue, "lists its catalogue"), (ReadsPayments, "reads payments"), (ReadsHistory, "says who changed a document")
    also = [words for protocol, words in offered if _is(sink, protocol)]
    return (
        f"`{kind}`", ", ".join(sorted(traits.operations)), "yes" if traits.drafts else "no", NUMBERS[traits.refuses_used_number],
        f"{traits.idempotency_window_s} s" if traits.idempotency_window_s else "never", "yes" if traits.optimistic_lock else "no",
        str(traits.batch_max), str(traits.price_places), TAX[traits.tax], ", ".join(also) or "none",
    )  # fmt: skip


def _is(adapter: type, protocol: type) -> bool:
    """Whether instances of a class would fulfil a protocol of methods, without making one."""
    return all(hasattr(adapter, name) for name in vars(protocol) if not name.startswith("_"))


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def within(text: str) -> str:
    """A page with its tables of adapters made anew."""
    for marker, made in (("sources", sources), ("sinks", sinks)):
        before, mark, rest = text.partition(f"<!-- adapters: {marker} -->\n")
        text = f"{before}{mark}{made()}{END}{rest.partition(END)[2]}"
    return text


if __name__ == "__main__":
    README.write_text(within(README.read_text("utf-8")), "utf-8")
