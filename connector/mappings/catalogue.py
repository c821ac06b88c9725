"""The mapping against what a book's accounting system knows: customers, items, accounts, tax codes, tracking, lock date.

Pure: the catalogue was read before. Nothing is sent while one of these problems stands for the documents it touches.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct

from connector.core.directory import sales_accounts
from connector.core.mapping import BillTo, Client, InvoiceDay, Mapping, Options, Span, Where, at, fold
from connector.core.values import BookFacts
from connector.mappings.checks_clients import book_of, default_of, said
from connector.mappings.names import did_you_mean
from connector.model import Catalogue, Customer, Item
from connector.strict_yaml import Problem


class CatalogueCheck(Struct, frozen=True):
    """Lines as finance reads them. Problems stop documents; notes are told: a rename over there changes nothing for ids."""

    problems: tuple[str, ...]
    notes: tuple[str, ...]


class _Findings:
    def __init__(self, facts: BookFacts, catalogue: Catalogue) -> None:
        self.facts, self.catalogue = facts, catalogue
        self.problems: set[Problem] = set()
        self.notes: set[Problem] = set()

    def problem(self, where: Where, what: str, fix: str) -> None:
        self.problems.add(Problem(where, what, fix))

    def note(self, where: Where, what: str, fix: str) -> None:
        self.notes.add(Problem(where, what, fix))

    def missing(self, where: Where, what: str, fix: str) -> None:
        """Not in the catalogue: a problem, unless the catalogue could not be read to its end."""
        (self.problem if self.catalogue.complete else self.note)(where, what, fix)


def check_catalogue(mapping: Mapping, facts: BookFacts) -> CatalogueCheck:
    """Everything the mapping names in one book, against the book's catalogue as last read; nothing where there is none."""
    if facts.catalogue is None:
        return CatalogueCheck((), ())
    found = _Findings(facts, facts.catalogue)
    clients = [client for client in mapping.clients if _billed(client, mapping, facts)]
    for client in clients:
        _check_customers(client, found)
    for options, owner in _levels(mapping, clients, facts.name):
        _check_options(options, found)
        _check_customer_currency(options, owner, mapping, found)
    _check_targets(mapping, found)
    for person in mapping.people:
        for span in person.tracking:
            _check_tracking(span.value, span.where, found)
    _check_lock(default_of(mapping, facts.name), found)
    in_company = (f"book {facts.name}: {problem}" for problem in facts.catalogue.problems)
    return CatalogueCheck((*in_company, *map(str, sorted(found.problems))), tuple(map(str, sorted(found.notes))))


def _billed(client: Client, mapping: Mapping, facts: BookFacts) -> bool:
    """A client for whom a document may still be made in this book."""
    open_still = client.closed is None or client.closed >= max(facts.start, facts.today - timedelta(days=62))
    return book_of(mapping, client) == facts.name and not client.internal and not client.merged_into and open_still


def _levels(mapping: Mapping, clients: Sequence[Client], book: str) -> Iterator[tuple[Options, Client | None]]:
    yield default_of(mapping, book), None
    for client in clients:
        yield client.options, client
        yield from ((bill_to.options, None) for bill_to in client.bill_to)
        yield from ((project.options, None) for project in client.projects)


# ---- customers ----------------------------------------------------------------------------------------------------------


def _check_customers(client: Client, found: _Findings) -> None:
    """Each bill-to's customer, else the pinned one, else the one named today, else the one of the client's own name."""
    for bill_to in client.bill_to:
        _check_customer(bill_to.customer, bill_to.customer_id, bill_to.where, bill_to, found)
    if client.bill_to and not client.customer:
        return
    span = at(client.customer, found.facts.today)
    name, where = (span.value, span.where) if span else (client.key, client.where)
    _check_customer(name, dict(client.ids).get(found.facts.name, ""), where, client, found)


def _check_customer(name: str, pinned: str, where: Where, owner: Client | BillTo, found: _Findings) -> Customer | None:
    customers = found.catalogue.customers
    if pinned:
        customer = next((each for each in customers if each.id == pinned), None)
        if customer is None:
            found.missing(
                where,
                f"the customer with id {pinned} ('{name}') is not there",
                _nearest_customer(name, found, "pin another"),
            )
            return None
    else:
        named = [each for each in customers if fold(each.name) == fold(name)]
        live = [each for each in named if each.active] or named
        if len(live) > 1:
            found.problem(where, f"{len(live)} customers are called '{name}'", "`hourbridge map pin` says which by its id")
            return None
        if not live:
            fix = _nearest_customer(name, found, f"make it there, or say `customer: …` for {_word(owner)}")
            found.missing(where, f"no customer '{name}'", fix)
            return None
        customer = live[0]
    _check_state(customer, name, where, pinned=bool(pinned), found=found)
    return customer


def _word(owner: Client | BillTo) -> str:
    return f"'{owner.key}'" if isinstance(owner, Client) else "this bill-to"


def _nearest_customer(name: str, found: _Findings, otherwise: str) -> str:
    return did_you_mean(name, [each.name for each in found.catalogue.customers if each.active], otherwise)


def _check_state(customer: Customer, name: str, where: Where, *, pinned: bool, found: _Findings) -> None:
    if customer.merged_into:
        into = next((each.name for each in found.catalogue.customers if each.id == customer.merged_into), customer.merged_into)
        found.problem(where, f"the customer '{customer.name}' was merged into '{into}' over there", "name or pin that one")
    elif not customer.active:
        found.problem(where, f"the customer '{customer.name}' is inactive over there", "make it active there, or name another")
    if pinned and fold(customer.name) != fold(name):
        found.note(
            where,
            f"the customer '{name}' is now called '{customer.name}' over there",
            "nothing to do: it is known by its id",
        )


