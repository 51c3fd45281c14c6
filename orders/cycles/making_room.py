"""Making room at a pickup: how many baskets it holds, and each part of its window, also while orders come in."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit
from cagette.people.models import User
from orders.cycles.models import Pickup, PickupCounter, PickupSlot

MOST = 10_000


class RoomRefused(Exception):
    """The room stays as it is. The message is fit for the coordinator to read."""


@transaction.atomic
def set_room(*, pickup_id: int, capacity: int | None, slots: Mapping[int, int | None], by: User, now: datetime) -> bool:
    """Say how many baskets a pickup holds, and each of its slots (by key); None is without limit. Nobody who has
    ordered is put out: below what is taken it is refused. The same again: False. Raises RoomRefused.
    """
    if any(room is not None and not 1 <= room <= MOST for room in (capacity, *slots.values())):
        raise RoomRefused(_("Donnez un nombre de paniers de 1 à 10 000, ou laissez vide s’il n’y a pas de limite."))
    pickup = Pickup.objects.select_related("cycle", "point").get(pk=pickup_id)
    # the rows that placings take their places from, in the house's order: the counter, then the slots
    counter = PickupCounter.objects.select_for_update(no_key=True).get(pickup=pickup)
    mine = {slot.pk: slot for slot in pickup.slots.order_by("pk").select_for_update(no_key=True)}
    wanted = {mine[pk]: room for pk, room in slots.items() if pk in mine}
    if capacity == counter.capacity and all(slot.capacity == room for slot, room in wanted.items()):
        return False
    _check(counter, capacity)
    for slot, room in wanted.items():
        _check(slot, room)
        slot.capacity = room
    PickupSlot.objects.bulk_update(wanted, ["capacity"])
    before = counter.capacity
    PickupCounter.objects.filter(pk=counter.pk).update(capacity=capacity)
    Pickup.objects.filter(pk=pickup_id).update(capacity=capacity)
    audit.note(
        "cycles.room_set", subject=f"cycle:{pickup.cycle_id}", by=by, now=now, scope_id=pickup.cycle.organisation_id,
        point=pickup.point.name, before=before, after=capacity,
    )  # fmt: skip
    return True


def _check(row: PickupCounter | PickupSlot, capacity: int | None) -> None:
    if capacity is not None and row.taken > capacity:
        raise RoomRefused(
            _("%(taken)d paniers y sont déjà attendus : ne descendez pas en dessous.") % {"taken": row.taken}
        )
