"""Finding a commune by what a person types, and the delivery points near it."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

from django.db.models import Case, IntegerField, Q, Value, When

from cagette.places.models import Commune, DeliveryPoint

EARTH_KM = 6371
_SHORT = {"st": "saint", "ste": "sainte"}


def plain(name: str) -> str:
    """A name without accents, capitals and signs, to sort and find by: "L’Haÿ-les-Roses" is "l hay les roses"."""
    text = name.lower().replace("œ", "oe").replace("æ", "ae")
    text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    words = re.sub(r"[^a-z0-9]+", " ", text).split()
    return " ".join(_SHORT.get(word, word) for word in words)


def find_communes(typed: str, *, limit: int = 8) -> list[Commune]:
    """The communes that a name or postcode may mean: one query. The exact name first, then names that begin so, then
    names with such a word, each by its people. Accents and capitals do not count, "St" is "Saint"."""
    text = plain(typed[:100])
    located = Commune.objects.exclude(latitude=None).exclude(longitude=None)
    if re.fullmatch(r"\d{5}", text):
        return list(located.filter(postcodes__contains=text).order_by("-population", "code")[:limit])
    if len(text) < 2:
        return []
    begins, holds = Q(sort_name__startswith=text), Q(sort_name__contains=f" {text}")
    cases = [When(sort_name=text, then=Value(0)), When(begins, then=Value(1))]
    rank = Case(*cases, default=Value(2), output_field=IntegerField())
    return list(located.filter(begins | holds).order_by(rank, "-population", "code")[:limit])


def find_commune(typed: str) -> Commune | None:
    """The likeliest of them."""
    return next(iter(find_communes(typed, limit=1)), None)


@dataclass(frozen=True, slots=True)
class NearPoint:
    """A delivery point, and how far it is when it is known from where."""

    point: DeliveryPoint
    kilometres: int | None


def points_near(commune: Commune | None) -> list[NearPoint]:
    """The points in service, nearest first; without a commune by name. One query."""
    points = DeliveryPoint.objects.filter(is_active=True).select_related("commune", "organisation")
    if commune is None:
        return [NearPoint(point, None) for point in points.order_by("name", "pk")]
    near = [NearPoint(point, kilometres(commune, point)) for point in points]
    return sorted(near, key=lambda one: (one.kilometres, one.point.name, one.point.pk))


def kilometres(commune: Commune, point: DeliveryPoint) -> int:
    """How far as the crow flies (haversine), in whole kilometres."""
    here, there = _radians(commune.latitude, commune.longitude), _radians(point.latitude, point.longitude)
    half = sin((there[0] - here[0]) / 2) ** 2 + cos(here[0]) * cos(there[0]) * sin((there[1] - here[1]) / 2) ** 2
    return round(2 * EARTH_KM * asin(sqrt(half)))


def _radians(latitude: Decimal | None, longitude: Decimal | None) -> tuple[float, float]:
    return radians(float(latitude or 0)), radians(float(longitude or 0))
