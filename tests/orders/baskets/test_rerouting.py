"""An order that moves to another pickup of its sale: number, place, code, lists, letters; what it joins there."""

from datetime import timedelta

import pytest

from cagette.core.models import Letter
from distribution import closing
from distribution.models import PickingLine, PickingList
from distribution.queries.changes import changes_since_last
from orders.baskets import rerouting, rules
from orders.baskets.enums import CancelReason, OrderState
from orders.baskets.models import Order, OrderLine
from orders.cycles.enums import SaleState
from orders.cycles.models import Participation
from tests.factories import (
    CLOSES,
    NOW,
    CommuneFactory,
    DeliveryPointFactory,
    PickupFactory,
    a_member,
    fresh,
)
from tests.orders.baskets.moved import LATER, Sale, counts, letters, settle_down, wrong

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale():
    """With a second point, where a third household has number 1."""
    sale = Sale()
    sale.second = PickupFactory(cycle=sale.cycle, capacity=2)
    sale.third = a_member(sale.group)
    sale.order(sale.third, (sale.jam, 1), pickup=sale.second)
    settle_down(NOW)
    Letter.objects.all().delete()
    return sale


def move(sale, order, pickup=None, now=LATER, reason="Route coupée", **changed):
    return rerouting.move_order(
        order_id=order.pk, pickup_id=(pickup or sale.second).pk, reason=reason, by=sale.coordinator, now=now, **changed
    )


def taken(*pickups):
    return [(fresh(pickup).counter.taken, fresh(pickup).counter.last_number) for pickup in pickups]


def test_an_order_that_moves_takes_the_next_number_there_and_gives_its_place_back(sale):
    new = move(sale, sale.orders[0], now=NOW)

    assert (new.number, new.state, new.household_id) == (2, OrderState.PLACED, sale.orders[0].household_id)
    assert new.code != sale.orders[0].code
    assert taken(sale.pickup, sale.second) == [(1, 2), (2, 2)]
    assert counts(new) == [(sale.jam.pk, 3, 1200), (sale.eggs.pk, 10, 400)]
    assert (fresh(sale.orders[0]).state, counts(sale.orders[0])) == (OrderState.CANCELLED, [])
    assert set(sale.orders[0].lines.values_list("reason", flat=True)) == {CancelReason.MOVED}
    assert sale.stocks() == (4, 20)
    assert not new.lines.exclude(frozen_at=None).exists()
    assert wrong() == []


def test_twice_moves_it_once(sale):
    move(sale, sale.orders[0], now=NOW)

    assert move(sale, sale.orders[0], now=NOW) is None
    assert taken(sale.pickup, sale.second) == [(1, 2), (2, 2)]
    settle_down(NOW)
    assert letters() == [(sale.people[0].email, "Votre commande est déplacée : panier n° 2")]
    assert "« Route coupée »" in Letter.objects.get().text
    assert f"Avant : n°\u00a01, {sale.pickup.point.name}, samedi 28 novembre." in Letter.objects.get().text


def test_after_the_close_every_list_it_is_on_gets_a_version_that_says_where_it_goes(sale):
    sale.close()
    new = move(sale, sale.orders[0])
    assert wrong() == []
    settle_down(LATER)

    assert sale.lists() == [(1, 3, 2400), (2, 3, 2400)]
    assert sale.lists(sale.other) == [(1, 1, 400), (2, 1, 400)]
    written = PickingList.objects.get(participation=sale.other, version=2)
    line = PickingLine.objects.get(row__picking_list=written)
    assert (line.pickup, line.order) == (sale.second, new)
    [change] = changes_since_last(written)
    assert sorted((h.number, h.place, h.before, h.now) for h in change.households) == sorted(
        [(1, sale.pickup.point.name, "10", ""), (2, sale.second.point.name, "", "10")]
    )
    old = PickingLine.objects.get(row__picking_list__participation=sale.other, row__picking_list__version=1)
    assert (old.pickup, old.order.number) == (sale.pickup, 1)
    assert not new.lines.filter(frozen_at=None).exists()
    assert len(letters("picking_list")) == 2
    assert wrong() == []


def test_an_order_joins_the_one_that_its_household_has_there(sale):
    """3 pots and 2 of its own there, at the same price: one line of 5; 10 eggs beside them."""
    there = sale.order(sale.people[0], (sale.jam, 2), pickup=sale.second)

    new = move(sale, sale.orders[0], now=NOW)

    assert (new.pk, new.number) == (there.pk, 2)
    assert counts(new) == [(sale.jam.pk, 5, 2000), (sale.eggs.pk, 10, 400)]
    assert taken(sale.pickup, sale.second) == [(1, 2), (2, 2)]
    assert sale.stocks() == (2, 20)
    assert wrong() == []


def test_lines_at_another_price_stay_beside_each_other(sale):
    sale.order(sale.people[0], (sale.jam, 2), pickup=sale.second)
    OrderLine.objects.filter(order=sale.orders[0], offer=sale.jam).update(unit_price=350, listed_amount=1050)

    new = move(sale, sale.orders[0], now=NOW)

    assert counts(new) == [(sale.jam.pk, 2, 800), (sale.jam.pk, 3, 1050), (sale.eggs.pk, 10, 400)]


