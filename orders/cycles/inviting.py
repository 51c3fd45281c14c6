"""Inviting producers to a cycle: once each."""

from datetime import datetime

from django.db import transaction

from cagette.core import audit, outbox
from cagette.people.models import User
from orders.cycles.enums import SaleState
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
