"""What is left is set without losing an order, and two people do not overwrite each other."""

import pytest

from cagette.core import integrity
from cagette.core.models import AuditEntry
from cagette.core.money import Money
from orders.baskets import placing
from producers import cataloguing, stocking
from producers.facts import ProductRefused, StockWish
from producers.models import Stock
from producers.stocking import StockSeen
from tests.factories import (
    NOW,
    OfferFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_member,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db


def set_left(product, left, seen=None, mode="total"):
    return stocking.set_stock(product_id=product.pk, wish=StockWish(mode, left), seen=seen, by=UserFactory(), now=NOW)


def amounts():
    return list(Stock.objects.values_list("announced", "remaining"))


def ordered(offer, count):
    pickup = PickupFactory(cycle=offer.participation.cycle)
    member = a_member(pickup.cycle.organisation)
    placing.place_order(**an_order(pickup, member, (offer, count)))


def test_a_product_that_gets_a_total_gets_its_stock_row():
    product = ProductFactory()

    outcome = set_left(product, 30)

    assert (outcome.changed, outcome.left) == (True, 30)
    assert amounts() == [(30, 30)]
    assert fresh(product).stock_mode == "total"
    assert Stock.objects.get().delivery_on is None


def test_orders_that_came_in_meanwhile_are_not_lost():
    offer = OfferFactory(left=10, product__stock_mode="total")
    seen = StockSeen(announced=10, remaining=10)
    ordered(offer, 4)

    outcome = set_left(offer.product, 25, seen)

    assert (outcome.left, outcome.meanwhile, outcome.short) == (21, 4, 0)
    assert amounts() == [(25, 21)]
    assert integrity.check_all(now=NOW)["stocks"] == []


def test_setting_less_than_was_ordered_meanwhile_leaves_nothing_and_says_what_is_short():
    offer = OfferFactory(left=10, product__stock_mode="total")
    ordered(offer, 4)

    outcome = set_left(offer.product, 1, StockSeen(announced=10, remaining=10))

    assert (outcome.left, outcome.meanwhile, outcome.short) == (0, 4, 3)
    assert amounts() == [(4, 0)]


def test_two_people_do_not_overwrite_each_other():
    offer = OfferFactory(left=10, product__stock_mode="total")
    seen = StockSeen(announced=10, remaining=10)
    set_left(offer.product, 20, seen)

    with pytest.raises(stocking.StockChangedMeanwhile, match="il reste 20"):
        set_left(offer.product, 15, seen)

    assert amounts() == [(20, 20)]


def test_the_same_form_twice_moves_once_even_with_orders_between():
    offer = OfferFactory(left=10, product__stock_mode="total")
    seen = StockSeen(announced=10, remaining=10)
    set_left(offer.product, 20, seen)
    ordered(offer, 3)

    outcome = set_left(offer.product, 20, seen)

    assert (outcome.changed, outcome.left) == (False, 17)
    assert amounts() == [(20, 17)]
    assert AuditEntry.objects.filter(verb="producers.stock_set").count() == 1


def test_a_form_that_asks_for_no_other_count_changes_none():
    offer = OfferFactory(left=10, product__stock_mode="total")
    set_left(offer.product, 20, StockSeen(announced=10, remaining=10))

    outcome = set_left(offer.product, 10, StockSeen(announced=10, remaining=10))

    assert outcome.changed is False
    assert amounts() == [(20, 20)]


def test_without_limit_keeps_the_row_for_the_sales_that_use_it():
    offer = OfferFactory(left=10, product__stock_mode="total")
    ordered(offer, 4)

    outcome = set_left(offer.product, None, mode="unlimited")

    assert outcome.changed is True
    assert fresh(offer.product).stock_mode == "unlimited"
    assert amounts() == [(10, 6)]


def test_a_row_that_the_form_did_not_show_is_not_overwritten():
    offer = OfferFactory(left=10)

    with pytest.raises(stocking.StockChangedMeanwhile):
        set_left(offer.product, 30, None)

    assert amounts() == [(10, 10)]
    assert fresh(offer.product).stock_mode == "unlimited"


@pytest.mark.parametrize("left", [-1, None, 10**9])
def test_a_total_that_is_none_is_refused(left):
    product = ProductFactory()

    with pytest.raises(ProductRefused):
        set_left(product, left)

    assert amounts() == []


def quick(product, price, wish, seen=None, price_seen=280):
    return cataloguing.change_price_and_stock(
        product_id=product.pk, price=Money(price), price_seen=Money(price_seen), wish=wish, seen=seen,
        by=UserFactory(), now=NOW,
    )  # fmt: skip


def test_price_and_stock_change_together():
    product = ProductFactory(unit_price=Money(280))

    outcome = quick(product, 340, StockWish("total", 12))

    assert (outcome.changed, outcome.left) == (True, 12)
    assert fresh(product).unit_price == Money(340)
    assert amounts() == [(12, 12)]


def test_price_and_stock_change_together_or_not_at_all():
    offer = OfferFactory(left=10, product__stock_mode="total", product__unit_price=Money(280))
    seen = StockSeen(announced=10, remaining=10)
    set_left(offer.product, 20, seen)

    with pytest.raises(stocking.StockChangedMeanwhile):
        quick(offer.product, 340, StockWish("total", 5), seen)

    assert fresh(offer.product).unit_price == Money(280)
    assert amounts() == [(20, 20)]


def test_two_people_do_not_overwrite_each_others_price_and_the_same_price_twice_is_fine():
    product = ProductFactory(unit_price=Money(280))
    quick(product, 340, StockWish())

    assert quick(product, 340, StockWish()).changed is False
    with pytest.raises(cataloguing.ProductChangedMeanwhile, match="3,40"):
        quick(product, 300, StockWish())

    assert fresh(product).unit_price == Money(340)


def test_the_quick_form_does_not_write_a_price_that_it_did_not_change():
    product = ProductFactory(unit_price=Money(340))

    quick(product, 280, StockWish("total", 3), price_seen=280)

    assert fresh(product).unit_price == Money(340)
    assert amounts() == [(3, 3)]
