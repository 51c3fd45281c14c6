"""Races of what moves or ends a sale with placings and closes, forced; without its guard each of them goes wrong."""

import threading
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction

from cagette.core import outbox
from distribution import closing
from distribution.models import PickingLine, PickingList
from orders.baskets import calling_off, carrying, merging, placing, postponing, reopening, rerouting, rules, writing
from orders.baskets.models import Order, OrderLine
from orders.cycles import locks as cycle_locks
from orders.cycles import rescheduling, templating
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, CycleTemplate, Participation
from producers import locks as stock_locks
from producers.models import Stock
from tests.factories import (
    CLOSES,
    NOW,
    PARIS,
    CycleFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    UserFactory,
    a_listing,
    a_member,
    an_order,
    fresh,
)
from tests.faults.conftest import Racer, somebody_waits_for_a_lock, wait_until
from tests.orders.baskets.moved import Sale, counts, settle_down, wrong

pytestmark = pytest.mark.usefixtures("committed_db")

FRIDAY = CLOSES + timedelta(days=1)
SUNDAY = date(2026, 11, 29)


def move_close(sale, now=CLOSES):
    return reopening.move_close(cycle_id=sale.cycle.pk, closes_at=FRIDAY, by=sale.coordinator, now=now)


def cancel(sale, now=CLOSES):
    return calling_off.cancel_sale(cycle_id=sale.cycle.pk, reason="Neige", by=sale.coordinator, now=now)


def close():
    return closing.close_due(now=CLOSES)


def while_held(deed, racing):
    """Do a deed, and only commit it when the other waits for it; the racer, ended."""
    with transaction.atomic():
        deed()
        racer = Racer(racing)
        wait_until(somebody_waits_for_a_lock)
    return racer.finish()


def while_closing(monkeypatch, racing):
    """Start a close, hold it when its lists are about to be written, and go on when the other waits; both, ended."""
    reached, go_on = threading.Event(), threading.Event()
    write = closing.picking.write_version

    def write_version(**arguments):
        reached.set()
        assert go_on.wait(timeout=20)
        return write(**arguments)

    monkeypatch.setattr(closing.picking, "write_version", write_version)
    closer = Racer(close)
    assert reached.wait(timeout=20)
    racer = Racer(racing)
    wait_until(somebody_waits_for_a_lock)
    go_on.set()
    return closer.finish(), racer.finish()


def test_a_close_that_waited_for_its_sale_to_move_later_does_not_close_it():
    sale = Sale()

    closer = while_held(lambda: move_close(sale), close)

    assert (closer.result, closer.error) == (0, None)
    assert sale.states() == (SaleState.OPEN, SaleState.OPEN)
    assert not PickingList.objects.exists()
    assert closing.close_due(now=FRIDAY) == 2


def test_a_move_that_waited_for_the_close_opens_the_sale_again(monkeypatch):
    sale = Sale()

    closer, mover = while_closing(monkeypatch, lambda: move_close(sale))

    assert (closer.error, mover.error, mover.result) == (None, None, True)
    # the second farm was not closed yet: the move came first there
    assert sale.states() == (SaleState.OPEN, SaleState.OPEN)
    assert not OrderLine.objects.exclude(frozen_at=None).exists()
    sale.order(sale.people[0], (sale.jam, 4), version=1, now=CLOSES + timedelta(hours=1))
    assert closing.close_due(now=FRIDAY) == 2
    assert sale.lists() == [(1, 2, 2000), (2, 2, 2400)]
    assert wrong(FRIDAY) == []


@pytest.mark.leaves_wrong
def test_without_holding_the_participations_a_close_and_a_move_leave_a_sale_closed_before_its_time(monkeypatch):
    """The guard taken away: the move reads that the sale is open while its close is under way."""
    sale = Sale()

    def hold(cycle_ids):
        cycles = cycle_locks.lock_cycles(cycle_ids)
        parts = list(Participation.objects.filter(cycle__in=cycles).select_related("cycle", "producer__organisation"))
        return {pk: rescheduling.Held(cycle, parts) for pk, cycle in cycles.items()}

    monkeypatch.setattr(rescheduling, "hold", hold)

    while_closing(monkeypatch, lambda: move_close(sale))

    assert any("closed before its time" in text for text in wrong())


