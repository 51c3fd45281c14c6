"""A sale that is delivered with another one: orders, numbers, stock to the unit, lists of both, letters. By hand."""

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from cagette.core.models import Letter
from cagette.core.money import Money
from distribution import closing
from distribution.models import PickingList
from orders.baskets import merging
from orders.baskets.enums import CancelReason, OrderState
from orders.baskets.merging import MergeRefused
from orders.baskets.models import Order, OrderLine
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, Offer, Participation
from producers.models import Stock
from tests.factories import (
    CLOSES,
    NOW,
    PARIS,
    CommuneFactory,
    CycleFactory,
    DeliveryPointFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    a_member,
    fresh,
)
from tests.orders.baskets.moved import LATER, Sale, counts, letters, settle_down, wrong

pytestmark = pytest.mark.django_db

NEXT = date(2026, 12, 5)
NEXT_CLOSES = CLOSES + timedelta(days=7)


@pytest.fixture
def sale():
    """Its next one, a week later, at the same point: both farms come, jam and 50 eggs are on sale, 4 jars are ordered
    by the first household and 1 by a third. Of the 10 jars of the total none is left."""
    sale = Sale()
    sale.next = CycleFactory(
        organisation=sale.group, name="Vente du 5 décembre", delivery_on=NEXT, closes_at=NEXT_CLOSES
    )
    sale.nexts = [ParticipationFactory(cycle=sale.next, producer=part.producer) for part in (sale.part, sale.other)]
    sale.next_pickup = PickupFactory(
        cycle=sale.next, point=sale.pickup.point, starts_at=datetime(2026, 12, 5, 10, tzinfo=PARIS),
        ends_at=datetime(2026, 12, 5, 12, tzinfo=PARIS),
    )  # fmt: skip
    sale.next_jam = OfferFactory(participation=sale.nexts[0], product=sale.jam.product)
    Offer.objects.filter(pk=sale.next_jam.pk).update(stock=sale.jam.stock)
    sale.next_eggs_stock = Stock.objects.create(product=sale.eggs.product, delivery_on=NEXT, announced=50, remaining=50)
    sale.next_eggs = OfferFactory(participation=sale.nexts[1], product=sale.eggs.product, unit_price=Money(45))
    Offer.objects.filter(pk=sale.next_eggs.pk).update(stock=sale.next_eggs_stock)
    sale.third = a_member(sale.group)
    sale.theirs = [
        sale.order(sale.people[0], (fresh(sale.next_jam), 4), pickup=sale.next_pickup),
        sale.order(sale.third, (fresh(sale.next_jam), 1), pickup=sale.next_pickup),
    ]
    settle_down(NOW)
    Letter.objects.all().delete()
    assert fresh(sale.jam.stock).remaining == 0
    return sale


def merge(sale, now=NOW, why="Neige", **changed):
    wanted = {"source_id": sale.cycle.pk, "into_id": sale.next.pk, **changed}
    return merging.merge_sales(by=sale.coordinator, now=now, why=why, **wanted)


def refused(sale, said, **changed):
    """The merge is refused with these words, and nothing at all has changed."""
    before = [sale.stocks(), sale.states(), [counts(order) for order in Order.objects.order_by("pk")]]
    with pytest.raises(MergeRefused, match=said), transaction.atomic():
        merge(sale, **changed)
    assert [sale.stocks(), sale.states(), [counts(order) for order in Order.objects.order_by("pk")]] == before
    assert fresh(sale.cycle).merged_into is None
    assert wrong() == []


def test_each_household_has_one_order_in_the_other_sale_and_stock_moves_to_its_day(sale):
    assert merge(sale)
    assert not merge(sale)

    both, alone = sale.theirs[0], Order.objects.get(pickup=sale.next_pickup, household=sale.people[1].household)
    # 4 jars and 3 at the same 4.00: one line of 7, 28.00; the eggs keep their 0.40 beside the other sale's 0.45
    assert counts(both) == [(sale.next_jam.pk, 7, 2800), (sale.next_eggs.pk, 10, 400)]
    assert counts(alone) == [(sale.next_jam.pk, 2, 800)]
    assert (fresh(both).number, alone.number) == (1, 3)
    assert counts(sale.theirs[1]) == [(sale.next_jam.pk, 1, 400)]
    assert (fresh(sale.next_pickup).counter.taken, fresh(sale.next_pickup).counter.last_number) == (3, 3)
    assert fresh(sale.pickup).counter.taken == 0
    assert [(fresh(order).state, counts(order)) for order in sale.orders] == [(OrderState.CANCELLED, [])] * 2
    assert set(OrderLine.objects.filter(order__in=sale.orders).values_list("reason", flat=True)) == {CancelReason.MOVED}
    # the jam's total is as it was, 30 eggs of Saturday are free again, 40 of 50 are left a week later
    assert (sale.stocks(), fresh(sale.next_eggs_stock).remaining) == ((0, 30), 40)
    assert wrong() == []


