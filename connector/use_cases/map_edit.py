"""Editing the mapping files for people who accept a suggestion: each edit is proved on the whole mapping before it is kept."""

import difflib
import shlex
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from msgspec import Struct

from connector.core.mapping import Client, Name, Person, WorkType, at, fold
from connector.core.mapping import Mapping as MappingFiles
from connector.errors import ConfigError, HourbridgeError
from connector.mappings import Edit, add_alias, add_client, add_person, add_work_type, check, file_of, keep, pin
from connector.mappings.names import did_you_mean
from connector.model import Catalogue
from connector.ports import ListsNames
from connector.settings import Settings
from connector.store import entries
from connector.store.store import Tx
from connector.use_cases.workspace import Workspace

SECTIONS = {"client": "clients", "person": "people", "work_type": "work_types"}
SUFFIXES = (".yaml", ".yml")


class Kept(Struct, frozen=True):
    """An edit that is in the files now: what changed, line by line, and what the check has to say about the whole."""

    diff: tuple[str, ...]
    notes: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


class Wish(Struct, frozen=True, kw_only=True):
    """What a person wants a name to mean: another name of `same_as`, or something new with what is said here."""

    kind: str
    name: str
    same_as: str = ""
    connection: str = ""
    book: str = ""
    role: str = ""
    code: str = ""
    treatment: str = ""


def add(settings: Settings, mapping: MappingFiles, wish: Wish, *, dry: bool = False) -> Kept:
    """Adds a name. Raises ConfigError, with the files untouched, when the whole mapping would then have a problem."""
    _refuse_what_is_unknown(settings, mapping, wish)
    edit = _edit(settings, wish)
    notes = _prove(settings, {edit.path: edit.text})
    if not dry:
        keep(edit)
    return Kept(_diff(edit.path, edit.before, edit.after, settings.folder), notes)


def _refuse_what_is_unknown(settings: Settings, mapping: MappingFiles, wish: Wish) -> None:
    keys = {"client": [one.key for one in mapping.clients], "person": [one.key for one in mapping.people],
            "work_type": [one.key for one in mapping.work_types]}[wish.kind]  # fmt: skip
    if wish.same_as and wish.same_as not in keys:
        raise ConfigError(
            f"there is no such {wish.kind.replace('_', ' ')}",
            to=wish.same_as,
            next_step=did_you_mean(wish.same_as, keys, "See the mapping files."),
        )
    if not wish.same_as and wish.name in keys:
        raise ConfigError(
            f"there is such a {wish.kind.replace('_', ' ')} already", to=wish.name,
            next_step=f"For another name of it: {shlex.join(['hourbridge', 'map', 'add', wish.kind, 'OTHER NAME', '--as', wish.name])}",
        )  # fmt: skip
    if wish.connection:
        settings.connection(wish.connection)
    if wish.book:
        settings.book(wish.book)
    if not wish.same_as and wish.kind == "person" and not wish.role:
        raise ConfigError(
            "a new person needs a work role",
            to=wish.name,
            next_step="Add --role ROLE, or --as PERSON for another name of somebody.",
        )
    if not wish.same_as and wish.kind == "work_type" and not (wish.code or wish.treatment):
        raise ConfigError(
            "a new work type needs a billing code or a treatment", to=wish.name,
            next_step="Add --code CODE or --treatment TREATMENT, or --as WORK_TYPE for another name of one.",
        )  # fmt: skip


def _edit(settings: Settings, wish: Wish) -> Edit:
    section = SECTIONS[wish.kind]
    path = file_of(files_of(settings), section, wish.same_as)
    if path is None:
        raise ConfigError(
            f"no mapping file has `{section}`",
            to=str(settings.folder),
            next_step=f"Write `{section}:` in one of them first.",
        )
    if wish.same_as:
        return add_alias(path, section, wish.same_as, wish.name, connection=wish.connection)
    if wish.kind == "client":
        return add_client(path, wish.name, book=wish.book)
    if wish.kind == "person":
        return add_person(path, wish.name, wish.role)
    return add_work_type(path, wish.name, wish.code, treatment=wish.treatment)


def files_of(settings: Settings) -> list[Path]:
    """Every mapping file, as the loader finds them."""
    found: list[Path] = []
    for path in settings.mapping_paths:
        found += sorted(one for one in path.iterdir() if one.suffix in SUFFIXES) if path.is_dir() else [path]
    return found


def _prove(settings: Settings, instead: Mapping[Path, str]) -> tuple[str, ...]:
    """What the check notes about the mapping with these texts and did not without. Raises ConfigError where it has problems."""
    names = [book.name for book in settings.books], [each.name for each in settings.connections]
    checked = check(settings.mapping_paths, *names, instead=instead)
    if checked.problems:
        raise ConfigError(
            "the mapping would not hold together with this; nothing was written",
            next_step="Mend this first:",
            problems=[str(problem) for problem in checked.problems],
        )
    before = {(note.what, note.fix) for note in check(settings.mapping_paths, *names).notes}
    return tuple(str(note) for note in checked.notes if (note.what, note.fix) not in before)


def _diff(path: Path, before: bytes, after: bytes, folder: Path) -> tuple[str, ...]:
    name = str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
    was, now = (text.decode("utf-8-sig").splitlines() for text in (before, after))
    return tuple(difflib.unified_diff(was, now, name, name, n=1, lineterm=""))


