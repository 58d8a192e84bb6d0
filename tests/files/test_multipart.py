"""Uploads in parts of registered files, as an integrator does them: signed urls of parts, on the real local AWS."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from files import keys, operations, rules
from files.records import FileState, Usage
from imagestore.common import account, aws, clock, objects
from tests.support.images import photo
from tests.support.ministack import LocalAws
from tests.support.parts import left, left_bytes, row, sweep, told, used
from tests.support.races import together
from tests.support.uploads import http, put
from tests.support.world import Answer, Api, Sent, customer, make_shop

ANNA = customer()
MIB = 1024**2
A_DAY = timedelta(days=1, seconds=1)
PART = rules.PART_SIZE
BODY = photo(1).body + bytes(PART + 3 * MIB)
"""A JPEG may have anything after its end."""
ANNOUNCED = {
    "name": "sea.jpeg",
    "content_type": "image/jpeg",
    "size": len(BODY),
    "sha256": hashlib.sha256(BODY).hexdigest(),
}
PARTS = [BODY[:PART], BODY[PART:]]
Caller = Callable[..., Api]


@pytest.fixture
def anna(real_aws: LocalAws, api: Caller) -> Api:
    make_shop()
    return api()


def registered(anna: Api, **changes: Any) -> dict[str, Any]:
    (item,) = anna("POST", "/files", {"files": [ANNOUNCED | changes]}).json()["items"]
    return dict(item)


def begun(anna: Api, **changes: Any) -> str:
    """The id of a file whose upload in parts has begun."""
    id = registered(anna, **changes)["file"]["id"]
    answer = anna("POST", f"/files/{id}/multipart")
    assert answer.status_code == 200, answer.content
    return str(id)


def send(anna: Api, id: str, numbers: Sequence[int] = (1, 2)) -> list[dict[str, Any]]:
    signed = anna("POST", f"/files/{id}/multipart/parts", {"part_numbers": list(numbers)}).json()["items"]
    return [{"part_number": part["part_number"], "etag": put_part(part["url"], part["part_number"])} for part in signed]


def put_part(url: str, number: int) -> str:
    answer = http.request("PUT", url, body=PARTS[number - 1])
    assert answer.status == 200, answer.data
    return answer.headers["ETag"]


def complete(anna: Api, id: str, parts: Sequence[dict[str, Any]]) -> Answer:
    return anna("POST", f"/files/{id}/multipart/complete", {"parts": list(parts)})


def state(id: str) -> FileState:
    return row(id).state


def test_a_large_file_is_sent_in_parts_completed_and_verified(anna: Api) -> None:
    id = registered(anna)["file"]["id"]
    assert anna("POST", f"/files/{id}/multipart").json() == {"part_size": PART, "parts": 2}
    assert state(id) == FileState.UPLOADING
    done = complete(anna, id, send(anna, id))
    assert (done.status_code, done.json()["id"]) == (200, id)
    confirmed = anna("POST", f"/files/{id}/confirm").json()
    assert (confirmed["state"], confirmed["width"], confirmed["size"]) == ("stored", 64, len(BODY))
    assert objects.read(keys.object_key("acme", id)) == BODY
    assert (left(), used().used_bytes) == ([], len(BODY))


def test_a_repeated_beginning_answers_the_same_upload(anna: Api) -> None:
    id = begun(anna)
    first = left()
    assert anna("POST", f"/files/{id}/multipart").status_code == 200
    assert left() == first
    assert len(first) == 1


def test_of_two_beginnings_at_once_one_upload_is_left(anna: Api) -> None:
    id = registered(anna)["file"]["id"]

    def begin() -> str | None:
        return operations.begin_upload(id=id, principal=ANNA).upload_id

    answered = together(begin, begin, begin)
    assert set(answered) == set(left())
    assert len(left()) == 1


def test_what_arrived_is_listed_and_the_rest_is_sent_with_fresh_urls(anna: Api) -> None:
    id = begun(anna)
    (first,) = send(anna, id, [1])
    (listed,) = anna("GET", f"/files/{id}/multipart").json()["items"]
    assert listed == {"part_number": 1, "etag": first["etag"].strip('"'), "size": PART}
    (second,) = send(anna, id, [2])
    assert complete(anna, id, [second, {"part_number": 1, "etag": listed["etag"]}]).status_code == 200


def test_a_part_may_be_sent_again_and_the_last_one_counts(anna: Api) -> None:
    id = begun(anna)
    send(anna, id, [1])
    assert complete(anna, id, send(anna, id)).status_code == 200


def test_storage_takes_parts_of_exactly_their_size(anna: Api) -> None:
    id = begun(anna)
    (part,) = anna("POST", f"/files/{id}/multipart/parts", {"part_numbers": [2]}).json()["items"]
    assert part["size"] == len(PARTS[1])
    assert http.request("PUT", part["url"], body=PARTS[1] + b"!").status == 403
    assert http.request("PUT", part["url"], body=PARTS[1][:-1]).status == 403


def test_a_url_of_a_part_that_ran_out_is_refused(anna: Api) -> None:
    id = begun(anna)
    late = clock.now() - timedelta(minutes=61)
    (part,) = operations.sign_parts(id=id, numbers=[1], principal=ANNA, now=late)
    assert http.request("PUT", part.upload.url, body=PARTS[0]).status == 403


@pytest.mark.parametrize("numbers", [[0], [3], [-1], [1, 411]])
def test_only_parts_that_the_file_has_are_signed(anna: Api, numbers: list[int]) -> None:
    answer = anna("POST", f"/files/{begun(anna)}/multipart/parts", {"part_numbers": numbers})
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (422, "parts-invalid", 2)


def test_completing_names_every_part_that_arrived_and_what_each_was(anna: Api) -> None:
    id = begun(anna)
    first, second = send(anna, id)
    foreign = complete(anna, id, [first, second | {"etag": "0" * 32}])
    assert (foreign.status_code, foreign.json()["field"]) == (409, "parts.1.etag")
    unknown = complete(anna, id, [first, second, {"part_number": 3, "etag": "0" * 32}])
    assert (unknown.status_code, unknown.json()["field"]) == (409, "parts.2.part_number")
    for parts in ([first], [second], [first, first, second]):
        assert complete(anna, id, parts).json()["code"] == "upload-incomplete"
    assert state(id) == FileState.UPLOADING
    assert complete(anna, id, [second, first]).status_code == 200


def test_fewer_bytes_than_announced_are_not_completed_and_the_missing_part_may_follow(anna: Api) -> None:
    id = begun(anna)
    parts = send(anna, id, [1])
    refused = complete(anna, id, parts)
    assert (refused.status_code, refused.json()["announced"]) == (409, len(BODY))
    assert complete(anna, id, [*parts, *send(anna, id, [2])]).status_code == 200


def test_completing_twice_is_completing_once(anna: Api) -> None:
    id = begun(anna)
    parts = send(anna, id)
    assert complete(anna, id, parts).status_code == 200
    assert complete(anna, id, parts).status_code == 200
    assert anna("POST", f"/files/{id}/confirm").json()["state"] == "stored"
    again = complete(anna, id, parts)
    assert (again.status_code, again.json()["state"]) == (200, "stored")
    assert len(list(objects.versions(""))) == 1


def test_an_aborted_upload_is_not_completed_and_may_begin_anew(anna: Api) -> None:
    id = begun(anna)
    parts = send(anna, id)
    assert anna("DELETE", f"/files/{id}/multipart").status_code == 204
    assert (left(), state(id)) == ([], FileState.REGISTERED)
    for answer in (complete(anna, id, parts), anna("DELETE", f"/files/{id}/multipart")):
        assert (answer.status_code, answer.json()["code"]) == (409, "upload-not-begun")
    assert anna("POST", f"/files/{id}/multipart").status_code == 200
    assert complete(anna, id, parts).status_code == 409
    assert complete(anna, id, send(anna, id)).status_code == 200


def test_what_storage_forgot_is_told_as_closed(anna: Api) -> None:
    """As the bucket's rule ends uploads after two days."""
    id = begun(anna)
    parts = send(anna, id)
    (upload,) = left()
    key = keys.object_key("acme", id)
    aws.s3().abort_multipart_upload(Bucket=settings.IMAGESTORE_BUCKET, Key=key, UploadId=upload)
    assert complete(anna, id, parts).json()["code"] == "upload-closed"
    assert anna("GET", f"/files/{id}/multipart").json()["code"] == "upload-closed"


