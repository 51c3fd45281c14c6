"""Filling a basket: it reserves nothing, survives a lost session, and may begin before log-in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from orders.baskets import rules
from orders.baskets.changing import Wanted
from orders.baskets.models import Basket, BasketLine, Order
from orders.baskets.wishes import NOTE_MAX, Wish, cleaned, wish_of, wishes_by_offer
from orders.cycles.models import Offer


@transaction.atomic
def set_count(
    *, pickup_id: int, household_id: int | None, token: UUID | None, offer_id: int, count: int, now: datetime,
    tolerance: int | None = None,
) -> Basket:  # fmt: skip
    """Put so much of an offer in the basket of a household, or of a visitor known by a token; 0 takes it out.

    tolerance: how much more of a case would be taken; None leaves what was said, as far as the maximum allows. The
    basket starts from the household's order. Two people of a household fill one basket: its row is locked, so that they
    come one after the other, and nobody's line is lost. Twice the same changes nothing.
    Raises CountRefused, WishRefused, OfferUnknown or SaleClosed.
    """
    found = _offers({offer_id}, pickup_id, now)[offer_id]
    basket = start(pickup_id=pickup_id, household_id=household_id, token=token, now=now)
    line = basket.lines.filter(offer=found).first() or BasketLine(basket=basket, offer=found, count=0)
    if count != line.count:
        rules.check_count(found, count)
    line.count = count
    _say(line, found, _wish(line, found, tolerance))
    line.save()
    Basket.objects.filter(pk=basket.pk).update(updated_at=now)
    return basket


def _wish(line: BasketLine, offer: Offer, tolerance: int | None) -> Wish:
    said, most = wish_of(line), offer.product.maximum
    if tolerance is not None:
        return replace(said, tolerance=tolerance)
    return replace(said, tolerance=min(said.tolerance, max(0, most - line.count))) if most else said


def _say(line: BasketLine, offer: Offer, wish: Wish) -> None:
    """Say something of a line that is in the basket, checked as placing will check it; nothing is said of none."""
    allows_notes = offer.participation.cycle.allows_notes
    if line.count:
        rules.check_most(offer, line.count, wish)
        rules.check_wish(offer, wish, held=wish_of(line), allows_notes=allows_notes)
    line.tolerance, line.may_replace, line.note = wish.tolerance, wish.may_replace, wish.note


@transaction.atomic
def say(
    *, pickup_id: int, household_id: int, wishes: Mapping[int, Wish], now: datetime,
    dropped: int | None = None, restored: int | None = None,
) -> Basket:  # fmt: skip
    """Say of lines in a household's basket what it would take beside, whether something else will do, a note; nothing
    is ordered yet. Offers that are not in the basket are passed over.

    dropped: an offer to take out as well; restored: one to put back as it was ordered. Twice changes nothing.
    Raises CountRefused, WishRefused, OfferUnknown or SaleClosed, and then changes nothing.
    """
    basket = start(pickup_id=pickup_id, household_id=household_id, token=None, now=now)
    named = wishes.keys() | {dropped, restored} - {None}
    lines = {line.offer_id: line for line in basket.lines.filter(offer__in=named)}
    offers = _offers(set(lines), pickup_id, now)
    ordered = _ordered(pickup_id, household_id)
    for offer_id, line in lines.items():
        if offer_id == dropped:
            line.count = 0
        elif offer_id == restored:
            line.count = ordered.get(offer_id, 0)
        elif offer_id in wishes:
            _say(line, offers[offer_id], replace(wishes[offer_id], note=cleaned(wishes[offer_id].note)))
    BasketLine.objects.bulk_update(lines.values(), ["count", "tolerance", "may_replace", "note"])
    Basket.objects.filter(pk=basket.pk).update(updated_at=now)
    return basket


def _ordered(pickup_id: int, household_id: int) -> dict[int, int]:
    order = Order.objects.filter(pickup_id=pickup_id, household_id=household_id).first()
    return rules.counts_by_offer(list(order.lines.active())) if order else {}


def _offers(offer_ids: set[int], pickup_id: int, now: datetime) -> dict[int, Offer]:
    found = Offer.objects.filter(pk__in=offer_ids, participation__cycle__pickups=pickup_id)
    offers = found.select_related("product", "participation__cycle", "participation__producer__organisation")
    by_key = {offer.pk: offer for offer in offers}
    if len(by_key) < len(offer_ids):
        raise rules.OfferUnknown(_("Ce produit n’est pas dans cette vente. Rechargez la page."))
    names = {o.participation_id: o.participation.producer.organisation.name for o in by_key.values()}
    rules.check_open({offer.participation for offer in by_key.values()}, names=names, now=now)
    return by_key


@transaction.atomic
def start(*, pickup_id: int, household_id: int | None, token: UUID | None, now: datetime) -> Basket:
    """The basket of its owner for a pickup, filled from the order when there is none; when the order changed since,
    what was only wished for stays beside it."""
    owner = {"household_id": household_id, "token": None if household_id else token}
    basket, _created = Basket.objects.get_or_create(pickup_id=pickup_id, **owner, defaults={"updated_at": now})
    basket = Basket.objects.select_for_update(no_key=True).get(pk=basket.pk)
    order = Order.objects.filter(pickup_id=pickup_id, household_id=household_id).first() if household_id else None
    version = order.version if order else 0
    if order and basket.order_version != version:
        lines, held = list(order.lines.all()), list(basket.lines.all())
        wished, said = {line.offer_id: line.count for line in held}, {line.offer_id: wish_of(line) for line in held}
        counts = rules.caught_up(wished, lines, since=basket.updated_at)
        _fill(basket, counts, said | wishes_by_offer(lines), version)
    return basket


def follow(*, order: Order, wanted: Mapping[int, Wanted], before: Mapping[int, int]) -> None:
    """After an order was placed from a form: the household's basket starts from it. What somebody else of the household
    changed in the basket since the form was shown stays, as not ordered yet. before: what the order held, by offer.

    The basket's row is the last lock of a placing; who fills a basket holds nothing else.
    """
    held = Basket.objects.select_for_update(no_key=True).filter(pickup_id=order.pickup_id, household=order.household_id)
    basket = held.first()
    if basket is None:
        return
    lines, drafts = list(order.lines.active()), list(basket.lines.all())
    counts, wishes = rules.counts_by_offer(lines), wishes_by_offer(lines)
    for line in drafts:
        ordered = wanted[line.offer_id].count if line.offer_id in wanted else None
        if line.count not in (before.get(line.offer_id, 0), ordered):
            counts[line.offer_id], wishes[line.offer_id] = line.count, wish_of(line)
    if {line.offer_id: (line.count, wish_of(line)) for line in drafts} == {o: (counts[o], wishes[o]) for o in counts}:
        Basket.objects.filter(pk=basket.pk).update(order_version=order.version)
    else:
        _fill(basket, counts, wishes, order.version)


@transaction.atomic
def adopt(*, pickup_id: int, household_id: int, token: UUID, now: datetime) -> Basket | None:
    """Give a household what its person chose before log-in; where both have an offer the larger count stays.
    Twice: nothing left."""
    visitor = Basket.objects.select_for_update(no_key=True).filter(pickup_id=pickup_id, token=token).first()
    if visitor is None:
        return None
    basket = start(pickup_id=pickup_id, household_id=household_id, token=None, now=now)
    lines = list(basket.lines.all())
    both, wishes = {line.offer_id: line.count for line in lines}, {line.offer_id: wish_of(line) for line in lines}
    for line in visitor.lines.all():
        both[line.offer_id] = max(line.count, both.get(line.offer_id, 0))
        wishes[line.offer_id] = wish_of(line).with_(wishes.get(line.offer_id, Wish()))
    _fill(basket, both, wishes, basket.order_version)
    visitor.delete()
    return basket


@transaction.atomic
def refill(
    *, pickup_id: int, household_id: int, counts: dict[int, int], version: int, now: datetime,
    wishes: Mapping[int, Wish] | None = None,
) -> Basket:  # fmt: skip
    """Put a proposal (two baskets merged) in the basket of a household, as starting from that version of its order.
    wishes: what is said of each offer."""
    basket = start(pickup_id=pickup_id, household_id=household_id, token=None, now=now)
    _fill(basket, counts, wishes or {}, version)
    return basket


def _fill(basket: Basket, counts: Mapping[int, int], wishes: Mapping[int, Wish], version: int) -> None:
    basket.lines.all().delete()
    lines = [BasketLine(basket=basket, offer_id=offer_id, count=count) for offer_id, count in counts.items()]
    for line in lines:
        wish = wishes.get(line.offer_id, Wish())
        line.tolerance, line.may_replace, line.note = wish.tolerance, wish.may_replace, wish.note[:NOTE_MAX]
    BasketLine.objects.bulk_create(lines)
    basket.order_version = version
    basket.save(update_fields=["order_version"])
