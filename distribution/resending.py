"""Sending a picking list's letter again: asked for by a person, or by an expired link."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cagette.core import audit
from cagette.people.models import User
from distribution import notices
from distribution.queries import lists


@transaction.atomic
def resend_list(*, picking_list_id: int, key: UUID, by: User, now: datetime) -> int:
    """Write the letter anew, for the newest version, with a fresh link; the same form key again writes none.
    Returns how many letters."""
    written = lists.newest_of(picking_list_id)
    letters = notices.write_letters(written=written, key=f"picking_list_again:{written.pk}:{key}", now=now)
    if letters:
        scope_id = written.participation.cycle.organisation_id
        audit.note("picking_list.resent", subject=f"picking_list:{written.pk}", by=by, now=now, scope_id=scope_id)
    return letters


@transaction.atomic
def renew_link(*, picking_list_id: int, now: datetime) -> int:
    """Mail a new link, to the newest version, to the farm's own address; within the same hour the same letter
    stands. Returns how many letters."""
    written = lists.newest_of(picking_list_id)
    hour = now.strftime("%Y%m%d%H")
    return notices.write_letters(written=written, key=f"picking_list_link:{written.pk}:{hour}", now=now)
