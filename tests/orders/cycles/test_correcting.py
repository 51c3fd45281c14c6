"""A farm corrects its price in an open sale: what households pay follows by the group's margin, or stays."""

import pytest

from cagette.core.money import Money
from orders.baskets import placing
from orders.cycles import correcting, offering
from orders.cycles.models import Offer
from producers.facts import facts_of
from producers.models import ListedProduct, Listing
from tests.factories import (
    CLOSES,
    NOW,
    OfferFactory,
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


def an_offer(*, markup=0, own=None, price=280):
    """An offer as the opening makes it, of a product at 2.80."""
    part = ParticipationFactory()
    listing = a_listing(part.cycle.organisation, part.producer)
    Listing.objects.filter(pk=listing.pk).update(markup_permyriad=markup)
    product = ProductFactory(producer=part.producer, unit_price=Money(price))
    if own is not None:
        ListedProduct.objects.create(listing=listing, product=product, own_price=Money(own))
    offering.make_offers(part)
    return part.offers.get()


def corrected(offer, price, *, seen=None, **options):
    arguments = {"is_available": True, "by": UserFactory(), "now": NOW, **options}
    seen = offer.producer_price if seen is None else Money(seen)
    return correcting.correct_offer(offer_id=offer.pk, price=Money(price), price_seen=seen, **arguments)


def prices(offer):
    offer = fresh(offer)
    return offer.producer_price.cents, offer.unit_price.cents


def test_opening_makes_offers_with_the_margin_the_own_price_and_the_selection():
    part = ParticipationFactory()
    listing = a_listing(part.cycle.organisation, part.producer)
    Listing.objects.filter(pk=listing.pk).update(markup_permyriad=1250, picks_products=True)
    leeks, honey, jam, bread = ProductFactory.create_batch(4, producer=part.producer, unit_price=Money(280))
    for product, own in ((leeks, None), (honey, Money(300)), (jam, Money(250))):
        ListedProduct.objects.create(listing=listing, product=product, own_price=own)

    offering.make_offers(part)

    # 12.5 % of 2.80 is 0.35; the group's own 3.00; its 2.50 lies below the farm's 2.80, which is taken; bread waits
    made = {offer.product: (offer.producer_price, offer.unit_price) for offer in part.offers.all()}
    assert made == {
        leeks: (Money(280), Money(315)), honey: (Money(280), Money(300)), jam: (Money(280), Money(280)),
    }  # fmt: skip
    assert bread not in made


def test_what_households_pay_follows_by_the_margin():
    offer = an_offer(markup=1250)
    assert prices(offer) == (280, 315)

    assert corrected(offer, 200) is True
    assert corrected(fresh(offer), 200) is False

    assert prices(offer) == (200, 225)  # 12.5 % of 2.00 is 0.25


def test_a_price_of_the_groups_own_stays_and_is_never_below_the_farms():
    offer = an_offer(own=300, markup=1250)

    corrected(offer, 260)
    assert prices(offer) == (260, 300)
    corrected(fresh(offer), 320)
    assert prices(offer) == (320, 320)
    corrected(fresh(offer), 260)
    assert prices(offer) == (260, 300)


def test_an_offer_that_came_with_another_difference_keeps_it():
    offer = an_offer(markup=1250)
    Listing.objects.update(markup_permyriad=1000)  # since it opened

    corrected(offer, 300)

    assert prices(offer) == (300, 335)  # the 0.35 that it opened with


def test_lines_that_exist_keep_both_prices():
    offer = an_offer(markup=1250)
    pickup = PickupFactory(cycle=offer.participation.cycle)
    order = placing.place_order(**an_order(pickup, a_member(pickup.cycle.organisation), (offer, 2)))

    corrected(offer, 400)

    line = order.lines.get()
    assert (line.unit_price, line.producer_price, line.listed_amount) == (Money(315), Money(280), Money(630))


def test_taking_an_offer_off_sale_leaves_its_prices():
    offer = an_offer(markup=1250)

    assert corrected(offer, 280, is_available=False) is True
    assert corrected(offer, 280, is_available=False) is False

    assert (fresh(offer).is_available, prices(offer)) == (False, (280, 315))


def test_the_catalogue_keeps_its_price_unless_the_farm_says_that_it_has_the_same_error():
    offer = an_offer()

    corrected(offer, 300)
    assert fresh(offer.product).unit_price == Money(280)
    assert corrected(fresh(offer), 300, in_catalogue=True) is True
    assert corrected(fresh(offer), 300, in_catalogue=True) is False

    assert fresh(offer.product).unit_price == Money(300)


def test_a_stale_price_is_refused_whole():
    offer = an_offer()
    corrected(offer, 300)

    with pytest.raises(correcting.CorrectionRefused, match="entre-temps"):
        corrected(offer, 310, seen=280, in_catalogue=True)

    assert (prices(offer), fresh(offer.product).unit_price) == ((300, 300), Money(280))


def test_a_name_is_corrected_once_while_the_sale_is_open():
    offer = an_offer()
    words = {
        "offer_id": offer.pk, "name": "Poireaux", "description": "Lavés", "seen": facts_of(offer.product).fingerprint,
        "by": UserFactory(),
    }  # fmt: skip

    assert [correcting.correct_words(**words, now=NOW) for _ in range(2)] == [True, False]
    with pytest.raises(correcting.CorrectionRefused, match="entre-temps"):
        correcting.correct_words(**{**words, "name": "Blettes"}, now=NOW)
    with pytest.raises(correcting.CorrectionRefused, match="pas ouverte"):
        correcting.correct_words(**{**words, "name": "Blettes"}, now=CLOSES)

    product = fresh(offer.product)
    assert (product.name, product.description, product.unit_price) == ("Poireaux", "Lavés", Money(280))


def test_an_offer_of_a_group_that_lists_the_farm_no_more_keeps_its_difference():
    offer = OfferFactory(unit_price=Money(290), producer_price=Money(280))

    corrected(offer, 300)

    assert prices(offer) == (300, 310)
    assert Offer.objects.count() == 1
