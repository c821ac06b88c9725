"""I8: whatever a firm runs, and whatever goes wrong, no secret is in what is printed, logged, stored or packed."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector import logs
from connector.sandbox import Fault
from tests.end_to_end import papers
from tests.end_to_end.office import Office

pytestmark = pytest.mark.slow

KEY = "canary-key-of-the-state-of-thirty-two-letters"
ZLIB, HOUR = b"x", 3600
PUT = {"method": "PUT", "path": "*/Invoices*", "times": 9}
FAULTS = (
    Fault("refuse", status=401), Fault("refuse", status=403), Fault("refuse", status=429, retry_after="20"), Fault("refuse", status=500),
    Fault("refuse", status=302), Fault("html"), Fault("lose_answer"), Fault("tear_answer"), Fault("connect_error"),
)  # fmt: skip
A_MONTH = (
    ("check", "--online"), ("reconcile", "--online"), ("reconcile", "--format", "csv"), ("status", "--format", "json"), ("runs",),
    ("unmatched",), ("corrections",), ("explain", "HB-2606-001"), ("close", "2026-06", "--book", "nz", "--online"), ("verify",),
)  # fmt: skip


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    logs.end()


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What stands in each file, packed or not, but for the files that are secret."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.parent.name != "secrets":
            body = path.read_bytes()
            yield path.name, body
            if body.startswith(b"PK"):
                with zipfile.ZipFile(io.BytesIO(body)) as packed:
                    yield from ((f"{path.name}/{name}", packed.read(name)) for name in packed.namelist())
            if body.startswith(b"%PDF"):
                yield from ((f"{path.name} unpacked", stream) for stream in _streams(body))


def _streams(pdf: bytes) -> Iterator[bytes]:
    for part in pdf.split(b"stream\n")[1::2]:
        if part.startswith(ZLIB):
            yield zlib.decompressobj().decompress(part)


def test_a_month_in_which_everything_goes_wrong_leaves_no_secret_anywhere(office: Office) -> None:
    """What commands print is looked through as they run."""
    office.write("secrets/state-key", KEY)
    (office.folder / "secrets/state-key").chmod(0o600)
    office.edit("config.yaml", "state: sqlite", "log: {to: run.log}\nstate_key: file:secrets/state-key\nstate: sqlite")
    office.ready()
    for fault in FAULTS:
        office.script.plan(fault, **PUT)
        assert KEY not in office.run("apply").said
        office.mended()
        office.clock.sleep(HOUR)
    office.does("apply")
    for words in (*A_MONTH, ("support-bundle", "--into", str(office.folder / "bundle.zip"))):
        ended = office.run(*words)
        assert ended.code in (0, 3), ended
        assert KEY not in ended.said, ended
    secrets = {KEY, *papers.SECRETS, *office.xero.identity.tokens.access, *office.xero.identity.tokens.refresh}
    files = dict(everything(office.folder))
    assert len(secrets) > len(papers.SECRETS) + 1, "no token was ever given out"
    assert {Path(name).suffix for name in files} >= {".db", ".log", ".zip", ".pdf", ".json", ".jsonl"}
    assert b'"status": "403"' in files["run.log"], "what went wrong was not logged"
    found = [(name, secret) for name, body in files.items() for secret in secrets if secret.encode() in body]
    assert found == []