def test_a_close_that_waited_for_its_sale_to_be_called_off_writes_no_list():
    sale = Sale()

    closer = while_held(lambda: cancel(sale), close)

    assert (closer.result, closer.error) == (0, None)
    assert not PickingList.objects.exists()
    assert sale.stocks() == (10, 30)


def test_a_sale_called_off_while_it_closes_has_lists_that_say_nothing_to_prepare(monkeypatch):
    sale = Sale()

    closer, canceller = while_closing(monkeypatch, lambda: cancel(sale))
    settle_down(CLOSES)

    assert (closer.error, canceller.error, canceller.result) == (None, None, True)
    assert sale.lists() == [(1, 2, 2000), (2, 0, 0)]
    assert sale.lists(sale.other) == []
    assert sale.states() == (SaleState.CANCELLED, SaleState.CANCELLED)
    assert sale.stocks() == (10, 30)


def test_an_order_that_is_being_placed_in_a_sale_that_is_called_off_is_refused():
    sale = Sale()
    neighbour = a_member(sale.group)

    placer = while_held(lambda: cancel(sale, now=NOW), lambda: sale.order(neighbour, (sale.jam, 1)))

    assert isinstance(placer.error, rules.SaleClosed)
    assert sale.stocks() == (10, 30)


@pytest.mark.parametrize("deed", [move_close, cancel])
def test_two_clicks_at_once_do_it_once(race, deed):
    sale = Sale()

    racers = race(*(partial(deed, sale, now=NOW) for _click in range(3)))

    assert [racer.error for racer in racers] == [None] * 3
    assert sorted(racer.result for racer in racers) == [False, False, True]
    outbox.deliver_due(now=NOW)


# Another day


def another_day(sale):
    Stock.objects.create(product=sale.eggs.product, delivery_on=SUNDAY, announced=12, remaining=12)
    return partial(postponing.move_delivery, cycle_id=sale.cycle.pk, delivery_on=SUNDAY, by=sale.coordinator, now=NOW)


def test_an_order_that_is_being_placed_while_the_sale_moves_takes_the_new_days_stock():
    """12 on Sunday: 10 that were ordered, 2 of the order on its way; all 30 of Saturday are free."""
    sale = Sale()

    placer = while_held(another_day(sale), lambda: sale.order(sale.people[1], (sale.eggs, 2), version=1))

    assert placer.error is None
    left = dict(Stock.objects.filter(product=sale.eggs.product).values_list("delivery_on", "remaining"))
    assert left == {sale.cycle.delivery_on: 30, SUNDAY: 0}


@pytest.mark.leaves_wrong
def test_without_reading_the_stock_again_it_takes_the_old_days(monkeypatch):
    """The guard taken away: the placing looked before the sale moved."""
    sale = Sale()

    def lock_what_was_seen(offers):
        return stock_locks.lock_stocks([offer.stock_id for offer in offers.values()])

    monkeypatch.setattr(writing, "lock_stocks_of", lock_what_was_seen)

    while_held(another_day(sale), lambda: sale.order(sale.people[1], (sale.eggs, 2), version=1))

    assert len([text for text in wrong() if text.startswith("stock")]) == 2


def a_season():
    """A template of Thursdays from 3 December, whose first two sales are planned: 3 and 10."""
    group = CycleFactory(delivery_on=date(2026, 12, 3)).organisation
    template = CycleTemplate.objects.create(
        organisation=group, name="Jeudis", plan={}, created_at=NOW, rule="weekly", weekday=3, weeks_ahead=3,
        starts_on=date(2026, 12, 1),
    )  # fmt: skip
    for week in (0, 1):
        on, shift = date(2026, 12, 3) + timedelta(weeks=week), timedelta(days=5 + 7 * week)
        cycle = CycleFactory(
            organisation=group, template=template, template_on=on, delivery_on=on, opens_at=NOW + timedelta(days=3),
            closes_at=CLOSES + shift,
        )  # fmt: skip
        part = ParticipationFactory(cycle=cycle, state=SaleState.PLANNED)
        start = datetime(2026, 12, 3, 18, tzinfo=PARIS) + timedelta(weeks=week)
        PickupFactory(cycle=cycle, starts_at=start, ends_at=start + timedelta(hours=1))
        a_listing(group, part.producer)
    Cycle.objects.filter(template=None).delete()
    kept = templating.keep_template(cycle_id=cycle.pk, name="Jeudis", by=UserFactory(), now=NOW)
    assert kept == template
    return template


