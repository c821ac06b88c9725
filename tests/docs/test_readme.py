"""What the README and the guides say of adapters, exit codes and errors is what the code says."""

import re

import pytest

from connector.cli.failures import GRAVEST_FIRST
from connector.errors import HourbridgeError
from tests.docs import adapter_tables, messages
from tests.docs.pages import pages, table_after

README = pages()["README.md"]


@pytest.mark.parametrize(("marker", "made"), [("sources", adapter_tables.sources), ("sinks", adapter_tables.sinks)])
def test_the_table_of_adapters_is_what_their_traits_say(marker, made):
    wanted = made()
    shown = README.partition(f"<!-- adapters: {marker} -->\n")[2].partition("\n\n")[0]
    assert shown == wanted, f"run `make docs`, or paste this after <!-- adapters: {marker} --> in README.md:\n\n{wanted}\n"


def test_it_opens_with_five_sentences_and_two_commands():
    promise, _, rest = README.partition("# Hourbridge\n\n")[2].partition("\n\n```sh\n")
    assert len(re.findall(r"[.:](?:\n|$)", promise)) == 5
    assert rest.startswith("make demo\nmake test\n```")


def test_exit_codes_and_their_order_are_the_ones_commands_end_with():
    rows = {int(code) for code in re.findall(r"^\| (\d) \|", README.partition("## Exit codes")[2].partition("\n## ")[0], re.MULTILINE)}
    assert rows == {0, *GRAVEST_FIRST}
    assert f"first in this order counts: {', '.join(map(str, GRAVEST_FIRST))}." in README


def test_every_family_of_errors_is_told_with_its_exit_code():
    told = {row["family"].strip("`"): int(row["exit"]) for row in table_after("docs/operator.md", "families")}
    assert told == {name: found.exit_code for name, found in messages.FAMILIES.items() if found is not HourbridgeError}


def test_the_page_of_messages_is_what_the_code_says():
    assert pages()["docs/messages.md"] == messages.page(), "make it again with `make docs` (python -m tests.docs.messages)"


def test_every_message_says_what_to_do_or_the_runbook_does():
    assert [message for message in messages.messages() if not messages.says_what_to_do(message)] == []


def test_the_runbook_speaks_of_messages_that_there_are_and_says_what_happened():
    there = {message.what for message in messages.messages()}
    assert set(messages.runbook()) - there == set()
    assert [what for what, (happened, do) in messages.runbook().items() if not (happened and do)] == []


def test_a_message_without_a_next_step_would_be_noticed():
    assert not messages.says_what_to_do(messages.Message("StateError", "something that no page tells", "{…}"))
    assert messages.says_what_to_do(messages.Message("StateError", "something that no page tells", "Do this: {…}"))


def test_messages_are_found_in_the_code():
    found = {(one.family, one.what) for one in messages.messages()}
    assert ("BusyError", "another run holds it") in found
    assert len(found) > 50
