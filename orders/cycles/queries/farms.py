"""Which farms a group can count on, and when they are closed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef

from cagette.core import words
from cagette.people.models import Organisation
from producers.enums import ListingState
from producers.listed import pauses_from
from producers.models import Listing, Pause


def listed_farms(group: Organisation) -> list[Listing]:
    """The farms that a group lists, by name: one query."""
    listings = group.listings.filter(state=ListingState.ACCEPTED).select_related("producer__organisation")
    return list(listings.order_by("producer__organisation__name"))


def invited_farms(group: Organisation) -> list[Listing]:
    """The farms that have not accepted to be listed yet, by name: one query."""
    listings = group.listings.filter(state=ListingState.INVITED).select_related("producer__organisation")
    return list(listings.order_by("producer__organisation__name"))


def is_closed_on(day: date) -> Exists:
    """Of a listing: whether its farm has said that it is closed that day."""
    pauses = Pause.objects.filter(ended_at=None, from_on__lte=day, until_on__gte=day)
    return Exists(pauses.filter(producer=OuterRef("producer")))


@dataclass(frozen=True, slots=True)
class Pauses:
    """The pauses of some farms, by producer."""

    by_producer: dict[int, list[Pause]]

    def on(self, producer_id: int, day: date) -> Pause | None:
        """The pause that a day falls into."""
        found = self.by_producer.get(producer_id, [])
        return next((pause for pause in found if pause.from_on <= day <= pause.until_on), None)


def pauses_of(producer_ids: Iterable[int], *, from_on: date) -> Pauses:
    """What farms have said of their pauses that are not over on a day: one query."""
    found: dict[int, list[Pause]] = defaultdict(list)
    for pause in pauses_from(sorted(set(producer_ids)), from_on):
        found[pause.producer_id].append(pause)
    return Pauses(dict(found))


def pause_in_words(pause: Pause) -> str:
    """fermée du lundi 21 décembre au samedi 2 janvier (congés)."""
    said = f"fermée du {words.day(pause.from_on)} au {words.day(pause.until_on)}"
    return f"{said} ({pause.note})" if pause.note else said
