"""What must hold while many do it at once, on a local AWS with real transactions."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from scheduler import queries
from scheduler.records import RunState
from tests.support.ministack import LocalAws
from tests.support.runs import NOW, let_go, put_due, report, started, tick
from tests.support.world import Sent

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
    assert len(queries.failures(run.id)) == 8


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