def test_a_small_file_is_sent_whole(anna: Api) -> None:
    id = registered(anna, size=5 * MIB)["file"]["id"]
    assert anna("POST", f"/files/{id}/multipart").json()["code"] == "upload-whole"
    assert left() == []


def test_a_stored_file_takes_no_parts(anna: Api) -> None:
    id = begun(anna)
    complete(anna, id, send(anna, id))
    anna("POST", f"/files/{id}/confirm")
    for method, path, body in (("POST", "", None), ("GET", "", None), ("DELETE", "", None),
                               ("POST", "/parts", {"part_numbers": [1]})):  # fmt: skip
        answer = anna(method, f"/files/{id}/multipart{path}", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "upload-closed")


def test_nobody_else_touches_an_upload(anna: Api, api: Caller) -> None:
    make_shop("other")
    id = begun(anna)
    parts = send(anna, id)
    for other in (api(customer="bob"), api(shop="other")):
        assert complete(other, id, parts).status_code == 404
        for method, path, body in (("POST", "", None), ("GET", "", None), ("DELETE", "", None),
                                   ("POST", "/parts", {"part_numbers": [1]})):  # fmt: skip
            assert other(method, f"/files/{id}/multipart{path}", body).status_code == 404
    assert complete(anna, id, parts).status_code == 200


