"""Finding a point, and what can be ordered there."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from cagette.people.models import Membership, Organisation
from cagette.places import finding
from cagette.places.models import Commune, DeliveryPoint, Territory
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, Participation, Pickup
from producers.enums import ListingState
from producers.models import Listing


@dataclass(frozen=True, slots=True)
class NextPickup:
    """A pickup to come, as boards show it: open now, or opening at a known time."""

    pickup: Pickup
    point: DeliveryPoint
    group: Organisation
    cycle: Cycle
    is_open: bool
    farms: list[str]


def next_pickups(
    *,
    now: datetime,
    group_id: int | None = None,
    point_ids: "list[int] | None" = None,
    territory: Territory | None = None,
    limit: int = 500,
) -> list[NextPickup]:
    """Pickups that can be ordered for, now or soon: two queries. Closed ones are left out."""
    coming = Q(cycle__participations__state=SaleState.OPEN, cycle__participations__closes_at__gt=now) | Q(
        cycle__participations__state=SaleState.PLANNED
    )
    pickups = Pickup.objects.filter(coming, starts_at__gt=now).select_related("cycle__organisation", "point__commune")
    if group_id is not None:
        pickups = pickups.filter(cycle__organisation_id=group_id)
    if point_ids is not None:
        pickups = pickups.filter(point_id__in=point_ids)
    if territory is not None:
        pickups = pickups.filter(point__commune__territories=territory)
    found = list(pickups.distinct().order_by("starts_at", "pk")[:limit])
    parts: dict[int, list[Participation]] = defaultdict(list)
    for part in _parts({pickup.cycle_id for pickup in found}):
        parts[part.cycle_id].append(part)
    return [
        NextPickup(
            pickup=pickup,
            point=pickup.point,
            group=pickup.cycle.organisation,
            cycle=pickup.cycle,
            is_open=any(part.is_open(now) for part in parts[pickup.cycle_id]),
            farms=[part.producer.organisation.name for part in parts[pickup.cycle_id]],
        )
        for pickup in found
    ]


def _parts(cycle_ids: set[int]) -> "QuerySet[Participation]":
    coming = Participation.objects.exclude(state__in=(SaleState.DECLINED, SaleState.CANCELLED))
    parts = coming.filter(cycle_id__in=cycle_ids).select_related("producer__organisation")
    return parts.order_by("producer__organisation__name", "pk")


@dataclass(frozen=True, slots=True)
class PointRow:
    """A point in the finder: how far, and its next pickup."""

    point: DeliveryPoint
    kilometres: int | None
    next: NextPickup | None


@dataclass(frozen=True, slots=True)
class PointsPage:
    """All that the finder shows."""

    search: str
    commune: Commune | None
    rows: list[PointRow]
    now: datetime


def points_page(*, search: str, now: datetime) -> PointsPage:
    """Four queries at the most: points, nearest first when a commune is found, each with its next pickup."""
    commune = finding.find_commune(search) if search else None
    near = finding.points_near(commune)
    nexts: dict[int, NextPickup] = {}
    for item in next_pickups(now=now, point_ids=[one.point.pk for one in near]):
        nexts.setdefault(item.point.pk, item)
    rows = [PointRow(one.point, one.kilometres, nexts.get(one.point.pk)) for one in near]
    return PointsPage(search=search, commune=commune, rows=rows, now=now)


@dataclass(frozen=True, slots=True)
class PointPage:
    """All that a point's page shows."""

    point: DeliveryPoint
    nexts: list[NextPickup]
    farms: list[str]
    is_member: bool
    now: datetime


def point_page(*, point: DeliveryPoint, household_id: int | None, now: datetime) -> PointPage:
    """Four queries."""
    listings = Listing.objects.filter(organisation_id=point.organisation_id, state=ListingState.ACCEPTED)
    farms = listings.order_by("producer__organisation__name").values_list("producer__organisation__name", flat=True)
    members = Membership.objects.filter(
        household_id=household_id or 0, organisation_id=point.organisation_id, ended_on=None
    )
    return PointPage(
        point=point,
        nexts=next_pickups(now=now, point_ids=[point.pk]),
        farms=list(farms),
        is_member=household_id is not None and members.exists(),
        now=now,
    )
