"""What became of a cycle, for its coordinator: each farm's list, each point's baskets, and whether the sums agree."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Count, Q, Sum

from cagette.core.models import Letter
from cagette.core.money import Money, total
from cagette.people.models import Organisation
from distribution.models import PickingList
from distribution.queries import lists
from orders.baskets.enums import OrderState
from orders.baskets.models import Order
from orders.cycles.models import Cycle, Participation, Pickup


@dataclass(frozen=True, slots=True)
class FarmRow:
    """A farm in the cycle: its orders so far, its list, its letter."""

    participation: Participation
    farm: Organisation
    orders: int
    amount: Money
    written: PickingList | None
    letter: Letter | None

    @property
    def agrees(self) -> bool:
        return self.written is None or self.written.amount == self.amount

    @property
    def key(self) -> UUID:
        """A form key for the resend button."""
        return uuid4()


@dataclass(frozen=True, slots=True)
class PointRow:
    """A pickup of the cycle: baskets of how many, handed over."""

    pickup: Pickup
    baskets: int
    collected: int


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order of the cycle, with what it lists."""

    order: Order
    products: int
    amount: Money


@dataclass(frozen=True, slots=True)
class FollowUpPage:
    """All that the page shows."""

    cycle: Cycle
    group: Organisation
    farms: list[FarmRow]
    points: list[PointRow]
    orders: list[OrderRow]
    search: str
    now: datetime

    @property
    def amount(self) -> Money:
        return total([row.amount for row in self.farms])

    @property
    def listed(self) -> Money:
        return total([row.written.amount for row in self.farms if row.written])

    @property
    def is_closed(self) -> bool:
        return all(row.written is not None for row in self.farms)

    @property
    def agrees(self) -> bool:
        return all(row.agrees for row in self.farms)

    @property
    def unseen(self) -> int:
        return sum(row.written is not None and not hasattr(row.written, "acknowledgement") for row in self.farms)


def follow_up_page(*, cycle: Cycle, search: str, now: datetime) -> FollowUpPage:
    """Five queries, however many farms, points and orders."""
    active = Q(offers__lines__cancelled_at=None)
    parts: Any = (
        cycle.participations.select_related("producer__organisation")
        .annotate(
            orders=Count("offers__lines__order", filter=active, distinct=True),
            amount=Sum("offers__lines__listed_amount", filter=active),
        )
        .order_by("producer__organisation__name", "pk")
    )
    written = {item.participation_id: item for item in lists.of_cycle(cycle)}
    letters = _letters(list(written.values()))
    farms = [
        FarmRow(p, p.producer.organisation, p.orders, p.amount or Money(), written.get(p.pk), letters.get(p.pk))
        for p in parts
    ]
    placed = Q(orders__state=OrderState.PLACED)
    pickups: Any = cycle.pickups.select_related("point").annotate(
        placed=Count("orders", filter=placed),
        collected=Count("orders", filter=placed & Q(orders__collection="collected")),
    )
    points = [PointRow(p, p.placed, p.collected) for p in pickups.order_by("starts_at", "pk")]
    return FollowUpPage(cycle, cycle.organisation, farms, points, _orders(cycle, search), search, now)


def _letters(written: list[PickingList]) -> dict[int, Letter]:
    """The letter of each list, by participation: one query."""
    keys = Q(pk=None)
    for item in written:
        keys |= Q(key__startswith=f"picking_list:{item.participation_id}:{item.version}:")
    found = Letter.objects.filter(keys).defer("text", "html").order_by("-pk")
    return {int(letter.key.split(":")[1]): letter for letter in found}


def _orders(cycle: Cycle, search: str) -> list[OrderRow]:
    orders = Order.objects.filter(pickup__cycle=cycle).select_related("household", "pickup__point")
    if search:
        named = Q(household__name__icontains=search) | Q(code__iexact=search)
        orders = (
            orders.filter(named | Q(number=int(search)))
            if search.isdecimal() and len(search) < 6
            else orders.filter(named)
        )
    active = Q(lines__cancelled_at=None)
    amounts: Any = orders.annotate(
        amount=Sum("lines__listed_amount", filter=active), products=Count("lines", filter=active)
    )
    rows = amounts.order_by("pickup__starts_at", "pickup_id", "number")[:500]
    return [OrderRow(order, order.products, order.amount or Money()) for order in rows]
