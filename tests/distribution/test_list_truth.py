"""The list equals the orders, says so, and raises the alarm where it is not so; what a close costs."""

from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from cagette.core import integrity, links, outbox
from cagette.core.models import AuditEntry, Letter
from distribution import closing, documents, notices, picking, resending
from distribution.models import Acknowledgement, PickingList
from distribution.queries import lists
from orders.baskets import placing
from orders.baskets.models import OrderLine
from orders.cycles.models import Participation
from tests.distribution.closed import a_closed_sale, farm_person, page_of
from tests.factories import (
    CLOSES,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    a_member,
    an_order,
)

pytestmark = pytest.mark.django_db

KEY = UUID("6f1d2a0e-0000-4000-8000-000000000001")


def shown(client, written, **extra):
    client.force_login(farm_person(written))
    address = reverse("distribution:picking_list", args=[page_of(written).farm.slug, written.pk])
    return client.get(address, **extra).content.decode()


def test_a_line_that_changed_after_the_close_raises_the_alarm_even_if_the_amount_is_the_same(client):
    written = a_closed_sale()
    carrots = OrderLine.objects.filter(unit="gram").first()
    OrderLine.objects.filter(pk=carrots.pk).update(count=carrots.count + 250)

    page = page_of(written)
    text = shown(client, written)

    assert page.ordered_amount == written.amount
    assert not page.agrees
    assert "Ce bon ne correspond plus aux commandes" in text
    assert "Ce bon égale" not in text
    assert [f.kind for f in integrity.check_all(now=CLOSES)["picking lists"]] == ["wrong"]


def test_a_line_that_nobody_listed_raises_the_alarm():
    written = a_closed_sale()
    OrderLine.objects.filter(unit="piece").update(cancelled_at=CLOSES)

    assert not page_of(written).agrees


def test_the_list_is_split_by_point_and_its_baskets_add_up_to_its_rows():
    written = a_closed_sale(households=3)

    page = page_of(written)

    assert [(item.row.name, [cell.short for cell in item.cells]) for item in page.rows] == [
        ("Blettes", ["6"]),
        ("Carottes", ["2,25\u00a0kg"]),
    ]
    baskets = page.columns[0].baskets
    assert [basket.number for basket in baskets] == [1, 2, 3]
    assert sum(line.count for basket in baskets for line in basket.lines) == sum(i.row.count for i in page.rows)


def test_products_stand_in_the_order_of_the_alphabet_whatever_their_accents():
    part = ParticipationFactory()
    pickup = PickupFactory(cycle=part.cycle)
    offers = [
        OfferFactory(participation=part, product__name=name) for name in ("Poireaux", "Épinards", "Lot 10", "Lot 2")
    ]
    placing.place_order(**an_order(pickup, a_member(part.cycle.organisation), *((offer, 1) for offer in offers)))
    closing.close_due(now=CLOSES)

    page = page_of(PickingList.objects.get())

    assert [item.row.name for item in page.rows] == ["Épinards", "Lot 2", "Lot 10", "Poireaux"]


def test_an_older_version_says_so_and_leads_to_the_newest(client):
    first = a_closed_sale()
    second = picking.write_version(participation_id=first.participation_id, now=CLOSES + timedelta(minutes=5))
    signed = reverse("distribution:signed_list", args=[links.sign("picking_list", first.pk)])

    inside, outside = shown(client, first), client.get(signed).content.decode()

    for text in (inside, outside):
        assert "Ce bon a été remplacé" in text
        assert "Ouvrir la version 2" in text
        assert "J’ai vu ce bon" not in text
    assert f"/bons/{second.pk}/" in inside
    assert (second.number, second.version) == (first.number, 2)


def test_the_page_says_when_its_letter_left(client, settings):
    settings.MAIL_TRANSPORT = "keep"
    written = a_closed_sale()
    assert "Aucune lettre" in shown(client, written)
    outbox.deliver_due(now=CLOSES)
    assert "en route" in shown(client, written)

    Letter.objects.filter(kind="picking_list").update(state=Letter.State.SENT, sent_at=CLOSES + timedelta(minutes=1))

    assert "Partie jeudi 26 novembre à 20\u00a0h\u00a001, à " in shown(client, written)


def test_the_notice_asks_for_nothing_but_may_be_acknowledged(client):
    part = ParticipationFactory()
    PickupFactory(cycle=part.cycle)
    closing.close_due(now=CLOSES)
    written = PickingList.objects.get()

    text = shown(client, written)
    client.post(reverse("distribution:acknowledge", args=[part.producer.organisation.slug, written.pk]))

    assert "Rien à préparer cette fois" in text
    assert "<table" not in text
    assert Acknowledgement.objects.get().picking_list == written
    assert "Rien à préparer cette fois" in paper(written)


def paper(written):
    content = documents.picking_list_pdf(page_of(written))
    return " ".join(sheet.extract_text().replace("\u00a0", " ") for sheet in PdfReader(BytesIO(content)).pages)


