"""What many orders come to, for letters: a few queries, however many orders."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cagette.core.models import AuditEntry, Letter
from cagette.core.money import Money, total
from cagette.people.models import Organisation
from cagette.places.models import DeliveryPoint
from orders.baskets.enums import OrderState
from orders.baskets.models import Order, OrderLine
from orders.baskets.queries.fees import charges_of, fees_by_cycle
from orders.cycles.charging import Charge
from orders.cycles.enums import SaleState
from orders.cycles.models import Participation


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


@dataclass(frozen=True, slots=True)
class CutsFor:
    """What became of lines at the close, for one reason: name, how much before, how much now."""

    reason: str
    lines: list[list[str]]


def is_over(cycle_id: int) -> bool:
    """Whether every farm of a cycle has closed (or does not come): what is ordered is final."""
    going = Participation.objects.filter(cycle=cycle_id, state__in=(SaleState.PLANNED, SaleState.OPEN))
    return not going.exists()


def orders_to_tell(cycle_id: int, now: datetime) -> "tuple[list[Order], dict[int, list[CutsFor]]]":
    """The orders that a close makes final, with those that it emptied, and by order what it cut and no letter of a
    close has told yet: three queries. What has been handed over by now is left out."""
    orders = Order.objects.filter(pickup__cycle=cycle_id, pickup__ends_at__gt=now)
    orders = orders.select_related("pickup__cycle__organisation", "pickup__point__commune", "slot").order_by("pk")
    found = list(orders)
    told_at = _told_at(found)
    cuts: dict[int, list[CutsFor]] = defaultdict(list)
    by_subject = {f"order:{order.pk}": order.pk for order in found}
    deeds = AuditEntry.objects.filter(verb="baskets.order_cut", subject__in=by_subject, detail__at_close=True)
    for deed in deeds.order_by("pk"):
        order_id = by_subject[deed.subject]
        if order_id not in told_at or deed.at > told_at[order_id]:
            cuts[order_id].append(CutsFor(deed.detail["reason"], deed.detail["lines"]))
    return [order for order in found if order.state == OrderState.PLACED or order.pk in cuts], cuts


def _told_at(orders: list[Order]) -> dict[int, datetime]:
    """By order, when the letter of a close was last written: where a sale opened again."""
    if not orders:
        return {}
    cycle = orders[0].pickup.cycle
    letters = Letter.objects.filter(kind="close", scope_id=cycle.organisation_id, written_at__gt=cycle.opens_at)
    told: dict[int, datetime] = {}
    for key, written_at in letters.filter(copy_of=None).order_by("pk").values_list("key", "written_at"):
        told[int(key.split(":")[1])] = written_at  # close:<order>:<version>:<address>
    return told
