"""Liveness and readiness, for load balancers and people."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from imagestore.common import aws


@csrf_exempt
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


@csrf_exempt
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Table and bucket answer too; 503 names what does not."""
    checks = {
        "table": lambda: aws.dynamodb().describe_table(TableName=settings.IMAGESTORE_TABLE),
        "bucket": lambda: aws.s3().head_bucket(Bucket=settings.IMAGESTORE_BUCKET),
    }
    found = {name: _answers(check) for name, check in checks.items()}
    return JsonResponse(found, status=200 if all(state == "ready" for state in found.values()) else 503)


def _answers(check: object) -> str:
    try:
        check()  # type: ignore[operator]
    except aws.FAILURES as error:
        return f"does not answer: {type(error).__name__}"
    return "ready"
