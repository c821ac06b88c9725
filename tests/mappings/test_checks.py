"""Every check with the smallest file that shows it: file:line:column, what, and the fix."""

import pytest

from connector.errors import ConfigError
from connector.mappings import Checked, load


def lines(checked: Checked) -> list[str]:
    return [str(problem) for problem in checked.problems]


# fmt: off
CHECKS = [
    # shapes
    ("clients:\n  A: {curency: NZD}", "more.yaml:2:7: unknown key 'curency'; did you mean 'currency'?"),
    ("custmers: {}", "more.yaml:1:1: unknown key 'custmers'; known here: "),
    ("clients:\n  A: {po: [{form: 2026-01-01, is: X}]}", "more.yaml:2:13: unknown key 'form'; did you mean 'from'?"),
    ("clients:\n  A: {closed: 31 May}", "more.yaml:2:15: '31 May' is not a date; write it as 2026-06-15"),
    ("clients:\n  A: {closed: 2026-02-30}", "more.yaml:2:15: '2026-02-30' is not a day of the calendar; write an existing day as 2026-06-15"),
    ("clients:\n  A: {internal: yes}", "more.yaml:2:17: 'yes' is neither true nor false; write true or false"),
    ("clients:\n  A: {internal: True}", "more.yaml:2:17: 'True' is neither true nor false; write true or false"),
    ("clients:\n  A: {show: no_charge}", "more.yaml:2:13: a list is expected here, not a text; write it in brackets: [one, another]"),
    ("clients:\n  A: {show: [free]}", "more.yaml:2:14: 'free' is not known here; write one of: no_charge, covered"),
    ("clients:\n  A: B", "more.yaml:2:6: a map (`key: value`) is expected here, not a text; put a key and a colon before it"),
    ("clients:\n  A: {terms: 14 days}", "more.yaml:2:14: '14 days' are no terms we know; write one of: customer, net 14, 14 days after month end, day 20 of next month, on receipt"),
    ("clients:\n  A: {terms: day 32 of next month}", "more.yaml:2:14: 'day 32 of next month' are no terms we know; "),
    ("clients:\n  A: {invoice_date: today}", "more.yaml:2:21: 'today' is no invoice date we know; write one of: period_end, approval_date, day 1 of next month"),
    ("clients:\n  A: {minimum_document: '1,000'}", "more.yaml:2:25: '1,000' is not a number; write a point and no thousands separator: 1234.50"),
    ("clients:\n  A: {minimum_document: -5}", "more.yaml:2:25: -5 is negative; write zero or more"),
    ("clients:\n  A: {customer: [x]}", "more.yaml:2:17: one value is expected here, not a list; write it on its own"),
    ("special_rates:\n  - {client: Alpine Dental, rate: 95,00}", "more.yaml:2:38: nothing stands after the colon; was a decimal comma meant? Write a point, as 95.00; else say a value"),
    ("clients:\n  A: {customer: }", "more.yaml:2:7: nothing stands after the colon; say a value, or take the key out"),
    ("clients:\n  A: {customer: ''}", "more.yaml:2:17: the text is empty; say a value, or take the key out"),
    ("clients:\n  A: {currency: nzd}", "more.yaml:2:17: 'nzd' is not a currency; write its three capital letters, such as NZD"),
    ("hours_places: two", "more.yaml:1:15: 'two' is not a whole number; write digits only, such as 15"),
    ("- a", "more.yaml:1:1: the file is not a map; begin with a key such as `clients:`"),
    ("hold:\n  - {name: x}", "more.yaml:2:5: 'when' is missing; add `when: …`"),
    ("agreements: {}", "more.yaml:1:1: `agreements` is not supported yet; take it out of the file until it is"),
    ("discounts: []", "more.yaml:1:1: `discounts` is not supported yet; take it out of the file until it is"),
    ("cost_rates: {NZD: {}}\nclients: {}", "more.yaml:1:1: `cost_rates` stands beside other keys; give it a file of its own: it is salary data"),
    # prices
    ("special_rates:\n  - {client: Alpine Dental, rate: 0}", "more.yaml:2:35: a price of 0 is refused; say `treatment: no_charge` in rules.yaml, or take the price out"),
    ("special_rates:\n  - {client: Alpine Dental, rate: 0.00}", "more.yaml:2:35: a price of 0 is refused; "),
    ("special_rates:\n  - {client: Alpine Dental, rate: -1}", "more.yaml:2:35: a price is never negative (-1); write what an hour costs the client"),
    ("special_rates:\n  - {role: engineer, rate: 5}", "more.yaml:2:5: a special rate names no client; add `client: …`; prices for everybody stand in a rate card"),
    ("rate_cards:\n  x: {currency: NZD, blocks: [{from: 2026-01-01, any: {any: 0}}]}", "more.yaml:2:61: a price of 0 is refused; "),
    ("rate_cards:\n  x: {currency: NZD, blocks: []}", "more.yaml:2:3: the rate card 'x' has no blocks; add one: "),
    ("multipliers:\n  - {times: 0}", "more.yaml:2:13: a multiplier of 0 is refused; write a number above 0; for free work say `treatment: no_charge`"),
    # references
    ("clients:\n  A: {book: us}", "more.yaml:2:13: no book 'us'; add it under `books` in config.yaml (known: nz)"),
    ("clients:\n  A: {merged_into: Alpine Dentl}", "more.yaml:2:20: no client 'Alpine Dentl'; did you mean 'Alpine Dental'?"),
    ("clients:\n  A: {rate_card: standrd}", "more.yaml:2:18: no rate card 'standrd'; did you mean 'standard'?"),
    ("clients:\n  A: {ids: {harvst: 1}}", "more.yaml:2:13: no connection 'harvst'; did you mean 'harvest'?"),
    ("people:\n  C: {role: engineer, only_in: [togl]}", "more.yaml:2:33: no connection 'togl'; did you mean 'toggl'?"),
    ("work_types:\n  W: suport", "more.yaml:2:6: no billing code 'suport'; did you mean 'support'?"),
    ("special_rates:\n  - {client: Alpine Dental, role: enginer, rate: 1}", "more.yaml:2:35: no role 'enginer'; did you mean 'engineer'?"),
    ("special_rates:\n  - {client: Alpine Dental, person: Anna Reyes, rate: 1}", "more.yaml:2:37: no person 'Anna Reyes'; did you mean 'Ana Reyes'?"),
    ("multipliers:\n  - {work_type: Suport, times: 2}", "more.yaml:2:17: no work type 'Suport'; did you mean 'Support'?"),
    ("clients:\n  A: {aliases: [AD]}\nmultipliers:\n  - {client: AD, times: 2}", "more.yaml:4:14: 'AD' is only another name of client 'A'; write 'A'"),
    ("unlisted_work_types: misc", "more.yaml:1:22: no billing code 'misc'; add it under `billing_codes` (known: support)"),
    ("unlisted_people: boss", "more.yaml:1:18: no role 'boss'; give the role to somebody under `people`, or a column in a rate card (known: "),
    ("hold:\n  - {name: x, when: {connection: hrvest}}", "more.yaml:2:34: no connection 'hrvest'; did you mean 'harvest'?"),
    ("time_approval: required for [harvst]", "more.yaml:1:16: no connection 'harvst'; did you mean 'harvest'?"),
    ("time_approval: sometimes", "more.yaml:1:16: 'sometimes' is not known here; write one of: required, not_required, required for [tracker]"),
    ("cost_rates:\n  NZD: {people: {Ben Itto: 60}}", "more.yaml:2:18: no person 'Ben Itto'; did you mean 'Ben Ito'?"),
    # names and ids
    ("clients:\n  A: {aliases: [Alpine  dental]}", "more.yaml:2:17: 'Alpine  dental' is a name of two clients: 'A' and 'Alpine Dental' (base.yaml:16); take it from one of them"),
    ("clients:\n  alpine dental:", "more.yaml:2:3: 'alpine dental' is a name of two clients: 'alpine dental' and 'Alpine Dental' (base.yaml:16); "),
    ("clients:\n  A: {aliases: [toggl/X]}\n  B: {aliases: [Toggl/x]}", "more.yaml:3:17: 'toggl/x' is a name of two clients: 'B' and 'A' (more.yaml:2); "),
    ("clients:\n  A: {ids: {harvest: 1}}", "more.yaml:2:3: the id harvest 1 belongs to two clients: 'A' and 'Alpine Dental' (base.yaml:16); "),
    ("clients:\n  A: {patterns: ['S*']}\n  B: {patterns: ['s*']}", "more.yaml:3:18: 's*' is a name of two clients: 'B' and 'A' (more.yaml:2); "),
    ("clients:\n  A: {patterns: [Store]}", "more.yaml:2:18: the pattern 'Store' has no `*`; write it under `aliases`, or add the `*`"),
    ("people:\n  C: {aliases: [ben ito]}", "more.yaml:2:17: 'ben ito' is a name of two people: 'C' and 'Ben Ito' (base.yaml:20); "),
    ("work_types:\n  W: {code: support, aliases: [Admin]}", "more.yaml:2:32: 'Admin' is a name of two work types: 'W' and 'Admin' (base.yaml:24); "),
    ("clients:\n  Alpine Dental:", "more.yaml:2:3: the key 'Alpine Dental' of `clients` stands twice; the first is at base.yaml:16: keep one"),
    ("default_book: nz", "more.yaml:1:1: `default_book` stands twice; the first is at base.yaml:1: keep one"),
    ("clients:\n  A: {merged_into: B}\n  B: {merged_into: A}", "more.yaml:2:3: 'A' is merged into itself (A → B → A); break the circle"),
    # dated values
    ("clients:\n  A: {po: [{from: 2026-01-01, until: 2026-06-30, is: X}, {from: 2026-06-01, is: Y}]}", "more.yaml:2:81: `po` of client 'A' has two values on the same days; the other is at more.yaml:2: end it before 2026-06-01"),
    ("clients:\n  A: {po: [{from: 2026-06-01, until: 2026-05-01, is: X}]}", "more.yaml:2:54: `po` of client 'A' ends (2026-05-01) before it begins (2026-06-01); mend one of the dates"),
    ("people:\n  C: [{from: 2026-01-01, is: engineer}, {from: 2026-01-01, is: principal}]", "more.yaml:2:64: the role of 'C' has two values on the same days; "),
    # bill-to
    ("clients:\n  A: {bill_to: [{customer: X, projects: [P]}, {customer: Y, projects: [p]}]}", "more.yaml:2:72: the project 'p' goes to two customers: 'Y' and 'X' (more.yaml:2); take it from one of them"),
    ("clients:\n  A: {bill_to: [{customer: X}, {customer: Y}]}", "more.yaml:2:32: two bill-tos of 'A' take all other projects; the other is 'X': give one `projects`"),
    # rules
    ("multipliers:\n  - {project: P, times: 2}", "more.yaml:2:6: a rule names a project but not its client; add `client: …`: a project rule names both"),
    ("multipliers:\n  - {person: Ben Ito, role: engineer, times: 2}", "more.yaml:2:23: a rule names both a person and a role; keep one of them"),
    ("multipliers:\n  - {times: 2, from: 2026-02-01, until: 2026-01-01}", "more.yaml:2:41: the rule ends (2026-01-01) before it begins (2026-02-01); mend one of the dates"),
    ("treatment:\n  - {client: Alpine Dental, work_type: Admin, treatment: bill}", "more.yaml:2:5: bills a work type that has no billing code ('Admin'); give it a `code` at base.yaml:24"),
    ("work_types:\n  W: {}", "more.yaml:2:3: the work type 'W' has neither a billing code nor a treatment; write `W: CODE` or `W: {treatment: non_billable}`"),
    ("hold:\n  - {name: x, when: {}}", "more.yaml:2:21: a condition that says nothing; say what to look at, such as `{hours_over: 12}`"),
    ("hold:\n  - {name: x, when: {hours_over: 5, hours_under: 2}}", "more.yaml:2:5: 'x' never fires: nothing is over 5 h and under 2 h; mend one of the bounds"),
    ("hold:\n  - {name: x, when: {minutes: 0}, unless: {minutes: 0}}", "more.yaml:2:5: 'x' never fires: `when` and `unless` say the same; mend one of them"),
    ("exclude:\n  - {name: x, when: {minutes: 0}}\nhold:\n  - {name: y, when: {minutes: 0}}", "more.yaml:4:5: 'y' holds what 'x' (more.yaml:2) excludes; what is excluded is never held: take one out"),
    ("exclude:\n  - {name: x, when: {minutes: 0}}\nhold:\n  - {name: x, when: {minutes: 1}}", "more.yaml:4:5: two rules are called 'x'; the other is at more.yaml:2: reports tell rules by name"),
    # cards
    ("rate_cards:\n  x: {currency: NZD, extends: y, blocks: [{from: 2026-01-01, any: {any: 1}}]}\n  y: {currency: NZD, extends: x, blocks: [{from: 2026-01-01, any: {any: 1}}]}", "more.yaml:2:3: the card 'x' extends itself (x → y → x); break the circle"),
    ("rate_cards:\n  x: {currency: AUD, extends: standard, blocks: [{from: 2026-01-01, any: {any: 1}}]}", "more.yaml:2:3: the card 'x' (AUD) extends 'standard' (NZD); a card extends one in its own currency"),
    ("rate_cards:\n  x: {currency: NZD, default_for: nz, blocks: [{from: 2026-01-01, any: {any: 1}}]}", "more.yaml:2:3: two rate cards are the default of 'nz'; the other is 'standard' (base.yaml:28): keep one"),
    ("rate_cards:\n  x: {currency: NZD, blocks: [{from: 2026-01-01, any: {any: 1}}, {from: 2026-01-01, any: {any: 2}}]}", "more.yaml:2:66: two blocks of 'x' begin on 2026-01-01; the other is at more.yaml:2: keep one"),
    ("clients:\n  A: {currency: AUD, rate_card: standard}", "more.yaml:2:33: client 'A' is billed in AUD, and its card 'standard' is in NZD; nothing is ever converted: name a card in that currency"),
    ("clients:\n  A: {bill_to: [{customer: X, currency: AUD, rate_card: standard}]}", "more.yaml:2:57: bill-to 'X' is billed in AUD, and its card 'standard' is in NZD; "),
    ("clients:\n  A: {currency: NZZ}", "more.yaml:2:17: 'NZZ' is no currency of ISO 4217; "),
    ("clients:\n  A: {minimum_document: 50.005}", "more.yaml:2:25: 50.005 has more decimal places than its currency; round it"),
    ("clients:\n  A: {currency: JPY, minimum_document: 50.50}", "more.yaml:2:40: 50.50 has more decimal places than its currency; round it"),
    # billing codes
    ("billing_codes:\n  x: {nz: {item: A, account: B}}", "more.yaml:2:11: this target names both an item and an account; keep one: `item: CODE` or `account: CODE`"),
    ("billing_codes:\n  x: {nz: {}}", "more.yaml:2:11: this target names neither an item nor an account; keep one: "),
    ("billing_codes:\n  x: {text: X}\nwork_types:\n  W: x", "more.yaml:2:3: the billing code 'x' has no target in the book 'nz'; add `nz: {item: CODE}` or `nz: {account: CODE}`"),
    # documents
    ("clients:\n  A: {lines: {text: '{internal_notes}'}}", "more.yaml:2:21: {internal_notes}: internal notes are for nobody outside and have no field; use {notes}, which the client may read"),
    ("clients:\n  A: {lines: {text: '{worktype}'}}", "more.yaml:2:21: a line text has no field {worktype}; did you mean 'work_type'?"),
    ("clients:\n  A: {lines: {text: '{hours:2}'}}", "more.yaml:2:21: a line text has no field {hours:2}; did you mean 'hours'?"),
    ("clients:\n  A: {lines: {text: '{hours'}}", "more.yaml:2:21: the brackets in '{hours' do not close; write fields as {work_type}; a bare bracket as {{ or }}"),
    ("clients:\n  A: {number: 'A-{yymm}'}", "more.yaml:2:15: the number series 'A-{yymm}' has no {seq}; add {seq:3}: every document needs its own number"),
    ("clients:\n  A: {number: 'A-{client}-{seq}'}", "more.yaml:2:15: a number series has no field {client}; fields: {yymm} {yyyy} {yy} {mm} {seq} {seq:3}"),
    ("clients:\n  A: {number: 'ALPINE-DENTAL-{yyyy}-{seq:4}'}", "more.yaml:2:15: a number of 'ALPINE-DENTAL-{yyyy}-{seq:4}' has 23 characters; shorten it: at most 21 are taken over there"),
]
# fmt: on


