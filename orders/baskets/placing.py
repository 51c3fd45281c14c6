"""Placing an order: all of the basket in one transaction, or a refusal that says exactly why and changes nothing."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit, outbox
from cagette.people.models import User
from orders.baskets import changing, rules, writing
from orders.baskets.changing import Changes, Wanted
from orders.baskets.enums import OrderState
from orders.baskets.locks import lock_household, order_of
from orders.baskets.models import Order, OrderLine, Placement
from orders.cycles import locks as cycle_locks
from orders.cycles.models import Offer, Pickup


@transaction.atomic(durable=True)
def place_order(
    *, pickup_id: int, household_id: int, by: User, version: int, wanted: Mapping[int, Wanted], key: UUID, now: datetime
) -> Order:
    """Place a household's order for a pickup, or change the one already there.

    version: the order's when the form was shown (0: there was none). wanted: by offer; offers that are not
    named keep their lines.
    key: the form's; the same key with the same basket again returns the order and changes nothing.
    Raises a rules.PlacingRefused (NotAMember, KeyReused, SaleClosed, OfferUnknown, CountRefused,
    OrderChangedMeanwhile, PriceRose,
    NothingWanted, OfferSoldOut or PickupFull), and then changes nothing.
    """
    pickup = Pickup.objects.select_related("cycle", "point").get(pk=pickup_id)
    offers = _offers(pickup, wanted, now)
    if lock_household(household_id, group_id=pickup.cycle.organisation_id) is None:
        raise rules.NotAMember(_("Rejoignez d’abord ce groupe pour y commander."))
    digest = _digest(pickup_id, household_id, version, wanted)
    if placed := Placement.objects.select_related("order").filter(pk=key).first():
        return _same_again(placed, digest)
    _hold_open(offers, now)
    order, lines = order_of(household_id, pickup_id)
    _check_version(order, lines, version, wanted)
    changes = changing.plan_changes(lines, wanted=wanted, offers=offers, vat=writing.vat_of(pickup, offers), now=now)
    _check_prices(offers, changes, wanted)
    if not lines and not changes:
        raise rules.NothingWanted(_("Votre panier est vide."))
    writing.take_stock(offers, changes)
    order = writing.write_order(pickup, household_id, order, lines, changes, now)
    Placement.objects.create(key=key, order=order, digest=digest, version=order.version, placed_at=now)
    _tell(order, changes, by=by, group_id=pickup.cycle.organisation_id, now=now)
    return order


def _offers(pickup: Pickup, wanted: Mapping[int, Wanted], now: datetime) -> dict[int, Offer]:
    """The offers named, checked without any lock: a late placing gives up here, so that it does not hold up
    the close."""
    rows = Offer.objects.filter(participation__cycle_id=pickup.cycle_id, pk__in=wanted)
    offers = {o.pk: o for o in rows.select_related("product", "participation__producer__organisation")}
    if len(offers) < len(wanted):
        raise rules.OfferUnknown(_("Un produit de ce panier n’est pas dans cette vente. Rechargez la page."))
    for offer in offers.values():
        rules.check_count(offer, wanted[offer.pk].count)
    rules.check_open({o.participation for o in offers.values()}, names=_names(offers), now=now)
    return offers


def _names(offers: Mapping[int, Offer]) -> dict[int, str]:
    return {o.participation_id: o.participation.producer.organisation.name for o in offers.values()}


def _digest(pickup_id: int, household_id: int, version: int, wanted: Mapping[int, Wanted]) -> str:
    lines = sorted((offer_id, want.count, want.price_seen.cents) for offer_id, want in wanted.items())
    return hashlib.sha256(json.dumps([pickup_id, household_id, version, lines]).encode()).hexdigest()


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
    merged = rules.counts_by_offer(lines)
    for offer_id, want in wanted.items():
        merged[offer_id] = max(want.count, merged.get(offer_id, 0))
    raise rules.OrderChangedMeanwhile(merged=merged, version=current)


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
    audit.note(f"baskets.{verb}", subject=f"order:{order.pk}", by=by, now=now, scope_id=group_id, moved=moved)
