"""A price list is confirmed: a short one is applied at once, a long one in the background, so that the page can be
left."""

import logging
from datetime import datetime

from django.db import connection, transaction

from cagette.people.models import User
from producers.models import PriceListDraft
from producers.price_lists.applying import (
    Applied,
    PriceListRefused,
    check_plan,
    lock_draft,
    refresh_draft,
    write_plan,
)

log = logging.getLogger(__name__)

AT_ONCE = 300  # rows: what a browser waits for without noticing
PATIENCE = "10s"  # for somebody who changes the same catalogue


@transaction.atomic
def confirm_draft(
    *, draft_id: int, producer_id: int, digest: str, leave_errors: bool, by: User, now: datetime
) -> Applied | None:
    """Confirm what a preview showed. Up to AT_ONCE rows it is applied now, in ten queries at most; beyond, it is due
    from now on, and the answer is None.

    digest: the preview's. leave_errors: apply the rows that read well although others do not. Twice: the second time
    changes nothing and says what the first did. Raises PriceListRefused, DraftGone, CatalogueChangedMeanwhile.
    """
    draft = lock_draft(draft_id, producer_id)
    if draft.applied_at is not None:
        return Applied(**draft.outcome)
    if draft.confirmed_at is not None:
        return None
    plan = check_plan(draft, digest=digest, leave_errors=leave_errors, now=now)
    if len(draft.rows) <= AT_ONCE:
        return write_plan(draft, plan, by=by, now=now)
    PriceListDraft.objects.filter(pk=draft.pk).update(
        confirmed_at=now, confirmed_by=by, digest=digest, leave_errors=leave_errors, refusal=""
    )
    return None


def apply_due(*, now: datetime) -> int:
    """Apply all lists that are confirmed, one transaction each, however late; one failure does not stop the others.
    Returns how many it applied."""
    done = 0
    waiting = PriceListDraft.objects.filter(confirmed_at__lte=now, applied_at=None).order_by("confirmed_at", "pk")
    for draft_id, producer_id in list(waiting.values_list("pk", "producer_id")):
        try:
            done += _apply(draft_id, producer_id, now)
        except PriceListRefused as refusal:
            refresh_draft(draft_id=draft_id, producer_id=producer_id, refusal=str(refusal))
        except Exception:
            log.exception("price list %s was not applied", draft_id)
    return done


@transaction.atomic
def _apply(draft_id: int, producer_id: int, now: datetime) -> bool:
    """Apply one confirmed list; False when another worker, or the person who took it back, came first."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
    draft = lock_draft(draft_id, producer_id)
    if draft.applied_at is not None or draft.confirmed_at is None:
        return False
    plan = check_plan(draft, digest=draft.digest, leave_errors=draft.leave_errors, now=now)
    write_plan(draft, plan, by=draft.confirmed_by, now=now)
    return True


def late_to_apply(*, late: datetime) -> list[str]:
    """What /readyz says of lists that were confirmed before `late` and still wait."""
    count = PriceListDraft.objects.filter(confirmed_at__lt=late, applied_at=None).count()
    return [f"{count} price lists wait to be applied"] if count else []
