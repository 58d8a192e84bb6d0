"""What CPU is measured of does the same work in each of its three ways; how long they take is not asserted."""

import pytest

from benchmarks import world
from tests.support.ministack import LocalAws


def test_each_of_the_three_ways_does_its_work(real_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    # Their import needs an AWS: the stock libraries are bound to it once.
    from benchmarks import cpu, cpu_uploads

    monkeypatch.setattr(cpu, "PHOTOS", 10)
    monkeypatch.setattr(cpu, "LISTED", 10)
    world.open_shop()
    found = [*cpu_uploads.compare(1), *cpu.compare(1)]
    assert len({ratio.work for ratio in found}) == 7
    assert all(min(ratio.floor, ratio.ours, ratio.stock) >= 0 for ratio in found)
