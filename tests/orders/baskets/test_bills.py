"""What a basket comes to before it is ordered, by hand, and the same once it is placed."""

import pytest

from cagette.core.money import Money, total
from orders.baskets import cancelling, placing
from orders.baskets.models import Basket, BasketLine
from orders.baskets.queries.basket import Choice, basket_page
from orders.baskets.queries.cases import Case, tolerances_of
from orders.baskets.queries.entries import Owner
from orders.baskets.queries.fees import owed_by
from orders.baskets.queries.orders import order_page, orders_of
from orders.cycles.enums import FeeKind
from orders.cycles.models import Cycle, Fee, Offer
from producers.models import Product
from tests.factories import (
    NOW,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    a_member,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db

# 9.90 the kg, 1.8 kg or so: 17.82; between 1.5 kg, 14.85, and 2.2 kg, 21.78
CHICKEN = {
    "unit": "piece", "priced_in": "gram", "content": 1800, "content_unit": "gram", "weight_least": 1500,
    "weight_most": 2200, "unit_price": Money(990),
}  # fmt: skip


@pytest.fixture
def sale():
    part = ParticipationFactory()
    return part, PickupFactory(cycle=part.cycle), a_member(part.cycle.organisation)


def an_offer(part, **fields):
    return OfferFactory(participation=part, **{f"product__{name}": value for name, value in fields.items()})


def a_fee(cycle, kind, *, permyriad=0, cents=0, **fields):
    return Fee.objects.create(
        cycle=cycle, name="Participation", kind=kind, permyriad=permyriad, amount=Money(cents), **fields
    )


def page_of(pickup, user, *pairs, version=0):
    """The basket's page with these offers in it."""
    basket, _made = Basket.objects.update_or_create(
        pickup=pickup, household=user.household, defaults={"order_version": version, "updated_at": NOW}
    )
    basket.lines.all().delete()
    for offer, count in pairs:
        BasketLine.objects.create(basket=basket, offer=offer, count=count)
    return basket_page(pickup=pickup, owner=Owner(household_id=user.household_id), choice=Choice(), now=NOW)


@pytest.mark.parametrize(
    ("kind", "cents"),
    [
        (FeeKind.PERCENT_LINE, 51),  # 5 % of 3.33 is 0.1665: 0.17 on each of three lines
        (FeeKind.PERCENT_ORDER, 50),  # 5 % of 9.99 is 0.4995
    ],
)
def test_5_per_cent_of_three_lines_of_3_33_by_line_and_of_the_order(sale, kind, cents):
    part, pickup, user = sale
    a_fee(part.cycle, kind, permyriad=500, earner="La cagnotte")
    offers = [an_offer(part, unit_price=Money(333)) for _ in range(3)]

    bill = page_of(pickup, user, *((offer, 1) for offer in offers)).bill

    assert (bill.products, [c.amount for c in bill.charges], bill.total) == (
        Money(999), [Money(cents)], Money(999 + cents)
    )  # fmt: skip
    assert bill.charges[0].earner == "La cagnotte"
    assert bill.likely is None


def test_a_fee_per_household_is_owed_once_over_two_pickups_of_a_sale(sale):
    part, pickup, user = sale
    other = PickupFactory(cycle=part.cycle)
    a_fee(part.cycle, FeeKind.FIXED_HOUSEHOLD, cents=200)
    offer = an_offer(part)
    assert page_of(pickup, user, (offer, 1)).bill.total == Money(480)
    assert page_of(other, user, (offer, 1)).bill.total == Money(480)

    order = placing.place_order(**an_order(pickup, user, (offer, 1)))

    assert page_of(pickup, user, (offer, 2), version=1).bill.total == Money(760)
    assert page_of(other, user, (offer, 1)).bill.total == Money(280)
    cancelling.cancel_order(order_id=order.pk, by=user, now=NOW)
    assert page_of(other, user, (offer, 1)).bill.total == Money(480)


def test_what_is_weighed_later_has_a_likely_range_and_percentages_follow_it(sale):
    part, pickup, user = sale
    a_fee(part.cycle, FeeKind.PERCENT_ORDER, permyriad=500)
    a_fee(part.cycle, FeeKind.FIXED_ORDER, cents=50)
    chicken, eggs = an_offer(part, **CHICKEN), an_offer(part, unit_price=Money(100))

    page = page_of(pickup, user, (chicken, 1), (eggs, 1))

    # 18.82 and 0.94 (0.941) and 0.50; 15.85 + 0.79 (0.7925) + 0.50; 22.78 + 1.14 (1.139) + 0.50
    assert (page.bill.products, page.bill.total) == (Money(1882), Money(2026))
    assert page.bill.likely == (Money(1714), Money(2442))
    assert page.is_weighed
    placing.place_order(**an_order(pickup, user, (chicken, 1), (eggs, 1)))
    ordered = order_page(order=orders_of(user.household_id).get(), now=NOW)
    assert (ordered.total, ordered.likely) == (page.bill.total, page.bill.likely)


@pytest.mark.parametrize(
    ("count", "parts"),
    [
        (5, [(2, 280), (3, 300)]),  # two lines at two prices: the newer one is raised
        (3, [(2, 280), (1, 300)]),
        (1, [(1, 280)]),  # the newest is lowered first
        (0, []),
    ],
)
def test_the_basket_shows_the_amounts_that_placing_writes_when_a_price_has_changed(sale, count, parts):
    part, pickup, user = sale
    offer = an_offer(part, unit_price=Money(280))
    placing.place_order(**an_order(pickup, user, (offer, 2)))
    Offer.objects.update(unit_price=Money(300))
    placing.place_order(**an_order(pickup, user, (fresh(offer), 3), version=1))

    page = page_of(pickup, user, (offer, count), version=2)
    order = placing.place_order(**an_order(pickup, user, (fresh(offer), count), version=2))

    assert [(p.count, p.price.cents) for entry in page.entries for p in entry.parts] == parts
    written = order.lines.active().order_by("pk")
    assert [(line.count, line.unit_price.cents) for line in written] == parts
    assert page.bill.products == total([line.listed_amount for line in written])


def test_the_bill_of_a_basket_is_what_its_order_owes(sale):
    part, pickup, user = sale
    for kind in FeeKind:
        a_fee(part.cycle, kind, permyriad=350, cents=25)
    offers = [an_offer(part, unit_price=Money(cents)) for cents in (333, 199, 1)]
    bill = page_of(pickup, user, *((offer, 3) for offer in offers)).bill

    order = placing.place_order(**an_order(pickup, user, *((offer, 3) for offer in offers)))

    amounts = [line.final_amount for line in order.lines.order_by("offer_id")]
    owed = owed_by(household_id=user.household_id, pickup_id=pickup.pk, cycle_id=part.cycle_id)
    assert bill.charges == owed(amounts)
    assert bill.products == total(amounts)


def test_a_farm_below_its_minimum_says_what_is_missing_with_this_basket_and_what_becomes_of_its_lines(sale):
    part, pickup, user = sale
    part.minimum = Money(8000)
    part.save()
    offer = an_offer(part, unit_price=Money(1000))
    placing.place_order(**an_order(pickup, a_member(part.cycle.organisation), (offer, 5)))
    placing.place_order(**an_order(pickup, user, (offer, 1)))

    below, met = (page_of(pickup, user, (offer, count), version=1) for count in (2, 3))

    assert below.farms[0].risk.missing == Money(1000)  # 50 + 20 of 80
    assert not below.farms[0].risk.is_cancelled
    assert met.farms[0].risk is None  # 50 + 30
    Cycle.objects.update(minimum_rule="cancel")
    pickup.cycle.refresh_from_db()
    assert page_of(pickup, user, (offer, 2), version=1).farms[0].risk.is_cancelled


# cases


def lemons(**fields):
    return Product(
        **{"unit": "piece", "priced_in": "piece", "case_size": 12, "minimum": 2, "step": 1, "maximum": 6, **fields}
    )


@pytest.mark.parametrize(
    ("ordered", "added", "words", "slats"),
    [
        (0, 0, "0 sur 12, il en manque 12", 0),
        (7, 0, "7 sur 12, il en manque 5", 7),
        (4, 3, "7 sur 12, il en manque 5", 7),
        (12, 0, "1\u00a0colis complet", 12),
        (24, -1, "1\u00a0colis complet, puis 11 sur 12, il en manque 1", 11),
        (31, 0, "2\u00a0colis complets, puis 7 sur 12, il en manque 5", 7),
    ],
)
def test_a_case_says_what_is_in_it_and_what_is_missing(ordered, added, words, slats):
    case = Case(lemons(), ordered=ordered, added=added)

    assert case.in_words == words
    assert len(case.slats) == 12
    assert sum(bool(slat) for slat in case.slats) == slats
    assert case.limits == "de 2 à 6 par foyer"


def test_a_case_by_weight_is_said_in_kilos_and_drawn_in_steps():
    case = Case(lemons(unit="gram", priced_in="gram", case_size=10_000, step=500, minimum=500), ordered=6500, added=500)

    assert case.in_words == "7\u00a0kg sur 10\u00a0kg, il manque 3\u00a0kg"
    assert case.slats == ["x"] * 13 + ["y"] + [""] * 6


def test_one_may_say_whole_steps_below_a_case_and_within_the_maximum():
    assert [step for step, _words in tolerances_of(lemons(step=2), 2, 0)] == [2, 4]
    assert tolerances_of(lemons(), 6, 0) == []
    assert [step for step, _words in tolerances_of(lemons(maximum=None, case_size=4), 2, 0)] == [1, 2, 3]
    assert [step for step, _words in tolerances_of(lemons(), 6, 3)] == [3]  # said before: it can be taken back


def test_what_others_ordered_counts_in_one_query_for_all_cases(sale, django_assert_num_queries):
    part, pickup, user = sale
    offers = [an_offer(part, case_size=12) for _ in range(3)]
    for count in (3, 4):
        other = a_member(part.cycle.organisation)
        placing.place_order(**an_order(pickup, other, *((offer, count) for offer in offers)))

    page_of(pickup, user, *((offer, 2) for offer in offers))
    # order; basket, its lines; offers; what is in the cases; fees; slots; membership; who shares the basket
    with django_assert_num_queries(9):
        page = basket_page(pickup=pickup, owner=Owner(household_id=user.household_id), choice=Choice(), now=NOW)

    assert [(entry.case.ordered, entry.case.added) for entry in page.entries] == [(7, 2)] * 3


def test_a_basket_that_a_farm_closed_upon_says_what_is_not_ordered_and_does_not_count_it(sale):
    part, pickup, user = sale
    offer = an_offer(part, unit_price=Money(100))
    placing.place_order(**an_order(pickup, user, (offer, 1)))
    part.closes_at = NOW
    part.save()

    page = page_of(pickup, user, (offer, 3), version=1)

    entry = page.entries[0]
    assert (entry.count, entry.missed, page.bill.products) == (1, "2", Money(100))
    assert not page.is_open
