"""How the program is, for machines: `/healthz` (alive and beating), `/readyz` (fit to work) and `/metrics` on a loopback port.

The daemon starts it: `with watched(config, clock) as watcher`, and tells the watcher of its jobs and its turns. What is told comes from one snapshot of the
state as it is stored; nothing is computed, written or asked of a vendor, and no name, note or amount of a client stands in a label.
"""

from connector.health.beat import Beat
from connector.health.meters import Meters
from connector.health.serving import served
from connector.health.watching import Watcher, watched

__all__ = ["Beat", "Meters", "Watcher", "served", "watched"]
