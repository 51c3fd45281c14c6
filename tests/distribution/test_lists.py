"""The picking list: its page, its files, its letter, its link without a password."""

import json
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.urls import reverse
from pypdf import PdfReader
from tablib import Dataset

from cagette.core import links, outbox
from cagette.core.models import Letter
from cagette.core.money import Money
from cagette.people.enums import RoleKind
from distribution import acknowledging, closing, documents, notices
from distribution.models import PickingLine, PickingList, PickingRow
from distribution.queries import today
from orders.baskets import placing
from orders.baskets.models import Order
from tests.distribution.closed import a_closed_sale, farm_person, page_of
from tests.factories import (
    CLOSES,
    NOW,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    UserFactory,
    a_member,
    a_role,
    an_order,
)

pytestmark = pytest.mark.django_db


def test_the_letter_says_what_to_prepare_for_which_point_and_carries_its_files():
    written = a_closed_sale()

    outbox.deliver_due(now=CLOSES)

    letter = Letter.objects.get(kind="picking_list")
    assert letter.to == written.participation.producer.organisation.email
    assert letter.subject.startswith("Samedi 28 novembre : 2 paniers à préparer pour A Sporta")
    assert letter.subject.endswith("16,30\u00a0€")  # 2 × (2,55 + 5,60)
    assert "1,5\u00a0kg  Carottes (réf. 104)" in letter.text
    assert "4\u00a0bottes  Blettes (réf. 101)" in letter.text
    assert "samedi 28 novembre, 10\u00a0h – 12\u00a0h" in letter.text.replace("\u2060", "")
    assert "/s/bon/" in letter.text
    assert letter.reply_to == written.participation.cycle.organisation.email
    assert sorted(a.name.rpartition(".")[2] for a in letter.attachments.all()) == ["csv", "pdf"]


def test_where_the_group_takes_a_margin_the_farm_reads_its_own_part_beside_the_sum(client):
    part = ParticipationFactory()
    pickup, user = PickupFactory(cycle=part.cycle), a_member(part.cycle.organisation)
    weighed = {"product__unit": "gram", "product__priced_in": "gram", "product__step": 250, "product__minimum": 250}
    chard = OfferFactory(participation=part, unit_price=Money(315), producer_price=Money(280))
    carrots = OfferFactory(participation=part, unit_price=Money(375), producer_price=Money(333), **weighed)
    placing.place_order(**an_order(pickup, user, (chard, 3), (carrots, 250)))
    closing.close_due(now=CLOSES)
    written = PickingList.objects.get()

    page = page_of(written)
    outbox.deliver_due(now=CLOSES)

    assert written.amount == Money(1039)  # 3 × 3.15 + 0.94 (0.9375 half up)
    assert (page.earned, page.has_margin) == (Money(923), True)  # 3 × 2.80 + 0.83 (0.8325)
    assert "Votre part, au prix de votre catalogue : 9,23\u00a0€" in Letter.objects.get(kind="picking_list").text
    text = PdfReader(BytesIO(documents.picking_list_pdf(page))).pages[0].extract_text()
    assert "9,23" in text.replace("\u00a0", " ")
    assert not page_of(a_closed_sale()).has_margin


def test_the_letter_is_written_once_however_often_its_news_comes():
    written = a_closed_sale()

    for _ in range(2):
        notices.send_picking_list(now=CLOSES, picking_list_id=written.pk)

    assert Letter.objects.filter(kind="picking_list").count() == 1


def test_a_farm_without_orders_gets_a_notice_and_no_empty_list():
    part = ParticipationFactory()
    PickupFactory(cycle=part.cycle)

    closing.close_due(now=CLOSES)
    outbox.deliver_due(now=CLOSES)

    letter = Letter.objects.get(kind="picking_list")
    assert "rien à préparer cette fois" in letter.subject
    assert letter.attachments.count() == 0
    assert PickingList.objects.get().is_notice
    assert not PickingRow.objects.exists()


