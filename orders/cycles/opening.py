"""Opening: at its time, by itself, a cycle makes its offers from the catalogues and takes orders."""

import logging
from datetime import datetime

from django.db import transaction

from cagette.core import outbox
from orders.cycles import answering, moving, offering
from orders.cycles.models import Participation

log = logging.getLogger(__name__)


def open_due(*, now: datetime) -> int:
    """Open every participation whose time has come, however late; one failure does not stop the others.
    Returns how many."""
    opened = 0
    for participation_id in Participation.objects.due_to_open(now).order_by("pk").values_list("pk", flat=True):
        try:
            opened += open_one(participation_id=participation_id, now=now)
        except Exception:
            log.exception("participation %s did not open", participation_id)
    return opened


@transaction.atomic
def open_one(*, participation_id: int, now: datetime) -> bool:
    """Open one participation and make its offers, unless it has some already; False when it had opened before."""
    participation = (
        Participation.objects.due_to_open(now)
        .select_related("cycle", "producer")
        .select_for_update(no_key=True, of=("self",))
        .filter(pk=participation_id)
        .first()
    )
    if participation is None or answering.is_paused(participation):
        return False
    if not moving.open_participation(participation_id, now=now):
        return False
    offering.make_offers(participation)
    cycle = participation.cycle
    outbox.record("cycles.participation_opened", key=str(participation_id), now=now, participation_id=participation_id)
    outbox.record("cycles.cycle_opened", key=str(cycle.pk), now=now, cycle_id=cycle.pk)
    return True
