"""What probes and monitors ask.

`/healthz`  200 while this process answers at all; asks nothing of anybody.
`/readyz`   200, or 503 when a part is down; says which: database, Redis, each worker, dispatcher, beat, market data.
`/metrics`  Prometheus' text format; only to this machine itself, or to whoever sends METRICS_TOKEN as a bearer token.
"""

import ipaddress
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from saas import components, metrics
from saas.errors import Forbidden, error_body

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> HttpResponse:
    checked = components.check_all(time.time())
    ok = all(component.ok for component in checked.values())
    body = {name: component.as_json() for name, component in checked.items()}
    answer = {"status": "ok" if ok else "degraded", "components": body}
    return JsonResponse(answer, status=200 if ok else 503)


@require_safe
@never_cache
def show_metrics(request: HttpRequest) -> HttpResponse:
    if not _may_see_metrics(request):
        return JsonResponse(error_body(Forbidden.code, Forbidden.detail), status=Forbidden.http_status)
    text = metrics.render(metrics.collect(components.check_all(time.time())))
    return HttpResponse(text, content_type=TEXT_FORMAT)


def _may_see_metrics(request: HttpRequest) -> bool:
    """A token that is set is asked of everybody: behind a proxy on this machine every visitor looks local."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return constant_time_compare(given, settings.METRICS_TOKEN)
    return _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
