"""HTTP of the demo, where nobody answers and where an answer is not the one it needs."""

import pytest

from imagestore.demo.client import Answer, Refused, Unreachable, call, expect
from imagestore.local import ports


def test_nobody_there_is_said_without_the_signed_part_of_a_url() -> None:
    port = ports.free_port()
    with pytest.raises(Unreachable, match=rf"^Nothing answers at http://127.0.0.1:{port} \(\w+\)\.$"):
        call("GET", f"http://127.0.0.1:{port}/object?X-Amz-Signature=secret")


def test_a_problem_is_told_in_its_own_words() -> None:
    problem = b'{"title": "The file is in use", "detail": "A project uses it."}'
    with pytest.raises(
        Refused, match=r"^DELETE answered 409 instead of 204\. The file is in use: A project uses it\.$"
    ):
        expect(Answer(409, {}, problem), 204, "DELETE")


def test_an_answer_that_is_no_problem_document_is_quoted() -> None:
    with pytest.raises(Refused, match="<Error>AccessDenied</Error>"):
        expect(Answer(403, {}, b"<Error>AccessDenied</Error>"), 200, "GET")


def test_the_expected_answer_passes() -> None:
    answer = Answer(200, {}, b"{}")
    assert expect(answer, 200, "GET") is answer
