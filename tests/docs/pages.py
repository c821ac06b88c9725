"""The pages people read, taken apart: code blocks, words in code, tables. No page is named twice."""

import re
from pathlib import Path

from msgspec import Struct

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").exists())
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
QUOTED_FROM = re.compile(r"<!-- from (\S+) -->\n$")


class Block(Struct, frozen=True):
    """A fenced block: `source` is the file it says it is quoted from, "" where it is an example of its own."""

    page: str
    language: str
    text: str
    source: str


def pages() -> dict[str, str]:
    """Path from the root → text, of everything written for people."""
    found = [
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        ROOT / "mappings" / "README.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    ]
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in found}


def blocks(language: str = "") -> list[Block]:
    """Every fenced block, or those of one language."""
    return [
        Block(name, match[1], match[2], quoted[1] if (quoted := QUOTED_FROM.search(text[: match.start()])) else "")
        for name, text in pages().items()
        for match in FENCE.finditer(text)
        if language in ("", match[1])
    ]


def inline(text: str) -> list[str]:
    """What stands in code inside a sentence or a table."""
    return INLINE.findall(FENCE.sub("", text))


def table_after(page: str, marker: str) -> list[dict[str, str]]:
    """The rows of the first table after `<!-- marker -->`, by column."""
    _, _, rest = pages()[page].partition(f"<!-- {marker} -->")
    assert rest, f"{page} has no <!-- {marker} -->"
    lines = [line for line in rest[rest.index("|") :].split("\n\n", 1)[0].splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]
