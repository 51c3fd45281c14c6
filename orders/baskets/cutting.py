"""Cutting lines down, or a little up: what a close, a shortage and a coordinator do to many orders at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cagette.core import audit, outbox
from cagette.people.models import User
from orders.baskets.enums import CancelReason, OrderState
from orders.baskets.locks import lock_orders
from orders.baskets.models import Order, OrderLine
from orders.cycles import locks as cycle_locks
from producers import locks as stock_locks


@dataclass(frozen=True, slots=True)
class Cut:
    """A line (with its offer and product) and the count that it comes to; 0 ends it."""

    line: OrderLine
    count: int


def apply_cuts(
    cuts: Iterable[Cut],
    *,
    reason: CancelReason,
    now: datetime,
    group_id: int,
    by: User | None = None,
    why: str = "",
    at_close: bool = False,
) -> set[int]:
    """Write cuts: amounts, stock and places follow, and each household is told once what became of its lines.

    A step of others' transactions, which hold the participations. Returns the orders that changed; those that have no
    line left are cancelled. why: a person's reason, said to the household. at_close: the letter of the close, which is
    about to be written, tells it. Rows are locked in the house's order:
    orders, stocks, counters.
    """
    changed = [cut for cut in cuts if cut.count != cut.line.count]
    if not changed:
        return set()
    orders = lock_orders(cut.line.order_id for cut in changed)
    told = _told(changed)
    _move_stock(changed)
    _write_lines(changed, reason, now)
    _end_orders(orders, now)
    for order in orders.values():
        outbox.record(
            "baskets.order_cut", key=f"{order.pk}:{order.version}", now=now, order_id=order.pk, version=order.version,
            reason=str(reason), why=why, lines=told[order.pk], at_close=at_close,
        )  # fmt: skip
        audit.note(
            "baskets.order_cut", subject=f"order:{order.pk}", by=by, now=now, scope_id=group_id, reason=str(reason),
            why=why, lines=told[order.pk], at_close=at_close,
        )  # fmt: skip
    return set(orders)


def _told(cuts: list[Cut]) -> Mapping[int, list[list[str]]]:
    """By order, the name of each product, how much was ordered, and how much is left of it."""
    told: dict[int, list[list[str]]] = defaultdict(list)
    for cut in cuts:
        product = cut.line.offer.product
        told[cut.line.order_id].append(
            [product.name, product.in_words(cut.line.count), product.in_words(cut.count) if cut.count else ""]
        )
    return told


def _move_stock(cuts: list[Cut]) -> None:
    amounts: dict[int, int] = defaultdict(int)
    for cut in cuts:
        if (stock_id := cut.line.offer.stock_id) is not None:
            amounts[stock_id] += cut.count - cut.line.count
    stock_locks.lock_stocks(list(amounts))
    if stock_locks.take(amounts) != amounts.keys():
        raise RuntimeError("A line was raised beyond its stock: whoever raises lines looks first, under the lock.")


def _write_lines(cuts: list[Cut], reason: CancelReason, now: datetime) -> None:
    for cut in cuts:
        cut.line.reason = reason
        if cut.count:
            cut.line.set_count(cut.count)
        else:
            cut.line.cancelled_at = now
    fields = ["count", "listed_amount", "final_amount", "cancelled_at", "reason"]
    OrderLine.objects.bulk_update([cut.line for cut in cuts], fields, batch_size=1000)


def _end_orders(orders: Mapping[int, Order], now: datetime) -> None:
    """Orders take a new version; those with no line left are cancelled and their place is given back."""
    alive = set(OrderLine.objects.active().filter(order__in=orders).values_list("order_id", flat=True).distinct())
    ended = [o for o in orders.values() if o.pk not in alive and o.state == OrderState.PLACED]
    for order in orders.values():
        order.version += 1
        order.changed_at = now
    for order in sorted(ended, key=lambda order: (order.pickup_id, order.slot_id or 0)):
        order.state = OrderState.CANCELLED
        cycle_locks.give_place_back(order.pickup_id)
        if order.slot_id is not None:
            cycle_locks.give_slot_back(order.slot_id)
            order.slot = None
    Order.objects.bulk_update(orders.values(), ["state", "version", "changed_at", "slot"], batch_size=1000)
