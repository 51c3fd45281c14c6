"""Calendars by a secret address: read back with icalendar, right across clock changes; renewed, the old one dies."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from icalendar import Calendar

from cagette.core import clock
from cagette.core.models import AuditEntry
from cagette.people.enums import RoleKind
from orders.baskets import cancelling, feeding, placing
from orders.baskets.models import CalendarFeed, Order
from orders.baskets.queries.calendars import feed_contents
from orders.cycles.models import Cycle, PickupSlot
from tests.factories import (
    CLOSES,
    NOW,
    PARIS,
    CycleFactory,
    OfferFactory,
    OrganisationFactory,
    ParticipationFactory,
    PickupFactory,
    a_member,
    a_role,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db


def an_order_on(user, group, starts_at, count=2):
    """An order to collect at that hour; its sale closes two days before."""
    closes = starts_at - timedelta(days=2)
    cycle = CycleFactory(
        organisation=group, delivery_on=starts_at.date(), opens_at=closes - timedelta(days=7), closes_at=closes
    )
    part = ParticipationFactory(cycle=cycle)
    pickup = PickupFactory(
        cycle=cycle, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), point__name="Halle",
        point__hints="Derrière l’église",
    )  # fmt: skip
    now = closes - timedelta(days=1)
    return placing.place_order(**an_order(pickup, user, (OfferFactory(participation=part), count), now=now))


def feed_of(owner, now=NOW):
    return feeding.open_feed(owner=owner, by=None, now=now)


def calendar_of(feed, now=NOW):
    return Calendar.from_ical(feeding.write_calendar(feed_contents(feed=fresh(feed), now=now)))


def test_a_collection_is_read_back_as_it_is():
    group = OrganisationFactory(name="A Sporta")
    user = a_member(group)
    order = an_order_on(user, group, datetime(2026, 11, 28, 10, 0, tzinfo=PARIS))
    calendar = calendar_of(feed_of(user.household))

    (event,) = calendar.events

    assert calendar.calendar_name == "Mes paniers"
    assert event.uid == f"order-{order.pk}@testserver"
    assert event.sequence == 1
    assert event["SUMMARY"] == f"Panier n° {order.number}, A Sporta"
    assert event["LOCATION"] == "Halle, 1 place de l’Église, Venzolasca"
    assert f"code {order.code}" in event["DESCRIPTION"]
    assert "1\u00a0produit" in event["DESCRIPTION"]
    assert "Derrière l’église" in event["DESCRIPTION"]
    assert event["STATUS"] == "CONFIRMED"
    assert (event.start, event.end) == (
        datetime(2026, 11, 28, 10, 0, tzinfo=PARIS), datetime(2026, 11, 28, 12, 0, tzinfo=PARIS),
    )  # fmt: skip
    assert event["DTSTART"].params["TZID"] == "Europe/Paris"
    assert calendar.get_missing_tzids() == set()


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        (datetime(2026, 10, 24, 10, 0), "08:00"),  # the Saturday before the clocks go back: UTC + 2
        (datetime(2026, 10, 25, 10, 0), "09:00"),  # the Sunday itself: UTC + 1
        (datetime(2027, 3, 27, 10, 0), "09:00"),
        (datetime(2027, 3, 28, 10, 0), "08:00"),  # forward: UTC + 2
    ],
)
def test_ten_o_clock_is_ten_o_clock_on_both_sides_of_a_clock_change(local, utc):
    group = OrganisationFactory()
    user = a_member(group)
    an_order_on(user, group, local.replace(tzinfo=PARIS))
    text = feeding.write_calendar(feed_contents(feed=feed_of(user.household), now=NOW)).decode()
    (event,) = Calendar.from_ical(text).events

    assert f"DTSTART;TZID=Europe/Paris:{local:%Y%m%dT%H%M%S}" in text
    assert f"{event.start.astimezone(clock_utc()):%H:%M}" == utc


def clock_utc():
    return clock.now().tzinfo


def test_the_zones_own_rules_say_when_the_clocks_change():
    """What a program without a table of zones reads: +02:00 until 25 October 2026 at 3, +01:00 until 28 March 2027."""
    group = OrganisationFactory()
    user = a_member(group)
    an_order_on(user, group, datetime(2026, 10, 24, 10, 0, tzinfo=PARIS))
    an_order_on(user, group, datetime(2027, 3, 28, 10, 0, tzinfo=PARIS))
    calendar = calendar_of(feed_of(user.household))

    (zone,) = calendar.timezones
    offset = {day: zone.to_tz().utcoffset(datetime(*day, 10, 0)) for day in ((2026, 10, 24), (2026, 10, 25))}
    spring = {day: zone.to_tz().utcoffset(datetime(*day, 10, 0)) for day in ((2027, 3, 27), (2027, 3, 28))}

    assert zone.tz_name == "Europe/Paris"
    assert list(offset.values()) == [timedelta(hours=2), timedelta(hours=1)]
    assert list(spring.values()) == [timedelta(hours=1), timedelta(hours=2)]


def test_a_group_overseas_has_its_own_zone():
    group = OrganisationFactory(time_zone="Indian/Reunion")
    user = a_member(group)
    an_order_on(user, group, datetime(2026, 11, 28, 6, 0, tzinfo=clock_utc()))
    (event,) = calendar_of(feed_of(user.household)).events

    assert event["DTSTART"].params["TZID"] == "Indian/Reunion"
    assert event["DTSTART"].dt.hour == 10


def test_the_same_rows_give_the_same_bytes_and_a_change_a_higher_sequence_under_the_same_uid():
    group = OrganisationFactory()
    user = a_member(group)
    order = an_order_on(user, group, datetime(2026, 11, 28, 10, 0, tzinfo=PARIS))
    feed = feed_of(user.household)
    first, again = (feeding.write_calendar(feed_contents(feed=feed, now=NOW)) for _ in range(2))
    offer = order.lines.get().offer
    placing.place_order(
        **an_order(order.pickup, user, (offer, 3), version=1, now=datetime(2026, 11, 25, 12, tzinfo=PARIS))
    )
    before, (after,) = Calendar.from_ical(first).events[0], calendar_of(feed).events

    assert first == again
    assert before.uid == after.uid
    assert (before.sequence, after.sequence) == (1, 2)
    assert after["LAST-MODIFIED"].dt > before["LAST-MODIFIED"].dt


def test_a_cancelled_order_stays_as_cancelled_without_alarms_or_code():
    group = OrganisationFactory()
    user = a_member(group)
    order = an_order_on(user, group, datetime(2026, 11, 28, 10, 0, tzinfo=PARIS))
    cancelling.cancel_order(order_id=order.pk, by=user, now=NOW)
    (event,) = calendar_of(feed_of(user.household)).events

    assert event["STATUS"] == "CANCELLED"
    assert event.sequence == 2
    assert event["SUMMARY"].startswith("Annulé")
    assert order.code not in event["DESCRIPTION"]
    assert event.alarms.times == []


def test_alarms_come_before_the_collection_and_before_the_close_while_one_may_still_change():
    """Collected on Saturday at 10: at 8. Closed on Thursday at 10: at 7."""
    group = OrganisationFactory()
    user = a_member(group)
    an_order_on(user, group, datetime(2026, 11, 28, 10, 0, tzinfo=PARIS))
    feed = feed_of(user.household)

    rings = [alarm.trigger for alarm in calendar_of(feed).events[0].alarms.times]
    later = [alarm.trigger for alarm in calendar_of(feed, now=CLOSES).events[0].alarms.times]

    assert sorted(rings) == [
        datetime(2026, 11, 26, 7, 0, tzinfo=PARIS), datetime(2026, 11, 28, 8, 0, tzinfo=PARIS),
    ]  # fmt: skip
    assert later == [datetime(2026, 11, 28, 8, 0, tzinfo=PARIS)]


def test_a_slot_narrows_the_hours_and_who_comes_is_named():
    group = OrganisationFactory()
    user = a_member(group)
    order = an_order_on(user, group, datetime(2026, 11, 28, 10, 0, tzinfo=PARIS))
    starts = datetime(2026, 11, 28, 10, 30, tzinfo=PARIS)
    slot = PickupSlot.objects.create(pickup=order.pickup, starts_at=starts, ends_at=starts + timedelta(minutes=30))
    Order.objects.update(slot=slot, collector="Pauline Mattei")
    (event,) = calendar_of(feed_of(user.household)).events

    assert (event.start, event.end) == (starts, starts + timedelta(minutes=30))
    assert "Vient chercher : Pauline Mattei." in event["DESCRIPTION"]


def test_a_name_with_a_line_break_stays_one_property():
    group = OrganisationFactory(name="A Sporta; BEGIN:VEVENT\nDTSTART:x, y")
    user = a_member(group)
    an_order_on(user, group, datetime(2026, 11, 28, 10, 0, tzinfo=PARIS))

    assert len(calendar_of(feed_of(user.household)).events) == 1


def test_what_is_older_than_two_months_leaves_the_calendar():
    group = OrganisationFactory()
    user = a_member(group)
    an_order_on(user, group, NOW - timedelta(days=61))
    an_order_on(user, group, NOW - timedelta(days=59))

    assert len(calendar_of(feed_of(user.household)).events) == 1


def test_the_groups_calendar_has_distributions_and_no_names():
    group = OrganisationFactory(name="A Sporta")
    user = a_member(group)
    order = an_order_on(user, group, datetime(2026, 11, 28, 10, 0, tzinfo=PARIS))
    an_order_on(user, group, datetime(2026, 12, 5, 10, 0, tzinfo=PARIS))
    Cycle.objects.filter(delivery_on=date(2026, 12, 5)).update(cancelled_at=NOW)
    feed = feed_of(group)
    text = feeding.write_calendar(feed_contents(feed=feed, now=NOW)).decode()
    first, second = Calendar.from_ical(text).events

    assert first.uid == f"pickup-{order.pickup_id}@testserver"
    assert (first["STATUS"], second["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert "1\u00a0panier" in first["DESCRIPTION"]
    assert order.code not in text
    assert user.household.name not in text


@pytest.mark.parametrize("orders", [1, 3])
def test_a_calendar_takes_two_queries_however_many_orders(django_assert_num_queries, orders):
    group = OrganisationFactory()
    user = a_member(group)
    for number in range(orders):
        an_order_on(user, group, datetime(2026, 11, 28, 10, 0, tzinfo=PARIS) + timedelta(weeks=number))
    feed = feed_of(user.household)

    with django_assert_num_queries(2):
        feeding.write_calendar(feed_contents(feed=feed, now=NOW))


# the address


def test_an_address_is_made_once_renewed_once_per_form_and_closed():
    user = a_member(OrganisationFactory())
    home = user.household
    feed = feeding.open_feed(owner=home, by=user, now=NOW)

    assert feeding.open_feed(owner=home, by=user, now=NOW) == feed
    assert [feeding.renew_feed(owner=home, seen=feed.key, by=user, now=NOW) for _ in range(2)] == [True, False]
    assert CalendarFeed.objects.get().key != feed.key
    assert [feeding.close_feed(owner=home, by=user, now=NOW) for _ in range(2)] == [True, False]
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["calendar.made", "calendar.renewed", "calendar.closed"]


def test_nobody_renews_anothers_address_with_its_key():
    mine, theirs = a_member(OrganisationFactory()), a_member(OrganisationFactory())
    feed = feed_of(theirs.household)

    assert not feeding.renew_feed(owner=mine.household, seen=feed.key, by=mine, now=NOW)
    assert CalendarFeed.objects.get().key == feed.key


def test_the_page_makes_an_address_that_answers_a_calendar_kept_by_no_cache(client):
    group = OrganisationFactory()
    user = a_member(group)
    an_order_on(user, group, datetime(2026, 11, 28, 10, 0, tzinfo=PARIS))
    client.force_login(user)
    page = reverse("baskets:calendar")

    empty = client.get(page).content.decode()
    made = client.post(page, {"geste": "creer"}, follow=True).content.decode()
    key = CalendarFeed.objects.get().key
    address = reverse("baskets:feed", args=[key])
    client.logout()
    answer = client.get(address)

    assert "Faire une adresse d’agenda" in empty
    assert address in made
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.content.startswith(b"BEGIN:VCALENDAR\r\n")


def test_a_renewed_address_dies_and_an_unknown_one_is_not_found(client):
    user = a_member(OrganisationFactory())
    old = feed_of(user.household).key
    client.force_login(user)

    shown = client.post(reverse("baskets:calendar"), {"geste": "changer", "adresse": old}, follow=True)

    assert "Nouvelle adresse" in shown.content.decode()
    assert client.get(reverse("baskets:feed", args=[old])).status_code == 404
    assert client.get(reverse("baskets:feed", args=[uuid4()])).status_code == 404
    assert client.get(reverse("baskets:feed", args=[CalendarFeed.objects.get().key])).status_code == 200


def test_a_garbled_gesture_changes_no_address(client):
    user = a_member(OrganisationFactory())
    key = feed_of(user.household).key
    client.force_login(user)

    for data in ({"geste": "changer", "adresse": "x"}, {"geste": "??"}, {}):
        assert client.post(reverse("baskets:calendar"), data).status_code == 302

    assert CalendarFeed.objects.get().key == key


def test_a_volunteer_makes_the_groups_address(client):
    group = OrganisationFactory()
    client.force_login(a_role(a_member(group), group, RoleKind.VOLUNTEER))
    page = reverse("baskets:group_calendar", args=[group.slug])

    shown = client.post(page, {"geste": "creer"}, follow=True).content.decode()

    assert CalendarFeed.objects.get().organisation == group
    assert "sans aucun nom" in shown
