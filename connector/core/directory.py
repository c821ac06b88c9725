"""A book's catalogue, asked by id, code or name: what a mapping names becomes what the sink takes, or a problem with its fix.

Where a book's catalogue is not checked (files, memory), a name that the catalogue does not know stands for itself.
Names are compared as `fold` says; a code beats a name. Nothing is ever matched by similarity.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar

from msgspec import Struct

from connector.core.layout import Party
from connector.core.mapping import at, fold
from connector.core.values import BookFacts
from connector.model import Account, Catalogue, Customer, Item, Target


class Coded(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def active(self) -> bool: ...


C = TypeVar("C", bound=Coded)


class Payer(Struct, frozen=True, kw_only=True):
    """Who gets the document. `known` is the customer over there, None where there is none or none was looked up."""

    id: str
    name: str
    known: Customer | None = None
    problem: str = ""


class TaxRate(Struct, frozen=True, gc=False):
    """A tax code as the sink takes it, with its percentage where the catalogue says one."""

    code: str
    percent: Decimal | None = None
    problem: str = ""


class Directory:
    def __init__(self, facts: BookFacts) -> None:
        self.facts = facts
        catalogue = facts.catalogue or Catalogue(company_id="")
        self.strict = facts.checks_catalogue and facts.catalogue is not None and catalogue.complete
        self._catalogue = catalogue
        self._customers = {customer.id: customer for customer in catalogue.customers}
        self._names: dict[str, list[Customer]] = {}
        for customer in catalogue.customers:
            self._names.setdefault(fold(customer.name), []).append(customer)
        self._items, self._accounts = _index(catalogue.items), _index(catalogue.accounts)
        self._sales_accounts = sales_accounts(catalogue)
        self._tax_codes = _index(catalogue.tax_codes)
        self._tracking = {fold(category.name): category for category in catalogue.tracking}

    @property
    def unread(self) -> str:
        """Why nothing can be checked, or sent as the company is set up; or ""."""
        if self.strict and self._catalogue.problems:
            return f"book {self.facts.name}: {'; '.join(self._catalogue.problems)}"
        if not self.facts.checks_catalogue or self.strict:
            return ""
        if self.facts.catalogue is None:
            return f"the catalogue of book {self.facts.name} has not been read yet: run `hourbridge pull`"
        return f"the catalogue of book {self.facts.name} was read only in part: run `hourbridge pull` again"

    def payer(self, party: Party, day: date) -> Payer:
        """The customer: by id where one is pinned, else by exact name. A `customer` with several dates has no one id."""
        client, bill_to, book = party.client, party.bill_to, self.facts.name
        if bill_to:
            identity, name, where = bill_to.customer_id, bill_to.customer, bill_to.where
        else:
            span = at(client.customer, day)
            identity = dict(client.ids).get(book, "") if len(client.customer) <= 1 else ""
            name, where = span.value if span else client.key, span.where if span and span.where.line else client.where
        found = [self._customers[identity]] if identity in self._customers else [] if identity else self._named(name)
        if len(found) == 1:
            return self._payer(found[0])
        if not self.strict:
            return Payer(id=identity or name, name=name)
        if found:
            problem = f"{len(found)} customers in book {book} are named {name}: say which with its id at {where} (`hourbridge map pin`)"
        elif identity:
            problem = f"the customer {name} ({identity}) is no longer in book {book}: put the right id at {where}, then `hourbridge pull`"
        else:
            problem = (
                f"no customer in book {book} is named {name}: create it there and run `hourbridge pull`, or say `customer:` at {where}"
            )
        return Payer(id=identity, name=name, problem=problem)

    def _named(self, name: str) -> list[Customer]:
        """Of several with one name those in use; an archived namesake is no rival."""
        found = self._names.get(fold(name), [])
        return [customer for customer in found if customer.active and not customer.merged_into] or found

    def _payer(self, customer: Customer) -> Payer:
        problem, book = "", self.facts.name
        if self.strict and customer.merged_into:
            into = self._customers.get(customer.merged_into)
            other = f"{into.name} ({into.id})" if into else customer.merged_into
            problem = f"the customer {customer.name} was merged into {other} in book {book}: put that id in clients.yaml"
        elif self.strict and not customer.active:
            problem = f"the customer {customer.name} is inactive in book {book}: make it active there, or name another in clients.yaml"
        return Payer(id=customer.id, name=customer.name, known=customer, problem=problem)

    def tax_rate(self, name: str) -> TaxRate:
        found = _find(self._tax_codes, name)
        if found and (found.active or not self.strict):
            return TaxRate(found.code, found.percent)
        if not self.strict:
            return TaxRate(name)
        what = "is inactive" if found else "does not exist"
        problem = f"the tax code {name} {what} in book {self.facts.name}: name one that `hourbridge check --online` lists"
        if not name:
            problem = f"no tax code is said for book {self.facts.name}: add `tax_code:` to its defaults in clients.yaml"
        return TaxRate(name, None, problem)

    def target(self, target: Target) -> tuple[Target, str]:
        """The item or account as the sink takes it, and a problem or ""."""
        known: Item | Account | None
        if self.strict and target.kind not in self._catalogue.targets:
            takes = " or ".join(self._catalogue.targets)
            return (
                target,
                f"a line of book {self.facts.name} names an {takes}, and {target.code} is an {target.kind}: mend billing_codes.yaml",
            )
        if target.kind == "item":
            known = item = _find(self._items, target.code)
            usable = bool(item and item.active and item.sold)
        else:
            known = _find(self._accounts, target.code)
            usable = bool(known and known.active)
        if known and (usable or not self.strict):
            return Target(target.kind, known.code), self._account_problem(known) if isinstance(known, Item) else ""
        if not self.strict:
            return target, ""
        what = "is inactive or not for sale" if known else "does not exist"
        problem = f"the {target.kind} {target.code} {what} in book {self.facts.name}: put it right there and run `hourbridge pull`"
        return target, f"{problem}, or name another in billing_codes.yaml"

    def _account_problem(self, item: Item) -> str:
        """Why what an item sells cannot be booked, where its account is known and not in use; or ""."""
        account = self._sales_accounts.get(item.account)
        if not self.strict or account is None or account.active:
            return ""
        return (
            f"the item {item.name or item.code} sells into the account {account.name or account.code}, which is inactive in book "
            f"{self.facts.name}: make it active there or give the item another, and run `hourbridge pull`"
        )

    def tracking(self, said: Mapping[str, str]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Categories and options as they are spelled over there (options by id where lines want that), sorted, and the problems."""
        found, problems = [], []
        for category, option in said.items():
            known = self._tracking.get(fold(category))
            spelled = next((name for name in known.options if fold(name) == fold(option)), "") if known else ""
            if self.strict and not (known and spelled):
                what = f"the option {option} of tracking {category}" if known else f"the tracking category {category}"
                problems.append(
                    f"{what} does not exist in book {self.facts.name}: add it there and run `hourbridge pull`, or mend `tracking:`"
                )
            named = known.options[spelled] if known and spelled and known.by_id else spelled or option
            found.append((known.name if known else category, named))
        return tuple(sorted(found)), tuple(problems)

    def divided(self, trackings: Iterable[Mapping[str, str]]) -> Iterator[str]:
        """Problems of a document whose lines say several options, or one and none, of what it has once for all of them."""
        lines = list(trackings)
        for category in self._catalogue.tracking if self.strict else ():
            said = {line.get(category.name, "") for line in lines}
            if category.per == "document" and len(said) > 1:
                names = {code if category.by_id else name: name for name, code in category.options.items()} | {"": "none"}
                yield (
                    f"its lines are of several of {category.name} ({', '.join(sorted(names.get(option, option) for option in said))}), and a "
                    f"document of book {self.facts.name} has one: say `document: {{per: project}}` at the client, or mend `tracking:`"
                )

    def currency_problem(self, currency: str) -> str:
        has = {self._catalogue.currency, *self._catalogue.currencies} - {""}
        if not self.strict or not currency or not has or currency in has:
            return ""
        return f"book {self.facts.name} has no currency {currency}: add it there and run `hourbridge pull`, or mend `currency:`"

    @property
    def lock_date(self) -> date | None:
        return self._catalogue.lock_date


def sales_accounts(catalogue: Catalogue) -> dict[str, Account]:
    """Where items' sales go: vendors say it by the account's id or by its code."""
    return {account.code: account for account in catalogue.accounts} | {account.id: account for account in catalogue.accounts}


def _index(things: Iterable[C]) -> dict[str, C]:
    """By code, and by folded name or code where no code is just that; of two, the one in use."""
    index: dict[str, C] = {}
    for thing in sorted(things, key=lambda thing: (thing.active, thing.code)):
        index |= {f"name:{fold(thing.name)}": thing, f"name:{fold(thing.code)}": thing, f"code:{thing.code}": thing}
    return index


def _find(index: Mapping[str, C], name: str) -> C | None:
    return index.get(f"code:{name}") or index.get(f"name:{fold(name)}") if name else None
