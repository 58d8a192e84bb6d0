"""The calls of Uppy's Companion client, one by one, as it makes them and as it does not."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings

from files import keys, operations, rules
from files.records import File, FileState, Usage
from imagestore.common import account, clock, objects
from imagestore.public import api as public
from tests.support.clients import Client
from tests.support.images import photo
from tests.support.ministack import LocalAws
from tests.support.parts import left, row, sweep, told, used
from tests.support.uploads import http, post
from tests.support.world import Answer, Api, Sent, make_shop, token

HEAD = photo(1).body
BIG = HEAD + bytes(rules.SMALLEST_PART)
A_DAY = timedelta(days=1, seconds=1)
UNKNOWN_ID = "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"
Caller = Callable[..., Api]


@pytest.fixture
def here(real_aws: LocalAws, api: Caller) -> str:
    make_shop()
    make_shop("other")
    return f"{link(api())}/s3"


def link(caller: Api) -> str:
    url: str = caller("POST", "/upload-links", {}).json()["url"]
    return "/u/" + url.rpartition("/u/")[2]


class Upload:
    """One multipart upload as Uppy sees it."""

    def __init__(self, here: str, told: dict[str, Any]) -> None:
        self._here, self.key, self.id, self.file_id = here, told["key"], told["uploadId"], told["file_id"]

    def call(self, method: str, path: str = "", body: object = None, *, more: str = "", **place: str) -> Answer:
        here, key, id = place.get("here", self._here), place.get("key", self.key), place.get("id", self.id)
        url = f"{here}/multipart/{quote(id, safe='')}{path}?key={quote(key, safe='')}{more}"
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(Client(), method.lower())(url, **sent)

    def send(self, number: int, body: bytes) -> dict[str, Any]:
        answer = self.call("GET", f"/{number}")
        assert answer.json().keys() == {"url", "expires"}
        put = http.request("PUT", answer.json()["url"], body=body)
        assert put.status == 200
        return {"PartNumber": number, "ETag": put.headers["ETag"]}

    def complete(self, *parts: dict[str, Any], **place: str) -> Answer:
        return self.call("POST", "/complete", {"parts": list(parts)}, **place)

    @property
    def file(self) -> File:
        return row(self.file_id)


def begun(here: str, name: str = "sea.jpeg", type: str = "image/jpeg") -> Upload:
    body = {"filename": name, "type": type, "metadata": {"name": name, "relativePath": None}}
    answer: Answer = Client().post(f"{here}/multipart", body, "application/json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["bucket"] == settings.IMAGESTORE_BUCKET
    return Upload(here, answer.json())


def test_a_single_file_goes_by_a_form_with_a_key_of_its_own(here: str) -> None:
    asked = f"{here}/params?filename=IMG%201.HEIC&type=application%2Foctet-stream&metadata%5Bname%5D=IMG%201.HEIC"
    shape = Client().get(asked).json()
    assert shape.keys() == {"method", "url", "fields", "expires", "headers", "file_id"}
    assert (shape["method"], shape["fields"]["Content-Type"]) == ("POST", "image/heic")
    assert shape["fields"]["key"] == keys.form_key("acme", shape["file_id"])
    assert 3500 < shape["expires"] <= 3600


def test_what_cannot_be_taken_is_told_before_it_is_sent(here: str) -> None:
    answer: Answer = Client().get(f"{here}/params?filename=cv.pdf&type=application%2Fpdf")
    assert (answer.status_code, answer.json()["field"]) == (422, "content_type")
    missing: Answer = Client().get(f"{here}/params")
    assert (missing.status_code, missing.json()["field"]) == (422, "filename")


def test_parts_are_sent_listed_and_assembled_with_and_without_quotes(here: str) -> None:
    upload = begun(here)
    assert upload.key == keys.object_key("acme", upload.file_id)
    assert upload.file.state == FileState.UPLOADING
    first, second = upload.send(1, BIG), upload.send(2, b"end")
    listed = upload.call("GET").json()
    assert [(part["PartNumber"], part["Size"]) for part in listed] == [(1, len(BIG)), (2, 3)]
    assert [part["ETag"] for part in listed] == [first["ETag"], second["ETag"]]
    done = upload.complete(second, first | {"ETag": first["ETag"].strip('"')})
    assert done.json().keys() == {"location", "key", "bucket"}
    assert done.json()["location"].endswith(upload.key)
    assert objects.read(upload.key) == BIG + b"end"


def test_its_true_size_is_charged_once_when_it_is_completed(here: str, sent: list[Sent]) -> None:
    upload = begun(here)
    part = upload.send(1, BIG)
    assert used() == Usage(1, 0)
    for _ in range(2):
        assert upload.complete(part).status_code == 200
        told(upload.file)
        assert used() == Usage(1, len(BIG))
    assert (upload.file.state, upload.file.size, upload.file.width) == ("stored", len(BIG), 64)
    assert next(task.payload["ids"] for task in sent if task.name == "files.decode") == [upload.file_id]


def test_its_hash_is_known_when_it_is_decoded(here: str) -> None:
    upload = begun(here)
    upload.complete(upload.send(1, BIG))
    told(upload.file)
    assert upload.file.sha256 == ""
    operations.decode_file(id=upload.file_id, clock=clock.now)
    assert (upload.file.printable, upload.file.sha256) == (True, hashlib.sha256(BIG).hexdigest())


def test_parts_are_signed_many_at_once(here: str) -> None:
    upload = begun(here)
    urls = upload.call("GET", "/batch", more="&partNumbers=1,2,410").json()["presignedUrls"]
    assert list(urls) == ["1", "2", "410"]
    assert http.request("PUT", urls["2"], body=b"late").status == 200


@pytest.mark.parametrize("number", ["0", "411", "-1", "one", "9999999999999"])
def test_only_numbers_of_parts_are_signed(here: str, number: str) -> None:
    assert begun(here).call("GET", f"/{number}").json()["code"] == "parts-invalid"


def test_too_many_parts_at_once_are_refused(here: str) -> None:
    numbers = ",".join(str(number) for number in range(1, 412))
    answer = begun(here).call("GET", "/batch", more=f"&partNumbers={numbers}")
    assert (answer.status_code, answer.json()["limit"]) == (422, rules.MOST_PARTS)


def test_a_small_part_is_only_taken_at_the_end(here: str) -> None:
    """The local AWS would take it; AWS itself and so we do not."""
    upload = begun(here)
    refused = upload.complete(upload.send(1, HEAD), upload.send(2, BIG))
    assert (refused.status_code, refused.json()["limit"]) == (409, rules.SMALLEST_PART)


def test_a_gap_between_parts_is_not_closed_in_silence(here: str) -> None:
    upload = begun(here)
    first, third = upload.send(1, BIG), upload.send(3, b"end")
    assert upload.complete(first, third).json()["code"] == "upload-incomplete"
    assert upload.complete(first, upload.send(2, BIG), third).status_code == 200


def test_without_any_part_there_is_nothing_to_complete(here: str) -> None:
    assert begun(here).complete().json()["code"] == "upload-incomplete"


def test_an_unknown_etag_is_refused(here: str) -> None:
    upload = begun(here)
    answer = upload.complete(upload.send(1, BIG) | {"ETag": "0" * 32})
    assert (answer.status_code, answer.json()["field"]) == (409, "parts.0.etag")


def test_more_than_a_file_may_have_is_refused(here: str, api: Caller) -> None:
    make_shop("small", byte_quota=len(BIG) - 1)
    upload = begun(f"{link(api(shop='small'))}/s3")
    answer = upload.complete(upload.send(1, BIG))
    assert (answer.status_code, answer.json()["code"]) == (413, "file-too-large")


def test_the_largest_file_is_a_limit_of_its_own(here: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "LARGEST_FILE", len(BIG) - 1)
    upload = begun(here)
    assert upload.complete(upload.send(1, BIG)).status_code == 413


def test_completing_twice_is_completing_once(here: str) -> None:
    upload = begun(here)
    part = upload.send(1, BIG)
    answers = [upload.complete(part) for _ in range(2)]
    told(upload.file)
    answers.append(upload.complete(part))
    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert len(list(objects.versions(upload.key))) == 1


def test_a_cancelled_upload_goes_with_its_file_and_is_not_completed(here: str) -> None:
    upload = begun(here)
    part = upload.send(1, BIG)
    answer = upload.call("DELETE")
    assert (answer.status_code, answer.json(), left()) == (200, {}, [])
    assert upload.complete(part).status_code == 404
    assert upload.call("GET", "/1").status_code == 404
    assert upload.file.state == FileState.DELETING
    assert sweep(upload.file_id, clock.now() + timedelta(hours=2)).counts["purged"] == 1
    assert used().used_files == 0


def test_an_abandoned_upload_is_given_up_with_its_parts(here: str) -> None:
    upload = begun(here)
    upload.send(1, BIG)
    assert sweep(upload.file_id, clock.now() + A_DAY).counts["given_up"] == 1
    assert (left(), used().used_files) == ([], 0)


def test_a_foreign_upload_id_is_unknown(here: str) -> None:
    upload, other = begun(here), begun(here)
    part = upload.send(1, BIG)
    for id in (other.id, "nonsense", "x.y~z"):
        assert upload.complete(part, id=id).status_code == 404
        for method, path in (("GET", ""), ("GET", "/1"), ("DELETE", "")):
            assert upload.call(method, path, id=id).status_code == 404
    assert upload.complete(part).status_code == 200


@pytest.mark.parametrize("who", [{"customer": "bob"}, {"shop": "other"}])
def test_uploads_of_others_are_not_there(here: str, api: Callable[..., Api], who: dict[str, str]) -> None:
    upload, foreign = begun(here), f"{link(api(**who))}/s3"
    part = upload.send(1, BIG)
    assert upload.complete(part, here=foreign).status_code == 404
    for method, path in (("GET", ""), ("GET", "/1"), ("DELETE", "")):
        assert upload.call(method, path, here=foreign).status_code == 404
    assert upload.call("GET", "/batch", more="&partNumbers=1", here=foreign).status_code == 404
    assert upload.complete(part).status_code == 200


@pytest.mark.parametrize("key", ["", "nonsense", "in/ab/acme/01J9ZQ6W0Z2V5T8K3M4N7P1R6S", "../../etc"])
def test_a_key_that_names_no_file_finds_nothing(here: str, key: str) -> None:
    assert begun(here).call("GET", key=key).status_code == 404


def test_the_key_of_a_form_is_no_upload(here: str) -> None:
    form = Client().get(f"{here}/params?filename=a.jpeg&type=image/jpeg").json()
    assert post(form, HEAD) == 201
    assert begun(here).call("GET", key=form["fields"]["key"]).status_code == 404


def test_the_quota_of_files_refuses_an_upload_and_leaves_none_behind(here: str, api: Caller) -> None:
    make_shop("small", file_quota=1)
    small = f"{link(api(shop='small'))}/s3"
    begun(small)
    answer: Answer = Client().post(
        f"{small}/multipart", {"filename": "b.jpeg", "type": "image/jpeg"}, "application/json"
    )
    assert (answer.status_code, answer.json()["code"], len(left())) == (409, "quota-exceeded", 1)


def test_bytes_beyond_the_quota_are_not_completed_until_there_is_room(here: str, api: Caller) -> None:
    make_shop("small", byte_quota=len(BIG) + 1)
    small = f"{link(api(shop='small'))}/s3"
    first, second = begun(small), begun(small)
    part = second.send(1, BIG)
    assert first.complete(first.send(1, BIG)).status_code == 200
    refused = second.complete(part)
    assert (refused.status_code, refused.json()["code"]) == (409, "quota-exceeded")
    assert (refused.json()["used"]["bytes"], refused.json()["asked"]["bytes"]) == (len(BIG), len(BIG))
    assert (used("small"), left()) == (Usage(2, len(BIG)), [second.id])
    assert api(shop="small")("DELETE", f"/files/{first.file_id}").status_code == 204
    assert sweep(first.file_id, clock.now() + timedelta(hours=2)).counts["purged"] == 1
    assert second.complete(part).status_code == 200
    assert used("small") == Usage(1, len(BIG))


def test_what_all_customers_of_the_shop_may_store_counts_too(here: str, api: Caller) -> None:
    make_shop("small", shop_byte_quota=len(BIG) - 1)
    upload = begun(f"{link(api(shop='small'))}/s3")
    assert upload.complete(upload.send(1, BIG)).json()["code"] == "shop-quota-exceeded"


def test_what_a_visit_began_goes_on_after_the_login_and_counts_with_the_customer(here: str, api: Caller) -> None:
    visit = api(customer=None)("POST", "/sessions", {}).json()
    guest = f"{link(api(bearer=visit['token']))}/s3"
    uploads = [begun(guest), begun(guest)]
    first = uploads[0].send(1, BIG)
    assert api(session=visit["id"])("POST", f"/sessions/{visit['id']}/claim").status_code == 200
    assert uploads[0].complete(first, uploads[0].send(2, b"end")).status_code == 200
    assert uploads[1].call("DELETE").status_code == 200
    told(uploads[0].file)
    assert (uploads[0].file.state, uploads[0].file.owner) == ("stored", "customer:anna")
    sweep(uploads[1].file_id, clock.now() + timedelta(hours=2))
    assert (used(), left()) == (Usage(1, len(BIG) + 3), [])


def test_a_visit_that_was_claimed_reaches_nothing_else_of_its_customer(here: str, api: Caller) -> None:
    visit = api(customer=None)("POST", "/sessions", {}).json()
    guest = f"{link(api(bearer=visit['token']))}/s3"
    api(session=visit["id"])("POST", f"/sessions/{visit['id']}/claim")
    upload = begun(here)
    for id in ("nonsense", begun(here).id):
        assert upload.call("GET", here=guest, id=id).status_code == 404
    confirm: Answer = Client().post(
        f"{guest.removesuffix('/s3')}/files/{upload.file_id}/confirm", content_type="application/json"
    )
    assert confirm.status_code == 404


def test_a_phones_link_counts_each_upload(here: str, api: Caller) -> None:
    visit = api(customer=None)("POST", "/sessions", {}).json()
    handoff = api(bearer=visit["token"])("POST", f"/sessions/{visit['id']}/handoffs", {"most_files": 1}).json()
    phone = f"/u/{handoff['token']}/s3"
    begun(phone)
    answer: Answer = Client().post(f"{phone}/multipart", {"filename": "b.jpeg"}, "application/json")
    assert (answer.status_code, answer.json()["code"], len(left())) == (409, "handoff-closed", 1)


@pytest.mark.parametrize("bad", ["nonsense", "of a customer", "of a visit"])
def test_no_other_token_opens_any_address_below_a_link(
    moto_aws: None, api: Caller, subtests: pytest.Subtests, bad: str
) -> None:
    make_shop()
    visit = api(customer=None)("POST", "/sessions", {}).json()["token"]
    bearer = {"nonsense": "nonsense", "of a customer": token(), "of a visit": visit}[bad]
    asked = {"filename": "a.jpeg", "key": keys.object_key("acme", UNKNOWN_ID), "partNumbers": "1"}
    body = {"filename": "a.jpeg", "parts": [{"PartNumber": 1, "ETag": "x"}]}
    for path, methods in public.get_openapi_schema(path_prefix="")["paths"].items():
        place = path.format(token=bearer, upload_id="u", number="1", file_id=UNKNOWN_ID)
        for method in methods if path.startswith("/u/") else ():
            with subtests.test(f"{method} {path}"):
                sent = {"data": body, "content_type": "application/json"} if method == "post" else {}
                answer = getattr(Client(), method)(f"{place}?{urlencode(asked)}", **sent)
                assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_pages_of_the_shop_may_use_all_of_it_and_others_may_not(here: str) -> None:
    upload = begun(here)
    for origin, allowed in (("https://acme.example", "https://acme.example"), ("https://other.example", None)):
        answer = Client().get(
            f"{here}/multipart/{upload.id}/1?key={quote(upload.key, safe='')}", headers={"Origin": origin}
        )
        assert answer.get("Access-Control-Allow-Origin") == allowed


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "filename"), ({"filename": 7}, "filename"), ({"filename": "../a.jpeg"}, "name"),
     ({"filename": "x" * 1025}, "filename"), ({"filename": "a.svg", "type": "image/svg+xml"}, "content_type"),
     ({"filename": "a", "type": ""}, "content_type")],
)  # fmt: skip
def test_an_upload_that_cannot_begin_leaves_none(here: str, body: dict[str, object], field: str) -> None:
    answer: Answer = Client().post(f"{here}/multipart", body, "application/json")
    assert (answer.status_code, answer.json()["field"], left()) == (422, field, [])


def test_its_costs(here: str) -> None:
    def cost(do: Callable[[], object]) -> dict[str, int]:
        with account.measure() as work:
            do()
        return {name.partition(":")[2]: number for name, number in work.requests.items()}

    begun(here)
    assert cost(lambda: begun(here)) == {"CreateMultipartUpload": 1, "UpdateItem": 1, "BatchWriteItem": 1}
    upload = begun(here)
    part = upload.send(1, BIG)
    assert cost(lambda: upload.call("GET", "/1")) == {"GetItem": 1}
    assert cost(lambda: upload.call("GET", "/batch", more="&partNumbers=1,2,3")) == {"GetItem": 1}
    assert cost(lambda: upload.call("GET")) == {"GetItem": 1, "ListParts": 1}
    assert cost(lambda: upload.complete(part)) == {
        "GetItem": 1, "ListParts": 1, "TransactWriteItems": 1, "CompleteMultipartUpload": 1,
    }  # fmt: skip
    assert cost(lambda: operations.confirm_arrival(shop_id="acme", id=upload.file_id, now=clock.now())) == {
        "GetObject": 1, "UpdateItem": 1,
    }  # fmt: skip


def test_it_takes_no_other_way(here: str, api: Caller) -> None:
    upload = begun(here)
    for path in ("upload-url", "multipart"):
        answer = api()("POST", f"/files/{upload.file_id}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "upload-closed")
