"""Plays from seeds: each must end with what was worked standing over there to the cent, once, and nothing more to send.

Some seeds are always the same; as many more are drawn from the commit's hash, so that every change meets plays of its own.
"""

import pytest

from tests.plays.judge import judge_as_worked
from tests.plays.kinds import KINDS
from tests.plays.play import Play
from tests.plays.playing import play
from tests.simulation.test_simulation import DRAWN

SEEDS, CHUNK = 32, 4
"""Fixed seeds, and as many drawn ones."""


def prove(first: int, count: int) -> None:
    failures = play(first, count).failures
    told = [f"python -m tests.plays --seeds 1 --first {seed}: {said}" for seed, said in failures.items()]
    assert not failures, "\n\n".join(told)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1, SEEDS, CHUNK))
def test_what_people_decide_never_bills_twice_and_loses_nothing(first: int) -> None:
    prove(first, CHUNK)


@pytest.mark.slow
@pytest.mark.skipif(not DRAWN, reason="there is no git commit here to draw seeds from")
@pytest.mark.parametrize("part", range(0, SEEDS, CHUNK))
def test_plays_of_this_commit_never_bill_twice_and_lose_nothing(part: int) -> None:
    prove(DRAWN + part, CHUNK)


def test_every_kind_of_play_is_among_a_chunk() -> None:
    assert len({seed % len(KINDS) for seed in range(CHUNK)}) == len(KINDS)


def _ended() -> Play:
    played = Play(1)
    played.play()
    return played


@pytest.mark.parametrize("net", ["-0.01", "0.01", "30"])
def test_the_judge_sees_every_cent(net: str) -> None:
    played = _ended()
    company, there = played.firm.ours()[0]
    line = there.lines[0]
    by = type(line.net)(net)
    company.change(there.id, lines=(type(line)(description=line.description, net=line.net + by), *there.lines[1:]), net=there.net + by)
    with pytest.raises(AssertionError, match="stand"):
        judge_as_worked(played.firm)


def test_the_judge_sees_a_document_that_stands_twice_and_one_that_is_gone() -> None:
    played = _ended()
    company, there = played.firm.ours()[0]
    company.add(
        type(there)(id="copy", kind=there.kind, status="posted", mark=there.mark, customer=there.customer, lines=there.lines, net=there.net)
    )
    with pytest.raises(AssertionError, match="stand"):
        judge_as_worked(played.firm)
    company.change("copy", status="voided")
    judge_as_worked(played.firm)
    company.change(there.id, status="voided")
    with pytest.raises(AssertionError, match="stand"):
        judge_as_worked(played.firm)


def test_a_seed_makes_the_same_play_again() -> None:
    told = []
    for _ in range(2):
        played = Play(2)
        played.play()
        told.append(played.firm.told)
        played.firm.store.close()
    assert told[0] == told[1]
