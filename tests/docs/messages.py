"""Every message of our own errors, gathered from the code: `python -m tests.docs.messages` writes docs/messages.md anew.

What a placeholder stands for is shown as its name in braces; a message that another function words is not listed here.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from msgspec import Struct

from connector import errors
from tests.docs.pages import ROOT, table_after

PAGE = ROOT / "docs" / "messages.md"
FAMILIES: dict[str, type[errors.HourbridgeError]] = {
    name: found for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, errors.HourbridgeError)
}  # fmt: skip
NO_WORDS = ("", "…")
HEAD = """# Messages

Every message of Hourbridge's own errors, by family; made from the code with `make docs`, and kept true by a test. A message begins with what
it is about (a file, a connection, a document), then says what is listed here, then the next step. `{…}` stands for what varies. What to do
about a family as a whole, and about documents that are held, is in [operator.md](operator.md#messages-by-what-to-do), and so is what happened
where a message cannot say its next step in words of its own: here its step from there is shown.
"""
GUIDE, RUNBOOK = "docs/operator.md", "runbook"


class Message(Struct, frozen=True, order=True):
    family: str
    what: str
    next_step: str


def messages() -> list[Message]:
    """Sorted by family and text; each once."""
    return sorted({message for path in _files() for message in _in(path)})


def runbook() -> dict[str, tuple[str, str]]:
    """What a message says → what happened and what to do, as the guide for operators has it."""
    return {row["it says"].strip("`"): (row["what happened"], row["do"]) for row in table_after(GUIDE, RUNBOOK)}


def says_what_to_do(message: Message) -> bool:
    """Whether its next step has words of its own, or the runbook has them."""
    return _has_words(message.next_step) or message.what in runbook()


def _has_words(text: str) -> bool:
    return bool(text.replace("{…}", "").strip(" :.;,()"))


def texts() -> set[str]:
    """Every text that the program may print, with `{…}` for what varies."""
    return {_words(node) for path in _files() for node in _nodes(path) if isinstance(node, ast.Constant | ast.JoinedStr)}


def _files() -> list[Path]:
    found = [path for folder in ("connector", "adapters") for path in (ROOT / folder).rglob("*.py")]
    return [path for path in found if "emulat" not in str(path.relative_to(ROOT))]


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


def _in(path: Path) -> Iterator[Message]:
    for node in _nodes(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FAMILIES and node.args:
            said = {keyword.arg: _words(keyword.value) for keyword in node.keywords}
            what = _words(node.args[0])
            if what.replace("{…}", "").strip(" :()") not in NO_WORDS:
                yield Message(node.func.id, what, said.get("next_step", ""))


def _words(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_words, node.values))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _words(node.left) + _words(node.right)
    return "{…}"


def page() -> str:
    told = messages()
    parts = [HEAD]
    for family in sorted({message.family for message in told}, key=lambda name: (FAMILIES[name].exit_code, name)):
        parts.append(f"\n## {family} (exit code {FAMILIES[family].exit_code})\n\n| it says | next step |\n|---|---|\n")
        parts += [f"| {_cell(one.what)} | {_cell(_step(one))} |\n" for one in told if one.family == family]
    return "".join(parts)


def _step(message: Message) -> str:
    return (
        message.next_step
        if _has_words(message.next_step)
        else runbook().get(message.what, ("", message.next_step))[1].split("](")[0].replace("[", "")
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
