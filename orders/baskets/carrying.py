"""Carrying an order's lines into another order of the household: to another pickup, or into another sale."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cagette.core.quantities import COUNT_MAX
from orders.baskets import rules
from orders.baskets.codes import new_code
from orders.baskets.enums import CancelReason, Collection, OrderState
from orders.baskets.models import Order, OrderLine
from orders.cycles import locks as cycle_locks
from orders.cycles.enums import SaleState
from orders.cycles.models import Offer, Pickup

# what a line keeps wherever it goes
KEPT = (
    "count", "unit", "unit_price", "producer_price", "content", "priced_in", "tolerance", "may_replace", "note",
    "listed_amount", "final_amount", "vat_permyriad", "placed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Carried:
    """A line, the offer that it goes to (with its participation), and its VAT rate there."""

    line: OrderLine
    offer: Offer
    vat_permyriad: int


def order_at(
    pickup: Pickup, household_id: int, there: Order | None, *, slot_id: int | None, like: Order, now: datetime
) -> Order:
    """The household's order at a pickup, alive: the one there, joined; a cancelled one, taken up again; or a new one
    with the pickup's next number (ruling 12). A step of deeds that hold the places. Raises rules.PickupFull."""
    if there is None:
        there = Order(
            pickup=pickup, household_id=household_id, version=0, placed_at=like.placed_at, code=new_code(),
            collector=like.collector,
        )  # fmt: skip
        there.number = _taken(cycle_locks.take_number(pickup.pk), pickup)
    elif there.state == OrderState.CANCELLED:
        _taken(cycle_locks.take_place(pickup.pk), pickup)
        there.state, there.collection = OrderState.PLACED, Collection.EXPECTED
    if slot_id is not None and slot_id != there.slot_id:
        if there.slot_id is not None:
            cycle_locks.give_slot_back(there.slot_id)
        if not cycle_locks.take_slot(slot_id):
            raise rules.PickupFull(_("Ce créneau est complet. Choisissez-en un autre."))
        there.slot_id = slot_id
    there.version += 1
    there.changed_at = now
    there.save()
    return there


def _taken(place: int | None, pickup: Pickup) -> int:
    if not place:
        raise rules.PickupFull(_("%(point)s est complet pour cette vente.") % {"point": pickup.point.name})
    return int(place)


def leave(order: Order, *, now: datetime) -> None:
    """End an order whose lines were all carried away; place and slot are given back, its number is not used again."""
    cycle_locks.give_place_back(order.pickup_id)
    if order.slot_id is not None:
        cycle_locks.give_slot_back(order.slot_id)
        order.slot = None
    order.state = OrderState.CANCELLED
    order.version += 1
    order.changed_at = now
    order.save(update_fields=["state", "version", "changed_at", "slot"])


def carry(carried: Iterable[Carried], *, to: Order, now: datetime) -> None:
    """Write lines into another order: a line of its own with all it had, or joined with one at the same price. What is
    carried ends where it was. Lists that exist keep naming the old line; stock is the caller's. Raises
    rules.CountRefused.
    """
    there = {_key(line): line for line in to.lines.active()}
    for one in carried:
        _end(one.line, now)
        line = _copy(one, to, now)
        if joined := there.get(_key(line)):
            _join(joined, line)
        else:
            line.save()
            there[_key(line)] = line


def _key(line: OrderLine) -> tuple[int, int, int | None]:
    return line.offer_id, line.unit_price.cents, line.content


def _end(line: OrderLine, now: datetime) -> None:
    line.cancelled_at, line.reason = now, CancelReason.MOVED
    line.save(update_fields=["cancelled_at", "reason"])


def _copy(one: Carried, to: Order, now: datetime) -> OrderLine:
    line = OrderLine(order=to, offer=one.offer, **{name: getattr(one.line, name) for name in KEPT})
    line.vat_permyriad = one.vat_permyriad
    line.frozen_at = now if one.offer.participation.state == SaleState.CLOSED else None
    return line


def _join(joined: OrderLine, line: OrderLine) -> None:
    """One line of both; in the queue of rationing it stands where the later one stood."""
    count = joined.count + line.count
    if count > COUNT_MAX:
        raise rules.CountRefused(_("%(name)s : cette quantité n’est pas possible.") % {"name": line.offer.product.name})
    joined.set_count(count)
    joined.tolerance += line.tolerance
    joined.may_replace = joined.may_replace and line.may_replace
    joined.note = joined.note or line.note
    joined.placed_at = max(joined.placed_at, line.placed_at)
    joined.save()
