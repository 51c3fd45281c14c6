"""Cloning a sale for another day: farms, points, slots, rules, fees, every offer with its prices; in few queries."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from cagette.core.localtime import instant
from cagette.people.models import Organisation, User
from orders.cycles import deciding, planning
from orders.cycles.checking import CyclePlan, PlannedParticipation, PlannedPickup
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, Participation, Pickup
from orders.cycles.queries.farms import is_closed_on
from producers.enums import ListingState


@transaction.atomic
def clone_cycle(*, cycle_id: int, delivery_on: date, by: User, now: datetime, key: UUID | None = None) -> Cycle:
    """Plan a sale like another one, delivered on another day: every hour keeps what clocks show (right across DST), and
    offers keep the prices that the other sale has now. Farms that are closed that day, farms and
    points that the group has no more are left out.

    At most 20 queries, however many offers; they take the stock of their new day when it opens. key: the form's; the
    same key again returns the cycle that it made. Raises PlanRefused, HourMissing.
    """
    source = Cycle.objects.select_related("organisation").get(pk=cycle_id)
    group = source.organisation
    plan = shifted(source, delivery_on=delivery_on)
    cycle = planning.plan_cycle(group=group, by=by, plan=plan, now=now, key=key, like=source)
    _copy_offers(source, cycle)
    return cycle


def _copy_offers(source: Cycle, cycle: Cycle) -> None:
    """All offers of the farms that come again, in one statement: a season's 3,000 never pass through Python."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cycles_offer (participation_id, product_id, unit_price, producer_price, is_available) "
            "SELECT new.id, o.product_id, o.unit_price, o.producer_price, o.is_available FROM cycles_offer AS o "
            "JOIN cycles_participation AS old ON old.id = o.participation_id "
            "JOIN cycles_participation AS new ON new.producer_id = old.producer_id AND new.cycle_id = %s "
            "WHERE old.cycle_id = %s ORDER BY o.id ON CONFLICT DO NOTHING",  # the same form again
            [cycle.pk, source.pk],
        )


def shifted(source: Cycle, *, delivery_on: date) -> CyclePlan:
    """The plan of a sale for another day: five queries. Raises HourMissing."""
    days = delivery_on - source.delivery_on
    group = source.organisation
    coming = group.listings.filter(~is_closed_on(delivery_on), state=ListingState.ACCEPTED)
    listed = set(coming.values_list("producer_id", flat=True))
    parts = source.participations.order_by("pk")
    if source.cancelled_at is None:  # one that is called off whole is planned again whole
        parts = parts.exclude(state=SaleState.CANCELLED)
    pickups = source.pickups.filter(point__is_active=True).prefetch_related("slots").order_by("pk")
    return CyclePlan(
        name="",
        delivery_on=delivery_on,
        opens_at=_moved(source.opens_at, days, group),
        closes_at=_moved(source.closes_at, days, group),
        participations=tuple(_part(source, part, days) for part in parts if part.producer_id in listed),
        pickups=tuple(
            PlannedPickup(
                pickup.point_id, _moved(pickup.starts_at, days, group), _moved(pickup.ends_at, days, group),
                pickup.capacity, *_slots_of(pickup),
            )
            for pickup in pickups
        ),
        rules=deciding.rules_of_cycle(source),
        fees=deciding.terms_of(source.fees.order_by("pk")),
    )  # fmt: skip


def _part(source: Cycle, part: Participation, days: timedelta) -> PlannedParticipation:
    own = None if part.closes_at == source.closes_at else _moved(part.closes_at, days, source.organisation)
    return PlannedParticipation(part.producer_id, own, part.minimum)


def _slots_of(pickup: Pickup) -> tuple[int | None, int | None]:
    slots = sorted(pickup.slots.all(), key=lambda slot: slot.starts_at)
    if not slots:
        return None, None
    return int((slots[0].ends_at - slots[0].starts_at).total_seconds() // 60), slots[0].capacity


def _moved(when: datetime, days: timedelta, group: Organisation) -> datetime:
    """The same hour on another day, as the group's clocks show it."""
    return instant(group.local(when).replace(tzinfo=None) + days, group.zone)
