"""A farm answers invitations in its space or by the letter's link, and says when it is closed."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cagette.core import links, outbox
from cagette.core.models import Letter
from cagette.core.money import Money
from cagette.people.enums import RoleKind
from orders.cycles import inviting
from orders.cycles.enums import Answer, SaleState
from orders.cycles.models import Participation
from producers.models import Listing, Pause
from tests.factories import (
    CycleFactory,
    OfferFactory,
    OrganisationFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_role,
    fresh,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def part():
    """A farm's part in a sale that opens tomorrow, by the real clock that the views read."""
    opens = timezone.now() + timedelta(days=1)
    cycle = CycleFactory(
        opens_at=opens, closes_at=opens + timedelta(days=2), delivery_on=(opens + timedelta(days=4)).date()
    )
    part = ParticipationFactory(cycle=cycle, state=SaleState.PLANNED, invited_at=timezone.now())
    start = opens + timedelta(days=4)
    PickupFactory(cycle=cycle, point__name="Salle de Venzolasca", starts_at=start, ends_at=start + timedelta(hours=2))
    return part


@pytest.fixture
def farmer(client, part):
    client.force_login(a_role(UserFactory(), part.producer.organisation, RoleKind.STAFF))
    return client


def page_of(client, name, *arguments):
    return client.get(reverse(name, args=arguments)).content.decode()


def sent(client, route, *arguments, **fields):
    return client.post(reverse(route, args=arguments), fields, follow=True).content.decode()


def test_today_invites_and_one_button_answers(farmer, part):
    farm = part.producer.organisation.slug
    Participation.objects.update(minimum=Money(3000))
    today = page_of(farmer, "distribution:today", farm)
    assert "On vous invite" in today
    assert today.count('class="btn go"') == 1

    said = sent(farmer, "cycles:invitation", farm, part.cycle_id, answer="comes", minimum="30,00")

    assert "C’est noté : vous venez." in said
    after = fresh(part)
    assert (after.answer, after.minimum) == (Answer.COMES, Money(3000))
    today = page_of(farmer, "distribution:today", farm)
    assert "On vous invite" not in today
    assert "vous venez, à partir de 30,00\u00a0€" in today


def test_today_shows_groups_that_ask_new_terms_and_labels_that_nobody_vouches_for(farmer, part):
    farm = part.producer.organisation.slug
    group, other = OrganisationFactory(name="Le Panier"), OrganisationFactory(name="L’Orto")
    Listing.objects.create(organisation=group, producer=part.producer)
    Listing.objects.create(organisation=other, producer=part.producer, state="accepted", terms="Autres")
    ProductFactory(producer=part.producer, labels=["ab"])

    today = page_of(farmer, "distribution:today", farm)

    assert "Le Panier aimerait vendre vos produits" in today
    assert "L’Orto : nouvelles conditions à lire" in today
    assert "AB : pas de certificat" in today
    assert today.count('class="btn go"') == 1


def test_the_page_shows_the_points_and_takes_a_refusal_with_a_word(farmer, part):
    farm = part.producer.organisation.slug

    shown = page_of(farmer, "cycles:invitation", farm, part.cycle_id)
    said = sent(farmer, "cycles:invitation", farm, part.cycle_id, answer="declines", minimum="", note="Trop loin")

    assert "Salle de Venzolasca" in shown
    assert "C’est noté : pas cette fois." in said
    assert (fresh(part).state, fresh(part).answer_note) == (SaleState.DECLINED, "Trop loin")
    assert "Trop loin" in page_of(farmer, "cycles:invitations", farm)


@pytest.mark.parametrize(
    "form", [{}, {"answer": "zzz"}, {"answer": "comes", "minimum": "beaucoup"}, {"answer": "comes", "note": "x" * 251}]
)
def test_an_answer_that_cannot_be_read_gets_a_sentence(farmer, part, form):
    said = sent(farmer, "cycles:invitation", part.producer.organisation.slug, part.cycle_id, **form)

    assert 'role="alert"' in said
    assert fresh(part).answer == Answer.WAITING


def test_once_open_the_page_says_that_the_answer_stands(farmer, part):
    farm = part.producer.organisation.slug
    Participation.objects.update(state=SaleState.OPEN)

    assert "la réponse ne change plus" in page_of(farmer, "cycles:invitation", farm, part.cycle_id)
    assert "votre réponse ne change plus" in sent(
        farmer, "cycles:invitation", farm, part.cycle_id, answer="declines", minimum=""
    )
    assert fresh(part).state == SaleState.OPEN


def test_the_letters_link_answers_without_a_password_and_looking_does_not(client, part):
    Participation.objects.update(invited_at=None)
    inviting.invite_producers(cycle_id=part.cycle_id, by=None, now=timezone.now())
    outbox.deliver_due(now=timezone.now())
    link = re.search(r"/s/invitation/[^\s]+", Letter.objects.get(kind="invitation").text).group()

    looked = client.get(link)
    assert fresh(part).answer == Answer.WAITING
    said = client.post(link, {"answer": "comes", "minimum": "50"}, follow=True)

    assert "Salle de Venzolasca" in looked.content.decode()
    assert looked["Cache-Control"] == "private, no-store"
    assert "vous venez" in said.content.decode()
    assert fresh(part).minimum == Money(5000)


