"""A kept proof holds for the very texts it was made of, and for nothing else."""

import pytest

from connector import bootstrap
from connector.mappings import kept
from connector.samples.folders import start


@pytest.fixture
def settings(tmp_path):
    start(tmp_path)
    return bootstrap.load(tmp_path / "config.yaml")


@pytest.fixture
def store(settings):
    store = bootstrap.open_store(settings, bootstrap.SystemClock())
    store.migrate()
    yield store
    store.engine.dispose()


def key_of(settings):
    return kept.key_of(settings.mapping_paths, [book.name for book in settings.books], [each.name for each in settings.connections])


def edit(settings):
    """Somebody saves one of the files with a longer comment; returns how to take that back."""
    _, path = next(iter(kept.files_of(settings.mapping_paths)))
    before = path.read_bytes()
    path.write_bytes(before + b"# a word\n")
    return lambda: path.write_bytes(before)


def test_a_kept_mapping_is_the_one_that_was_proved(settings):
    mapping = bootstrap.load_mapping(settings)
    assert kept.read(kept.write(key_of(settings), mapping), key_of(settings)) == mapping


def test_other_texts_have_another_key(settings):
    before = key_of(settings)
    take_back = edit(settings)
    assert key_of(settings) != before
    take_back()
    assert key_of(settings) == before


@pytest.mark.parametrize("damaged", ["", "\n", "{", '{"digest":', '"', "[]", "null"])
def test_a_proof_that_cannot_be_read_is_made_again(settings, damaged):
    assert kept.read(f"{key_of(settings)}\n{damaged}", key_of(settings)) is None


def test_what_is_saved_while_the_files_are_read_is_no_proof_of_what_stood_there_before(settings, store, monkeypatch):
    load, undo = bootstrap.load_mapping, []

    def saved_meanwhile(given):
        undo.append(edit(given))
        return load(given)

    monkeypatch.setattr(bootstrap, "load_mapping", saved_meanwhile)
    bootstrap.proved_mapping(settings, store, keep=True)
    monkeypatch.undo()
    undo[0]()
    assert bootstrap.proved_mapping(settings, store, keep=True) == load(settings)


def test_another_version_of_the_program_proves_again(settings, monkeypatch):
    before = key_of(settings)
    monkeypatch.setattr(kept, "program", lambda: "9.9.9")
    assert key_of(settings) != before
