"""The gates on reading: pull and stage, memory, full sync, starts, and the tie-out of a million entries. One firm, pages of `bench.stub`."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench import state
from bench.firm import lay_out
from bench.processes import ROOT, Ran, Shell
from bench.servers import Server, serving
from bench.table import Figure

BUILD = ROOT / "build" / "bench"
ENTRIES, FEW, MANY = 100_000, 10_000, 1_000_000
PAGES = 50
RUNS = 3
"""A short figure is the smallest of so many: what else the machine did is not the program's."""
STAGED = ("entries", "entry_history", "audit")
SYNCED = (*STAGED, "charges", "documents")


def firm(name: str, address: str) -> Shell:
    """A fresh firm whose Harvest is at this address."""
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)
    lay_out(folder, address)
    return Shell(folder)


def database(shell: Shell) -> Path:
    return shell.folder / "state.db"


def expect(what: str, ours: object, right: object) -> None:
    """A wrong result fails the bench. Raises RuntimeError."""
    if ours != right:
        raise RuntimeError(f"{what}: {ours!r}, must be {right!r}")


def cheapest(ran: Sequence[Ran]) -> Ran:
    return min(ran, key=lambda one: one.cpu_seconds)


def starts() -> Iterator[Figure]:
    shell = firm("starts", "http://127.0.0.1:9")
    yield Figure("`--help`", cheapest([shell.hourbridge("--help") for _ in range(2 * RUNS)]).cpu_seconds, "CPU s", 0.25)


# ---- pull and stage ---------------------------------------------------------------------------------------------------------


def staged(server: Server, entries: int, name: str = "stage") -> tuple[Shell, Ran, int]:
    """A first pull and stage: the firm, what it cost, and the requests for entries."""
    shell, before = firm(name, server.address), len(server.asked())
    ran = shell.module("bench.staging")
    expect("entries staged", (ran.out.strip(), state.count(database(shell), "entries")), (str(entries), entries))
    return shell, ran, sum("/time_entries" in target for target in server.asked()[before:])


def bare(server: Server) -> Ran:
    """What the machine gives today: `bench.bare`, 1.6 CPU s where the anchors of ../shared/reference/performance.md were taken."""
    found = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            found.append(Shell(Path(folder)).module("bench.bare", server.address, "bare.db"))
        expect("entries by the bare script", found[-1].out.strip(), str(ENTRIES))
    return cheapest(found)


def stages() -> Iterator[Figure]:
    with serving("bench.stub", str(ENTRIES)) as server:
        found = [staged(server, ENTRIES) for _ in range(RUNS)]
        first = cheapest([ran for _, ran, _ in found])
        yield Figure("first pull and stage of 100,000", first.cpu_seconds, "CPU s", 3.2)
        yield Figure("… its memory", first.peak_mb, "MB", 120)
        yield Figure("… requests in the pass", max(requests for *_, requests in found), "requests", PAGES)
        again, written = unchanged(found[-1][0], STAGED, lambda shell: shell.module("bench.staging", "--full"))
        floor = bare(server)
        yield Figure("… the same pages by a bare script into SQLite", floor.cpu_seconds, "CPU s")
        yield Figure("… ratio to it", first.cpu_seconds / floor.cpu_seconds, "times")
        yield Figure("listed again unchanged", again.cpu_seconds, "CPU s", 2.0)
        yield Figure(f"… rows written ({', '.join(STAGED)})", written, "rows", 0)


def unchanged(shell: Shell, tables: Sequence[str], again: Callable[[Shell], Ran]) -> tuple[Ran, int]:
    """The cheapest of some runs on a state that has nothing to learn, and how many rows they wrote in all."""
    state.watch(database(shell), tables)
    ran = []
    for _ in range(RUNS):
        state.forget_budgets(database(shell))  # else most of the time is waiting for the vendor's next quarter of a minute
        ran.append(again(shell))
    return cheapest(ran), sum(state.written(database(shell)).values())


def memory() -> Iterator[Figure]:
    peaks = {}
    for entries in (FEW, MANY):
        with serving("bench.stub", str(entries)) as server:
            shell, ran, _ = staged(server, entries, "memory")
            peaks[entries] = ran
        shutil.rmtree(shell.folder)
    yield Figure("pull and stage of 10,000, its memory", peaks[FEW].peak_mb, "MB")
    yield Figure("pull and stage of 1,000,000, its memory", peaks[MANY].peak_mb, "MB")
    yield Figure("… growth from 10,000", peaks[MANY].peak_mb - peaks[FEW].peak_mb, "MB", 40)
    yield Figure("… CPU at 1,000,000", peaks[MANY].cpu_seconds, "CPU s")


# ---- full sync, and what reads its state ---------------------------------------------------------------------------------------


def synced(server: Server, name: str) -> tuple[Shell, Ran]:
    shell = firm(name, server.address)
    ran = shell.hourbridge("pull")
    expect("charges", (state.count(database(shell), "entries"), state.count(database(shell), "charges")), (ENTRIES, ENTRIES))
    return shell, ran


def syncs() -> Iterator[Figure]:
    with serving("bench.stub", str(ENTRIES)) as server:
        found = [synced(server, "sync") for _ in range(RUNS - 1)]
        first, shell = cheapest([ran for _, ran in found]), found[-1][0]
        yield Figure("full sync of 100,000", first.cpu_seconds, "CPU s", 6.0)
        yield Figure("… its memory", first.peak_mb, "MB")
        full, written = unchanged(shell, SYNCED, lambda shell: shell.hourbridge("pull", "--full"))
        yield Figure("full sync after a full re-listing, nothing changed", full.cpu_seconds, "CPU s", 2.5)
        yield Figure(f"… rows written ({', '.join(SYNCED)})", written, "rows", 0)
        before = len(server.asked())
        third = cheapest([shell.hourbridge("pull") for _ in range(RUNS)])
        listings = [target for target in server.asked()[before:] if "/time_entries" in target]
        expect("listings since the cursor", [target for target in listings if "updated_since" not in target], [])
        yield Figure("full sync since a cursor, nothing changed", third.cpu_seconds, "CPU s", 0.6)
        yield Figure("… rows written", sum(state.written(database(shell)).values()), "rows", 0)
        status = cheapest([shell.hourbridge("status", expect=(0, 3)) for _ in range(2 * RUNS)])
        yield Figure("`status` of 100,000 entries", status.cpu_seconds, "CPU s", 0.6)


def tie_outs() -> Iterator[Figure]:
    with serving("bench.stub", str(ENTRIES)) as server:
        shell, _ = synced(server, "million")
    seconds, times = state.worked_seconds(database(shell)), MANY // ENTRIES
    state.multiply(database(shell), times)
    ran = [shell.hourbridge("reconcile", expect=(0, 3)) for _ in range(RUNS)]
    told = shell.hourbridge("reconcile", "--format", "json", expect=(0, 3)).json()
    expect("entries and seconds in the tie-out", (told["entries"]["count"], told["entries"]["seconds"]), (MANY, seconds * times))
    expect("its equations hold", [each["holds"] for each in told["equations"]], [True] * len(told["equations"]))
    yield Figure("`reconcile` over 1,000,000 staged entries", cheapest(ran).cpu_seconds, "CPU s", 3.0)
    yield Figure("… its memory", max(one.peak_mb for one in ran), "MB", 100)
    shutil.rmtree(shell.folder)