def test_the_source_is_called_off_and_says_into_what(sale):
    merge(sale)

    source = fresh(sale.cycle)
    assert (source.merged_into, source.cancelled_at) == (sale.next, NOW)
    assert source.cancel_reason == "Réunie avec « Vente du 5 décembre »."
    assert sale.states() == (SaleState.CANCELLED, SaleState.CANCELLED)
    assert [fresh(part).state for part in sale.nexts] == [SaleState.OPEN, SaleState.OPEN]


def test_everybody_is_told_once(sale):
    merge(sale)
    merge(sale)
    settle_down(NOW)

    assert letters("moved") == sorted(
        [
            (sale.people[0].email, "Votre commande est déplacée : panier n° 1"),
            (sale.people[1].email, "Votre commande est déplacée : panier n° 3"),
        ]
    )
    assert [to for to, _subject in letters("called_off")] == sorted(
        part.producer.organisation.email for part in (sale.part, sale.other)
    )
    assert len(letters()) == 4
    text = Letter.objects.get(to=sale.people[1].email).text
    assert "elle est livrée avec la vente « Vente du 5 décembre »" in text
    assert "Avant : n°\u00a02, samedi 28 novembre." in text
    assert "« Neige »" in text
    farm = Letter.objects.filter(kind="called_off").first()
    assert "est réunie avec celle du samedi 5 décembre" in farm.subject
    assert "Ce qui était commandé chez vous est livré samedi 5 décembre" in farm.text


def test_closed_lists_of_the_source_say_nothing_to_prepare_and_the_other_sale_closes_with_all(sale):
    sale.close()
    merge(sale, now=LATER)
    assert wrong() == []
    settle_down(LATER)

    assert sale.lists() == [(1, 2, 2000), (2, 0, 0)]
    assert sale.lists(sale.other) == [(1, 1, 400), (2, 0, 0)]
    assert not OrderLine.objects.active().exclude(frozen_at=None).exists()
    closing.close_due(now=NEXT_CLOSES)
    # 7 + 2 + 1 jars, 40.00; 10 eggs at 0.40
    assert [sale.lists(part) for part in sale.nexts] == [[(1, 3, 4000)], [(1, 1, 400)]]
    assert wrong(NEXT_CLOSES) == []


def test_closed_lists_of_the_other_sale_get_a_further_version(sale):
    """The other one is closed, this one still open: its close is moved far."""
    Participation.objects.filter(cycle=sale.next).update(closes_at=CLOSES - timedelta(days=1))
    early = CLOSES - timedelta(hours=20)
    closing.close_due(now=early)
    assert [sale.lists(part) for part in sale.nexts] == [[(1, 2, 2000)], [(0, 0, 0)]]

    merge(sale, now=early)
    assert wrong() == []
    settle_down(early)

    assert [sale.lists(part) for part in sale.nexts] == [[(1, 2, 2000), (2, 3, 4000)], [(0, 0, 0), (1, 1, 400)]]
    assert sale.lists() == []
    assert not OrderLine.objects.active().filter(frozen_at=None).exists()
    assert wrong() == []


def test_a_sale_that_has_not_opened_opens_at_once(sale):
    Order.objects.filter(pickup=sale.next_pickup).update(state=OrderState.CANCELLED)
    OrderLine.objects.filter(order__in=sale.theirs).update(cancelled_at=NOW)
    type(sale.pickup.counter).objects.filter(pickup=sale.next_pickup).update(taken=0)
    Stock.objects.filter(pk=sale.jam.stock_id).update(remaining=5)
    Participation.objects.filter(cycle=sale.next).update(state=SaleState.PLANNED)
    Cycle.objects.filter(pk=sale.next.pk).update(opens_at=NOW + timedelta(days=3))

    assert merge(sale)

    assert [fresh(part).state for part in sale.nexts] == [SaleState.OPEN, SaleState.OPEN]
    assert fresh(sale.next).opens_at == NOW
    # the household's cancelled order there is taken up again, under its number
    assert (counts(sale.theirs[0]), fresh(sale.theirs[0]).number) == (
        [(sale.next_jam.pk, 3, 1200), (sale.next_eggs.pk, 10, 400)], 1,
    )  # fmt: skip
    assert fresh(sale.next_pickup).counter.taken == 2
    assert wrong() == []


