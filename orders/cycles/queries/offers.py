"""A farm's offers in one sale."""

from dataclasses import dataclass
from datetime import datetime

from cagette.people.models import Organisation
from orders.cycles.models import Offer, Participation
from producers.facts import facts_of
from producers.queries.catalogue import Entry


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer as its farm corrects it, with the fingerprint of what the form of its words shows."""

    offer: Offer
    per: str
    seen: str


@dataclass(frozen=True, slots=True)
class OffersPage:
    """A farm's offers in one sale."""

    farm: Organisation
    participation: Participation
    rows: list[OfferRow]
    is_open: bool
    now: datetime


def offers_page(*, participation: Participation, now: datetime) -> OffersPage:
    """One query: the offers of a participation."""
    offers = participation.offers.select_related("product", "stock").order_by("product__name", "pk")
    rows = [OfferRow(offer, Entry(offer.product, None).per, facts_of(offer.product).fingerprint) for offer in offers]
    farm = participation.producer.organisation
    return OffersPage(farm, participation, rows, participation.is_open(now), now)
