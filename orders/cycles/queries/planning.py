"""What planning reads: a group's sales, its farms."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from cagette.people.models import Organisation
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle
from producers.enums import ListingState
from producers.models import Listing


@dataclass(frozen=True, slots=True)
class PlanningPage:
    """A group's cycles: those to come or open, and the last ones."""

    group: Organisation
    coming: list[Cycle]
    past: list[Cycle]
    now: datetime


def planning_page(*, group: Organisation, now: datetime) -> PlanningPage:
    """One query: the cycles with their counts and states."""
    cycles = Cycle.objects.filter(organisation=group).annotate(
        farms=Count("participations", distinct=True),
        places=Count("pickups", distinct=True),
        planned=Count("participations", filter=Q(participations__state=SaleState.PLANNED), distinct=True),
        open=Count("participations", filter=Q(participations__state=SaleState.OPEN), distinct=True),
        uninvited=Count("participations", filter=Q(participations__invited_at=None), distinct=True),
    )
    found: list[Cycle] = [*cycles.order_by("-closes_at", "-pk")[:100]]
    today = group.local(now).date()
    coming = [cycle for cycle in found if cycle.delivery_on >= today]
    return PlanningPage(group=group, coming=coming[::-1], past=[c for c in found if c.delivery_on < today], now=now)


def listed_farms(group: Organisation) -> list[Listing]:
    """The farms that a group lists, by name."""
    listings = group.listings.filter(state=ListingState.ACCEPTED).select_related("producer__organisation")
    return list(listings.order_by("producer__organisation__name"))


def last_cycle(group: Organisation) -> Cycle | None:
    """The cycle to plan the next one after."""
    return Cycle.objects.filter(organisation=group).order_by("-delivery_on", "-pk").first()
