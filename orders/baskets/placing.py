"""Placing an order: all of the basket in one transaction, or a refusal that says exactly why and changes nothing."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from cagette.core import audit, outbox
from cagette.core.money import Money, total
from cagette.people.models import User
from orders.baskets import changing, filling, rules, writing
from orders.baskets.changing import Changes, Wanted
from orders.baskets.enums import Collection, OrderState
from orders.baskets.locks import lock_household, order_of
from orders.baskets.models import Basket, Order, OrderLine, Placement
from orders.baskets.wishes import Wish, cleaned, wishes_by_offer
from orders.cycles import locks as cycle_locks
from orders.cycles.models import Offer, Participation, Pickup, PickupSlot


@transaction.atomic(durable=True)
def place_order(
    *, pickup_id: int, household_id: int, by: User, version: int, wanted: Mapping[int, Wanted], key: UUID,
    now: datetime, slot_id: int | None = None, collector: str = "",
) -> Order:  # fmt: skip
    """Place a household's order for a pickup, or change the one already there.

    version: the order's when the form was shown (0: there was none). wanted: by offer; offers that are not
    named keep their lines. slot_id: the part of the window in which it comes; None keeps the order's. collector: who
    comes for it, if not the household.
    key: the form's; the same key with the same basket again returns the order and changes nothing. A form that says
    what the order is already makes no new version.
    Raises a rules.PlacingRefused (NotAMember, KeyReused, SaleClosed, OfferUnknown, CountRefused, WishRefused,
    OrderChangedMeanwhile, PriceRose, NothingWanted, BelowMinimum, SlotRefused, SlotFull, OfferSoldOut or PickupFull),
    and then changes nothing.
    """
    pickup = _pickup(pickup_id, household_id)
    wanted, collector = _cleaned(wanted), cleaned(collector)
    rules.check_collector(collector)
    offers = _offers(pickup, wanted, now)
    if lock_household(household_id, group_id=pickup.cycle.organisation_id) is None:
        raise rules.NotAMember(_("Rejoignez d’abord ce groupe pour y commander."))
    digest = _digest(pickup_id, household_id, version, wanted, slot_id, collector)
    if placed := Placement.objects.select_related("order").filter(pk=key).first():
        return _same_again(placed, digest)
    _hold_open(offers, now)
    order, lines = order_of(household_id, pickup_id)
    _check_version(order, lines, version, wanted)
    _check_wanted(pickup, household_id, lines, wanted, offers)
    before = _listed(lines)
    changes = changing.plan_changes(lines, wanted=wanted, offers=offers, vat=writing.vat_of(pickup, offers), now=now)
    _check_prices(offers, changes, wanted)
    kept = [line for line in [*lines, *changes.added] if line.cancelled_at is None]
    _check_whole(pickup, order, kept, before, slot_id, now)
    if order is None or changes or _is_moved(order, slot_id, collector):
        writing.take_stock(offers, changes)
        order = writing.write_order(
            pickup, household_id, order, lines, changes, now, slot_id=slot_id, collector=collector
        )
        if pickup.has_basket:
            filling.follow(order=order, wanted=wanted, before=changes.before)
        _tell(order, changes, by=by, group_id=pickup.cycle.organisation_id, now=now)
    Placement.objects.create(key=key, order=order, digest=digest, version=order.version, placed_at=now)
    return order


def _pickup(pickup_id: int, household_id: int) -> Any:
    """The pickup with its cycle, whether it has slots, and whether the household has a basket there, in one query. A
    basket that somebody begins later starts from no order: it catches up when it is looked at."""
    slots = PickupSlot.objects.filter(pickup=OuterRef("pk"))
    baskets = Basket.objects.filter(pickup=OuterRef("pk"), household=household_id)
    pickups = Pickup.objects.select_related("cycle__organisation", "point")
    return pickups.annotate(has_slots=Exists(slots), has_basket=Exists(baskets)).get(pk=pickup_id)


def _cleaned(wanted: Mapping[int, Wanted]) -> dict[int, Wanted]:
    return {offer_id: replace(want, note=cleaned(want.note)) for offer_id, want in wanted.items()}


def _offers(pickup: Pickup, wanted: Mapping[int, Wanted], now: datetime) -> dict[int, Offer]:
    """The offers named, checked without any lock: a late placing gives up here, so that it does not hold up
    the close."""
    rows = Offer.objects.filter(participation__cycle_id=pickup.cycle_id, pk__in=wanted)
    offers = {o.pk: o for o in rows.select_related("product", "participation__producer__organisation")}
    if len(offers) < len(wanted):
        raise rules.OfferUnknown(_("Un produit de ce panier n’est pas dans cette vente. Rechargez la page."))
    rules.check_open({o.participation for o in offers.values()}, names=_names(offers), now=now)
    return offers


def _names(offers: Mapping[int, Offer]) -> dict[int, str]:
    return {o.participation_id: o.participation.producer.organisation.name for o in offers.values()}


def _digest(
    pickup_id: int, household_id: int, version: int, wanted: Mapping[int, Wanted], slot_id: int | None, collector: str
) -> str:
    lines = sorted(
        (offer_id, want.count, want.price_seen.cents, want.tolerance, want.may_replace, want.note)
        for offer_id, want in wanted.items()
    )
    said = [pickup_id, household_id, version, lines, slot_id, collector]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _same_again(placed: Placement, digest: str) -> Order:
    if placed.digest != digest:
        raise rules.KeyReused(_("Ce formulaire a déjà servi. Rechargez la page pour changer votre commande."))
    return placed.order


def _hold_open(offers: Mapping[int, Offer], now: datetime) -> None:
    held = cycle_locks.share_participations({o.participation_id for o in offers.values()})
    rules.check_open(held, names=_names(offers), now=now)


def _check_version(order: Order | None, lines: list[OrderLine], version: int, wanted: Mapping[int, Wanted]) -> None:
    current = order.version if order else 0
    if current == version:
        return
    merged, wishes = rules.counts_by_offer(lines), wishes_by_offer(lines)
    for offer_id, want in wanted.items():
        merged[offer_id] = max(want.count, merged.get(offer_id, 0))
        wishes[offer_id] = want.wish.with_(wishes[offer_id]) if offer_id in wishes else want.wish
    raise rules.OrderChangedMeanwhile(merged=merged, wishes=wishes, version=current)


def _check_wanted(
    pickup: Pickup, household_id: int, lines: list[OrderLine], wanted: Mapping[int, Wanted], offers: Mapping[int, Offer]
) -> None:
    """What is kept is not checked again: a cut may have left a count off the step, a product may have changed."""
    held, said = rules.counts_by_offer(lines), wishes_by_offer(lines)
    raised = []
    for offer_id, want in wanted.items():
        offer, before = offers[offer_id], said.get(offer_id, Wish())
        if want.count != held.get(offer_id, 0):
            rules.check_count(offer, want.count)
        rules.check_wish(offer, want.wish, held=before, allows_notes=pickup.cycle.allows_notes)
        if want.count > held.get(offer_id, 0) or want.wish.tolerance > before.tolerance:
            raised.append(offer)
    limited = [offer for offer in raised if offer.product.maximum]
    elsewhere = _elsewhere(pickup, household_id, limited) if limited else {}
    for offer in limited:
        want = wanted[offer.pk]
        rules.check_most(offer, want.count, want.wish, elsewhere=elsewhere.get(offer.pk, 0))


def _elsewhere(pickup: Pickup, household_id: int, offers: list[Offer]) -> dict[int, int]:
    """What the household, which is locked, has of these offers at other pickups: a maximum is the household's."""
    lines = OrderLine.objects.active().filter(offer__in=offers, order__household_id=household_id)
    return rules.counts_by_offer(list(lines.exclude(order__pickup=pickup)))


