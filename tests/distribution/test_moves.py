"""The pages that move, call off or merge a sale: what they say before, what the deed answers, what is typed wrong."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cagette.core import clock
from distribution.queries import moves as queries
from orders.baskets import rerouting
from orders.baskets.models import Order
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, CycleTemplate, Participation
from tests.factories import (
    CLOSES,
    NOW,
    CycleFactory,
    DeliveryPointFactory,
    ParticipationFactory,
    PickupFactory,
    UserFactory,
    a_role,
    fresh,
)
from tests.orders.baskets.moved import Sale, counts, letters, settle_down

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(monkeypatch):

    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Sale()


@pytest.fixture
def browser(sale):
    client = Client()
    client.force_login(sale.coordinator)
    return client


def at(sale, name, *more):
    return reverse(f"distribution:{name}", args=[sale.group.slug, sale.cycle.pk, *more])


def text_of(answer):
    return answer.content.decode().replace("\u00a0", " ")


def post(browser, address, **typed):
    answer = browser.post(address, typed, follow=True)
    assert answer.status_code == 200
    return text_of(answer)


def test_the_page_of_a_sale_leads_to_all_that_may_become_of_it(sale, browser):
    assert at(sale, "moves") in browser.get(at(sale, "cycle")).content.decode()

    page = browser.get(at(sale, "moves")).content.decode()

    for name, *more in (
        ("move_close",), ("move_delivery",), ("move_pickup", sale.pickup.pk), ("merge",), ("call_off",),
        ("move_farm_close", sale.part.pk), ("call_off_farm", sale.other.pk),
    ):  # fmt: skip
        assert at(sale, name, *more) in page


@pytest.mark.parametrize("farms", [1, 3])
def test_it_takes_the_same_queries_however_many_farms_and_points(sale, farms, django_assert_num_queries):
    for _farm in range(farms):
        ParticipationFactory(cycle=sale.cycle)
        PickupFactory(cycle=sale.cycle)
    cycle = Cycle.objects.select_related("organisation").get(pk=sale.cycle.pk)

    with django_assert_num_queries(3):
        page = queries.moves_page(cycle=cycle, now=NOW)
        assert (len(page.coming), len(page.pickups), page.baskets) == (2 + farms, 1 + farms, 2)


@pytest.mark.parametrize("points", [1, 3])
def test_where_an_order_may_go_takes_the_same_queries_however_many_points(sale, points, django_assert_num_queries):
    for _point in range(points):
        PickupFactory(cycle=sale.cycle).slots.create(starts_at=sale.pickup.starts_at, ends_at=sale.pickup.ends_at)
    orders = Order.objects.select_related("household", "pickup__cycle__organisation", "pickup__point")
    order = orders.get(pk=sale.orders[0].pk)

    with django_assert_num_queries(3):
        assert len(queries.reroute_page(order=order).places) == points


def test_a_close_is_moved_as_clocks_show_it_and_twice_says_so(sale, browser):
    said = text_of(browser.get(at(sale, "move_close")))
    assert "2 foyers qui ont commandé et à 2 fermes" in said
    assert 'value="2026-11-26"' in said
    assert 'value="20:00"' in said

    typed = {"on": "2026-11-27", "at": "12:30"}
    assert "La clôture est déplacée." in post(browser, at(sale, "move_close"), **typed)
    assert fresh(sale.cycle).closes_at == CLOSES + timedelta(hours=16, minutes=30)
    assert "rien n’a changé" in post(browser, at(sale, "move_close"), **typed)


def test_one_farms_close_is_moved_alone(sale, browser):
    said = text_of(browser.get(at(sale, "move_farm_close", sale.other.pk)))
    assert "1 foyer qui a commandé et à 1 ferme" in said

    post(browser, at(sale, "move_farm_close", sale.part.pk), on="2026-11-25", at="18:00")

    assert fresh(sale.part).closes_at == CLOSES - timedelta(hours=26)
    assert fresh(sale.other).closes_at == CLOSES


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "À corriger"),
        ({"on": "demain", "at": "12:00"}, "Ferme le :"),
        ({"on": "2026-11-23", "at": "12:00"}, "déjà passée"),
        ({"on": "2026-12-23", "at": "12:00"}, "commence samedi 28 novembre"),
        ({"on": "2027-03-28", "at": "02:30"}, "saute 02:30"),
    ],
)
def test_a_close_that_cannot_be_is_refused_in_words(sale, browser, typed, said):
    assert said in post(browser, at(sale, "move_close"), **typed)
    assert fresh(sale.cycle).closes_at == CLOSES


def test_a_delivery_is_moved_with_a_reason(sale, browser):
    assert "cette date seulement" not in text_of(browser.get(at(sale, "move_delivery")))
    sale.order(sale.people[0], (sale.eggs, 0), version=1)

    assert "La livraison est déplacée." in post(browser, at(sale, "move_delivery"), on="2026-11-29", why="Neige")

    assert fresh(sale.cycle).delivery_on == date(2026, 11, 29)
    settle_down(NOW)
    assert len(letters("moved")) == 2


def test_without_enough_that_day_the_page_says_what_is_missing(sale, browser):
    said = post(browser, at(sale, "move_delivery"), on="2026-11-29")

    assert "Il n’y en a pas assez le dimanche 29 novembre : Œufs, 0 pour 10 commandés." in said
    assert fresh(sale.cycle).delivery_on == date(2026, 11, 28)


def test_of_a_template_one_chooses_this_date_or_all_that_follow(sale, browser):
    template = CycleTemplate.objects.create(organisation=sale.group, name="Samedis", plan={}, created_at=NOW)
    planned = CycleFactory(
        organisation=sale.group, template=template, template_on=date(2026, 12, 5), delivery_on=date(2026, 12, 5),
        opens_at=NOW + timedelta(days=5), closes_at=CLOSES + timedelta(days=7),
    )  # fmt: skip
    ParticipationFactory(cycle=planned, state=SaleState.PLANNED)
    Cycle.objects.filter(pk=sale.cycle.pk).update(template=template, template_on=date(2026, 11, 28))
    sale.order(sale.people[0], (sale.eggs, 0), version=1)
    assert "Celles qui suivent : samedi 5 décembre." in text_of(browser.get(at(sale, "move_delivery")))

    post(browser, at(sale, "move_delivery"), on="2026-11-29", which="following")

    assert fresh(planned).delivery_on == date(2026, 12, 6)


def test_a_pickup_is_moved_to_another_point_of_the_group_alone(sale, browser):
    other = DeliveryPointFactory(organisation=sale.group, name="Le lavoir")
    strange = DeliveryPointFactory(name="Ailleurs")
    address = at(sale, "move_pickup", sale.pickup.pk)
    typed = {"on": "2026-11-28", "starts": "11:00", "ends": "12:00"}
    page = text_of(browser.get(address))
    assert "Le lavoir" in page
    assert "Ailleurs" not in page

    assert "À corriger" in post(browser, address, point=strange.pk, **typed)
    assert "La distribution est déplacée." in post(browser, address, point=other.pk, **typed)

    assert fresh(sale.pickup).point == other
    assert browser.get(at(sale, "move_pickup", PickupFactory().pk)).status_code == 404


def test_a_sale_is_called_off_with_its_reason_and_can_be_planned_again(sale, browser):
    page = text_of(browser.get(at(sale, "call_off")))
    assert "2 commandes sont annulées" in page
    assert "À corriger" in post(browser, at(sale, "call_off"), why="  ")

    assert "La vente est annulée." in post(browser, at(sale, "call_off"), why="Neige")
    assert "rien n’a changé" in post(browser, at(sale, "call_off"), why="Neige")

    page = text_of(browser.get(at(sale, "moves")))
    assert "Cette vente est annulée.</b> Neige" in page
    assert reverse("cycles:like", args=[sale.group.slug, sale.cycle.pk]) in page
    assert "est annulée : elle ne bouge plus" in post(browser, at(sale, "move_close"), on="2026-11-27", at="12:00")


def test_one_farm_is_called_off(sale, browser):
    address = at(sale, "call_off_farm", sale.other.pk)
    assert "1 foyer y a commandé" in text_of(browser.get(address))

    post(browser, address, why="Panne")

    assert sale.states() == (SaleState.OPEN, SaleState.CANCELLED)
    assert browser.get(at(sale, "call_off_farm", ParticipationFactory().pk)).status_code == 404


def test_two_sales_are_merged_where_the_coordinator_says(sale, browser):
    assert "Aucune autre vente à venir" in text_of(browser.get(at(sale, "merge")))
    other = CycleFactory(
        organisation=sale.group, name="La suivante", delivery_on=date(2026, 12, 5), closes_at=CLOSES + timedelta(days=7)
    )
    ParticipationFactory(cycle=other, producer=sale.part.producer)
    at_lavoir = PickupFactory(
        cycle=other, point=DeliveryPointFactory(organisation=sale.group, name="Le lavoir"),
        starts_at=sale.pickup.starts_at + timedelta(days=7), ends_at=sale.pickup.ends_at + timedelta(days=7),
    )  # fmt: skip
    address = f"{at(sale, 'merge')}?avec={other.pk}"
    assert "La suivante" in text_of(browser.get(at(sale, "merge")))
    page = text_of(browser.get(address))
    assert f"{sale.other.producer.organisation.name} : absent de l’autre vente" in page
    assert "choisissez un point" in page
    assert "À corriger" in post(browser, address)
    point = f"point_{sale.pickup.pk}"
    assert "absent de l’autre vente" in post(browser, address, **{point: at_lavoir.pk})

    ParticipationFactory(cycle=other, producer=sale.other.producer)
    type(sale.eggs.stock).objects.create(
        product=sale.eggs.product, delivery_on=other.delivery_on, announced=10, remaining=10
    )
    assert "Les deux ventes sont réunies." in post(browser, address, **{point: at_lavoir.pk})

    assert Order.objects.filter(pickup=at_lavoir, state="placed").count() == 2
    assert fresh(sale.cycle).merged_into == other
    assert "rien n’a changé" in post(browser, address)
    for strange in ("", "x", "\u0663", str(ParticipationFactory().cycle_id)):
        assert browser.get(at(sale, "merge"), {"avec": strange}).status_code == 200


def test_an_order_is_moved_from_the_desk(sale, browser):
    second = PickupFactory(cycle=sale.cycle)
    slot = second.slots.create(starts_at=second.starts_at, ends_at=second.ends_at, capacity=1)
    order = sale.orders[0]
    address = reverse("distribution:reroute", args=[sale.group.slug, order.pk])
    desk = reverse("distribution:correct", args=[sale.group.slug, order.pickup_id, order.household_id])
    assert address in browser.get(desk).content.decode()

    assert "À corriger" in post(browser, address, to=f"{second.pk}-{slot.pk}")
    assert "À corriger" in post(browser, address, to="999999-1", why="Route coupée")
    typed = {"to": f"{second.pk}-{slot.pk}", "why": "Route coupée"}
    assert "La commande est déplacée." in post(browser, address, **typed)
    assert "Cette commande est vide" in text_of(browser.get(address))
    assert "rien n’a changé" in post(browser, address, **typed)

    new = Order.objects.get(pickup=second, household=order.household)
    assert (new.slot, counts(new)) == (slot, [(sale.jam.pk, 3, 1200), (sale.eggs.pk, 10, 400)])
    full = reverse("distribution:reroute", args=[sale.group.slug, sale.orders[1].pk])
    assert ", complet" in text_of(browser.get(full))
    assert "Ce créneau est complet" in post(browser, full, **typed)


def test_a_sale_of_one_point_has_no_other_to_move_an_order_to(sale, browser):
    address = reverse("distribution:reroute", args=[sale.group.slug, sale.orders[0].pk])

    assert "Pas d’autre point" in text_of(browser.get(address))


def test_a_household_takes_its_order_to_another_point_until_the_close(sale):
    second = PickupFactory(cycle=sale.cycle)
    client = Client()
    client.force_login(sale.people[0])
    address = reverse("baskets:choose_pickup", args=[sale.group.slug, sale.pickup.pk])
    order = reverse("baskets:order", args=[sale.group.slug, sale.pickup.pk])
    assert address in client.get(order).content.decode()
    assert second.point.name in text_of(client.get(address))

    Participation.objects.filter(pk=sale.other.pk).update(closes_at=NOW)
    assert "Les commandes sont closes" in post(client, address, to=second.pk)
    Participation.objects.filter(pk=sale.other.pk).update(closes_at=CLOSES)
    assert "votre panier a un nouveau numéro" in post(client, address, to=second.pk)
    assert "Cette commande est vide" in text_of(client.get(address))
    old = text_of(client.get(order))
    assert "Commande déplacée" in old
    assert "Plus rien ne vous est réservé" not in old

    assert counts(Order.objects.get(pickup=second)) == [(sale.jam.pk, 3, 1200), (sale.eggs.pk, 10, 400)]


def test_a_coordinator_of_another_group_finds_nothing(sale):
    client = Client()
    client.force_login(a_role(UserFactory(), ParticipationFactory().cycle.organisation))

    for name in ("moves", "move_close", "move_delivery", "call_off", "merge"):
        assert client.post(at(sale, name), {"why": "x"}).status_code in (404, 405)
    assert fresh(sale.cycle).cancelled_at is None
    assert rerouting.REASON_MAX == 200
