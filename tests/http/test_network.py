"""The same promises on a real socket of this machine, and what a start costs."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from connector.errors import TransientError
from connector.http import Answered, Client, Limits
from connector.ports import NotSent, Unknown
from tests.fakes import FakeHost, MemoryKeeper, VirtualClock
from tests.http.scripted import Row, a_write


@contextmanager
def serving(*answers: bytes) -> Iterator[str]:
    """A server that answers each connection with these bytes, whatever is asked, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                peer, _ = server.accept()
                with peer:
                    peer.recv(65536)
                    peer.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)


def a_client(base_url: str) -> tuple[Client, FakeHost]:
    clock = VirtualClock()
    host = FakeHost(clock=clock, keeper=MemoryKeeper(clock))
    return Client(host, base_url, limits=Limits(reads_max=2)), host


WHOLE = b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\nConnection: close\r\n\r\n{"name":"Alpine"}'


def test_a_torn_answer_is_read_again():
    with serving(WHOLE[:-5], WHOLE) as base_url:
        client, host = a_client(base_url)
        assert client.get("/rows", Row).value.name == "Alpine"
        assert len(host.clock.slept) == 1
        client.close()


@pytest.mark.parametrize("answer", [b"", WHOLE[:-5], WHOLE[:12], b"garbage\r\n\r\n"])
def test_a_torn_answer_to_a_write_is_unknown(answer: bytes):
    with serving(answer) as base_url:
        client, host = a_client(base_url)
        assert isinstance(client.write(a_write(host)), Unknown)
        client.close()


def test_a_whole_answer_to_a_write_is_given_back():
    with serving(WHOLE) as base_url:
        client, host = a_client(base_url)
        assert isinstance(client.write(a_write(host)), Answered)
        client.close()


def test_nobody_listening_is_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    client, host = a_client(f"http://127.0.0.1:{port}")

    written = client.write(a_write(host))
    assert isinstance(written, NotSent)
    assert written.why == "offline"
    with pytest.raises(TransientError, match="no connection"):
        client.get("/rows", Row)
    client.close()


def test_a_command_that_sends_nothing_does_not_load_the_http_client():
    code = "import sys, connector.http, adapters.xero.sink; print([m for m in ('httpx', 'tenacity') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_http_client_is_loaded_without_the_command_line_it_brings():
    code = (
        "import sys; from connector.http.exchange import load_httpx; load_httpx(); load_httpx(); import httpx; httpx.Client().close(); "
        "print([m for m in ('httpx._main', 'click', 'rich', 'pygments') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
