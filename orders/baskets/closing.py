"""Settling and freezing what was ordered from one producer; distribution/closing.py is the only caller."""

from datetime import datetime

from cagette.core import outbox
from orders.baskets import settling
from orders.baskets.models import OrderLine
from orders.cycles import moving
from orders.cycles.models import Participation


def freeze(*, participation: Participation, now: datetime) -> bool:
    """Close a due participation that the caller holds locked: cases, then the minimum, then its lines are frozen.

    False when another close came first. No transaction of its own: it is a step of closing. The order is ruling 15's: a
    case that is cut may bring the farm below its minimum. The news of the last one to close tells the households.
    """
    settling.settle_cases(participation, now=now)
    outcome = settling.settle_minimum(participation, now=now)
    if not moving.close_participation(participation.pk, outcome=outcome, now=now):
        return False
    lines = OrderLine.objects.active().filter(offer__participation=participation, frozen_at=None)
    lines.update(frozen_at=now)
    outbox.record(
        "baskets.participation_closed", key=f"{participation.pk}:{now.isoformat()}", now=now,
        participation_id=participation.pk,
    )  # fmt: skip
    return True
