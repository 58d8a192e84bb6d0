"""GIF: the logical screen."""

import pytest

from tests.support.headers import drawn, facts_of, refusal_of


@pytest.mark.parametrize("version", [b"GIF87a", b"GIF89a"])
def test_both_versions(version: bytes) -> None:
    facts = facts_of(version + drawn("GIF", size=(300, 2))[6:])
    assert (facts.content_type, facts.width, facts.height) == ("image/gif", 300, 2)


def test_zero_pixels_are_no_dimensions() -> None:
    body = drawn("GIF")
    assert refusal_of(body[:6] + bytes(4) + body[10:]).code == "no-dimensions"
