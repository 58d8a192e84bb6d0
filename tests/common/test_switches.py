"""The switch that pauses all deletion."""

import pytest

from imagestore.common import switches, transaction
from imagestore.common.transaction import TransactionLost


def test_deletion_runs_until_it_is_paused_and_again_when_resumed(moto_aws: None) -> None:
    assert not switches.deletion().paused
    for paused in (True, False, True):
        transaction.commit([switches.pause_deletion(paused)])
        assert switches.deletion().paused is paused


@pytest.mark.parametrize("shop", [None, "acme"])
def test_what_is_so_already_is_refused(moto_aws: None, shop: str | None) -> None:
    for paused in (False, True):
        with pytest.raises(TransactionLost):
            transaction.commit([switches.pause_deletion(paused, shop)])
        transaction.commit([switches.pause_deletion(not paused, shop)])
