"""Time that moves between documents of two books: what gives it up goes first, by its own plan, and never do two hold it."""

from itertools import permutations
from random import Random

import pytest

from tests.use_cases.two_books import BOOKS, TwoBooks, moved

A, B = "Alpine Dental", "Bayside Motors"
ORDERS = [
    order
    for order in permutations([(act, book) for act in ("approve", "apply") for book in BOOKS])
    if all(order.index(("approve", book)) < order.index(("apply", book)) for book in BOOKS)
]
"""Every order in which two people may approve and apply two books."""


@pytest.fixture
def world() -> TwoBooks:
    return TwoBooks()


def bill(world: TwoBooks, order=ORDERS[0]) -> None:
    """A round: both books planned, approved and applied, in some order."""
    world.pull()
    for act, book in order:
        (world.approve_book if act == "approve" else world.apply_book)(book)
        world.check()


def requests(world: TwoBooks) -> int:
    return sum(company.requests for company in world.companies.values())


def is_done(world: TwoBooks, nz: set[str], us: set[str]) -> None:
    assert world.standing() == {"nz": nz, "us": us}
    before = requests(world)
    bill(world)
    assert requests(world) == before
    assert [step for book in BOOKS for step in world.plan_of(book).steps] == []
    claims = world.rows("SELECT e.entry_id, d.book FROM claims c JOIN entries e ON e.key = c.entry JOIN documents d ON d.id = c.document")
    assert sorted(claims) == sorted([(name[1:], "nz") for name in nz] + [(name[1:], "us") for name in us])


def work(world: TwoBooks, client: str, *names: str) -> None:
    for name in names:
        world.work(name, client, ticket=name)


@pytest.mark.parametrize("second", [ORDERS[0], ORDERS[-1]], ids=lambda order: " ".join(" ".join(one) for one in order))
@pytest.mark.parametrize("first", ORDERS, ids=lambda order: " ".join(" ".join(one) for one in order))
def test_time_swapped_between_drafts_of_two_books_is_there_after_two_rounds(first, second) -> None:
    world = TwoBooks()
    work(world, A, "a1", "a2")
    work(world, B, "b1", "b2")
    bill(world)
    work(world, B, "a2")
    work(world, A, "b2")
    bill(world, first)
    bill(world, second)
    is_done(world, {"#a1", "#b2"}, {"#b1", "#a2"})


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: " ".join(" ".join(one) for one in order))
def test_two_drafts_that_swap_all_they_hold_are_made_again(order) -> None:
    world = TwoBooks()
    work(world, A, "a1")
    work(world, B, "b1")
    bill(world)
    work(world, B, "a1")
    work(world, A, "b1")
    bill(world, order)
    bill(world, order)
    is_done(world, {"#b1"}, {"#a1"})


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: " ".join(" ".join(one) for one in order))
@pytest.mark.parametrize("clients", [(A,), (B,), (A, B)], ids=["one moves", "the other moves", "both swap books"])
def test_a_client_that_changes_its_book_is_billed_there_after_two_rounds(order, clients) -> None:
    world = TwoBooks()
    work(world, A, "a1", "a2")
    work(world, B, "b1")
    bill(world)
    world.mapping = moved(*clients)
    bill(world, order)
    bill(world, order)
    homes = {A: "us" if A in clients else "nz", B: "nz" if B in clients else "us"}
    is_done(world, *({f"#{name}" for client, names in ((A, ("a1", "a2")), (B, ("b1",))) if homes[client] == book for name in names}
                     for book in BOOKS))  # fmt: skip


def test_a_create_waits_until_the_other_book_let_go_of_its_time(world: TwoBooks) -> None:
    work(world, A, "a1")
    bill(world)
    world.mapping = moved(A)
    world.pull()
    (void,), (create,) = world.plan_of("nz").steps, world.plan_of("us").steps
    assert (void.action, create.action) == ("void", "hold")
    assert create.reason == "its time still stands on nz/2026-06/Alpine Dental"
    world.approve_book("us")
    world.apply_book("us")
    assert world.standing() == {"nz": {"#a1"}, "us": set()}


