"""Every command in README and docs exists, with these options, and takes these words."""

import re

import pytest

from tests.docs.commands import ROOT_COMMAND, command_of, in_blocks, in_sentences, options_of, parse
from tests.docs.messages import texts

OF_THE_PROGRAM = {"--version"}
ADVICE = re.compile(r"`(hourbridge [a-z][^`]*)`")


def told(found):
    return [pytest.param(words, id=f"{page}: {' '.join(words)}") for page, words in found]


@pytest.mark.parametrize("words", told(in_blocks()))
def test_a_command_to_paste_is_taken(words):
    if words[1:] and words[1] in OF_THE_PROGRAM:
        return
    command, _ = command_of(words)
    assert command is not ROOT_COMMAND, f"there is no such command: {' '.join(words)}"
    parse(words)


@pytest.mark.parametrize("words", told(in_sentences()))
def test_a_command_in_a_sentence_exists_with_its_options(words):
    command, rest = command_of(words)
    assert command is not ROOT_COMMAND, f"there is no such command: {' '.join(words)}"
    assert {word for word in rest if word.startswith("--")} <= options_of(command)


def test_a_command_that_is_not_there_is_noticed():
    assert command_of(["hourbridge", "invoice"])[0] is ROOT_COMMAND
    with pytest.raises(Exception, match="No such option"):
        parse(["hourbridge", "plan", "--everything"])


def test_every_command_is_mentioned_somewhere():
    named = {" ".join(words[1:3]) for _, words in (*in_blocks(), *in_sentences())}
    groups = {name: list(getattr(command, "commands", {})) for name, command in ROOT_COMMAND.commands.items()}
    wanted = {f"{name} {inner}" for name, inside in groups.items() for inner in inside} | {
        name for name, inside in groups.items() if not inside
    }
    assert {each for each in wanted if not any(said == each or said.startswith(f"{each} ") for said in named)} == set()


def advised():
    return sorted({tuple(match[1].split()) for text in texts() for match in ADVICE.finditer(text)})


ADVISED = advised()


@pytest.mark.parametrize("words", ADVISED, ids=" ".join)
def test_a_command_that_the_program_itself_advises_exists(words):
    command, rest = command_of(list(words))
    assert command is not ROOT_COMMAND, "the program sends people to a command that is not there"
    assert {word for word in rest if word.startswith("--")} <= options_of(command)


def test_advice_is_found():
    assert ("hourbridge", "apply", "--adopt") in ADVISED
