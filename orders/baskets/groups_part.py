"""What a group takes in its own name: the rest of a case. An order like any other, of a household of the group."""

from collections.abc import Iterable
from datetime import datetime

from cagette.core import audit
from cagette.people.models import Household
from cagette.places import vat
from cagette.places.enums import vat_zone_of
from orders.baskets.changing import line_of
from orders.baskets.codes import new_code
from orders.baskets.cutting import Cut, apply_cuts
from orders.baskets.enums import CancelReason, OrderState
from orders.baskets.models import Order, OrderLine
from orders.cycles import locks as cycle_locks
from orders.cycles.models import Cycle, GroupSettings, Offer, Pickup
from producers import locks as stock_locks


class NoRoom(Exception):
    """The group can take nothing: every pickup of the cycle is full, or no VAT rate is known there."""


def take_rest(offer: Offer, count: int, *, cycle: Cycle, now: datetime) -> Order:
    """Order so much of an offer for the group itself, at the cycle's first pickup that has a place.

    A step of the close, which holds the participation and the stock, and has looked that there is enough. Raises
    NoRoom.
    """
    order = _order(cycle, household_of(cycle, now=now), now)
    if offer.stock_id is not None and not stock_locks.take({offer.stock_id: count}):
        raise RuntimeError("The rest of a case is not in stock: the close looks first, under the lock.")
    rates = vat.rates_on(zone=vat_zone_of(order.pickup.point.commune_id), day=cycle.delivery_on)
    try:
        rate = vat.rate_for(rates, offer.product.vat_class, offer.participation.producer.vat_regime)
    except vat.VatRateMissing as missing:
        raise NoRoom(str(missing)) from missing  # a close must not hang on a table: the last lines are cut
    _write_line(order, line_of(offer, count, vat=rate.permyriad, now=now))
    audit.note(
        "baskets.case_completed", subject=f"order:{order.pk}", by=None, now=now, scope_id=cycle.organisation_id,
        offer=offer.pk, count=count,
    )  # fmt: skip
    return order


def _write_line(order: Order, line: OrderLine) -> None:
    """Add a line, or raise the one that is there at the same price (a sale that opened again, or was merged)."""
    alike = order.lines.active().filter(offer=line.offer, content=line.content)
    same = next((there for there in alike if there.unit_price == line.unit_price), None)
    if same is None:
        line.order = order
        line.save()
        return
    same.set_count(same.count + line.count)
    same.placed_at = line.placed_at
    same.save(update_fields=["count", "listed_amount", "final_amount", "placed_at"])


def give_rest_back(participation_ids: Iterable[int], *, group_id: int, now: datetime) -> None:
    """Take back what the group took to fill cases, before they are settled anew: a step of opening a sale again, which
    holds its participations. The group's household, when people live in it, keeps what it has: they may have chosen it.
    """
    lines = OrderLine.objects.active().filter(
        offer__participation__in=participation_ids, offer__product__case_size__isnull=False,
        order__household__in=GroupSettings.objects.filter(organisation=group_id).values("household"),
        order__household__people=None,
    )  # fmt: skip
    cuts = [Cut(line, 0) for line in lines.select_related("offer__product").order_by("pk")]
    apply_cuts(cuts, reason=CancelReason.CASE, now=now, group_id=group_id)


def household_of(cycle: Cycle, *, now: datetime) -> Household:
    """The household in whose name the group orders; made the first time."""
    settings, _made = GroupSettings.objects.select_for_update(no_key=True).get_or_create(
        organisation_id=cycle.organisation_id
    )
    if settings.household is None:
        settings.household = Household.objects.create(name=cycle.organisation.name, created_at=now)
        settings.save(update_fields=["household"])
    return settings.household


def _order(cycle: Cycle, household: Household, now: datetime) -> Order:
    """The group's order in this cycle, alive; a new one where there is a place."""
    mine = Order.objects.filter(pickup__cycle=cycle, household=household, state=OrderState.PLACED)
    order = mine.select_related("pickup__point").select_for_update(no_key=True, of=("self",)).first()
    if order is None:
        return _again(cycle, household, now) or _new_order(cycle, household, now)
    order.version += 1
    order.changed_at = now
    order.save(update_fields=["version", "changed_at"])
    return order


def _again(cycle: Cycle, household: Household, now: datetime) -> Order | None:
    """A cancelled order of the group taken up again, where its pickup has a place."""
    mine = Order.objects.filter(pickup__cycle=cycle, household=household, state=OrderState.CANCELLED)
    for order in mine.select_related("pickup__point").select_for_update(no_key=True, of=("self",)).order_by("pk"):
        if cycle_locks.take_place(order.pickup_id):
            order.state, order.version, order.changed_at = OrderState.PLACED, order.version + 1, now
            order.save(update_fields=["state", "version", "changed_at"])
            return order
    return None


def _new_order(cycle: Cycle, household: Household, now: datetime) -> Order:
    free = Pickup.objects.filter(cycle=cycle).exclude(orders__household=household).select_related("point")
    for pickup in free.order_by("starts_at", "pk"):
        if number := cycle_locks.take_number(pickup.pk):
            return Order.objects.create(
                pickup=pickup, household=household, number=number, code=new_code(), placed_at=now, changed_at=now
            )
    raise NoRoom(f"cycle {cycle.pk}")