def test_of_both_ways_the_first_wins_and_the_parts_go(anna: Api) -> None:
    item = registered(anna)
    id = item["file"]["id"]
    anna("POST", f"/files/{id}/multipart")
    parts = send(anna, id)
    assert put(item["upload"], BODY) == 200
    assert complete(anna, id, parts).status_code == 200
    assert left() == []
    assert put(item["upload"], BODY) == 412
    assert anna("POST", f"/files/{id}/confirm").json()["state"] == "stored"


def test_a_file_that_came_whole_leaves_no_parts_behind(anna: Api) -> None:
    item = registered(anna)
    id = item["file"]["id"]
    anna("POST", f"/files/{id}/multipart")
    send(anna, id, [1])
    assert put(item["upload"], BODY) == 200
    assert anna("POST", f"/files/{id}/confirm").json()["state"] == "stored"
    assert left() == []


def test_a_signed_put_is_refused_after_the_parts_were_completed(anna: Api) -> None:
    item = registered(anna)
    id = item["file"]["id"]
    anna("POST", f"/files/{id}/multipart")
    complete(anna, id, send(anna, id))
    assert put(item["upload"], BODY) == 412


def test_an_abandoned_upload_is_given_up_with_its_parts(anna: Api) -> None:
    id = begun(anna)
    send(anna, id, [1])
    assert sweep(id, clock.now() + A_DAY).counts["given_up"] == 1
    assert (state(id), left(), used().used_bytes) == (FileState.GONE, [], 0)


def test_one_that_was_completed_in_silence_is_confirmed_instead(anna: Api) -> None:
    id = begun(anna)
    complete(anna, id, send(anna, id))
    assert sweep(id, clock.now() + A_DAY).counts["confirmed"] == 1
    assert state(id) == FileState.STORED


def test_a_withdrawn_file_is_purged_with_its_parts(anna: Api) -> None:
    id = begun(anna)
    send(anna, id, [1])
    assert anna("DELETE", f"/files/{id}").status_code == 204
    assert sweep(id, clock.now() + timedelta(hours=2)).counts["purged"] == 1
    assert (state(id), left()) == (FileState.GONE, [])


def test_a_held_file_whose_upload_was_abandoned_is_rejected_without_its_parts(anna: Api) -> None:
    id = begun(anna)
    send(anna, id, [1])
    operations.hold(ids=[id], holder="project:p", shop="acme", owner="customer:anna")
    sweep(id, clock.now() + A_DAY)
    assert (row(id).reason_code, left()) == ("upload-missing", [])


def test_other_bytes_than_announced_are_found_when_they_are_decoded(anna: Api, sent: list[Sent]) -> None:
    """Storage cannot check the hash of a file that is sent in parts."""
    id = begun(anna, sha256="0" * 64)
    complete(anna, id, send(anna, id))
    told(row(id))
    assert (state(id), [task.payload["ids"] for task in sent if task.name == "files.decode"]) == ("stored", [[id]])
    operations.decode_file(id=id, clock=clock.now)
    assert (state(id), row(id).reason_code) == (FileState.REJECTED, "checksum-mismatch")


@pytest.mark.parametrize("decoded", [False, True])
def test_a_purge_leaves_no_bytes_and_no_upload(anna: Api, decoded: bool) -> None:
    id = begun(anna)
    complete(anna, id, send(anna, id))
    told(row(id))
    if decoded:
        operations.decode_file(id=id, clock=clock.now)
        assert row(id).printable
    operations.trash(id=id, principal=ANNA, now=clock.now())
    assert sweep(id, clock.now() + timedelta(days=31)).counts["purged"] == 1
    assert (left(), left_bytes(), used()) == ([], [], Usage())


def test_its_costs(anna: Api) -> None:
    id = registered(anna)["file"]["id"]

    def cost(do: Callable[[], object]) -> dict[str, int]:
        with account.measure() as work:
            do()
        return {name.partition(":")[2]: number for name, number in work.requests.items()}

    def begin() -> object:
        return operations.begin_upload(id=id, principal=ANNA)

    assert cost(begin) == {"GetItem": 1, "CreateMultipartUpload": 1, "UpdateItem": 1}
    assert cost(lambda: operations.sign_parts(id=id, numbers=[1, 2], principal=ANNA, now=clock.now())) == {"GetItem": 1}
    parts = [operations.NamedPart(part["part_number"], part["etag"]) for part in send(anna, id)]
    assert cost(lambda: operations.complete_upload(id=id, parts=parts, principal=ANNA, now=clock.now())) == {
        "GetItem": 1, "ListParts": 1, "CompleteMultipartUpload": 1,
    }  # fmt: skip
    assert cost(lambda: operations.confirm_arrival(shop_id="acme", id=id, now=clock.now())) == {
        "GetObject": 1, "UpdateItem": 1,
    }  # fmt: skip
