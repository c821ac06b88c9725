"""What holds for every test: sockets reach this machine only, none runs for ever, and one that needs ../shared says so."""

import os
import signal
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from types import FrameType

import pytest

from tests import canary

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("HOURBRIDGE_SHARED") or ROOT.parent / "shared")
SECONDS_MAX = 120
SLOW_SECONDS_MAX = 900
NEEDS_SHARED = "../shared"
"""Stands in the reason of every skip for want of it."""

os.environ["HOURBRIDGE_SHARED"] = str(SHARED)


class NetworkReachedError(BaseException):
    """A test tried to leave this machine. No `except Exception` of ours may hide it."""


def _is_loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    if name == "localhost":
        return True
    try:
        return ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_the_network(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: the interpreter asks it before every connection, datagram and look-up, whoever makes it."""
    if not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise NetworkReachedError(f"{event} {address}: tests speak to 127.0.0.1 only")
    elif event == "socket.getaddrinfo" and not _is_loopback(arguments[0]):
        raise NetworkReachedError(f"{event} {arguments[0]!r}: tests look up no names")


sys.addaudithook(refuse_the_network)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A test that hangs fails by name, instead of stopping the suite."""
    seconds = SLOW_SECONDS_MAX if item.get_closest_marker("slow") else SECONDS_MAX

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"{item.nodeid} ran for more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        return (yield)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(canary, "canary")


def pytest_sessionfinish() -> None:
    """A PostgreSQL server that a test started ends with the session."""
    if "tests.postgres" in sys.modules:
        sys.modules["tests.postgres"].stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many tests did not run for want of ../shared."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NEEDS_SHARED in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"not run for want of {NEEDS_SHARED} (or HOURBRIDGE_SHARED): {len(skipped)}", yellow=True)
