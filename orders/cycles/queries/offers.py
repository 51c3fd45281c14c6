"""A farm's offers in one sale."""

from dataclasses import dataclass
from datetime import datetime

from cagette.people.models import Organisation
from orders.cycles.models import Offer, Participation


@dataclass(frozen=True, slots=True)
class OffersPage:
    """A farm's offers in one sale."""

    farm: Organisation
    participation: Participation
    offers: list[Offer]
    is_open: bool
    now: datetime


def offers_page(*, participation: Participation, now: datetime) -> OffersPage:
    """One query: the offers of a participation."""
    offers = list(participation.offers.select_related("product", "stock").order_by("product__name", "pk"))
    farm = participation.producer.organisation
    return OffersPage(farm, participation, offers, participation.is_open(now), now)
