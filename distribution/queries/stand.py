"""The hand-over at a point, and the sheets it is prepared with: who gets what, who has come."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.text import slugify

from cagette.core.money import Money, total
from cagette.people.models import Organisation
from orders.baskets.enums import Collection, OrderState
from orders.baskets.models import Order, OrderLine
from orders.baskets.queries.fees import charges_of, fees_by_cycle
from orders.cycles.charging import Charge
from orders.cycles.models import Pickup


@dataclass(frozen=True, slots=True)
class DayRow:
    """One pickup in the list of days."""

    pickup: Pickup
    baskets: int
    collected: int


@dataclass(frozen=True, slots=True)
class DaysPage:
    """A group's distributions."""

    group: Organisation
    coming: list[DayRow]
    past: list[DayRow]


def days_page(*, group: Organisation, now: datetime) -> DaysPage:
    """One query: pickups with their counts."""
    placed = Q(orders__state=OrderState.PLACED)
    pickups: Any = (
        Pickup.objects.filter(cycle__organisation=group)
        .select_related("point", "cycle")
        .annotate(
            placed=Count("orders", filter=placed),
            collected=Count("orders", filter=placed & Q(orders__collection=Collection.COLLECTED)),
        )
    )
    rows = [DayRow(p, p.placed, p.collected) for p in pickups.order_by("-starts_at", "-pk")[:100]]
    today = group.local(now).date()
    coming = [row for row in rows if group.local(row.pickup.ends_at).date() >= today]
    return DaysPage(group, coming[::-1], [row for row in rows if row not in coming])


@dataclass(frozen=True, slots=True)
class Guest:
    """A household's order at the stand, with what is in it."""

    order: Order
    lines: list[OrderLine]
    charges: list[Charge]

    @property
    def amount(self) -> Money:
        """What is in it, as packing lists sum it: fees stand outside."""
        return total([line.final_amount for line in self.lines])

    @property
    def due(self) -> Money:
        """What is to be paid, fees included."""
        return self.amount + total([charge.amount for charge in self.charges])

    @property
    def farms(self) -> "list[tuple[str, list[OrderLine]]]":
        by_farm: dict[str, list[OrderLine]] = defaultdict(list)
        for line in self.lines:
            by_farm[line.offer.participation.producer.organisation.name].append(line)
        return sorted(by_farm.items())


@dataclass(frozen=True, slots=True)
class StandPage:
    """All that the stand shows."""

    group: Organisation
    pickup: Pickup
    guests: list[Guest]
    shown: list[Guest]
    search: str
    tab: str
    now: datetime

    def _count(self, state: Collection) -> int:
        return sum(guest.order.collection == state for guest in self.guests)

    @property
    def expected(self) -> int:
        return self._count(Collection.EXPECTED)

    @property
    def collected(self) -> int:
        return self._count(Collection.COLLECTED)

    @property
    def absent(self) -> int:
        return self._count(Collection.ABSENT)

    @property
    def is_closed(self) -> bool:
        return self.pickup.cycle.closes_at <= self.now

    @property
    def single(self) -> bool:
        """A search that found one basket opens it."""
        return bool(self.search) and len(self.shown) == 1


def guests_of(pickup: Pickup) -> list[Guest]:
    """The baskets of a pickup with their lines, by number: three queries, however many, and one
    more where a fee is the household's."""
    orders = Order.objects.filter(pickup=pickup, state=OrderState.PLACED)
    named = list(orders.select_related("household", "collection_by", "pickup").order_by("number"))
    lines = OrderLine.objects.active().filter(order__pickup=pickup)
    by_order: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines.select_related("offer__product", "offer__participation__producer__organisation").order_by(
        "offer__participation__producer__organisation__name", "offer__product__name", "pk"
    ):
        by_order[line.order_id].append(line)
    amounts = {order_id: [line.final_amount for line in mine] for order_id, mine in by_order.items()}
    owed = charges_of(named, fees=fees_by_cycle({pickup.cycle_id}), amounts=amounts)
    return [Guest(order, by_order[order.pk], owed[order.pk]) for order in named]


def stand_page(*, pickup: Pickup, search: str, tab: str, now: datetime) -> StandPage:
    """Three queries. search: a name, an order number or a spoken code; tab: expected, collected, absent or empty
    for all."""
    guests = guests_of(pickup)
    if search:
        shown = [guest for guest in guests if is_meant(guest.order, search)]
    elif tab in Collection.values:
        shown = [guest for guest in guests if guest.order.collection == tab]
    else:
        shown = sorted(guests, key=lambda guest: guest.order.collection != Collection.EXPECTED)
    return StandPage(pickup.cycle.organisation, pickup, guests, shown, search, tab, now)


# what is heard or typed for a letter that codes do not use
_SLIPS = str.maketrans({"O": "Q", "0": "Q", "I": "J", "1": "J", "L": "J", "U": "V"})


def is_meant(order: Order, search: str) -> bool:
    """Whether what was typed names this order: its number, its code (capitals and spaces do not count), the household,
    or who comes in its stead."""
    typed = search.strip()
    if typed.isdecimal() and len(typed) <= 5:
        return order.number == int(typed)
    code = typed.replace(" ", "").replace("-", "").upper()
    if code == order.code or code.translate(_SLIPS) == order.code.translate(_SLIPS):
        return True
    name = slugify(f"{order.household.name} {order.collector}").replace("-", " ")
    words = slugify(typed).replace("-", " ").split()
    return bool(words) and all(any(part.startswith(word) for part in name.split()) for word in words)


@dataclass(frozen=True, slots=True)
class ProductPart:
    """A product at a point: how much in all, and whose."""

    farm: str
    name: str
    words: str
    count: int
    lines: "list[tuple[Order, str]]"


@dataclass(frozen=True, slots=True)
class PackingPage:
    """Who gets what at a point, by basket and by product."""

    group: Organisation
    pickup: Pickup
    guests: list[Guest]
    products: list[ProductPart]
    by: str
    now: datetime

    @property
    def amount(self) -> Money:
        return total([guest.amount for guest in self.guests])

    @property
    def due(self) -> Money:
        """What all are to pay, fees included."""
        return total([guest.due for guest in self.guests])

    @property
    def is_closed(self) -> bool:
        return self.pickup.cycle.closes_at <= self.now


def packing_page(*, pickup: Pickup, by: str, now: datetime) -> PackingPage:
    """Three queries. by: "produit", else by basket."""
    guests = guests_of(pickup)
    by_product: dict[int, list[tuple[Order, OrderLine]]] = defaultdict(list)
    for guest in guests:
        for line in guest.lines:
            by_product[line.offer.product_id].append((guest.order, line))
    parts = [_part(lines) for lines in by_product.values()]
    parts.sort(key=lambda part: (part.farm, part.name))
    return PackingPage(pickup.cycle.organisation, pickup, guests, parts, by, now)


def _part(lines: "list[tuple[Order, OrderLine]]") -> ProductPart:
    offer = lines[0][1].offer
    count = sum(line.count for _order, line in lines)
    return ProductPart(
        farm=offer.participation.producer.organisation.name,
        name=offer.product.name,
        words=offer.product.in_words(count),
        count=count,
        lines=[(order, line.in_words) for order, line in lines],
    )


def pickup_sum(pickup: Pickup) -> Money:
    """What the orders of a pickup list in all."""
    active = OrderLine.objects.active().filter(order__pickup=pickup)
    return active.aggregate(sum=Sum("listed_amount"))["sum"] or Money()
