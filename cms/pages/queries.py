"""What the shop window shows of the domain, live."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cagette.people.models import Organisation
from cagette.places.models import DeliveryPoint, Territory
from orders.cycles.queries import finding
from producers.models import Producer


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A point or farm on the map: where, in the map's own units."""

    number: int
    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class TerritoryWindow:
    """All that a territory's page shows."""

    points: list[DeliveryPoint]
    nexts: list[finding.NextPickup]
    producers: list[tuple[Producer, str]]
    marks: list[MapPoint]
    farms: list[MapPoint]
    now: datetime


MAP_WIDTH, MAP_HEIGHT, MARGIN = 360.0, 479.0, 34.0


def territory_window(*, territory: Territory, now: datetime) -> TerritoryWindow:
    """Five queries, however many points and farms."""
    communes = {commune.pk: commune for commune in territory.communes.all()}
    points = list(
        DeliveryPoint.objects.filter(is_active=True, commune__in=communes)
        .select_related("commune", "organisation")
        .order_by("-latitude", "pk")
    )
    farms = Producer.objects.filter(organisation__commune_code__in=communes).select_related("organisation")
    producers = [(farm, communes[farm.organisation.commune_code].name) for farm in farms.order_by("organisation__name")]
    places = [(point.name.split(",")[0], point) for point in points]
    spots = [(float(p.latitude), float(p.longitude)) for p in points]
    farm_spots = [_spot(communes[farm.organisation.commune_code]) for farm, _name in producers]
    scale = _Scale([*spots, *farm_spots])
    return TerritoryWindow(
        points=points,
        nexts=finding.next_pickups(now=now, territory=territory),
        producers=producers,
        marks=[
            MapPoint(n, name, *scale.at(spot))
            for n, ((name, _p), spot) in enumerate(zip(places, spots, strict=True), 1)
        ],
        farms=[
            MapPoint(0, f.organisation.name, *scale.at(s)) for (f, _n), s in zip(producers, farm_spots, strict=True)
        ],
        now=now,
    )


def _spot(commune: Any) -> tuple[float, float]:
    return float(commune.latitude or 0), float(commune.longitude or 0)


class _Scale:
    """From degrees to the map: the spots fill it, a degree of longitude is shorter than one of latitude."""

    def __init__(self, spots: list[tuple[float, float]]) -> None:
        latitudes, longitudes = [s[0] for s in spots] or [42.0], [s[1] for s in spots] or [9.0]
        self.north, self.west = max(latitudes), min(longitudes)
        high = max(self.north - min(latitudes), 0.02)
        wide = max(max(longitudes) - self.west, 0.02) * 0.74
        self.factor = min((MAP_HEIGHT - 2 * MARGIN) / high, (MAP_WIDTH - 3 * MARGIN) / wide)

    def at(self, spot: tuple[float, float]) -> tuple[float, float]:
        x = MARGIN + (spot[1] - self.west) * 0.74 * self.factor
        return round(x, 1), round(MARGIN + (self.north - spot[0]) * self.factor, 1)


@dataclass(frozen=True, slots=True)
class HomeWindow:
    """All that the home page shows besides its own words."""

    nexts: list[finding.NextPickup]
    groups: int
    now: datetime


def home_window(*, now: datetime) -> HomeWindow:
    """Three queries."""
    return HomeWindow(
        nexts=finding.next_pickups(now=now, limit=9),
        groups=Organisation.objects.filter(delivery_points__is_active=True).distinct().count(),
        now=now,
    )
