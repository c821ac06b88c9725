"""The files of a firm that runs unattended: time at Harvest, one book at Xero and one at QuickBooks."""

HOST = "http://127.0.0.1:8911"
SECRETS = {"harvest": "emulated-token", "xero": "emulated-secret", "quickbooks": "emulated-secret", "refresh": "pasted-refresh"}
REALM = "4620816365000000007"

CONFIG = f"""\
state: sqlite:///hourbridge.db
mappings: mappings
schedule:
  pull: 15 */6 * * *
  full: 0 3 * * sun
  plan: 30 */6 * * *
  apply: 45 */3 * * *
  reconcile: 0 5 * * *
  reports: 0 6 * * mon
  jitter_seconds: 0
connections:
  harvest:
    kind: harvest
    base_url: {HOST}/harvest
    account_id: "ACCOUNT"
    token: file:secrets/harvest
    hours: hours
    zone: Pacific/Auckland
  xero:
    kind: xero
    base_url: {HOST}/xero
    token_url: {HOST}/xero/connect/token
    client_id: emulated-client
    client_secret: file:secrets/xero
  quickbooks:
    kind: quickbooks
    base_url: {HOST}/quickbooks
    token_url: {HOST}/quickbooks/oauth2/v1/tokens/bearer
    realm_id: "{REALM}"
    client_id: emulated-client
    client_secret: file:secrets/quickbooks
    refresh_token: file:secrets/refresh
    refuses_used_numbers: true
books:
  nz: {{sink: xero, zone: Pacific/Auckland, start: 2026-05-01, auto_approve: {{below: 900.00}}}}
  us: {{sink: quickbooks, zone: America/Denver, start: 2026-05-01, schedule: {{plan: 0 4-22/6 * * *}}}}
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
    document: {per: client, every: week}
    lines: {one_per: [ticket], text: "#{ticket}"}
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
    send_as: posted
    document: {per: client, every: week}
    lines: {one_per: [ticket], text: "#{ticket}"}
    late_time: next_document
    incomplete: send
    minimum_document: 0.00
default_book: nz
clients:
  Alpine Dental:
  Bayside Motors:
  Cedar Legal:
  Prairie Dental: {book: us}
  Quarry Church: {book: us}
people:
  Ana Reyes: engineer
unlisted_people: engineer
work_types:
  Support: support
unlisted_work_types: unmatched
billing_codes:
  support: {text: Support, nz: {account: 200}, us: {item: Support}}
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

KIWIS, YANKEES = ("Alpine Dental", "Bayside Motors", "Cedar Legal"), ("Prairie Dental", "Quarry Church")
ACCOUNT = {
    "company": {"name": "Kea Networks"},
    "users": [{"name": "Ana Reyes", "access": "administrator"}, {"name": "Ben Ito"}],
    "clients": [{"name": name} for name in (*KIWIS, *YANKEES)],
    "projects": [{"client": name, "name": f"{name} care"} for name in (*KIWIS, *YANKEES)],
    "tasks": [{"name": "Support"}],
}
XERO = {
    "organisation": {"name": "Kea Networks Ltd", "base_currency": "NZD", "country": "NZ"},
    "contacts": [{"name": name} for name in KIWIS],
    "items": [],
    "accounts": [{"code": "200", "name": "Support fees"}],
}
QUICKBOOKS = {
    "realm_id": REALM,
    "name": "Kea Networks Inc.",
    "customers": [{"name": name} for name in YANKEES],
    "items": [{"name": "Support"}],
    "accounts": [{"name": "Services", "number": "4000"}],
    "refresh_tokens": ["pasted-refresh"],
}