def test_each_sheet_of_paper_names_its_list_version_and_page():
    written = a_closed_sale(households=40)

    content = documents.picking_list_pdf(page_of(written))

    sheets = [sheet.extract_text().replace("\u00a0", " ") for sheet in PdfReader(BytesIO(content)).pages]
    assert len(sheets) > 1
    for number, text in enumerate(sheets, start=1):
        assert "Bon 1, v1" in text
        assert f"page {number} sur {len(sheets)}" in text


def test_the_same_version_printed_at_the_same_moment_is_the_same_file_byte_for_byte():
    written = a_closed_sale()

    assert documents.picking_list_pdf(page_of(written)) == documents.picking_list_pdf(page_of(written))


def test_a_name_cannot_mirror_what_stands_beside_it():
    written = a_closed_sale(household_name="\u202eMattei\u2066")

    text = paper(written)

    assert "Mattei" in text
    assert "\u202e" not in text


def test_a_farm_without_an_address_is_written_to_through_its_people():
    written = a_closed_sale()
    farm = written.participation.producer.organisation
    person = farm_person(written)
    farm.email = ""
    farm.save()

    outbox.deliver_due(now=CLOSES)

    assert Letter.objects.get(kind="picking_list").to == person.email


def test_a_farm_that_nobody_can_write_to_is_told_by_its_group():
    written = a_closed_sale()
    farm, group = written.participation.producer.organisation, written.participation.cycle.organisation
    farm.email = ""
    farm.save()

    outbox.deliver_due(now=CLOSES)

    assert Letter.objects.get(kind="picking_list").to == group.email


def test_a_link_that_expired_is_renewed_for_the_newest_version():
    first = a_closed_sale()
    second = picking.write_version(participation_id=first.participation_id, now=CLOSES)

    assert resending.renew_link(picking_list_id=first.pk, now=CLOSES) == 1
    assert resending.renew_link(picking_list_id=first.pk, now=CLOSES) == 0

    letter = Letter.objects.get(key__startswith="picking_list_link:")
    token = letter.text.partition("/s/bon/")[2].partition("/")[0]
    assert links.read("picking_list", token) == second.pk
    assert "version 2" in letter.subject


def test_a_resend_is_noted_once_however_often_its_form_is_sent():
    written = a_closed_sale()
    by = farm_person(written)

    for _ in range(2):
        resending.resend_list(picking_list_id=written.pk, key=KEY, by=by, now=CLOSES)

    assert Letter.objects.filter(kind="picking_list").count() == 1
    assert AuditEntry.objects.filter(verb="picking_list.resent").count() == 1


def test_the_files_behind_an_expired_link_offer_a_new_one(client, settings):
    token = links.sign("picking_list", a_closed_sale().pk)
    settings.LETTER_LINK_DAYS = -1

    for ending in ("pdf", "csv", "xlsx"):
        answer = client.get(f"/s/bon/{token}.{ending}")
        assert answer.status_code == 410
        assert "Recevoir un nouveau lien" in answer.content.decode()


@pytest.mark.parametrize("ending", ["pdf", "csv", "xlsx", "json"])
def test_the_link_gives_the_files_too_and_no_cache_keeps_them(client, ending):
    token = links.sign("picking_list", a_closed_sale().pk)

    answer = client.get(f"/s/bon/{token}.{ending}")

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("name", ["nulle-part", "0", "99999999999999999999"])
def test_the_command_says_which_cycle_it_does_not_know(name, tmp_path):
    with pytest.raises(CommandError, match=f"No cycle has the id or slug {name}"):
        call_command("picking_lists", name, out=tmp_path)


@pytest.mark.parametrize("ending", ["pdf", "csv", "xlsx"])
def test_the_command_writes_every_format_and_the_newest_version_alone(tmp_path, ending):
    written = a_closed_sale()
    picking.write_version(participation_id=written.participation_id, now=CLOSES)

    call_command("picking_lists", str(written.participation.cycle_id), format=ending, out=tmp_path)

    slug = written.participation.producer.organisation.slug
    assert [path.name for path in tmp_path.iterdir()] == [f"{slug}-v2.{ending}"]


@pytest.mark.parametrize(("products", "households"), [(1, 1), (3, 5)])
def test_a_close_takes_the_same_queries_however_much_was_ordered(products, households):
    part = ParticipationFactory()
    pickup = PickupFactory(cycle=part.cycle)
    offers = [OfferFactory(participation=part) for _ in range(products)]
    for _ in range(households):
        user = a_member(part.cycle.organisation)
        placing.place_order(**an_order(pickup, user, *((offer, 2) for offer in offers)))

    with CaptureQueriesContext(connection) as asked:
        assert closing._close_next.__wrapped__(CLOSES, set(), False, []) == part.pk

    assert len(asked) == 11
    assert PickingList.objects.get().order_count == households


def test_a_letter_is_composed_with_the_same_queries_however_many_lines():
    few, many = a_closed_sale(households=1), a_closed_sale(households=6)

    def asked(written):
        written = lists.picking_lists().get(pk=written.pk)
        with CaptureQueriesContext(connection) as queries:
            notices.write_letters(written=written, key=f"test:{written.pk}", now=CLOSES)
        return len(queries)

    assert asked(few) == asked(many)
    assert Participation.objects.count() == 2
