"""Months of the little firm: one with one of everything that finance asks about, one that is posted, one of three clients."""

from datetime import date

from tests.use_cases.world import World


def busy_month() -> World:
    """June: two drafts and a posted document once billed; an unknown client and work type, a hold, an exclude, internal, unreadable."""
    world = World()
    world.work("a1", hours="2")
    world.work("a2", hours="0.1")
    world.work("b1", "Bayside Motors", hours="3.5", on=date(2026, 6, 30))
    world.work("c1", "Cedar Legal", hours="1.25")
    world.work("u1", "Alpin Dental", hours="4", on=date(2026, 6, 9))
    world.work("u2", work_type="Mystery")
    world.work("h1", hours="14")
    world.work("x1", hours="0")
    world.work("i1", "Ourselves")
    world.work("n1", on=None)
    world.work("j1", "Bayside Motors", on=date(2026, 7, 1))
    return world


def june_posted(world: World | None = None) -> World:
    """June is posted for Cedar Legal: "one" of 2 h and "two" of 1 h, at 100.00."""
    world = world or World()
    world.work("one", "Cedar Legal", hours="2")
    world.work("two", "Cedar Legal", hours="1")
    world.bill()
    return world


def three_billed() -> World:
    """June is billed for three clients, 1 h and 2 h each: two drafts, and Cedar Legal's is posted."""
    world = World()
    for client in ("Alpine Dental", "Bayside Motors", "Cedar Legal"):
        world.work(f"{client} 1", client)
        world.work(f"{client} 2", client, hours="2")
    world.bill()
    return world
