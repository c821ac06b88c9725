"""Who worked and what it was: persons with their dated work role, work types with their dated billing code."""

from datetime import date

from msgspec import Struct

from connector.core.mapping import NOWHERE, Mapping, Name, Person, WorkType, at
from connector.core.names import Names, both, quoted
from connector.core.parties import Says
from connector.core.values import Unmatched, Why

UNMATCHED = "unmatched"


class Worker(Struct, frozen=True, kw_only=True):
    """The person of an entry; `unmatched` says why the name or the role is not known, and matters only where it is needed.

    `name` is what rules are asked with, `text` what a line prints.
    """

    person: Person | None = None
    name: str = ""
    text: str = ""
    role: str = ""
    unmatched: Unmatched | None = None
    why: tuple[Why, ...] = ()


class Workers:
    """All people of the mapping, compiled, and the policy for those nobody listed."""

    def __init__(self, mapping: Mapping) -> None:
        self._unlisted = mapping.unlisted_people
        self._people = Names[Person]()
        for number, person in enumerate(mapping.people):
            ids = [(connection, id_) for connection, id_ in person.ids if not person.only_in or connection in person.only_in]
            self._people.add(number, person, person.where, ids=ids, names=_names_of(person))

    def find(self, says: Says, day: date) -> Worker:
        """Id > name or alias in that connection > name or alias; else the policy."""
        name = says.person or says.person_id
        hits = self._people.find(says.connection, says.person_id, says.person)
        if len(hits) > 1:
            reason = f"this fits more than one person: {both(hits)}"
            return Worker(name=name, text=name, unmatched=Unmatched("ambiguous", name, reason, "an alias on one of them decides"))
        if not hits:
            return self._not_listed(name)
        person = hits[0].item
        why: tuple[Why, ...] = (Why("person", hits[0].by, hits[0].where),)
        role, text = at(person.roles, day), person.on_invoice or person.key
        if role is None:
            reason = f"{person.key} has no work role on that day ({person.where})"
            missing = Unmatched("person", person.key, reason, f"{quoted(person.key)}: ROLE   # people.yaml, with an earlier `from`")
            return Worker(person=person, name=person.key, text=text, unmatched=missing, why=why)
        why = (*why, Why("role", role.value, person.where if role.where == NOWHERE else role.where))
        return Worker(person=person, name=person.key, text=text, role=role.value, why=why)

    def _not_listed(self, name: str) -> Worker:
        if self._unlisted != UNMATCHED:
            why = Why("person", f"not listed, so {self._unlisted}", NOWHERE)
            return Worker(name=name, text=name, role=self._unlisted, why=(why,))
        fix = f"{quoted(name)}: ROLE   # people.yaml, under people"
        return Worker(name=name, text=name, unmatched=Unmatched("person", name, "nobody of this name is listed in people", fix))


def _names_of(person: Person) -> list[Name]:
    """A person who is `only_in` some connections is known by name nowhere else."""
    anywhere = [Name(person.key, where=person.where), *person.aliases]
    if not person.only_in:
        return anywhere
    return [
        Name(name.text, connection, name.where) for name in anywhere for connection in person.only_in if name.connection in ("", connection)
    ]


class Work(Struct, frozen=True, kw_only=True):
    """The work type of an entry with its own billing code ("" where it has none)."""

    name: str
    code: str = ""
    unmatched: Unmatched | None = None
    why: tuple[Why, ...] = ()
    code_why: tuple[Why, ...] = ()


class WorkTypes:
    """All work types of the mapping, compiled, and the policy for those nobody listed."""

    def __init__(self, mapping: Mapping) -> None:
        self._unlisted = mapping.unlisted_work_types
        self._work_types = Names[WorkType]()
        for number, work_type in enumerate(mapping.work_types):
            names = (Name(work_type.key, where=work_type.where), *work_type.aliases, *work_type.patterns)
            self._work_types.add(number, work_type, work_type.where, ids=work_type.ids, names=names)

    def find(self, says: Says, day: date) -> Work:
        """Decision > id > name or alias in that connection > name or alias > pattern; else the policy."""
        ruled = says.ruled_work_type
        name = ruled or says.work_type or says.work_type_id
        hits = self._work_types.find(says.connection, "" if ruled else says.work_type_id, ruled or says.work_type)
        if len(hits) > 1:
            reason = f"this fits more than one work type: {both(hits)}"
            return Work(name=name, unmatched=Unmatched("ambiguous", name, reason, "an exact alias on one of them decides"))
        if not hits:
            return self._not_listed(name)
        found = hits[0]
        why = (Why("work_type", f"decision: work type {ruled}", NOWHERE, 0) if ruled else Why("work_type", found.by, found.where),)
        code = at(found.item.code, day)
        if code is None or not code.value:
            return Work(name=found.item.key, why=why)
        place = found.item.where if code.where == NOWHERE else code.where
        return Work(name=found.item.key, code=code.value, why=why, code_why=(Why("billing_code", code.value, place),))

    def _not_listed(self, name: str) -> Work:
        if self._unlisted != UNMATCHED:
            why = (Why("work_type", "not listed", NOWHERE),)
            return Work(name=name, code=self._unlisted, why=why, code_why=(Why("billing_code", self._unlisted, NOWHERE),))
        fix = f"{quoted(name)}: BILLING_CODE   # work_types.yaml, under work_types"
        reason = "no work type has this name, alias or pattern" if name else "the source names no work type"
        return Work(name=name, unmatched=Unmatched("work_type", name, reason, fix))
