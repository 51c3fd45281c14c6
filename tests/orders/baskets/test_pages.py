"""Shop, basket and order in the browser: what is typed badly gets a sentence, never an error page."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cagette.core import clock
from cagette.core.money import Money
from orders.baskets import placing
from orders.baskets.models import Basket, Order
from orders.cycles.models import Cycle, Offer, Participation
from tests.factories import (
    CycleFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_member,
    an_order,
)

pytestmark = pytest.mark.django_db

BY_WEIGHT = {"unit": "gram", "priced_in": "gram", "step": 250, "minimum": 500, "unit_price": Money(340)}


@pytest.fixture
def sale():
    """A sale that is open by the database's own clock, with carrots by weight."""
    now = clock.now()
    cycle = CycleFactory(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1))
    part = ParticipationFactory(cycle=cycle)
    pickup = PickupFactory(cycle=cycle)
    product = ProductFactory(producer=part.producer, name="Carottes", **BY_WEIGHT)
    return part, pickup, OfferFactory(participation=part, product=product, left=5000)


def at(name, pickup):
    return reverse(f"baskets:{name}", args=[pickup.cycle.organisation.slug, pickup.pk])


def post_count(client, pickup, offer, typed, **more):
    data = {"offre": offer.pk if isinstance(offer, Offer) else offer, "quantite": typed, **more}
    return client.post(at("set_count", pickup), data, follow=True)


def hidden(page):
    """The form's hidden fields, as the browser would send them back."""
    form = page[page.index('id="commander"') :]
    return dict(re.findall(r'name="([\w-]+)" value="([^"]*)"', form))


def ordering(client, pickup, offer, typed="750 g"):
    post_count(client, pickup, offer, typed)
    return hidden(client.get(at("basket", pickup)).content.decode())


@pytest.mark.parametrize(("typed", "count"), [("750 g", 750), ("0,75kg", 750), ("1,5 kg", 1500), ("500", 500)])
def test_a_visitor_fills_a_basket_before_log_in(client, sale, typed, count):
    _part, pickup, offer = sale

    post_count(client, pickup, offer, typed)

    assert Basket.objects.get().lines.get().count == count
    assert Basket.objects.get().household is None


@pytest.mark.parametrize(
    "typed", ["-1", "1e9", "NaN", "∞", "0,5 pièce", "600 g", "250", "99999999", "1,2345 kg", "' OR 1=1"]
)
def test_what_is_no_quantity_is_refused_in_words_and_the_basket_stays(client, sale, typed):
    _part, pickup, offer = sale

    answer = post_count(client, pickup, offer, typed)

    assert answer.status_code == 200
    assert re.search("n’est pas une quantité|se commande|pas possible|trop précis|plus que", answer.content.decode())
    assert not any(basket.lines.exists() for basket in Basket.objects.all())


def test_half_a_piece_is_refused_in_words(client, sale):
    part, pickup, _offer = sale
    eggs = OfferFactory(participation=part)

    assert "pièces entières" in post_count(client, pickup, eggs, "0,5").content.decode()


def test_plus_and_minus_walk_by_steps_from_the_minimum(client, sale):
    _part, pickup, offer = sale
    seen = []

    for typed, gesture in [("", "plus"), ("500 g", "plus"), ("750 g", "moins"), ("500 g", "moins")]:
        post_count(client, pickup, offer, typed, geste=gesture)
        seen.append(Basket.objects.get().lines.get().count)

    assert seen == [500, 750, 500, 0]


@pytest.mark.parametrize("offer_id", [0, 999_999_999, "abc", "9" * 30])
def test_an_offer_that_is_not_in_the_sale_is_refused_in_words(client, sale, offer_id):
    _part, pickup, _offer = sale

    answer = post_count(client, pickup, offer_id, "1")

    assert answer.status_code == 200
    assert "pas dans cette vente" in answer.content.decode()


def test_htmx_gets_the_entry_and_the_bar_alone(client, sale):
    _part, pickup, offer = sale

    answer = client.post(
        at("set_count", pickup), {"offre": offer.pk, "quantite": "1 kg"}, headers={"HX-Request": "true"}
    )

    text = answer.content.decode()
    assert "<html" not in text
    assert f'id="offre-{offer.pk}"' in text
    assert "3,40\u00a0€" in text
    assert 'hx-swap-oob="true"' in text


def test_a_visitors_basket_is_there_after_log_in_and_becomes_the_order(client, sale):
    part, pickup, offer = sale
    post_count(client, pickup, offer, "750 g")
    user = a_member(part.cycle.organisation)
    session_token = client.session["basket"]
    client.force_login(user)
    session = client.session
    session["basket"] = session_token
    session.save()

    fields = hidden(client.get(at("basket", pickup)).content.decode())
    answer = client.post(at("basket", pickup), fields, follow=True)

    assert "C’est commandé" in answer.content.decode()
    assert Order.objects.get().lines.get().count == 750
    assert not Basket.objects.filter(household=None).exists()
    assert "0,00\u00a0€" not in client.get(at("shop", pickup)).content.decode()


