"""Edits byte for byte: what is inserted reads back as typed, and nothing else moves."""

import os
import stat
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.errors import ConfigError
from connector.mappings import add_alias, add_client, add_person, add_work_type, check, file_of, keep, load, pin
from connector.mappings.quoting import quoted
from connector.strict_yaml import parse

EXAMPLE = Path(__file__).parents[2] / "mappings"

# fmt: off
ALIASES = [
    ("clients:\n  Bayside Motors:\n", "clients:\n  Bayside Motors: {aliases: [X Ltd]}\n"),
    ("clients:\n  Bayside Motors:", "clients:\n  Bayside Motors: {aliases: [X Ltd]}"),
    ("clients:\n  Bayside Motors:   # since 2019\n  Z:\n", "clients:\n  Bayside Motors: {aliases: [X Ltd]}   # since 2019\n  Z:\n"),
    ("clients:\r\n  Bayside Motors:\r\n  Z:\r\n", "clients:\r\n  Bayside Motors: {aliases: [X Ltd]}\r\n  Z:\r\n"),
    ("clients:\n  Bayside Motors: {}\n", "clients:\n  Bayside Motors: {aliases: [X Ltd]}\n"),
    ("clients:\n  'Bayside Motors' :\n", "clients:\n  'Bayside Motors' : {aliases: [X Ltd]}\n"),
    ("clients:\n  Bayside Motors: {book: us}   # c\n", "clients:\n  Bayside Motors: {book: us, aliases: [X Ltd]}   # c\n"),
    ("clients:\n  Bayside Motors: { book: us , }\n", "clients:\n  Bayside Motors: { book: us, aliases: [X Ltd] , }\n"),
    ("clients:\n  Bayside Motors: {aliases: [BM], book: us}\n", "clients:\n  Bayside Motors: {aliases: [BM, X Ltd], book: us}\n"),
    ("clients:\n  Bayside Motors: {aliases: []}\n", "clients:\n  Bayside Motors: {aliases: [X Ltd]}\n"),
    ("clients:\n  Bayside Motors:\n    book: us   # c\n    # d\n", "clients:\n  Bayside Motors:\n    aliases: [X Ltd]\n    book: us   # c\n    # d\n"),
    ("clients:\n  Bayside Motors:\n    aliases: [BM]\n", "clients:\n  Bayside Motors:\n    aliases: [BM, X Ltd]\n"),
    ("clients:\n  Bayside Motors:\n    aliases:\n      - BM  # old\n    book: us\n", "clients:\n  Bayside Motors:\n    aliases:\n      - BM  # old\n      - X Ltd\n    book: us\n"),
    ("clients:\n  Bayside Motors:\n    aliases:\n    - BM", "clients:\n  Bayside Motors:\n    aliases:\n    - BM\n    - X Ltd"),
    ("\ufeffclients:\n  Bayside Motors:\n", "\ufeffclients:\n  Bayside Motors: {aliases: [X Ltd]}\n"),
    ("clients:\n  Bayside Motors: {bill_to: [{customer: A}]}\n", "clients:\n  Bayside Motors: {bill_to: [{customer: A}], aliases: [X Ltd]}\n"),
    ("clients: {Bayside Motors: {book: us}}\n", "clients: {Bayside Motors: {book: us, aliases: [X Ltd]}}\n"),
]
# fmt: on


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "clients.yaml"

    def write(text: str) -> Path:
        path.write_bytes(text.encode())
        return path

    return write


@pytest.mark.parametrize(("before", "after"), ALIASES)
def test_an_alias_is_inserted_and_every_other_byte_stays(file, before, after):
    path = file(before)
    keep(add_alias(path, "clients", "Bayside Motors", "X Ltd"))
    assert path.read_bytes() == after.encode()


