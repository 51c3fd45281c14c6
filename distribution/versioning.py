"""Further versions of a list: corrections are gathered, and written five minutes after the last, or at once (18)."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from cagette.core import audit
from cagette.people.models import User
from distribution import picking
from distribution.models import DueVersion, PickingList
from distribution.queries.changes import is_stale
from orders.cycles.enums import SaleState
from orders.cycles.locks import hold_participations

log = logging.getLogger(__name__)

PAUSE = timedelta(minutes=5)  # of quiet after the last correction
FINAL = (SaleState.CLOSED, SaleState.CANCELLED)


def note_change(*, now: datetime, participation_id: int) -> None:
    """Note that lines of a closed participation changed: a version is due when five minutes have passed without
    another change. Handles the news of orders; twice only waits longer."""
    DueVersion.objects.update_or_create(participation_id=participation_id, defaults={"due_at": now + PAUSE})


def write_due(*, now: datetime) -> int:
    """Write all versions that are due, one transaction each, however late; one failure does not stop the others.
    Returns how many were written: where nothing changed in the end there is none."""
    written = 0
    due = DueVersion.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    for participation_id in list(due.values_list("participation_id", flat=True)):
        try:
            written += _write(participation_id, now) is not None
        except Exception:
            log.exception("no version for participation %s", participation_id)
    return written


@transaction.atomic
def send_now(*, participation_id: int, by: User, now: datetime) -> PickingList | None:
    """Write the version at once; None when the list says already what is ordered. Twice: the second time None."""
    written = _write(participation_id, now)
    if written:
        scope_id = written.participation.cycle.organisation_id
        subject = f"picking_list:{written.pk}"
        audit.note("picking_list.sent_now", subject=subject, by=by, now=now, scope_id=scope_id)
    return written


@transaction.atomic
def _write(participation_id: int, now: datetime) -> PickingList | None:
    """Hold the participation (corrections wait), forget that a version is due, write it when the list is stale.

    A sale that opened again meanwhile writes its version when it closes.
    """
    participation = hold_participations([participation_id])[participation_id]
    DueVersion.objects.filter(participation_id=participation_id).delete()
    if participation.state not in FINAL or not is_stale(participation_id):
        return None
    return picking.write_version(participation_id=participation_id, now=now)
