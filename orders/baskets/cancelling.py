"""Cancelling an order, until its producers' closes."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit, outbox
from cagette.people.models import User
from orders.baskets import rules
from orders.baskets.enums import CancelReason, OrderState
from orders.baskets.locks import lock_household, order_of
from orders.baskets.models import Order, OrderLine
from orders.cycles import locks as cycle_locks
from orders.cycles.models import Offer, Participation
from producers import locks as stock_locks


@transaction.atomic(durable=True)
def cancel_order(*, order_id: int, by: User, now: datetime) -> bool:
    """Cancel all lines whose producer still takes orders; lines of a producer that has closed stay.

    Stock and place are given back exactly once: cancelling again returns False and changes nothing.
    Raises SaleClosed when every producer in the order has closed.
    """
    order = Order.objects.select_related("pickup__cycle").get(pk=order_id)
    group_id = order.pickup.cycle.organisation_id
    lock_household(order.household_id, group_id=group_id)
    parts = order.lines.active().values_list("offer__participation_id", flat=True)
    held = cycle_locks.share_participations(set(parts))
    fresh, lines = order_of(order.household_id, order.pickup_id)
    if fresh is None or fresh.state == OrderState.CANCELLED:
        return False
    offers = Offer.objects.in_bulk([line.offer_id for line in lines])
    still_open = {p.pk for p in held if p.is_open(now)}
    dropped = [line for line in lines if offers[line.offer_id].participation_id in still_open]
    if not dropped:
        raise rules.SaleClosed(_("Les commandes sont closes : cette commande ne peut plus être annulée."))
    _give_back(dropped, offers, now)
    _mark(fresh, kept=len(lines) > len(dropped), now=now)
    event = "order_cancelled" if fresh.state == OrderState.CANCELLED else "order_placed"
    outbox.record(
        f"baskets.{event}", key=f"{fresh.pk}:{fresh.version}", now=now, order_id=fresh.pk, version=fresh.version
    )
    moved = {str(line.offer_id): -line.count for line in dropped}
    audit.note("baskets.order_cancelled", subject=f"order:{fresh.pk}", by=by, now=now, scope_id=group_id, moved=moved)
    return True


def _give_back(dropped: list[OrderLine], offers: dict[int, Offer], now: datetime) -> None:
    amounts: dict[int, int] = {}
    for line in dropped:
        if (stock_id := offers[line.offer_id].stock_id) is not None:
            amounts[stock_id] = amounts.get(stock_id, 0) - line.count
    stock_locks.lock_stocks(list(amounts))
    stock_locks.take(amounts)
    OrderLine.objects.filter(pk__in=[line.pk for line in dropped]).update(
        cancelled_at=now, reason=CancelReason.HOUSEHOLD
    )


def _mark(order: Order, *, kept: bool, now: datetime) -> None:
    if not kept:
        cycle_locks.give_place_back(order.pickup_id)
        if order.slot_id is not None:
            cycle_locks.give_slot_back(order.slot_id)
            order.slot = None
        order.state = OrderState.CANCELLED
    order.version += 1
    order.changed_at = now
    order.save(update_fields=["state", "version", "changed_at", "slot"])


def closed_parts(order: Order, *, now: datetime) -> list[Participation]:
    """The participations of an order's active lines that have closed: what cancelling would leave."""
    parts = Participation.objects.filter(offers__lines__in=order.lines.active()).distinct()
    return [part for part in parts.select_related("producer__organisation") if not part.is_open(now)]