@pytest.mark.parametrize(("text", "line"), CHECKS, ids=[line.split(": ", 1)[1][:60] for _, line in CHECKS])
def test_m2_a_mistake_is_told_at_its_place_with_a_fix(prove, text, line):
    checked = prove(text)
    assert checked.mapping is None
    assert any(said.startswith(line) for said in lines(checked)), lines(checked)


TIES = [
    ("treatment", "treatment: covered", "treatment: bill", "treatments", "'bill' here and 'covered'"),
    ("multipliers", "times: 2", "times: 3", "multipliers", "'3' here and '2'"),
    ("billing_code", "code: support", "code: other", "billing codes", "'other' here and 'support'"),
    ("special_rates", "rate: 5", "rate: 6", "prices", "'6' here and '5'"),
]


@pytest.mark.parametrize(("section", "one", "other", "what", "said"), TIES)
def test_m1_a_tie_names_both_places(prove, section, one, other, what, said):
    columns = "client: Alpine Dental, work_type: Support"
    codes = "billing_codes:\n  other: {nz: {item: O}}\n"
    tied = prove(f"{codes}{section}:\n  - {{{columns}, {one}}}\n  - {{{columns}, {other}}}")
    expected = f"more.yaml:5:5: two {what} for client 'Alpine Dental', work type 'Support' on the same days: {said} at more.yaml:4; "
    assert any(line.startswith(expected) for line in lines(tied)), lines(tied)
    equal = prove(f"{codes}{section}:\n  - {{{columns}, {one}}}\n  - {{{columns}, {one}}}")
    assert lines(equal) == []
    apart = prove(f"{codes}{section}:\n  - {{{columns}, {one}, until: 2026-01-31}}\n  - {{{columns}, {other}, from: 2026-02-01}}")
    assert lines(apart) == []
    another = prove(f"{codes}{section}:\n  - {{{columns}, {one}}}\n  - {{client: Bayside Motors, {other}}}")
    assert lines(another) == []


