"""Whether this installation lives: /livez for the process, /readyz for all that must go on by itself."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from cagette.core import clock
from cagette.core.models import Heartbeat, Letter, OutboxEvent

STUCK_AFTER = timedelta(minutes=3)

Watch = Callable[..., Iterable[str]]
_watches: list[Watch] = []


def watch(function: Watch) -> None:
    """Add a watch, called with late= (the instant before which nothing due may still wait); it yields what is
    stuck, in words."""
    if function not in _watches:
        _watches.append(function)


def beat(name: str, *, now: datetime) -> None:
    """Note that a process lives."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now})


def stuck(*, now: datetime) -> list[str]:
    """All that should have moved and has not for three minutes, in words; empty when all is well."""
    late = now - STUCK_AFTER
    seen = dict(Heartbeat.objects.values_list("name", "at"))
    found = [f"{name} is silent" for name in ("worker", "relay") if name not in seen or seen[name] < late]
    if OutboxEvent.objects.filter(delivered_at=None, due_at__lt=late).exists():
        found.append("the outbox is stuck")
    if Letter.objects.filter(state=Letter.State.WAITING, due_at__lt=late).exists():
        found.append("letters are stuck")
    return found + [text for function in _watches for text in function(late=late)]


@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"alive": True})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, scheduler, worker, relay and outbox do their work, else 503 and what is stuck."""
    try:
        found = stuck(now=clock.now())
    except DatabaseError:
        found = ["the database does not answer"]
    return JsonResponse({"ready": not found, "stuck": found}, status=503 if found else 200)
