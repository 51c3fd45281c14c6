"""Cloning a sale: everything of it, for another day, in the same few queries whatever its size."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cagette.core.localtime import HourMissing
from cagette.core.money import Money
from orders.cycles import cloning, opening, planning
from orders.cycles.enums import FeeKind, SaleState
from orders.cycles.models import Cycle, Fee, Offer
from producers.enums import StockMode
from producers.models import Product, Stock
from tests.factories import (
    NOW,
    PARIS,
    CycleFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_listing,
    fresh,
)

pytestmark = pytest.mark.django_db

DAY = date(2026, 12, 12)


def a_cycle(offers=1):
    cycle = CycleFactory(order_minimum=Money(1000))
    part = ParticipationFactory(cycle=cycle, minimum=Money(3000))
    a_listing(cycle.organisation, part.producer)
    pickup = PickupFactory(cycle=cycle, capacity=30)
    pickup.slots.create(starts_at=pickup.starts_at, ends_at=pickup.starts_at + timedelta(minutes=20), capacity=5)
    Fee.objects.create(cycle=cycle, name="Port", kind=FeeKind.FIXED_ORDER, amount=Money(50), earner="Le transporteur")
    products = Product.objects.bulk_create(
        [
            Product(producer=part.producer, reference=str(n), name=f"P{n}", category="fruit", unit_price=Money(100 + n))
            for n in range(offers)
        ]
    )
    Offer.objects.bulk_create(
        [
            Offer(
                participation=part, product=p, unit_price=p.unit_price + Money(7), producer_price=p.unit_price,
                is_available=n % 2 == 0,
            )
            for n, p in enumerate(products)
        ]
    )  # fmt: skip
    return cycle


def rows_of(cycle):
    offers = Offer.objects.filter(participation__cycle=cycle).order_by("product_id")
    return list(offers.values_list("product_id", "unit_price", "producer_price", "is_available"))


def test_a_clone_keeps_everything_and_moves_every_day():
    source = a_cycle(3)

    clone = cloning.clone_cycle(cycle_id=source.pk, delivery_on=DAY, by=UserFactory(), now=NOW)

    part, pickup, fee = clone.participations.get(), clone.pickups.get(), clone.fees.get()
    assert clone.delivery_on == DAY
    assert clone.closes_at == datetime(2026, 12, 10, 20, 0, tzinfo=PARIS)
    assert clone.order_minimum == Money(1000)
    assert (part.minimum, part.state, part.invited_at) == (Money(3000), SaleState.PLANNED, None)
    assert pickup.starts_at == datetime(2026, 12, 12, 10, 0, tzinfo=PARIS)
    assert (pickup.capacity, pickup.counter.capacity, pickup.counter.taken) == (30, 30, 0)
    assert [slot.capacity for slot in pickup.slots.all()] == [5] * 6
    assert (fee.name, fee.amount, fee.earner) == ("Port", Money(50), "Le transporteur")
    assert rows_of(clone) == rows_of(source)


def test_three_thousand_offers_are_cloned_exactly_in_as_many_queries_as_one():
    one, many = a_cycle(1), a_cycle(3000)
    asked = []

    for source in (one, many):
        with CaptureQueriesContext(connection) as queries:
            clone = cloning.clone_cycle(cycle_id=source.pk, delivery_on=DAY, by=None, now=NOW)
        asked.append(len([q for q in queries if "SAVEPOINT" not in q["sql"]]))
        assert rows_of(clone) == rows_of(source)

    assert Offer.objects.filter(participation__cycle=clone).count() == 3000
    assert asked[0] == asked[1] == 19


def test_the_same_form_again_returns_the_clone_that_it_made():
    source, key, by = a_cycle(2), uuid4(), UserFactory()

    first, second = (
        cloning.clone_cycle(cycle_id=source.pk, delivery_on=DAY, by=by, now=NOW, key=key) for _ in range(2)
    )

    assert first == second
    assert Cycle.objects.count() == 2
    assert Offer.objects.filter(participation__cycle=first).count() == 2


def test_a_clone_opens_with_the_offers_that_it_was_given_and_the_stock_of_its_own_day():
    source = a_cycle(0)
    part = source.participations.get()
    eggs = ProductFactory(
        producer=part.producer, stock_mode=StockMode.PER_DELIVERY, stock_each=30, unit_price=Money(350)
    )
    old = Stock.objects.create(product=eggs, delivery_on=source.delivery_on, announced=30, remaining=2)
    OfferFactory(participation=part, product=eggs, unit_price=Money(320), stock=old)
    clone = cloning.clone_cycle(cycle_id=source.pk, delivery_on=DAY, by=UserFactory(), now=NOW)

    opening.open_due(now=clone.opens_at)

    offer = Offer.objects.get(participation__cycle=clone)
    assert offer.unit_price == Money(320)
    assert (offer.stock.delivery_on, offer.stock.remaining) == (DAY, 30)
    assert fresh(old).remaining == 2


def test_a_farm_or_point_that_the_group_has_no_more_is_left_out():
    source = a_cycle(1)
    other = ParticipationFactory(cycle=source)
    OfferFactory(participation=other)

    clone = cloning.clone_cycle(cycle_id=source.pk, delivery_on=DAY, by=UserFactory(), now=NOW)

    assert clone.participations.count() == 1
    assert rows_of(clone) == rows_of(source)[:1]


def test_a_day_that_has_passed_and_an_hour_that_spring_skips_are_refused_in_words():
    source = a_cycle(1)
    with pytest.raises(planning.PlanRefused, match="déjà passée"):
        cloning.clone_cycle(cycle_id=source.pk, delivery_on=date(2026, 11, 21), by=UserFactory(), now=NOW)
    Cycle.objects.update(closes_at=datetime(2026, 11, 26, 2, 30, tzinfo=PARIS))
    source.participations.update(closes_at=datetime(2026, 11, 26, 2, 30, tzinfo=PARIS))

    with pytest.raises(HourMissing, match="02:30"):
        cloning.clone_cycle(cycle_id=source.pk, delivery_on=date(2027, 3, 30), by=UserFactory(), now=NOW)

    assert Cycle.objects.count() == 1