def test_prices_of_the_same_columns_form_a_timeline_but_roundings_do_not(prove):
    columns = "client: Alpine Dental"
    timeline = prove(f"special_rates:\n  - {{{columns}, rate: 5, from: 2026-01-01}}\n  - {{{columns}, rate: 6, from: 2026-06-01}}")
    assert lines(timeline) == []
    overlap = prove(f"special_rates:\n  - {{{columns}, rate: 5, until: 2026-12-31}}\n  - {{{columns}, rate: 6, from: 2026-06-01}}")
    assert lines(overlap)[0].startswith("more.yaml:3:5: two prices for client 'Alpine Dental' on the same days")
    rest = "direction: up, minimum_minutes: 0, per: entry"
    rounding = prove(
        f"rounding:\n  - {{{columns}, increment_minutes: 6, {rest}, from: 2026-01-01}}\n"
        f"  - {{{columns}, increment_minutes: 15, {rest}, from: 2026-06-01}}"
    )
    assert lines(rounding)[0].startswith("more.yaml:3:5: two roundings for client 'Alpine Dental' on the same days: 15 min up per entry")


def test_treatments_of_a_project_and_of_a_rule_tie_wherever_they_stand(prove):
    checked = prove("clients:\n  C: {projects: {Web: {treatment: covered}}}\ntreatment:\n  - {client: C, project: web, treatment: bill}")
    assert lines(checked) == [
        "more.yaml:4:5: two treatments for project 'Web', client 'C' on the same days: 'bill' here and 'covered' at more.yaml:2; give one of them a `from` or `until`, or take one out",
    ]


