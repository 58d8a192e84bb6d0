"""Both servers of the comparison start and do the same work; how fast they are is told by `make bench` alone."""

from benchmarks import servers
from tests.support.ministack import LocalAws


def test_both_servers_answer_every_call_of_each_round(real_aws: LocalAws) -> None:
    races = servers.race(servers.Sizes(rounds=2, calls=8))
    assert [race.work for race in races] == ["register 1", "list 50"]
    for race in races:
        assert len(race.ours) == len(race.peers) == 2
        assert all(turn.rate > 0 and turn.cpu >= 0 for turn in (*race.ours, *race.peers))
