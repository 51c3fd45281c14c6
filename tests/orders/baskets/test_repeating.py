"""Comme la dernière fois: what can be had is put in the basket, what cannot is said, nothing is lowered."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cagette.core import clock
from cagette.core.money import Money
from orders.baskets import filling, placing, repeating
from orders.baskets.models import Basket, Order
from orders.cycles.enums import SaleState
from producers.models import Product
from tests.factories import (
    NOW,
    CycleFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    a_member,
    an_order,
)

pytestmark = pytest.mark.django_db

BY_WEIGHT = {"unit": "gram", "priced_in": "gram", "step": 250, "minimum": 500, "unit_price": Money(340)}


class World:
    """A farm that sold in one sale and sells in another, of another group."""

    def __init__(self, now=NOW):
        self.now = now
        earlier = ParticipationFactory(
            cycle__opens_at=now - timedelta(days=9), cycle__closes_at=now + timedelta(days=1)
        )
        self.user = a_member(earlier.cycle.organisation)
        self.before = PickupFactory(cycle=earlier.cycle)
        self.earlier, self.producer = earlier, earlier.producer
        cycle = CycleFactory(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=2))
        self.part = ParticipationFactory(cycle=cycle, producer=self.producer)
        self.pickup = PickupFactory(cycle=cycle)

    def product(self, name, **fields):
        return ProductFactory(producer=self.producer, name=name, **fields)

    def had(self, *pairs):
        """Order these products in the earlier sale."""
        offers = [(OfferFactory(participation=self.earlier, product=product), count) for product, count in pairs]
        return placing.place_order(**an_order(self.before, self.user, *offers, now=self.now))

    def sells(self, product, left=None, **fields):
        return OfferFactory(participation=self.part, product=product, left=left, **fields)

    def repeat(self, order):
        return repeating.repeat_order(
            order_id=order.pk, pickup_id=self.pickup.pk, household_id=self.user.household_id, now=self.now
        )

    def held(self):
        basket = Basket.objects.get(pickup=self.pickup, household=self.user.household_id)
        return {line.offer.product.name: line.count for line in basket.lines.select_related("offer__product")}


@pytest.fixture
def world():
    return World()


def test_the_same_products_and_counts_are_in_the_basket_and_nothing_is_ordered(world):
    carrots, eggs = world.product("Carottes", **BY_WEIGHT), world.product("Œufs")
    order = world.had((carrots, 1500), (eggs, 2))
    world.sells(carrots), world.sells(eggs)

    done = world.repeat(order)

    assert world.held() == {"Carottes": 1500, "Œufs": 2}
    assert done.added == ["Carottes", "Œufs"]
    assert done.missed == []
    assert Order.objects.count() == 1


def test_twice_changes_nothing(world):
    eggs = world.product("Œufs")
    order = world.had((eggs, 2))
    world.sells(eggs)
    world.repeat(order)

    done = world.repeat(order)

    assert world.held() == {"Œufs": 2}
    assert (done.added, done.missed) == ([], [])


def test_what_the_basket_holds_is_never_lowered(world):
    eggs = world.product("Œufs")
    order = world.had((eggs, 2))
    offer = world.sells(eggs)
    filling.set_count(
        pickup_id=world.pickup.pk, household_id=world.user.household_id, token=None, offer_id=offer.pk, count=5, now=NOW
    )

    world.repeat(order)

    assert world.held() == {"Œufs": 5}


@pytest.mark.parametrize(
    ("left", "fields", "held", "why"),
    [
        # 1,5 kg had; 1,2 kg left: 500 + 2 × 250 = 1 kg is the most in steps
        (1200, {}, 1000, "Carottes : 1\u00a0kg au lieu de 1,5\u00a0kg, il n’en reste pas plus."),
        (499, {}, None, "Carottes : épuisé."),
        (0, {}, None, "Carottes : épuisé."),
        # a maximum of 800 g: 500 + 250
        (None, {"maximum": 800}, 750, "Carottes : 750\u00a0g au lieu de 1,5\u00a0kg, le maximum par foyer."),
        # sold from 2 kg on by now: the minimum
        (None, {"minimum": 2000}, 2000, "Carottes : 2\u00a0kg au lieu de 1,5\u00a0kg, comme on le vend maintenant."),
        # steps of 400 g from 500 g on: 1 300 g
        (None, {"step": 400}, 1300, "Carottes : 1,3\u00a0kg au lieu de 1,5\u00a0kg, comme on le vend maintenant."),
    ],
)
def test_counts_are_adapted_and_why_is_said(world, left, fields, held, why):
    carrots = world.product("Carottes", **BY_WEIGHT)
    order = world.had((carrots, 1500))
    world.sells(carrots, left=left)
    Product.objects.filter(pk=carrots.pk).update(**fields)

    done = world.repeat(order)

    assert world.held() == ({"Carottes": held} if held else {})
    assert done.missed == [why]


def test_what_is_not_in_this_sale_closed_or_taken_off_is_said(world):
    gone, off, closed = world.product("Ail"), world.product("Blettes"), world.product("Choux")
    order = world.had((gone, 1), (off, 1), (closed, 1))
    world.sells(off, is_available=False)
    world.sells(closed)
    world.part.closes_at = NOW
    world.part.state = SaleState.CLOSED
    world.part.save()

    done = world.repeat(order)

    farm = world.producer.organisation.name
    assert world.held() == {}
    assert done.missed == [
        "Ail : pas dans cette vente.",
        f"Blettes : les commandes sont closes pour {farm}.",
        f"Choux : les commandes sont closes pour {farm}.",
    ]


def test_what_the_household_has_ordered_here_counts_as_left_for_it(world):
    """3 had; 1 ordered here and 1 left: 2 in all."""
    eggs = world.product("Œufs")
    order = world.had((eggs, 3))
    offer = world.sells(eggs, left=2)
    world.user.household.memberships.create(organisation=world.part.cycle.organisation, joined_on=NOW)
    placing.place_order(**an_order(world.pickup, world.user, (offer, 1)))

    done = world.repeat(order)

    assert world.held() == {"Œufs": 2}
    assert done.missed == ["Œufs : 2 au lieu de 3, il n’en reste pas plus."]


def test_another_households_order_is_not_repeated(world):
    order = world.had((world.product("Œufs"), 2))
    stranger = a_member(world.part.cycle.organisation)

    with pytest.raises(Order.DoesNotExist):
        repeating.repeat_order(
            order_id=order.pk, pickup_id=world.pickup.pk, household_id=stranger.household_id, now=NOW
        )


def test_the_button_in_the_shop_fills_the_basket_and_says_what_is_missing(client):
    world = World(now=clock.now())
    eggs, garlic = world.product("Œufs"), world.product("Ail")
    order = world.had((eggs, 2), (garlic, 1))
    world.sells(eggs)
    client.force_login(world.user)
    group = world.part.cycle.organisation.slug

    shop = client.get(reverse("baskets:shop", args=[group, world.pickup.pk])).content.decode()
    address = reverse("baskets:repeat", args=[group, world.pickup.pk])
    shown = client.post(address, {"commande": order.pk}, follow=True).content.decode()
    foreign = client.post(address, {"commande": 999_999})

    assert "Comme la dernière fois" in shop
    assert "1\u00a0produit ajouté au panier" in shown
    assert "Ail : pas dans cette vente." in shown
    assert foreign.status_code == 404


def test_the_shop_offers_no_last_time_to_who_never_ordered_any_of_it(client):
    world = World(now=clock.now())
    world.had((world.product("Œufs"), 2))
    world.sells(world.product("Ail"))
    client.force_login(world.user)

    shop = client.get(reverse("baskets:shop", args=[world.part.cycle.organisation.slug, world.pickup.pk]))

    assert "Comme la dernière fois" not in shop.content.decode()
