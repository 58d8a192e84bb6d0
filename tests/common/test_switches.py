"""The switch that pauses all deletion."""

from imagestore.common import switches, transaction


def test_deletion_runs_until_it_is_paused_and_again_when_resumed(moto_aws: None) -> None:
    assert not switches.deletion().paused
    for paused in (True, True, False, True):
        transaction.commit([switches.pause_deletion(paused)])
        assert switches.deletion().paused is paused
