"""Inviting producers to a cycle: once each."""

from datetime import datetime

from django.db import transaction

from cagette.core import audit, outbox
from cagette.people.models import User
from orders.cycles.enums import Answer, SaleState
from orders.cycles.models import Cycle, Participation


@transaction.atomic
def invite_producers(*, cycle_id: int, by: User | None, now: datetime) -> int:
    """Invite every producer of a cycle that was not invited yet; returns how many. Again: 0, and no second letter."""
    cycle = Cycle.objects.get(pk=cycle_id)
    waiting = Participation.objects.filter(cycle=cycle, invited_at=None, state=SaleState.PLANNED).order_by("pk")
    ids = list(waiting.select_for_update(no_key=True).values_list("pk", flat=True))
    Participation.objects.filter(pk__in=ids).update(invited_at=now)
    for participation_id in ids:
        outbox.record("cycles.producer_invited", key=str(participation_id), now=now, participation_id=participation_id)
    if ids:
        audit.note("cycles.invited", subject=f"cycle:{cycle.pk}", by=by, now=now, scope_id=cycle.organisation_id)
    return len(ids)


@transaction.atomic
def remind_producers(*, cycle_id: int, by: User, now: datetime) -> int:
    """Write again to every producer that was invited and has not answered, once a day at the most; returns how many.
    Again on that day: 0, and no second letter."""
    cycle = Cycle.objects.select_related("organisation").get(pk=cycle_id)
    day = cycle.organisation.local(now).date().isoformat()
    silent = Participation.objects.filter(
        cycle=cycle, invited_at__isnull=False, state=SaleState.PLANNED, answer=Answer.WAITING
    )
    name, reminded = "cycles.producer_reminded", 0
    for participation_id in silent.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True):
        key = f"{participation_id}:{day}"
        if not outbox.is_recorded(name, key=key):
            outbox.record(name, key=key, now=now, participation_id=participation_id, again=day)
            reminded += 1
    if reminded:
        audit.note("cycles.reminded", subject=f"cycle:{cycle.pk}", by=by, now=now, scope_id=cycle.organisation_id)
    return reminded
