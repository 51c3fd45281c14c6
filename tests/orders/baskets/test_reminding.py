"""Openings, closes and collections are told once, to those who want it, when it is of use; one press stops a kind."""

from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cagette.core import links
from cagette.core.letters import Words
from cagette.core.models import Letter
from cagette.core.money import Money
from cagette.core.wording import change_words
from orders.baskets import bulletins, cancelling, collecting, placing, reminding
from orders.baskets.enums import Collection
from orders.baskets.models import Reminders
from orders.baskets.queries.reminders import recall_at
from orders.cycles.enums import FeeKind
from orders.cycles.models import Cycle, Fee, PickupSlot
from tests.factories import (
    CLOSES,
    NOW,
    PARIS,
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


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=PARIS)


@pytest.fixture
def part():
    """A sale that opened on Monday the 23rd at noon, closes on Thursday the 26th at 20 h, is collected on Saturday."""
    part = ParticipationFactory(cycle__announced_at=None)
    PickupFactory(cycle=part.cycle, point__name="Salle A")
    return part


def kinds(kind):
    return sorted(Letter.objects.filter(kind=kind).values_list("to", flat=True))


# --- openings


def test_an_opening_is_told_once_to_each_member_who_wants_it(part):
    group = part.cycle.organisation
    wants, silent, left = a_member(group), a_member(group), a_member(group)
    Reminders.objects.create(user=silent, opening=False)
    left.household.memberships.update(ended_on=date(2026, 11, 1))
    a_member(OrganisationFactory())
    a_member(group, is_active=False)

    done = [reminding.remind_due(now=now) for now in (at(23, 12, 4), at(23, 12, 5), at(23, 12, 5), at(24, 9))]

    assert done == [0, 1, 0, 0]
    assert kinds("opening") == [wants.email]
    assert fresh(part.cycle).announced_at == at(23, 12, 5)
    letter = Letter.objects.get(kind="opening")
    assert letter.subject == f"{group.name} : la vente du samedi 28 novembre est ouverte"
    assert "jusqu’à jeudi 26 novembre à 20\u00a0h" in letter.text
    assert "/s/rappels/" in letter.unsubscribe


def test_sales_of_a_group_that_open_together_are_one_letter(part):
    group = part.cycle.organisation
    second = ParticipationFactory(cycle=CycleFactory(organisation=group, name="Viande", delivery_on=date(2026, 11, 29)))
    PickupFactory(cycle=second.cycle, point__name="Salle B")
    elsewhere = ParticipationFactory()
    member = a_member(group)

    reminding.remind_due(now=NOW)
    reminding.remind_due(now=NOW)

    letter = Letter.objects.get(to=member.email)
    assert letter.subject == f"{group.name} : 2 ventes sont ouvertes"
    assert "Viande : est ouverte jusqu’à" in letter.text.replace("Viande\u00a0", "Viande ")
    assert "Salle A" in letter.text
    assert "Salle B" in letter.text
    assert not Cycle.objects.filter(announced_at=None).exclude(pk=elsewhere.cycle_id).exists()


def test_a_member_who_comes_after_the_announcement_is_not_told_late(part):
    reminding.remind_due(now=NOW)

    a_member(part.cycle.organisation)
    reminding.remind_due(now=NOW + timedelta(hours=1))

    assert kinds("opening") == []


def test_a_sale_that_is_called_off_is_not_announced(part):
    a_member(part.cycle.organisation)
    Cycle.objects.update(cancelled_at=NOW)

    reminding.remind_due(now=NOW)

    assert not Letter.objects.exists()


