"""Moving a close, later or earlier; a sale that has closed opens again, its lists wait for their next version."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit, outbox, words
from cagette.people.models import User
from orders.baskets import groups_part
from orders.baskets.locks import some_handed_over
from orders.baskets.models import OrderLine
from orders.cycles import moving, rescheduling
from orders.cycles.enums import SaleState
from orders.cycles.models import Participation
from orders.cycles.rescheduling import COMING, Held, MoveRefused


@transaction.atomic
def move_close(
    *, cycle_id: int, closes_at: datetime, by: User, now: datetime, participation_id: int | None = None
) -> bool:
    """Move the close of a sale, with the farms that close with it; or (participation_id) a farm's own earlier one.

    Farms that have closed open again: households change their lines as before, lines cut by a minimum stay cut, what
    the group took to fill cases is given back, and the next close writes the next version of the list, if it says
    something new. Everybody who ordered is told once. Moved to where it is: False, and nothing changes. When money
    comes to orders: refused here once something is paid. Raises MoveRefused.
    """
    held = rescheduling.hold_alive([cycle_id])[cycle_id]
    before, moved = _what_moves(held, closes_at, participation_id)
    if closes_at == before:
        return False
    if some_handed_over(cycle_id):
        raise MoveRefused(_("Des paniers sont déjà remis : la vente ne rouvre plus."))
    rescheduling.write_close(held, moved, closes_at=closes_at, whole=participation_id is None, now=now)
    closed = [part for part in moved if part.state == SaleState.CLOSED]
    _open_again(held, closed, now)
    _tell(held, moved, reopened=bool(closed), before=before, after=closes_at, by=by, now=now)
    return True


def _what_moves(held: Held, closes_at: datetime, participation_id: int | None) -> tuple[datetime, list[Participation]]:
    """The close that moves, and whose: those that close with the sale, and those that would close after it."""
    if participation_id is not None:
        own = next((part for part in held.coming if part.pk == participation_id), None)
        if own is None:
            raise MoveRefused(_("Cette ferme ne vient pas à cette vente."))
        return own.closes_at, [own]
    before = held.cycle.closes_at
    moved = [
        part
        for part in held.parts
        if part.closes_at == before or (part.closes_at > closes_at and part.state != SaleState.CLOSED)
    ]
    return before, moved


def _open_again(held: Held, closed: list[Participation], now: datetime) -> None:
    ids = [part.pk for part in closed]
    if not ids:
        return
    groups_part.give_rest_back(ids, group_id=held.cycle.organisation_id, now=now)
    OrderLine.objects.active().filter(offer__participation__in=ids, frozen_at__isnull=False).update(frozen_at=None)
    for participation_id in ids:
        moving.reopen_participation(participation_id)


def _tell(
    held: Held,
    moved: list[Participation],
    *,
    reopened: bool,
    before: datetime,
    after: datetime,
    by: User,
    now: datetime,
) -> None:
    cycle, what = held.cycle, "reopened" if reopened else "close"
    said = [words.moment(cycle.organisation.local(when)) for when in (before, after)]
    told = [part.pk for part in moved if part.state in COMING]
    outbox.record(
        "cycles.sale_moved", key=f"{cycle.pk}:{what}:{now.isoformat()}", now=now, cycle_id=cycle.pk, what=what,
        before=said[0], after=said[1], why="", stamp=now.isoformat(), participations=told,
    )  # fmt: skip
    audit.note(
        "cycles.reopened" if reopened else "cycles.close_moved", subject=f"cycle:{cycle.pk}", by=by, now=now,
        scope_id=cycle.organisation_id, before=said[0], after=said[1], participations=told,
    )  # fmt: skip
