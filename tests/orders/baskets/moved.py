"""A sale that was ordered from, for the tests of what moves it, ends it, or moves an order in it."""

from datetime import timedelta

from cagette.core import integrity, outbox
from cagette.core.models import Letter
from cagette.core.money import Money
from distribution import closing, versioning
from distribution.models import PickingList
from orders.baskets import placing
from orders.baskets.models import OrderLine
from producers.enums import StockMode
from producers.models import Stock
from tests.factories import (
    CLOSES,
    NOW,
    CycleFactory,
    HouseholdFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_listing,
    a_member,
    a_role,
    an_order,
    fresh,
)

LATER = CLOSES + timedelta(hours=1)


class Sale:
    """Two households ordered 3 and 2 jars at 4.00 of a farm, and the first 10 eggs of a second farm, at 0.40, of which
    there are 30 that day. Closes on Thursday at 20 h, delivered on Saturday."""

    def __init__(self, group=None, **cycle):
        self.cycle = CycleFactory(**({"organisation": group} if group else {}), **cycle)
        self.group = self.cycle.organisation
        self.part, self.other = (ParticipationFactory(cycle=self.cycle) for _farm in range(2))
        for part in (self.part, self.other):
            a_listing(self.group, part.producer)
        self.pickup = PickupFactory(cycle=self.cycle)
        named = {"piece_name": "pot", "pieces_name": "pots", "unit_price": Money(400)}
        self.jam = self.offer(self.part, "Confiture", left=10, **named)
        self.eggs = self.offer(self.other, "Œufs", unit_price=Money(40), stock_mode=StockMode.PER_DELIVERY)
        self.eggs.stock = Stock.objects.create(
            product=self.eggs.product, delivery_on=self.cycle.delivery_on, announced=30, remaining=30
        )
        self.eggs.save()
        self.coordinator = a_role(UserFactory(), self.group)
        self.people = [a_member(self.group, household=HouseholdFactory(name=name)) for name in ("Mattei", "Rossi")]
        self.orders = [
            self.order(self.people[0], (self.jam, 3), (self.eggs, 10)),
            self.order(self.people[1], (self.jam, 2)),
        ]
        outbox.deliver_due(now=NOW)
        Letter.objects.all().delete()

    def offer(self, part, name, left=None, **named):
        return OfferFactory(
            participation=part, product=ProductFactory(producer=part.producer, name=name, **named), left=left
        )

    def order(self, person, *pairs, pickup=None, **changed):
        return placing.place_order(**an_order(pickup or self.pickup, person, *pairs, **changed))

    def close(self):
        closing.close_due(now=fresh(self.cycle).closes_at)
        outbox.deliver_due(now=fresh(self.cycle).closes_at)
        Letter.objects.all().delete()

    def lists(self, part=None):
        """Version, order count and cents of each list of a farm."""
        found = PickingList.objects.filter(participation=part or self.part).order_by("version")
        return [(written.version, written.order_count, written.amount.cents) for written in found]

    def stocks(self):
        return fresh(self.jam.stock).remaining, fresh(self.eggs.stock).remaining

    def states(self):
        return fresh(self.part).state, fresh(self.other).state


def counts(order):
    """What an order has: offer, count and cents of its active lines, oldest first."""
    lines = OrderLine.objects.active().filter(order=order).order_by("pk")
    return [(line.offer_id, line.count, line.listed_amount.cents) for line in lines]


def settle_down(now):
    """The relay and the sweep of versions, until six minutes later; twice, since twice must be once."""
    for _time in range(2):
        outbox.deliver_due(now=now)
        versioning.write_due(now=now + timedelta(minutes=6))
        outbox.deliver_due(now=now + timedelta(minutes=6))


def letters(kind=None):
    """Address and subject of each letter, in order."""
    found = Letter.objects.filter(kind=kind) if kind else Letter.objects.all()
    return sorted((letter.to, letter.subject) for letter in found)


def wrong(now=LATER):
    return [f.text for found in integrity.check_all(now=now).values() for f in found if f.kind == "wrong"]
