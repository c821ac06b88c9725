"""Checks over books and billing codes: every book that clients reach can make a document, and every code has a target there."""

from string import Formatter

from connector.core.mapping import CodeTarget, Mapping, Options, Span, Where
from connector.mappings.checks_clients import NEEDED, book_of, default_of, needed_keys
from connector.mappings.names import listed
from connector.mappings.references import UNMATCHED, Desk
from connector.mappings.ties import overlap


def books_reached(mapping: Mapping) -> list[str]:
    """Books that any client is billed through, the default first."""
    found = dict.fromkeys([mapping.default_book] if mapping.default_book else [])
    found |= dict.fromkeys(client.book for client in mapping.clients if client.book)
    return list(found)


def check_books(mapping: Mapping, desk: Desk, broken: frozenset[str], start: Where) -> None:
    """Every book that clients reach has defaults, a default card, and a number series of its own."""
    if not (mapping.default_book or mapping.defaults or mapping.clients or broken & {"default_book", "defaults", "clients"}):
        desk.problem(
            start, "clients.yaml is missing: no file beside this one has `default_book`, `defaults` or `clients`",
            "put it back, or begin with the one that `hourbridge init NEW-FOLDER` writes",
        )  # fmt: skip
    elif not mapping.default_book and "default_book" not in broken:
        desk.problem(start, "no `default_book` is named", "add `default_book: NAME`: unmatched time is shown there")
    named = dict(mapping.defaults)
    prefixes: dict[str, str] = {}
    for book in books_reached(mapping):
        if book not in desk.known["book"].values():
            continue
        if book not in named and "defaults" not in broken:
            desk.problem(start, f"the book '{book}' has no defaults", f"add a block `{book}:` under `defaults`")
        elif book in named:
            _check_defaults(book, named[book], desk)
        _check_default_card(mapping, book, desk, broken, start)
        for series in default_of(mapping, book).number:
            prefix = next(iter(Formatter().parse(series.value)))[0] if _parses(series.value) else ""
            if prefixes.setdefault(prefix, book) != book:
                desk.note(
                    series.where,
                    f"the books '{book}' and '{prefixes[prefix]}' both number with '{prefix}'",
                    "give each its own prefix",
                )


def _parses(series: str) -> bool:
    try:
        return bool(list(Formatter().parse(series)))
    except ValueError:
        return False


def _check_defaults(book: str, options: Options, desk: Desk) -> None:
    missing = needed_keys(options)
    if missing:
        where = min((span.where for name in (*NEEDED, "show") for span in getattr(options, name)), default=Where("mappings", 0))
        desk.problem(
            where,
            f"the defaults of '{book}' do not say everything a document needs",
            f"add {listed([f'`{key}`' for key in missing], 20)}",
        )


def _check_default_card(mapping: Mapping, book: str, desk: Desk, broken: frozenset[str], start: Where) -> None:
    cards = [card for card in mapping.rate_cards if book in card.default_for]
    for card in cards[1:]:
        desk.problem(
            card.where,
            f"two rate cards are the default of '{book}'",
            f"the other is '{cards[0].key}' ({cards[0].where}): keep one",
        )
    if not cards and "rate_cards" not in broken and mapping.source_rates != "use" and not default_of(mapping, book).rate_card:
        where = mapping.rate_cards[0].where if mapping.rate_cards else start
        desk.problem(
            where,
            f"no rate card is the default of the book '{book}'",
            f"add `default_for: {book}` to a card in its currency",
        )


def check_codes(mapping: Mapping, desk: Desk) -> None:
    """Every billing code has a target wherever it can be reached, and everything that is billed has a code."""
    reachable: dict[str, set[str]] = {}
    books = [book for book in books_reached(mapping) if book in desk.known["book"].values()]
    for work_type in mapping.work_types:
        for span in work_type.code:
            reachable.setdefault(span.value, set()).update(books)
    if mapping.unlisted_work_types != UNMATCHED:
        reachable.setdefault(mapping.unlisted_work_types, set()).update(books)
    clients = {client.key: client for client in mapping.clients}
    for rule in mapping.codes:
        client = clients.get(rule.client)
        reachable.setdefault(rule.value, set()).update([book_of(mapping, client)] if client else books)
    for code in mapping.billing_codes:
        targets = dict(code.targets)
        for book in books:
            if book in reachable.get(code.key, ()) and not targets.get(book):
                desk.problem(
                    code.where,
                    f"the billing code '{code.key}' has no target in the book '{book}'",
                    f"add `{book}: {{item: CODE}}` or `{book}: {{account: CODE}}`",
                )
        for book, spans in code.targets:
            _check_target_dates(code.key, book, spans, desk)
    _check_billed(mapping, desk)


def _check_target_dates(code: str, book: str, spans: tuple[Span[CodeTarget], ...], desk: Desk) -> None:
    for index, span in enumerate(spans):
        for other in spans[:index]:
            if (
                overlap(span, other)
                and span.value.target != other.value.target
                and (span.until or other.until or span.since == other.since)
            ):
                desk.problem(
                    span.where,
                    f"'{code}' has two targets in '{book}' on the same days",
                    f"the other is at {other.where}: end it first",
                )


def _check_billed(mapping: Mapping, desk: Desk) -> None:
    coded = {rule.work_type for rule in mapping.codes}
    without = {work_type.key: work_type for work_type in mapping.work_types if not work_type.code and work_type.key not in coded}
    if "" in coded:
        without = {}
    treated = {rule.work_type for rule in mapping.treatments if not (rule.client or rule.project or rule.person or rule.role)}
    for rule in mapping.treatments:
        if rule.value.treatment in ("bill", "no_charge") and rule.work_type in without:
            verb = "bills" if rule.value.treatment == "bill" else "prints"
            what = f"{verb} a work type that has no billing code ('{rule.work_type}')"
            desk.problem(rule.where, what, f"give it a `code` at {without[rule.work_type].where}")
    for key, work_type in without.items():
        if key not in treated:
            desk.problem(
                work_type.where,
                f"the work type '{key}' has neither a billing code nor a treatment",
                f"write `{key}: CODE` or `{key}: {{treatment: non_billable}}`",
            )
