"""Writing an order: the rate of each line, the stock that it takes, its number, place and slot at the pickup."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from cagette.core.words import window
from cagette.places import vat
from cagette.places.enums import VatClass, VatRegime, vat_zone_of
from cagette.places.models import VatRate
from orders.baskets import changing, rules
from orders.baskets.changing import Changes
from orders.baskets.codes import new_code
from orders.baskets.enums import Collection, OrderState
from orders.baskets.locks import lock_stocks_of
from orders.baskets.models import Order, OrderLine
from orders.cycles import locks as cycle_locks
from orders.cycles.models import Offer, Pickup, PickupSlot
from producers import locks as stock_locks


def vat_of(pickup: Pickup, offers: Mapping[int, Offer]) -> dict[int, int]:
    """The rate of each offer (frozen on its line): class × zone of the point × day of delivery × the
    producer's regime. Raises RateMissing."""
    zone = vat_zone_of(pickup.point.commune_id)
    rates = vat.rates_on(zone=zone, day=pickup.cycle.delivery_on)
    return {o.pk: _rate(rates, o) for o in offers.values()}


def _rate(rates: dict[tuple[VatClass, VatRegime], VatRate], offer: Offer) -> int:
    try:
        return vat.rate_for(rates, offer.product.vat_class, offer.participation.producer.vat_regime).permyriad
    except vat.VatRateMissing as missing:
        told = {"name": offer.product.name, "missing": missing}
        said = _("« %(name)s » ne peut pas être commandé pour l’instant. %(missing)s Prévenez le groupe.")
        raise rules.RateMissing(said % told) from missing


def take_stock(offers: Mapping[int, Offer], changes: Changes) -> None:
    """Take what is wanted beyond what is held, or raise OfferSoldOut with what may still be had."""
    if not changes.taken:
        return
    remaining = lock_stocks_of({offer_id: offers[offer_id] for offer_id in changes.taken})
    amounts: dict[int, int] = defaultdict(int)
    for offer_id, difference in changes.taken.items():
        if (stock_id := offers[offer_id].stock_id) is not None:
            amounts[stock_id] += difference
    enough = stock_locks.take(amounts)
    left = {
        o: changes.before.get(o.pk, 0) + (remaining.get(o.stock_id, 0) if o.stock_id and o.is_available else 0)
        for o in offers.values()
        if changes.taken.get(o.pk, 0) > 0
        and (not o.is_available or (o.stock_id in amounts and o.stock_id not in enough))
    }
    if left:
        raise rules.OfferSoldOut(left)


def write_order(
    pickup: Pickup, household_id: int, order: Order | None, lines: list[OrderLine], changes: Changes, now: datetime,
    *, slot_id: int | None = None, collector: str | None = None,
) -> Order:  # fmt: skip
    """Write order and lines. The pickup's counter and its slots come last of the locks: everybody's orders pass
    through them.

    slot_id: the slot that it takes, by default the one that it has. collector: who comes for it; None keeps the name.
    """
    remain = bool(changes.added) or any(line.cancelled_at is None for line in lines)
    if order is None:
        order = Order(pickup=pickup, household_id=household_id, version=0, placed_at=now, code=new_code())
        order.number = _taken(cycle_locks.take_number(pickup.pk))
    elif remain and order.state == OrderState.CANCELLED:
        _taken(cycle_locks.take_place(pickup.pk))
        order.collection = Collection.EXPECTED
    elif not remain and order.state == OrderState.PLACED:
        cycle_locks.give_place_back(pickup.pk)
    _move_slot(order, pickup, (slot_id or order.slot_id) if remain else None)
    order.state = OrderState.PLACED if remain else OrderState.CANCELLED
    order.collector = order.collector if collector is None else collector
    order.version += 1
    order.changed_at = now
    order.save()
    changing.write_changes(order, changes)
    return order


def _move_slot(order: Order, pickup: Pickup, slot_id: int | None) -> None:
    """Take the new slot and give the old one back, by key: two households that swap slots do not deadlock."""
    before = order.slot_id
    if before == slot_id:
        return
    for key in sorted({key for key in (before, slot_id) if key is not None}):
        if key == before:
            cycle_locks.give_slot_back(key)
        elif not cycle_locks.take_slot(key):
            raise _slot_full(pickup, key)
    order.slot_id = slot_id


def _slot_full(pickup: Pickup, slot_id: int) -> rules.SlotFull:
    """Read anew: whoever took the last place has committed, or we would still wait for the row."""
    local = pickup.cycle.organisation.local
    slots = PickupSlot.objects.filter(pickup=pickup).order_by("starts_at")
    told = {slot.pk: (slot, window(local(slot.starts_at), local(slot.ends_at))) for slot in slots}
    free = {key: words for key, (slot, words) in told.items() if key != slot_id and slot.has_place}
    return rules.SlotFull(told[slot_id][1], free)


def _taken(place: int | None) -> int:
    if not place:
        raise rules.PickupFull(_("Ce point de retrait est complet pour cette vente. Choisissez-en un autre."))
    return int(place)
