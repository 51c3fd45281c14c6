"""What a calendar shows: a household's collections, a group's distributions; and the page of its address."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from cagette.people.models import Household, Organisation
from orders.baskets.enums import OrderState
from orders.baskets.models import CalendarFeed, Order, OrderLine
from orders.baskets.queries.orders import orders_of
from orders.cycles.models import Pickup

KEPT = timedelta(days=60)  # what is older leaves the calendars


@dataclass(frozen=True, slots=True)
class Collecting:
    """A household's order in its calendar; closes_at: when its last farm that still takes orders closes."""

    order: Order
    products: int
    closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution in its group's calendar: how many baskets, and no names."""

    pickup: Pickup
    baskets: int


@dataclass(frozen=True, slots=True)
class FeedContents:
    """All that a calendar's address answers."""

    feed: CalendarFeed
    collections: list[Collecting]
    distributions: list[Distribution]
    now: datetime


def feed_contents(*, feed: CalendarFeed, now: datetime) -> FeedContents:
    """Two queries for a household, one for a group."""
    if feed.household_id is not None:
        return FeedContents(feed, _collections(feed.household_id, now), [], now)
    return FeedContents(feed, [], _distributions(feed.organisation_id or 0, now), now)


def _collections(household_id: int, now: datetime) -> list[Collecting]:
    orders = list(orders_of(household_id).filter(pickup__ends_at__gt=now - KEPT).order_by("pickup__starts_at", "pk"))
    lines = OrderLine.objects.active().filter(order__in=orders).select_related("offer__participation")
    by_order: dict[int, list[OrderLine]] = {}
    for line in lines:
        by_order.setdefault(line.order_id, []).append(line)
    found = []
    for order in orders:
        mine = by_order.get(order.pk, [])
        closes = [line.offer.participation.closes_at for line in mine if line.offer.participation.is_open(now)]
        found.append(Collecting(order, len(mine), max(closes, default=None)))
    return found


def _distributions(group_id: int, now: datetime) -> list[Distribution]:
    placed = Count("orders", filter=Q(orders__state=OrderState.PLACED))
    pickups: Any = Pickup.objects.filter(cycle__organisation=group_id, ends_at__gt=now - KEPT).annotate(baskets_=placed)
    named = pickups.select_related("cycle__organisation", "point__commune").order_by("starts_at", "pk")
    return [Distribution(pickup, pickup.baskets_) for pickup in named]


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """The page where an address is made, given on, renewed or closed."""

    owner: Household | Organisation
    feed: CalendarFeed | None

    @property
    def group(self) -> Organisation | None:
        return self.owner if isinstance(self.owner, Organisation) else None


def calendar_page(owner: Household | Organisation) -> CalendarPage:
    """One query."""
    if isinstance(owner, Organisation):
        return CalendarPage(owner, CalendarFeed.objects.filter(organisation=owner).first())
    return CalendarPage(owner, CalendarFeed.objects.filter(household=owner).first())
