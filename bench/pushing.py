"""1,000 invoices of 8 lines into each emulated company, under its limits: calls, and CPU seconds beyond what `status` costs.

The emulators live in this process and are not counted. Their minutes and seconds are real: what passes here passes their limits.
"""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.quickbooks.emulator import Emulator as QuickBooks
from adapters.xero.emulator import Emulator as Xero
from bench.processes import Shell
from connector.sandbox import Mount, Served

INVOICES, LINES = 1000, 8
CONFIG = """
state: sqlite:///state.db
mappings: mappings
connections:
  time:
    kind: csv_file
    path: time.csv
    account: bench
    extract: full
    zone: UTC
    id: id
    columns: {{client: client, project: project, work_type: work_type, person: person, worked_on: day, duration: {{column: hours, unit: hours}}}}
  sink:
    kind: {kind}
    base_url: {address}
    token_url: {address}{token_path}
    client_id: emulated-client
    client_secret: file:secret
{more}
books:
  firm: {{sink: sink, zone: UTC, start: 2025-01-01}}
"""
RULES = """
source_rates: ignore
rounding: [{increment_minutes: 15, direction: up, minimum_minutes: 15, per: entry}]
hours_places: 2
safety: {client_total_over_last_month: none, documents_per_client_and_period: 1}
unlisted_people: consultant
people: {}
rate_cards:
  usd: {currency: USD, default_for: firm, blocks: [{from: 2025-01-01, any: {consultant: 120.00}}]}
defaults:
  firm:
    currency: USD
    tax_code: %s
    amounts: tax_exclusive
    terms: net 30
    invoice_date: period_end
    number: BN-{yymm}-{seq:4}
    send_as: %s
    document: {per: client, every: month}
    lines: {one_per: [work_type], text: "{work_type}, {month}"}
    late_time: next_document
    incomplete: send
    minimum_document: 0.00
default_book: firm
"""


class SystemTime:
    def now(self) -> datetime:
        return datetime.now(UTC)


def identifiers() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"00000000-0000-4000-8000-{number:012}"


def xero() -> tuple[Any, dict[str, str]]:
    seed = {
        "organisation": {"name": "Bench", "base_currency": "USD"},
        "contacts": [{"name": f"Client {number:04}"} for number in range(INVOICES)],
        "accounts": [{"code": str(200 + line), "name": f"Task {line}", "tax_type": "NONE"} for line in range(LINES)],
    }
    said = {"kind": "xero", "token_path": "/connect/token", "more": "", "tax": "NONE", "send_as": "draft", "target": "account: {number}"}
    return Xero(SystemTime(), identifiers(), seed), said


def quickbooks() -> tuple[Any, dict[str, str]]:
    seed = {
        "customers": [{"name": f"Client {number:04}"} for number in range(INVOICES)],
        "items": [{"name": f"Task {line}"} for line in range(LINES)],
        "preferences": {"custom_numbers": True},
        "refresh_tokens": ["bench-refresh"],
    }
    more = '    realm_id: "4620816365000000001"\n    refresh_token: file:refresh\n    refuses_used_numbers: true'
    said = {"kind": "quickbooks", "token_path": "/oauth2/v1/tokens/bearer", "more": more, "tax": "NON", "send_as": "posted",
            "target": "item: Task {line}"}  # fmt: skip
    return QuickBooks(SystemTime(), identifiers(), seed), said


def lay_out(folder: Path, address: str, said: dict[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "mappings").mkdir(parents=True)
    (folder / "config.yaml").write_text(CONFIG.format(address=address, **said), "utf-8")
    clients = "".join(f"  Client {number:04}: {{}}\n" for number in range(INVOICES))
    types = "".join(f"  Task {line}: {{code: code{line}}}\n" for line in range(LINES))
    codes = "".join(
        f"  code{line}: {{text: Task {line}, firm: {{{said['target'].format(line=line, number=200 + line)}}}}}\n" for line in range(LINES)
    )
    text = f"{RULES % (said['tax'], said['send_as'])}clients:\n{clients}work_types:\n{types}billing_codes:\n{codes}"
    (folder / "mappings" / "all.yaml").write_text(text, "utf-8")
    rows = [
        f"{client * LINES + line},Client {client:04},Support,Task {line},Ana,2025-01-{1 + client % 28:02},{1 + line / 4}"
        for client in range(INVOICES)
        for line in range(LINES)
    ]
    (folder / "time.csv").write_text("\n".join(["id,client,project,work_type,person,day,hours", *rows, ""]), "utf-8")
    for name, secret in (("secret", "emulated-secret"), ("refresh", "bench-refresh")):
        (folder / name).touch(0o600)
        (folder / name).write_text(secret, "utf-8")


def push(name: str, folder: Path) -> dict[str, Any]:
    """The figures of one company. Raises RuntimeError where a command ends otherwise than expected."""
    emulator, said = {"xero": xero, "quickbooks": quickbooks}[name]()
    mount = Mount(emulator, clock=SystemTime(), prefix=f"/{name}")
    with Served([mount]) as served:
        lay_out(folder, f"{served.base_url}/{name}", said)
        shell = Shell(folder)
        shell.hourbridge("pull")
        (checksum,) = [shell.hourbridge("plan", "--format", "json", expect=(0, 3)).json()["checksum"]]
        shell.hourbridge("approve", checksum, expect=(0, 3))
        status = min(shell.hourbridge("status", expect=(0, 3)).cpu_seconds for _ in range(3))
        before, writes = len(mount.log), len(emulator.ledger)
        applied = shell.hourbridge("apply")
        calls = list(mount.log)[before:]
        return {
            "documents": len(emulator.ledger) - writes, "calls": len(calls), "refused": sum("429" in str(call) for call in calls),
            "cpu": applied.cpu_seconds, "status": status, "peak": applied.peak_mb, "asked": [f"{method} {target[:60]}" for method, target in calls],
        }  # fmt: skip
