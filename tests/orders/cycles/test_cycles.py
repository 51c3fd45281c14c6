"""Planning, inviting, opening, finding a point: the rules, in words, and once."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse

from cagette.core import clock, outbox
from cagette.core.models import Letter
from cagette.core.money import Money
from cagette.people.enums import RoleKind
from orders.baskets import reminding
from orders.cycles import inviting, opening, planning
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, Offer, Participation, PickupCounter
from orders.cycles.planning import CyclePlan, PlannedParticipation, PlannedPickup, PlanRefused
from producers.enums import StockMode
from producers.models import Listing, Stock
from tests.factories import (
    CLOSES,
    NOW,
    PARIS,
    CommuneFactory,
    CycleFactory,
    DeliveryPointFactory,
    OrganisationFactory,
    ParticipationFactory,
    PickupFactory,
    ProducerFactory,
    ProductFactory,
    UserFactory,
    a_listing,
    a_member,
    a_role,
)

pytestmark = pytest.mark.django_db

SATURDAY = date(2026, 11, 28)


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=PARIS)


@pytest.fixture
def group():
    return OrganisationFactory(slug="a-sporta")


def a_plan(group, **changed):
    farm, point = ProducerFactory(), DeliveryPointFactory(organisation=group)
    a_listing(group, farm)
    plan = {
        "name": "",
        "delivery_on": SATURDAY,
        "opens_at": at(25, 8),
        "closes_at": CLOSES,
        "participations": (PlannedParticipation(farm.pk),),
        "pickups": (PlannedPickup(point.pk, at(28, 10), at(28, 12), 40),),
    }
    return CyclePlan(**{**plan, **changed})


def planned(group, plan):
    return planning.plan_cycle(group=group, by=UserFactory(), plan=plan, now=NOW)


def test_a_plan_becomes_a_cycle_with_its_participations_pickups_and_counters(group):
    cycle = planned(group, a_plan(group))

    assert (cycle.name, cycle.slug) == ("Vente du samedi 28 novembre", "a-sporta-2026-11-28")
    part = cycle.participations.get()
    assert (part.state, part.closes_at) == (SaleState.PLANNED, CLOSES)
    counter = PickupCounter.objects.get()
    assert (counter.capacity, counter.taken, counter.last_number) == (40, 0, 0)


def test_two_cycles_of_a_day_have_their_own_addresses(group):
    slugs = [planned(group, a_plan(group)).slug for _ in range(3)]

    assert slugs == ["a-sporta-2026-11-28", "a-sporta-2026-11-28-2", "a-sporta-2026-11-28-3"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"opens_at": CLOSES}, "avant l’ouverture"),
        ({"closes_at": NOW, "opens_at": NOW - timedelta(days=1)}, "déjà passée"),
        ({"participations": ()}, "au moins une ferme"),
        ({"pickups": ()}, "au moins un point"),
        ({"delivery_on": date(2026, 12, 5)}, "le jour de la livraison ou le lendemain"),
    ],
)
def test_a_plan_that_does_not_hold_is_refused_in_words(group, changed, words):
    with pytest.raises(PlanRefused, match=words):
        planned(group, a_plan(group, **changed))

    assert not Cycle.objects.exists()


def test_a_farm_that_is_not_listed_and_a_point_of_another_group_are_refused(group):
    stranger, elsewhere = ProducerFactory(), DeliveryPointFactory()

    with pytest.raises(PlanRefused, match="référencée"):
        planned(group, a_plan(group, participations=(PlannedParticipation(stranger.pk),)))
    with pytest.raises(PlanRefused, match="pas tenu par le groupe"):
        planned(group, a_plan(group, pickups=(PlannedPickup(elsewhere.pk, at(28, 10), at(28, 12)),)))


@pytest.mark.parametrize("closes_at", [at(26, 20, 1), at(25, 8), at(24, 8)])
def test_an_own_close_lies_between_the_opening_and_the_cycles(group, closes_at):
    plan = a_plan(group)
    own = (PlannedParticipation(plan.participations[0].producer_id, closes_at),)

    with pytest.raises(PlanRefused, match="clôture propre"):
        planned(group, CyclePlan(plan.name, SATURDAY, plan.opens_at, CLOSES, own, plan.pickups))


@pytest.mark.parametrize(
    ("start", "end", "capacity", "words"),
    [
        (at(28, 12), at(28, 10), None, "finit avant"),
        (at(26, 19), at(26, 21), None, "jour de la livraison"),
        (at(28, 10), at(28, 12), 0, "au moins un panier"),
    ],
)
def test_a_window_that_does_not_hold_is_refused(group, start, end, capacity, words):
    plan = a_plan(group)
    pickups = (PlannedPickup(plan.pickups[0].point_id, start, end, capacity),)

    with pytest.raises(PlanRefused, match=words):
        planned(group, CyclePlan("", SATURDAY, plan.opens_at, CLOSES, plan.participations, pickups))


def test_a_plan_changes_and_is_taken_back_until_it_opens_and_the_invited_are_told(group):
    plan = a_plan(group)
    cycle = planned(group, plan)
    by = UserFactory()
    inviting.invite_producers(cycle_id=cycle.pk, by=by, now=NOW)

    planning.replan_cycle(cycle_id=cycle.pk, by=by, plan=plan, now=NOW)
    assert cycle.participations.get().invited_at == NOW
    planning.remove_cycle(cycle_id=cycle.pk, by=by, now=NOW)
    outbox.deliver_due(now=NOW)

    assert not Cycle.objects.exists()
    assert Letter.objects.filter(kind="withdrawn").count() == 1


def test_an_open_cycle_is_not_replanned(group):
    plan = a_plan(group)
    cycle = planned(group, plan)
    opening.open_due(now=at(25, 8))

    with pytest.raises(PlanRefused, match="déjà ouvert"):
        planning.remove_cycle(cycle_id=cycle.pk, by=UserFactory(), now=at(25, 8))
    with pytest.raises(PlanRefused, match="déjà ouvert"):
        planning.replan_cycle(cycle_id=cycle.pk, by=UserFactory(), plan=plan, now=at(25, 8))


def test_farms_are_invited_once_each_by_letter(group):
    cycle = planned(group, a_plan(group))

    counts = [inviting.invite_producers(cycle_id=cycle.pk, by=UserFactory(), now=NOW) for _ in range(2)]
    outbox.deliver_due(now=NOW)

    assert counts == [1, 0]
    letter = Letter.objects.get()
    assert letter.to == cycle.participations.get().producer.organisation.email
    assert "de mercredi 25 novembre à 8\u00a0h à jeudi 26 novembre à 20\u00a0h" in letter.text


def test_opening_makes_offers_from_the_catalogue_once_and_announces_it(group):
    plan = a_plan(group)
    cycle = planned(group, plan)
    farm = Listing.objects.get().producer
    sold = ProductFactory(producer=farm, unit_price=Money(280), stock_mode=StockMode.TOTAL)
    stock = Stock.objects.create(product=sold, announced=5, remaining=5)
    ProductFactory(producer=farm, is_active=False)
    ProductFactory(producer=farm, retired_at=NOW)
    member = a_member(group)

    counts = [opening.open_due(now=now) for now in (at(25, 7, 59), at(25, 8), at(25, 8))]
    for _ in range(2):
        reminding.remind_due(now=at(25, 8, 5))

    assert counts == [0, 1, 0]
    offer = Offer.objects.get()
    assert (offer.product, offer.unit_price, offer.stock) == (sold, Money(280), stock)
    assert cycle.participations.get().opened_at == at(25, 8)
    assert Letter.objects.get(kind="opening").to == member.email


def test_a_farm_that_the_group_lists_no_more_opens_without_offers(group):
    planned(group, a_plan(group))
    ProductFactory(producer=Listing.objects.get().producer)
    Listing.objects.update(state="ended")

    assert opening.open_due(now=at(25, 8)) == 1
    assert not Offer.objects.exists()


def test_a_sale_that_closed_meanwhile_is_not_announced(group):
    planned(group, a_plan(group))
    a_member(group)
    opening.open_due(now=CLOSES + timedelta(days=1))

    reminding.remind_due(now=CLOSES + timedelta(days=1))

    assert not Letter.objects.filter(kind="opening").exists()


@pytest.mark.parametrize("cycles", [1, 3])
def test_planning_takes_the_same_queries_however_many_cycles(client, group, django_assert_num_queries, cycles):
    now, day = clock.now(), timedelta(days=1)
    for _ in range(cycles):
        times = {"opens_at": now - day, "closes_at": now + day, "delivery_on": (now + 3 * day).date()}
        ParticipationFactory(cycle=CycleFactory(organisation=group, **times))
    client.force_login(a_role(UserFactory(), group))

    with django_assert_num_queries(12):
        assert client.get(reverse("cycles:planning", args=[group.slug])).status_code == 200


@pytest.mark.parametrize("points", [1, 3])
def test_the_finder_takes_the_same_queries_however_many_points(client, django_assert_num_queries, points):
    CommuneFactory()
    for _ in range(points):
        now = clock.now()
        cycle = CycleFactory(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1))
        ParticipationFactory(cycle=cycle)
        PickupFactory(cycle=cycle, starts_at=now + timedelta(days=2), ends_at=now + timedelta(days=2, hours=2))

    with django_assert_num_queries(5):
        shown = client.get(reverse("cycles:points"), {"q": "venzolasca"}).content.decode()

    assert shown.count("Commander") == points
    assert "à 0 km" in shown


@pytest.mark.parametrize("typed", ["", "20215", "VENZOLASCA", "zzzz", "'; DROP", "\x00", "9" * 200])
def test_the_finder_forgives_whatever_is_typed(client, typed):
    CommuneFactory()

    assert client.get(reverse("cycles:points"), {"q": typed}).status_code == 200


def posted(group, farm, point, **changed):
    fields = {
        "delivery_on": "2027-03-30", "opens_on": "2027-03-26", "opens_time": "08:00", "closes_on": "2027-03-28",
        "closes_time": "20:00", f"farm_{farm.pk}": "on", f"point_{point.pk}": "on", f"point_{point.pk}_from": "10:00",
        f"point_{point.pk}_to": "12:00", "minimum_rule": "come", "case_rule": "cut",
    }  # fmt: skip
    return {**fields, **changed}


def test_the_form_plans_in_local_time_and_refuses_the_hour_that_spring_skips(client, group):
    farm, point = ProducerFactory(), DeliveryPointFactory(organisation=group)
    a_listing(group, farm)
    client.force_login(a_role(UserFactory(), group, RoleKind.COORDINATOR))
    address = reverse("cycles:plan", args=[group.slug])

    skipped = client.post(address, posted(group, farm, point, closes_time="02:30"))
    nonsense = client.post(address, posted(group, farm, point, delivery_on="hier", opens_time="25:61"))
    for _ in range(2):
        client.post(address, posted(group, farm, point, key="6f1d2a0e-0000-4000-8000-000000000001"))

    assert "saute 02:30" in skipped.content.decode()
    assert nonsense.status_code == 200
    cycle = Cycle.objects.get()
    assert cycle.closes_at == datetime(2027, 3, 28, 20, 0, tzinfo=PARIS)
    assert Participation.objects.get().producer == farm
