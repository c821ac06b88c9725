"""The product speaks of sources and sinks, not of vendors; and no file tells where it was made."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VENDORS = re.compile(
    r"xero|quickbooks|\bqbo\b|intuit|harvest|clockify|toggl|autotask|connectwise|halo ?psa|syncro|kimai|everhour|freshbooks|odoo|tryton",
    re.IGNORECASE,
)
SANDBOX = ("connector/sandbox.py", "connector/samples/")
"""What plays a vendor's part, or shows one: the sandbox, and the sample month that runs in it."""

PLACES = {
    "a folder of one machine": re.compile(r"(?<![\w.:-])/(?:work|root|home|Users|mnt|opt)/[A-Za-z0-9_.-]+"),
    "a registry's host": re.compile(r"\b(?:py[p]i\.org|python[h]osted\.org|npm[j]s\.org|registry\.[a-z-]+\.[a-z]+|proxy\.go[l]ang\.org)\b"),
    "an index of packages": re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host|PIP_INDEX_URL|UV_INDEX"),
}
ADMITTED = {"tests/guards/test_language.py"}
"""What says the very words that it looks for."""


def tracked() -> list[str]:
    return subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip("\0").split("\0")


def lines(file):
    path = ROOT / file
    if not path.is_file():
        return []
    return enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), start=1)


def found(pattern, files):
    return [f"{file}:{number}: {line.strip()[:120]}" for file in files for number, line in lines(file) if pattern.search(line)]


def test_the_product_names_no_vendor():
    ours = [file for file in tracked() if file.startswith("connector/") and not file.startswith(SANDBOX)]
    assert len(ours) > 100
    assert found(VENDORS, ours) == []


@pytest.mark.parametrize("what", PLACES)
def test_no_file_tells_where_it_was_made(what):
    files = [file for file in tracked() if file not in ADMITTED]
    assert found(PLACES[what], files) == []


@pytest.mark.parametrize("lock", sorted(path.name for path in ROOT.glob("requirements*.lock")))
def test_a_lock_holds_pinned_packages_with_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE), "an option stands in the lock"
    for package in re.split(r"\n(?=[a-z0-9])", text):
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", package), package.splitlines()[0]
        assert "--hash=sha256:" in package, package.splitlines()[0]


def test_there_are_locks():
    assert {path.name for path in ROOT.glob("requirements*.lock")} >= {"requirements.lock", "requirements-dev.lock"}


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a folder of one machine", 'path = "/home/me/books"'),
        ("a registry's host", "see https://" + "py" + "pi.org/project/x"),
        ("an index of packages", "pip install --index-url http://x"),
    ],
)
def test_a_planted_place_is_found(what, text):
    assert PLACES[what].search(text)


def test_a_planted_vendor_is_found():
    assert VENDORS.search("as Xero does")
    assert not VENDORS.search("a halo around it")