def test_the_basket_survives_a_lost_session(sale):
    part, pickup, offer = sale
    user = a_member(part.cycle.organisation)
    first, second = Client(), Client()
    first.force_login(user)
    second.force_login(user)

    post_count(first, pickup, offer, "1 kg")

    assert "3,40\u00a0€" in second.get(at("basket", pickup)).content.decode()


def test_ordering_shows_the_ticket_and_the_same_form_again_the_same_order(client, sale):
    part, pickup, offer = sale
    client.force_login(a_member(part.cycle.organisation))
    fields = ordering(client, pickup, offer)

    for _ in range(2):
        answer = client.post(at("basket", pickup), fields)
        assert answer.status_code == 302

    shown = client.get(at("order", pickup)).content.decode()
    order = Order.objects.get()
    assert order.code in shown
    assert "2,55\u00a0€" in shown
    assert order.version == 1
    assert client.get(at("code", pickup))["Content-Type"] == "image/svg+xml"


def test_a_price_that_rose_since_the_page_was_shown_is_told_before_it_is_paid(client, sale):
    part, pickup, offer = sale
    client.force_login(a_member(part.cycle.organisation))
    fields = ordering(client, pickup, offer)
    Offer.objects.update(unit_price=Money(400))

    refused = client.post(at("basket", pickup), fields)
    accepted = client.post(at("basket", pickup), hidden(refused.content.decode()), follow=True)

    assert refused.status_code == 409
    assert "3,40\u00a0€ quand la page s’est affichée, 4,00\u00a0€ maintenant" in refused.content.decode()
    assert "C’est commandé" in accepted.content.decode()


def test_sold_out_meanwhile_says_what_may_still_be_had(client, sale):
    part, pickup, offer = sale
    client.force_login(a_member(part.cycle.organisation))
    fields = ordering(client, pickup, offer, "5 kg")
    other = a_member(part.cycle.organisation)
    placing.place_order(**an_order(pickup, other, (offer, 4250), now=clock.now()))

    refused = client.post(at("basket", pickup), fields)

    assert refused.status_code == 409
    assert "il n’en reste que 750\u00a0g" in refused.content.decode()
    assert Order.objects.count() == 1


def test_a_full_point_offers_the_others(client, sale):
    part, _pickup, offer = sale
    full, free = PickupFactory(cycle=part.cycle, capacity=1), PickupFactory(cycle=part.cycle)
    placing.place_order(**an_order(full, a_member(part.cycle.organisation), (offer, 500), now=clock.now()))
    client.force_login(a_member(part.cycle.organisation))

    refused = client.post(at("basket", full), ordering(client, full, offer)).content.decode()

    assert "complet" in refused
    assert at("shop", free) in refused


def test_closed_meanwhile_names_the_farm(client, sale):
    part, pickup, offer = sale
    client.force_login(a_member(part.cycle.organisation))
    fields = ordering(client, pickup, offer)
    Participation.objects.filter(pk=part.pk).update(closes_at=clock.now())

    refused = client.post(at("basket", pickup), fields).content.decode()

    assert f"closes pour {part.producer.organisation.name}" in refused
    assert not Order.objects.exists()


def test_two_tabs_are_merged_and_nothing_is_lost(client, sale):
    part, pickup, offer = sale
    other = OfferFactory(participation=part)
    user = a_member(part.cycle.organisation)
    client.force_login(user)
    fields = ordering(client, pickup, offer)
    placing.place_order(**an_order(pickup, user, (other, 2), now=clock.now()))

    refused = client.post(at("basket", pickup), fields)
    client.post(at("basket", pickup), hidden(refused.content.decode()))

    assert "réuni les deux paniers" in refused.content.decode()
    assert {line.offer_id: line.count for line in Order.objects.get().lines.active()} == {offer.pk: 750, other.pk: 2}


@pytest.mark.parametrize(
    "broken",
    [{"key": ""}, {"key": "x"}, {"version": "-1"}, {"version": "1e9"}, {"count-{offer}": "NaN"}, {"seen-{offer}": ""}],
)
def test_a_garbled_form_is_refused_in_words(client, sale, broken):
    part, pickup, offer = sale
    client.force_login(a_member(part.cycle.organisation))
    fields = ordering(client, pickup, offer) | {name.format(offer=offer.pk): value for name, value in broken.items()}

    refused = client.post(at("basket", pickup), fields)

    assert refused.status_code == 409
    assert "Rien n’a été commandé" in refused.content.decode()
    assert not Order.objects.exists()


def test_an_offer_of_another_cycle_in_the_form_is_refused(client, sale):
    part, pickup, offer = sale
    foreign = OfferFactory()
    client.force_login(a_member(part.cycle.organisation))
    fields = ordering(client, pickup, offer) | {f"count-{foreign.pk}": "1", f"seen-{foreign.pk}": "280"}

    assert "pas dans cette vente" in client.post(at("basket", pickup), fields).content.decode()
    assert not Order.objects.exists()