def test_a_draft_that_only_takes_waits_and_one_that_also_gives_lets_go_first(world: TwoBooks) -> None:
    """a → b → c over the two books: the middle one gives now and takes in the next plan; three books' worth of steps in two rounds."""
    work(world, A, "a1", "a2")
    work(world, B, "b1", "b2")
    world.work("old", A, ticket="old", on=world.day("2026-05-04"))
    bill(world)
    work(world, B, "a2")
    world.work("b2", A, ticket="b2", on=world.day("2026-05-04"))
    world.pull()
    plans = {step.key: step for book in BOOKS for step in world.plan_of(book).steps}
    assert {key: step.action for key, step in plans.items()} == {
        "nz/2026-06/Alpine Dental": "update", "us/2026-06/Bayside Motors": "update", "nz/2026-05/Alpine Dental": "hold",
    }  # fmt: skip
    assert len(plans["us/2026-06/Bayside Motors"].without) == 1
    assert plans["nz/2026-06/Alpine Dental"].without == ()
    bill(world)
    bill(world)
    is_done(world, {"#a1", "#b2", "#old"}, {"#b1", "#a2"})


def test_what_was_approved_to_let_go_only_is_not_stale_when_the_other_book_has_let_go(world: TwoBooks) -> None:
    work(world, A, "a1", "a2")
    work(world, B, "b1", "b2")
    bill(world)
    work(world, B, "a2")
    work(world, A, "b2")
    world.pull()
    for book in BOOKS:
        world.approve_book(book)
    assert world.apply_book("nz").done
    told = world.apply_book("us")
    assert (told.done, told.stale) == (["HBU-2606-001"], [])
    assert world.standing() == {"nz": {"#a1"}, "us": {"#b1"}}


def test_time_that_was_to_be_taken_later_and_moved_on_is_not_kept_back(world: TwoBooks) -> None:
    """The draft in us was approved to go without a2; a2 then goes to a third document, which need not wait for that approval."""
    work(world, A, "a1", "a2")
    work(world, B, "b1", "b2")
    bill(world)
    work(world, B, "a2")
    work(world, A, "b2")
    world.pull()
    world.approve_book("us")
    world.approve_book("nz")
    world.apply_book("nz")
    world.work("a2", "Cedar Legal", ticket="a2")
    world.pull()
    assert [(step.client, step.action) for step in world.plan_of("nz").steps if step.client == "Cedar Legal"] == [("Cedar Legal", "create")]


@pytest.mark.parametrize("seed", range(30))
def test_whatever_moves_between_the_books_two_rounds_are_enough(seed: int) -> None:
    """Entries move between clients, clients between books, people approve and apply in any order or not at all."""
    random, world = Random(seed), TwoBooks()
    names = [f"t{number}" for number in range(1, 9)]
    for name in names:
        work(world, random.choice((A, B)), name)
    bill(world)
    for _ in range(random.randint(1, 3)):
        for name in random.sample(names, random.randint(1, 6)):
            world.work(name, random.choice((A, B)), ticket=name, on=world.day(random.choice(("2026-06-03", "2026-06-03", "2026-05-04"))))
        if random.random() < 0.3:
            world.mapping = random.choice((moved(A), moved(B), moved(A, B), moved()))
        bill(world, [step for step in random.choice(ORDERS) if random.random() < 0.6])
    for _ in range(2):
        bill(world, random.choice(ORDERS))
    before = requests(world)
    bill(world)
    assert requests(world) == before
    assert [step for book in BOOKS for step in world.plan_of(book).steps] == []
    assert sorted(text for texts in world.standing().values() for text in texts) == sorted(f"#{name}" for name in names)