def test_the_link_of_the_letter_opens_the_list_and_acknowledges_it_without_a_password(client):
    written = a_closed_sale()
    address = reverse("distribution:signed_list", args=[links.sign("picking_list", written.pk)])

    shown = client.get(address)
    client.post(address)
    client.post(address)

    assert shown.status_code == 200
    assert "1,5\u00a0kg" in shown.content.decode()
    assert shown["Referrer-Policy"] == "same-origin"
    assert "no-store" in shown["Cache-Control"]
    assert written.acknowledgement.by is None


def test_a_link_that_expired_offers_a_new_one_to_the_farm_alone(client, settings):
    written = a_closed_sale()
    token = links.sign("picking_list", written.pk)
    settings.LETTER_LINK_DAYS = -1

    shown = client.get(reverse("distribution:signed_list", args=[token]))
    for _ in range(2):
        client.post(reverse("distribution:renew_link", args=[token]))

    assert shown.status_code == 410
    assert "expiré" in shown.content.decode()
    letter = Letter.objects.get(key__startswith="picking_list_link:")
    assert letter.to == written.participation.producer.organisation.email


def test_a_forged_link_is_not_found(client):
    assert client.get(reverse("distribution:signed_list", args=["a:b:c"])).status_code == 404
    assert client.get("/s/bon/a:b:c.pdf").status_code == 404


def test_the_page_shows_totals_by_point_and_that_they_equal_the_orders(client):
    written = a_closed_sale(households=3)
    client.force_login(farm_person(written))

    shown = client.get(reverse("distribution:picking_list", args=[page_of(written).farm.slug, written.pk]))

    text = shown.content.decode()
    assert "2,25\u00a0kg" in text
    assert "6\u00a0bottes" in text
    assert "Ce bon égale la somme des 3\u00a0commandes" in text


@pytest.mark.parametrize("households", [1, 3])
def test_the_page_takes_the_same_queries_however_many_lines(client, django_assert_num_queries, households):
    written = a_closed_sale(households=households)

    with django_assert_num_queries(7):  # the list itself, then six
        page = page_of(written)

    assert page.agrees


def test_a_list_is_acknowledged_once_and_the_first_name_stays():
    written = a_closed_sale()
    first, second = farm_person(written), farm_person(written)

    acknowledging.acknowledge(picking_list_id=written.pk, by=first, now=CLOSES)
    acknowledging.acknowledge(picking_list_id=written.pk, by=second, now=CLOSES + timedelta(hours=1))

    seen = PickingList.objects.get().acknowledgement
    assert (seen.by, seen.at) == (first, CLOSES)


@pytest.mark.parametrize("model", [PickingList, PickingRow, PickingLine])
def test_the_database_refuses_to_change_or_delete_a_list(model):
    a_closed_sale()

    for change in (lambda: model.objects.update(id=1), lambda: model.objects.all()._raw_delete("default")):
        with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
            change()


def test_the_pdf_holds_totals_households_and_hostile_names_as_data():
    written = a_closed_sale(name='#panic("x") *gras* =A1 $', household_name="Ο'Brien <script> \u202eabc 🥕")

    content = documents.picking_list_pdf(page_of(written))

    text = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(content)).pages)
    assert "1,5" in text
    assert 'panic("x")' in text
    assert "4 bottes" in text.replace("\u00a0", " ")


def test_the_csv_is_french_and_neutralises_formulas():
    written = a_closed_sale(household_name="=cmd()", name="@Carottes")

    text = documents.picking_list_csv(page_of(written)).decode("utf-8-sig")

    lines = [line.split(";") for line in text.splitlines()]
    total = next(line for line in lines if line[2:5] == ["total", "104", "'@Carottes"])
    assert total[5:] == ["1,500", "kg", "3,40", "5,10", "", "", ""]
    assert {line[11] for line in lines[1:]} == {"", "'=cmd()"}


