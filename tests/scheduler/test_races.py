"""What must hold while many do it at once, on a local AWS with real transactions."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from imagestore.common import table
from scheduler import keys, models, queries, rules
from scheduler.records import JobStanding, RunState
from tests.support.jobs import REGULAR, tick_of
from tests.support.ministack import LocalAws
from tests.support.runs import NOW, let_go, put_due, report, started, tick
from tests.support.world import Sent, make_shop

THREADS = 16


def test_sixteen_workers_tell_every_slice_three_times_and_each_counts_once(
    real_aws: LocalAws, sent: list[Sent]
) -> None:
    let_go()
    for _ in range(790):
        put_due()
    run = started()
    told = [number for number in range(1, run.slices + 1) for _ in range(3)]

    def tell(number: int) -> bool:
        items = 100 if number < run.slices else 90
        failure = {"id": f"F{number}", "cause": "late", "key": [f"FILE#F{number}", "FILE"]}
        return report(run, number, counts={"purged": items}, bytes_removed=items, failures=[failure])

    with ThreadPoolExecutor(THREADS) as pool:
        recorded = list(pool.map(tell, told))
    done = queries.run(run.id)
    assert (run.slices, recorded.count(True)) == (8, 8)
    assert (done.state, done.slices_done) == (RunState.DONE, 8)
    assert (done.counts, done.bytes_removed, done.failures) == ({"purged": 790}, 790, 8)
    assert len(queries.findings(run.id).failures) == 8


def test_of_sixteen_ticks_at_once_one_plans(real_aws: LocalAws, sent: list[Sent]) -> None:
    let_go()
    for _ in range(250):
        put_due()
    with ThreadPoolExecutor(THREADS) as pool:
        runs = {run.id for run in pool.map(tick, [NOW] * THREADS) if run is not None}
    assert len(runs) == 1
    assert len(sent) == 3
    assert len(queries.recent_runs().items) == 1
    tick(NOW + timedelta(minutes=1))
    assert len(sent) == 6


@pytest.mark.parametrize("job", REGULAR)
def test_of_sixteen_ticks_of_any_job_at_once_one_plans(real_aws: LocalAws, sent: list[Sent], job: str) -> None:
    make_shop()
    with ThreadPoolExecutor(THREADS) as pool:
        runs = {run.id for run in pool.map(lambda now: tick_of(job, now), [NOW] * THREADS) if run is not None}
    assert len(runs) == 1
    assert len(queries.recent_runs().items) == 1
    slices = [message.payload["slice_number"] for message in sent]
    assert sorted(slices) == list(range(1, queries.run(runs.pop()).slices + 1))


def test_of_sixteen_ticks_after_the_end_of_a_dead_one_s_lease_one_plans(real_aws: LocalAws, sent: list[Sent]) -> None:
    make_shop()
    limit = rules.job("recount_usage").time_limit
    held = models.take_job("a run of who died", NOW + limit, NOW)
    table.update(models.JobRow, keys.job("recount_usage", dry_run=False), *held, JobStanding)

    def all_at(moment: datetime) -> set[str]:
        with ThreadPoolExecutor(THREADS) as pool:
            runs = pool.map(lambda now: tick_of("recount_usage", now), [moment] * THREADS)
            return {run.id for run in runs if run is not None}

    assert all_at(NOW + limit - timedelta(milliseconds=1)) == set()
    assert sent == []
    assert len(all_at(NOW + limit)) == 1
    assert len(sent) == 1


def test_a_slice_that_leaves_work_is_told_by_sixteen_and_leaves_it_once(real_aws: LocalAws, sent: list[Sent]) -> None:
    make_shop()
    run = tick_of("recount_usage", NOW)
    assert run is not None
    left = {"shop": "acme", "turn": 1, "dry_run": False, "after": "customer:m"}
    with ThreadPoolExecutor(THREADS) as pool:
        recorded = list(pool.map(lambda _: report(run, 1, left=left), range(THREADS)))
    assert recorded.count(True) == 1
    assert len(sent) == 2
    assert (queries.run(run.id).slices, queries.run(run.id).slices_done) == (2, 1)