def test_a_reference_is_found_whatever_its_capitals_and_spaces(prove):
    checked = prove("special_rates:\n  - {client: ALPINE  dental, work_type: support, role: Engineer, rate: 5}")
    rule = checked.mapping.special_rates[0]
    assert (rule.client, rule.work_type, rule.role) == ("Alpine Dental", "Support", "engineer")


MISSING = [
    (
        {"default_book: nz\n": ""},
        "base.yaml:1:1: no `default_book` is named; add `default_book: NAME`: unmatched time is shown there",
    ),
    (
        {"    currency: NZD\n    tax_code: GST\n": ""},
        "base.yaml:4:14: the defaults of 'nz' do not say everything a document needs; add `currency: …`, `tax_code: …`",
    ),
    (
        {'    lines: {one_per: [work_type], text: "{work_type}, {month}"}\n': ""},
        "base.yaml:4:15: the defaults of 'nz' do not say everything",
    ),
    (
        {"    default_for: nz\n": ""},
        "base.yaml:28:3: no rate card is the default of the book 'nz'; add `default_for: nz` to a card in its currency",
    ),
    (
        {"  - {increment_minutes: 15,": "  - {client: Alpine Dental, increment_minutes: 15,"},
        "base.yaml:33:5: no rounding rule with nothing named holds on every day; add `- {increment_minutes: 1, ",
    ),
    (
        {"per: entry}": "per: entry, from: 2026-01-01}"},
        "base.yaml:33:5: no rounding rule with nothing named holds on every day; ",
    ),
]


