"""Web origins and keys, as they are written and as they are refused."""

from datetime import UTC, datetime

import pytest

from imagestore.identity import rules, signing
from imagestore.identity.errors import OriginInvalid

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Shop.Example", "https://shop.example"),
        ("https://shop.example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_origins_are_written_as_browsers_send_them(text: str, origin: str) -> None:
    assert rules.origins([text], plain_http=False) == {origin}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "null",
        "shop.example",
        "ftp://shop.example",
        "https://",
        "https://shop.example/path",
        "https://shop.example?x=1",
        "https://user@shop.example",
        "https://*.shop.example",
        "https://shöp.example",
        "https://shop.example:port",
        "https://[::1",
        "http://shop.example",
        "https://a#b",
    ],
)
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(OriginInvalid):
        rules.origins([text], plain_http=False)


def test_plain_http_beyond_this_machine_only_where_allowed() -> None:
    assert rules.origins(["http://192.168.1.5:8000"], plain_http=True) == {"http://192.168.1.5:8000"}


def test_a_shop_has_at_most_20_origins() -> None:
    with pytest.raises(OriginInvalid):
        rules.origins([f"https://s{number}.example" for number in range(21)], plain_http=False)


def test_only_the_latest_retired_keys_are_remembered() -> None:
    keys = rules.with_keys([], [], NOW)
    for number in range(15):
        keys = rules.with_key(keys, signing.public_part(signing.generate_key(f"k{number}")), NOW)
        keys = rules.without_key(keys, f"k{number}", NOW)
    keys = rules.with_key(keys, signing.public_part(signing.generate_key("last")), NOW)
    assert [key["kid"] for key in keys] == [*(f"k{number}" for number in range(5, 15)), "last"]
