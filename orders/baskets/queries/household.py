"""What a household likes, waits for and had; how many wait for what in a sale."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q

from cagette.people.models import Organisation
from orders.baskets.models import Favourite, Order, OrderLine, Wait
from orders.cycles.models import Offer, Participation, Pickup
from producers.models import Product


def order_to_repeat(*, household_id: int, pickup: Pickup) -> Order | None:
    """The household's latest order, wherever it was, that holds something on sale in this shop: one query."""
    sold_here = Product.objects.filter(offers__participation__cycle=pickup.cycle_id).values("pk")
    again = OrderLine.objects.active().filter(order=OuterRef("pk"), offer__product__in=sold_here)
    mine = Order.objects.filter(Exists(again), household_id=household_id).exclude(pickup=pickup)
    return mine.select_related("pickup__cycle__organisation").order_by("-placed_at", "-pk").first()


def pickup_to_repeat_in(order: Order, *, now: datetime) -> Pickup | None:
    """Where an earlier order may be had again: the next sale of its group that is open, at its point if it can be: one
    query."""
    is_open = Participation.objects.open_at(now).filter(cycle=OuterRef("cycle"))
    group_id = order.pickup.cycle.organisation_id
    pickups = Pickup.objects.filter(Exists(is_open), cycle__organisation=group_id).exclude(cycle=order.pickup.cycle_id)
    found = list(pickups.select_related("cycle__organisation", "point").order_by("starts_at", "pk"))
    return min(found, key=lambda pickup: pickup.point_id != order.pickup.point_id, default=None)


@dataclass(frozen=True, slots=True)
class FavouriteRow:
    """A product that the household likes, with its farm and where it is on sale now, if anywhere."""

    product: Product
    farm: Organisation
    pickup: Pickup | None


@dataclass(frozen=True, slots=True)
class WaitRow:
    """An offer that the household waits for; told: there was some again."""

    wait: Wait
    pickup: Pickup | None

    @property
    def offer(self) -> Offer:
        return self.wait.offer


@dataclass(frozen=True, slots=True)
class WishesPage:
    """What a household likes and waits for; removed: what was just taken off the list, to put back."""

    favourites: list[FavouriteRow]
    waits: list[WaitRow]
    removed: Product | None


def wishes_page(*, household_id: int, removed_id: int, now: datetime) -> WishesPage:
    """Five queries, however many: favourites, waits of sales that are open, where both are sold, what was removed."""
    likes = Favourite.objects.filter(household_id=household_id).select_related("product__producer__organisation")
    waits = Wait.objects.filter(household_id=household_id, offer__participation__in=Participation.objects.open_at(now))
    named = waits.select_related("offer__product", "offer__participation__producer__organisation")
    found, waiting = list(likes.order_by("product__name", "pk")), list(named.order_by("since_at", "pk"))
    by_product = _sold_in({like.product_id for like in found}, household_id, now)
    by_cycle = _pickups_of({wait.offer.participation.cycle_id for wait in waiting} | set(by_product.values()))
    removed = Product.objects.filter(pk=removed_id).first() if removed_id else None
    return WishesPage(
        favourites=[
            FavouriteRow(
                product=like.product,
                farm=like.product.producer.organisation,
                pickup=by_cycle.get(by_product.get(like.product_id, 0)),
            )
            for like in found
        ],
        waits=[WaitRow(wait, by_cycle.get(wait.offer.participation.cycle_id)) for wait in waiting],
        removed=removed,
    )


def _sold_in(product_ids: set[int], household_id: int, now: datetime) -> dict[int, int]:
    """The sale, open and of a group of the household, that closes first, by product."""
    mine = Q(participation__cycle__organisation__memberships__household=household_id)
    still = Q(participation__cycle__organisation__memberships__ended_on=None)
    offers = Offer.objects.filter(
        mine & still, product__in=product_ids, is_available=True, participation__in=Participation.objects.open_at(now)
    )
    rows = offers.order_by("-participation__closes_at", "-pk").values_list("product_id", "participation__cycle_id")
    return dict(rows)


def _pickups_of(cycle_ids: set[int]) -> dict[int, Pickup]:
    """The first pickup of each sale, by sale."""
    pickups = Pickup.objects.filter(cycle__in=cycle_ids).select_related("cycle__organisation", "point")
    return {pickup.cycle_id: pickup for pickup in pickups.order_by("-starts_at", "-pk")}


def pickup_for(*, household_id: int, cycle_id: int) -> Pickup | None:
    """Where to lead a household in a sale: to the point of its order, else of its basket, else to the first: one
    query."""
    orders = Count("orders", filter=Q(orders__household=household_id), distinct=True)
    baskets = Count("baskets", filter=Q(baskets__household=household_id), distinct=True)
    pickups: Any = Pickup.objects.filter(cycle_id=cycle_id).annotate(ordered=orders, begun=baskets)
    named = pickups.select_related("cycle__organisation", "point").order_by("-ordered", "-begun", "starts_at", "pk")
    found: Pickup | None = named.first()
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many households wait for an offer, since when, and how many were told already."""

    offer: Offer
    waiting: int
    told: int
    since_at: datetime | None

    @property
    def farm(self) -> Organisation:
        return self.offer.participation.producer.organisation


def waits_of_cycle(cycle_id: int) -> list[Waiting]:
    """What households wait for in a sale, the longest list first: one query."""
    untold = Q(waits__told_at=None)
    offers: Any = Offer.objects.filter(participation__cycle_id=cycle_id, waits__isnull=False)
    counted = offers.annotate(
        waiting=Count("waits", filter=untold),
        told=Count("waits", filter=~untold),
        since=Min("waits__since_at", filter=untold),
    ).select_related("product", "stock", "participation__producer__organisation")
    return [Waiting(o, o.waiting, o.told, o.since) for o in counted.order_by("-waiting", "product__name", "pk")]
