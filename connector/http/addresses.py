"""Which addresses may be talked to: https, and plain http or a private address only on loopback or where the connection says so.

Names are judged as written; what a public name resolves to is the network's business.
"""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from connector.errors import ConfigError, RejectedError

_LOCAL_SUFFIXES = (".local", ".internal", ".lan", ".home", ".localdomain", ".localhost", ".intranet")


def base_of(url: str, *, allow_private: bool, whose: str) -> str:
    """The address without a trailing slash. Raises ConfigError for one that may not be talked to."""
    problem = _problem(url, allow_private=allow_private)
    if problem:
        raise ConfigError(f"the address {_shown(url)} {problem}", to=whose, next_step="Mend base_url or token_url in config.yaml")
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def path_of(link: str, base_url: str) -> str:
    """The path and query of a vendor's link, to be asked of `base_url`. Raises RejectedError for a link to anywhere else."""
    if link.startswith("/") and not link.startswith("//") and "\\" not in link:
        return link
    base = urlsplit(base_url)
    try:
        there = urlsplit(link)
        same = _place(there) == _place(base)
    except ValueError:
        same = False
    if not same or not link.startswith(base_url + "/"):
        raise RejectedError(
            "the answer links to another place, which is not followed",
            to=base.hostname or base_url,
            next_step="Compare base_url with the vendor's documentation",
        )
    return link[len(base_url) :].partition("#")[0]


def _problem(url: str, *, allow_private: bool) -> str:
    try:
        parts = urlsplit(url)
        port_is_readable = parts.port is None or parts.port > 0
    except ValueError:
        return "cannot be read"
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_readable or "\\" in url or url != url.strip():
        return "is not an http or https address"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "holds more than a scheme, a host and a path"
    if is_loopback(url) or allow_private:
        return ""
    if parts.scheme != "https":
        return "is plain http: only on loopback, or with `allow_private: true`"
    return "is a private address: only with `allow_private: true`" if _is_private(parts.hostname) else ""


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        # A trailing dot, a name without a dot, and numbers that resolvers read as an address (0x7f.1, 2130706433).
        name = host.rstrip(".").lower()
        return "." not in name or name.endswith(_LOCAL_SUFFIXES) or name.rpartition(".")[2].startswith(tuple("0123456789"))


def _place(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _shown(url: str) -> str:
    """Without what stands before an `@`: it may be a password."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}".partition("?")[0]