def test_a_sweep_that_waited_for_a_rule_to_move_does_not_plan_the_old_day():
    """Both move from Thursday to Wednesday while the sweep is about to plan Thursday 17."""
    template = a_season()
    move = partial(
        postponing.move_delivery, cycle_id=template.cycles.order_by("pk")[0].pk, delivery_on=date(2026, 12, 2),
        by=UserFactory(), now=NOW, following=True,
    )  # fmt: skip

    later = NOW + timedelta(days=2)
    sweep = while_held(move, lambda: templating.plan_due(now=later))

    assert (sweep.error, sweep.result) == (None, 0)
    assert templating.plan_due(now=later) == 1
    days = list(Cycle.objects.order_by("delivery_on").values_list("delivery_on", flat=True))
    assert days == [date(2026, 12, 2), date(2026, 12, 9), date(2026, 12, 16)]


# Merging


def a_next_sale(sale):
    """A week later, the same point, jam and eggs."""
    cycle = CycleFactory(organisation=sale.group, delivery_on=date(2026, 12, 5), closes_at=CLOSES + timedelta(days=7))
    parts = [ParticipationFactory(cycle=cycle, producer=part.producer) for part in (sale.part, sale.other)]
    at = datetime(2026, 12, 5, 10, tzinfo=PARIS)
    pickup = PickupFactory(cycle=cycle, point=sale.pickup.point, starts_at=at, ends_at=at + timedelta(hours=2))
    jam = OfferFactory(participation=parts[0], product=sale.jam.product)
    OfferFactory(participation=parts[1], product=sale.eggs.product)
    return pickup, jam


def merge(sale, pickup):
    return partial(merging.merge_sales, source_id=sale.cycle.pk, into_id=pickup.cycle_id, by=sale.coordinator, now=NOW)


def test_an_order_that_is_being_placed_in_a_sale_that_is_merged_is_refused():
    sale = Sale()
    pickup, _jam = a_next_sale(sale)

    placer = while_held(merge(sale, pickup), lambda: sale.order(sale.people[1], (sale.jam, 3), version=1))

    assert isinstance(placer.error, rules.SaleClosed)
    assert fresh(pickup).counter.taken == 2


def test_an_order_that_is_being_placed_in_the_other_sale_meets_the_merged_one():
    """It was for a first order there; the household has one now: refused with both merged, nothing is lost."""
    sale = Sale()
    pickup, jam = a_next_sale(sale)
    place = partial(placing.place_order, **an_order(pickup, sale.people[1], (jam, 1)))

    placer = while_held(merge(sale, pickup), place)

    assert isinstance(placer.error, rules.OrderChangedMeanwhile)
    assert placer.error.merged == {jam.pk: 2}
    assert counts(Order.objects.get(pickup=pickup, household=sale.people[1].household)) == [(jam.pk, 2, 800)]


@pytest.mark.leaves_wrong
def test_without_holding_the_sales_an_order_is_left_behind_in_a_sale_that_was_merged(monkeypatch):
    sale = Sale()
    pickup, _jam = a_next_sale(sale)
    neighbour = a_member(sale.group)

    def hold(cycle_ids):
        cycles = cycle_locks.lock_cycles(cycle_ids)
        parts = Participation.objects.select_related("cycle", "producer__organisation")
        return {pk: rescheduling.Held(c, list(parts.filter(cycle=c))) for pk, c in cycles.items()}

    monkeypatch.setattr(rescheduling, "hold", hold)
    end = merging._end_source

    def end_source(found, **arguments):
        assert Racer(lambda: sale.order(neighbour, (sale.jam, 1))).finish().error is None
        end(found, **arguments)

    # stock is left out: the placing would wait for the merge there
    monkeypatch.setattr(merging, "_exchange_stock", lambda found: None)
    monkeypatch.setattr(cycle_locks, "lock_places", lambda pickups: None)
    monkeypatch.setattr(carrying.cycle_locks, "give_place_back", lambda pickup_id: None)
    monkeypatch.setattr(merging, "_end_source", end_source)

    merge(sale, pickup)()

    assert any("called off and has active lines" in text for text in wrong())


