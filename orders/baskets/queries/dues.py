"""What many orders come to, for letters: a few queries, however many orders."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cagette.core.money import Money, total
from cagette.people.models import Organisation
from cagette.places.models import DeliveryPoint
from orders.baskets.models import Order, OrderLine
from orders.baskets.queries.fees import charges_of, fees_by_cycle
from orders.cycles.charging import Charge


@dataclass(frozen=True, slots=True)
class Part:
    """What an order takes from one farm."""

    farm: Organisation
    lines: list[OrderLine]


@dataclass(frozen=True, slots=True)
class Due:
    """An order (with its pickup, point and slot), its lines and fees."""

    order: Order
    parts: list[Part]
    charges: list[Charge]

    @property
    def point(self) -> DeliveryPoint:
        return self.order.pickup.point

    @property
    def starts_at(self) -> datetime:
        """Of the household's slot, where it has one."""
        return self.order.slot.starts_at if self.order.slot else self.order.pickup.starts_at

    @property
    def ends_at(self) -> datetime:
        return self.order.slot.ends_at if self.order.slot else self.order.pickup.ends_at

    @property
    def lines(self) -> list[OrderLine]:
        return [line for part in self.parts for line in part.lines]

    @property
    def total(self) -> Money:
        """Products and fees."""
        return total([line.final_amount for line in self.lines] + [charge.amount for charge in self.charges])

    @property
    def is_estimated(self) -> bool:
        return any(line.content is not None for line in self.lines)


def dues_of(orders: Sequence[Order]) -> list[Due]:
    """Read the lines and fees of orders: three queries."""
    by_order: dict[int, list[OrderLine]] = defaultdict(list)
    active = OrderLine.objects.active().filter(order__in=[order.pk for order in orders])
    lines = active.select_related("offer__product", "offer__participation__producer__organisation")
    for line in lines.order_by("offer__participation__producer__organisation__name", "offer__product__name", "pk"):
        by_order[line.order_id].append(line)
    fees = fees_by_cycle({order.pickup.cycle_id for order in orders})
    amounts = {order_id: [line.final_amount for line in lines] for order_id, lines in by_order.items()}
    owed = charges_of(orders, fees=fees, amounts=amounts)
    return [Due(order, _parts(by_order[order.pk]), owed[order.pk]) for order in orders]


def _parts(lines: list[OrderLine]) -> list[Part]:
    by_farm: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines:
        by_farm[line.offer.participation_id].append(line)
    return [Part(mine[0].offer.participation.producer.organisation, mine) for mine in by_farm.values()]
