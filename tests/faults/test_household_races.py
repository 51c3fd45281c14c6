"""Two phones of one household at once, and two sweepers: no line is lost, nobody is told twice."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction

from cagette.core import outbox
from cagette.core.models import Letter
from orders.baskets import filling, placing, waiting
from orders.baskets.models import Basket, BasketLine, Wait
from tests.factories import NOW, OfferFactory, ParticipationFactory, PickupFactory, a_member, an_order
from tests.faults.conftest import Racer, somebody_waits_for_a_lock, wait_until

pytestmark = pytest.mark.usefixtures("committed_db")


def a_home():
    part = ParticipationFactory()
    return part, PickupFactory(cycle=part.cycle), a_member(part.cycle.organisation)


def tap(pickup, user, offer, count):
    return lambda: filling.set_count(
        pickup_id=pickup.pk, household_id=user.household_id, token=None, offer_id=offer.pk, count=count, now=NOW
    )


def test_two_phones_that_begin_a_basket_at_once_with_different_products_lose_neither(race):
    part, pickup, user = a_home()
    offers = [OfferFactory(participation=part) for _ in range(8)]

    racers = race(*(tap(pickup, user, offer, number + 1) for number, offer in enumerate(offers)))

    assert [racer.error for racer in racers] == [None] * 8
    assert Basket.objects.count() == 1
    assert dict(BasketLine.objects.values_list("offer_id", "count")) == {o.pk: n + 1 for n, o in enumerate(offers)}


def test_two_phones_on_the_same_product_make_one_line_with_one_of_the_two_counts(race):
    part, pickup, user = a_home()
    offer = OfferFactory(participation=part)

    racers = race(*(tap(pickup, user, offer, count) for count in (1, 2, 3, 4)))

    assert [racer.error for racer in racers] == [None] * 4
    assert BasketLine.objects.get().count in (1, 2, 3, 4)


def test_the_second_phone_waits_while_the_first_refills_the_basket_from_a_changed_order():
    """Refilling deletes and writes all lines: what the other phone puts in meanwhile must come after it."""
    part, pickup, user = a_home()
    carrots, leeks = OfferFactory(participation=part), OfferFactory(participation=part)
    tap(pickup, user, carrots, 1)()

    with transaction.atomic():
        filling.refill(pickup_id=pickup.pk, household_id=user.household_id, counts={carrots.pk: 2}, version=0, now=NOW)
        other = Racer(tap(pickup, user, leeks, 3))
        wait_until(somebody_waits_for_a_lock)

    assert other.finish().error is None
    assert dict(BasketLine.objects.values_list("offer_id", "count")) == {carrots.pk: 2, leeks.pk: 3}


def test_without_the_lock_a_refill_that_began_earlier_loses_the_other_phones_line(monkeypatch):
    """The guard taken away: the refill has read what the basket held before the other phone's line came."""
    part, pickup, user = a_home()
    carrots, leeks = OfferFactory(participation=part), OfferFactory(participation=part)
    tap(pickup, user, carrots, 1)()
    real = filling._fill

    def fill_after_the_other(basket, *counts):
        Racer(lambda: BasketLine.objects.create(basket_id=basket.pk, offer=leeks, count=3)).finish()
        real(basket, *counts)

    monkeypatch.setattr(filling, "_fill", fill_after_the_other)

    filling.refill(pickup_id=pickup.pk, household_id=user.household_id, counts={carrots.pk: 2}, version=0, now=NOW)

    assert dict(BasketLine.objects.values_list("offer_id", "count")) == {carrots.pk: 2}


def three_wait_for_one():
    part, _pickup, first = a_home()
    offer = OfferFactory(participation=part, left=0)
    people = [first, a_member(part.cycle.organisation), a_member(part.cycle.organisation)]
    for number, person in enumerate(people):
        waiting.set_wait(
            household_id=person.household_id, offer_id=offer.pk, wanted=True, now=NOW + timedelta(minutes=number)
        )
    offer.stock.announced = offer.stock.remaining = 1
    offer.stock.save()
    return people, offer


def test_two_sweepers_at_once_tell_one_household_once(race):
    people, _offer = three_wait_for_one()
    later = NOW + timedelta(minutes=5)

    racers = race(*(lambda: waiting.tell_waiting(now=later) for _ in range(4)))
    outbox.deliver_due(now=later)

    assert [racer.error for racer in racers] == [None] * 4
    assert sum(racer.result for racer in racers) == 1
    assert [letter.to for letter in Letter.objects.filter(kind="wait")] == [people[0].email]


def test_the_second_sweeper_waits_for_the_first_one_and_finds_it_done():
    people, offer = three_wait_for_one()
    later = NOW + timedelta(minutes=5)

    with transaction.atomic():
        assert waiting.tell_waiting_for(offer_id=offer.pk, now=later) == 1
        second = Racer(lambda: waiting.tell_waiting_for(offer_id=offer.pk, now=later))
        wait_until(somebody_waits_for_a_lock)

    assert second.finish().result == 0
    assert Wait.objects.exclude(told_at=None).get().household_id == people[0].household_id


def test_without_the_lock_two_sweepers_tell_a_household_twice(race, monkeypatch):
    """The guard taken away: both have read the same waits before either tells."""
    three_wait_for_one()
    later = NOW + timedelta(minutes=5)
    both_here = threading.Barrier(2)
    real = waiting._who_ordered

    def who_ordered(offer_id, waits):
        both_here.wait(timeout=20)
        return real(offer_id, waits)

    monkeypatch.setattr(waiting, "_who_ordered", who_ordered)
    monkeypatch.setattr(waiting, "_untold", lambda: Unlocked(Wait.objects.filter(told_at=None)))

    racers = race(*(lambda: waiting.tell_waiting(now=later) for _ in range(2)))

    assert sum(racer.result or 0 for racer in racers) == 2


class Unlocked:
    """Waits whose rows nobody locks."""

    def __init__(self, waits):
        self.waits = waits

    def __getattr__(self, name):
        found = getattr(self.waits, name)
        if name == "select_for_update":
            return lambda **_more: self.waits
        return (lambda *a, **k: Unlocked(found(*a, **k))) if name in ("filter", "order_by") else found


def test_placing_while_the_other_phone_fills_the_basket_neither_deadlocks_nor_loses(race):
    part, pickup, user = a_home()

    offers = [OfferFactory(participation=part, left=50) for _ in range(6)]
    order = an_order(pickup, user, *((offer, 1) for offer in offers[:3]))

    racers = race(
        lambda: placing.place_order(**order), *(tap(pickup, user, offer, 2) for offer in offers[3:])
    )  # fmt: skip

    assert [racer.error for racer in racers] == [None] * 4
    held = dict(BasketLine.objects.values_list("offer_id", "count"))
    assert {offer.pk: held.get(offer.pk) for offer in offers[3:]} == {offer.pk: 2 for offer in offers[3:]}