def test_a_group_and_a_pickup_that_do_not_belong_together_are_not_found(client, sale):
    _part, pickup, _offer = sale
    other = PickupFactory()

    address = reverse("baskets:shop", args=[other.cycle.organisation.slug, pickup.pk])

    assert client.get(address).status_code == 404


def test_another_households_order_is_not_found(client, sale):
    part, pickup, offer = sale
    placing.place_order(**an_order(pickup, a_member(part.cycle.organisation), (offer, 500), now=clock.now()))
    client.force_login(a_member(part.cycle.organisation))

    assert client.get(at("order", pickup)).status_code == 404
    assert client.post(at("cancel", pickup)).status_code == 404


def test_a_person_without_a_household_is_asked_to_name_one(client, sale):
    _part, pickup, _offer = sale
    client.force_login(UserFactory(household=None))

    assert client.get(at("basket", pickup)).status_code == 302


def test_who_is_not_a_member_joins_with_one_button_and_comes_back(client, sale):
    part, pickup, offer = sale
    client.force_login(UserFactory())
    post_count(client, pickup, offer, "500 g")

    shown = client.get(at("basket", pickup)).content.decode()
    back = client.post(reverse("cycles:join", args=[pickup.point.slug]), {"next": at("basket", pickup)}, follow=True)

    assert f"Rejoindre {part.cycle.organisation.name}" in shown
    assert "Commander avec obligation de paiement" in back.content.decode()


def test_cancelling_asks_once_and_can_be_undone_by_ordering_again(client, sale):
    part, pickup, offer = sale
    client.force_login(a_member(part.cycle.organisation))
    client.post(at("basket", pickup), ordering(client, pickup, offer))

    asked = client.get(at("cancel", pickup)).content.decode()
    done = client.post(at("cancel", pickup), follow=True).content.decode()
    client.post(at("basket", pickup), ordering(client, pickup, offer))

    assert "Annuler la commande n° 1 ?" in asked
    assert "Commande annulée" in done
    assert Order.objects.get().state == "placed"


@pytest.mark.parametrize("offers", [1, 50])
def test_the_shop_takes_the_same_queries_however_many_offers(client, django_assert_num_queries, sale, offers):
    part, pickup, _offer = sale
    for _ in range(offers):
        OfferFactory(participation=part)
    client.force_login(a_member(part.cycle.organisation))
    client.get(at("shop", pickup))

    with django_assert_num_queries(12):
        client.get(at("shop", pickup))


@pytest.mark.parametrize("offers", [1, 50])
def test_a_tap_reads_its_offer_and_the_basket_alone_however_large_the_sale(
    client, django_assert_max_num_queries, sale, offers
):
    part, pickup, offer = sale
    others = [OfferFactory(participation=part) for _ in range(offers)]
    client.force_login(a_member(part.cycle.organisation))
    post_count(client, pickup, others[0], "1")

    with django_assert_max_num_queries(25) as seen:
        answer = client.post(
            at("set_count", pickup), {"offre": offer.pk, "quantite": "1 kg"}, headers={"HX-Request": "true"}
        )

    assert len(seen) == 22
    assert "2 produits" in answer.content.decode().replace("\u00a0", " ")


@pytest.mark.parametrize("orders", [1, 3])
def test_the_list_of_orders_takes_the_same_queries_however_many(client, django_assert_num_queries, orders):
    user = UserFactory()
    for _ in range(orders):
        part = ParticipationFactory(cycle__closes_at=clock.now() + timedelta(days=1))
        pickup = PickupFactory(cycle=part.cycle)
        member = a_member(part.cycle.organisation, household=user.household)
        placing.place_order(**an_order(pickup, member, (OfferFactory(participation=part), 1)))
    client.force_login(user)

    with django_assert_num_queries(7):
        shown = client.get(reverse("baskets:orders"))

    assert shown.content.decode().count("panier n° 1") == orders
    assert Cycle.objects.count() == orders


def test_search_forgives_accents_and_plurals(client, sale):
    part, pickup, _offer = sale
    OfferFactory(participation=part, product__name="Épinards d’hiver")

    shown = client.get(at("shop", pickup), {"q": "epinard"}).content.decode()
    nothing = client.get(at("shop", pickup), {"q": "zzz"}).content.decode()

    assert "Épinards" in shown
    assert "Carottes" not in shown
    assert "Rien de ce nom" in nothing


def test_a_label_is_shown_with_who_vouches_for_it_on_the_day_of_delivery(client, sale):
    part, pickup, _offer = sale
    for label, expires_on in (("ab", None), ("igp", part.cycle.delivery_on - timedelta(days=1))):
        OfferFactory(participation=part, product__labels=[label])
        part.producer.certificates.create(label=label, certifier=f"FR-{label}-01", expires_on=expires_on)

    text = client.get(at("shop", pickup)).content.decode()

    assert text.count("AB : FR-ab-01") == 1
    assert "FR-igp-01" not in text  # it has expired by then; the mark stays, nobody vouches for it
    assert "IGP" in text
