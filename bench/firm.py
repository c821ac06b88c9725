"""A firm of a size: clients, rates and rules for the entries that `bench.stub` serves, in a folder of its own."""

from pathlib import Path

from bench.stub import CLIENTS, PEOPLE, TASKS

CONFIG = """
state: sqlite:///state.db
mappings: mappings
connections:
  harvest:
    kind: harvest
    base_url: {address}
    account_id: "1"
    token: file:token
    hours: hours
    zone: UTC
  folder:
    kind: files
    folder: documents
books:
  firm: {{sink: folder, zone: UTC, start: {start}}}
"""
RULES = """
source_rates: ignore
source_says_not_billable: veto
time_approval: required
hold:
  - {name: over 12 hours, when: {hours_over: 12}}
rounding:
  - {increment_minutes: 15, direction: up, minimum_minutes: 15, per: entry}
hours_places: 2
safety:
  client_total_over_last_month: none
  documents_per_client_and_period: 1
"""
DEFAULTS = """
defaults:
  firm:
    currency: USD
    tax_code: NONE
    amounts: tax_exclusive
    terms: net 30
    invoice_date: period_end
    number: BN-{yymm}-{seq:3}
    send_as: draft
    document: {per: client, every: month}
    lines: {one_per: [work_type], text: "{work_type}, {month}"}
    late_time: next_document
    incomplete: send
    minimum_document: 0.00
default_book: firm
"""


def lay_out(folder: Path, address: str, *, start: str = "2025-01-01") -> None:
    """Writes configuration, mappings and the token file."""
    mappings = folder / "mappings"
    mappings.mkdir(parents=True)
    (folder / "config.yaml").write_text(CONFIG.format(address=address, start=start), "utf-8")
    (mappings / "rules.yaml").write_text(RULES, "utf-8")
    clients = "".join(f"  Client {number:02}: {{}}\n" for number in range(CLIENTS))
    (mappings / "clients.yaml").write_text(f"{DEFAULTS}clients:\n{clients}", "utf-8")
    people = "".join(f"  Person {number:02}: {{role: consultant}}\n" for number in range(PEOPLE))
    (mappings / "people.yaml").write_text(f"people:\n{people}", "utf-8")
    (mappings / "work.yaml").write_text(_work(), "utf-8")
    (mappings / "rates.yaml").write_text(_rates(), "utf-8")
    token = folder / "token"
    token.touch(0o600)
    token.write_text("bench", "utf-8")


def _work() -> str:
    types = "".join(f"  Task {number}: {{code: code{number}}}\n" for number in range(TASKS))
    codes = "".join(f"  code{number}: {{text: Task {number}, firm: {{account: {200 + number}}}}}\n" for number in range(TASKS))
    return f"work_types:\n{types}billing_codes:\n{codes}"


def _rates() -> str:
    """A rise in the middle of the year, and a contract price here and there."""
    special = "".join(
        f"  - {{client: Client {number:02}, person: Person {number % PEOPLE:02}, rate: {100 + number}.00, from: 2025-01-01}}\n"
        for number in range(0, CLIENTS, 5)
    )
    return f"""
rate_cards:
  usd:
    currency: USD
    default_for: firm
    blocks:
      - from: 2025-01-01
        any: {{consultant: 120.00}}
        Task 3: {{consultant: 145.00}}
      - from: 2025-06-15
        any: {{consultant: 132.50}}
        Task 3: {{consultant: 160.00}}
special_rates:
{special}"""
