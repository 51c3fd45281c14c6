"""What those who run a sale are told: one letter at its close, one a morning when there is something, none else."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cagette.core import outbox
from cagette.core.models import Letter
from cagette.core.money import Money
from cagette.people.enums import RoleKind
from cagette.people.models import Membership
from distribution import acknowledging, closing, digesting, notices
from distribution.models import PickingList
from distribution.queries.digests import group_digest, morning_of
from orders.baskets import placing
from orders.baskets.models import Reminders, Shortage
from orders.cycles.enums import Answer, MinimumRule, SaleState
from orders.cycles.models import Participation
from producers.models import Stock
from tests.factories import (
    CLOSES,
    NOW,
    PARIS,
    CycleFactory,
    HouseholdFactory,
    OfferFactory,
    OrganisationFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_member,
    a_role,
    an_order,
)

pytestmark = pytest.mark.django_db


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=PARIS)


def said(letter):
    return letter.text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.fixture
def part():
    part = ParticipationFactory(cycle__announced_at=NOW, producer__organisation__name="Ortu di Santa", opened_at=NOW)
    PickupFactory(cycle=part.cycle)
    return part


@pytest.fixture
def coordinator(part):
    return a_role(UserFactory(), part.cycle.organisation)


def ordered(part, count=2, cents=1000):
    offer = OfferFactory(participation=part, unit_price=Money(cents))
    pickup = part.cycle.pickups.get()
    return placing.place_order(**an_order(pickup, a_member(part.cycle.organisation), (offer, count)))


# --- the close


def test_those_who_run_a_sale_are_told_once_that_it_has_closed(part, coordinator):
    small = ParticipationFactory(cycle=part.cycle, minimum=Money(5000), producer__organisation__name="Mele è Miele")
    ParticipationFactory(cycle=part.cycle, producer__organisation__name="Pane è Basta")
    part.cycle.minimum_rule = MinimumRule.CANCEL
    part.cycle.save(update_fields=["minimum_rule"])
    ordered(part)
    ordered(part)
    ordered(small, cents=900)

    assert closing.close_due(now=CLOSES) == 3
    for _ in range(2):
        outbox.deliver_due(now=CLOSES)

    letter = Letter.objects.get(to=coordinator.email)
    assert (letter.kind, letter.unsubscribe) == ("closed", "")
    assert letter.subject.replace("\u00a0", " ") == "Vente du 28 novembre, close : 2 paniers, 40,00 €"
    text = said(letter)
    assert "Ortu di Santa : 2 paniers, 40,00 €, bon n° 1" in text
    assert "Mele è Miele : sous son minimum de 50,00 €, ne vient pas" in text
    assert "Pane è Basta : rien de commandé" in text
    assert "N’ont pas encore vu leur bon : Ortu di Santa." in text


def test_a_farm_that_closes_earlier_says_nothing_to_those_who_run_the_sale_before_the_last(part, coordinator):
    early = ParticipationFactory(cycle=part.cycle, closes_at=CLOSES - timedelta(days=1))
    ordered(early)
    closing.close_due(now=CLOSES - timedelta(days=1))
    outbox.deliver_due(now=CLOSES - timedelta(days=1))
    assert not Letter.objects.filter(kind="closed").exists()
    acknowledging.acknowledge(picking_list_id=PickingList.objects.get().pk, by=None, now=CLOSES)

    closing.close_due(now=CLOSES)
    outbox.deliver_due(now=CLOSES)

    assert "N’ont pas encore vu" not in Letter.objects.get(kind="closed").text


# --- the morning of a group


@pytest.mark.parametrize(
    ("day", "instant"),
    [
        (date(2026, 10, 24), datetime(2026, 10, 24, 5, 0, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 6, 0, tzinfo=UTC)),  # winter time began in the night
        (date(2027, 3, 27), datetime(2027, 3, 27, 6, 0, tzinfo=UTC)),
        (date(2027, 3, 28), datetime(2027, 3, 28, 5, 0, tzinfo=UTC)),  # summer time began
    ],
)
def test_a_morning_begins_at_seven_by_local_clocks(day, instant):
    assert morning_of(OrganisationFactory.build(), day) == instant


def test_a_group_is_told_once_a_morning_and_not_in_the_afternoon(part, coordinator):
    ordered(part)
    silent = a_role(UserFactory(), part.cycle.organisation, RoleKind.ADMINISTRATOR)
    Reminders.objects.create(user=silent, news=False)
    a_role(UserFactory(), part.cycle.organisation, RoleKind.VOLUNTEER)

    times = (at(25, 6, 59), at(25, 12), at(25, 7), at(25, 7), at(25, 11, 59), at(26, 7))
    done = [digesting.digest_due(now=now) for now in times]

    assert done == [0, 0, 1, 0, 0, 1]
    letters = Letter.objects.filter(kind="digest").order_by("pk")
    assert [letter.to for letter in letters] == [coordinator.email] * 2
    assert "/s/rappels/" in letters[0].unsubscribe
    assert letters[0].subject == f"{part.cycle.organisation.name}, mercredi 25 novembre : le point"
    assert "Vente du 28 novembre, ferme demain à 20 h : 1 commande, 20,00 €" in said(letters[0])


def test_a_quiet_group_has_no_letter(coordinator, part):
    Participation.objects.update(state=SaleState.CLOSED)

    assert digesting.digest_due(now=at(25, 7)) == 0
    assert not Letter.objects.exists()


def test_the_news_of_the_day_before_and_what_waits_are_said(part, coordinator):
    group = part.cycle.organisation
    Participation.objects.update(minimum=Money(5000))
    ordered(part)
    coming = CycleFactory(organisation=group, name="Vente de décembre", opens_at=at(27, 8), closes_at=at(30, 20))
    ParticipationFactory(
        cycle=coming, state=SaleState.PLANNED, answer=Answer.DECLINES, answered_at=at(24, 18), answer_note="en congé",
        producer__organisation__name="Mele è Miele",
    )  # fmt: skip
    ParticipationFactory(
        cycle=coming, state=SaleState.PLANNED, answer=Answer.COMES, answered_at=at(24, 6, 59),
        producer__organisation__name="Dite avant",
    )  # fmt: skip
    ParticipationFactory(
        cycle=coming, state=SaleState.PLANNED, invited_at=NOW, producer__organisation__name="Pane è Basta"
    )
    for name, on in (("Mattei", 24), ("Trop tôt", 23), ("Trop tard", 25)):
        Membership.objects.create(
            household=HouseholdFactory(name=name), organisation=group, joined_on=date(2026, 11, on)
        )
    stock = Stock.objects.create(product=ProductFactory(name="Épinards"), announced=0, remaining=0)
    Shortage.objects.create(stock=stock, participation=part, missing=3, written_at=NOW)
    Letter.objects.create(
        key="x", kind="order", to="perdue@example.org", subject="Commande", scope_id=group.pk, state="failed",
        message_id="<x>", written_at=NOW, due_at=NOW,
    )  # fmt: skip

    assert digesting.digest_due(now=at(25, 7)) == 1

    text = said(Letter.objects.get(kind="digest"))
    assert "Il manque Épinards pour « Vente du 28 novembre »." in text
    assert "Ortu di Santa : 20,00 € pour un minimum de 50,00 €" in text
    assert "Mele è Miele, « Vente de décembre » : pas cette fois (« en congé »)" in text
    assert "Dite avant" not in text
    assert "Pane è Basta, « Vente de décembre » ouvre vendredi à 8 h" in text
    assert "NOUVEAUX FOYERS\nMattei\n" in text
    assert "Trop t" not in text
    assert "perdue@example.org : Commande" in text


def test_a_list_that_its_farm_has_not_seen_is_said_until_it_has(part, coordinator):
    ordered(part)
    closing.close_due(now=CLOSES)

    assert [x.pk for x in group_digest(group=part.cycle.organisation, now=at(27, 7)).unseen] == [
        PickingList.objects.get().pk
    ]
    assert group_digest(group=part.cycle.organisation, now=at(29, 7)).unseen == []
    acknowledging.acknowledge(picking_list_id=PickingList.objects.get().pk, by=None, now=CLOSES)
    assert not group_digest(group=part.cycle.organisation, now=at(27, 7))


@pytest.mark.parametrize("sales", [1, 3])
def test_the_news_take_the_same_queries_however_many_sales(part, sales):
    for _ in range(sales - 1):
        other = ParticipationFactory(cycle__organisation=part.cycle.organisation)
        PickupFactory(cycle=other.cycle)
        ordered(other)
    ordered(part)

    with CaptureQueriesContext(connection) as seen:
        digest = group_digest(group=part.cycle.organisation, now=at(25, 7))

    assert len(digest.sales) == sales
    assert len(seen) == 8, [query["sql"][:90] for query in seen]


# --- the morning of a farm


def test_a_farm_in_several_groups_has_one_letter_for_all_that_opened(part):
    farm = part.producer.organisation
    person = a_role(UserFactory(), farm, RoleKind.STAFF)
    second = ParticipationFactory(producer=part.producer, opened_at=at(25, 6, 59))
    before = ParticipationFactory(producer=part.producer, opened_at=at(22, 8))
    ordered(part)

    done = [digesting.digest_due(now=now) for now in (at(25, 7), at(25, 7), at(26, 7))]

    assert done == [1, 0, 0]
    letter = Letter.objects.get(kind="farm_digest")
    assert letter.to == person.email
    assert letter.subject.replace("\u00a0", " ") == "Ortu di Santa : 2 ventes ont ouvert"
    opened, _already, others = said(letter).partition("Déjà ouvertes")
    assert f"{part.cycle.organisation.name} : la vente" in opened
    assert "1 commande à cette heure, 20,00 €" in opened
    assert second.cycle.organisation.name in opened
    assert before.cycle.organisation.name in others


def test_a_group_whose_news_fail_holds_up_nobody(part, coordinator, monkeypatch):
    ordered(part)
    other = ParticipationFactory()
    a_role(UserFactory(), other.cycle.organisation)
    truly = notices.write_group_digest

    def write(*, digest, **rest):
        if digest.group == part.cycle.organisation:
            raise RuntimeError("a letter that does not compose")
        truly(digest=digest, **rest)

    monkeypatch.setattr(notices, "write_group_digest", write)
    assert digesting.digest_due(now=at(25, 7)) == 1
    monkeypatch.undo()
    assert digesting.digest_due(now=at(25, 8)) == 1
