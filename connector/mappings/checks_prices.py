"""Checks over prices: cards, special rates, currencies, and how many decimal places each side takes."""

from collections.abc import Mapping as MappingOf
from decimal import Decimal

from babel.core import get_global

from connector.core.mapping import ANY, Mapping, Options, RateCard, Where
from connector.core.values import BookFacts
from connector.mappings.checks_clients import NEEDED, book_of, check_series, default_of, every_options, said
from connector.mappings.names import did_you_mean, listed, nearest
from connector.mappings.references import Desk
from connector.mappings.ties import overlap

PLACES_USUAL = 2
NUMBER_LENGTH_OURS = 21


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


def check_prices(mapping: Mapping, desk: Desk) -> None:
    for rule in mapping.special_rates:
        if not rule.client:
            desk.problem(
                rule.where,
                "a special rate names no client",
                "add `client: …`; prices for everybody stand in a rate card",
            )
    _check_roles(mapping, desk)
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


def _check_roles(mapping: Mapping, desk: Desk) -> None:
    """A role that no price names is perhaps only misspelt; where a card has an `any` column every role has a price."""
    priced = {cell.role for card in mapping.rate_cards for block in card.blocks for cell in block.cells}
    if not priced or ANY in priced:
        return
    priced |= {rule.role for rule in mapping.special_rates if rule.role}
    for person in mapping.people:
        for span in person.roles:
            if span.value not in priced:
                fix = did_you_mean(span.value, priced, "add a column for it to a rate card")
                desk.note(span.where, f"no price names the role '{span.value}' of '{person.key}'", fix)


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
        lost = {(cell.work_type, cell.role) for cell in before.cells} - {(cell.work_type, cell.role) for cell in block.cells}
        if lost:
            cells = listed(sorted(f"{work_type} / {role}" for work_type, role in lost))
            desk.note(
                block.where,
                f"the block of {block.since} has lost prices of the one before: {cells}",
                "a block is complete: repeat what still holds",
            )


def _check_card_currency(whose: str, options: Options, client: Options, default: Options, mapping: Mapping, desk: Desk) -> None:
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


def check_places(mapping: Mapping, facts: MappingOf[str, BookFacts], desk: Desk) -> None:
    """Currencies exist, and nothing has more decimal places than its currency or the other side takes."""
    usual = [span.value for _, options in mapping.defaults for span in options.currency]
    for _, options in every_options(mapping):
        own = [span.value for span in options.currency]
        for span in options.currency:
            if currency_places(span.value) is None:
                _unknown_currency(span.value, span.where, desk)
        most = max((currency_places(currency) or 0 for currency in own or usual), default=PLACES_USUAL)
        for amount in options.minimum_document:
            if places(amount.value) > most:
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
    for rate, where in _prices_of(book, mapping, {client.key for client in clients}, levels):
        if places(rate) > fact.price_places:
            desk.problem(
                where,
                f"the price {rate} has {places(rate)} decimal places",
                f"the book '{book}' takes {fact.price_places}: round it",
            )
    if mapping.hours_places > fact.quantity_places:
        where = min((span.where for name in NEEDED for span in getattr(default, name)), default=Where("mappings", 0))
        desk.problem(
            where,
            f"`hours_places` is {mapping.hours_places}",
            f"the book '{book}' takes {fact.quantity_places}: lower it",
        )
    for options in levels:
        _check_level(book, fact, options, desk)


def _prices_of(book: str, mapping: Mapping, clients: set[str], levels: list[Options]) -> list[tuple[Decimal, Where]]:
    """Every price that may stand on a document of this book."""
    used = {span.value for options in levels for span in options.rate_card}
    found = [(rule.value, rule.where) for rule in mapping.special_rates if rule.client in clients]
    for card in mapping.rate_cards:
        if book in card.default_for or card.key in used:
            found += [(cell.rate, cell.where) for block in card.blocks for cell in block.cells]
    return found


def _check_level(book: str, fact: BookFacts, options: Options, desk: Desk) -> None:
    for currency in options.currency:
        decimals = currency_places(currency.value) or 0
        if decimals > fact.amount_places:
            fix = f"the book '{book}' takes {fact.amount_places}: bill in another currency"
            desk.problem(currency.where, f"{currency.value} has {decimals} decimal places", fix)
    if fact.number_length_max < NUMBER_LENGTH_OURS:
        for series in options.number:
            check_series(series, desk, fact.number_length_max)
    for send_as in options.send_as:
        if send_as.value == "draft" and not fact.drafts:
            desk.problem(send_as.where, f"the book '{book}' has no drafts", "write `send_as: posted`")
