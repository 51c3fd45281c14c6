"""What a household keeps: its order as a tagged PDF, its whole history as CSV; and who comes, at the stand."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from pypdf import PdfReader

from cagette.core.money import Money
from cagette.people.enums import RoleKind
from cagette.places.enums import VatClass
from orders.baskets import placing
from orders.baskets.models import Order
from orders.cycles.enums import FeeKind
from orders.cycles.models import Fee
from tests.factories import (
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    a_member,
    a_role,
    an_order,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept():
    """Carrots by weight, wine at 20 %, a fee; 2.5 kg × 3.40 = 8.50, 9.99, 0.50: 18.99."""
    part = ParticipationFactory(cycle__organisation__name="A Sporta", producer__organisation__name="Ortu di Lisandru")
    pickup = PickupFactory(cycle=part.cycle, point__name="Halle", point__commune__code="69123")
    user = a_member(part.cycle.organisation)
    Fee.objects.create(cycle=part.cycle, name="Transport", kind=FeeKind.FIXED_ORDER, amount=Money(50), earner="Camion")
    weight = {"product__unit": "gram", "product__priced_in": "gram", "product__step": 250, "product__minimum": 500}
    carrots = OfferFactory(participation=part, product__name="Carottes", product__unit_price=Money(340), **weight)
    wine = OfferFactory(
        participation=part, product__name="=HYPERLINK(1)", product__vat_class=VatClass.ALCOHOL,
        product__piece_name="bouteille", product__unit_price=Money(999),
    )  # fmt: skip
    order = placing.place_order(**an_order(pickup, user, (carrots, 2500), (wine, 1)))
    return user, pickup, order


def paper(client, pickup):
    answer = client.get(reverse("distribution:order_pdf", args=[pickup.cycle.organisation.slug, pickup.pk]))
    assert answer.status_code == 200
    return answer, PdfReader(io.BytesIO(answer.content))


def words_of(reader):
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_the_paper_says_all_that_the_page_says(client, kept):
    user, pickup, order = kept
    Order.objects.update(collector="Pauline Mattei")
    client.force_login(user)

    answer, reader = paper(client, pickup)
    text = words_of(reader)

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "private, no-store"
    for words in (
        f"Panier n° {order.number}", "Ortu di Lisandru", "Carottes", "2,5 kg", "8,50 €", "3,40 € / kg",
        "TVA 1,67 €", "Transport, pour Camion", "18,99 €", "Pauline Mattei", "samedi 28 novembre 2026", "Halle",
    ):  # fmt: skip
        assert words in text, words
    assert order.code in text.replace(" ", "")  # wide pairs of letters are set apart, which reads as a space


def test_the_paper_is_tagged_in_french_with_a_title(client, kept):
    user, pickup, _order = kept
    client.force_login(user)

    _answer, reader = paper(client, pickup)
    root = reader.trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr"
    assert "/StructTreeRoot" in root
    assert reader.metadata.title.startswith("Confirmation de commande")


def test_markup_in_names_is_printed_as_it_is_written(client, kept):
    user, pickup, _order = kept
    Order.objects.update(collector="#set page(width: 1cm) *x* $y$ \\")
    client.force_login(user)

    assert "#set page(width: 1cm) *x* $y$" in words_of(paper(client, pickup)[1])


def test_another_households_paper_is_not_found(client, kept):
    _user, pickup, _order = kept
    client.force_login(a_member(pickup.cycle.organisation))

    address = reverse("distribution:order_pdf", args=[pickup.cycle.organisation.slug, pickup.pk])
    assert client.get(address).status_code == 404


def records(client):
    answer = client.get(reverse("distribution:history_csv"))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def test_the_history_is_a_file_that_no_spreadsheet_runs(client, kept):
    user, _pickup, order = kept
    client.force_login(user)
    head = ["2026-11-28", "A Sporta", "Halle", str(order.number)]

    _header, *rows = records(client)

    assert rows == [
        [*head, "Ortu di Lisandru", "Carottes", "2,500", "kg", "3,40", "8,50", "5,5 %"],
        [*head, "Ortu di Lisandru", "'=HYPERLINK(1)", "1", "bouteille", "9,99", "9,99", "20 %"],
        [*head, "Camion", "Transport", "", "", "", "0,50", ""],
    ]


@pytest.mark.parametrize("orders", [1, 3])
def test_the_file_takes_the_same_queries_however_many_orders(client, django_assert_num_queries, kept, orders):
    user, pickup, _order = kept
    for _ in range(orders - 1):
        part = ParticipationFactory(cycle__organisation=pickup.cycle.organisation)
        more = PickupFactory(cycle=part.cycle, point=pickup.point, starts_at=pickup.starts_at + timedelta(minutes=1))
        placing.place_order(**an_order(more, user, (OfferFactory(participation=part), 1)))
    client.force_login(user)

    with django_assert_num_queries(6):
        rows = records(client)

    assert len(rows) == 4 + orders - 1


def test_who_never_ordered_gets_the_head_alone(client):
    client.force_login(a_member(ParticipationFactory().cycle.organisation))

    assert len(records(client)) == 1


def test_the_stand_shows_who_comes_and_finds_the_basket_by_that_name(client, kept):
    user, pickup, _order = kept
    group = pickup.cycle.organisation
    Order.objects.update(collector="Pauline Mattei")
    client.force_login(a_role(a_member(group), group, RoleKind.VOLUNTEER))
    stand = reverse("distribution:stand", args=[group.slug, pickup.pk])

    found = client.get(stand, {"q": "mattei"}).content.decode()
    sheet = client.get(reverse("distribution:attendance", args=[group.slug, pickup.pk])).content.decode()
    printed = client.get(reverse("distribution:attendance_pdf", args=[group.slug, pickup.pk]))

    assert "vient : Pauline Mattei" in found
    assert "18,99\u00a0€ à régler" in found, "fees are paid with the rest"
    assert "18,99\u00a0€" in sheet
    assert user.household.name in found
    assert "vient : Pauline Mattei" in sheet
    on_paper = words_of(PdfReader(io.BytesIO(printed.content)))
    assert "vient : Pauline Mattei" in on_paper
    assert "18,99 €" in on_paper
