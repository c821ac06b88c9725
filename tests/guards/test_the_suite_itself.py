"""What tests/conftest.py promises is true."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NetworkReachedError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 443, 0, 0)])
def test_no_test_connects_to_another_machine(address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as sock, pytest.raises(NetworkReachedError, match=r"127\.0\.0\.1 only"):
        sock.connect(address)


def test_no_test_sends_a_datagram_to_another_machine():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, pytest.raises(NetworkReachedError):
        sock.sendto(b"?", ("192.0.2.1", 53))


def test_no_test_looks_up_a_name():
    with pytest.raises(NetworkReachedError, match="look up no names"):
        socket.getaddrinfo("vendor.example", 443)


def test_a_test_may_connect_to_this_machine():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as caller:
        assert caller.getpeername() == server.getsockname()


def test_a_warning_is_an_error():
    with pytest.raises(DeprecationWarning):
        __import__("warnings").warn("old", DeprecationWarning, stacklevel=1)


def test_a_test_that_hangs_fails_by_name_and_a_skip_for_shared_is_counted(tmp_path):
    conftest = (ROOT / "tests" / "conftest.py").read_text()
    (tmp_path / "conftest.py").write_text(conftest.replace("SECONDS_MAX = 120", "SECONDS_MAX = 1", 1))
    (tmp_path / "test_planted.py").write_text(
        "import pytest\ndef test_hangs():\n    while True: pass\n@pytest.mark.skip(reason='needs ../shared')\ndef test_skipped(): pass\n"
    )
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", str(tmp_path)],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "test_hangs ran for more than 1 s" in found.stdout
    assert "1 failed, 1 skipped" in found.stdout
    assert "not run for want of ../shared (or HOURBRIDGE_SHARED): 1" in found.stdout
