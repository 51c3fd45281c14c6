"""Races of placing, forced: stock, cut-off, double click, capacity. Each has been seen to fail without its guard."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from cagette.core import integrity
from cagette.core.models import OutboxEvent
from distribution import closing, picking
from distribution.models import PickingLine
from orders.baskets import changing, placing, rules, writing
from orders.baskets.models import Order
from orders.cycles import locks as cycle_locks
from orders.cycles.enums import SaleState
from orders.cycles.models import Participation, PickupCounter, PickupSlot
from producers import locks as stock_locks
from producers.models import Stock
from tests.factories import (
    CLOSES,
    NOW,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    a_member,
    an_order,
)
from tests.faults.conftest import Racer, somebody_waits_for_a_lock, wait_until

pytestmark = pytest.mark.usefixtures("committed_db")


def a_sale(**pickup):
    part = ParticipationFactory()
    return part, PickupFactory(cycle=part.cycle, **pickup)


def place(pickup, user, *pairs, **changed):
    arguments = an_order(pickup, user, *pairs, **changed)
    return lambda: placing.place_order(**arguments)


def nothing_is_wrong():
    return [f.text for found in integrity.check_all(now=NOW).values() for f in found if f.kind == "wrong"] == []


def test_a_stock_of_five_is_sold_to_five_of_twelve_households_at_once(race):
    part, pickup = a_sale()
    offer = OfferFactory(participation=part, left=5)
    users = [a_member(part.cycle.organisation) for _ in range(12)]

    racers = race(*(place(pickup, user, (offer, 1)) for user in users))

    assert sum(racer.error is None for racer in racers) == 5
    assert {type(racer.error) for racer in racers if racer.error} == {rules.OfferSoldOut}
    assert Stock.objects.get().remaining == 0
    assert Order.objects.count() == 5
    assert nothing_is_wrong()


@pytest.mark.leaves_wrong
def test_without_the_conditional_update_the_stock_is_oversold(race, monkeypatch):
    """The guard taken away: look, then write. It proves that the race above is one."""
    part, pickup = a_sale()
    offer = OfferFactory(participation=part, left=5)
    users = [a_member(part.cycle.organisation) for _ in range(6)]
    looked = threading.Barrier(6)

    def look(offers):
        left = dict(Stock.objects.filter(offer__in=offers).values_list("pk", "remaining"))
        looked.wait(timeout=20)
        return left

    def write(amounts):
        for stock_id, amount in amounts.items():
            Stock.objects.filter(pk=stock_id).update(remaining=5 - amount)
        return set(amounts)

    monkeypatch.setattr(writing, "lock_stocks_of", look)
    monkeypatch.setattr(stock_locks, "take", write)

    racers = race(*(place(pickup, user, (offer, 1)) for user in users))

    assert sum(racer.error is None for racer in racers) == 6
    assert not nothing_is_wrong()


def test_baskets_in_opposite_order_never_deadlock(race):
    part, pickup = a_sale()
    first, second = OfferFactory(participation=part, left=1000), OfferFactory(participation=part, left=1000)
    users = [a_member(part.cycle.organisation) for _ in range(10)]
    ways = [((first, 1), (second, 1)), ((second, 1), (first, 1))]

    racers = race(*(place(pickup, user, *ways[n % 2]) for n, user in enumerate(users)))

    assert [racer.error for racer in racers] == [None] * 10
    assert set(Stock.objects.values_list("remaining", flat=True)) == {990}


def test_the_close_waits_for_an_order_that_is_being_placed_and_lists_it():
    """A placing holds its share lock at the cut-off: the close comes after it, and the order is on the list."""
    part, pickup = a_sale()
    offer = OfferFactory(participation=part)
    user = a_member(part.cycle.organisation)

    with transaction.atomic():
        cycle_locks.share_participations({part.pk})  # what a placing in flight holds
        close = Racer(lambda: closing.close_due(now=CLOSES))
        wait_until(somebody_waits_for_a_lock)
        assert Participation.objects.get().state == SaleState.OPEN
        order = Order.objects.create(
            pickup=pickup, household=user.household, number=1, code="AAAAAA", placed_at=NOW, changed_at=NOW
        )
        line = changing.line_of(offer, 2, vat=210, now=NOW)
        line.order = order
        line.save()
        PickupCounter.objects.filter(pickup=pickup).update(taken=1, last_number=1)

    assert close.finish().error is None
    assert close.result == 1
    assert PickingLine.objects.get().order_line == line
    assert nothing_is_wrong()


@pytest.mark.leaves_wrong
def test_without_the_lock_the_close_misses_an_order_that_is_being_placed(monkeypatch):
    """The guard taken away: the placing holds nothing, the close passes it by, and the order is on no list."""
    part, pickup = a_sale()
    offer = OfferFactory(participation=part)
    user = a_member(part.cycle.organisation)

    def look_only(participation_ids):
        found = list(Participation.objects.filter(pk__in=participation_ids))
        Racer(lambda: closing.close_due(now=CLOSES)).finish()
        return found

    monkeypatch.setattr(cycle_locks, "share_participations", look_only)

    placing.place_order(**an_order(pickup, user, (offer, 2)))

    assert not PickingLine.objects.exists()
    assert not nothing_is_wrong()


def test_an_order_that_comes_while_the_sale_closes_waits_and_is_refused(monkeypatch):
    part, pickup = a_sale()
    offer = OfferFactory(participation=part, left=10)
    user = a_member(part.cycle.organisation)

    with transaction.atomic():
        Participation.objects.select_for_update(no_key=True).get(pk=part.pk)  # the close has claimed it
        order = Racer(place(pickup, user, (offer, 1), now=CLOSES - timedelta(milliseconds=1)))
        wait_until(somebody_waits_for_a_lock)
        Participation.objects.filter(pk=part.pk).update(state=SaleState.CLOSED, closed_at=CLOSES)
        picking.write_version(participation_id=part.pk, now=CLOSES)

    assert isinstance(order.finish().error, rules.SaleClosed)
    assert not Order.objects.exists()
    assert Stock.objects.get().remaining == 10


def test_a_late_order_gives_up_before_it_takes_any_lock():
    """Else a stream of late orders would starve the close."""
    part, pickup = a_sale()
    offer = OfferFactory(participation=part)
    user = a_member(part.cycle.organisation)

    with transaction.atomic():
        Participation.objects.select_for_update(no_key=True).get(pk=part.pk)
        late = Racer(place(pickup, user, (offer, 1), now=CLOSES)).finish(timeout=5)

    assert isinstance(late.error, rules.SaleClosed)


def test_a_double_click_makes_one_order_and_one_piece_of_news(race):
    part, pickup = a_sale()
    offer = OfferFactory(participation=part, left=10)
    user = a_member(part.cycle.organisation)
    key = uuid4()

    racers = race(*(place(pickup, user, (offer, 2), key=key) for _ in range(4)))

    assert [racer.error for racer in racers] == [None] * 4
    assert len({racer.result.pk for racer in racers}) == 1
    assert Stock.objects.get().remaining == 8
    assert OutboxEvent.objects.filter(name="baskets.order_placed").count() == 1


def test_without_the_household_lock_a_double_click_is_an_error(race, monkeypatch):
    """The guard taken away: both find no placement and no order, and one dies on a constraint."""
    part, pickup = a_sale()
    offer = OfferFactory(participation=part, left=10)
    user = a_member(part.cycle.organisation)
    key = uuid4()
    both_here = threading.Barrier(2)
    real = placing.order_of

    def order_of(household_id, pickup_id):
        found = real(household_id, pickup_id)
        both_here.wait(timeout=20)
        return found

    monkeypatch.setattr(placing, "lock_household", lambda household_id, group_id: user.household)
    monkeypatch.setattr(placing, "order_of", order_of)

    racers = race(*(place(pickup, user, (offer, 2), key=key) for _ in range(2)))

    assert sum(racer.error is not None for racer in racers) == 1


def test_two_people_of_a_household_placing_at_once_make_one_order_and_the_second_is_told(race):
    part, pickup = a_sale()
    offer = OfferFactory(participation=part)
    user = a_member(part.cycle.organisation)

    racers = race(*(place(pickup, user, (offer, count)) for count in (1, 3)))

    errors = [racer.error for racer in racers if racer.error]
    assert [type(error) for error in errors] == [rules.OrderChangedMeanwhile]
    assert errors[0].merged == {offer.pk: 3}
    assert Order.objects.count() == 1


def test_a_pickup_for_three_baskets_takes_three_of_eight_at_once(race):
    part, pickup = a_sale(capacity=3)
    offer = OfferFactory(participation=part)
    users = [a_member(part.cycle.organisation) for _ in range(8)]

    racers = race(*(place(pickup, user, (offer, 1)) for user in users))

    assert sum(racer.error is None for racer in racers) == 3
    assert {type(racer.error) for racer in racers if racer.error} == {rules.PickupFull}
    assert sorted(Order.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert nothing_is_wrong()


def test_the_test_database_is_a_clone_of_its_own():
    assert connection.settings_dict["NAME"].endswith("_clone")


def two_in_a_slot_of_one(pickup):
    """A slot with one place, and a free one after it."""
    half = timedelta(minutes=30)
    starts_at = pickup.starts_at
    last = PickupSlot.objects.create(pickup=pickup, starts_at=starts_at, ends_at=starts_at + half, capacity=1)
    free = PickupSlot.objects.create(
        pickup=pickup, starts_at=starts_at + half, ends_at=starts_at + 2 * half, capacity=1
    )
    return last, free


def test_the_last_place_of_a_slot_goes_to_one_of_two_and_the_other_is_told_the_free_ones():
    """The first has taken the place and has not committed: the second waits for it, and is refused in words."""
    part, pickup = a_sale()
    offer = OfferFactory(participation=part, left=10)
    first, second = (a_member(part.cycle.organisation) for _ in range(2))
    last, free = two_in_a_slot_of_one(pickup)

    with transaction.atomic():
        placing.place_order.__wrapped__(**an_order(pickup, first, (offer, 1), slot_id=last.pk))
        late = Racer(place(pickup, second, (offer, 1), slot_id=last.pk))
        wait_until(somebody_waits_for_a_lock)

    assert isinstance(late.finish().error, rules.SlotFull)
    assert list(late.error.free) == [free.pk]
    assert Order.objects.get().slot == last
    assert PickupSlot.objects.get(pk=last.pk).taken == 1
    assert Stock.objects.get().remaining == 9
    assert nothing_is_wrong()


@pytest.mark.leaves_wrong
def test_without_the_conditional_update_a_slot_of_one_takes_two(race, monkeypatch):
    """The guard taken away: look, then write. It proves that the race above is one."""
    part, pickup = a_sale()
    offer = OfferFactory(participation=part, left=10)
    users = [a_member(part.cycle.organisation) for _ in range(2)]
    last, _free = two_in_a_slot_of_one(pickup)
    placing.place_order(**an_order(pickup, users[0], (offer, 1), slot_id=_free.pk))
    both_looked = threading.Barrier(2)

    def look_then_write(slot_id):
        has_place = PickupSlot.objects.get(pk=slot_id).has_place
        both_looked.wait(timeout=20)
        if has_place:
            PickupSlot.objects.filter(pk=slot_id).update(taken=1)
        return has_place

    monkeypatch.setattr(cycle_locks, "take_slot", look_then_write)
    # one moves there, one comes new: only the new one passes through the pickup's counter
    moving = place(pickup, users[0], (offer, 1), slot_id=last.pk, version=1)

    racers = race(moving, place(pickup, users[1], (offer, 1), slot_id=last.pk))

    assert [racer.error for racer in racers] == [None, None]
    assert Order.objects.filter(slot=last).count() == 2
    assert not nothing_is_wrong()


def test_households_that_swap_their_slots_never_deadlock(race):
    part, pickup = a_sale()
    offer = OfferFactory(participation=part)
    half = timedelta(minutes=30)
    slots = [
        PickupSlot.objects.create(
            pickup=pickup, starts_at=pickup.starts_at + n * half, ends_at=pickup.starts_at + (n + 1) * half
        )
        for n in range(2)
    ]
    users = [a_member(part.cycle.organisation) for _ in range(8)]
    for number, user in enumerate(users):
        placing.place_order(**an_order(pickup, user, (offer, 1), slot_id=slots[number % 2].pk))

    racers = race(
        *(
            place(pickup, user, (offer, 1), slot_id=slots[(number + 1) % 2].pk, version=1)
            for number, user in enumerate(users)
        )
    )

    assert [racer.error for racer in racers] == [None] * 8
    assert list(PickupSlot.objects.order_by("pk").values_list("taken", flat=True)) == [4, 4]
    assert nothing_is_wrong()


def four_and_four_of_six(race):
    """One household, two pickups, at once: four lemons each of a case of which it may have six."""
    part, pickup = a_sale()
    other = PickupFactory(cycle=part.cycle)
    lemons = OfferFactory(participation=part, product__case_size=12, product__maximum=6)
    user = a_member(part.cycle.organisation)
    return race(*(place(where, user, (lemons, 4)) for where in (pickup, other)))


def test_a_household_that_orders_at_two_pickups_at_once_gets_no_more_than_its_maximum(race):
    racers = four_and_four_of_six(race)

    assert [type(racer.error) for racer in racers if racer.error] == [rules.CountRefused]
    assert Order.objects.count() == 1


def test_without_the_household_lock_a_household_gets_more_than_its_maximum(race, monkeypatch):
    """The guard taken away: both look at what it has elsewhere, and find nothing."""
    both_looked = threading.Barrier(2)
    real = placing._elsewhere

    def elsewhere(pickup, household_id, offers):
        found = real(pickup, household_id, offers)
        both_looked.wait(timeout=20)
        return found

    monkeypatch.setattr(placing, "lock_household", lambda household_id, group_id: True)
    monkeypatch.setattr(placing, "_elsewhere", elsewhere)

    racers = four_and_four_of_six(race)

    assert [racer.error for racer in racers] == [None, None]
    assert Order.objects.count() == 2
