"""The thread, in one breath: a cycle goes from catalogue to picking list to hand-over."""

from datetime import timedelta

import pytest

from cagette.core import integrity
from cagette.core.money import Money
from distribution import closing
from distribution.models import PickingList
from orders.baskets import collecting, placing
from orders.baskets.enums import Collection
from orders.cycles import opening
from orders.cycles.enums import SaleState
from tests.factories import (
    CLOSES,
    NOW,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    a_listing,
    a_member,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db


def test_a_cycle_goes_from_catalogue_to_picking_list_to_hand_over():
    part = ParticipationFactory(state=SaleState.PLANNED)
    pickup = PickupFactory(cycle=part.cycle)
    a_listing(part.cycle.organisation, part.producer)
    by_weight = {"unit": "gram", "priced_in": "gram", "step": 100, "minimum": 500}
    carrots = ProductFactory(producer=part.producer, unit_price=Money(340), **by_weight)
    chard = ProductFactory(producer=part.producer, unit_price=Money(280))

    assert opening.open_due(now=NOW) == 1
    offers = {offer.product_id: offer for offer in part.offers.all()}
    first, second = (a_member(part.cycle.organisation) for _ in range(2))
    order = placing.place_order(**an_order(pickup, first, (offers[carrots.pk], 700), (offers[chard.pk], 2)))
    placing.place_order(**an_order(pickup, second, (offers[carrots.pk], 500)))
    assert closing.close_due(now=CLOSES - timedelta(seconds=1)) == 0
    assert closing.close_due(now=CLOSES) == 1
    assert closing.close_due(now=CLOSES) == 0

    written = PickingList.objects.get()
    assert (written.number, written.version, written.order_count) == (1, 1, 2)
    rows = {row.product_id: (row.count, row.amount) for row in written.rows.all()}
    assert rows == {carrots.pk: (1200, Money(408)), chard.pk: (2, Money(560))}
    assert written.amount == Money(968)
    assert collecting.move(order_id=order.pk, to=Collection.COLLECTED, by=first, now=NOW)
    assert fresh(order).collection == Collection.COLLECTED
    assert [f for findings in integrity.check_all(now=NOW).values() for f in findings if f.kind == "wrong"] == []


def test_placing_an_order_of_twelve_lines_takes_at_most_fifteen_queries(django_assert_max_num_queries):
    part = ParticipationFactory()
    pickup = PickupFactory(cycle=part.cycle)
    user = a_member(part.cycle.organisation)
    wish = [(OfferFactory(participation=part, left=100), 3) for _ in range(12)]

    # two more than fifteen: the savepoint that stands for the transaction inside a test
    with django_assert_max_num_queries(17):
        placing.place_order(**an_order(pickup, user, *wish))
