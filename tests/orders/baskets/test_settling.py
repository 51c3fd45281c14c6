"""What a close settles: cases from tolerance, by a cut or by the group; then the farm's minimum. Figures by hand."""

from datetime import timedelta

import pytest

from cagette.core import integrity
from cagette.core.models import OutboxEvent
from cagette.core.money import Money
from cagette.places.models import VatRate
from distribution import closing
from distribution.models import PickingList
from orders.baskets import placing
from orders.baskets.enums import CancelReason, OrderState
from orders.baskets.models import Order, OrderLine
from orders.cycles.enums import CaseRule, MinimumRule, Outcome
from orders.cycles.models import GroupSettings, PickupCounter
from tests.factories import (
    CLOSES,
    NOW,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    a_member,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db


class Sale:
    """An open participation with one offer by the case, and households that order from it one after the other."""

    def __init__(self, *, case=12, minimum=1, price=100, left=None, floor=0, **rules):
        self.part = ParticipationFactory(minimum=Money(floor))
        type(self.part.cycle).objects.filter(pk=self.part.cycle_id).update(**rules)
        self.pickup = PickupFactory(cycle=self.part.cycle)
        product = ProductFactory(
            producer=self.part.producer, name="Clémentines", case_size=case, minimum=minimum, unit_price=Money(price)
        )
        self.offer = OfferFactory(participation=self.part, product=product, left=left)
        self.said = 0

    def order(self, count, tolerance=0, offer=None):
        self.said += 1
        user = a_member(self.part.cycle.organisation)
        now = NOW + timedelta(minutes=self.said)
        order = placing.place_order(**an_order(self.pickup, user, (offer or self.offer, count), now=now))
        order.lines.update(tolerance=tolerance)
        return order

    def close(self):
        assert closing.close_due(now=CLOSES) == 1
        assert not [found for found in integrity_findings() if found.kind == "wrong"]
        return fresh(self.part)

    def counts(self):
        """What each order holds now, in the order of placing."""
        lines = OrderLine.objects.filter(offer=self.offer).order_by("pk")
        return [line.count if line.cancelled_at is None else 0 for line in lines]


def integrity_findings():
    return [found for findings in integrity.check_all(now=CLOSES).values() for found in findings]


def listed():
    return sum(row.count for row in PickingList.objects.get().rows.all())


def test_a_case_of_12_with_11_wanted_is_filled_by_a_tolerance_of_1():
    sale = Sale()
    sale.order(6)
    tolerant = sale.order(5, tolerance=1)

    sale.close()

    assert sale.counts() == [6, 6]
    assert listed() == 12
    assert fresh(tolerant).version == 2
    assert tolerant.lines.get().listed_amount == Money(600)


def test_tolerance_is_used_in_the_order_of_placing_and_no_further_than_the_case():
    sale = Sale()
    sale.order(4, tolerance=2)
    sale.order(3, tolerance=5)
    sale.order(2, tolerance=5)

    sale.close()

    assert sale.counts() == [6, 4, 2]


def test_a_case_that_tolerance_does_not_fill_is_cut_from_the_last_lines_and_nobody_gets_more():
    sale = Sale()
    sale.order(6, tolerance=1)
    sale.order(5)
    last = sale.order(3)

    sale.close()

    # 14 wanted: 10 more are needed and 1 is tolerated, so 2 go, from the last
    assert sale.counts() == [6, 5, 1]
    assert last.lines.get().reason == CancelReason.CASE


def test_less_than_one_case_is_cut_whole_and_its_orders_are_cancelled():
    sale = Sale()
    first, second = sale.order(6), sale.order(5)

    sale.close()

    assert sale.counts() == [0, 0]
    assert {fresh(first).state, fresh(second).state} == {OrderState.CANCELLED}
    assert fresh(sale.pickup).counter.taken == 0
    assert PickingList.objects.get().is_notice


def test_a_cut_below_the_households_minimum_takes_the_whole_line_and_the_case_is_looked_at_again():
    sale = Sale(case=6, minimum=3)
    sale.order(5)
    sale.order(5)
    sale.order(4)

    sale.close()

    # 14: 2 too many; 4 − 2 is below 3, so the last goes whole; 10: 4 too many; 5 − 4 is below 3 too; 5 is no case
    assert sale.counts() == [0, 0, 0]


def test_a_whole_line_that_went_may_leave_room_for_the_tolerance_of_others():
    sale = Sale(case=6, minimum=3)
    sale.order(5, tolerance=1)
    sale.order(5, tolerance=1)
    sale.order(4)

    sale.close()

    assert sale.counts() == [6, 6, 0]


def test_the_group_takes_the_rest_in_its_own_name_after_the_tolerance_of_households():
    sale = Sale(case_rule=CaseRule.GROUP_TAKES)
    sale.order(6)
    sale.order(3, tolerance=1)

    sale.close()

    assert sale.counts() == [6, 4, 2]
    household = GroupSettings.objects.get().household
    assert household.name == sale.part.cycle.organisation.name
    assert Order.objects.get(household=household).number == 3
    assert listed() == 12


def test_the_group_takes_nothing_where_the_stock_does_not_fill_the_case():
    sale = Sale(case_rule=CaseRule.GROUP_TAKES, left=14)
    sale.order(8)
    sale.order(6)

    sale.close()

    assert sale.counts() == [8, 4]
    assert fresh(sale.offer.stock).remaining == 2


def test_the_group_takes_nothing_where_every_pickup_is_full():
    sale = Sale(case_rule=CaseRule.GROUP_TAKES)
    PickupCounter.objects.update(capacity=1)
    sale.order(11)

    sale.close()

    assert sale.counts() == [0]
    assert Order.objects.count() == 1


def test_a_close_does_not_hang_on_a_rate_that_the_table_lost():
    sale = Sale(case_rule=CaseRule.GROUP_TAKES)
    sale.order(11)
    VatRate.objects.all().delete()

    sale.close()

    assert sale.counts() == [0]
    assert Order.objects.count() == 1


def test_tolerance_takes_from_the_stock_and_not_beyond_it():
    enough, short = Sale(left=12), Sale(left=11)
    for sale in (enough, short):
        sale.order(11, tolerance=1)

    assert closing.close_due(now=CLOSES) == 2

    assert (enough.counts(), short.counts()) == ([12], [0])
    assert fresh(enough.offer.stock).remaining == 0
    assert fresh(short.offer.stock).remaining == 11


def test_no_household_gets_more_than_the_most_that_it_may_have():
    sale = Sale()
    type(sale.offer.product).objects.update(maximum=6)
    sale.order(6, tolerance=2)
    sale.order(5, tolerance=2)

    sale.close()

    assert sale.counts() == [6, 6]


def test_what_a_household_may_have_at_most_counts_its_orders_at_all_points():
    sale = Sale(case_rule=CaseRule.CUT)
    type(sale.offer.product).objects.update(maximum=7)
    other, home = PickupFactory(cycle=sale.part.cycle), a_member(sale.part.cycle.organisation)
    for pickup, count in ((sale.pickup, 4), (other, 2)):
        placing.place_order(**an_order(pickup, home, (sale.offer, count)))
    sale.order(4, tolerance=1)
    OrderLine.objects.filter(order__household=home.household).update(tolerance=3)

    sale.close()

    # 10 wanted; the household has 6 of its 7: one more at its first point, none at the other; the neighbour fills it
    assert sale.counts() == [5, 2, 5]


def test_each_household_that_is_cut_is_told_once_what_became_of_its_line():
    sale = Sale()
    sale.order(12)
    last = sale.order(2)

    sale.close()

    told = OutboxEvent.objects.get(name="baskets.order_cut")
    assert told.payload["order_id"] == last.pk
    assert told.payload["reason"] == "case"
    assert told.payload["lines"] == [["Clémentines", "2", ""]]


@pytest.mark.parametrize(("floor", "outcome"), [(4999, "met"), (5000, "met"), (5001, "cancelled")])
def test_a_minimum_is_met_exactly_and_missed_by_a_cent(floor, outcome):
    sale = Sale(case=None, price=2500, floor=floor, minimum_rule=MinimumRule.CANCEL)
    sale.order(1)
    sale.order(1)

    part = sale.close()

    assert part.outcome == outcome
    assert sale.counts() == ([0, 0] if outcome == "cancelled" else [1, 1])


def test_a_farm_that_comes_anyway_keeps_every_line_below_its_minimum():
    sale = Sale(case=None, price=2500, floor=5001, minimum_rule=MinimumRule.COME)
    sale.order(2)

    assert sale.close().outcome == Outcome.CAME
    assert sale.counts() == [2]


def test_nothing_ordered_is_nothing_to_settle():
    sale = Sale(floor=5000, minimum_rule=MinimumRule.CANCEL)

    assert sale.close().outcome == Outcome.NONE


def test_a_minimum_of_50_met_at_51_is_missed_when_a_case_of_12_is_cut():
    sale = Sale(case=24, price=100, floor=5000, minimum_rule=MinimumRule.CANCEL)
    honey = OfferFactory(
        participation=sale.part, product=ProductFactory(producer=sale.part.producer, unit_price=Money(3900))
    )
    sale.order(1, offer=honey)
    sale.order(12)  # 39.00 + 12.00 = 51.00; half a case of 24 is no case

    part = sale.close()

    assert part.outcome == Outcome.CANCELLED
    assert not OrderLine.objects.active().exists()
    reasons = dict(OrderLine.objects.values_list("offer__product__name", "reason"))
    assert reasons == {"Clémentines": CancelReason.CASE, honey.product.name: CancelReason.MINIMUM}


def test_a_sale_of_another_group_keeps_its_lines():
    ours, theirs = Sale(), Sale()
    ours.order(11)
    theirs.order(12)

    closing.close_due(now=CLOSES)

    assert (ours.counts(), theirs.counts()) == ([0], [12])
