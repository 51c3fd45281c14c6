"""From what a template keeps to the plan of a day: read once, drafted for as many days as are asked."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from cagette.core.localtime import instant
from cagette.core.money import Money
from cagette.people.models import Organisation
from orders.cycles.checking import CyclePlan, PlannedParticipation, PlannedPickup
from orders.cycles.deciding import Rules
from orders.cycles.models import CycleTemplate
from orders.cycles.queries.farms import Pauses, pause_in_words, pauses_of
from producers.enums import ListingState


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan made from a template; who and what is gone for good since, and the farms that are closed that day."""

    plan: CyclePlan
    gone: list[str]
    closed: list[str]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a template keeps, and what the group still has of it. farms, points: names by key, of those still there."""

    template: CycleTemplate
    farms: dict[int, str]
    points: dict[int, str]
    gone: list[str]
    pauses: Pauses

    def draft(self, day: date) -> Draft:
        """The plan for a day of delivery: no query. Raises HourMissing where the clocks skip an hour."""
        kept, on = self.template.plan, _Clock(self.template.organisation, day)
        rules = dict(kept["rules"])
        closed = {pk: pause for pk in self.farms if (pause := self.pauses.on(pk, day))}
        plan = CyclePlan(
            name=kept["name"],
            delivery_on=day,
            opens_at=on.at(kept["opens"]),
            closes_at=on.at(kept["closes"]),
            participations=tuple(
                PlannedParticipation(f["producer"], on.at(f["closes"]) if f["closes"] else None, Money(f["minimum"]))
                for f in kept["farms"]
                if f["producer"] in self.farms and f["producer"] not in closed
            ),
            pickups=tuple(_pickup(p, on) for p in kept["points"] if p["point"] in self.points),
            rules=Rules(**{**rules, "order_minimum": Money(rules["order_minimum"])}),
        )
        said = [f"{self.farms[pk]}, {pause_in_words(pause)}" for pk, pause in closed.items()]
        return Draft(plan, self.gone, said)


def read_template(template: CycleTemplate, *, from_on: date) -> Kept:
    """Look up a template's farms and points, and the pauses from a day on: three queries."""
    group, kept = template.organisation, template.plan
    producers = {farm["producer"] for farm in kept["farms"]}
    listings = group.listings.filter(producer__in=producers).select_related("producer__organisation").order_by("pk")
    listed = {row.producer_id: row for row in listings}
    points = group.delivery_points.filter(pk__in=[point["point"] for point in kept["points"]]).order_by("pk")
    names = {pk: row.producer.organisation.name for pk, row in listed.items()}
    accepted = {pk: names[pk] for pk, row in listed.items() if row.state == ListingState.ACCEPTED}
    known = list(points)
    active = {point.pk: point.name for point in known if point.is_active}
    gone = [names[pk] for pk in listed if pk not in accepted]
    gone += [point.name for point in known if point.pk not in active]
    return Kept(template, accepted, active, gone, pauses_of(accepted, from_on=from_on))


def draft(template: CycleTemplate, *, delivery_on: date) -> Draft:
    """The plan of a template for a day of delivery: three queries. Raises HourMissing."""
    return read_template(template, from_on=delivery_on).draft(delivery_on)


@dataclass(frozen=True, slots=True)
class _Clock:
    group: Organisation
    delivery_on: date

    def at(self, kept: list[Any]) -> datetime:
        days, hour = kept
        shown = datetime.combine(self.delivery_on + timedelta(days=days), time.fromisoformat(hour))
        return instant(shown, self.group.zone)


def _pickup(kept: dict[str, Any], on: _Clock) -> PlannedPickup:
    return PlannedPickup(
        kept["point"], on.at(kept["from"]), on.at(kept["to"]), kept["capacity"], kept["slot_minutes"],
        kept["slot_capacity"],
    )  # fmt: skip
