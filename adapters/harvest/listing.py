"""Following a listing to its end, by the vendor's own links."""

from collections.abc import Iterator, Mapping
from typing import TypeVar
from urllib.parse import urlencode

from adapters.harvest import wire
from connector.errors import TransientError
from connector.http import Client, Read

T = TypeVar("T", bound=wire.Listing)
_PAGES_MAX = 5000


def follow(http: Client, name: str, path: str, as_: type[T], params: Mapping[str, str]) -> Iterator[tuple[Read[T], bool]]:
    """Each page, and whether it is the last. Raises TransientError for a listing that does not end, ends unsaid, or leads back."""
    target, asked = f"{path}?{urlencode(params)}", set[str]()
    for _ in range(_PAGES_MAX):
        if target in asked:
            raise TransientError(f"{path} leads back to a page that was read", to=name, next_step="Nothing was inferred; pull again")
        asked.add(target)
        read = http.get(target, as_)
        links = read.value.links
        if links is None or not links.next:
            _refuse_unsaid_end(read.value, name, path)
            yield read, True
            return
        target = http.path_of(links.next)
        yield read, False
        del read, links  # a page is let go of before the next is asked for
    raise TransientError(f"{path} has more than {_PAGES_MAX:,} pages", to=name, next_step="Narrow it with --from and --to")


def _refuse_unsaid_end(listing: wire.Listing, name: str, path: str) -> None:
    """Half a listing taken for a whole one would make the other half look deleted."""
    if listing.links is None or listing.next_page is not None:
        raise TransientError(f"{path} does not say whether there are more pages", to=name, next_step="Nothing was inferred; pull again")
