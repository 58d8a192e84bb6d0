"""Work is counted for whoever measures, in this thread and in those that it sends out."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings

from imagestore.common import account, aws, switches
from imagestore.common.batches import in_parallel


@pytest.fixture(autouse=True)
def _table(moto_aws: None) -> None:
    return None


def ask(_: object = None) -> bool:
    return switches.deletion().paused


def test_requests_and_units_are_counted_by_service() -> None:
    with account.measure() as work:
        ask()
        aws.s3().put_object(Bucket=settings.IMAGESTORE_BUCKET, Key="k", Body=b"")
    assert work.requests == {"dynamodb:GetItem": 1, "s3:PutObject": 1}
    assert (work.dynamodb_requests, work.s3_requests) == (1, 1)
    assert (work.rcu, work.wcu) == (1.0, 0.0)


def test_a_refused_call_counts_too() -> None:
    with account.measure() as work, pytest.raises(aws.FAILURES):
        aws.s3().get_object(Bucket=settings.IMAGESTORE_BUCKET, Key="none")
    assert work.s3_requests == 1


def test_the_outer_measure_counts_what_the_inner_counts() -> None:
    with account.measure() as outer:
        ask()
        with account.measure() as inner:
            ask()
        ask()
    ask()
    assert (outer.dynamodb_requests, inner.dynamodb_requests) == (3, 1)


def test_calls_side_by_side_count_for_their_sender() -> None:
    with account.measure() as work:
        in_parallel(ask, range(20))
    assert work.dynamodb_requests == 20


def test_threads_of_others_do_not_count() -> None:
    def other() -> int:
        with account.measure() as own:
            ask()
        return own.dynamodb_requests

    with account.measure() as work, ThreadPoolExecutor(2) as pool:
        assert [future.result() for future in [pool.submit(other), pool.submit(other)]] == [1, 1]
    assert work.dynamodb_requests == 0
