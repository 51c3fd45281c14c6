"""A harvest corrected below what was ordered: a shortage, a proposal, a decision, one letter each. Figures by hand."""

from datetime import timedelta

import pytest

from cagette.core import integrity, outbox
from cagette.core.models import Letter, OutboxEvent
from cagette.core.money import Money
from distribution import closing, versioning
from distribution.models import PickingList
from orders.baskets import cancelling, placing, shortening
from orders.baskets.enums import CancelReason, OrderState
from orders.baskets.models import OrderLine, Shortage
from orders.cycles import opening
from orders.cycles.enums import Rationing, SaleState
from orders.cycles.models import Offer
from producers import announcing
from producers.enums import StockMode
from producers.models import Stock
from tests.factories import (
    CLOSES,
    NOW,
    CycleFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_listing,
    a_member,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db


class Sales:
    """Eggs with 30 announced for Saturday, sold by two groups whose cycles have opened."""

    def __init__(self, groups=1, each=30):
        self.eggs = ProductFactory(name="Œufs", stock_mode=StockMode.PER_DELIVERY, stock_each=each)
        self.parts = [self._part() for _ in range(groups)]
        assert opening.open_due(now=NOW) == groups
        self.offers = [Offer.objects.get(participation=part) for part in self.parts]
        self.pickups = [PickupFactory(cycle=part.cycle) for part in self.parts]
        self.stock = Stock.objects.get()
        self.day = self.stock.delivery_on
        self.by = UserFactory()
        self.said = 0

    def _part(self):
        part = ParticipationFactory(cycle=CycleFactory(), producer=self.eggs.producer, state=SaleState.PLANNED)
        a_listing(part.cycle.organisation, part.producer)
        return part

    def order(self, count, group=0):
        self.said += 1
        user = a_member(self.parts[group].cycle.organisation)
        wish = (self.offers[group], count)
        return placing.place_order(**an_order(self.pickups[group], user, wish, now=NOW + timedelta(minutes=self.said)))

    def announce(self, amount, now=NOW, seen=None):
        found = announcing.announce_harvest(
            product_id=self.eggs.pk, day=self.day, amount=amount, seen=seen, by=self.by, now=now
        )
        outbox.deliver_due(now=now)
        return found

    def settle(self, shortage, rationing=Rationing.LAST_COME, now=NOW, **changed):
        cuts = shortening.propose(shortage, rationing=rationing)
        counts = {cut.line.pk: cut.count for cut in cuts}
        seen = {cut.line.pk: cut.line.count for cut in cuts}
        return shortening.settle_shortage(
            **{
                "shortage_id": shortage.pk, "counts": counts, "seen": seen, "rationing": rationing, "by": self.by,
                "now": now, **changed,
            }
        )  # fmt: skip

    def counts(self):
        return [line.count if line.cancelled_at is None else 0 for line in OrderLine.objects.order_by("pk")]


def findings(kind):
    return [f.text for found in integrity.check_all(now=NOW).values() for f in found if f.kind == kind]


def test_a_harvest_corrected_below_what_is_sold_leaves_nothing_to_sell_and_a_shortage():
    sales = Sales()
    for count in (12, 10, 6):
        sales.order(count)

    found = sales.announce(20)

    stock = fresh(sales.stock)
    assert (found.changed, found.left, found.short) == (True, 0, 8)
    assert (stock.announced, stock.remaining, stock.short) == (20, 0, 8)
    assert Shortage.objects.get().missing == 8
    assert findings("wrong") == []
    assert findings("shortage") == [f"stock {stock.pk}: 8 more sold than announced"]


def test_last_come_shortens_the_last_placed_or_raised_first():
    sales = Sales()
    first = sales.order(12)
    sales.order(10)
    user = first.household.people.get()
    placing.place_order(
        **an_order(sales.pickups[0], user, (sales.offers[0], 14), version=1, now=NOW + timedelta(hours=1))
    )
    sales.announce(18)

    sales.settle(Shortage.objects.get())

    # 24 ordered, 6 too many: the first household raised last
    assert sales.counts() == [8, 10]
    assert (fresh(sales.stock).remaining, fresh(sales.stock).short) == (0, 0)
    assert findings("shortage") == []


def test_pro_rata_shortens_each_in_proportion_by_the_largest_remainder():
    sales = Sales()
    for count in (12, 10, 6):
        sales.order(count)
    sales.announce(20)

    sales.settle(Shortage.objects.get(), rationing=Rationing.PRO_RATA)

    # 8 × 12/28 = 3.43, 8 × 10/28 = 2.86, 8 × 6/28 = 1.71: 3, 3 and 2
    assert sales.counts() == [9, 7, 4]


def test_the_coordinator_may_decide_otherwise_but_takes_back_just_what_is_missing():
    sales = Sales()
    lines = [sales.order(count).lines.get() for count in (12, 10)]
    sales.announce(20)
    shortage = Shortage.objects.get()

    with pytest.raises(shortening.ShorteningRefused, match="Il manque 2, et vous en retirez 3"):
        sales.settle(shortage, counts={lines[0].pk: 9})
    with pytest.raises(shortening.ShorteningRefused, match="ne peut que baisser"):
        sales.settle(shortage, counts={lines[0].pk: 13, lines[1].pk: 7})
    assert sales.counts() == [12, 10]

    assert sales.settle(shortage, counts={lines[0].pk: 10})
    assert sales.counts() == [10, 10]


def test_each_household_is_told_once_and_a_second_decision_changes_nothing():
    sales = Sales()
    sales.order(12)
    last = sales.order(2)
    sales.announce(12)
    shortage = Shortage.objects.get()

    assert sales.settle(shortage)
    assert not sales.settle(shortage)
    for _time in range(2):
        outbox.deliver_due(now=NOW)

    letter = Letter.objects.get(kind="cut")
    assert letter.to == last.household.people.get().email
    assert "La récolte est plus faible que prévu." in letter.text
    assert "Œufs : retiré (2 commandés)" in letter.text
    assert fresh(last).state == OrderState.CANCELLED
    assert last.lines.get().reason == CancelReason.SHORTAGE


def test_orders_that_changed_since_the_proposal_are_not_shortened_unseen():
    sales = Sales()
    sales.order(12)
    other = sales.order(10)
    sales.announce(20)
    shortage = Shortage.objects.get()
    cuts = {cut.line.pk: cut for cut in shortening.propose(shortage, rationing=Rationing.LAST_COME)}
    cancelling.cancel_order(order_id=other.pk, by=sales.by, now=NOW)

    with pytest.raises(shortening.ShorteningRefused, match="ont changé"):
        sales.settle(
            shortage,
            counts={pk: cut.count for pk, cut in cuts.items()},
            seen={pk: cut.line.count for pk, cut in cuts.items()},
        )

    assert sales.counts() == [12, 0]


def test_a_household_that_cancels_settles_the_shortage_before_there_is_anything_to_sell():
    sales = Sales()
    sales.order(12)
    other = sales.order(10)
    sales.announce(15)

    cancelling.cancel_order(order_id=other.pk, by=sales.by, now=NOW)

    stock = fresh(sales.stock)
    assert (stock.announced, stock.remaining, stock.short) == (15, 3, 0)
    assert findings("wrong") == findings("shortage") == []


def test_a_harvest_corrected_upward_again_ends_the_shortage():
    sales = Sales()
    sales.order(12)
    sales.announce(8)

    found = sales.announce(15, now=NOW + timedelta(hours=1))

    assert (found.left, found.short) == (3, 0)
    assert not Shortage.objects.exists()


def test_a_stock_that_two_groups_share_is_short_for_each_in_proportion_and_each_settles_its_own():
    sales = Sales(groups=2)
    sales.order(15, group=0)
    sales.order(10, group=1)
    sales.announce(20)
    ours, theirs = Shortage.objects.order_by("participation_id")

    assert (ours.missing, theirs.missing) == (3, 2)
    sales.settle(ours)

    assert sales.counts() == [12, 10]
    assert fresh(sales.stock).short == 2
    assert shortening.missing_of(fresh(theirs)) == 2


def test_a_shortage_after_the_close_makes_a_new_version_of_the_list():
    sales = Sales()
    sales.order(12)
    sales.order(10)
    closing.close_due(now=CLOSES)
    later = CLOSES + timedelta(hours=2)
    sales.announce(20, now=later)

    sales.settle(Shortage.objects.get(), now=later)
    assert findings("wrong") == []
    outbox.deliver_due(now=later)
    versioning.write_due(now=later + timedelta(minutes=5))

    lists = PickingList.objects.order_by("version")
    assert [(written.version, written.amount) for written in lists] == [(1, Money(6160)), (2, Money(5600))]


def test_an_announcement_twice_changes_nothing_and_a_stale_one_is_refused():
    sales = Sales()
    sales.announce(25, seen=30)

    assert not sales.announce(25, seen=30).changed
    with pytest.raises(announcing.HarvestChangedMeanwhile, match="25"):
        sales.announce(40, seen=30)

    assert fresh(sales.stock).announced == 25
    assert not OutboxEvent.objects.filter(name="producers.harvest_corrected").exists()


def test_a_day_without_a_row_gets_one_and_a_product_without_limit_is_refused():
    product = ProductFactory(stock_mode=StockMode.PER_DELIVERY, stock_each=30)
    free = ProductFactory()
    day = CLOSES.date()
    said = {"day": day, "amount": 12, "seen": None, "by": UserFactory(), "now": NOW}

    assert announcing.announce_harvest(product_id=product.pk, **said).left == 12
    with pytest.raises(announcing.ProductRefused, match="sans limite"):
        announcing.announce_harvest(product_id=free.pk, **said)

    assert Stock.objects.get().delivery_on == day
