"""The close: each participation once, however late, doubled or killed; its lines frozen and its list written
in one transaction."""

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction

from distribution import picking
from distribution.queries.changes import is_stale
from orders.baskets import closing as orders_closing
from orders.cycles.models import Participation

log = logging.getLogger(__name__)

PATIENCE = "10s"  # placings in flight end long before


def close_due(*, now: datetime) -> int:
    """Close all that is due, one transaction each; one failure does not stop the others. Returns how many it closed.

    First those that nobody holds; then it waits for those that a placing (or another sweeper) held.
    """
    closed = 0
    failed: set[int] = set()
    for wait in (False, True):
        while participation_id := close_next(now=now, passed_over=failed, wait=wait):
            closed += participation_id > 0
    return closed


def close_next(*, now: datetime, passed_over: "set[int]", wait: bool = False) -> int | None:
    """Claim and close one due participation: its id, or None when there is none left.

    wait: also one that is locked, waiting for it. One that fails is logged, added to passed_over and answered as -1;
    so is (without the rest) one that another sweeper closed while this one waited.
    """
    claimed: list[int] = []
    try:
        closed = _close_next(now, passed_over, wait, claimed)
        return -1 if closed is None and claimed else closed
    except Exception:
        if not claimed:
            raise
        log.exception("participation %s did not close", claimed[0])
        passed_over.add(claimed[0])
        return -1


@transaction.atomic(durable=True)
def _close_next(now: datetime, passed_over: Collection[int], wait: bool, claimed: list[int]) -> int | None:
    participation = _claim(now, passed_over, wait, claimed)
    if participation is None:
        return None
    orders_closing.freeze(participation=participation, now=now)
    if participation.closed_at is None:
        picking.write_version(participation_id=participation.pk, now=now, first_of=participation.producer_id)
    elif is_stale(participation.pk):  # ruling 18: a sale that opened again and changed nothing has its list already
        picking.write_version(participation_id=participation.pk, now=now)
    return participation.pk


def _claim(now: datetime, passed_over: Collection[int], wait: bool, claimed: list[int]) -> Participation | None:
    due = Participation.objects.due_to_close(now).exclude(pk__in=passed_over).order_by("closes_at", "pk")
    due = due.select_related("cycle__organisation", "producer")
    if not wait:
        participation = due.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
    else:
        waiting = due.values_list("pk", flat=True).first()
        if waiting is None:
            return None
        claimed.append(waiting)
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        participation = due.select_for_update(no_key=True, of=("self",)).filter(pk=waiting).first()
    if participation is not None:
        claimed[:] = [participation.pk]
    return participation