# fmt: off
NEW = [
    ("clients:\n  A:\n", "clients:\n  A:\n  New & Co:\n"),
    ("clients:\n  A:", "clients:\n  A:\n  New & Co:"),
    ("clients:\r\n    A:\r\n\r\npeople: {}\r\n", "clients:\r\n    A:\r\n    New & Co:\r\n\r\npeople: {}\r\n"),
    ("clients:\n  A:\n    bill_to:\n      - customer: X\n      # and no other\n  # end\npeople: {}\n", "clients:\n  A:\n    bill_to:\n      - customer: X\n      # and no other\n  New & Co:\n  # end\npeople: {}\n"),
    ("clients:   # all\n", "clients:   # all\n  New & Co:\n"),
    ("default_book: nz\n", "default_book: nz\nclients:\n  New & Co:\n"),
    ("default_book: nz", "default_book: nz\nclients:\n  New & Co:\n"),
    ("", "clients:\n  New & Co:\n"),
    ("# nothing yet\n", "# nothing yet\nclients:\n  New & Co:\n"),
]
# fmt: on


@pytest.mark.parametrize(("before", "after"), NEW)
def test_a_new_client_is_a_line_at_the_end_of_its_section(file, before, after):
    path = file(before)
    keep(add_client(path, "New & Co"))
    assert path.read_bytes() == after.encode()


@pytest.mark.parametrize(
    ("edit", "before", "after"),
    [
        (
            lambda path: add_client(path, "O", aliases=["M", "10"], book="us"),
            "clients:\n  A:\n",
            'clients:\n  A:\n  O: {book: us, aliases: [M, "10"]}\n',
        ),
        (lambda path: add_client(path, "M", "A"), "clients:\n  A:\n", "clients:\n  A: {aliases: [M]}\n"),
        (
            lambda path: add_work_type(path, "W", "support"),
            "work_types:\n  A: b\n",
            "work_types:\n  A: b\n  W: support\n",
        ),
        (
            lambda path: add_work_type(path, "W", treatment="non_billable"),
            "work_types:\n  A: b\n",
            "work_types:\n  A: b\n  W: {treatment: non_billable}\n",
        ),
        (
            lambda path: add_work_type(path, "W", alias_of="A"),
            "work_types:\n  A: b   # c\n",
            "work_types:\n  A: {code: b, aliases: [W]}   # c\n",
        ),
        (lambda path: add_person(path, "P Q", "engineer"), "people:\n  A: x\n", "people:\n  A: x\n  P Q: engineer\n"),
        (
            lambda path: add_person(path, "P", alias_of="A"),
            "people:\n  A: [{from: 2026-01-01, is: x}]\n",
            "people:\n  A: {role: [{from: 2026-01-01, is: x}], aliases: [P]}\n",
        ),
        (
            lambda path: add_person(path, "P", alias_of="A"),
            "people:\n  A: senior, very\n",
            'people:\n  A: {role: "senior, very", aliases: [P]}\n',
        ),
        (
            lambda path: add_alias(path, "clients", "A", "DUN", connection="toggl"),
            "clients:\n  A:\n",
            "clients:\n  A: {aliases: [toggl/DUN]}\n",
        ),
        (
            lambda path: pin(path, "clients", "A", {"harvest": "12", "nz": "ab-1"}),
            "clients:\n  A:\n",
            'clients:\n  A: {ids: {harvest: "12", nz: ab-1}}\n',
        ),
        (
            lambda path: pin(path, "clients", "A", {"nz": "x"}),
            "clients:\n  A: {ids: {harvest: 1}}\n",
            "clients:\n  A: {ids: {harvest: 1, nz: x}}\n",
        ),
        (
            lambda path: pin(path, "clients", "A", {"nz": "x", "us": "z"}),
            "clients:\n  A:\n    ids:\n      harvest: 1\n    po: z\n",
            "clients:\n  A:\n    ids:\n      harvest: 1\n      nz: x\n      us: z\n    po: z\n",
        ),
        (
            lambda path: pin(path, "people", "A", {"harvest": "x"}),
            "people:\n  A: boss\n",
            "people:\n  A: {role: boss, ids: {harvest: x}}\n",
        ),
    ],
)
def test_each_kind_of_edit(file, edit, before, after):
    path = file(before)
    keep(edit(path))
    assert path.read_bytes() == after.encode()