# ---- pinning: names become ids, so that a rename changes nothing -----------------------------------------------------------------------


def pin_all(ws: Workspace, settings: Settings, *, dry: bool = False) -> Kept:
    """Writes the ids that the entries, the sources and the catalogues say, where a name means exactly one. An id already there is never
    changed. A source that cannot be asked now is named; the ids on its entries are known all the same.
    """
    with ws.store.snapshot() as read:
        seen = _seen(read)
    unasked = _ask_sources(ws, seen)
    with ws.store.snapshot() as read:
        wanted, skipped = _ids_seen(ws.mapping, seen)
        for name, facts in ws.facts(read).items():
            if facts.catalogue is not None:
                _add_customers(ws.mapping, name, facts.catalogue, wanted, skipped, facts.today)
    changed = _pinned(settings, wanted)
    notes = _prove(settings, {path: edit.text for path, edit in changed.items()})
    if not dry:
        for edit in changed.values():
            keep(edit)
    skipped += unasked
    lines = [line for edit in changed.values() for line in _diff(edit.path, edit.before, edit.after, settings.folder)]
    return Kept(tuple(lines), notes, tuple(skipped))


Seen = dict[tuple[str, str, str], Counter[str]]
"""(kind, connection, name) → ids seen with it."""
Wanted = dict[tuple[str, str], dict[str, str]]
"""(section, key) → connection or book → id."""


def _seen(read: Tx) -> Seen:
    seen: Seen = {}
    for staged in entries.staged(read):
        entry = staged.entry
        pairs = (("client", entry.client, entry.client_id), ("person", entry.person, entry.person_id),
                 ("work_type", entry.work_type, entry.work_type_id))  # fmt: skip
        for kind, name, found in pairs:
            if name and found:
                seen.setdefault((kind, staged.connection, fold(name)), Counter())[found] += 1
    return seen


def _ask_sources(ws: Workspace, seen: Seen) -> list[str]:
    """Adds every active name of the sources that list theirs; returns those that could not be asked, and why."""
    unasked = []
    for connection in ws.source_names:
        try:
            source = ws.source(connection)
            if isinstance(source, ListsNames):
                names = source.names()
                for kind, rows in (("client", names.clients), ("person", names.people), ("work_type", names.work_types)):
                    for one in rows:
                        if one.active and one.name:
                            seen.setdefault((kind, connection, fold(one.name)), Counter())[one.id] += 1
        except HourbridgeError as error:
            unasked.append(f"{connection}: its names could not be asked for ({error})")
    return unasked


def _ids_seen(mapping: MappingFiles, seen: Seen) -> tuple[Wanted, list[str]]:
    wanted: Wanted = {}
    skipped: list[str] = []
    kinds: tuple[tuple[str, Iterable[Client | Person | WorkType]], ...] = (
        ("client", mapping.clients), ("person", mapping.people), ("work_type", mapping.work_types),
    )  # fmt: skip
    connections = {connection for _, connection, _ in seen}
    for kind, owners in kinds:
        for owner in owners:
            for connection in sorted(connections - {name for name, _ in owner.ids}):
                found = _ids_of(owner.key, owner.aliases, kind, connection, seen)
                if len(found) == 1:
                    wanted.setdefault((SECTIONS[kind], owner.key), {})[connection] = next(iter(found))
                elif found:
                    skipped.append(
                        f"{owner.key}: {len(found)} ids in {connection} ({', '.join(sorted(found))}); write the right one by hand"
                    )
    return wanted, skipped


def _ids_of(key: str, aliases: Sequence[Name], kind: str, connection: str, seen: Seen) -> Counter[str]:
    names = {fold(key)} | {fold(alias.text) for alias in aliases if alias.connection in ("", connection)}
    found: Counter[str] = Counter()
    for name in names:
        found.update(seen.get((kind, connection, name), {}))
    return found


def _add_customers(mapping: MappingFiles, book: str, catalogue: Catalogue, wanted: Wanted, skipped: list[str], today: date) -> None:
    by_name: dict[str, list[str]] = {}
    for customer in catalogue.customers:
        if customer.active:
            by_name.setdefault(fold(customer.name), []).append(customer.id)
    for client in mapping.clients:
        if (client.book or mapping.default_book) != book or client.internal or client.bill_to or book in dict(client.ids):
            continue
        span = at(client.customer, today)
        found = by_name.get(fold(span.value if span else client.key), [])
        if len(found) == 1:
            wanted.setdefault(("clients", client.key), {})[book] = found[0]
        elif found:
            skipped.append(f"{client.key}: {len(found)} customers of that name in {book}; write the right id by hand")


def _pinned(settings: Settings, wanted: Wanted) -> dict[Path, Edit]:
    """All edits of each file as one, made on copies: the files themselves change together or not at all."""
    originals = files_of(settings)
    with tempfile.TemporaryDirectory() as folder:
        copies = {path: Path(folder) / f"{index}-{path.name}" for index, path in enumerate(originals)}
        for path, copy in copies.items():
            shutil.copyfile(path, copy)
        for (section, key), ids in wanted.items():
            holder = file_of(list(copies.values()), section, key)
            if holder is not None:
                keep(pin(holder, section, key, ids))
        edits = {path: Edit(path, path.read_bytes(), copy.read_bytes(), f"ids in {path.name}") for path, copy in copies.items()}
    return {path: edit for path, edit in edits.items() if edit.before != edit.after}
