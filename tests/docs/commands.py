"""The commands that pages mention, held against the command line itself; nothing is run."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import typer

from connector.cli.main import app
from tests.docs.pages import blocks, inline, pages

PROGRAM = "hourbridge"
MENTION = re.compile(rf"\b{PROGRAM} [a-z].*")
END_OF_COMMAND = frozenset((">", ">>", "2>&1", "&", "&&", "|", ";"))
ROOT_COMMAND: Any = typer.main.get_command(app)


def in_blocks() -> list[tuple[str, list[str]]]:
    """(page, words) of every command in a code block, without redirections and remarks."""
    return [
        (block.page, words)
        for block in blocks()
        if block.language in ("sh", "")
        for line in block.text.splitlines()
        for words in _commands(line)
    ]


def in_sentences() -> list[tuple[str, list[str]]]:
    """(page, words) of every command named within a sentence; what it needs may be left out there."""
    return [
        (name, text.split())
        for name, page in pages().items()
        for code in inline(page)
        if (text := _mention(code)) and name != "docs/messages.md"
    ]


def _mention(code: str) -> str:
    found = MENTION.match(code)
    return found[0] if found else ""


def _commands(line: str) -> Iterator[list[str]]:
    words = shlex.split(line, comments=True)
    for at, word in enumerate(words):
        if word == PROGRAM or word.endswith(f"bin/{PROGRAM}"):
            rest = words[at + 1 :]
            end = next((place for place, each in enumerate(rest) if each in END_OF_COMMAND), len(rest))
            yield [PROGRAM, *rest[:end]]


def parse(words: list[str]) -> None:
    """Raises what the command line would say to these words."""
    command, rest = command_of(words)
    command.make_context(" ".join(words), list(rest))


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and what is left of them."""
    command, rest = ROOT_COMMAND, words[1:]
    while rest and rest[0] in getattr(command, "commands", {}):
        command, rest = command.commands[rest[0]], rest[1:]
    return command, rest


def options_of(command: Any) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("-")} | {
        "--help",
        "-h",
    }
