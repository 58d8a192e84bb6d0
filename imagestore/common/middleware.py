"""Around every request: what it cost, and a problem document for whatever was refused or broke outside a route."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse

from imagestore.common import account, answers, aws, bodies, problems

log = logging.getLogger(__name__)
Answer = Callable[[HttpRequest], HttpResponse]
DJANGOS_OWN = (Http404, PermissionDenied, SuspiciousOperation)
APIS = ("/api/", "/u/", "/shared/", "/extend/")
PAGED = ("/shared/", "/extend/")
"""Programs and people open the same link: who asks for a page gets one."""
READING = {"GET", "HEAD", "OPTIONS"}
WAS_READING = "The error was logged. Nothing was changed."
WAS_WRITING = "The error was logged. Look at what the request was to change before you send it again."
BODY_METHODS = {"POST", "PUT", "PATCH"}


def account_work(get_response: Answer) -> Answer:
    """Logs requests and capacity units; in development the answer tells them too (`Imagestore-Work`)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with account.measure() as work:
            response = get_response(request)
        told = f"dynamodb={work.dynamodb_requests};s3={work.s3_requests};rcu={work.rcu:g};wcu={work.wcu:g}"
        log.info("%s %s %s %s", request.method, problems.path_of(request), response.status_code, told)
        if settings.IMAGESTORE_DEVELOPMENT:
            response["Imagestore-Work"] = told
        return response

    return middleware


def answer_heads(get_response: Answer) -> Answer:
    """HEAD asks what GET would answer, without its body. Not of links: there a GET may register a file."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "HEAD" or not request.path_info.startswith("/api/"):
            return get_response(request)
        request.method = "GET"
        response = get_response(request)
        request.method = "HEAD"
        response.headers.setdefault("Content-Length", str(len(response.content)))
        response.content = b""
        return response

    return middleware


def protect_pages(get_response: Answer) -> Answer:
    """Pages run and show only what comes from here, and pictures from the bucket, where they upload to."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.get("Content-Type", "").startswith("text/html") and not _for_programs(request):
            response.headers.setdefault("Content-Security-Policy", _page_policy())
        return response

    return middleware


def _for_programs(request: HttpRequest) -> bool:
    path = request.path_info
    return path.startswith(APIS) and not (path.startswith(PAGED) and answers.wants_page(request))


def _page_policy() -> str:
    bucket = urlsplit(aws.object_url_base(settings.IMAGESTORE_BUCKET))
    origin = f"{bucket.scheme}://{bucket.netloc}"
    return (
        f"default-src 'self'; img-src 'self' blob: {origin}; connect-src 'self' {origin}; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def answer_problems(get_response: Answer) -> Answer:
    def middleware(request: HttpRequest) -> HttpResponse:
        if not _for_programs(request):
            return get_response(request)
        refused = _refused_body(request)
        if refused is not None:
            return refused
        response = get_response(request)
        if response.status_code < 400 or response["Content-Type"] == problems.CONTENT_TYPE:
            return response
        return _as_problem(response)

    middleware.process_exception = _crash  # type: ignore[attr-defined]
    return middleware


def _refused_body(request: HttpRequest) -> HttpResponse | None:
    if request.method not in BODY_METHODS:
        return None
    try:
        body = request.body
    except RequestDataTooBig:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return problems.answer(
            413,
            "too-large",
            "The request is too large",
            f"A body may have {limit} bytes on the wire; one that is larger may be sent as gzip.",
            field="body",
            limit=limit,
        )
    if body and (told := _not_json(request)):
        header, what = told
        return problems.of_status(415, f"The body is {what[:100]}; send application/json in UTF-8.", field=header)
    return _unpacked(request, body) if _encoding(request) == "gzip" else None


def _unpacked(request: HttpRequest, body: bytes) -> HttpResponse | None:
    """Routes read the body as if it had been sent plain."""
    try:
        request._body = bodies.gunzipped(body, settings.IMAGESTORE_LARGEST_BODY)
    except bodies.TooLong:
        limit = settings.IMAGESTORE_LARGEST_BODY
        text = f"An unpacked body may have {limit} bytes."
        return problems.answer(413, "too-large", "The request is too large", text, field="body", limit=limit)
    except bodies.NoGzip:
        return problems.of_status(400, "The body is not the gzip that its Content-Encoding says.", field="body")
    return None


def _encoding(request: HttpRequest) -> str:
    return request.headers.get("Content-Encoding", "identity").lower()


def _not_json(request: HttpRequest) -> tuple[str, str] | None:
    """The header that says so, and what a body is that is not plain JSON."""
    charset = (request.content_params or {}).get("charset", "utf-8")
    encoding = _encoding(request)
    if request.content_type != "application/json":
        return "Content-Type", request.content_type or "of no type"
    if charset.lower() not in ("utf-8", "utf8"):
        return "Content-Type", f"in {charset}"
    return ("Content-Encoding", f"encoded as {encoding}") if encoding not in ("", "identity", "gzip") else None


def _as_problem(response: HttpResponse) -> HttpResponse:
    detail = "There is nothing at this address." if response.status_code == 404 else response.reason_phrase
    problem = problems.of_status(response.status_code, detail)
    for header in ("Allow", "WWW-Authenticate", "Retry-After"):
        if header in response:
            problem[header] = response[header]
    return problem


def _crash(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """None leaves to Django what it knows to answer, and pages to their own error page."""
    if isinstance(error, DJANGOS_OWN) or not _for_programs(request):
        return None
    log.error("%s %s crashed", request.method, problems.path_of(request), exc_info=error)
    return problems.of_status(500, WAS_READING if request.method in READING else WAS_WRITING)
