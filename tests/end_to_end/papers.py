"""The files of the little firm, as finance and its service desk would write them."""

CONFIG = """\
state: sqlite:///hourbridge.db
mappings: mappings

connections:
  desk:
    kind: csv_file
    path: time/log.csv
    account: the-firm
    extract: full
    zone: Pacific/Auckland
    id: ID
    columns:
      client: Client
      project: Project
      work_type: Task
      person: Person
      notes: Notes
      worked_on: Date
      duration: {column: Hours, unit: hours}
  field:
    kind: csv_file
    path: time/field.csv
    account: the-contractors
    extract: full
    zone: Pacific/Auckland
    id: ID
    columns:
      client: Client
      work_type: Task
      person: Person
      started: {column: From, format: "%Y-%m-%d %H:%M"}
      ended: {column: To, format: "%Y-%m-%d %H:%M"}
      duration: {column: Minutes, unit: minutes}
  xero:
    kind: xero
    base_url: http://127.0.0.1:8911/xero
    token_url: http://127.0.0.1:8911/xero/connect/token
    client_id: emulated-client
    client_secret: file:secrets/xero
  folder:
    kind: files
    folder: documents

books:
  nz: {sink: xero, zone: Pacific/Auckland, start: 2026-01-01}
  us: {sink: folder, zone: America/Denver, start: 2026-01-01}
"""

MAPPING = """\
defaults:
  nz:
    currency: NZD
    tax_code: 15% GST on Income
    amounts: tax_exclusive
    terms: net 14
    invoice_date: period_end
    number: HB-{yymm}-{seq:3}
    send_as: draft
    document: {per: client, every: month}
    lines: {one_per: [work_type], text: "{work_type}, {month}"}
    late_time: next_document
    incomplete: send
    minimum_document: 0.00
  us:
    currency: USD
    tax_code: TAX
    amounts: tax_exclusive
    terms: net 30
    invoice_date: period_end
    number: US-{yymm}-{seq:3}
    send_as: draft
    document: {per: client, every: month}
    lines: {one_per: [work_type], text: "{work_type}, {month}"}
    late_time: next_document
    incomplete: send
    minimum_document: 0.00
default_book: nz
clients:
  Alpine Dental:
  Bayside Motors:
  Cedar Legal:
  Prairie Dental: {book: us}
people:
  Ana Reyes: engineer
unlisted_people: engineer
work_types:
  Support: support
  Project work: project
unlisted_work_types: unmatched
billing_codes:
  support: {text: Support, nz: {item: SUP}, us: {item: Support}}
  project: {text: Project work, nz: {account: 205}, us: {item: Projects}}
rate_cards:
  standard-nzd:
    currency: NZD
    default_for: nz
    blocks: [{from: 2025-07-01, any: {any: 100.00}}]
  standard-usd:
    currency: USD
    default_for: us
    blocks: [{from: 2025-07-01, any: {any: 90.00}}]
exclude:
  - {name: zero minutes, when: {minutes: 0}}
hold:
  - {name: over 12 hours, when: {hours_over: 12}}
rounding:
  - {increment_minutes: 1, direction: nearest, minimum_minutes: 0, per: entry}
time_approval: not_required
hours_places: 2
safety:
  client_total_over_last_month: none
  documents_per_client_and_period: none
  changed_documents_percent: none
"""

LOG = """\
ID,Client,Project,Task,Person,Notes,Date,Hours
1,Alpine Dental,Care,Support,Ana Reyes,Printer,2026-06-03,1.50
2,Alpine Dental,Care,Project work,Ana Reyes,Network,2026-06-10,3.00
3,Bayside Motors,Care,Support,Ana Reyes,Mail,2026-06-04,2.25
4,Cedar Legal,Care,Project work,Ana Reyes,Firewall,2026-06-05,4.00
5,Prairie Dental,Care,Support,Ana Reyes,Backup,2026-06-08,2.00
"""

FIELD = """\
ID,Client,Task,Person,From,To,Minutes
f1,Bayside Motors,Support,Rui Contract,2026-06-09 09:00,2026-06-09 10:30,90
"""

SECRETS = ("s3cret-of-the-office",)
CUSTOMERS = ("Alpine Dental", "Bayside Motors", "Cedar Legal")

FOLDER = {
    "config.yaml": CONFIG,
    "mappings/firm.yaml": MAPPING,
    "time/log.csv": LOG,
    "time/field.csv": FIELD,
    "secrets/xero": SECRETS[0] + "\n",
}

COMPANY = {
    "organisation": {"name": "The Firm Ltd", "base_currency": "NZD", "country": "NZ"},
    "contacts": [{"name": name} for name in CUSTOMERS],
    "items": [{"code": "SUP", "name": "Support", "account_code": "200", "tax_type": "OUTPUT2"}],
    "accounts": [{"code": "200", "name": "Support fees"}, {"code": "205", "name": "Project fees"}],
}