def test_a_product_that_the_other_sale_does_not_offer_is_added_at_its_price(sale):
    honey = sale.offer(sale.part, "Miel", unit_price=Money(900))
    sale.order(sale.people[1], (honey, 2), version=1)

    merge(sale)

    added = Offer.objects.get(participation=sale.nexts[0], product=honey.product)
    assert (added.unit_price, added.stock, added.is_available) == (Money(900), None, True)
    alone = Order.objects.get(pickup=sale.next_pickup, household=sale.people[1].household)
    assert counts(alone) == [(sale.next_jam.pk, 2, 800), (added.pk, 2, 1800)]
    assert wrong() == []


def test_two_orders_of_a_household_at_two_points_become_one_where_the_coordinator_says(sale):
    point = DeliveryPointFactory(organisation=sale.group, name="Le lavoir")
    second = PickupFactory(cycle=sale.cycle, point=point)
    Stock.objects.filter(pk=sale.jam.stock_id).update(announced=11, remaining=1)
    sale.order(sale.people[0], (sale.jam, 1), pickup=second)

    refused(sale, "ne passe pas par Le lavoir")
    merge(sale, points={second.pk: sale.next_pickup.pk})

    # 4 + 3 + 1 jars
    assert counts(sale.theirs[0]) == [(sale.next_jam.pk, 8, 3200), (sale.next_eggs.pk, 10, 400)]
    assert [fresh(row).counter.taken for row in (sale.pickup, second, sale.next_pickup)] == [0, 0, 3]
    settle_down(NOW)
    assert len([to for to, _subject in letters("moved") if to == sale.people[0].email]) == 1
    assert wrong() == []


def test_when_a_point_would_be_overfull_all_is_refused(sale):
    type(sale.pickup.counter).objects.filter(pickup=sale.next_pickup).update(capacity=2)

    refused(sale, f"{sale.pickup.point.name} est complet")


def test_when_the_other_day_has_not_enough_all_is_refused(sale):
    Stock.objects.filter(pk=sale.next_eggs_stock.pk).update(announced=9, remaining=9)

    refused(sale, "pas assez le samedi 5 décembre : Œufs")


def test_farms_that_do_not_take_part_are_named(sale):
    Participation.objects.filter(pk=sale.nexts[1].pk).update(state=SaleState.DECLINED)

    refused(sale, f"{sale.other.producer.organisation.name} : absent")


def test_a_product_that_is_off_sale_there_is_named(sale):
    Offer.objects.filter(pk=sale.next_eggs.pk).update(is_available=False)

    refused(sale, "Pas en vente le samedi 5 décembre : Œufs")


def test_what_makes_no_sense_is_refused(sale):
    refused(sale, "une autre vente", into_id=sale.cycle.pk)
    refused(sale, "pas du même groupe", into_id=ParticipationFactory().cycle_id)
    far = DeliveryPointFactory(organisation=sale.group, commune=CommuneFactory(code="13055", name="Marseille"))
    mainland = PickupFactory(
        cycle=sale.next, point=far, starts_at=sale.next_pickup.starts_at, ends_at=sale.next_pickup.ends_at
    )
    refused(sale, "autre TVA", points={sale.pickup.pk: mainland.pk})
    refused(sale, "ne passe pas par", now=sale.next_pickup.ends_at)
    Order.objects.filter(pk=sale.orders[0].pk).update(collection="collected")
    refused(sale, "déjà remis")
    Order.objects.update(collection="expected")
    Cycle.objects.filter(pk=sale.next.pk).update(cancelled_at=NOW)
    Participation.objects.filter(cycle=sale.next).update(state=SaleState.CANCELLED)
    with pytest.raises(MergeRefused, match="est annulée"):
        merge(sale)


def test_a_merged_sale_is_not_merged_again(sale):
    merge(sale)
    third = ParticipationFactory(cycle=CycleFactory(organisation=sale.group)).cycle

    with pytest.raises(MergeRefused, match="est annulée"):
        merge(sale, into_id=third.pk)
    assert PickingList.objects.count() == 0
