"""Harvest is a source: the contract over the emulated account, with pages told by number and by cursor."""

import pytest

from connector.sandbox import Fault
from tests.adapters.harvest.accounts import Harvest
from tests.contract.source_contract import SourceContract


class Account:
    """Three pages and a bit of an account's time."""

    def __init__(self, paging: str) -> None:
        self.harvest = Harvest()
        self.harvest.emulator.paging = paging
        self.ids = self.harvest.fill(17)
        self.harvest.clock.advance(3600)

    def source(self, connection="timelog"):
        return self.harvest.source(connection)

    def append(self):
        return self.harvest.enter()

    def edit(self):
        self.harvest.people.edit(self.ids[4], hours="7.75")
        return self.ids[4]

    def delete(self):
        self.harvest.people.delete(self.ids[5])
        return self.ids[5]

    def break_off(self):
        self.harvest.faults.plan(Fault("cut_answer"), path="*page=2*", times=9)
        self.harvest.faults.plan(Fault("cut_answer"), path="*cursor=*", times=9)


class TestPagesByNumber(SourceContract):
    @pytest.fixture
    def recording(self):
        return Account("page")


class TestPagesByCursor(SourceContract):
    @pytest.fixture
    def recording(self):
        return Account("cursor")