def test_an_opening_to_300_members_is_ten_queries_and_one_failing_group_holds_up_nobody(part, monkeypatch):
    group, other = part.cycle.organisation, ParticipationFactory().cycle.organisation
    for _ in range(300):
        a_member(group)
    a_member(other)
    truly = bulletins.announce_opening

    def announce(*, group, cycles, now):
        if group == other:
            raise RuntimeError("a letter that does not compose")
        truly(group=group, cycles=cycles, now=now)

    with CaptureQueriesContext(connection) as seen:
        reminding.announce(group=group, now=NOW)
    monkeypatch.setattr(bulletins, "announce_opening", announce)
    reminding.remind_due(now=NOW)

    assert len(kinds("opening")) == 300
    # savepoint, cycles, pickups, members, words, insert, mark, release
    assert len(seen) <= 10, [query["sql"][:90] for query in seen]
    assert Cycle.objects.filter(announced_at=None, organisation=other).exists()

    monkeypatch.undo()
    reminding.remind_due(now=NOW)
    assert len(kinds("opening")) == 301


# --- the day before a close


@pytest.mark.parametrize(
    ("closes", "recalled"),
    [
        # the day before, at the same hour of local clocks
        (datetime(2026, 11, 26, 20, 0, tzinfo=PARIS), datetime(2026, 11, 25, 20, 0, tzinfo=PARIS)),
        (datetime(2026, 11, 26, 8, 0, tzinfo=PARIS), datetime(2026, 11, 25, 8, 0, tzinfo=PARIS)),
        # never at night
        (datetime(2026, 11, 26, 23, 0, tzinfo=PARIS), datetime(2026, 11, 25, 20, 0, tzinfo=PARIS)),
        (datetime(2026, 11, 26, 0, 0, tzinfo=PARIS), datetime(2026, 11, 25, 8, 0, tzinfo=PARIS)),
        # winter time begins on 25 October 2026: 25 hours before in elapsed time, noon before by the clocks
        (datetime(2026, 10, 25, 12, 0, tzinfo=PARIS), datetime(2026, 10, 24, 12, 0, tzinfo=PARIS)),
        # 02:30 on the night of the change, both times it comes
        (datetime(2026, 10, 25, 2, 30, fold=0, tzinfo=PARIS), datetime(2026, 10, 24, 8, 0, tzinfo=PARIS)),
        (datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=PARIS), datetime(2026, 10, 24, 8, 0, tzinfo=PARIS)),
        # summer time begins on 28 March 2027
        (datetime(2027, 3, 28, 12, 0, tzinfo=PARIS), datetime(2027, 3, 27, 12, 0, tzinfo=PARIS)),
        (datetime(2027, 3, 29, 12, 0, tzinfo=PARIS), datetime(2027, 3, 28, 12, 0, tzinfo=PARIS)),
    ],
)
def test_the_day_before_a_close_is_by_local_clocks(closes, recalled):
    assert recall_at(closes, PARIS) == recalled
    assert recall_at(closes, PARIS).astimezone(PARIS).hour in range(8, 21)


def test_members_who_have_not_ordered_are_reminded_once_the_day_before_the_close(part):
    group, pickup = part.cycle.organisation, part.cycle.pickups.get()
    late, ordered, thought_better, silent = (a_member(group) for _ in range(4))
    UserFactory()
    Reminders.objects.create(user=silent, closing=False)
    Cycle.objects.update(announced_at=NOW)
    offer = OfferFactory(participation=part)
    placing.place_order(**an_order(pickup, ordered, (offer, 1)))
    gone = placing.place_order(**an_order(pickup, thought_better, (offer, 1)))
    cancelling.cancel_order(order_id=gone.pk, by=thought_better, now=NOW)

    done = [reminding.remind_due(now=now) for now in (at(25, 19, 59), at(25, 20), at(25, 20), at(26, 9))]

    assert done == [0, 1, 0, 0]
    assert kinds("closing") == [late.email]
    letter = Letter.objects.get(kind="closing")
    assert letter.subject == f"{group.name} : la vente ferme demain à 20\u00a0h"
    assert reverse("baskets:shop", args=[group.slug, pickup.pk]) in letter.text


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (at(25, 23), 0),  # the worker comes back at night: not now
        (at(26, 7, 59), 0),
        (at(26, 8), 1),  # in the morning it is still of use
        (at(26, 18, 59), 1),
        (at(26, 19), 0),  # an hour before the close it is not
        (at(26, 20), 0),
    ],
)
def test_a_late_reminder_waits_for_the_day_and_is_not_sent_when_it_is_of_no_use(part, now, told):
    a_member(part.cycle.organisation)
    Cycle.objects.update(announced_at=NOW)

    reminding.remind_due(now=now)

    assert len(kinds("closing")) == told