@pytest.mark.parametrize(("swap", "line"), MISSING)
def test_what_is_missing_is_told(prove, swap, line):
    assert any(said.startswith(line) for said in lines(prove(swap=swap))), lines(prove(swap=swap))


def test_a_book_that_a_client_names_needs_defaults_a_card_and_targets(prove):
    checked = prove("clients:\n  A: {book: us}", books=("nz", "us"))
    assert [line.split(": ", 1)[1] for line in lines(checked)] == [
        "the book 'us' has no defaults; add a block `us:` under `defaults`",
        "the billing code 'support' has no target in the book 'us'; add `us: {item: CODE}` or `us: {account: CODE}`",
        "no rate card is the default of the book 'us'; add `default_for: us` to a card in its currency",
    ]


def test_all_problems_of_all_files_come_at_once_in_file_order(prove):
    checked = prove("clients:\n  A: {curency: NZD, closed: x}\n  B: {book: us}\nhours_places: x")
    assert [line.split(": ")[0] for line in lines(checked)] == [
        "more.yaml:2:7",
        "more.yaml:2:29",
        "more.yaml:3:13",
        "more.yaml:4:15",
    ]


def test_an_entry_that_is_wrong_in_itself_causes_no_second_problem_elsewhere(prove):
    checked = prove("clients:\n  C: {curency: NZD}\nspecial_rates:\n  - {client: C, rate: 5}")
    assert len(lines(checked)) == 1


def test_an_unreadable_file_is_told_alone(prove):
    checked = prove("clients: [")
    assert len(lines(checked)) == 1
    assert "not readable YAML" in lines(checked)[0]


def test_an_empty_folder_is_a_problem(tmp_path):
    with pytest.raises(ConfigError, match="0 mapping files; a mapping has 1 to 200 files"):
        load(tmp_path, ["nz"], [])


def test_load_raises_with_every_problem_on_a_line(tmp_path):
    (tmp_path / "a.yaml").write_text("clients: {A: {x: 1, y: 2}}")
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, ["nz"], [])
    assert raised.value.exit_code == 2
    assert {problem.split(": ")[0] for problem in raised.value.problems} >= {"a.yaml:1:15", "a.yaml:1:21"}
