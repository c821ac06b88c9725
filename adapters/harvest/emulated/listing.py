"""Listings: filters, order and pages; links carry a page number, or a cursor that rows which move cannot slip past."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from adapters.harvest.emulated.account import Account, Entry, User
from adapters.harvest.emulated.forms import Query, Refused, stamp

PER_PAGE_MAX = 2000
Paging = Literal["page", "cursor"]
Place = tuple[Any, ...]


class Row(Struct, frozen=True):
    """Something in a listing: `place` orders it, greatest first, and never changes hands while the thing stays where it is."""

    place: Place
    show: Callable[[], dict[str, Any]]


def visible(viewer: User, entry: Entry) -> bool:
    if viewer.access == "administrator" or entry.user_id == viewer.id:
        return True
    return viewer.access == "manager" and entry.user_id in viewer.manages


def entries_asked(account: Account, viewer: User, query: Query) -> list[Entry]:
    """Raises Refused for a filter that cannot be read."""
    since, first, last = query.instant("updated_since"), query.day("from"), query.day("to")
    wanted = {name: query.id(f"{name}_id") for name in ("user", "client", "project", "task")}
    billed, running, reference = query.flag("is_billed"), query.flag("is_running"), query.text("external_reference_id")

    def fits(entry: Entry) -> bool:
        ids = {"user": entry.user_id, "project": entry.project_id, "task": entry.task_id,
               "client": account.projects[entry.project_id].client_id}  # fmt: skip
        return (
            visible(viewer, entry)
            and (since is None or entry.updated_at >= since)
            and (first is None or entry.spent_date >= first)
            and (last is None or entry.spent_date <= last)
            and all(number is None or ids[name] == number for name, number in wanted.items())
            and (billed is None or (entry.invoice_id is not None) == billed)
            and (running is None or (entry.timer_started_at is not None) == running)
            and (not reference or (entry.reference is not None and entry.reference.id == reference))
        )

    return [entry for entry in account.entries.values() if fits(entry)]


def page_of(rows: Sequence[Row], key: str, query: Query, base_url: str, paging: Paging, usual: int) -> dict[str, Any]:
    """One page of `rows`, the `usual` many where nobody says how many. Raises Refused (422) for a size beyond the maximum or a page that cannot be read."""
    size = query.number("per_page", usual)
    if not 1 <= size <= PER_PAGE_MAX:
        raise Refused(f"per_page must be between 1 and {PER_PAGE_MAX}")
    ordered = sorted(rows, key=lambda row: row.place, reverse=True)
    pages = max(1, -(-len(ordered) // size))
    if query.text("cursor") or (paging == "cursor" and not query.text("page")):
        return _by_cursor(ordered, key, query, base_url, size, pages)
    page = query.number("page", 1)
    if page < 1:
        raise Refused("page must be 1 or more")
    following = page + 1 if page < pages else None
    previous = page - 1 if page > 1 else None

    def link(number: int | None, name: str) -> str | None:
        return None if number is None else _link(query, base_url, size, page=str(number), ref=name)

    return {
        key: [row.show() for row in ordered[(page - 1) * size : page * size]],
        "per_page": size, "total_pages": pages, "total_entries": len(ordered), "next_page": following, "previous_page": previous,
        "page": page,
        "links": {"first": link(1, "first"), "next": link(following, "next"), "previous": link(previous, "previous"), "last": link(pages, "last")},
    }  # fmt: skip


def _by_cursor(ordered: Sequence[Row], key: str, query: Query, base_url: str, size: int, pages: int) -> dict[str, Any]:
    after = _opened(query.text("cursor")) if query.text("cursor") else None
    left = [row for row in ordered if after is None or list(row.place) < after]
    shown = left[:size]
    more = len(left) > size
    following = _link(query, base_url, size, cursor=_closed(shown[-1].place), ref="next_cursor") if more else None
    return {
        key: [row.show() for row in shown],
        "per_page": size, "total_pages": pages, "total_entries": len(ordered), "next_page": None, "previous_page": None, "page": None,
        "links": {"first": _link(query, base_url, size, ref="first"), "next": following, "previous": None, "last": None},
    }  # fmt: skip


def _link(query: Query, base_url: str, size: int, **place: str) -> str:
    kept = {name: value for name, value in query.values.items() if name not in ("page", "cursor", "per_page", "ref")}
    return f"{base_url}{query.path}?{urlencode({**kept, **place, 'per_page': str(size)})}"


def _closed(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode({"after": place})).decode()


def _opened(cursor: str) -> list[Any]:
    try:
        return list(msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=dict[str, list[Any]])["after"])
    except (binascii.Error, ValueError, KeyError):
        raise Refused("cursor is invalid") from None


def entry_place(entry: Entry) -> Place:
    """The newest work day first, and of one day the newest entry."""
    return entry.spent_date.isoformat(), stamp(entry.made_at), entry.id