def _check_customer_currency(options: Options, client: Client | None, mapping: Mapping, found: _Findings) -> None:
    """A customer kept in one currency takes no document in another."""
    if client is None or client.bill_to:
        return
    pinned = dict(client.ids).get(found.facts.name, "")
    span = at(client.customer, found.facts.today)
    name = span.value if span else client.key
    named = [each for each in found.catalogue.customers if (each.id == pinned if pinned else fold(each.name) == fold(name))]
    currency = at(said(options.currency, default_of(mapping, found.facts.name).currency), found.facts.today)
    if currency and len(named) == 1 and named[0].currency and named[0].currency != currency.value:
        where = currency.where if options.currency else client.where
        what = f"'{client.key}' is billed in {currency.value}, and its customer is kept in {named[0].currency}"
        found.problem(where, what, f"say `currency: {named[0].currency}` and a rate card in it, or name another customer")


# ---- what documents name ------------------------------------------------------------------------------------------------


def _check_options(options: Options, found: _Findings) -> None:
    for tax_code in options.tax_code:
        _check_tax_code(tax_code, found)
    for tracking in options.tracking:
        _check_tracking(tracking.value, tracking.where, found)
    currencies = found.catalogue.currencies or ((found.catalogue.currency,) if found.catalogue.currency else ())
    for currency in options.currency:
        if currencies and currency.value not in currencies:
            known = ", ".join(currencies)
            found.missing(
                currency.where,
                f"the book '{found.facts.name}' does not have {currency.value}",
                f"add the currency there; it has {known}",
            )


def _check_tax_code(span: Span[str], found: _Findings) -> None:
    codes = found.catalogue.tax_codes
    named = [each for each in codes if span.value == each.code or fold(span.value) == fold(each.name)]
    if not named:
        active = [each.name or each.code for each in codes if each.active]
        found.missing(span.where, f"no tax code '{span.value}'", did_you_mean(span.value, active, "`check --online` lists them"))
    elif not any(each.active for each in named):
        found.problem(span.where, f"the tax code '{span.value}' is no longer in use over there", "name another")


def _check_tracking(tracking: Sequence[tuple[str, str]], where: Where, found: _Findings) -> None:
    categories = {fold(each.name): each for each in found.catalogue.tracking}
    for name, option in tracking:
        category = categories.get(fold(name))
        if category is None:
            known = [each.name for each in found.catalogue.tracking]
            found.missing(where, f"no tracking category '{name}'", did_you_mean(name, known, "make it there, or take it out"))
        elif fold(option) not in {fold(each) for each in category.options}:
            fix = did_you_mean(option, category.options, f"add it to '{category.name}' there")
            found.missing(where, f"the tracking category '{category.name}' has no option '{option}'", fix)


def _check_targets(mapping: Mapping, found: _Findings) -> None:
    for code in mapping.billing_codes:
        for span in dict(code.targets).get(found.facts.name, ()):
            if span.until is not None and span.until < found.facts.today:
                continue
            target = span.value.target
            if target.kind not in found.catalogue.targets:
                takes = " or an ".join(found.catalogue.targets)
                found.problem(
                    span.where,
                    f"the billing code '{code.key}' names the {target.kind} '{target.code}'",
                    f"a line over there takes an {takes}",
                )
                continue
            known: list[Any] = list(found.catalogue.items if target.kind == "item" else found.catalogue.accounts)
            named = [each for each in known if each.code == target.code or (target.kind == "item" and fold(each.name) == fold(target.code))]
            if not named:
                fix = did_you_mean(
                    target.code,
                    [text for each in known if each.active for text in (each.code, each.name) if text],
                    f"make the {target.kind} there, or name another",
                )
                found.missing(span.where, f"no {target.kind} '{target.code}' for the billing code '{code.key}'", fix)
            elif not any(each.active for each in named):
                found.problem(
                    span.where,
                    f"the {target.kind} '{target.code}' is inactive over there",
                    "make it active there, or name another",
                )
            elif target.kind == "item" and not any(each.sold for each in named):
                found.problem(
                    span.where,
                    f"the item '{target.code}' is not sold over there",
                    "tick that it is sold, or name another",
                )
            elif target.kind == "item":
                _check_account(next(each for each in named if each.active), span.where, found)
            for tax_code in span.value.tax_code:
                _check_tax_code(tax_code, found)
            _check_tracking(span.value.tracking, span.where, found)


def _check_account(item: Item, where: Where, found: _Findings) -> None:
    account = sales_accounts(found.catalogue).get(item.account)
    if account is not None and not account.active:
        what = f"the item '{item.name or item.code}' sells into the account '{account.name or account.code}', which is inactive over there"
        found.problem(where, what, "make the account active there, or give the item another")


# ---- lock date ----------------------------------------------------------------------------------------------------------


def _check_lock(default: Options, found: _Findings) -> None:
    """The date that documents of the last ended month would carry, against the day up to which everything is locked."""
    locked, span = found.catalogue.lock_date, at(default.invoice_date, found.facts.today)
    if locked is None or span is None:
        return
    day = _next_invoice_date(span.value, found.facts.today)
    if day <= locked:
        what = f"documents of last month would be dated {day}, and everything up to {locked} is locked over there"
        found.problem(span.where, what, "have the lock date moved, or write `invoice_date: approval_date`")


def _next_invoice_date(rule: InvoiceDay, today: date) -> date:
    if rule.kind == "approval_date":
        return today
    if rule.kind == "period_end":
        return today.replace(day=1) - timedelta(days=1)
    return today.replace(day=min(rule.day, monthrange(today.year, today.month)[1]))
