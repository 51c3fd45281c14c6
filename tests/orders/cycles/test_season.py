"""The season's page, and sales planned like another one from it."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from cagette.core.money import Money
from orders.cycles.enums import FeeKind, SaleState
from orders.cycles.models import Cycle, Fee, Offer, Participation
from producers.models import Pause, Product
from tests.factories import (
    PARIS,
    CycleFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProducerFactory,
    UserFactory,
    a_listing,
    a_member,
    a_role,
)
from tests.orders.cycles.pages import TODAY, at, shown, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def a_sale(group, day, *, name="Vente", state=SaleState.PLANNED, **part):
    """Opens a week before its delivery at 8 h, closes two days before at 20 h."""
    opens = datetime.combine(day - timedelta(days=7), datetime.min.time(), PARIS) + timedelta(hours=8)
    closes = datetime.combine(day - timedelta(days=2), datetime.min.time(), PARIS) + timedelta(hours=20)
    cycle = CycleFactory(organisation=group, name=name, delivery_on=day, opens_at=opens, closes_at=closes)
    ParticipationFactory(cycle=cycle, state=state, **part)
    return cycle


def test_the_season_says_week_by_week_what_opens_closes_and_waits(client, group, coordinator):
    uninvited = a_sale(group, date(2026, 12, 5), name="La première")
    ParticipationFactory(cycle=uninvited, state=SaleState.PLANNED, invited_at=TODAY)
    ParticipationFactory(cycle=uninvited, state=SaleState.PLANNED, invited_at=TODAY, answer="comes")
    ParticipationFactory(cycle=uninvited, state=SaleState.DECLINED, invited_at=TODAY)
    selling = a_sale(group, date(2026, 11, 28), name="En cours", state=SaleState.OPEN)
    offer = OfferFactory(participation=selling.participations.get(), left=4)
    offer.stock.remaining, offer.stock.short = 0, 2
    offer.stock.save()
    PickupFactory(cycle=selling, capacity=1)
    selling.pickups.get().counter.__class__.objects.update(taken=1)
    quiet = a_sale(group, date(2026, 12, 6), name="Tranquille", state=SaleState.OPEN)
    a_sale(CycleFactory().organisation, date(2026, 12, 5), name="Ailleurs")

    page = shown(client, at("planning", group))

    assert page.index("Semaine du lundi 23 novembre au dimanche 29 novembre") < page.index("En cours")
    assert page.index("Semaine du lundi 30 novembre au dimanche 6 décembre") < page.index("La première")
    assert page.count("Semaine du") == 2
    for said in (
        "2 ventes attendent une décision", "1 ferme à inviter", "1 ferme sans réponse", "1 produit à répartir",
        "1 point complet", "ouvre samedi 28 novembre à 8 h, ferme jeudi 3 décembre à 20 h", "3 fermes",
    ):  # fmt: skip
        assert said in page
    assert "Ailleurs" not in page
    assert quiet.name in page


def test_the_month_marks_deliveries_openings_and_closes_and_can_be_turned(client, group, coordinator):
    a_sale(group, date(2026, 12, 5))  # opens on 28 November, closes on 3 December

    november, december = shown(client, at("planning", group)), shown(client, at("planning", group), mois="2026-12")

    assert "Novembre 2026" in november
    assert 'title="samedi 28 novembre, 1 ouverture"' in november
    assert "Décembre 2026" in december
    assert 'title="jeudi 3 décembre, 1 clôture"' in december
    assert 'aria-label="samedi 5 décembre, livraison"' in december
    assert "?mois=2026-11" in december
    assert "?mois=2027-01" in december


@pytest.mark.parametrize("typed", ["", "hier", "2026-13", "0001-01", "9999-12", "\x00", "2026-11-05"])
def test_a_month_that_is_none_is_this_one(client, group, coordinator, typed):
    assert "Novembre 2026" in shown(client, at("planning", group), mois=typed, page=typed)


def test_past_sales_come_by_twenties_latest_first_and_a_cancelled_one_says_why(client, group, coordinator):
    for number in range(21):
        a_sale(group, date(2026, 11, 22) - timedelta(days=number), name=f"Passée {number}", state=SaleState.CLOSED)
    Cycle.objects.filter(name="Passée 0").update(cancelled_at=TODAY, cancel_reason="Tempête")

    first, second = shown(client, at("planning", group)), shown(client, at("planning", group), page="2")

    assert first.count("Passée ") == 40  # each is named twice: its link, and what is planned like it
    assert "Tempête" in first
    assert "page 1 sur 2" in first
    assert "Passée 20" not in first
    assert second.count("Passée ") == 2
    assert "Aucune vente prévue" in first


@pytest.mark.parametrize("cycles", [1, 3])
def test_the_season_takes_the_same_queries_however_many_sales(
    client, group, coordinator, django_assert_num_queries, cycles
):
    for number in range(cycles):
        coming = a_sale(group, date(2026, 12, 5) + timedelta(weeks=number))
        PickupFactory(cycle=coming)
        OfferFactory(participation=coming.participations.get())
        a_sale(group, date(2026, 11, 7) - timedelta(weeks=number), state=SaleState.CLOSED)

    # six of session, person, group and rights; six of the page
    with django_assert_num_queries(12):
        shown(client, at("planning", group))


def test_a_sale_is_planned_like_another_once_with_all_of_it(client, group, coordinator, farm, point):
    source = a_sale(group, date(2026, 11, 28), name="Modèle", state=SaleState.OPEN, producer=farm, minimum=Money(3000))
    gone = ParticipationFactory(cycle=source)
    pickup = PickupFactory(cycle=source, point=point, capacity=30)
    pickup.slots.create(starts_at=pickup.starts_at, ends_at=pickup.starts_at + timedelta(minutes=20), capacity=5)
    Fee.objects.create(cycle=source, name="Port", kind=FeeKind.FIXED_ORDER, amount=Money(50))
    OfferFactory(participation=source.participations.get(producer=farm), unit_price=Money(345))
    OfferFactory(participation=gone)

    page = shown(client, at("like", group, source.pk))
    wish = {"key": str(uuid4()), "day": "2026-12-12"}
    answers = [client.post(at("like", group, source.pk), wish) for _ in range(2)]

    assert 'value="2026-12-05"' in page
    assert "<dt>Offres</dt><dd>1</dd>" in page
    assert f"le groupe ne les a plus : {gone.producer.organisation.name}." in page
    clone = Cycle.objects.exclude(pk=source.pk).get()
    assert [answer["Location"] for answer in answers] == [at("cycle", group, clone.pk)] * 2
    assert clone.closes_at == datetime(2026, 12, 10, 20, 0, tzinfo=PARIS)
    assert clone.participations.get().minimum == Money(3000)
    assert clone.pickups.get().slots.count() == 6  # two hours by twenty minutes
    assert clone.fees.get().amount == Money(50)
    assert Offer.objects.get(participation__cycle=clone).unit_price == Money(345)


def test_a_farm_that_is_closed_that_day_is_not_cloned_and_a_cancelled_sale_is_whole(
    client, group, coordinator, farm, point
):
    other = ProducerFactory()
    a_listing(group, other)
    source = a_sale(group, date(2026, 11, 28), state=SaleState.CANCELLED, producer=farm)
    ParticipationFactory(cycle=source, producer=other, state=SaleState.CANCELLED)
    PickupFactory(cycle=source, point=point)
    Cycle.objects.filter(pk=source.pk).update(cancelled_at=TODAY)
    Pause.objects.create(producer=other, from_on=date(2026, 12, 12), until_on=date(2026, 12, 12), created_at=TODAY)

    for day, count in (("2026-12-05", 2), ("2026-12-12", 1)):
        client.post(at("like", group, source.pk), {"key": str(uuid4()), "day": day})
        assert Participation.objects.filter(cycle__delivery_on=day).count() == count


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-11-21", "La clôture est déjà passée."),
        ("2027-03-30", "Le 28/03/2027, l’heure d’été saute 02:30"),
        ("hier", "date valide"),
        ("", "requis"),
    ],
)
def test_a_day_that_does_not_hold_is_refused_beside_it(client, group, coordinator, farm, point, day, words):
    source = a_sale(group, date(2026, 11, 28), producer=farm)
    PickupFactory(cycle=source, point=point)
    closes = datetime(2026, 11, 26, 2, 30, tzinfo=PARIS)
    Cycle.objects.filter(pk=source.pk).update(closes_at=closes)
    source.participations.update(closes_at=closes)

    page = told(client.post(at("like", group, source.pk), {"key": str(uuid4()), "day": day}))

    assert words in page
    assert 'id="id_day_error"' in page
    assert Cycle.objects.count() == 1


def test_a_changed_plan_of_a_clone_keeps_the_offers_that_it_was_given(client, group, coordinator, farm, point):
    source = a_sale(group, date(2026, 11, 28), state=SaleState.OPEN, producer=farm)
    PickupFactory(cycle=source, point=point)
    OfferFactory(participation=source.participations.get(), unit_price=Money(345))
    client.post(at("like", group, source.pk), {"key": str(uuid4()), "day": "2026-12-12"})
    clone = Cycle.objects.get(delivery_on="2026-12-12")
    change = {
        "delivery_on": "2026-12-12", "opens_on": "2026-12-05", "opens_time": "08:00", "closes_on": "2026-12-10",
        "closes_time": "18:00", f"farm_{farm.pk}": "on", f"point_{point.pk}": "on", f"point_{point.pk}_from": "10:00",
        f"point_{point.pk}_to": "12:00", "minimum_rule": "come", "case_rule": "cut",
    }  # fmt: skip

    client.post(at("change", group, clone.pk), change)

    assert Cycle.objects.get(pk=clone.pk).closes_at == datetime(2026, 12, 10, 18, 0, tzinfo=PARIS)
    assert Offer.objects.get(participation__cycle=clone).unit_price == Money(345)


def test_three_thousand_offers_are_cloned_from_the_page_in_few_queries(
    client, group, coordinator, farm, point, django_assert_max_num_queries
):
    source = a_sale(group, date(2026, 11, 28), producer=farm)
    PickupFactory(cycle=source, point=point)
    part = source.participations.get()
    products = Product.objects.bulk_create(
        Product(producer=farm, reference=str(n), name=f"P{n}", category="fruit", unit_price=Money(100 + n))
        for n in range(3000)
    )
    Offer.objects.bulk_create(
        Offer(participation=part, product=product, unit_price=product.unit_price, producer_price=product.unit_price)
        for product in products
    )

    # of these 19 are the clone's, the rest is the page's and the person's
    with django_assert_max_num_queries(40):
        client.post(at("like", group, source.pk), {"key": str(uuid4()), "day": "2026-12-05"})

    assert Offer.objects.filter(participation__cycle__delivery_on="2026-12-05").count() == 3000


def test_a_stranger_gets_404_and_a_member_403(client, group):
    source = a_sale(group, date(2026, 12, 5))
    stranger, member = a_role(UserFactory(), CycleFactory().organisation), a_member(group)

    for person, answer in ((stranger, 404), (member, 403)):
        client.force_login(person)
        for address in (at("planning", group), at("like", group, source.pk), at("keep", group, source.pk)):
            assert client.get(address).status_code == answer
        for name in ("like", "keep"):
            assert client.post(at(name, group, source.pk), {"day": "2026-12-12", "name": "x"}).status_code == answer
    assert Cycle.objects.filter(organisation=group).count() == 1
