"""Favourites: first in every shop, once however often one taps, off again and back."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cagette.core import clock
from orders.baskets import favouring
from orders.baskets.models import Favourite
from tests.factories import (
    NOW,
    CycleFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale():
    now = clock.now()
    cycle = CycleFactory(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1))
    part = ParticipationFactory(cycle=cycle)
    return part, PickupFactory(cycle=cycle)


def shop(pickup):
    return reverse("baskets:shop", args=[pickup.cycle.organisation.slug, pickup.pk])


def like(user, product, wanted=True):
    return favouring.set_favourite(household_id=user.household_id, product_id=product.pk, wanted=wanted, now=NOW)


def test_a_favourite_is_set_once_and_taken_off_once():
    user, product = UserFactory(), ProductFactory()

    assert [like(user, product), like(user, product)] == [True, False]
    assert Favourite.objects.get().household_id == user.household_id
    assert [like(user, product, False), like(user, product, False)] == [True, False]
    assert not Favourite.objects.exists()


def test_favourites_come_first_in_a_section_and_are_not_shown_twice(client, sale):
    part, pickup = sale
    liked = OfferFactory(participation=part, product__name="Zucchini")
    other = OfferFactory(participation=part, product__name="Ail")
    user = a_member(part.cycle.organisation)
    like(user, liked.product)
    client.force_login(user)

    shown = client.get(shop(pickup)).content.decode()

    assert shown.index("Vos favoris") < shown.index(f'id="offre-{liked.pk}"') < shown.index(f'id="offre-{other.pk}"')
    assert shown.count(f'id="offre-{liked.pk}"') == 1


def test_the_shop_can_be_filtered_to_favourites(client, sale):
    part, pickup = sale
    liked = OfferFactory(participation=part, product__name="Zucchini")
    OfferFactory(participation=part, product__name="Ail")
    user = a_member(part.cycle.organisation)
    like(user, liked.product)
    client.force_login(user)

    shown = client.get(shop(pickup), {"favoris": "oui"}).content.decode()
    in_its_aisle = client.get(shop(pickup), {"rayon": "vegetables"}).content.decode()

    assert "Zucchini" in shown
    assert "Ail" not in shown
    assert "Vos favoris" not in in_its_aisle
    assert "Zucchini" in in_its_aisle


def test_a_neighbours_favourite_is_nobody_elses(client, sale):
    part, pickup = sale
    offer = OfferFactory(participation=part)
    like(a_member(part.cycle.organisation), offer.product)
    client.force_login(a_member(part.cycle.organisation))

    assert "Vos favoris" not in client.get(shop(pickup)).content.decode()
    assert "Pas encore de favori" in client.get(reverse("baskets:favourites")).content.decode()


def test_the_heart_in_the_shop_likes_and_comes_back_to_the_product(client, sale):
    part, pickup = sale
    offer = OfferFactory(participation=part)
    client.force_login(a_member(part.cycle.organisation))
    address = reverse("baskets:set_favourite", args=[offer.product_id])

    answer = client.post(address, {"voulu": "oui", "next": f"{shop(pickup)}#offre-{offer.pk}"})
    elsewhere = client.post(address, {"voulu": "oui", "next": "https://evil.example/"})

    assert answer["Location"] == f"{shop(pickup)}#offre-{offer.pk}"
    assert elsewhere["Location"] == reverse("baskets:favourites")
    assert Favourite.objects.count() == 1


def test_what_was_taken_off_the_list_can_be_put_back(client, sale):
    part, _pickup = sale
    offer = OfferFactory(participation=part, product__name="Zucchini")
    user = a_member(part.cycle.organisation)
    like(user, offer.product)
    client.force_login(user)
    address = reverse("baskets:set_favourite", args=[offer.product_id])

    off = client.post(address, {"voulu": "non"}, follow=True).content.decode()
    client.post(address, {"voulu": "oui"})

    assert "Zucchini n’est plus dans vos favoris" in off
    assert "Remettre" in off
    assert Favourite.objects.count() == 1


@pytest.mark.parametrize("garbled", ["x", "-1", "9" * 30, "²"])
def test_a_garbled_undo_shows_the_page(client, garbled):
    client.force_login(UserFactory())

    assert client.get(reverse("baskets:favourites"), {"retire": garbled}).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_favourites_takes_the_same_queries_however_many(client, django_assert_num_queries, sale, count):
    part, _pickup = sale
    user = a_member(part.cycle.organisation)
    for _ in range(count):
        like(user, OfferFactory(participation=part).product)
    client.force_login(user)

    with django_assert_num_queries(8):
        shown = client.get(reverse("baskets:favourites")).content.decode()

    assert shown.count("en vente chez") == count


@pytest.mark.parametrize("count", [1, 3])
def test_the_shop_takes_the_same_queries_with_favourites_and_waits(client, django_assert_num_queries, sale, count):
    part, pickup = sale
    user = a_member(part.cycle.organisation)
    for _ in range(count):
        like(user, OfferFactory(participation=part, left=0).product)
    client.force_login(user)
    client.get(shop(pickup))

    with django_assert_num_queries(12):
        client.get(shop(pickup))
