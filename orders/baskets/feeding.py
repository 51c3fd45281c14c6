"""Calendars that read by themselves (ICS): a secret address per household or group, and what stands behind it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from icalendar import Alarm, Calendar, Event, Timezone

from cagette.core import audit, words
from cagette.people.models import Household, Organisation, User
from orders.baskets.enums import OrderState
from orders.baskets.models import CalendarFeed
from orders.baskets.queries.calendars import Collecting, Distribution, FeedContents
from orders.cycles.models import Pickup

BEFORE_COLLECTION = timedelta(hours=2)
BEFORE_CLOSE = timedelta(hours=3)


@transaction.atomic
def open_feed(*, owner: Household | Organisation, by: User, now: datetime) -> CalendarFeed:
    """Give a household or a group a secret address for calendars; twice gives the same one again."""
    feed, made = CalendarFeed.objects.get_or_create(**_owner(owner), defaults={"made_at": now})
    if made:
        _note("calendar.made", owner, by, now)
    return feed


@transaction.atomic
def renew_feed(*, owner: Household | Organisation, seen: UUID, by: User, now: datetime) -> bool:
    """Change the address: the old one opens nothing from then on. seen: the key that the form was shown with, so that
    the same form twice makes one new address; whether it changed."""
    renewed = CalendarFeed.objects.filter(pk=seen, **_owner(owner)).update(key=uuid4(), made_at=now)
    if renewed:
        _note("calendar.renewed", owner, by, now)
    return bool(renewed)


@transaction.atomic
def close_feed(*, owner: Household | Organisation, by: User, now: datetime) -> bool:
    """Let no calendar read any more; twice is once."""
    gone, _by_model = CalendarFeed.objects.filter(**_owner(owner)).delete()
    if gone:
        _note("calendar.closed", owner, by, now)
    return bool(gone)


def _owner(owner: Household | Organisation) -> dict[str, Household | Organisation]:
    return {"organisation" if isinstance(owner, Organisation) else "household": owner}


def _note(verb: str, owner: Household | Organisation, by: User, now: datetime) -> None:
    is_group = isinstance(owner, Organisation)
    subject = f"{'organisation' if is_group else 'household'}:{owner.pk}"
    audit.note(verb, subject=subject, by=by, now=now, scope_id=owner.pk if is_group else None)


def write_calendar(contents: FeedContents) -> bytes:
    """The calendar as RFC 5545 has it, times in each group's own zone; the same rows give the same bytes."""
    feed = contents.feed
    uid = _uid("household", feed.household_id) if feed.household_id else _uid("organisation", feed.organisation_id or 0)
    calendar = Calendar.new(
        prodid="-//Cagette//FR", uid=uid, name=_name(contents), refresh_interval=timedelta(hours=1)
    )  # fmt: skip
    pickups = [c.order.pickup for c in contents.collections] + [d.pickup for d in contents.distributions]
    for zone, first, last in sorted(_zones(pickups, contents.now)):
        calendar.add_component(_timezone(zone, first, last))
    for collecting in contents.collections:
        calendar.add_component(_collection(collecting, contents.now))
    for distribution in contents.distributions:
        calendar.add_component(_distribution(distribution))
    return bytes(calendar.to_ical())


def _name(contents: FeedContents) -> str:
    group = contents.feed.organisation
    return f"Distributions, {group.name}" if group else "Mes paniers"


def _zones(pickups: list[Pickup], now: datetime) -> set[tuple[str, int, int]]:
    """The zones that are named, each with the years that its clock changes must be told of."""
    years = [pickup.starts_at.year for pickup in pickups] + [now.year]
    return {(pickup.cycle.organisation.time_zone, min(years), max(years)) for pickup in pickups}


@lru_cache(maxsize=64)
def _timezone(zone: str, first: int, last: int) -> Timezone:
    """A zone's rules around these years; computed once, it takes a while."""
    return Timezone.from_tzinfo(ZoneInfo(zone), first_date=date(first - 1, 1, 1), last_date=date(last + 2, 1, 1))


def _uid(kind: str, pk: int) -> str:
    return f"{kind}-{pk}@{urlsplit(settings.BASE_URL).hostname or 'cagette'}"


def _place(pickup: Pickup) -> str:
    return ", ".join(filter(None, [pickup.point.name, pickup.point.address, pickup.point.commune.name]))


def _collection(collecting: Collecting, now: datetime) -> Event:
    order, pickup = collecting.order, collecting.order.pickup
    group, hours = pickup.cycle.organisation, order.slot or pickup
    cancelled = order.state == OrderState.CANCELLED
    link = settings.BASE_URL + reverse("baskets:order", args=[group.slug, pickup.pk])
    summary = f"Panier n° {order.number}, {group.name}"
    return Event.new(
        uid=_uid("order", order.pk),
        sequence=order.version,
        stamp=order.changed_at,
        last_modified=order.changed_at,
        start=group.local(hours.starts_at),
        end=group.local(hours.ends_at),
        summary=f"Annulé : {summary}" if cancelled else summary,
        location=_place(pickup),
        description="\n".join(_told(collecting, link)),
        url=link,
        status="CANCELLED" if cancelled else "CONFIRMED",  # type: ignore[arg-type]
        subcomponents=[] if cancelled else list(_alarms(collecting, now)),
    )


def _told(collecting: Collecting, link: str) -> Iterator[str]:
    order = collecting.order
    if order.state == OrderState.CANCELLED:
        yield "Cette commande est annulée."
    else:
        products = words.count_of(collecting.products, "produit", "produits")
        yield f"Panier n° {order.number}, code {order.code}, {products}."
        if order.collector:
            yield f"Vient chercher : {order.collector}."
        if order.pickup.point.hints:
            yield order.pickup.point.hints
    yield link


def _alarms(collecting: Collecting, now: datetime) -> Iterator[Alarm]:
    """Two hours before the collection; and three before the last of its farms closes, while one still takes orders."""
    number = collecting.order.number
    before = Alarm.new(description=f"Panier n° {number} à retirer")
    before.add("action", "DISPLAY")
    before.TRIGGER = -BEFORE_COLLECTION
    yield before
    if collecting.closes_at is not None and collecting.closes_at > now:
        until = words.moment(collecting.order.pickup.cycle.organisation.local(collecting.closes_at))
        last = Alarm.new(description=f"Panier n° {number} : à changer avant {until}")
        last.add("action", "DISPLAY")
        last.TRIGGER = collecting.closes_at - BEFORE_CLOSE
        yield last


def _distribution(distribution: Distribution) -> Event:
    pickup = distribution.pickup
    cycle, group = pickup.cycle, pickup.cycle.organisation
    cancelled = cycle.cancelled_at is not None
    summary = f"Distribution, {pickup.point.name}"
    stamp = cycle.cancelled_at or cycle.created_at
    return Event.new(
        uid=_uid("pickup", pickup.pk),
        stamp=stamp,
        start=group.local(pickup.starts_at),
        end=group.local(pickup.ends_at),
        summary=f"Annulée : {summary}" if cancelled else summary,
        location=_place(pickup),
        description=f"{cycle.name}\n{words.count_of(distribution.baskets, 'panier', 'paniers')}",
        status="CANCELLED" if cancelled else "CONFIRMED",  # type: ignore[arg-type]
    )
