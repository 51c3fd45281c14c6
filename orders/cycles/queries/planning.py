"""What the plan of a sale is made from: a group's farms and points, and its last sale."""

from dataclasses import dataclass
from datetime import date

from cagette.core import words
from cagette.people.models import Organisation
from cagette.places.models import DeliveryPoint
from orders.cycles.models import Cycle
from orders.cycles.queries.farms import Pauses, invited_farms, listed_farms, pause_in_words, pauses_of
from producers.models import Listing


@dataclass(frozen=True, slots=True)
class Ground:
    """Who may come and where: the farms that a group lists, those that have not accepted yet, its points."""

    farms: list[Listing]
    not_yet: list[Listing]
    points: list[DeliveryPoint]
    pauses: Pauses

    def notes(self, producer_id: int) -> list[str]:
        """What a farm has said of its coming weeks."""
        return [pause_in_words(pause) for pause in self.pauses.by_producer.get(producer_id, [])]

    @property
    def not_yet_names(self) -> str:
        return words.listed([listing.producer.organisation.name for listing in self.not_yet])


def ground_of(group: Organisation, *, today: date) -> Ground:
    """Four queries."""
    farms = listed_farms(group)
    points = list(group.delivery_points.filter(is_active=True).order_by("name"))
    pauses = pauses_of([listing.producer_id for listing in farms], from_on=today)
    return Ground(farms, invited_farms(group), points, pauses)


def last_cycle(group: Organisation) -> Cycle | None:
    """The cycle to plan the next one after: the last that was not called off. Three queries with its parts."""
    cycles = Cycle.objects.filter(organisation=group, cancelled_at=None).select_related("organisation")
    return cycles.prefetch_related("participations", "pickups__slots").order_by("-delivery_on", "-pk").first()
