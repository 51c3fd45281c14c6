"""What the form of a plan shows first: the last sale a week later, a sale as it is, or a first guess."""

from datetime import date, datetime, time, timedelta
from typing import Any

from cagette.people.models import Organisation
from orders.cycles import deciding
from orders.cycles.forms.rules import rules_typed
from orders.cycles.models import Cycle, Participation, Pickup
from orders.cycles.queries.planning import Ground

SATURDAY = 5


def first_values(group: Organisation, last: Cycle | None, ground: Ground, *, now: datetime) -> dict[str, Any]:
    """For a new plan, with the group's rules: like the last sale, so many weeks later that it has not closed; farms on
    pause that day stay at home. Without a last one: everybody, on a Saturday a week away or more."""
    rules = rules_typed(deciding.rules_of(group))
    if last is None:
        return {**_guess(ground, group.local(now).date()), **rules}
    weeks = 1
    while last.closes_at + timedelta(weeks=weeks) <= now:
        weeks += 1
    values = values_of(last, days=7 * weeks)
    day = values["delivery_on"]
    for listing in ground.farms:
        if ground.pauses.on(listing.producer_id, day):
            values[f"farm_{listing.producer_id}"] = False
    return {**values, **rules}


def _guess(ground: Ground, today: date) -> dict[str, Any]:
    day = today + timedelta(days=7 + (SATURDAY - today.weekday()) % 7)
    values: dict[str, Any] = {
        "delivery_on": day,
        "opens_on": max(today, day - timedelta(days=7)),
        "opens_time": time(8),
        "closes_on": day - timedelta(days=2),
        "closes_time": time(20),
    }
    for listing in ground.farms:
        values[f"farm_{listing.producer_id}"] = ground.pauses.on(listing.producer_id, day) is None
    return {**values, **{f"point_{point.pk}": True for point in ground.points}}


def values_of(cycle: Cycle, *, days: int) -> dict[str, Any]:
    """The values of a cycle, moved by so many days: 7 to plan the next week like this one, 0 to change it."""
    local, shift = cycle.organisation.local, timedelta(days=days)
    opens, closes = local(cycle.opens_at), local(cycle.closes_at)
    values: dict[str, Any] = {
        "name": "" if days else cycle.name,
        "delivery_on": cycle.delivery_on + shift,
        "opens_on": opens.date() + shift,
        "opens_time": opens.time(),
        "closes_on": closes.date() + shift,
        "closes_time": closes.time(),
        **rules_typed(deciding.rules_of_cycle(cycle)),
    }
    for part in cycle.participations.all():
        values |= _farm(cycle, part, shift)
    for pickup in cycle.pickups.all():
        values |= _point(cycle, pickup)
    return values


def _farm(cycle: Cycle, part: Participation, shift: timedelta) -> dict[str, Any]:
    key = f"farm_{part.producer_id}"
    typed = part.minimum.comma if part.minimum else ""
    values: dict[str, Any] = {key: True, f"{key}_minimum": typed, f"{key}_seen": part.minimum.cents}
    if part.closes_at != cycle.closes_at:
        own = cycle.organisation.local(part.closes_at)
        values |= {f"{key}_on": own.date() + shift, f"{key}_time": own.time()}
    return values


def _point(cycle: Cycle, pickup: Pickup) -> dict[str, Any]:
    key, local = f"point_{pickup.point_id}", cycle.organisation.local
    values = {
        key: True,
        f"{key}_from": local(pickup.starts_at).time(),
        f"{key}_to": local(pickup.ends_at).time(),
        f"{key}_capacity": pickup.capacity,
    }
    slots = sorted(pickup.slots.all(), key=lambda slot: slot.starts_at)
    if slots:
        length = slots[0].ends_at - slots[0].starts_at
        values |= {f"{key}_slot": length // timedelta(minutes=1), f"{key}_each": slots[0].capacity}
    return values
