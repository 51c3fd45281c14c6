"""The demo's weeks: one past cycle, one open, one that closes within the hour; all of it through the domain."""

import random
from datetime import date, datetime, time, timedelta
from uuid import UUID

from cagette.core import outbox
from cagette.demo.places import GROUPS
from cagette.people.models import Organisation, User
from cagette.places.models import DeliveryPoint
from distribution import acknowledging, closing
from distribution.models import PickingList
from orders.baskets import collecting, placing, rules
from orders.baskets.changing import Wanted
from orders.baskets.enums import Collection
from orders.baskets.models import Order
from orders.cycles import inviting, opening, planning
from orders.cycles.models import Cycle, Offer, Pickup
from orders.cycles.planning import CyclePlan, PlannedParticipation, PlannedPickup

CAPACITY = {point.slug: point.capacity for group in GROUPS for point in group.points}


def live(*, now: datetime) -> None:
    """Write the three cycles as if the demo had been used for two weeks, with a clock that is passed in."""
    sporta, panieru = (Organisation.objects.get(slug=group.slug) for group in GROUPS)
    by = User.objects.get(email="jeanne.luciani@demo.example")
    dice = random.Random(2026)  # noqa: S311 - the same demo for everyone
    today = sporta.local(now).date()
    _past(sporta, by, today - timedelta(days=4), dice, now)
    _open(sporta, by, today + timedelta(days=4), dice, now)
    _nearly_closed(panieru, by, today + timedelta(days=2), dice, now)


def _past(group: Organisation, by: User, day: date, dice: random.Random, now: datetime) -> None:
    closes_at = at(group, day - timedelta(days=2), 20)
    planned_at = closes_at - timedelta(days=8)
    cycle = plan(group, by, day, closes_at - timedelta(days=5), closes_at, planned_at)
    opening.open_due(now=closes_at - timedelta(days=5))
    order_by_households(cycle, 26, dice, closes_at - timedelta(days=1))
    closing.close_due(now=closes_at)
    for picking_list in PickingList.objects.filter(participation__cycle=cycle):
        acknowledging.acknowledge(picking_list_id=picking_list.pk, by=None, now=closes_at + timedelta(hours=2))
    for place, order in enumerate(Order.objects.filter(pickup__cycle=cycle, state="placed").order_by("pk")):
        to = Collection.ABSENT if place % 13 == 12 else Collection.COLLECTED
        collecting.move(order_id=order.pk, to=to, by=by, now=order.pickup.starts_at + timedelta(minutes=2 * place))
    outbox.deliver_due(now=now)


def _open(group: Organisation, by: User, day: date, dice: random.Random, now: datetime) -> None:
    closes_at = at(group, day - timedelta(days=2), 20)
    cycle = plan(
        group, by, day, closes_at - timedelta(days=5), closes_at, now - timedelta(days=6), early="u-fornu-di-penta"
    )
    opening.open_due(now=now)
    order_by_households(cycle, 18, dice, now)


def _nearly_closed(group: Organisation, by: User, day: date, dice: random.Random, now: datetime) -> None:
    closes_at = now.replace(second=0, microsecond=0) + timedelta(minutes=45)
    cycle = plan(group, by, day, now - timedelta(days=3), closes_at, now - timedelta(days=6))
    opening.open_due(now=now)
    order_by_households(cycle, 12, dice, now)


def at(group: Organisation, day: date, hour: int) -> datetime:
    """An hour of a day as the group's clocks show it."""
    return datetime.combine(day, time(hour), tzinfo=group.zone)


def plan(
    group: Organisation, by: User, day: date, opens_at: datetime, closes_at: datetime, now: datetime, *, early: str = ""
) -> Cycle:
    """Plan a cycle with all the farms that the group lists and all its points, and invite the farms."""
    listings = group.listings.select_related("producer__organisation").order_by("pk")
    participations = tuple(
        PlannedParticipation(
            producer_id=listing.producer_id,
            closes_at=closes_at - timedelta(hours=8) if listing.producer.organisation.slug == early else None,
        )
        for listing in listings
    )
    pickups = tuple(_pickup(group, point, day) for point in group.delivery_points.order_by("pk"))
    wish = CyclePlan(
        name="", delivery_on=day, opens_at=opens_at, closes_at=closes_at, participations=participations, pickups=pickups
    )
    cycle = planning.plan_cycle(group=group, by=by, plan=wish, now=now)
    inviting.invite_producers(cycle_id=cycle.pk, by=by, now=now)
    return cycle


def _pickup(group: Organisation, point: DeliveryPoint, day: date) -> PlannedPickup:
    capacity = CAPACITY.get(point.slug)
    return PlannedPickup(point_id=point.pk, starts_at=at(group, day, 10), ends_at=at(group, day, 12), capacity=capacity)


def order_by_households(cycle: Cycle, count: int, dice: random.Random, now: datetime) -> int:
    """Let so many households place an order each; returns how many were accepted."""
    pickups = list(cycle.pickups.select_related("point").order_by("pk"))
    offers = list(Offer.objects.filter(participation__cycle=cycle).select_related("product").order_by("pk"))
    people = User.objects.filter(household__memberships__organisation=cycle.organisation).order_by("household_id")[
        :count
    ]
    return sum(_order(person, dice.choice(pickups), offers, dice, now) for person in people)


def _order(person: User, pickup: Pickup, offers: list[Offer], dice: random.Random, now: datetime) -> bool:
    wanted = {}
    for offer in dice.sample(offers, k=dice.randint(4, 10)):
        count = offer.product.minimum + offer.product.step * dice.choice((0, 0, 0, 1, 1, 2))
        wanted[offer.pk] = Wanted(count=count, price_seen=offer.unit_price)
    try:
        placing.place_order(
            pickup_id=pickup.pk, household_id=person.household_id or 0, by=person, version=0, wanted=wanted,
            key=UUID(int=dice.getrandbits(128)), now=now,
        )  # fmt: skip
    except rules.PlacingRefused:
        return False  # a small stock is gone: life goes on
    return True
