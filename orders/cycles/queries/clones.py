"""What a sale like another one would take from it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cagette.people.models import Organisation
from orders.cycles.models import Cycle, Offer
from producers.enums import ListingState


@dataclass(frozen=True, slots=True)
class LikePage:
    """All that the page shows before a sale is planned like another one. left_out: farms and points that the group has
    no more."""

    group: Organisation
    cycle: Cycle
    day: date
    farms: list[str]
    points: list[str]
    left_out: list[str]
    offers: int
    fees: int


def like_page(*, cycle: Cycle, now: datetime) -> LikePage:
    """Five queries."""
    group = cycle.organisation
    listed = set(group.listings.filter(state=ListingState.ACCEPTED).values_list("producer_id", flat=True))
    parts = cycle.participations.select_related("producer__organisation").order_by("producer__organisation__name")
    pickups = cycle.pickups.select_related("point").order_by("starts_at", "pk")
    farms = [(part.producer.organisation.name, part.producer_id in listed) for part in parts]
    points = [(pickup.point.name, pickup.point.is_active) for pickup in pickups]
    return LikePage(
        group=group,
        cycle=cycle,
        day=_next_day(cycle, now),
        farms=[name for name, stays in farms if stays],
        points=[name for name, stays in points if stays],
        left_out=[name for name, stays in farms + points if not stays],
        offers=Offer.objects.filter(participation__cycle=cycle, participation__producer__in=listed).count(),
        fees=cycle.fees.count(),
    )


def _next_day(cycle: Cycle, now: datetime) -> date:
    """So many weeks later that its close has not passed."""
    weeks = 1
    while cycle.closes_at + timedelta(weeks=weeks) <= now:
        weeks += 1
    return cycle.delivery_on + timedelta(weeks=weeks)
