"""A basket that two people of a household fill: what one chose is not lost when the other orders or a line is cut."""

from datetime import timedelta

import pytest

from orders.baskets import cancelling, correcting, filling, placing
from orders.baskets.models import Basket, Order
from orders.baskets.queries.basket import Choice, basket_page
from orders.baskets.queries.entries import Owner
from orders.baskets.queries.shop import shop_page
from tests.factories import (
    NOW,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    UserFactory,
    a_member,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db


class Home:
    """A household with an order of two carrots; leeks are on sale too."""

    def __init__(self):
        part = ParticipationFactory()
        self.pickup = PickupFactory(cycle=part.cycle)
        self.user = a_member(part.cycle.organisation)
        self.carrots, self.leeks = OfferFactory(participation=part), OfferFactory(participation=part)
        self.order = placing.place_order(**an_order(self.pickup, self.user, (self.carrots, 2)))

    def taps(self, offer, count, minutes=1):
        filling.set_count(
            pickup_id=self.pickup.pk, household_id=self.user.household_id, token=None, offer_id=offer.pk, count=count,
            now=NOW + timedelta(minutes=minutes),
        )  # fmt: skip

    def places(self, *pairs, minutes=2):
        version = fresh(self.order).version
        now = NOW + timedelta(minutes=minutes)
        return placing.place_order(**an_order(self.pickup, self.user, *pairs, version=version, now=now))

    def corrects(self, counts, minutes=2):
        correcting.correct_order(
            pickup_id=self.pickup.pk, household_id=self.user.household_id, counts=counts, reason="Pas assez",
            version=fresh(self.order).version, by=self.user, now=NOW + timedelta(minutes=minutes),
        )  # fmt: skip

    def sees(self):
        """What the shop shows, which must be what the next tap finds in the basket."""
        page = shop_page(pickup=self.pickup, owner=Owner(household_id=self.user.household_id), now=NOW)
        shown = {entry.offer.pk: entry.count for entry in page.entries.values() if entry.count}
        basket = filling.start(
            pickup_id=self.pickup.pk, household_id=self.user.household_id, token=None, now=NOW + timedelta(hours=1)
        )
        assert {offer: count for offer, count in basket.lines.values_list("offer_id", "count") if count} == shown
        return shown


@pytest.fixture
def home():
    return Home()


def test_leeks_that_one_person_adds_stay_when_the_other_orders_from_an_older_page(home):
    home.taps(home.leeks, 3)

    home.places((home.carrots, 4))

    assert home.sees() == {home.carrots.pk: 4, home.leeks.pk: 3}
    assert Order.objects.get().lines.active().count() == 1, "leeks are still to be ordered"


def test_what_was_ordered_is_in_the_basket_as_it_was_ordered(home):
    home.taps(home.leeks, 3)

    home.places((home.carrots, 2), (home.leeks, 3))
    home.places((home.carrots, 0), (home.leeks, 3), minutes=3)

    assert home.sees() == {home.leeks.pk: 3}


def test_a_count_that_was_changed_since_the_form_was_shown_stays_changed(home):
    home.taps(home.carrots, 5)

    home.places((home.carrots, 2), (home.leeks, 1))

    assert home.sees() == {home.carrots.pk: 5, home.leeks.pk: 1}


def test_what_was_only_wished_for_stays_when_a_coordinator_corrects_another_line(home):
    home.taps(home.leeks, 3)

    home.corrects({home.carrots.pk: 1})

    assert home.sees() == {home.carrots.pk: 1, home.leeks.pk: 3}


def test_a_line_that_was_taken_off_does_not_come_back_by_itself(home):
    home.taps(home.leeks, 3)

    home.corrects({home.carrots.pk: 0, home.leeks.pk: 1})

    assert home.sees() == {home.leeks.pk: 1}


def test_a_cancelled_order_leaves_only_what_was_not_in_it(home):
    home.taps(home.leeks, 3)

    cancelling.cancel_order(order_id=home.order.pk, by=home.user, now=NOW + timedelta(minutes=2))

    assert home.sees() == {home.leeks.pk: 3}


def test_what_one_dropped_and_the_other_put_back_is_kept(home):
    home.places((home.carrots, 0), (home.leeks, 1))
    home.taps(home.carrots, 2, minutes=3)

    home.corrects({home.leeks.pk: 2}, minutes=4)

    assert home.sees() == {home.carrots.pk: 2, home.leeks.pk: 2}


def test_the_basket_says_whose_it_is_when_two_fill_it_and_when_it_was_changed(home):
    home.taps(home.leeks, 3, minutes=64)
    owner = Owner(household_id=home.user.household_id)
    alone = basket_page(pickup=home.pickup, owner=owner, choice=Choice(), now=NOW)
    UserFactory(first_name="Pauline", household=home.user.household)

    both = basket_page(pickup=home.pickup, owner=owner, choice=Choice(), now=NOW)

    assert not alone.is_shared
    assert both.is_shared
    assert both.people == ["Jeanne", "Pauline"]
    assert both.changed_at == NOW + timedelta(minutes=64)


def test_a_household_without_a_basket_gets_none_by_ordering(home):
    assert not Basket.objects.exists()
