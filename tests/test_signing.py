"""Signatures are Ed25519 as everybody makes them, and a private key is never shown."""

import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connector.bootstrap import load
from connector.errors import ConfigError
from connector.keys import public_key_of, signer_of
from connector.samples.folders import start
from connector.signing import Signer, holds, make_key

# RFC 8032, section 7.1, test 2.
PRIVATE = "ed25519:4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
SIGNATURE = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_a_signature_is_the_one_of_the_standard():
    signer = Signer(PRIVATE)
    assert (signer.public, signer.sign(b"\x72")) == (PUBLIC, SIGNATURE)
    assert holds(PUBLIC, SIGNATURE, b"\x72")


@pytest.mark.parametrize(
    ("public", "signature", "content"),
    [
        (PUBLIC, SIGNATURE, b"\x73"),
        (PUBLIC, "00" + SIGNATURE[2:], b"\x72"),
        ("ab" + PUBLIC[2:], SIGNATURE, b"\x72"),
        (PUBLIC, "no signature", b"\x72"),
        ("", SIGNATURE, b"\x72"),
    ],
)
def test_anything_else_does_not_hold(public, signature, content):
    assert not holds(public, signature, content)


def test_a_key_is_never_shown():
    assert PRIVATE.removeprefix("ed25519:") not in repr(Signer(PRIVATE))
    with pytest.raises(ConfigError, match="is no key") as told:
        Signer("secret but no key")
    assert "secret but" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_new_key_is_for_this_user_alone_and_never_written_over(tmp_path):
    path = tmp_path / "keys" / "signing.key"
    signer = make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip().removeprefix("ed25519:")))
    assert again.public_key().public_bytes_raw().hex() == signer.public
    with pytest.raises(ConfigError, match="cannot be written"):
        make_key(path)


def test_the_key_of_a_folder_is_made_once(tmp_path):
    start(tmp_path)
    settings = load(tmp_path / "config.yaml")
    assert public_key_of(settings) == ""
    signer, made = signer_of(settings)
    assert made == str(tmp_path / "signing.key")
    assert (signer_of(settings)[0].public, signer_of(settings)[1], public_key_of(settings)) == (signer.public, "", signer.public)


def test_a_key_that_others_may_read_is_refused(tmp_path):
    start(tmp_path)
    signer_of(load(tmp_path / "config.yaml"))
    (tmp_path / "signing.key").chmod(0o644)
    with pytest.raises(ConfigError, match="others may open it"):
        signer_of(load(tmp_path / "config.yaml"))
    assert public_key_of(load(tmp_path / "config.yaml")) == ""


def test_a_key_is_made_only_in_a_file(tmp_path, monkeypatch):
    start(tmp_path)
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("file:signing.key ", "env:SIGNING_KEY "), "utf-8")
    monkeypatch.delenv("SIGNING_KEY", raising=False)
    with pytest.raises(ConfigError, match="SIGNING_KEY is not set"):
        signer_of(load(config))
    monkeypatch.setenv("SIGNING_KEY", PRIVATE)
    assert signer_of(load(config))[0].public == PUBLIC


def test_a_signing_key_in_plain_text_is_refused_and_not_repeated(tmp_path):
    start(tmp_path)
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("file:signing.key ", f"{PRIVATE} "), "utf-8")
    with pytest.raises(ConfigError, match="plain text") as told:
        load(config)
    assert PRIVATE not in str(told.value)