def test_two_merges_at_once_merge_once(race):
    sale = Sale()
    pickup, _jam = a_next_sale(sale)

    racers = race(*(merge(sale, pickup) for _click in range(3)))

    assert [racer.error for racer in racers] == [None] * 3
    assert sorted(racer.result for racer in racers) == [False, False, True]


# One order to another point


def reroute(sale, order, pickup, now=CLOSES):
    return partial(
        rerouting.move_order,
        order_id=order.pk,
        pickup_id=pickup.pk,
        reason="Route coupée",
        by=sale.coordinator,
        now=now,
    )


def test_the_close_waits_for_an_order_on_its_way_to_another_point_and_lists_it_there(monkeypatch):
    sale = Sale()
    second = PickupFactory(cycle=sale.cycle)
    reached, go_on = threading.Event(), threading.Event()
    leave = carrying.leave

    def slowly(order, **arguments):
        reached.set()
        assert go_on.wait(timeout=20)
        leave(order, **arguments)

    monkeypatch.setattr(carrying, "leave", slowly)
    mover = Racer(reroute(sale, sale.orders[1], second))
    assert reached.wait(timeout=20)
    closer = Racer(close)
    wait_until(somebody_waits_for_a_lock)
    go_on.set()

    assert mover.finish().error is None
    assert closer.finish().result == 2
    line = PickingLine.objects.get(order=mover.result)
    assert (line.pickup, line.count) == (second, 2)
    assert sale.lists() == [(1, 2, 2000)]
    settle_down(CLOSES)
    assert sale.lists() == [(1, 2, 2000)]


def test_an_order_that_waited_for_the_close_moves_into_a_further_version(monkeypatch):
    sale = Sale()
    second = PickupFactory(cycle=sale.cycle)

    closer, mover = while_closing(monkeypatch, reroute(sale, sale.orders[1], second))
    settle_down(CLOSES)

    assert (closer.result, mover.error) == (2, None)
    assert sale.lists() == [(1, 2, 2000), (2, 2, 2000)]
    assert mover.result.lines.get().frozen_at == CLOSES


def crossing(sale):
    """An order at each of two points, each on its way to the other one."""
    second = PickupFactory(cycle=sale.cycle)
    neighbour = a_member(sale.group)
    there = sale.order(neighbour, (sale.jam, 1), pickup=second)
    return reroute(sale, sale.orders[1], second, now=NOW), reroute(sale, there, sale.pickup, now=NOW)


def test_orders_that_cross_each_other_never_deadlock(race):
    for _time in range(3):
        racers = race(*crossing(Sale()))
        assert [racer.error for racer in racers] == [None, None]


@pytest.mark.leaves_wrong
def test_without_locking_both_places_first_they_deadlock(race, monkeypatch):
    """The guard taken away: each gives its place back, then waits for the other's counter."""
    sale = Sale()
    ways = crossing(sale)
    both = threading.Barrier(2)
    leave = carrying.leave

    def together(order, **arguments):
        leave(order, **arguments)
        both.wait(timeout=20)

    monkeypatch.setattr(cycle_locks, "lock_places", lambda pickups: None)
    monkeypatch.setattr(carrying, "leave", together)

    racers = race(*ways)

    assert sorted(type(racer.error) for racer in racers if racer.error) == [OperationalError]
    assert connection.vendor == "postgresql"


def test_two_clicks_at_once_move_an_order_once(race):
    sale = Sale()
    second = PickupFactory(cycle=sale.cycle)

    racers = race(*(reroute(sale, sale.orders[0], second, now=NOW) for _click in range(3)))

    assert [racer.error for racer in racers] == [None] * 3
    assert len([racer for racer in racers if racer.result]) == 1
    assert (fresh(second).counter.taken, fresh(sale.pickup).counter.taken) == (1, 1)
