import pytest

from connector.mappings import suggest

KNOWN = {
    "Dunmore Legal": ["Dunmore Law"],
    "Bayside Motors": [],
    "Cedar & Finch Architects": [],
    "Southern Cross IT": ["Internal"],
    "Harbour Lights Ltd": [],
    "Eastland Health Trust": [],
}


@pytest.mark.parametrize(
    ("name", "target", "score", "why"),
    [
        ("bayside  motors", "Bayside Motors", 100, "the same name"),
        ("Bay-side Motors", "Bayside Motors", 99, "the same letters"),
        ("Bayside Motors Limited", "Bayside Motors", 97, "the same but for words such as Ltd"),
        ("Harbour Lights", "Harbour Lights Ltd", 97, "the same but for words such as Ltd"),
        ("Motors Bayside", "Bayside Motors", 96, "the same words in another order"),
        ("Baysde Motors", "Bayside Motors", 94, "1 letter apart"),
        ("Cedar and Finch Architects", "Cedar & Finch Architects", 99, "the same letters"),
        ("Cedar & Finch", "Cedar & Finch Architects", 90, "the beginning of it"),
        ("Bayside Motors Hamilton", "Bayside Motors", 88, "begins with it"),
        ("EHT", "Eastland Health Trust", 80, "its initials"),
        ("Dunmore Lawyers", "Dunmore Legal", None, "another name"),
    ],
)
def test_the_best_suggestion_says_why(name, target, score, why):
    best = suggest([name], KNOWN)[name][0]
    assert best.target == target
    assert score is None or best.score == score
    assert why in best.why


def test_an_unlike_name_gets_no_suggestion():
    assert suggest(["Zzyzx"], KNOWN) == {"Zzyzx": ()}


def test_suggestions_are_ranked_and_each_target_stands_once():
    found = suggest(["Dunmore"], KNOWN)["Dunmore"]
    assert [each.target for each in found].count("Dunmore Legal") == 1
    assert list(found) == sorted(found, key=lambda each: -each.score)


def test_names_without_letters_do_not_match_everything():
    assert suggest(["???", "&"], KNOWN)["???"] == ()


def test_the_order_of_what_is_known_does_not_matter():
    assert suggest(["Bayside"], dict(reversed(list(KNOWN.items())))) == suggest(["Bayside"], KNOWN)