def test_the_xlsx_opens_with_numbers_as_numbers():
    written = a_closed_sale()

    sheet = Dataset().load(documents.picking_list_xlsx(page_of(written)), format="xlsx")

    assert (sheet[0][4], float(sheet[0][5]), float(sheet[0][8])) == ("Blettes", 4.0, 11.2)


def test_the_command_writes_each_list_with_counts_in_base_units(tmp_path):
    written = a_closed_sale()
    cycle = written.participation.cycle

    call_command("picking_lists", cycle.slug, format="json", out=tmp_path)

    slug = written.participation.producer.organisation.slug
    data = json.loads((tmp_path / f"{slug}-v1.json").read_text())
    assert (data["producer"], data["cycle"], data["version"]) == (slug, cycle.slug, 1)
    carrots = next(row for row in data["rows"] if row["product_ref"] == "104")
    assert carrots == {
        "product_ref": "104",
        "product": "Carottes",
        "unit": "gram",
        "price_cents": 340,
        "count": 1500,
        "amount_cents": 510,
        "pickups": [{"pickup": cycle.pickups.get().point.slug, "count": 1500}],
        "lines": [{"order": order.pk, "count": 750} for order in Order.objects.order_by("number")],
    }


def test_a_resend_writes_one_fresh_letter_however_often_its_form_is_sent(client):
    written = a_closed_sale()
    client.force_login(farm_person(written))
    address = reverse("distribution:resend", args=[page_of(written).farm.slug, written.pk])

    for _ in range(2):
        client.post(address, {"key": "6f1d2a0e-0000-4000-8000-000000000001"})

    assert Letter.objects.filter(key__startswith="picking_list_again:").count() == 1


def test_a_stranger_and_another_farm_find_no_list(client):
    written = a_closed_sale()
    address = reverse("distribution:picking_list", args=[page_of(written).farm.slug, written.pk])
    other = a_role(UserFactory(), ParticipationFactory().producer.organisation, RoleKind.STAFF)

    for user in (UserFactory(), other):
        client.force_login(user)
        assert client.get(address).status_code == 404
    assert NOW < CLOSES


def test_today_shows_what_to_see_to_harvest_and_what_is_ordered_so_far(client):
    written = a_closed_sale(households=3)
    farm = written.participation.producer
    still_open = ParticipationFactory(producer=farm, closes_at=CLOSES + timedelta(days=7))
    pickup = PickupFactory(cycle=still_open.cycle)
    offer = OfferFactory(participation=still_open, product__name="Fenouil")
    placing.place_order(**an_order(pickup, a_member(still_open.cycle.organisation), (offer, 4)))

    page = today.today_page(farm=farm.organisation, now=CLOSES)

    assert page.to_see == [written]
    assert [(item.row.name, item.words) for item in page.next.rows] == [
        ("Blettes", "6\u00a0bottes"),
        ("Carottes", "2,25\u00a0kg"),
    ]
    assert [(sale.orders, sale.products) for sale in page.open] == [(1, [("Fenouil", "4")])]
    client.force_login(farm_person(written))
    assert client.get(reverse("distribution:today", args=[farm.organisation.slug])).status_code == 200


def test_today_of_a_farm_that_has_nothing_says_so(client):
    farm = ParticipationFactory(state="planned").producer
    client.force_login(a_role(UserFactory(), farm.organisation, RoleKind.STAFF))

    shown = client.get(reverse("distribution:today", args=[farm.organisation.slug])).content.decode()

    assert "Aucune livraison en vue" in shown
    assert "Aucune vente n’est ouverte" in shown


@pytest.mark.parametrize("sales", [1, 3])
def test_today_takes_the_same_queries_however_many_sales(django_assert_num_queries, sales):
    farm = a_closed_sale().participation.producer
    for _ in range(sales):
        part = ParticipationFactory(producer=farm)
        OfferFactory(participation=part)
        PickupFactory(cycle=part.cycle)
    organisation = farm.organisation

    with django_assert_num_queries(14):
        today.today_page(farm=organisation, now=CLOSES - timedelta(hours=1))
