"""Sealed secrets: opened by who has the key of the installation, for the purpose that they were sealed for."""

import pytest
from pytest_django import Settings

from imagestore.common import sealing
from imagestore.common.sealing import SealBroken


def test_what_is_sealed_is_opened_and_tells_nothing() -> None:
    sealed = sealing.seal("whsec_secret", "a purpose")
    assert "secret" not in sealed
    assert sealed != sealing.seal("whsec_secret", "a purpose")
    assert sealing.unseal(sealed, "a purpose") == "whsec_secret"


def test_another_purpose_another_key_and_other_bytes_open_nothing(settings: Settings) -> None:
    sealed = sealing.seal("whsec_secret", "a purpose")
    with pytest.raises(SealBroken):
        sealing.unseal(sealed, "another purpose")
    with pytest.raises(SealBroken):
        sealing.unseal(sealed[:-8] + "AAAAAAA=", "a purpose")
    settings.SECRET_KEY = "another key"
    with pytest.raises(SealBroken):
        sealing.unseal(sealed, "a purpose")


def test_a_former_key_opens_while_it_is_kept(settings: Settings) -> None:
    sealed = sealing.seal("whsec_secret", "a purpose")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new key"
    assert sealing.unseal(sealed, "a purpose") == "whsec_secret"
    anew = sealing.seal("whsec_secret", "a purpose")
    settings.SECRET_KEY_FALLBACKS = []
    assert sealing.unseal(anew, "a purpose") == "whsec_secret"