def test_a_close_that_moves_to_another_day_is_recalled_again_and_one_that_moves_by_an_hour_is_not(part):
    a_member(part.cycle.organisation)
    Cycle.objects.update(announced_at=NOW)
    reminding.remind_due(now=at(25, 20))

    for closes_at, told in ((CLOSES + timedelta(hours=1), 1), (CLOSES + timedelta(days=1), 2)):
        Cycle.objects.update(closes_at=closes_at)
        part.cycle.participations.update(closes_at=closes_at)
        reminding.remind_due(now=at(26, 9))
        reminding.remind_due(now=at(26, 20, 1))
        assert len(kinds("closing")) == told


def test_a_sale_of_one_day_has_its_opening_for_a_reminder(part):
    a_member(part.cycle.organisation)
    Cycle.objects.update(opens_at=at(26, 8), announced_at=at(26, 8))

    reminding.remind_due(now=at(26, 9))

    assert not Letter.objects.exists()


# --- the day of the collection


def the_order(part, **fields):
    person = a_member(part.cycle.organisation)
    Cycle.objects.update(announced_at=NOW)
    pickup = part.cycle.pickups.get()
    offer = OfferFactory(participation=part, unit_price=Money(280), product__name="Blettes")
    placing.place_order(**an_order(pickup, person, (offer, 2)))
    order = pickup.orders.get()
    type(order).objects.filter(pk=order.pk).update(**fields)
    return person, fresh(order)


def test_a_household_is_reminded_once_in_the_morning_with_code_place_and_what_is_due(part):
    Fee.objects.create(cycle=part.cycle, name="Frais", kind=FeeKind.FIXED_HOUSEHOLD, amount=Money(50))
    person, order = the_order(part)

    done = [reminding.remind_due(now=now) for now in (at(28, 6, 59), at(28, 7), at(28, 7), at(28, 11))]

    assert done == [0, 1, 0, 0]
    letter = Letter.objects.get(kind="collection")
    assert letter.to == person.email
    assert letter.subject == "Aujourd’hui, 10\u00a0h –\u2060 12\u00a0h : votre panier n° 1, Salle A"
    assert order.code in letter.text
    assert "1 place de l’Église" in letter.text
    assert "À régler au retrait : 6,10\u00a0€." in letter.text.replace("\u202f", "\u00a0")  # 2 × 2.80 + 0.50


def test_what_is_collected_cancelled_over_or_not_wanted_is_not_recalled(part):
    person, order = the_order(part)
    Reminders.objects.create(user=person, collection=False)
    reminding.remind_due(now=at(28, 8))
    Reminders.objects.update(collection=True)
    reminding.remind_due(now=at(28, 12))
    collecting.move(order_id=order.pk, to=Collection.COLLECTED, by=person, now=at(28, 8))
    reminding.remind_due(now=at(28, 8))
    collecting.move(order_id=order.pk, to=Collection.EXPECTED, by=person, now=at(28, 8))
    type(order).objects.update(state="cancelled")
    reminding.remind_due(now=at(28, 8))

    assert not Letter.objects.exists()


