"""What moves, ends or merges a sale, and an order in it: what will happen, who will be told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from cagette.people.models import Organisation
from orders.baskets.enums import OrderState
from orders.baskets.models import Order
from orders.baskets.queries.places import Place, places_beside
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, Participation, Pickup

OTHERS_MAX = 20


@dataclass(frozen=True, slots=True)
class FarmPart:
    """A farm of the sale, and how many households ordered from it."""

    participation: Participation
    farm: Organisation
    households: int
    own_close: bool


@dataclass(frozen=True, slots=True)
class PickupPart:
    """A pickup and its baskets."""

    pickup: Pickup
    baskets: int


@dataclass(frozen=True, slots=True)
class MovesPage:
    """A sale, its farms and points, and what may become of it."""

    cycle: Cycle
    group: Organisation
    farms: list[FarmPart]
    pickups: list[PickupPart]
    following: list[Cycle]
    others: list[Cycle]
    now: datetime

    @property
    def is_cancelled(self) -> bool:
        return self.cycle.cancelled_at is not None

    @property
    def coming(self) -> list[FarmPart]:
        kinds = (SaleState.PLANNED, SaleState.OPEN, SaleState.CLOSED)
        return [part for part in self.farms if part.participation.state in kinds]

    @property
    def has_begun(self) -> bool:
        """It has opened: there may be orders."""
        return any(part.participation.state in (SaleState.OPEN, SaleState.CLOSED) for part in self.farms)

    @property
    def closed(self) -> list[str]:
        """The farms that have their list."""
        return [part.farm.name for part in self.farms if part.participation.state == SaleState.CLOSED]

    @property
    def baskets(self) -> int:
        return sum(part.baskets for part in self.pickups)

    @property
    def repeats(self) -> bool:
        return self.cycle.template_id is not None and self.cycle.template_on is not None


def moves_page(*, cycle: Cycle, now: datetime) -> MovesPage:
    """Four queries, however many farms and points."""
    return MovesPage(
        cycle=cycle,
        group=cycle.organisation,
        farms=_farms(cycle),
        pickups=pickups_of(cycle),
        following=_following(cycle),
        others=_others(cycle),
        now=now,
    )


def _farms(cycle: Cycle) -> list[FarmPart]:
    active = Q(offers__lines__cancelled_at=None)
    parts: Any = cycle.participations.select_related("producer__organisation").annotate(
        households=Count("offers__lines__order", filter=active, distinct=True)
    )
    return [
        FarmPart(part, part.producer.organisation, part.households, part.closes_at != cycle.closes_at)
        for part in parts.order_by("producer__organisation__name", "pk")
    ]


def pickups_of(cycle: Cycle) -> list[PickupPart]:
    """One query: the pickups of a sale with their baskets."""
    placed = Q(orders__state=OrderState.PLACED)
    pickups: Any = cycle.pickups.select_related("point").annotate(baskets_=Count("orders", filter=placed))
    return [PickupPart(pickup, pickup.baskets_) for pickup in pickups.order_by("starts_at", "pk")]


def _following(cycle: Cycle) -> list[Cycle]:
    """The sales that its template has planned after it and that have not opened."""
    if cycle.template_id is None or cycle.template_on is None:
        return []
    later = Cycle.objects.filter(template=cycle.template_id, template_on__gt=cycle.template_on, cancelled_at=None)
    begun = Participation.objects.filter(cycle__in=later, state__in=(SaleState.OPEN, SaleState.CLOSED)).values("cycle")
    return list(later.exclude(pk__in=begun).order_by("delivery_on", "pk"))


def _others(cycle: Cycle) -> list[Cycle]:
    """The group's other sales to come, with which it may be delivered."""
    others = Cycle.objects.filter(organisation=cycle.organisation_id, cancelled_at=None).exclude(pk=cycle.pk)
    wanted = others.filter(delivery_on__gte=cycle.delivery_on, participations__state__in=("planned", "open", "closed"))
    return list(wanted.distinct().order_by("delivery_on", "pk")[:OTHERS_MAX])


@dataclass(frozen=True, slots=True)
class MergePage:
    """Two sales: where baskets go, which farms are missing, whether the other one is to open."""

    sale: MovesPage
    other: Cycle
    pickups: list[Pickup]
    theirs: list[Pickup]
    missing: list[str]
    opens: bool


def merge_page(*, sale: MovesPage, other: Cycle) -> MergePage:
    """Two queries more than the sale's page."""
    parts = list(other.participations.all())
    comes = {part.producer_id for part in parts if part.state in (SaleState.PLANNED, SaleState.OPEN, SaleState.CLOSED)}
    return MergePage(
        sale=sale,
        other=other,
        pickups=[part.pickup for part in sale.pickups if part.baskets],
        theirs=[part.pickup for part in pickups_of(other)],
        missing=[
            part.farm.name for part in sale.farms if part.households and part.participation.producer_id not in comes
        ],
        opens=any(part.state == SaleState.PLANNED for part in parts),
    )


@dataclass(frozen=True, slots=True)
class ReroutePage:
    """An order and where it may go."""

    order: Order
    group: Organisation
    cycle: Cycle
    places: list[Place]
    closed: list[str]


def reroute_page(*, order: Order) -> ReroutePage:
    """Three queries: the other pickups of the sale with their slots, and the order's farms that have closed."""
    cycle = order.pickup.cycle
    closed = Participation.objects.filter(offers__lines__in=order.lines.active(), state=SaleState.CLOSED)
    names = closed.values_list("producer__organisation__name", flat=True).distinct()
    return ReroutePage(order, cycle.organisation, cycle, places_beside(order.pickup), sorted(names))
