"""What is logged tells no link."""

import logging

from django.conf import settings

from imagestore.common.masking import MaskLinks

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJpbWFnZXN0b3JlIn0.sgN4tur-e_x"


def logged(message: str, *told: object) -> str:
    record = logging.LogRecord("any", logging.INFO, "", 0, message, told, None)
    assert MaskLinks().filter(record)
    return record.getMessage()


def test_a_link_is_masked_wherever_it_stands() -> None:
    said = logged("%s %s %s", "GET", f"/u/{TOKEN}/s3/params", 503)
    assert said == "GET /u/…/s3/params 503"
    assert logged(f"GET /h/{TOKEN} 200") == "GET /h/… 200"
    assert logged(f"POST /public/shared/{'-_aZ09' * 7}/copy 201") == "POST /public/shared/…/copy 201"
    assert logged(f"POST /extend/{TOKEN} 303") == "POST /extend/… 303"


def test_what_is_no_link_is_logged_as_it_is() -> None:
    assert logged("%s of %d%%", "/api/v1/files", 3) == "/api/v1/files of 3%"
    assert logged("/u/short") == "/u/short"


def test_what_the_product_logs_goes_through_the_mask() -> None:
    written = settings.LOGGING["handlers"]
    assert {name for name, told in written.items() if "links" not in told["filters"]} == set()
    assert settings.LOGGING["filters"]["links"] == {"()": f"{MaskLinks.__module__}.{MaskLinks.__name__}"}
