"""A household's orders: one on its page, all in their list."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum

from cagette.core.money import Money, total
from cagette.people.models import Organisation
from orders.baskets.enums import OrderState
from orders.baskets.models import Order, OrderLine
from orders.cycles.models import Participation

# how letters and digits of a code are said aloud in a hall
SPOKEN = {
    "A": "abricot", "B": "blette", "C": "carotte", "D": "datte", "E": "endive", "F": "figue", "G": "groseille",
    "H": "haricot", "J": "jujube", "K": "kiwi", "M": "melon", "N": "navet", "P": "poire", "Q": "quetsche", "R": "radis",
    "S": "salade", "T": "tomate", "V": "verveine", "W": "wasabi", "X": "xérès", "Y": "yaourt", "Z": "zeste",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FarmPart:
    """What an order takes from one farm."""

    farm: Organisation
    participation: Participation
    is_open: bool
    lines: list[OrderLine]

    @property
    def amount(self) -> Money:
        return total([line.final_amount for line in self.lines])


@dataclass(frozen=True, slots=True)
class OrderPage:
    """All that an order's page and letter show."""

    order: Order
    group: Organisation
    now: datetime
    parts: list[FarmPart]

    @property
    def total(self) -> Money:
        return total([part.amount for part in self.parts])

    @property
    def is_cancelled(self) -> bool:
        return self.order.state == OrderState.CANCELLED

    @property
    def may_change(self) -> bool:
        return any(part.is_open for part in self.parts) or (
            self.is_cancelled and self.order.pickup.cycle.closes_at > self.now
        )

    @property
    def change_until(self) -> datetime:
        return max(
            (p.participation.closes_at for p in self.parts if p.is_open), default=self.order.pickup.cycle.closes_at
        )

    @property
    def spelled(self) -> list[str]:
        return [f"{letter} comme {SPOKEN[letter]}" if letter in SPOKEN else letter for letter in self.order.code]


def order_page(*, order: Order, now: datetime) -> OrderPage:
    """Read an order (with its pickup, cycle, point): one query for its lines."""
    lines = order.lines.active().select_related("offer__product", "offer__participation__producer__organisation")
    by_part: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines.order_by("offer__participation__producer__organisation__name", "offer__product__name", "pk"):
        by_part[line.offer.participation_id].append(line)
    parts = []
    for mine in by_part.values():
        participation = mine[0].offer.participation
        farm = participation.producer.organisation
        parts.append(FarmPart(farm, participation, participation.is_open(now), mine))
    return OrderPage(order=order, group=order.pickup.cycle.organisation, now=now, parts=parts)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in the list."""

    order: Order
    products: int
    amount: Money


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """A household's orders, to come and past."""

    coming: list[OrderRow]
    past: list[OrderRow]


def orders_page(*, household_id: int, now: datetime) -> OrdersPage:
    """One query: the orders of a household."""
    active = Q(lines__cancelled_at=None)
    orders: Any = (
        Order.objects.filter(household_id=household_id)
        .select_related("pickup__cycle__organisation", "pickup__point")
        .annotate(products=Count("lines", filter=active), amount=Sum("lines__final_amount", filter=active))
    )
    rows = [OrderRow(o, o.products, o.amount or Money()) for o in orders.order_by("-pickup__starts_at", "-pk")[:100]]
    coming = [row for row in rows if row.order.pickup.ends_at >= now]
    return OrdersPage(coming=coming[::-1], past=[row for row in rows if row.order.pickup.ends_at < now])
