"""The source over a real socket on this machine, as the sandbox serves it: links lead back to where it was asked."""

from adapters.harvest.source import Settings, Source
from connector.ports import Window
from connector.sandbox import Mount, Served
from tests.adapters.harvest.accounts import Harvest
from tests.fakes import FakeHost


def test_a_listing_over_loopback_follows_its_links():
    harvest = Harvest()
    entered = harvest.fill(12)
    with Served([Mount(harvest.emulator, clock=harvest.clock, prefix="/harvest")]) as served:
        said = {"account_id": harvest.emulator.account_id, "token": "env:TOKEN", **harvest.settings}
        host = FakeHost(secrets={"env:TOKEN": harvest.token}, clock=harvest.clock)
        source = Source(Settings.model_validate({**said, "base_url": f"{served.base_url}/harvest"}), host)
        found = [entry.id for page in source.pages(Window(), None) for entry in page.entries]
        source.close()
    assert found == entered[::-1]
