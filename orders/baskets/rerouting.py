"""Moving one order to another pickup of its sale: by its household before the close, by the coordinator at any time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit, outbox, words
from cagette.people.models import Household, User
from cagette.places.enums import vat_zone_of
from orders.baskets import carrying, rules, writing
from orders.baskets.enums import Collection, OrderState
from orders.baskets.locks import lock_orders
from orders.baskets.models import Order, OrderLine
from orders.cycles import locks as cycle_locks
from orders.cycles.enums import SaleState
from orders.cycles.models import Participation, Pickup

REASON_MAX = 200


class ReroutingRefused(rules.PlacingRefused):
    """The order stays where it is. The message is fit for a person."""


@dataclass(slots=True)
class _Move:
    """An order on its way, all of it held."""

    order: Order
    there: Order | None
    pickup: Pickup
    lines: list[OrderLine]
    parts: Mapping[int, Participation]


@transaction.atomic(durable=True)
def move_order(
    *, order_id: int, pickup_id: int, reason: str, by: User, now: datetime, slot_id: int | None = None
) -> Order | None:
    """Move an order to another pickup of its sale, before or after the close, with a reason that the household reads.

    It takes the next number there and a new code, or joins the order that the household has there; its place is given
    back. Lists of farms that have closed get a new version. Prices stay. Twice, or with nothing left in it: None, and
    nothing changes. Raises ReroutingRefused or another rules.PlacingRefused, and then changes nothing.
    """
    why = " ".join(reason.split())
    if not why or len(why) > REASON_MAX:
        raise ReroutingRefused(_("Dites pourquoi, en 200 caractères au plus : le foyer le lira."))
    move = _hold(order_id, pickup_id, now)
    return _carry(move, slot_id=slot_id, why=why, by=by, now=now) if move else None


@transaction.atomic(durable=True)
def choose_pickup(
    *, order_id: int, pickup_id: int, by: User, now: datetime, slot_id: int | None = None
) -> Order | None:
    """The same by the household itself, while every farm in the order still takes orders. Raises rules.SaleClosed."""
    move = _hold(order_id, pickup_id, now)
    if move is None:
        return None
    names = {part.pk: part.producer.organisation.name for part in move.parts.values()}
    rules.check_open(move.parts.values(), names=names, now=now)
    return _carry(move, slot_id=slot_id, why="", by=by, now=now)


def _hold(order_id: int, pickup_id: int, now: datetime) -> _Move | None:
    """Lock household, participations (shared: others may order, none closes meanwhile), both orders, both places."""
    known = Order.objects.select_related("pickup").get(pk=order_id)
    pickup = Pickup.objects.select_related("cycle", "point").get(pk=pickup_id)
    if pickup.cycle_id != known.pickup.cycle_id:
        raise ReroutingRefused(_("Ce point n’est pas dans cette vente."))
    Household.objects.select_for_update(no_key=True).get(pk=known.household_id)
    cycle_locks.share_participations(set(known.lines.active().values_list("offer__participation_id", flat=True)))
    there = Order.objects.filter(household=known.household_id, pickup=pickup).values_list("pk", flat=True).first()
    orders = lock_orders([order_id, there or order_id])
    order, target = orders[order_id], orders[there] if there else None
    if there == order_id or order.state == OrderState.CANCELLED:
        return None
    _check_movable(order, target, pickup, now)
    cycle_locks.lock_places([order.pickup_id, pickup_id])
    lines = list(
        order.lines.active()
        .select_related("offer__product", "offer__participation__producer__organisation")
        .order_by("pk")
    )
    return _Move(
        order, target, pickup, lines, {line.offer.participation_id: line.offer.participation for line in lines}
    )


def _check_movable(order: Order, target: Order | None, pickup: Pickup, now: datetime) -> None:
    if Collection.COLLECTED in (order.collection, target.collection if target else ""):
        raise ReroutingRefused(_("Ce panier est déjà remis : il ne se déplace plus."))
    if pickup.ends_at <= now:
        raise ReroutingRefused(_("Cette distribution est passée."))


def _carry(move: _Move, *, slot_id: int | None, why: str, by: User, now: datetime) -> Order:
    order, pickup = move.order, move.pickup
    rates = _rates(move)
    if slot_id is not None and not pickup.slots.filter(pk=slot_id).exists():
        raise ReroutingRefused(_("Ce créneau n’est pas à ce point."))
    old = Pickup.objects.select_related("cycle__organisation", "point").get(pk=order.pickup_id)
    carrying.leave(order, now=now)
    new = carrying.order_at(pickup, order.household_id, move.there, slot_id=slot_id, like=order, now=now)
    carrying.carry([carrying.Carried(line, line.offer, rates[line.pk]) for line in move.lines], to=new, now=now)
    _note_lists(move, new, now)
    before = f"n°\u00a0{order.number}, {old.point.name}, {words.day(old.cycle.organisation.local(old.starts_at))}"
    outbox.record(
        "baskets.order_moved", key=f"{new.pk}:{new.version}", now=now, order_id=new.pk, version=new.version, why=why,
        before=[before], sale="",
    )  # fmt: skip
    for subject in (f"order:{order.pk}", f"order:{new.pk}"):
        audit.note(
            "baskets.order_moved", subject=subject, by=by, now=now, scope_id=old.cycle.organisation_id, why=why,
            into=new.pk, out_of=order.pk,
        )  # fmt: skip
    return new


def _rates(move: _Move) -> dict[int, int]:
    """The rate of each line at the new point. In the same zone it stays as it was frozen. In another zone it is read
    anew while the order may still change; once a farm has closed, its list and what it will bill are said with the old
    one."""
    zones = {
        vat_zone_of(pickup.point.commune_id)
        for pickup in Pickup.objects.filter(pk__in=[move.order.pickup_id, move.pickup.pk]).select_related("point")
    }
    if len(zones) == 1:
        return {line.pk: line.vat_permyriad for line in move.lines}
    if any(part.state == SaleState.CLOSED for part in move.parts.values()):
        raise ReroutingRefused(
            _("Ce point relève d’une autre TVA, et la vente est close : la commande reste où elle est.")
        )
    by_offer = writing.vat_of(move.pickup, {line.offer_id: line.offer for line in move.lines})
    return {line.pk: by_offer[line.offer_id] for line in move.lines}


def _note_lists(move: _Move, new: Order, now: datetime) -> None:
    """Lists of farms that have closed are no more true."""
    for participation_id, part in sorted(move.parts.items()):
        if part.state == SaleState.CLOSED:
            outbox.record(
                "baskets.lines_changed_after_close", key=f"order:{new.pk}:{new.version}:{participation_id}", now=now,
                participation_id=participation_id,
            )  # fmt: skip
