"""The demo's weeks: one past cycle, one open, one that closes within the hour; all of it through the domain."""

import random
from datetime import date, datetime, time, timedelta
from uuid import UUID

from cagette.core import outbox
from cagette.core.money import Money
from cagette.demo.places import GROUPS
from cagette.people.models import Organisation, User
from cagette.places.models import DeliveryPoint
from distribution import acknowledging, closing
from distribution.models import PickingList
from orders.baskets import collecting, placing, rules
from orders.baskets.changing import Wanted
from orders.baskets.enums import Collection
from orders.baskets.models import Order
from orders.cycles import deciding, inviting, opening, planning, templating
from orders.cycles.checking import CyclePlan, PlannedParticipation, PlannedPickup
from orders.cycles.deciding import Rules, Terms
from orders.cycles.enums import FeeKind, MinimumRule, Rationing, Recurrence
from orders.cycles.models import Cycle, Offer, Pickup
from orders.cycles.templating import Rhythm
from producers import announcing

MINIMUMS = {"vigna-suprana": Money(8000), "salamu-muntese": Money(6000)}
CAPACITY = {point.slug: point.capacity for group in GROUPS for point in group.points}


def live(*, now: datetime) -> None:
    """Write the three cycles as if the demo had been used for two weeks, with a clock that is passed in."""
    sporta, panieru = (Organisation.objects.get(slug=group.slug) for group in GROUPS)
    by = User.objects.get(email="jeanne.luciani@demo.example")
    dice = random.Random(2026)  # noqa: S311 - the same demo for everyone
    today = sporta.local(now).date()
    _decide(sporta, by, now)
    _past(sporta, by, today - timedelta(days=4), dice, now)
    cycle = _open(sporta, by, today + timedelta(days=4), dice, now)
    _nearly_closed(panieru, by, today + timedelta(days=2), dice, now)
    _fall_short(cycle, by, now)
    _repeat(cycle, by, now)


def _decide(group: Organisation, by: User, now: datetime) -> None:
    """The group's rules and fees, before its first sale."""
    rules_of_group = Rules(order_minimum=Money(1000), minimum_rule=MinimumRule.CANCEL, allows_notes=True)
    deciding.decide_rules(group=group, rules=rules_of_group, rationing=Rationing.LAST_COME, by=by, now=now)
    local = Terms("Participation au local", FeeKind.PERCENT_ORDER, permyriad=200)
    van = Terms("Camion partagé", FeeKind.FIXED_ORDER, amount=Money(50), earner="Strada Cumuna")
    for terms in (local, van):
        deciding.add_fee(group=group, terms=terms, by=by, now=now)


def _fall_short(cycle: Cycle, by: User, now: datetime) -> None:
    """Fewer chickens than were ordered: somebody has to decide."""
    offers = Offer.objects.filter(participation__cycle=cycle, product__reference="P1", stock__delivery_on__isnull=False)
    offer = offers.select_related("stock").first()
    if offer is None or offer.stock is None or (sold := offer.stock.announced - offer.stock.remaining) < 2:
        return
    announcing.announce_harvest(
        product_id=offer.product_id, day=cycle.delivery_on, amount=sold - 2, seen=None, by=by, now=now
    )


def _repeat(cycle: Cycle, by: User, now: datetime) -> None:
    """The same sale each week, planned four weeks ahead."""
    template = templating.keep_template(cycle_id=cycle.pk, name="Chaque semaine", by=by, now=now)
    rhythm = Rhythm(
        Recurrence.WEEKLY, cycle.delivery_on.weekday(), starts_on=cycle.delivery_on + timedelta(weeks=1), weeks_ahead=3
    )
    templating.set_rhythm(template_id=template.pk, rhythm=rhythm, by=by, now=now)
    templating.plan_due(now=now)


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


def _open(group: Organisation, by: User, day: date, dice: random.Random, now: datetime) -> Cycle:
    closes_at = at(group, day - timedelta(days=2), 20)
    cycle = plan(
        group, by, day, closes_at - timedelta(days=5), closes_at, now - timedelta(days=6), early="u-fornu-di-penta"
    )
    opening.open_due(now=now)
    order_by_households(cycle, 18, dice, now)
    return cycle


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
            minimum=MINIMUMS.get(listing.producer.organisation.slug, Money()),
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
    slots = (30, 20) if capacity else (None, None)
    return PlannedPickup(point.pk, at(group, day, 10), at(group, day, 12), capacity, *slots)


def order_by_households(cycle: Cycle, count: int, dice: random.Random, now: datetime) -> int:
    """Let so many households place an order each; returns how many were accepted."""
    pickups = list(cycle.pickups.select_related("point").prefetch_related("slots").order_by("pk"))
    offers = list(Offer.objects.filter(participation__cycle=cycle).select_related("product").order_by("pk"))
    people = User.objects.filter(household__memberships__organisation=cycle.organisation).order_by("household_id")[
        :count
    ]
    return sum(_order(person, dice.choice(pickups), offers, dice, now) for person in people)


def _order(person: User, pickup: Pickup, offers: list[Offer], dice: random.Random, now: datetime) -> bool:
    wanted = {}
    for offer in dice.sample(offers, k=dice.randint(4, 10)):
        count = offer.product.minimum + offer.product.step * dice.choice((0, 0, 0, 1, 1, 2))
        tolerance = offer.product.step * dice.choice((0, 1)) if offer.product.case_size else 0
        wanted[offer.pk] = Wanted(count=count, price_seen=offer.unit_price, tolerance=tolerance)
    slots = [slot.pk for slot in pickup.slots.all()]
    try:
        placing.place_order(
            pickup_id=pickup.pk, household_id=person.household_id or 0, by=person, version=0, wanted=wanted,
            key=UUID(int=dice.getrandbits(128)), now=now, slot_id=dice.choice(slots) if slots else None,
        )  # fmt: skip
    except rules.PlacingRefused:
        return False  # a small stock is gone: life goes on
    return True
