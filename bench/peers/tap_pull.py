"""The unmodified tap-harvest against another address (`python tap_pull.py ADDRESS ARGUMENTS OF THE TAP`): it has no setting for one."""

import sys
from typing import Any

import tap_harvest
from tap_harvest import client

address = sys.argv.pop(1)
client.REFRESH_URL = f"{address}/api/v2"
begin = client.Client.__init__


def begin_here(self: client.Client, config: Any) -> None:
    begin(self, config)
    self.base_url = f"{address}/v2"


client.Client.__init__ = begin_here
tap_harvest.main()
