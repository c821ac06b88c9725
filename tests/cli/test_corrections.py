"""`hourbridge corrections` on the starter folder: what waits is listed, a choice is stored, and it is planned again."""

import json

import pytest

ONE = "INV-2606-001"


@pytest.fixture
def voided(mapped, folder):
    """Somebody deleted the first of two documents over there."""
    mapped("approve", mapped("plan", "--format", "json").data["checksum"])
    assert mapped("apply").code == 0
    path = folder / "invoices" / f"{ONE}.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "status": "deleted"}), "utf-8")
    mapped("pull")
    return mapped


def test_nothing_waits_at_first(mapped):
    done = mapped("corrections")
    assert (done.code, done.out) == (0, "")
    assert "Nothing waits for a choice." in done.err
    assert mapped("corrections", "--format", "json").data == []


def test_what_waits_is_listed_with_its_money_and_choices_and_made_again(voided):
    listed = voided("corrections", "--format", "json")
    (row,) = listed.data
    assert (row["number"], row["book"], row["choices"]) == (ONE, "main", ["again", "release"])
    assert (row["currency"], row["net"] != "0.00", row["seconds"] > 0) == (row["currency"], True, True)
    table = voided("corrections")
    assert (table.code, ONE in table.out, "again," in table.out, "release" in table.out) == (0, True, True, True)
    header = voided("corrections", "--format", "csv").out.splitlines()[0]
    assert header == "ref,number,book,client,period,currency,net,worked,hours,choices,until,cause,said,their_net,entries,changed_at"
    assert "1 document waits for a choice." in table.err
    assert voided("corrections", "INV-2606-002", "--format", "json").data == []

    chosen = voided("corrections", ONE, "--choose", "again", "--why", "lost with the disk", "--format", "json")
    assert (chosen.code, chosen.data[0]["choice"], chosen.data[0]["why"]) == (0, "again", "lost with the disk")
    assert "hourbridge plan" in chosen.err
    plan = voided("plan", "--format", "json").data
    (step,) = [step for step in plan["steps"] if step["generation"] == 2]
    assert (step["action"], step["net"]) == ("create", row["net"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((ONE, "--choose", "again"), 2, "nobody said why"),
        ((ONE, "--choose", "anew", "--why", "x"), 2, "there is no such choice"),
        (("--choose", "again", "--why", "x"), 2, "a choice is of one document or correction"),
        ((ONE, "--why", "x"), 2, "a choice is of one document or correction"),
        (("INV-2606-009", "--choose", "again", "--why", "x"), 2, "there is no such document"),
        (("INV-2606-002", "--choose", "again", "--why", "x"), 3, "waits for nobody"),
        ((ONE, "--choose", "ours", "--why", "x"), 3, "cannot be told to be ours"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_with_what_to_do(voided, words, code, said):
    done = voided("corrections", *words)
    assert (done.code, said in done.err) == (code, True), done.err
