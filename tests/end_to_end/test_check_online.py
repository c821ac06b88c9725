"""`check --online` asks everybody: the books for what the mapping may name, and the tracker who its token is and what that one sees."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.bootstrap import SystemClock
from connector.samples import companies
from tests.end_to_end.office import Ended
from tests.typed import typed

ROOT = Path(__file__).resolve().parents[2]


class Sandbox:
    """config.example.yaml beside the sandbox that it is written for."""

    def __init__(self, folder: Path) -> None:
        self.config, self.token = folder / "config.yaml", folder / "build/sandbox/secrets/harvest"
        companies.lay_out(folder / "build/sandbox")
        (folder / "mappings").symlink_to(ROOT / "mappings")
        self.clock = SystemClock()
        self.opened = {each.kind: each for each in companies.open_companies(folder / "build/sandbox", self.clock)}

    def check(self) -> Ended:
        return Ended(*typed(["check", "--online", "--config", str(self.config)]))

    def token_of(self, person: str) -> str:
        emulator = self.opened["harvest"].emulator
        token: str = emulator.identity.personal_token(emulator.people.user(person).id)
        self.token.write_text(token)
        return token


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path)
    with companies.served(list(made.opened.values()), made.clock, port=0) as address:
        made.config.write_text(
            (ROOT / "config.example.yaml").read_text("utf-8").replace(f"http://127.0.0.1:{companies.PORT}", address), "utf-8"
        )
        yield made


def test_everybody_is_asked_and_named(sandbox: Sandbox) -> None:
    found = sandbox.check()
    assert found.code == 0, found
    assert "harvest: read as Ana Reyes, who sees everything there." in found.err
    assert "The mapping agrees with nz, us." in found.err


@pytest.mark.parametrize(
    ("person", "sees"),
    [("Ben Ito", "is not an administrator at Harvest: only their own time"), ("Kiri Tamatea", "is a manager at Harvest")],
)
def test_a_token_that_sees_only_a_part_is_told(sandbox: Sandbox, person: str, sees: str) -> None:
    sandbox.token_of(person)
    found = sandbox.check()
    assert found.code == 3, found
    assert f"harvest: sees only a part: {person} {sees}" in found.err


def test_a_token_that_is_refused_is_told_with_what_to_do(sandbox: Sandbox) -> None:
    sandbox.token.write_text("revoked-canary")
    found = sandbox.check()
    assert found.code == 5, found
    assert "Authorise again: renew the credentials of connection harvest in config.yaml" in found.err
    assert "revoked-canary" not in found.err + found.out


def test_a_company_that_numbers_its_invoices_itself_is_refused(sandbox: Sandbox) -> None:
    sandbox.opened["quickbooks"].emulator.company.preferences.custom_numbers = False
    found = sandbox.check()
    assert found.code == 2, found
    assert "book us: custom transaction numbers are off" in found.said