def test_an_order_moved_there_and_back_takes_its_first_order_up_again(sale):
    new = move(sale, sale.orders[0], now=NOW)
    back = move(sale, new, pickup=sale.pickup, now=NOW)

    assert (back.pk, back.number) == (sale.orders[0].pk, 1)
    assert taken(sale.pickup, sale.second) == [(2, 2), (1, 2)]
    assert counts(back) == [(sale.jam.pk, 3, 1200), (sale.eggs.pk, 10, 400)]
    assert wrong() == []


def test_a_full_point_is_refused_and_nothing_changes(sale):
    sale.order(sale.people[1], (sale.jam, 1), pickup=sale.second)

    with pytest.raises(rules.PickupFull, match="complet"):
        move(sale, sale.orders[0], now=NOW)

    assert taken(sale.pickup, sale.second) == [(2, 2), (2, 2)]
    assert fresh(sale.orders[0]).state == OrderState.PLACED
    assert wrong() == []


def test_a_slot_there_is_taken_and_the_one_here_given_back(sale):
    here = sale.pickup.slots.create(starts_at=sale.pickup.starts_at, ends_at=sale.pickup.ends_at, capacity=2, taken=1)
    there = sale.second.slots.create(starts_at=sale.second.starts_at, ends_at=sale.second.ends_at, capacity=1)
    Order.objects.filter(pk=sale.orders[0].pk).update(slot=here)

    new = move(sale, sale.orders[0], now=NOW, slot_id=there.pk)

    assert (new.slot_id, fresh(here).taken, fresh(there).taken) == (there.pk, 0, 1)
    assert wrong() == []
    type(sale.second.counter).objects.update(capacity=None)
    with pytest.raises(rules.PickupFull, match="créneau"):
        move(sale, sale.orders[1], now=NOW, slot_id=there.pk)
    with pytest.raises(rerouting.ReroutingRefused, match="pas à ce point"):
        move(sale, sale.orders[1], now=NOW, slot_id=here.pk)


@pytest.mark.parametrize("reason", ["", " ", "x" * 201])
def test_a_coordinator_says_why(sale, reason):
    with pytest.raises(rerouting.ReroutingRefused, match="pourquoi"):
        move(sale, sale.orders[0], reason=reason)


def test_what_is_handed_over_past_or_of_another_sale_is_refused(sale):
    elsewhere = PickupFactory()
    with pytest.raises(rerouting.ReroutingRefused, match="dans cette vente"):
        move(sale, sale.orders[0], pickup=elsewhere)
    with pytest.raises(rerouting.ReroutingRefused, match="passée"):
        move(sale, sale.orders[0], now=sale.second.ends_at)
    Order.objects.filter(pk=sale.orders[0].pk).update(collection="collected")
    with pytest.raises(rerouting.ReroutingRefused, match="remis"):
        move(sale, sale.orders[0])
    assert taken(sale.pickup, sale.second) == [(2, 2), (1, 1)]


def test_a_household_chooses_another_point_while_all_its_farms_take_orders(sale):
    Participation.objects.filter(pk=sale.other.pk).update(closes_at=CLOSES - timedelta(hours=5))
    at = {"by": sale.people[0], "pickup_id": sale.second.pk}
    with pytest.raises(rules.SaleClosed, match=sale.other.producer.organisation.name):
        rerouting.choose_pickup(order_id=sale.orders[0].pk, now=CLOSES - timedelta(hours=4), **at)

    new = rerouting.choose_pickup(order_id=sale.orders[0].pk, now=NOW, **at)

    assert (new.pickup, new.number) == (sale.second, 2)
    assert rerouting.choose_pickup(order_id=sale.orders[0].pk, now=NOW, **at) is None
    assert wrong() == []


def test_to_a_point_of_another_vat_zone_the_rate_is_read_anew_before_the_close_and_refused_after_it(sale):
    """Food: 2.1 % in Corsica, 5.5 % on the mainland."""
    mainland = CommuneFactory(code="13055", name="Marseille")
    far = PickupFactory(cycle=sale.cycle, point=DeliveryPointFactory(organisation=sale.group, commune=mainland))
    OrderLine.objects.update(vat_permyriad=210)

    new = move(sale, sale.orders[1], pickup=far, now=NOW)
    assert set(new.lines.values_list("vat_permyriad", flat=True)) == {550}
    assert counts(new) == [(sale.jam.pk, 2, 800)]

    sale.close()
    with pytest.raises(rerouting.ReroutingRefused, match="autre TVA"):
        move(sale, sale.orders[0], pickup=far)
    again = move(sale, sale.orders[0], pickup=sale.second)
    assert set(again.lines.values_list("vat_permyriad", flat=True)) == {210}


def test_only_lists_of_farms_that_have_closed_get_a_version(sale):
    Participation.objects.filter(pk=sale.other.pk).update(closes_at=CLOSES - timedelta(hours=5))
    early = CLOSES - timedelta(hours=4)
    closing.close_due(now=early)
    assert sale.states() == (SaleState.OPEN, SaleState.CLOSED)

    new = move(sale, sale.orders[0], now=early)
    settle_down(early)

    assert sale.lists(sale.other) == [(1, 1, 400), (2, 1, 400)]
    assert sale.lists() == []
    assert dict(new.lines.values_list("offer", "frozen_at")) == {sale.jam.pk: None, sale.eggs.pk: early}
    assert wrong() == []
