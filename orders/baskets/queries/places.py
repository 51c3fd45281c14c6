"""Where an order of a sale may go: its other pickups, with their slots and what is full."""

from dataclasses import dataclass

from cagette.core import words
from orders.cycles.models import Cycle, Pickup, PickupCounter, PickupSlot


@dataclass(frozen=True, slots=True)
class Place:
    """A pickup, or one of its slots. key: how a form names it, 12 or 12-3."""

    pickup: Pickup
    slot: PickupSlot | None
    words: str

    @property
    def key(self) -> str:
        return f"{self.pickup.pk}-{self.slot.pk}" if self.slot else str(self.pickup.pk)


def places_beside(pickup: Pickup) -> list[Place]:
    """The other pickups of a sale, slot by slot where there are some: two queries."""
    cycle = pickup.cycle
    others = cycle.pickups.exclude(pk=pickup.pk).select_related("point", "counter").prefetch_related("slots")
    return [place for other in others.order_by("starts_at", "pk") for place in _places(other, cycle)]


def _places(pickup: Pickup, cycle: Cycle) -> list[Place]:
    slots: list[PickupSlot | None] = [*sorted(pickup.slots.all(), key=lambda slot: slot.starts_at)] or [None]
    return [Place(pickup, slot, _in_words(pickup, slot, cycle)) for slot in slots]


def _in_words(pickup: Pickup, slot: PickupSlot | None, cycle: Cycle) -> str:
    local, window = cycle.organisation.local, slot or pickup
    start, end = local(window.starts_at), local(window.ends_at)
    counted: list[PickupCounter | PickupSlot] = [pickup.counter, *([slot] if slot else [])]
    full = any(room.capacity is not None and room.taken >= room.capacity for room in counted)
    return f"{pickup.point.name}, {words.day(start)}, {words.window(start, end)}" + (", complet" if full else "")
