"""Small firms that differ in what their mapping says: which lines, what becomes of late time, how time is rounded.

Every line over there names the one entry it stands for, so that what is billed can be read off the company alone.
"""

from functools import cache
from random import Random

from connector.core.mapping import Mapping
from tests.use_cases.firm import YAML, mapping_of

CLIENTS = ("Alpine Dental", "Bayside Motors", "Cedar Legal", "Dover Cafe", "Elm School")
LINES = 'lines: {one_per: [work_type], text: "{work_type}, {month}"}'
BY_ENTRY = 'lines: {one_per: [ticket], text: "#{ticket}"}'
ROUNDING = "{increment_minutes: 1, direction: nearest, minimum_minutes: 0, per: entry}"
VARIANTS = (
    {},
    {"late_time: next_document": "late_time: own_document", "100.00}}]": "33.33}}]"},
    {"late_time: next_document": "late_time: hold", ROUNDING: "{increment_minutes: 6, direction: up, minimum_minutes: 0, per: entry}"},
    {"minimum_document: 0.00": "minimum_document: 150.00", "100.00}}]": "87.65}}]"},
    {"incomplete: send": "incomplete: hold", ROUNDING: "{increment_minutes: 15, direction: up, minimum_minutes: 15, per: entry}"},
    {"every: month": "every: week", "Bayside Motors:\n": "Bayside Motors: {send_as: posted}\n"},
    {LINES: LINES, "100.00}}]": "66.67}}]", "every: month": "every: week"},
)


@cache
def _mapping(variant: int) -> Mapping:
    changes = VARIANTS[variant]
    text = (YAML if LINES in changes else YAML.replace(LINES, BY_ENTRY)).replace(
        "  Ourselves:", "  Dover Cafe:\n  Elm School:\n  Ourselves:"
    )
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return mapping_of(text)


def other_mapping(random: Random) -> Mapping:
    """Finance edits the files in the middle of everything; lines still name their entries."""
    return _mapping(random.choice([number for number, changes in enumerate(VARIANTS) if LINES not in changes]))


def mapping(random: Random) -> Mapping:
    return _mapping(random.randrange(len(VARIANTS)))
