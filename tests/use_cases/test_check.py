"""`check --online` asks every source and every book, and one that cannot answer hides nothing of the others."""

import pytest

from connector.errors import AuthError
from connector.ports import Scope
from connector.use_cases.check import check_online
from tests.use_cases.world import World


@pytest.fixture
def world():
    return World()


def test_a_source_that_sees_all_is_not_told_of(world):
    world.source.probe = lambda: Scope(account="770001", person="Ana")
    found = check_online(world.open())
    assert (found.people, found.failures) == ((), ())


def test_a_source_that_sees_only_a_part_is_told_of(world):
    world.source.probe = lambda: Scope(account="770001", person="Ana", partial="only Ana's own time")
    assert check_online(world.open()).people == ("list: sees only a part: only Ana's own time",)


def test_a_source_whose_credential_is_refused_is_a_failure(world):
    refused = AuthError("was answered 401", to="list", status=401)

    def probe():
        raise refused

    world.source.probe = probe
    assert check_online(world.open()).failures == (refused,)
