"""Finding a commune by what a person types, and how far it is from a point."""

import re
from math import asin, cos, radians, sin, sqrt

from django.utils.text import slugify

from cagette.places.models import Commune, DeliveryPoint

EARTH_KM = 6371


def find_commune(typed: str) -> Commune | None:
    """The commune that a name or postcode means: the exact name first, then the most people. Accents and
    capitals do not count."""
    text = slugify(typed).replace("-", " ").strip()
    located = Commune.objects.exclude(latitude=None).order_by("-population")
    if re.fullmatch(r"\d{5}", text):
        return located.filter(postcodes__contains=text).first()
    if len(text) < 2:
        return None
    return located.filter(sort_name=text).first() or located.filter(sort_name__startswith=text).first()


def kilometres(commune: Commune, point: DeliveryPoint) -> int:
    """How far as the crow flies (haversine), in whole kilometres."""
    here = radians(float(commune.latitude or 0)), radians(float(commune.longitude or 0))
    there = radians(float(point.latitude)), radians(float(point.longitude))
    half = sin((there[0] - here[0]) / 2) ** 2 + cos(here[0]) * cos(there[0]) * sin((there[1] - here[1]) / 2) ** 2
    return round(2 * EARTH_KM * asin(sqrt(half)))
