"""An order's page: its lines by farm, VAT, fees, estimates, who comes, what befell it; and the list of all orders."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cagette.core import clock, links
from cagette.core.models import AuditEntry
from cagette.core.money import Money
from cagette.places.enums import VatClass, VatRegime
from orders.baskets import cancelling, collecting, correcting, placing
from orders.baskets.enums import CancelReason, Collection
from orders.baskets.models import Order, OrderLine
from orders.baskets.queries.orders import order_page, orders_of
from orders.cycles.enums import FeeKind
from orders.cycles.models import Fee
from tests.factories import (
    NOW,
    CycleFactory,
    OfferFactory,
    OrganisationFactory,
    ParticipationFactory,
    PickupFactory,
    UserFactory,
    a_member,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db

MAINLAND = {"point__commune__code": "69123", "point__commune__name": "Lyon"}


def a_sale(now=NOW, **pickup):
    cycle = CycleFactory(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=2))
    part = ParticipationFactory(cycle=cycle)
    return part, PickupFactory(cycle=cycle, **pickup)


def placed(pickup, user, *pairs, now=NOW):
    return placing.place_order(**an_order(pickup, user, *pairs, now=now))


def page_of(order, now=NOW):
    return order_page(order=orders_of(order.household_id).get(pk=order.pk), now=now)


def at(name, pickup):
    return reverse(f"baskets:{name}", args=[pickup.cycle.organisation.slug, pickup.pk])


def looking(user, address, **data):
    client = Client()
    client.force_login(user)
    return client.get(address, data).content.decode()


def test_the_vat_of_9_99_at_20_percent_is_1_67():
    part, pickup = a_sale(**MAINLAND)
    user = a_member(part.cycle.organisation)
    sweets = OfferFactory(participation=part, product__vat_class=VatClass.CONFECTIONERY, product__unit_price=Money(999))
    placed(pickup, user, (sweets, 1))

    shown = looking(user, at("order", pickup))

    assert "20\u00a0%" in shown
    assert "1,67\u00a0€" in shown
    assert "8,32\u00a0€" in shown  # 9.99 − 1.67


def test_the_vat_is_of_each_farm_by_rate_on_the_sum_of_its_lines():
    """Two lines of 0.10 at 5.5 % hold 0.01, not twice 0.01; another farm has its own recap."""
    part, pickup = a_sale(**MAINLAND)
    other = ParticipationFactory(cycle=part.cycle)
    user = a_member(part.cycle.organisation)
    dimes = [OfferFactory(participation=part, product__unit_price=Money(10)) for _ in range(2)]
    wine = OfferFactory(participation=part, product__vat_class=VatClass.ALCOHOL, product__unit_price=Money(1200))
    cheese = OfferFactory(participation=other, product__unit_price=Money(1055))
    page = page_of(placed(pickup, user, *((o, 1) for o in dimes), (wine, 1), (cheese, 1)))

    found = {
        part.farm.pk: [(s.permyriad, s.gross.cents, s.vat.cents) for s in part.recap.splits] for part in page.parts
    }

    assert found[part.producer.organisation.pk] == [(550, 20, 1), (2000, 1200, 200)]
    assert found[other.producer.organisation.pk] == [(550, 1055, 55)]


def test_rates_are_those_frozen_on_the_line_whatever_became_of_the_product():
    part, pickup = a_sale(**MAINLAND)
    user = a_member(part.cycle.organisation)
    offer = OfferFactory(participation=part, product__unit_price=Money(1055))
    order = placed(pickup, user, (offer, 1))
    offer.product.vat_class = VatClass.ALCOHOL
    offer.product.save()

    assert [split.permyriad for split in page_of(order).parts[0].recap.splits] == [550]


def test_a_farm_that_charges_no_vat_says_why():
    part, pickup = a_sale(**MAINLAND)
    part.producer.vat_regime = VatRegime.FRANCHISE
    part.producer.save()
    user = a_member(part.cycle.organisation)
    placed(pickup, user, (OfferFactory(participation=part), 1))

    shown = looking(user, at("order", pickup))

    assert "TVA non applicable, franchise en base" in shown
    assert "0\u00a0%" in shown


def test_fees_are_shown_with_their_earner_and_are_part_of_what_is_due():
    """2 × 2.80 = 5.60; 5 % of it is 0.28; 0.50 for the carrier: 6.38."""
    part, pickup = a_sale()
    user = a_member(part.cycle.organisation)
    Fee.objects.create(cycle=part.cycle, name="Participation", kind=FeeKind.PERCENT_ORDER, permyriad=500)
    Fee.objects.create(
        cycle=part.cycle, name="Transport", kind=FeeKind.FIXED_ORDER, amount=Money(50), earner="Le Camion"
    )
    order = placed(pickup, user, (OfferFactory(participation=part), 2))

    page, shown = page_of(order), looking(user, at("order", pickup))

    assert (page.products, page.total) == (Money(560), Money(638))
    assert f"Participation, pour {part.cycle.organisation.name}" in shown
    assert "Transport, pour Le Camion" in shown
    assert "6,38\u00a0€" in shown


def test_an_estimate_is_marked_with_its_likely_range():
    """Two chickens at 14.00 €/kg, 1.8 kg each: 25.20 × 2 = 50.40; from 1.6 kg (44.80) to 2.1 kg (58.80)."""
    part, pickup = a_sale()
    user = a_member(part.cycle.organisation)
    chicken = OfferFactory(
        participation=part, product__priced_in="gram", product__content=1800, product__content_unit="gram",
        product__weight_least=1600, product__weight_most=2100, product__unit_price=Money(1400),
    )  # fmt: skip
    eggs = OfferFactory(participation=part, product__unit_price=Money(300))
    order = placed(pickup, user, (chicken, 2), (eggs, 1))

    page, shown = page_of(order), looking(user, at("order", pickup))

    assert page.total == Money(5340)
    assert page.likely == (Money(4780), Money(6180))
    assert "pesée au retrait, env." in shown
    assert "entre 44,80\u00a0€ et 58,80\u00a0€" in shown
    assert "env. 53,40\u00a0€" in shown


def test_a_fee_in_percent_follows_the_likely_range():
    """5 % of 25.20 is 1.26; from 22.40 + 1.12 to 29.40 + 1.47."""
    part, pickup = a_sale()
    user = a_member(part.cycle.organisation)
    Fee.objects.create(cycle=part.cycle, name="Participation", kind=FeeKind.PERCENT_ORDER, permyriad=500)
    chicken = OfferFactory(
        participation=part, product__priced_in="gram", product__content=1800, product__content_unit="gram",
        product__weight_least=1600, product__weight_most=2100, product__unit_price=Money(1400),
    )  # fmt: skip

    page = page_of(placed(pickup, user, (chicken, 1)))

    assert page.total == Money(2646)
    assert page.likely == (Money(2352), Money(3087))


def test_replacement_and_notes_are_shown():
    part, pickup = a_sale()
    user = a_member(part.cycle.organisation)
    placed(pickup, user, (OfferFactory(participation=part), 1))
    OrderLine.objects.update(may_replace=True, note="Petites <b>si possible</b>")

    shown = looking(user, at("order", pickup))

    assert "peut être remplacé" in shown
    assert "Petites &lt;b&gt;si possible&lt;/b&gt;" in shown


def test_what_was_cut_is_shown_with_its_reason_and_what_one_dropped_is_not():
    part, pickup = a_sale()
    user = a_member(part.cycle.organisation)
    names = ("Ail", "Blettes", "Choux")
    kept, cut, dropped = (OfferFactory(participation=part, product__name=name) for name in names)
    order = placed(pickup, user, (kept, 2), (cut, 1), (dropped, 1))
    placing.place_order(**an_order(pickup, user, (dropped, 0), version=1))
    OrderLine.objects.filter(offer=cut).update(cancelled_at=NOW, reason=CancelReason.MINIMUM)
    OrderLine.objects.filter(offer=kept).update(reason=CancelReason.SHORTAGE)

    page, shown = page_of(order), looking(user, at("order", pickup))

    assert [(row.line.offer.product.name, row.ended) for row in page.gone] == [
        ("Blettes", "minimum de la ferme non atteint")
    ]
    assert "minimum de la ferme non atteint" in shown
    assert "réduite : récolte plus faible que prévu" in shown


def test_what_befell_an_order_is_told_in_words_with_who_and_why():
    part, pickup = a_sale()
    user = a_member(part.cycle.organisation)
    coordinator = UserFactory(first_name="Ange", last_name="Santoni")
    carrots = OfferFactory(participation=part, product__name="Carottes")
    order = placed(pickup, user, (carrots, 3))
    correcting.correct_order(
        pickup_id=pickup.pk, household_id=user.household_id, counts={carrots.pk: 2}, version=1,
        reason="Il en manquait", by=coordinator, now=NOW + timedelta(hours=1),
    )  # fmt: skip

    deeds = page_of(order).deeds
    shown = looking(user, at("order", pickup))

    assert [(deed.who, deed.why, deed.changes) for deed in deeds] == [
        ("Ange Santoni", "Il en manquait", ["Carottes : 3 → 2"]),
        ("Jeanne Luciani", "", ["Carottes +3"]),
    ]
    assert "Commande corrigée" in shown
    assert "« Il en manquait »" in shown


@pytest.mark.parametrize("lines", [1, 3])
def test_an_order_page_takes_the_same_queries_however_many_lines(django_assert_num_queries, lines):
    part, pickup = a_sale()
    user = a_member(part.cycle.organisation)
    order = placed(pickup, user, *((OfferFactory(participation=part), 1) for _ in range(lines)))
    mine = orders_of(user.household_id).get(pk=order.pk)

    with django_assert_num_queries(4):
        page = order_page(order=mine, now=NOW)
        assert (page.total, len(page.parts[0].recap.splits)) == (Money(280 * lines), 1)


# who comes


def test_who_comes_is_named_once_changed_and_taken_back_until_the_hand_over():
    part, pickup = a_sale()
    user = a_member(part.cycle.organisation)
    order = placed(pickup, user, (OfferFactory(participation=part), 1))

    def name(who):
        return collecting.name_collector(order_id=order.pk, name=who, by=user, now=NOW)

    assert [name("  Pauline   Mattei "), name("Pauline Mattei"), name("")] == [True, False, True]
    assert AuditEntry.objects.filter(verb="order.collector_named").count() == 2
    name("Ange")
    collecting.move(order_id=order.pk, to=Collection.COLLECTED, by=user, now=NOW)
    with pytest.raises(collecting.CollectionRefused, match="déjà remis"):
        name("Trop Tard")
    assert fresh(order).collector == "Ange"


def test_nobody_comes_for_a_cancelled_order_nor_with_an_endless_name():
    part, pickup = a_sale()
    user = a_member(part.cycle.organisation)
    order = placed(pickup, user, (OfferFactory(participation=part), 1))

    with pytest.raises(collecting.CollectionRefused, match="trop long"):
        collecting.name_collector(order_id=order.pk, name="a" * 121, by=user, now=NOW)
    cancelling.cancel_order(order_id=order.pk, by=user, now=NOW)
    with pytest.raises(collecting.CollectionRefused, match="annulé"):
        collecting.name_collector(order_id=order.pk, name="Ange", by=user, now=NOW)

    assert fresh(order).collector == ""


def test_on_the_page_one_says_who_comes(client):
    part, pickup = a_sale(now=clock.now())
    user = a_member(part.cycle.organisation)
    placed(pickup, user, (OfferFactory(participation=part), 1), now=clock.now())
    client.force_login(user)

    shown = client.post(at("name_collector", pickup), {"qui": "Pauline <i>"}, follow=True).content.decode()
    refused = client.post(at("name_collector", pickup), {"qui": "a" * 200}, follow=True).content.decode()

    assert "Pauline &lt;i&gt;" in shown
    assert "les bénévoles le verront" in shown
    assert "trop long" in refused


def shared(order):
    return reverse("baskets:handed", args=[links.sign("retrait", [order.pk, order.code])])


def test_the_neighbours_link_shows_number_code_place_and_hour_and_no_price_nor_product(client):
    part, pickup = a_sale()
    user = a_member(part.cycle.organisation)
    order = placed(pickup, user, (OfferFactory(participation=part, product__name="Carottes"), 2))

    answer = client.get(shared(order))
    picture = client.get(shared(order) + "code.svg")

    text = answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert f"panier n° {order.number}" in text
    assert order.code in text
    assert pickup.point.name in text
    assert "Samedi 28 novembre" in text
    assert "€" not in text
    assert "Carottes" not in text
    assert user.household.name not in text
    assert picture["Content-Type"] == "image/svg+xml"


def test_a_new_code_makes_the_old_link_useless_and_the_same_form_twice_makes_one(client):
    part, pickup = a_sale(now=clock.now())
    user = a_member(part.cycle.organisation)
    order = placed(pickup, user, (OfferFactory(participation=part), 1), now=clock.now())
    old = shared(order)
    client.force_login(user)

    for _ in range(2):
        client.post(at("renew_code", pickup), {"code": order.code})

    assert fresh(order).code != order.code
    assert AuditEntry.objects.filter(verb="order.code_renewed").count() == 1
    assert client.get(old).status_code == 410
    assert client.get(old + "code.svg").status_code == 410
    assert client.get(shared(fresh(order))).status_code == 200
    assert client.get(reverse("baskets:handed", args=["forged"])).status_code == 404


def test_the_neighbour_is_told_of_a_cancelled_and_of_a_handed_over_basket(client):
    part, pickup = a_sale()
    user = a_member(part.cycle.organisation)
    order = placed(pickup, user, (OfferFactory(participation=part), 1))
    collecting.move(order_id=order.pk, to=Collection.COLLECTED, by=user, now=NOW)
    done = client.get(shared(order)).content.decode()
    Order.objects.update(state="cancelled")
    cancelled = client.get(shared(order)).content.decode()

    assert "déjà remis" in done
    assert "Panier annulé" in cancelled
    assert order.code not in done + cancelled


# all orders


def a_past_order(user, group, number, price=280, fee=0):
    """Delivered `number` weeks before 28 November 2026."""
    day = date(2026, 11, 28) - timedelta(weeks=number)
    starts = NOW - timedelta(weeks=number)
    cycle = CycleFactory(organisation=group, delivery_on=day, opens_at=starts - timedelta(days=9), closes_at=starts)
    if fee:
        Fee.objects.create(cycle=cycle, name="Panier", kind=FeeKind.FIXED_HOUSEHOLD, amount=Money(fee))
    part = ParticipationFactory(cycle=cycle)
    pickup = PickupFactory(
        cycle=cycle, starts_at=starts + timedelta(days=4), ends_at=starts + timedelta(days=4, hours=2)
    )
    offer = OfferFactory(participation=part, product__unit_price=Money(price))
    placed(pickup, user, (offer, 1), now=starts - timedelta(days=1))


def test_the_history_is_not_cut_and_goes_by_pages_of_twenty():
    group = OrganisationFactory()
    user = a_member(group)
    for number in range(23):
        a_past_order(user, group, number)

    first = looking(user, reverse("baskets:history"))
    second = looking(user, reverse("baskets:history"), page="2")

    assert (first.count("panier n° 1<"), second.count("panier n° 1<")) == (20, 3)
    assert "page 1 sur 2" in first
    assert "23\u00a0commandes" in first
    assert "64,40\u00a0€" in first  # 23 × 2.80


def test_the_history_is_filtered_by_group_and_year_and_summed_with_fees():
    """2026: 2.80 + 3.20 and a fee of 0.40 are 6.40; with 1.00 of 2025 7.40; with 9.00 of another group 16.40."""
    group, other = OrganisationFactory(name="A Sporta"), OrganisationFactory(name="U Panieru")
    user = a_member(group)
    user.household.memberships.create(organisation=other, joined_on=date(2025, 1, 1))
    a_past_order(user, group, 0, price=280)
    a_past_order(user, group, 1, price=320, fee=40)
    a_past_order(user, group, 52, price=100)
    a_past_order(user, other, 2, price=900)

    def found(**sought):
        shown = looking(user, reverse("baskets:history"), **sought)
        return shown[shown.index("En tout</dt>") :][:60]

    assert "16,40\u00a0€" in found()
    assert "7,40\u00a0€" in found(groupe=group.slug)
    assert "6,40\u00a0€" in found(groupe=group.slug, annee="2026")
    assert "1,00\u00a0€" in found(annee="2025")


@pytest.mark.parametrize("garbled", [{"annee": "zz"}, {"annee": "99999"}, {"page": "-1"}, {"page": "9" * 30}])
def test_a_garbled_filter_shows_all(garbled):
    group = OrganisationFactory()
    user = a_member(group)
    a_past_order(user, group, 0)

    assert "panier n° 1" in looking(user, reverse("baskets:history"), **garbled)


def test_a_filter_that_finds_nothing_says_so():
    group = OrganisationFactory()
    user = a_member(group)
    a_past_order(user, group, 0)

    assert "Rien pour ce choix" in looking(user, reverse("baskets:history"), annee="2019")
    assert "Pas encore de commande" in looking(UserFactory(), reverse("baskets:history"))


def test_a_cancelled_order_is_listed_and_not_summed():
    group = OrganisationFactory()
    user = a_member(group)
    a_past_order(user, group, 0)
    OrderLine.objects.update(cancelled_at=NOW, reason=CancelReason.SALE)
    Order.objects.update(state="cancelled")

    shown = looking(user, reverse("baskets:history"))

    assert "annulée" in shown
    assert "0,00\u00a0€" in shown


@pytest.mark.parametrize("orders", [1, 3])
def test_the_history_takes_the_same_queries_however_many(client, django_assert_num_queries, orders):
    group = OrganisationFactory()
    user = a_member(group)
    for number in range(orders):
        a_past_order(user, group, number, fee=40)
    client.force_login(user)

    with django_assert_num_queries(15):
        client.get(reverse("baskets:history"))


def test_another_households_papers_are_not_found(client):
    part, pickup = a_sale()
    order = placed(pickup, a_member(part.cycle.organisation), (OfferFactory(participation=part), 1))
    client.force_login(a_member(part.cycle.organisation))

    assert client.get(at("order", pickup)).status_code == 404
    assert client.post(at("name_collector", pickup), {"qui": "x"}).status_code == 404
    assert client.post(at("renew_code", pickup), {"code": order.code}).status_code == 404
    assert fresh(order).code == order.code


@pytest.mark.parametrize("typed", ["\x00", "a b", "é" * 5000, "-1", "NaN"])
def test_what_is_no_group_year_or_page_is_left_out_of_the_history(client, typed):
    client.force_login(UserFactory())

    answer = client.get(reverse("baskets:history"), {"groupe": typed, "annee": typed, "page": typed})

    assert answer.status_code == 200
