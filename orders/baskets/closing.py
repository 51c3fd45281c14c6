"""Freezing what was ordered from one producer; distribution/closing.py is the only caller."""

from datetime import datetime

from orders.baskets.models import OrderLine
from orders.cycles import moving


def freeze(*, participation_id: int, now: datetime) -> bool:
    """Close a participation that the caller holds locked, and freeze its lines; False when it had closed already.

    Cases, then minimums, are settled here, before the freeze (with the trade). No transaction of its own: it
    is a step of closing.
    """
    if not moving.close_participation(participation_id, now=now):
        return False
    lines = OrderLine.objects.active().filter(offer__participation_id=participation_id, frozen_at=None)
    lines.update(frozen_at=now)
    return True
