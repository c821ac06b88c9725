"""A month of virtual time: people enter, edit and delete, systems throttle, fail and go away, files break, the machine dies. Judged by
the companies' own books."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

import pytest

from adapters.harvest.emulated.account import Reference
from connector.errors import ConfigError
from connector.sandbox import Fault
from tests.daemon import papers
from tests.daemon.firm import START, Firm, VirtualDaemon
from tests.use_cases.world import Dead

pytestmark = pytest.mark.slow

DAYS = 31
CALM_DAYS = 6
"""The last of them lies in the middle of a week: no period ends with it."""
READ_FAULTS = (
    Fault("connect_error"), Fault("time_out_before"), Fault("tear_answer"), Fault("html"), Fault("refuse", status=503),
    Fault("refuse", status=429, retry_after="40"), Fault("refuse", status=429, retry_after="5400"),
)  # fmt: skip
WRITE_FAULTS = (
    *READ_FAULTS, Fault("lose_answer"), Fault("time_out_after"), Fault("reset_before"), Fault("refuse_after", status=502),
    Fault("late", seconds=200), Fault("cut_answer"),
)  # fmt: skip
DEATHS = ("before", "after")


class Life:
    """What happens to the firm, by dice."""

    def __init__(self, firm: Firm, seed: int) -> None:
        self.firm, self.random = firm, Random(seed)
        self.made, self.deaths = 0, 0
        self.away: set[str] = set()
        self.reworded: dict[str, tuple[str, str]] = {}
        self.calm = False
        firm.fault = self._fault

    def _chance(self, share: float) -> bool:
        return not self.calm and self.random.random() < share

    # ---- the wire ----------------------------------------------------------------------------------------------------------------

    def _fault(self, kind: str, method: str, target: str) -> Fault | None:
        if kind in self.away:
            return Fault("connect_error")
        writes = method in ("PUT", "POST") and "token" not in target
        if "token" in target:
            return None
        if self._chance(0.15 if writes else 0.005):
            return self._die(kind)
        if writes:
            return self.random.choice(WRITE_FAULTS) if self._chance(0.3) else None
        return self.random.choice(READ_FAULTS) if self._chance(0.06) else None

    def _die(self, kind: str) -> None:
        """The machine is switched off, before the request is read or after it was carried out."""
        self.deaths += 1
        if self.random.choice(DEATHS) == "after":
            mount = self.firm.mounts[kind]
            answer = mount.emulator.answer

            def answered(*asked):
                mount.emulator.answer = answer
                answer(*asked)
                self._off()

            mount.emulator.answer = answered
        else:
            self._off()

    def _off(self) -> None:
        self.firm.dead = True
        raise Dead

    # ---- people ------------------------------------------------------------------------------------------------------------------

    def day(self, morning: datetime) -> None:
        for _ in range(self.random.randint(1, 4)):
            self._enter(morning)
        if self._chance(0.5):
            self._edit()
        if self._chance(0.25):
            self._delete()
        if self._chance(0.3):
            self._touch()
        with suppress(ConfigError):  # they see it too
            self.firm.approve()

    def _enter(self, morning: datetime) -> None:
        self.made += 1
        client = self.random.choice((*papers.KIWIS, *papers.YANKEES))
        on = morning.date() - timedelta(days=self.random.choice((0, 0, 1, 2, 9)))
        hours = str(self.random.randint(1, 16) / 4)
        self.firm.harvest.people.enter("Ben Ito", f"{client} care", "Support", on, hours, reference=Reference(id=f"t{self.made}"))

    def _some(self) -> int:
        return self.random.choice(self.firm.harvest.entries()).id

    def _edit(self) -> None:
        self.firm.harvest.people.edit(self._some(), hours=str(self.random.randint(1, 16) / 4))

    def _delete(self) -> None:
        self.firm.harvest.people.delete(self._some())

    def _touch(self) -> None:
        """Somebody over there posts one of our drafts, or rewords one; what was reworded is put back in the end."""
        people = self.firm.xero.people
        drafts = [one for one in self.firm.xero.invoices(live=True) if one.status == "DRAFT"]
        if not drafts:
            return
        one = self.random.choice(drafts)
        if self._chance(0.6):
            people.authorise(one.id)
        elif one.number not in self.reworded:
            self.reworded[one.number] = (one.id, one.lines[0].description)
            people.edit_line(one.id, 0, description="reworded")

    def put_back(self) -> None:
        for ref, text in self.reworded.values():
            self.firm.xero.people.edit_line(ref, 0, description=text)


def play(firm: Firm, life: Life, daemon: VirtualDaemon, happenings: dict[int, Callable[[], object]]) -> None:
    for day in range(DAYS):
        if day in happenings:
            happenings[day]()
        morning = START + timedelta(days=day, hours=20)
        daemon.until(morning)
        life.day(morning)
        daemon.until(START + timedelta(days=day + 1))
        firm.billed_once()


@pytest.fixture
def firm(tmp_path, monkeypatch) -> Firm:
    return Firm(tmp_path, monkeypatch)


def test_a_month_by_itself_ends_with_the_tie_out_holding_and_nothing_sent_twice(firm):
    life = Life(firm, 7)
    for _ in range(12):
        life._enter(START - timedelta(days=3))
    daemon = VirtualDaemon(firm)
    good_config, good_mapping = firm.config.read_text(), firm.mapping.read_text()

    def mend_config() -> None:
        """The process that told of it looks round before it can die: one that begins after this has nothing to take back."""
        firm.write("config.yaml", good_config)
        daemon.turns.look_round()

    play(firm, life, daemon, {
        8: lambda: firm.write("secrets/harvest", "revoked-canary").chmod(0o600),
        10: lambda: firm.write("secrets/harvest", papers.SECRETS["harvest"]).chmod(0o600),
        13: lambda: life.away.add("xero"),
        15: life.away.clear,
        17: lambda: firm.write("config.yaml", good_config.replace("zone: America/Denver", "zone: America/Dever")),
        18: mend_config,
        20: lambda: firm.write("mappings/firm.yaml", good_mapping.replace("Support: support", "Support: suport")),
        21: lambda: firm.write("mappings/firm.yaml", good_mapping),
    })  # fmt: skip
    life.calm = True
    life.put_back()
    for day in range(CALM_DAYS):
        daemon.until(START + timedelta(days=DAYS + day, hours=20))
        firm.approve()
    end = START + timedelta(days=DAYS + CALM_DAYS)
    daemon.until(end)

    firm.billed_once()
    firm.ties()
    assert life.deaths > 3
    assert len(firm.made) > 20
    writes = firm.writes
    daemon.until(end + timedelta(days=1))
    assert firm.writes == writes, "with nothing new, something was sent"
    _everything_was_reported(firm)
    _nobody_was_turned_off(firm, end)
    _the_others_went_on(firm)


def _everything_was_reported(firm: Firm) -> None:
    """Every job that could not do its work was told with its error, and stands in `runs` with the same exit code."""
    failed = [ended for ended in firm.heard.ends if ended.error is not None]
    codes = dict(firm.rows("SELECT id, exit_code FROM runs"))
    assert {type(ended.error).__name__ for ended in failed} >= {"TransientError", "AuthError", "ConfigError", "BusyError"}
    assert not [ended.error for ended in failed if ended.exit_code == 1], "a bug"
    assert [ended for ended in failed if codes.get(ended.run) != ended.exit_code] == []
    assert [trouble for trouble in firm.heard.troubles if "no time zone 'America/Dever'" in trouble]
    assert firm.heard.troubles[-1] == "mended"
    assert [ended for ended in firm.heard.of("reconcile nz") if "reworded" in ended.said], "nobody said that a person changed a document"


def _nobody_was_turned_off(firm: Firm, end: datetime) -> None:
    for name in ("pull harvest", "plan nz", "plan us", "apply nz", "apply us", "reconcile nz", "reconcile us"):
        last = firm.heard.of(name)[-1]
        assert last.at >= end, f"{name} has not gone since {last.at}"
        assert last.standing.failures == 0, last


def _the_others_went_on(firm: Firm) -> None:
    def well(name: str, first: int, last: int) -> list[object]:
        days = START + timedelta(days=first), START + timedelta(days=last)
        return [ended for ended in firm.heard.of(name) if days[0] <= ended.at < days[1] and ended.error is None]

    assert well("plan us", 13, 15), "Xero was away, and QuickBooks waited for it"
    assert not well("plan nz", 13, 15)
    assert well("plan nz", 8, 10), "Harvest's token was revoked, and the books waited for it"
    assert not well("pull harvest", 8, 10)
    auth = [ended for ended in firm.heard.of("pull harvest") if type(ended.error).__name__ == "AuthError"]
    assert 1 <= len(auth) <= 4, "a credential waits for a person: it is not tried again and again"
