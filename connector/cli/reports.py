"""Printing the reports: which use case fills one and which module prints it; nothing is decided here."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connector.cli.options import Format

if TYPE_CHECKING:
    from connector.use_cases.workspace import Workspace


def print_report(name: str, value: Any, format: Format) -> None:  # noqa: A002
    """Prints a value by `connector.reports.<name>`: `as_table`, `as_json` or `as_csv`."""
    text: str = getattr(importlib.import_module(f"connector.reports.{name}"), f"as_{format.value}")(value)
    sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")
