"""The day itself: finding a basket, handing it over once, and the sheets that equal lists and orders."""

from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader

from cagette.core.models import AuditEntry
from cagette.core.money import Money, total
from cagette.people.enums import RoleKind
from distribution import closing, sheets
from distribution.models import PickingLine
from distribution.queries import follow_up, stand
from orders.baskets import cancelling, placing
from orders.baskets.models import Order
from orders.cycles.models import Cycle, Pickup
from tests.factories import (
    CLOSES,
    NOW,
    HouseholdFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_member,
    a_role,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db

NAMES = ("Mattei, Pauline", "Émile Zaccarini", "=cmd() #let x")


@pytest.fixture
def day():
    """A closed sale of two farms with three baskets at one point, and one at another."""
    part = ParticipationFactory()
    other = ParticipationFactory(cycle=part.cycle)
    here, there = PickupFactory(cycle=part.cycle), PickupFactory(cycle=part.cycle)
    by_weight = {"unit": "gram", "priced_in": "gram", "step": 250, "minimum": 500, "unit_price": Money(333)}
    carrots = OfferFactory(participation=part, product=ProductFactory(producer=part.producer, **by_weight))
    eggs = OfferFactory(participation=other, product__name="Œufs")
    for name in NAMES:
        user = a_member(part.cycle.organisation, household=HouseholdFactory(name=name))
        placing.place_order(**an_order(here, user, (carrots, 750), (eggs, 2)))
    placing.place_order(**an_order(there, a_member(part.cycle.organisation), (eggs, 1)))
    closing.close_due(now=CLOSES)
    return here


def volunteer_of(pickup, first_name="Dominique"):
    user = UserFactory(first_name=first_name, last_name="Agostini")
    return a_role(user, pickup.cycle.organisation, RoleKind.VOLUNTEER)


def at(name, pickup, *more):
    return reverse(f"distribution:{name}", args=[pickup.cycle.organisation.slug, pickup.pk, *more])


def found(pickup, search):
    page = stand.stand_page(pickup=pickup, search=search, tab="", now=CLOSES)
    return [guest.order.household.name for guest in page.shown]


@pytest.mark.parametrize("typed", ["mattei", "PAUL mat", "1", "Mattei, Pauline"])
def test_a_basket_is_found_by_name_or_number(day, typed):
    assert found(day, typed) == ["Mattei, Pauline"]


def test_accents_and_the_code_as_it_is_said_are_forgiven(day):
    order = Order.objects.get(household__name="Émile Zaccarini")

    assert found(day, "emile") == ["Émile Zaccarini"]
    assert found(day, f" {order.code[:3].lower()}-{order.code[3:]} ") == ["Émile Zaccarini"]
    assert found(day, "personne") == []


def test_two_volunteers_hand_a_basket_over_once_and_the_second_is_told(client, day):
    order = Order.objects.get(household__name="Mattei, Pauline")
    for name in ("Dominique", "Lucie"):
        client.force_login(volunteer_of(day, name))
        answer = client.post(at("move", day, order.pk), {"geste": "remis"}, follow=True).content.decode()

    assert "déjà remis par Dominique Agostini" in answer
    assert fresh(order).collection_by.first_name == "Dominique"
    assert AuditEntry.objects.filter(verb="order.collected").count() == 1


def test_a_move_is_undone_and_an_unknown_one_changes_nothing(client, day):
    order = Order.objects.get(household__name="Mattei, Pauline")
    client.force_login(volunteer_of(day))

    for gesture, state in (
        ("absent", "absent"),
        ("remis", "collected"),
        ("rien", "collected"),
        ("defaire", "expected"),
    ):
        client.post(at("move", day, order.pk), {"geste": gesture})
        assert fresh(order).collection == state


def test_an_order_of_another_point_is_not_found(client, day):
    order = Order.objects.exclude(pickup=day).get()
    client.force_login(volunteer_of(day))

    assert client.post(at("move", day, order.pk), {"geste": "remis"}).status_code == 404
    assert fresh(order).collection == "expected"


def test_a_cancelled_order_is_on_no_sheet():
    part = ParticipationFactory()
    pickup, user = PickupFactory(cycle=part.cycle), a_member(part.cycle.organisation)
    order = placing.place_order(**an_order(pickup, user, (OfferFactory(participation=part), 1)))
    cancelling.cancel_order(order_id=order.pk, by=user, now=NOW)

    page = stand.packing_page(pickup=pickup, by="panier", now=NOW)

    assert (page.guests, page.products, page.amount) == ([], [], Money(0))


def test_packing_equals_lists_and_orders_to_the_gram_and_the_cent(day):
    for pickup in Pickup.objects.all():
        page = stand.packing_page(pickup=pickup, by="produit", now=CLOSES)
        listed = PickingLine.objects.filter(pickup=pickup)

        assert page.amount == total([line.amount for line in listed]) == stand.pickup_sum(pickup)
        assert sum(part.count for part in page.products) == sum(line.count for line in listed)


@pytest.mark.parametrize("by", ["panier", "produit"])
def test_the_sheets_print_each_household_with_its_name_as_data(day, by):
    page = stand.packing_page(pickup=day, by=by, now=CLOSES)

    for content in (sheets.packing_pdf(page), sheets.attendance_pdf(page)):
        text = "".join(leaf.extract_text() for leaf in PdfReader(BytesIO(content)).pages)
        assert "=cmd() #let x" in text
        assert "Mattei, Pauline" in text


def test_an_empty_point_prints_a_sentence():
    pickup = PickupFactory()
    page = stand.packing_page(pickup=pickup, by="panier", now=CLOSES)

    for content in (sheets.packing_pdf(page), sheets.attendance_pdf(page)):
        assert "Aucun panier" in PdfReader(BytesIO(content)).pages[0].extract_text()


def test_the_packing_file_neutralises_formulas(client, day):
    client.force_login(volunteer_of(day))

    text = client.get(at("packing_csv", day)).content.decode("utf-8-sig")

    assert "1;Mattei, Pauline;" in text
    assert ";'=cmd() #let x;" in text


@pytest.mark.parametrize("households", [1, 3])
def test_the_stand_takes_the_same_queries_however_many_baskets(django_assert_num_queries, households):
    part = ParticipationFactory()
    pickup, offer = PickupFactory(cycle=part.cycle), OfferFactory(participation=part)
    for _ in range(households):
        placing.place_order(**an_order(pickup, a_member(part.cycle.organisation), (offer, 1)))
    pickup = Pickup.objects.select_related("cycle__organisation").get()

    with django_assert_num_queries(3):
        page = stand.stand_page(pickup=pickup, search="", tab="", now=CLOSES)

    assert page.expected == households


@pytest.mark.parametrize("farms", [1, 3])
def test_the_follow_up_takes_the_same_queries_however_many_farms(django_assert_num_queries, farms):
    part = ParticipationFactory()
    pickup, user = PickupFactory(cycle=part.cycle), a_member(part.cycle.organisation)
    parts = [part, *(ParticipationFactory(cycle=part.cycle) for _ in range(farms - 1))]
    placing.place_order(**an_order(pickup, user, *((OfferFactory(participation=p), 1) for p in parts)))
    closing.close_due(now=CLOSES)
    cycle = Cycle.objects.select_related("organisation").get()

    with django_assert_num_queries(10):
        page = follow_up.follow_up_page(cycle=cycle, now=CLOSES)

    assert page.is_closed
    assert page.agrees
    assert (page.amount, page.unseen) == (Money(280 * farms), farms)


def test_a_letter_of_the_close_leads_from_the_follow_up_and_is_resent(client, day):
    client.force_login(a_role(UserFactory(), day.cycle.organisation))
    page = client.get(reverse("distribution:cycle", args=[day.cycle.organisation.slug, day.cycle_id])).content.decode()

    assert "Les bons égalent les commandes, au gramme et au centime" in page
    assert "2\u00a0bons ne sont pas encore vus" in page
    assert page.count("Renvoyer la lettre") == 2
