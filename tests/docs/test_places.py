"""Files and folders that pages name are there, links lead somewhere, and no page knows the machine it was written on."""

import re

import pytest

from tests.docs.pages import FENCE, ROOT, inline, pages

PATH = re.compile(r"(?:connector|adapters|mappings|tests|docs|bench|examples)/[\w./-]*")
FILE = re.compile(r"(?:[\w-]+\.(?:md|toml|lock|yaml|example\.yaml)|Makefile|LICENSE)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
OWN_FILES = {
    "config.yaml",
    "clients.yaml",
    "people.yaml",
    "rate_cards.yaml",
    "rules.yaml",
    "work_types.yaml",
    "billing_codes.yaml",
    "cost_rates.yaml",
}
"""Of a user's folder, and not of ours."""
MACHINE = re.compile(r"/(?:work|home|root|tmp|Users)/|[A-Z]:\\\\|py[p]i\.org|python[h]osted|index-url|artifactory|localhost:\d")
EVERY_PAGE = pytest.mark.parametrize("name", sorted(pages()))


def anchors(text):
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(FENCE.sub("", text))}


@EVERY_PAGE
def test_what_a_page_names_is_there(name):
    named = {code for code in inline(pages()[name]) if (PATH.fullmatch(code) or FILE.fullmatch(code)) and "<" not in code}
    missing = {path for path in named - OWN_FILES if not (ROOT / path).exists() and not (ROOT / "mappings" / path).exists()}
    assert missing == set()


@EVERY_PAGE
def test_a_link_leads_somewhere(name):
    text = pages()[name]
    for link in LINK.findall(FENCE.sub("", text)):
        target, _, anchor = link.partition("#")
        if target.startswith("https://"):
            continue
        path = (ROOT / name).parent / target if target else ROOT / name
        assert path.exists(), f"{name} links to {link}"
        if anchor:
            assert anchor in anchors(path.read_text("utf-8")), f"{name} links to {link}"


@EVERY_PAGE
def test_a_page_knows_no_machine_and_no_registry(name):
    assert MACHINE.findall(pages()[name]) == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_hashes_and_no_address(name):
    text = (ROOT / name).read_text("utf-8")
    assert "--hash=sha256:" in text
    assert re.findall(r"https?://|--(?:extra-)?index-url", text) == []


def test_every_decision_record_is_listed():
    listed = pages()["docs/architecture.md"]
    assert [path.name for path in sorted((ROOT / "docs" / "adr").glob("*.md")) if f"adr/{path.name}" not in listed] == []


def test_a_path_that_is_not_there_would_be_noticed():
    assert PATH.fullmatch("connector/nowhere.py")
    assert not (ROOT / "connector/nowhere.py").exists()
