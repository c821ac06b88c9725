"""config.yaml as frozen values: where the state is, which connections there are, which books they bill.

Read by the same strict reader as the mapping files. What an adapter alone understands stays text in `Connection.options`;
the registry gives it to the adapter's own Settings, and `problems_at` puts what is wrong there at its place in the file.
"""

from connector.settings.loading import load_settings, problems_at
from connector.settings.schedules import Cron
from connector.settings.values import (
    AutoApprove,
    Book,
    Connection,
    CorrectionPolicy,
    Health,
    Log,
    Notifications,
    Settings,
    Smtp,
    Unattended,
    Webhook,
)

__all__ = [
    "AutoApprove",
    "Book",
    "Connection",
    "CorrectionPolicy",
    "Cron",
    "Health",
    "Log",
    "Notifications",
    "Settings",
    "Smtp",
    "Unattended",
    "Webhook",
    "load_settings",
    "problems_at",
]
