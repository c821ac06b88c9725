"""What lines name over there, as a person calls it: a company that goes by ids of its own has a name for each."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from connector.model import Catalogue, Line

TAX = "tax code"


class Called(Struct, frozen=True):
    """`names`: (item, account, tax code or tracking category; code or id) → its name. What is not in it is called by its code."""

    names: Mapping[tuple[str, str], str] = {}

    def of(self, what: str, code: str) -> str:
        return self.names.get((what, code), code)

    def target(self, kind: str, code: str) -> str:
        """`item Services:Support`, `account 205`."""
        return f"{kind} {self.of(kind, code)}".strip()

    def tax(self, code: str) -> str:
        return self.of(TAX, code)

    def tracking(self, line: Line) -> dict[str, str]:
        """Category → option."""
        return {category: self.of(category, option) for category, option in line.tracking}


def called_in(catalogue: Catalogue | None) -> Called:
    """Only what stands under an id: a code of their own people know, and it is shorter than its name."""
    return Called(dict(_names(catalogue)) if catalogue else {})


def _names(catalogue: Catalogue) -> Iterator[tuple[tuple[str, str], str]]:
    things: Iterable[tuple[str, str, str, str]] = (
        *(("item", item.id, item.code, item.name) for item in catalogue.items),
        *(("account", account.id, account.code, account.name) for account in catalogue.accounts),
    )
    for kind, identity, code, name in things:
        if code == identity and name:
            yield (kind, code), name
    for tax in catalogue.tax_codes:
        if tax.code.isdigit() and tax.name:
            yield (TAX, tax.code), tax.name
    for category in catalogue.tracking:
        if category.by_id:
            yield from (((category.name, option), name) for name, option in category.options.items())
