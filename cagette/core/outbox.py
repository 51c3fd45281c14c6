"""News: recorded with the change, delivered later, each in the transaction that marks it delivered."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from cagette.core.integrity import Finding, Kind
from cagette.core.models import OutboxEvent

log = logging.getLogger(__name__)

Handler = Callable[..., object]
_handlers: dict[str, list[Handler]] = defaultdict(list)


def subscribe(name: str, handler: Handler) -> None:
    """Call the handler with now= and the event's payload. Handlers are idempotent; several may share an event."""
    if handler not in _handlers[name]:
        _handlers[name].append(handler)


def record(name: str, *, key: str, now: datetime, **payload: object) -> None:
    """Write news in the caller's transaction. The same name and key again is the same news and changes nothing."""
    event = OutboxEvent(name=name, key=key, payload=payload, recorded_at=now, due_at=now)
    OutboxEvent.objects.bulk_create([event], ignore_conflicts=True)


def is_recorded(name: str, *, key: str) -> bool:
    """Whether this news was written before."""
    return OutboxEvent.objects.filter(name=name, key=key).exists()


def deliver_due(*, now: datetime) -> int:
    """Deliver all that is due, one event a transaction; one that fails waits longer and holds up nobody.
    Returns how many."""
    delivered = 0
    failed: set[int] = set()
    while event_id := _deliver_next(now=now, failed=failed):
        delivered += event_id not in failed
    return delivered


def _deliver_next(*, now: datetime, failed: set[int]) -> int | None:
    """Deliver the oldest due event that nobody else holds; its id, or None when there is none."""
    event_id = None
    try:
        with transaction.atomic():
            event = _lock_next(now, failed)
            if event is None:
                return None
            event_id = event.pk
            for handler in _handlers[event.name]:
                handler(now=now, **event.payload)
            OutboxEvent.objects.filter(pk=event.pk).update(delivered_at=now, attempts=F("attempts") + 1, error="")
    except Exception as error:
        if event_id is None:
            raise
        log.exception("outbox event %s failed", event_id)
        failed.add(event_id)
        _postpone(event_id, error, now)
    return event_id


def _lock_next(now: datetime, failed: Collection[int]) -> OutboxEvent | None:
    due = OutboxEvent.objects.filter(delivered_at=None, due_at__lte=now).exclude(pk__in=failed)
    return due.order_by("due_at", "id").select_for_update(skip_locked=True).first()


def _postpone(event_id: int, error: Exception, now: datetime) -> None:
    event = OutboxEvent.objects.get(pk=event_id)
    wait = timedelta(seconds=min(3600, 5 * 2 ** min(event.attempts, 10)))
    event.attempts, event.error, event.due_at = (
        event.attempts + 1,
        f"{type(error).__name__}: {error}"[:2000],
        now + wait,
    )
    event.save(update_fields=["attempts", "error", "due_at"])


def find_undelivered(*, now: datetime) -> Iterator[Finding]:
    """News still to be told is pending, not wrong; news that keeps failing is wrong."""
    for event in OutboxEvent.objects.filter(delivered_at=None).order_by("id").iterator():
        kind: Kind = "wrong" if event.attempts >= 8 else "pending"
        yield Finding(kind, f"outbox event {event.pk} {event.name} {event.key}: {event.error or 'waiting'}")
