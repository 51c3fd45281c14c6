"""The checks of what orders, stocks and counters promise."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from cagette.core.integrity import Finding
from orders.baskets.enums import OrderState
from orders.baskets.models import Order, OrderLine
from orders.cycles.enums import SaleState
from orders.cycles.models import Participation, PickupCounter, PickupSlot
from producers.models import Stock


def find_wrong_stocks(*, now: datetime) -> Iterator[Finding]:
    """What was announced is what is left and what active lines hold, but for a shortage that waits for a decision."""
    sold = Sum("offer__lines__count", filter=Q(offer__lines__cancelled_at=None))
    rows: Any = Stock.objects.annotate(sold=Coalesce(sold, 0))
    for stock in rows.exclude(announced=F("remaining") + F("sold") - F("short")):
        text = f"stock {stock.pk}: announced {stock.announced}, left {stock.remaining}, short {stock.short}"
        yield Finding("wrong", f"{text}, sold {stock.sold}")
    for stock in Stock.objects.filter(short__gt=0).order_by("pk"):
        yield Finding("shortage", f"stock {stock.pk}: {stock.short} more sold than announced")


def find_wrong_lines(*, now: datetime) -> Iterator[Finding]:
    """Each active line's listed amount is its price times its count; orders and their lines agree on whether
    they live."""
    for line in OrderLine.objects.active().iterator():
        if line.listed_amount != line.amount_of(line.count):
            yield Finding("wrong", f"order line {line.pk}: listed {line.listed_amount.plain}")
    alive = Order.objects.annotate(active=Count("lines", filter=Q(lines__cancelled_at=None)))
    for order in alive.filter(Q(state=OrderState.PLACED, active=0) | Q(state=OrderState.CANCELLED, active__gt=0)):
        yield Finding("wrong", f"order {order.pk} is {order.state} with {order.active} active lines")


def find_wrong_counters(*, now: datetime) -> Iterator[Finding]:
    """A pickup's counter, and each of its slots, holds exactly its orders that are not cancelled."""
    placed = Count("pickup__orders", filter=Q(pickup__orders__state=OrderState.PLACED))
    for counter in PickupCounter.objects.annotate(placed=placed).exclude(taken=F("placed")):
        yield Finding("wrong", f"pickup {counter.pickup_id}: counter {counter.taken}, orders {counter.placed}")
    placed = Count("orders", filter=Q(orders__state=OrderState.PLACED))
    slots: Any = PickupSlot.objects.annotate(placed=placed)
    for slot in slots.exclude(taken=F("placed")):
        yield Finding("wrong", f"slot {slot.pk} of pickup {slot.pickup_id}: {slot.taken} taken, {slot.placed} orders")


def find_wrong_moves(*, now: datetime) -> Iterator[Finding]:
    """A sale that was called off or merged has no farm left; one that closed did not close before its time; a line's
    offer is of its order's sale."""
    ended = Participation.objects.exclude(cycle__cancelled_at=None).exclude(state=SaleState.CANCELLED)
    for part in ended.order_by("pk"):
        yield Finding("wrong", f"participation {part.pk} is {part.state} in a sale that was called off")
    for part in Participation.objects.filter(state=SaleState.CLOSED, closed_at__lt=F("closes_at")).order_by("pk"):
        yield Finding("wrong", f"participation {part.pk} is closed before its time")
    active = OrderLine.objects.active().exclude(offer__participation__cycle=F("order__pickup__cycle"))
    for line in active.order_by("pk"):
        yield Finding("wrong", f"order line {line.pk} is of another sale than its order {line.order_id}")
    for part in Participation.objects.filter(state=SaleState.CANCELLED).order_by("pk"):
        if OrderLine.objects.active().filter(offer__participation=part).exists():
            yield Finding("wrong", f"participation {part.pk} was called off and has active lines")


def find_untold_shortages(*, now: datetime) -> Iterator[Finding]:
    """Every stock that is short has its parts in sales, for coordinators to settle, or the news of it is on its way."""
    for stock in Stock.objects.filter(short__gt=0).order_by("pk"):
        parts = sum(stock.shortages.filter(settled_at=None).values_list("missing", flat=True))
        if parts < stock.short:
            yield Finding("pending", f"stock {stock.pk}: {stock.short} short, {parts} told to coordinators")