# fmt: off
REFUSED = [
    ("people:\n  A:\n    - {from: 2026-01-01, is: x}\n", lambda path: add_alias(path, "people", "A", "B"), "'A' is written over several lines"),
    ("clients: {}\n", lambda path: add_client(path, "B"), "`clients` is written in brackets"),
    ("clients:\n  A:\n", lambda path: add_client(path, "A"), "'A' is already there"),
    ("clients:\n  A:\n", lambda path: add_alias(path, "clients", "B", "C"), "there is no 'B' under `clients`"),
    ("clients:\n  A: {aliases: [C]}\n", lambda path: add_alias(path, "clients", "A", "C"), "`aliases` has it already"),
    ("clients:\n  A: {ids: {nz: 1}}\n", lambda path: pin(path, "clients", "A", {"nz": "2"}), "an id is only changed by hand"),
    ("clients:\n  A: {aliases: C}\n", lambda path: add_alias(path, "clients", "A", "D"), "`aliases` has it already, or is not a list"),
    ("- A\n", lambda path: add_client(path, "B"), "the file is not a map"),
    ("clients:\n  ? A\n  Z:\n", lambda path: add_alias(path, "clients", "A", "B"), "laid out in a way that is not edited by machine"),
]
# fmt: on


@pytest.mark.parametrize(("text", "edit", "said"), REFUSED)
def test_what_does_not_fit_is_refused_with_the_line_to_paste(file, text, edit, said):
    path = file(text)
    with pytest.raises(ConfigError) as raised:
        edit(path)
    assert said in str(raised.value)
    assert "Write it by hand: `" in str(raised.value)
    assert path.read_bytes() == text.encode()


def test_a_file_with_problems_is_not_edited(file):
    path = file("clients:\n  A: &x {}\n")
    with pytest.raises(ConfigError, match="Mend them first"):
        add_client(path, "B")


NAMES = ["010", "NO", "12:30", "1.10", "null", "~", "true", "y", "a: b", "a #b", "- a", "[a]", "{a}", "*a", "&a", "!a", "%a", "@a", "`a`", "'a'", '"a"',
         "a:", ":a", "?", "-", "=", "<<", "2026-06-15", "0x1F", "1e3", ".inf", " a ", "a\nb", "a\tb", "a\\b", "😀 Ltd", "Müller & Söhne", "a, b", "#a", "|", ">",
         "\u2028x", "x\x85y", "x\u00a0", "e\u0301", "\ufeffx", "\U0001d518"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_read_back_as_typed_also_by_other_readers(file, name):
    path = file("clients:\n  A:\n  B: {book: x}\n")
    keep(add_client(path, name))
    keep(add_alias(path, "clients", "B", name))
    keep(pin(path, "clients", "A", {"nz": name}))
    tree = yaml.safe_load(path.read_bytes())
    assert list(tree["clients"]) == ["A", "B", name]
    assert tree["clients"]["B"]["aliases"] == [name]
    assert tree["clients"]["A"]["ids"] == {"nz": name}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_text_is_quoted_so_that_every_reader_takes_it_for_that_text(name):
    for text in (f"a: {quoted(name)}", f"a: [{quoted(name)}, b]"):
        strict = parse(text, "f").document
        assert strict is not None
        said = strict.tree["a"]
        assert name in (said, said[0])
        typed = yaml.safe_load(text)["a"]
        assert name in (typed, typed[0])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip),
    crlf=st.booleans(),
    last=st.booleans(),
)
def test_an_edit_of_the_example_inserts_and_takes_nothing_away(tmp_path, name, crlf, last):
    text = (EXAMPLE / "clients.yaml").read_text()
    text = text.replace("\n", "\r\n") if crlf else text
    text = text.rstrip() if last else text
    path = tmp_path / "clients.yaml"
    path.write_bytes(text.encode())
    for edit in (
        add_client(path, name),
        add_alias(path, "clients", "Bayside Motors", name),
        add_alias(path, "clients", "Eastland Health Trust", name),
    ):
        size = len(edit.after) - len(edit.before)
        first = next((at for at, (a, b) in enumerate(zip(edit.before, edit.after, strict=False)) if a != b), len(edit.before))
        assert size > 0
        assert any(edit.before == edit.after[:at] + edit.after[at + size :] for at in range(max(0, first - size), first + 1))


