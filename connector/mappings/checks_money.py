"""Checks over books, codes, prices and rules: whatever would surprise somebody on the first of the month."""

from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from datetime import date
from decimal import Decimal
from string import Formatter

from babel.core import get_global

from connector.core.mapping import Condition, EntryRule, Mapping, Options, RateCard, Rule, Span, Where
from connector.core.values import BookFacts
from connector.mappings.checks_clients import (
    NEEDED,
    book_of,
    check_series,
    default_of,
    every_options,
    needed_keys,
    said,
)
from connector.mappings.names import listed, nearest
from connector.mappings.references import UNMATCHED, Desk
from connector.mappings.ties import overlap

PLACES_USUAL = 2


def currency_places(currency: str) -> int | None:
    """Decimal places of an ISO 4217 currency; None for none of them."""
    if currency not in get_global("all_currencies"):
        return None
    fractions = get_global("currency_fractions")
    return int(fractions.get(currency, fractions["DEFAULT"])[0])


def places(amount: Decimal) -> int:
    """Places that matter: 1.10 has one."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def books_reached(mapping: Mapping) -> list[str]:
    """Books that any client is billed through, the default first."""
    found = dict.fromkeys([mapping.default_book] if mapping.default_book else [])
    found |= dict.fromkeys(client.book for client in mapping.clients if client.book)
    return list(found)


def check_books(mapping: Mapping, desk: Desk, broken: frozenset[str], start: Where) -> None:
    """Every book that clients reach has defaults, a default card, and a number series of its own."""
    if not mapping.default_book and "default_book" not in broken:
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
        where = min(
            (span.where for name in (*NEEDED, "show") for span in getattr(options, name)), default=Where("mappings", 0)
        )
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
    if (
        not cards
        and "rate_cards" not in broken
        and mapping.source_rates != "use"
        and not default_of(mapping, book).rate_card
    ):
        where = mapping.rate_cards[0].where if mapping.rate_cards else start
        desk.problem(
            where,
            f"no rate card is the default of the book '{book}'",
            f"add `default_for: {book}` to a card in its currency",
        )


def check_codes(mapping: Mapping, desk: Desk) -> None:
    """Every billing code has a target wherever it can be reached, and everything that is billed has a code."""
    reachable: dict[str, set[str]] = {}
    books = books_reached(mapping)
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


def _check_target_dates(code: str, book: str, spans: tuple[Span, ...], desk: Desk) -> None:  # type: ignore[type-arg]
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
    without = {
        work_type.key: work_type
        for work_type in mapping.work_types
        if not work_type.code and work_type.key not in coded
    }
    if "" in coded:
        without = {}
    treated = {
        rule.work_type for rule in mapping.treatments if not (rule.client or rule.project or rule.person or rule.role)
    }
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


def check_prices(mapping: Mapping, desk: Desk) -> None:
    for rule in mapping.special_rates:
        if not rule.client:
            desk.problem(
                rule.where,
                "a special rate names no client",
                "add `client: …`; prices for everybody stand in a rate card",
            )
    for card in mapping.rate_cards:
        _check_card(card, mapping, desk)
    for client in mapping.clients:
        default = default_of(mapping, book_of(mapping, client))
        levels = [(f"client '{client.key}'", client.options)]
        levels += [(f"bill-to '{bill_to.customer}'", bill_to.options) for bill_to in client.bill_to]
        for whose, options in levels:
            _check_card_currency(whose, options, client.options, default, mapping, desk)
    for book, options in mapping.defaults:
        for card in mapping.rate_cards:
            for span in options.currency if book in card.default_for else ():
                if span.value != card.currency:
                    desk.problem(
                        card.where,
                        f"the card '{card.key}' is in {card.currency}, and its book '{book}' bills in {span.value}",
                        "nothing is ever converted: make a card in that currency",
                    )


def _check_card(card: RateCard, mapping: Mapping, desk: Desk) -> None:
    by_key = {each.key: each for each in mapping.rate_cards}
    seen = [card.key]
    following = card
    while following.extends in by_key:
        if following.extends in seen:
            desk.problem(
                card.where,
                f"the card '{card.key}' extends itself ({' → '.join([*seen, following.extends])})",
                "break the circle",
            )
            break
        following = by_key[following.extends]
        seen.append(following.key)
        if following.currency != card.currency:
            desk.problem(
                card.where,
                f"the card '{card.key}' ({card.currency}) extends '{following.key}' ({following.currency})",
                "a card extends one in its own currency",
            )
            break
    for before, block in zip(card.blocks, card.blocks[1:], strict=False):
        if before.since == block.since:
            desk.problem(
                block.where,
                f"two blocks of '{card.key}' begin on {block.since}",
                f"the other is at {before.where}: keep one",
            )
        lost = {(cell.work_type, cell.role) for cell in before.cells} - {
            (cell.work_type, cell.role) for cell in block.cells
        }
        if lost:
            cells = listed(sorted(f"{work_type} / {role}" for work_type, role in lost))
            desk.note(
                block.where,
                f"the block of {block.since} has lost prices of the one before: {cells}",
                "a block is complete: repeat what still holds",
            )


def _check_card_currency(
    whose: str, options: Options, client: Options, default: Options, mapping: Mapping, desk: Desk
) -> None:
    cards = {card.key: card for card in mapping.rate_cards}
    currencies = said(options.currency, client.currency, default.currency)
    for card in said(options.rate_card, client.rate_card):
        for currency in currencies:
            found = cards.get(card.value)
            if found and overlap(card, currency) and found.currency != currency.value:
                what = f"{whose} is billed in {currency.value}, and its card '{card.value}' is in {found.currency}"
                desk.problem(card.where, what, "nothing is ever converted: name a card in that currency")
    if options.currency and not said(options.rate_card, client.rate_card, default.rate_card):
        usual = {span.value for span in default.currency}
        for span in options.currency:
            if span.value not in usual:
                desk.note(
                    span.where,
                    f"{whose} is billed in {span.value} and names no rate card",
                    "only its special rates can price its time: name a `rate_card`",
                )


def check_rules(mapping: Mapping, desk: Desk, broken: frozenset[str], start: Where) -> None:
    """Rounding has a rule for everything; exclude and hold do not contradict each other."""
    everything = [
        rule
        for rule in mapping.roundings
        if not (rule.project or rule.client or rule.work_type or rule.person or rule.role)
    ]
    if "rounding" not in broken and not _covers_all_days(everything):
        where = mapping.roundings[0].where if mapping.roundings else start
        fix = "add `- {increment_minutes: 1, direction: nearest, minimum_minutes: 0, per: entry}`"
        desk.problem(where, "no rounding rule with nothing named holds on every day", fix)
    names: dict[str, Where] = {}
    for rule in (*mapping.exclude, *mapping.hold):
        if names.setdefault(rule.name, rule.where) != rule.where:
            desk.problem(
                rule.where,
                f"two rules are called '{rule.name}'",
                f"the other is at {names[rule.name]}: reports tell rules by name",
            )
        _check_fires(rule, desk)
        _check_near_names(rule, desk)
    for hold in mapping.hold:
        for exclude in mapping.exclude:
            if hold.when == exclude.when and hold.unless == exclude.unless and overlap(hold, exclude):
                desk.problem(
                    hold.where,
                    f"'{hold.name}' holds what '{exclude.name}' ({exclude.where}) excludes",
                    "what is excluded is never held: take one out",
                )


def _covers_all_days(rules: list[Rule[object]] | list[Rule]) -> bool:  # type: ignore[type-arg]
    """Whether some rule holds on every day: one without ends, or several end to end."""
    reached: date | None = None
    for rule in sorted(rules, key=lambda rule: rule.since or date.min):
        begins = rule.since or date.min
        if begins != date.min and (reached is None or begins.toordinal() > reached.toordinal() + 1):
            return False
        if rule.until is None:
            return True
        reached = max(reached or date.min, rule.until)
    return False


def _check_fires(rule: EntryRule, desk: Desk) -> None:
    when = rule.when
    if rule.since and rule.until and rule.until < rule.since:
        desk.problem(
            rule.where, f"the rule ends ({rule.until}) before it begins ({rule.since})", "mend one of the dates"
        )
    if rule.unless == when:
        desk.problem(rule.where, f"'{rule.name}' never fires: `when` and `unless` say the same", "mend one of them")
    if when.hours_over is not None and when.hours_under is not None and when.hours_over >= when.hours_under:
        desk.problem(
            rule.where,
            f"'{rule.name}' never fires: nothing is over {when.hours_over} h and under {when.hours_under} h",
            "mend one of the bounds",
        )


def _check_near_names(rule: EntryRule, desk: Desk) -> None:
    """A condition may name what only a source knows; a name that is nearly one of ours is noted."""
    for condition in (rule.when, rule.unless):
        for kind, texts in _texts(condition) if condition else ():
            known = desk.known[kind]  # type: ignore[index]
            for text in texts:
                if "*" not in text and text.casefold() not in known and (near := nearest(text, known.values(), 1)):
                    desk.note(
                        rule.where,
                        f"'{rule.name}' looks for the {kind} '{text}', which is not ours",
                        f"did you mean '{near[0]}'?",
                    )


def _texts(condition: Condition) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from (("client", condition.client), ("work type", condition.work_type), ("person", condition.person))


def check_places(mapping: Mapping, facts: MappingOf[str, BookFacts], desk: Desk) -> None:
    """Currencies exist, and nothing has more decimal places than its currency or the other side takes."""
    for _, options in every_options(mapping):
        for span in options.currency:
            if currency_places(span.value) is None:
                _unknown_currency(span.value, span.where, desk)
        for amount in options.minimum_document:
            if places(amount.value) > PLACES_USUAL and places(amount.value) > max(
                (currency_places(span.value) or 0 for span in options.currency), default=PLACES_USUAL
            ):
                desk.problem(amount.where, f"{amount.value} has more decimal places than its currency", "round it")
    for card in mapping.rate_cards:
        if currency_places(card.currency) is None:
            _unknown_currency(card.currency, card.where, desk)
    for book, fact in facts.items():
        _check_sink(book, fact, mapping, desk)


def _unknown_currency(currency: str, where: Where, desk: Desk) -> None:
    near = nearest(currency, get_global("all_currencies"), 1)
    desk.problem(
        where,
        f"'{currency}' is no currency of ISO 4217",
        f"did you mean {near[0]}?" if near else "write its three letters, such as NZD",
    )


def _check_sink(book: str, fact: BookFacts, mapping: Mapping, desk: Desk) -> None:
    """What this book's side takes: price places, hours places, amount places, number length, drafts."""
    clients = [client for client in mapping.clients if book_of(mapping, client) == book]
    default = default_of(mapping, book)
    levels = [
        default,
        *(client.options for client in clients),
        *(bill_to.options for client in clients for bill_to in client.bill_to),
    ]
    used = {span.value for options in levels for span in options.rate_card}
    names = {client.key for client in clients}
    priced = [(rule.value, rule.where) for rule in mapping.special_rates if rule.client in names]
    for card in mapping.rate_cards:
        if book in card.default_for or card.key in used:
            priced += [(cell.rate, cell.where) for block in card.blocks for cell in block.cells]
    for rate, where in priced:
        if places(rate) > fact.price_places:
            desk.problem(
                where,
                f"the price {rate} has {places(rate)} decimal places",
                f"the book '{book}' takes {fact.price_places}: round it",
            )
    if mapping.hours_places > fact.quantity_places:
        desk.problem(
            default_where(default),
            f"`hours_places` is {mapping.hours_places}",
            f"the book '{book}' takes {fact.quantity_places}: lower it",
        )
    for options in levels:
        for currency in options.currency:
            if (currency_places(currency.value) or 0) > fact.amount_places:
                desk.problem(
                    currency.where,
                    f"{currency.value} has {currency_places(currency.value)} decimal places",
                    f"the book '{book}' takes {fact.amount_places}: bill in another currency",
                )
        for series in options.number:
            if fact.number_length_max < 21:  # noqa: PLR2004  # the longest our own series may ever be
                check_series(series, desk, fact.number_length_max)
        for send_as in options.send_as:
            if send_as.value == "draft" and not fact.drafts:
                desk.problem(send_as.where, f"the book '{book}' has no drafts", "write `send_as: posted`")


def default_where(options: Options) -> Where:
    return min((span.where for name in NEEDED for span in getattr(options, name)), default=Where("mappings", 0))