def test_the_link_outlives_a_new_plan_but_not_its_sale_nor_a_forger(client, part):
    token = links.sign("invitation", [part.cycle_id, part.producer_id])
    address = reverse("cycles:signed_invitation", args=[token])
    Participation.objects.all().delete()
    again = ParticipationFactory(cycle=part.cycle, producer=part.producer, state=SaleState.PLANNED)

    assert client.post(address, {"answer": "comes"}).status_code == 302
    assert fresh(again).answer == Answer.COMES
    again.delete()
    assert client.get(address).status_code == 404
    assert client.get(reverse("cycles:signed_invitation", args=[token[:-2] + "xx"])).status_code == 404


def test_an_old_link_says_where_to_answer(client, part, settings):
    settings.LETTER_LINK_DAYS = -1
    token = links.sign("invitation", [part.cycle_id, part.producer_id])

    answer = client.post(reverse("cycles:signed_invitation", args=[token]), {"answer": "comes"})

    assert answer.status_code == 410
    assert fresh(part).answer == Answer.WAITING


@pytest.mark.parametrize("sales", [1, 3])
def test_invitations_take_the_same_queries_however_many(farmer, part, django_assert_num_queries, sales):
    for _ in range(sales - 1):
        cycle = CycleFactory(opens_at=part.cycle.opens_at, closes_at=part.cycle.closes_at)
        ParticipationFactory(cycle=cycle, producer=part.producer, state=SaleState.PLANNED)

    with django_assert_num_queries(8):
        shown = page_of(farmer, "cycles:invitations", part.producer.organisation.slug)

    assert shown.count("Répondre<span") == sales


def test_a_farm_closes_and_sees_which_open_sales_go_on(farmer, part):
    farm = part.producer.organisation.slug
    delivery = part.cycle.delivery_on
    running = ParticipationFactory(
        producer=part.producer, cycle=CycleFactory(delivery_on=delivery, organisation__phone="04 95 00 00 00")
    )

    said = sent(farmer, "cycles:pauses", farm, from_on=delivery, until_on=delivery, note="vendanges")
    outbox.deliver_due(now=timezone.now())
    shown = page_of(farmer, "cycles:pauses", farm)

    assert "C’est noté." in said
    assert (fresh(part).state, fresh(running).state) == (SaleState.DECLINED, SaleState.OPEN)
    assert "cette vente est ouverte et continue" in shown
    assert "04 95 00 00 00" in shown
    assert "1\u00a0vente déclinée" in shown
    back = sent(farmer, "cycles:take_pause_back", farm, Pause.objects.get().pk)
    outbox.deliver_due(now=timezone.now())
    assert "La fermeture est annulée" in back
    assert fresh(part).state == SaleState.PLANNED


@pytest.mark.parametrize(
    "form", [{}, {"from_on": "demain", "until_on": "après"}, {"from_on": "2030-02-02", "until_on": "2030-02-01"}]
)
def test_days_that_cannot_be_get_a_sentence(farmer, part, form):
    assert 'role="alert"' in sent(farmer, "cycles:pauses", part.producer.organisation.slug, **form)
    assert not Pause.objects.exists()


@pytest.mark.parametrize("pauses", [1, 3])
def test_pauses_take_the_same_queries_however_many(farmer, part, django_assert_num_queries, pauses):
    day = part.cycle.delivery_on
    for number in range(pauses):
        days = day + timedelta(days=2 * number)
        Pause.objects.create(producer=part.producer, from_on=days, until_on=days, created_at=timezone.now())

    with django_assert_num_queries(10):
        page_of(farmer, "cycles:pauses", part.producer.organisation.slug)


def test_a_pause_of_another_farm_is_not_taken_back(farmer, part):
    other = ParticipationFactory().producer
    pause = Pause.objects.create(
        producer=other, from_on=part.cycle.delivery_on, until_on=part.cycle.delivery_on, created_at=timezone.now()
    )
    address = reverse("cycles:take_pause_back", args=[part.producer.organisation.slug, pause.pk])

    assert farmer.post(address).status_code == 404
    assert fresh(pause).ended_at is None


def test_an_open_offer_shows_both_prices_and_corrects_price_and_words(farmer, part):
    farm = part.producer.organisation.slug
    Participation.objects.update(state=SaleState.OPEN)
    offer = OfferFactory(
        participation=part, unit_price=Money(315), producer_price=Money(280), product__unit_price=Money(280)
    )

    shown = page_of(farmer, "cycles:offers", farm, part.pk)
    seen = re.search(r'name="seen" value="([0-9a-f]{12})"', shown).group(1)
    price = sent(farmer, "cycles:correct", farm, part.pk, offer.pk, price="3,00", seen="280", is_available="on")
    words = sent(farmer, "cycles:correct_words", farm, part.pk, offer.pk, name="Blettes", description="", seen=seen)
    bad = sent(farmer, "cycles:correct_words", farm, part.pk, offer.pk, name="", description="", seen=seen)

    assert "Le foyer paie 3,15\u00a0€" in shown
    assert "C’est changé" in price
    # no listing here: the 0.35 of difference is kept
    assert (fresh(offer).producer_price, fresh(offer).unit_price) == (Money(300), Money(335))
    assert "C’est corrigé" in words
    assert "C’est corrigé" not in bad
    assert fresh(offer.product).name == "Blettes"