@pytest.mark.parametrize("name", ["\ud800", "x\udfff", "", "  ", "\u00a0"])
def test_a_name_that_no_file_can_hold_is_refused(file, name):
    path = file("clients:\n  A:\n")
    for edit in (lambda: add_client(path, name), lambda: add_alias(path, "clients", "A", name)):
        with pytest.raises(ConfigError, match="no file can hold"):
            edit()


def test_an_edit_can_be_proved_with_the_whole_mapping_before_it_is_kept(tmp_path):
    for source in EXAMPLE.glob("*.yaml"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    path = file_of(sorted(tmp_path.glob("*.yaml")), "clients", "Bayside Motors")
    good, bad = (
        add_alias(path, "clients", "Bayside Motors", "BML"),
        add_alias(path, "clients", "Bayside Motors", "Dunmore Law"),
    )
    books, connections = ("nz", "us"), ("harvest", "toggl")
    assert check(tmp_path, books, connections, instead={good.path: good.text}).problems == ()
    assert "is a name of two clients" in check(tmp_path, books, connections, instead={bad.path: bad.text}).problems[0].what
    before = load(tmp_path, books, connections)
    keep(good)
    after = load(tmp_path, books, connections)
    assert [alias.text for alias in next(each for each in after.clients if each.key == "Bayside Motors").aliases] == ["BML"]
    assert after.digest != before.digest


def test_the_mode_stays_and_nothing_is_left_beside_the_file(file):
    path = file("clients:\n  A:\n")
    path.chmod(0o640)
    keep(add_client(path, "B"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in path.parent.iterdir()] == ["clients.yaml"]


def test_a_link_stays_a_link(file, tmp_path):
    target = file("clients:\n  A:\n")
    link = tmp_path / "link.yaml"
    link.symlink_to(target)
    keep(add_client(link, "B"))
    assert link.is_symlink()
    assert "  B:" in target.read_text()


def test_a_file_changed_meanwhile_is_left_alone(file):
    path = file("clients:\n  A:\n")
    edit = add_client(path, "B")
    path.write_text("clients:\n  Z:\n")
    with pytest.raises(ConfigError, match="changed by somebody else"):
        keep(edit)
    assert path.read_text() == "clients:\n  Z:\n"


def test_a_write_that_fails_leaves_the_file_and_nothing_beside_it(file, monkeypatch):
    path = file("clients:\n  A:\n")
    edit = add_client(path, "B")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ConfigError, match=r"cannot be written \(No space left on device\)\. Paste this yourself: `B:`"):
        keep(edit)
    assert path.read_text() == "clients:\n  A:\n"
    assert [each.name for each in path.parent.iterdir()] == ["clients.yaml"]


def test_a_section_is_found_among_files(tmp_path):
    one, two = tmp_path / "a.yaml", tmp_path / "b.yaml"
    one.write_text("clients:\n  A:\n")
    two.write_text("clients:\n  B:\npeople: {}\n")
    assert file_of([one, two], "clients") == one
    assert file_of([one, two], "clients", "B") == two
    assert file_of([one, two], "people") == two
    assert file_of([one, two], "work_types") is None
