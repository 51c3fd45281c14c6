"""Locks of a cycle. The order everywhere: household, cycles by key, participations by key, order rows by key, stock
rows by key, the pickup's counter and slot."""

from collections.abc import Iterable

from django.db import connection

from orders.cycles.models import Cycle, Participation, Pickup, PickupCounter, PickupSlot


def lock_cycles(cycle_ids: Iterable[int]) -> dict[int, Cycle]:
    """Lock cycles in the order of their keys: whoever moves or ends a whole sale does it alone; them by key."""
    rows = Cycle.objects.filter(pk__in=set(cycle_ids)).select_related("organisation").order_by("pk")
    return {cycle.pk: cycle for cycle in rows.select_for_update(no_key=True, of=("self",))}


def share_participations(participation_ids: set[int]) -> list[Participation]:
    """Hold participations open while an order is placed in them (the ORM has no FOR SHARE); closing waits for us."""
    sql = "SELECT * FROM cycles_participation WHERE id = ANY(%s) ORDER BY id FOR SHARE"
    return list(Participation.objects.raw(sql, [sorted(participation_ids)]))


def hold_participations(participation_ids: Iterable[int]) -> dict[int, Participation]:
    """Hold participations alone, in the order of their keys: no order is placed in them meanwhile; them by key."""
    rows = Participation.objects.filter(pk__in=set(participation_ids)).order_by("pk").select_for_update(no_key=True)
    return {participation.pk: participation for participation in rows}


def lock_places(pickup_ids: Iterable[int]) -> None:
    """Lock the counters and slots of several pickups by key, before a deed that takes a place in one and gives one back
    in another: two of them in opposite directions would wait for each other."""
    wanted = set(pickup_ids)
    list(PickupCounter.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True))
    list(PickupSlot.objects.filter(pickup__in=wanted).order_by("pk").select_for_update(no_key=True))


def take_number(pickup_id: int) -> int | None:
    """Take a place in a pickup and the next order number; None when it is full."""
    return _counter(
        "UPDATE cycles_pickupcounter SET last_number = last_number + 1, taken = taken + 1 "
        "WHERE pickup_id = %s AND (capacity IS NULL OR taken < capacity) RETURNING last_number",
        pickup_id,
    )


def take_place(pickup_id: int) -> bool:
    """Take a place again for an order that has its number already; False when it is full."""
    taken = _counter(
        "UPDATE cycles_pickupcounter SET taken = taken + 1 "
        "WHERE pickup_id = %s AND (capacity IS NULL OR taken < capacity) RETURNING last_number",
        pickup_id,
    )
    return taken is not None


def give_place_back(pickup_id: int) -> None:
    """Give a cancelled order's place back; its number is never used again."""
    _counter("UPDATE cycles_pickupcounter SET taken = taken - 1 WHERE pickup_id = %s RETURNING last_number", pickup_id)


def take_slot(slot_id: int) -> bool:
    """Take a place in a slot; False when it is full."""
    taken = _counter(
        "UPDATE cycles_pickupslot SET taken = taken + 1 "
        "WHERE id = %s AND (capacity IS NULL OR taken < capacity) RETURNING taken",
        slot_id,
    )
    return taken is not None


def give_slot_back(slot_id: int) -> None:
    """Give a place in a slot back."""
    _counter("UPDATE cycles_pickupslot SET taken = taken - 1 WHERE id = %s RETURNING taken", slot_id)


def _counter(sql: str, row_id: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [row_id])
        row = cursor.fetchone()
    return row[0] if row else None


def make_counters(pickups: Iterable[Pickup]) -> None:
    """Give new pickups their counters."""
    PickupCounter.objects.bulk_create([PickupCounter(pickup=pickup, capacity=pickup.capacity) for pickup in pickups])
