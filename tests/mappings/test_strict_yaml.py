import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.strict_yaml import parse, parse_bytes, read

REFUSED = [
    ("a: 1\na: 2", "f.yaml:2:1: the key 'a' stands twice; the first is on line 1: keep one"),
    ("a:\n  b: 1\n  c: 2\n  b: 3", "f.yaml:4:3: the key 'b' stands twice; the first is on line 2: keep one"),
    ("a: &x 1", "f.yaml:1:4: `&x` names a place to copy; take it out: copies are refused"),
    ("a: &x 1\nb: *x", "f.yaml:2:4: `*x` repeats another place; write the value out: copies are refused"),
    ("a: !!int 1", "f.yaml:1:4: `tag:yaml.org,2002:int` is a tag; take it out: the key alone says what a value is"),
    ("a: !x {}", "f.yaml:1:4: `!x` is a tag; take it out: the key alone says what a value is"),
    ("a: {b: 1}\n<<: {c: 1}", "f.yaml:2:1: `<<` merges another map; write the keys out: merge keys are refused"),
    (
        "? [a, b]\n: 1",
        "f.yaml:1:3: a key is a list or a map; a key must be plain text; quote it if it begins with [ or {",
    ),
    ("a: 1\n---\nb: 1", "f.yaml:2:1: a second document begins; take the line `---` out, or split the file"),
    ("'': 1", "f.yaml:1:1: a key is empty; say a name before the colon"),
    ("a: \x07", "f.yaml:1:4: the character U+0007 may not stand in YAML; delete it"),
    ("[" * 3000, "f.yaml:1:21: more than 20 levels deep; mapping files never need that; look for a stray bracket"),
]
BROKEN = [
    ("a:\n\tb: 1", "f.yaml:2:1", "a tab or one of"),
    ("a: b: c", "f.yaml:1:5", "a colon stands inside a value"),
    ("a:\n  A\n  B: 1", "f.yaml:3:4", "or the name on the line above has none"),
    ("a: [1, 2", "f.yaml:2:1", "close the bracket"),
    ('a: "x', "f.yaml:1:6", "a quote or bracket is not closed"),
    ("a: 1\n b: 2\nc", "f.yaml:2:3", "a colon stands inside"),
    ('a: "\\q"', "f.yaml:1:5", "a backslash in double quotes"),
]


@pytest.mark.parametrize(("text", "line"), REFUSED)
def test_m2_what_is_clever_or_ambiguous_is_refused_at_its_place(text, line):
    assert line in [str(problem) for problem in parse(text, "f.yaml").problems]


@pytest.mark.parametrize(("text", "place", "hint"), BROKEN)
def test_a_syntax_error_names_its_place_and_a_way_out(text, place, hint):
    reading = parse(text, "f.yaml")
    assert reading.document is None
    assert str(reading.problems[0]).startswith(place + ": ")
    assert hint in reading.problems[0].fix


@pytest.mark.parametrize("text", ["010", "NO", "12:30", "1.10", "0x1F", "1_000", "2026-06-15", "~", "null", "yes", "1e3", ".inf", "="])
def test_m2_a_scalar_stays_the_text_that_was_typed(text):
    document = parse(f"a: {text}", "f.yaml").document
    assert document is not None
    assert document.tree == {"a": text}


def test_nothing_is_not_the_empty_text():
    document = parse("a:\nb: ''\nc: {d, e: }", "f.yaml").document
    assert document is not None
    assert document.tree == {"a": None, "b": "", "c": {"d": None, "e": None}}


def test_every_key_and_value_knows_its_line_and_column():
    document = parse("clients:\r\n  Ä 😀 Ltd: {po: [x, 'y']}\r\n", "f.yaml").document
    assert document is not None
    path = ("clients", "Ä 😀 Ltd", "po", 1)
    assert (document.where(path).line, document.where(path).column) == (2, 21)
    assert document.text[document.values[path].start : document.values[path].end] == "'y'"
    assert document.where_key(path[:2]).column == 3


def test_a_path_that_does_not_exist_is_placed_at_what_surrounds_it():
    document = parse("a:\n  b: {c: 1}", "f.yaml").document
    assert document is not None
    assert document.where(("a", "b", "nothing", 3)) == document.where(("a", "b"))


def test_several_problems_of_a_file_are_told_at_once():
    assert len(parse("a: 1\na: &x 2\nb: !t 3", "f.yaml").problems) == 3


def test_a_file_that_is_not_utf8_says_where():
    problem = parse_bytes("a: 1\nb: Müller".encode("latin-1"), "f.yaml").problems[0]
    assert str(problem) == "f.yaml:2:5: a character is not UTF-8; save the file as UTF-8"


def test_a_byte_order_mark_is_not_part_of_the_first_key():
    document = parse_bytes(b"\xef\xbb\xbfa: 1", "f.yaml").document
    assert document is not None
    assert document.tree == {"a": "1"}


def test_z6_a_file_beyond_the_size_limit_is_not_parsed():
    reading = parse_bytes(b"a" * (4 * 1024 * 1024 + 1), "f.yaml")
    assert reading.document is None
    assert "4,194,305 bytes" in reading.problems[0].what


def test_a_file_that_is_not_there_is_a_problem(tmp_path):
    reading = read(tmp_path / "no.yaml", "no.yaml")
    assert str(reading.problems[0]) == "no.yaml: cannot be read (No such file or directory); check the path and its permissions"


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_fail(text):
    reading = parse(text, "f.yaml")
    assert reading.document is not None or reading.problems
    for problem in reading.problems:
        assert problem.where.line >= 1
