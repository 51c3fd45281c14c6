"""What the plan of a sale is made from: a group's farms and points, and its last sale."""

from dataclasses import dataclass, field
from datetime import date

from cagette.core import words
from cagette.people.models import Organisation
from cagette.places.models import DeliveryPoint
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, Participation
from orders.cycles.queries.farms import Pauses, invited_farms, listed_farms, pause_in_words, pauses_of
from producers.models import Listing


@dataclass(frozen=True, slots=True)
class Ground:
    """Who may come and where: the farms that a group lists, those that have not accepted yet, its points. Of a sale
    that is changed: refusals, what a farm said that does not come; leaving, who is in it and is not listed any more."""

    farms: list[Listing]
    not_yet: list[Listing]
    points: list[DeliveryPoint]
    pauses: Pauses
    refusals: dict[int, str] = field(default_factory=dict)
    leaving: list[str] = field(default_factory=list)

    def notes(self, producer_id: int) -> list[str]:
        """What a farm has said of its coming weeks, and of this sale."""
        said = [pause_in_words(pause) for pause in self.pauses.by_producer.get(producer_id, [])]
        if producer_id in self.refusals:
            said.append(self.refusals[producer_id])
        return said

    @property
    def not_yet_names(self) -> str:
        return words.listed([listing.producer.organisation.name for listing in self.not_yet])


def ground_of(group: Organisation, *, today: date, cycle: Cycle | None = None) -> Ground:
    """Four queries; one more for a sale that is changed."""
    farms = listed_farms(group)
    listed = {listing.producer_id for listing in farms}
    points = list(group.delivery_points.filter(is_active=True).order_by("name"))
    parts = list(cycle.participations.select_related("producer__organisation").order_by("pk")) if cycle else []
    return Ground(
        farms=farms,
        not_yet=invited_farms(group),
        points=points,
        pauses=pauses_of(listed, from_on=today),
        refusals={part.producer_id: _refusal(part) for part in parts if part.state == SaleState.DECLINED},
        leaving=[part.producer.organisation.name for part in parts if part.producer_id not in listed],
    )


def _refusal(part: Participation) -> str:
    said = "a répondu qu’elle ne vient pas cette fois"
    return f"{said} (« {part.answer_note} »)" if part.answer_note else said


def last_cycle(group: Organisation) -> Cycle | None:
    """The cycle to plan the next one after: the last that was not called off. Three queries with its parts."""
    cycles = Cycle.objects.filter(organisation=group, cancelled_at=None).select_related("organisation")
    return cycles.prefetch_related("participations", "pickups__slots").order_by("-delivery_on", "-pk").first()