def _listed(lines: list[OrderLine]) -> Money:
    return total([line.listed_amount for line in lines if line.cancelled_at is None])


def _check_whole(
    pickup: Any, order: Order | None, kept: list[OrderLine], before: Money, slot_id: int | None, now: datetime
) -> None:
    """What the order as a whole must respect. One that comes to nothing is a cancelling: there must be one."""
    if order and order.collection == Collection.COLLECTED:
        raise rules.SaleClosed(_("Ce panier est déjà remis : il ne change plus."))
    if not kept:
        if order is None or order.state == OrderState.CANCELLED:
            raise rules.NothingWanted(_("Votre panier est vide."))
        return
    _check_minimum(pickup, kept, before, now)
    _check_slot(pickup, order, slot_id)


def _check_minimum(pickup: Pickup, kept: list[OrderLine], before: Money, now: datetime) -> None:
    """Lines of a farm that has closed count; who drops all the others cancels what may still be cancelled."""
    after, minimum = _listed(kept), pickup.cycle.order_minimum
    if after >= minimum:
        return
    parts = Participation.objects.open_at(now).filter(offers__in={line.offer_id for line in kept})
    if parts.exists():
        rules.check_minimum(minimum, before=before, after=after)


def _check_slot(pickup: Any, order: Order | None, slot_id: int | None) -> None:
    if slot_id is None:
        if pickup.has_slots and (order is None or order.slot_id is None):
            raise rules.SlotRefused(_("Choisissez l’heure à laquelle vous venez chercher votre panier."))
    elif not pickup.has_slots or not PickupSlot.objects.filter(pk=slot_id, pickup=pickup).exists():
        raise rules.SlotRefused(_("Ce créneau n’existe plus à ce point de retrait. Choisissez-en un autre."))


def _is_moved(order: Order, slot_id: int | None, collector: str) -> bool:
    return order.collector != collector or slot_id not in (None, order.slot_id)


def _check_prices(offers: Mapping[int, Offer], changes: Changes, wanted: Mapping[int, Wanted]) -> None:
    raised = [offers[offer_id] for offer_id, difference in changes.taken.items() if difference > 0]
    risen = {o: wanted[o.pk].price_seen for o in raised if o.unit_price > wanted[o.pk].price_seen}
    if risen:
        raise rules.PriceRose(risen)


def _tell(order: Order, changes: Changes, *, by: User, group_id: int, now: datetime) -> None:
    verb = "order_cancelled" if order.state == OrderState.CANCELLED else "order_placed"
    outbox.record(
        f"baskets.{verb}", key=f"{order.pk}:{order.version}", now=now, order_id=order.pk, version=order.version
    )
    moved = {str(offer_id): difference for offer_id, difference in changes.taken.items()}
    audit.note(
        f"baskets.{verb}", subject=f"order:{order.pk}", by=by, now=now, scope_id=group_id, moved=moved,
        said=changes.said, slot=order.slot_id,
    )  # fmt: skip
