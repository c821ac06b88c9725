"""Which addresses a credential may be sent to (Z4)."""

import pytest

from connector.errors import ConfigError
from connector.http import base_of


@pytest.mark.parametrize(
    "url",
    ["https://api.example.com", "https://api.example.com:8443/v2/", "http://127.0.0.1:8000", "http://localhost:1/xero", "http://[::1]:9", "https://8.8.8.8"],
)  # fmt: skip
def test_https_and_loopback_are_fine(url: str):
    assert base_of(url, allow_private=False, whose="books") == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "https://10.0.0.8",
        "https://192.168.1.4/api",
        "https://169.254.169.254/latest",
        "https://[fd00::1]",
        "https://[::ffff:10.0.0.1]",
        "https://0.0.0.0",
        "https://intranet",
        "https://books.internal",
        "https://books.local.",
        "https://0x7f.1",
        "https://2130706433",
    ],
)
def test_z4_plain_http_and_private_addresses_need_a_word_in_the_configuration(url: str):
    with pytest.raises(ConfigError, match="allow_private: true"):
        base_of(url, allow_private=False, whose="books")

    assert base_of(url, allow_private=True, whose="books") == url


@pytest.mark.parametrize(
    "url",
    ["", "api.example.com", "ftp://api.example.com", "https://", "https://user:canary@api.example.com", "https://api.example.com?token=canary",
     "https://api.example.com\\@evil.net", " https://api.example.com", "https://api.example.com:0", "https://api.example.com:99999", "https://[::1"],
)  # fmt: skip
def test_z4_what_is_not_a_plain_address_is_refused_without_repeating_a_password(url: str):
    for allow_private in (False, True):
        with pytest.raises(ConfigError) as caught:
            base_of(url, allow_private=allow_private, whose="books")
        assert "canary" not in str(caught.value)
