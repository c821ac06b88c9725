"""Invoices of 8 lines into an emulated company, under its limits: calls, refusals, CPU seconds beyond what `status` costs, and how much
of the vendor's ceiling is reached.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.counted_company import LINES, REFRESH, clients
from bench.processes import Shell
from bench.servers import Server, serving
from bench.state import forget_budgets

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


@dataclass(frozen=True)
class Ceiling:
    """What a vendor lets in: `calls` that write in any minute, `documents` in each."""

    calls: int
    documents: int


TOO_MANY = 429
CEILINGS = {"xero": Ceiling(60, 50), "quickbooks": Ceiling(40, 30)}
QUICKBOOKS = """    realm_id: "4620816365000000001"
    refresh_token: file:refresh
    refuses_used_numbers: true"""
SAID = {
    "xero": {"token_path": "/connect/token", "more": "", "tax": "NONE", "send_as": "draft"},
    "quickbooks": {"token_path": "/oauth2/v1/tokens/bearer", "more": QUICKBOOKS, "tax": "NON", "send_as": "posted"},
}


def lay_out(folder: Path, address: str, name: str, invoices: int) -> None:
    """A firm with so many documents of 8 lines to send, from a CSV file of its time."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "mappings").mkdir(parents=True)
    said = SAID[name]
    (folder / "config.yaml").write_text(CONFIG.format(address=f"{address}/{name}", kind=name, **said), "utf-8")
    known = "".join(f"  {client}: {{}}\n" for client in clients(invoices))
    types = "".join(f"  Task {line}: {{code: code{line}}}\n" for line in range(LINES))
    codes = "".join(f"  code{line}: {{text: Task {line}, firm: {{{_target(name, line)}}}}}\n" for line in range(LINES))
    text = f"{RULES % (said['tax'], said['send_as'])}clients:\n{known}work_types:\n{types}billing_codes:\n{codes}"
    (folder / "mappings" / "all.yaml").write_text(text, "utf-8")
    (folder / "time.csv").write_text("\n".join(["id,client,project,work_type,person,day,hours", *_rows(invoices), ""]), "utf-8")
    for file, secret in (("secret", "emulated-secret"), ("refresh", REFRESH)):
        (folder / file).touch(0o600)
        (folder / file).write_text(secret, "utf-8")


def _target(name: str, line: int) -> str:
    return f"account: {200 + line}" if name == "xero" else f"item: Task {line}"


def _rows(invoices: int) -> list[str]:
    known = clients(invoices)
    return [
        f"{number * LINES + line},{known[number % len(known)]},Support,Task {line},Ana,"
        f"2025-{1 + number // len(known):02}-{1 + number % 28:02},{1 + line / 4}"
        for number in range(invoices)
        for line in range(LINES)
    ]


def ready(folder: Path, company: Server, name: str, invoices: int) -> Shell:
    """The firm up to the point where only `apply` is left to do. Raises RuntimeError where a command ends otherwise than expected."""
    lay_out(folder, company.address, name, invoices)
    shell = Shell(folder)
    shell.hourbridge("pull")
    plan = shell.hourbridge("plan", "--format", "json", expect=(0, 3)).json()
    shell.hourbridge("approve", plan["checksum"], expect=(0, 3))
    forget_budgets(folder / "state.db")
    company.get("/forget")
    return shell


@dataclass(frozen=True)
class Pushed:
    """What one apply cost, and every call that it made."""

    cpu: float
    status_cpu: float
    peak_mb: float
    calls: list[dict[str, Any]]

    @property
    def own_cpu(self) -> float:
        """Beyond what `status` costs on the same state."""
        return self.cpu - self.status_cpu

    @property
    def refused(self) -> int:
        return sum(call["status"] == TOO_MANY for call in self.calls)


def push(name: str, folder: Path, invoices: int) -> Pushed:
    """Raises RuntimeError where other documents stand over there than were to be sent."""
    with serving("bench.counted_company", name, str(invoices)) as company:
        shell = ready(folder, company, name, invoices)
        status = min(shell.hourbridge("status", expect=(0, 3)).cpu_seconds for _ in range(3))
        before = company.asked()
        applied = shell.hourbridge("apply")
        after = company.asked()
    if (before["documents"], after["documents"], after["writes"]) != (0, invoices, invoices):
        raise RuntimeError(f"{name}: {invoices} documents were to be made once, there are {after['documents']} of {after['writes']} writes")
    return Pushed(applied.cpu_seconds, status, applied.peak_mb, after["calls"][len(before["calls"]) :])


def invoices_for(name: str, windows: int) -> int:
    """So many that this many minutes are used up and one more call is left for the next."""
    ceiling = CEILINGS[name]
    return (windows * ceiling.calls + 1) * ceiling.documents


def per_minute(calls: list[dict[str, Any]], ceiling: Ceiling) -> float:
    """Documents a minute while the limit is what holds them up: those before the first call of the last minute, through the time until
    it. 0.0 where no minute was used up.
    """
    sent = [call["at"] for call in calls if call["method"] in ("POST", "PUT") and call["status"] < 300]
    windows = (len(sent) - 1) // ceiling.calls
    last = windows * ceiling.calls
    return last * ceiling.documents / ((sent[last] - sent[0]) / 60) if windows > 0 else 0.0
