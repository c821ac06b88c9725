"""Who pays: the client of an entry, its project as finance names it, and the bill-to (domain section 5)."""

from typing import NamedTuple

from msgspec import Struct

from connector.core.mapping import NOWHERE, BillTo, Client, Mapping, Name, Project, fold
from connector.core.names import Hit, Names, both, fits, quoted
from connector.core.values import Unmatched, Why


class Says(NamedTuple):
    """What a source says of an entry, as far as matching looks at it; the last three are a person's decisions."""

    connection: str
    client_id: str
    client: str
    project_id: str
    project: str
    work_type_id: str
    work_type: str
    person_id: str
    person: str
    ruled_client: str = ""
    ruled_project: str = ""
    ruled_work_type: str = ""


class Party(Struct, frozen=True, kw_only=True):
    """The client, the bill-to within it (-1: the client itself) and the project; or why there is nobody to bill."""

    client: Client | None = None
    bill_to: int = -1
    project_name: str = ""
    project: Project | None = None
    nobody: Unmatched | None = None
    why: tuple[Why, ...] = ()

    @property
    def billed_to(self) -> BillTo | None:
        return self.client.bill_to[self.bill_to] if self.client and self.bill_to >= 0 else None


class Parties:
    """All clients of the mapping, compiled."""

    def __init__(self, mapping: Mapping) -> None:
        self._clients = Names[Client]()
        self._by_project = Names[Client]()
        self._by_key = {fold(client.key): client for client in mapping.clients}
        self._projects: dict[str, Names[Project]] = {}
        for number, client in enumerate(mapping.clients):
            self._add(number, client)

    def _add(self, number: int, client: Client) -> None:
        names = (Name(client.key, where=client.where), *client.aliases, *client.patterns)
        self._clients.add(number, client, client.where, ids=client.ids, names=names)
        projects = self._projects[client.key] = Names[Project]()
        for position, project in enumerate(client.projects):
            name = Name(project.name, where=project.where)
            projects.add(position, project, project.where, ids=project.ids, names=(name,))
            self._by_project.add(number, client, project.where, ids=project.ids, names=(name,))
        for bill_to in client.bill_to:
            self._by_project.add(number, client, bill_to.where, names=bill_to.projects)

    def find(self, says: Says) -> Party:
        """Decision > id > name in that connection > name anywhere > pattern > project where the source has no client."""
        project = says.ruled_project or says.project
        hits = self._client(says)
        if len(hits) != 1:
            return Party(nobody=_ambiguous(says, hits) if hits else _no_client(says), project_name=project)
        client, why = self._successor(hits[0], ruled=bool(says.ruled_client))
        found = self._projects[client.key].find(says.connection, "" if says.ruled_project else says.project_id, project)
        known = found[0].item if len(found) == 1 else None
        party = Party(client=client, project_name=known.name if known else project, project=known, why=why)
        return _with_bill_to(party, says.connection) if client.bill_to else party

    def _client(self, says: Says) -> tuple[Hit[Client], ...]:
        if says.ruled_client:
            key = fold(says.ruled_client)
            if key in self._by_key:
                return (Hit(self._by_key[key], f"decision: client {says.ruled_client}", NOWHERE),)
            return self._clients.find("", "", says.ruled_client)
        if says.client or says.client_id:
            return self._clients.find(says.connection, says.client_id, says.client)
        project_id = "" if says.ruled_project else says.project_id
        return self._by_project.find(says.connection, project_id, says.ruled_project or says.project)

    def _successor(self, hit: Hit[Client], *, ruled: bool) -> tuple[Client, tuple[Why, ...]]:
        """The client itself, or the one it was merged into; a circle of successors ends where it began to repeat."""
        client, seen = hit.item, {hit.item.key}
        why = [Why("client", hit.by, hit.where, 0 if ruled else 99)]
        while fold(client.merged_into) in self._by_key:
            successor = self._by_key[fold(client.merged_into)]
            if successor.key in seen:
                break
            why.append(Why("client", f"{client.key} is merged into {successor.key}", client.where))
            seen.add(successor.key)
            client = successor
        return client, tuple(why)


def _with_bill_to(party: Party, connection: str) -> Party:
    """Exact project > pattern > bill-to without projects; none, or two at one step, leaves nobody to bill."""
    assert party.client is not None
    choices, project = party.client.bill_to, party.project_name
    exact = [n for n, bill_to in enumerate(choices) if _takes(bill_to, connection, project, pattern=False)]
    patterned = [n for n, bill_to in enumerate(choices) if _takes(bill_to, connection, project, pattern=True)]
    rest = [n for n, bill_to in enumerate(choices) if not bill_to.projects]
    chosen = exact or patterned or rest
    if len(chosen) == 1:
        bill_to = choices[chosen[0]]
        why = (*party.why, Why("customer", f"bill_to {bill_to.customer} for '{project}'", bill_to.where))
        return Party(client=party.client, bill_to=chosen[0], project_name=project, project=party.project, why=why)
    if chosen:
        places = " and ".join(f"{choices[n].customer} ({choices[n].where})" for n in chosen)
        nobody = Unmatched("ambiguous", project, f"the project fits more than one bill_to: {places}", "name the project on one of them")
    else:
        reason = f"no bill_to of {party.client.key} takes this project ({party.client.where})"
        nobody = Unmatched("customer", project, reason, f"projects: [{quoted(project)}]   # on a bill_to of {party.client.key}")
    return Party(client=party.client, project_name=project, project=party.project, nobody=nobody, why=party.why)


def _takes(bill_to: BillTo, connection: str, project: str, *, pattern: bool) -> bool:
    return any(
        name.connection in ("", connection) and ("*" in name.text) is pattern and fits(name.text, project) for name in bill_to.projects
    )


def _ambiguous(says: Says, hits: tuple[Hit[Client], ...]) -> Unmatched:
    value = says.ruled_client or says.client or says.client_id or says.project or says.project_id
    named = " and ".join(hit.item.key for hit in hits)
    return Unmatched("ambiguous", value, f"this fits {named}: {both(hits)}", "an exact alias on one of them decides")


def _no_client(says: Says) -> Unmatched:
    if says.ruled_client:
        reason = "the decision names a client that no file has"
        return Unmatched("client", says.ruled_client, reason, f"{quoted(says.ruled_client)}:   # clients.yaml, under clients")
    if says.client:
        reason = "no client has this name, alias or pattern"
        return Unmatched("client", says.client, reason, f"{quoted(says.client)}:   # clients.yaml, under clients")
    if says.client_id:
        ids = f"NAME: {{ids: {{{says.connection}: {quoted(says.client_id)}}}}}   # clients.yaml, under clients"
        return Unmatched("client", says.client_id, "no client has this id, and the source says no name", ids)
    project = says.project or says.project_id
    if not project:
        return Unmatched("client", "", "the source names no client and no project", "a decision on the entry: client NAME")
    fix = f"projects: {{{quoted(project)}: {{}}}}   # on the client whose project it is"
    return Unmatched("client", project, "the source names no client, and no client has this project", fix)