def test_a_slot_that_is_over_is_not_recalled_and_its_hours_are_said(part):
    pickup = part.cycle.pickups.get()
    _person, order = the_order(part)
    slot = PickupSlot.objects.create(pickup=pickup, starts_at=at(28, 10), ends_at=at(28, 10, 30), taken=1)
    type(order).objects.update(slot=slot)

    reminding.remind_due(now=at(28, 10, 30))
    assert not Letter.objects.exists()

    reminding.remind_due(now=at(28, 9))
    assert Letter.objects.get().subject.startswith("Aujourd’hui, 10\u00a0h –\u2060 10\u00a0h\u00a030 :")


@pytest.mark.parametrize("orders", [1, 3])
def test_collections_take_the_same_queries_however_many_orders(part, orders):
    for _ in range(orders):
        the_order(part) if not part.cycle.pickups.get().orders.exists() else placing.place_order(
            **an_order(
                part.cycle.pickups.get(), a_member(part.cycle.organisation), (OfferFactory(participation=part), 1)
            )
        )

    with CaptureQueriesContext(connection) as seen:
        reminding.remind_due(now=at(28, 8))

    assert len(kinds("collection")) == orders
    # groups to announce, closes, orders; savepoint, people twice, keys, words, lines, fees, insert, release
    assert len(seen) == 12, [query["sql"][:90] for query in seen]


def test_a_group_says_its_own_words_in_its_reminders(part):
    _person, _order = the_order(part)
    own = Words(subject="{groupe} : {jour}, {point}, n° {numero}", before="Venez avec vos sacs.")
    change_words(scope_id=part.cycle.organisation_id, kind="collection", words=own, by=UserFactory(), now=NOW)

    reminding.remind_due(now=at(28, 8))

    letter = Letter.objects.get(kind="collection")
    assert letter.subject == f"{part.cycle.organisation.name} : samedi 28 novembre, Salle A, n° 1"
    assert letter.text.startswith("Bonjour,\n\nVenez avec vos sacs.\n\nVotre panier")


# --- wishes


def test_a_person_chooses_on_a_page_and_an_empty_form_is_nothing_at_all(client):
    person = UserFactory()
    client.force_login(person)

    assert client.get("/moi/rappels/").content.decode().count("checked") == 4
    client.post("/moi/rappels/", {"collection": "on"})
    mine = Reminders.objects.get()
    assert (mine.opening, mine.closing, mine.collection, mine.news) == (False, False, True, False)

    client.post("/moi/rappels/", {})
    assert not fresh(mine).collection


def test_one_press_without_a_cookie_stops_a_kind_and_looking_does_not(part):
    person = a_member(part.cycle.organisation)
    reminding.remind_due(now=NOW)
    address = urlsplit(Letter.objects.get().unsubscribe).path
    program = Client(enforce_csrf_checks=True)

    looked = program.get(address)
    assert not Reminders.objects.exists()
    answers = [program.post(address, {"List-Unsubscribe": "One-Click"}) for _ in range(2)]

    assert looked.status_code == 200
    assert [answer.status_code for answer in answers] == [200, 200]
    mine = Reminders.objects.get(user=person)
    assert (mine.opening, mine.closing, mine.collection) == (False, True, True)
    assert "plus de lettre" in answers[0].content.decode()

    program.post(address, {"reprendre": "1"})
    assert fresh(mine).opening


def test_an_address_that_is_not_ours_stops_nothing(client):
    person = UserFactory()
    other = links.sign("picking_list", [person.pk, "opening"])

    for token in ("x", other, links.sign(bulletins.PURPOSE, [0, "opening"])):
        assert client.post(reverse("baskets:stop_reminder", args=[token])).status_code == 404
    assert not Reminders.objects.exists()


def test_an_old_letter_still_stops(client, settings):
    person = UserFactory()
    settings.LETTER_LINK_DAYS = -1
    token = links.sign(bulletins.PURPOSE, [person.pk, "closing"])

    assert client.post(reverse("baskets:stop_reminder", args=[token])).status_code == 200
    assert not Reminders.objects.get(user=person).closing
