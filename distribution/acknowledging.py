"""Acknowledging a picking list: the producer says "seen"."""

from datetime import datetime

from django.db import transaction

from cagette.core import audit
from cagette.people.models import User
from distribution.models import Acknowledgement, PickingList


@transaction.atomic
def acknowledge(*, picking_list_id: int, by: User | None, now: datetime) -> Acknowledgement:
    """Note that the producer has seen this version; by: None through the letter's link. Twice keeps the first."""
    written = PickingList.objects.select_related("participation__cycle").get(pk=picking_list_id)
    seen, created = Acknowledgement.objects.get_or_create(picking_list=written, defaults={"at": now, "by": by})
    if created:
        scope_id = written.participation.cycle.organisation_id
        audit.note("picking_list.acknowledged", subject=f"picking_list:{written.pk}", by=by, now=now, scope_id=scope_id)
    return seen
