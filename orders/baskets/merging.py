"""Merging a sale into another one: what was ordered is delivered with the other (snow, a farm's day off)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit, outbox, words
from cagette.people.models import User
from cagette.places.enums import vat_zone_of
from orders.baskets import calling_off, carrying, rules
from orders.baskets.carrying import Carried
from orders.baskets.locks import lock_orders, some_handed_over
from orders.baskets.models import Order, OrderLine
from orders.cycles import locks as cycle_locks
from orders.cycles import offering, opening, rescheduling
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, Offer, Participation, Pickup
from orders.cycles.rescheduling import BEGUN, Held
from producers import harvesting
from producers import locks as stock_locks
from producers.models import Product


class MergeRefused(Exception):
    """Nothing was merged. The message is fit for the coordinator to read."""


@dataclass(slots=True)
class _Merge:
    """Both sales, held, and where everything goes: lines (oldest first), pickups by key, offers by old offer."""

    source: Held
    into: Held
    lines: list[OrderLine]
    pickups: dict[int, Pickup] = field(default_factory=dict)
    offers: dict[int, Offer] = field(default_factory=dict)


@transaction.atomic
def merge_sales(
    *, source_id: int, into_id: int, by: User, now: datetime, why: str = "", points: Mapping[int, int] | None = None
) -> bool:
    """Deliver what was ordered in a sale (open or closed) with another sale of the group, which opens at once if it has
    not yet.

    Each order goes to the pickup of the same point, or to the one that `points` names (by key of the source's pickup);
    a household that ordered in both has one order of both, lines at the same price joined. Lines keep their prices and
    rates; their stock is the other day's, the first day's is given back. The source is called off: lists of its farms
    get a version that says that there is nothing to prepare, those of the other sale that have closed get a further
    one. Households and farms are told once. Twice: False, and nothing changes. Raises MergeRefused, and then changes
    nothing.
    """
    if source_id == into_id:
        raise MergeRefused(_("Choisissez une autre vente."))
    held = rescheduling.hold([source_id, into_id])
    source, into = held[source_id], held[into_id]
    if source.cycle.merged_into_id == into_id:
        return False
    _check_sales(source, into, now)
    _open_now(into, now)
    merge = _Merge(source, into, _lines(source))
    _find_pickups(merge, points or {}, now)
    _find_offers(merge)
    try:
        _carry(merge, why=why, now=now)
    except rules.PlacingRefused as refused:
        raise MergeRefused(str(refused)) from refused
    _end_source(merge, why=why, by=by, now=now)
    return True


def _check_sales(source: Held, into: Held, now: datetime) -> None:
    if source.cycle.organisation_id != into.cycle.organisation_id:
        raise MergeRefused(_("Ces deux ventes ne sont pas du même groupe."))
    for held in (source, into):
        if held.cycle.cancelled_at is not None:
            raise MergeRefused(_("« %(sale)s » est annulée.") % {"sale": held.cycle.name})
        if some_handed_over(held.cycle.pk):
            raise MergeRefused(_("« %(sale)s » : des paniers sont déjà remis.") % {"sale": held.cycle.name})
    if not source.begun:
        raise MergeRefused(_("Cette vente n’a pas ouvert, rien n’y est commandé : retirez-la."))


def _open_now(into: Held, now: datetime) -> None:
    """Orders need a sale that is open or closed: one that was to open later opens at once, with its announcement."""
    if not any(part.state == SaleState.PLANNED for part in into.coming):
        return
    if into.cycle.opens_at > now:
        into.cycle.opens_at = now
        into.cycle.save(update_fields=["opens_at"])
    for part in into.coming:
        opening.open_one(participation_id=part.pk, now=now)
        part.refresh_from_db(fields=["state"])


def _lines(source: Held) -> list[OrderLine]:
    """What was ordered, its orders held."""
    active = OrderLine.objects.active().filter(offer__participation__in=source.parts)
    lock_orders(active.values_list("order_id", flat=True))
    wanted = active.select_related("offer__product", "offer__participation__producer__organisation", "order")
    return list(wanted.order_by("placed_at", "pk"))


def _find_pickups(merge: _Merge, points: Mapping[int, int], now: datetime) -> None:
    """Where each order goes. Raises MergeRefused naming the points that the other sale does not serve."""
    used = {line.order.pickup_id for line in merge.lines}
    theirs = list(merge.into.cycle.pickups.select_related("point", "cycle").order_by("starts_at", "pk"))
    coming = {pickup.pk: pickup for pickup in theirs if pickup.ends_at > now}
    at_point: dict[int, Pickup] = {}
    for pickup in coming.values():
        at_point.setdefault(pickup.point_id, pickup)
    lost = []
    for pickup in merge.source.cycle.pickups.filter(pk__in=used).select_related("point").order_by("starts_at", "pk"):
        found = coming.get(points[pickup.pk]) if pickup.pk in points else at_point.get(pickup.point_id)
        if found is None:
            lost.append(pickup.point.name)
        elif vat_zone_of(found.point.commune_id) != vat_zone_of(pickup.point.commune_id):
            raise MergeRefused(_("%(point)s relève d’une autre TVA.") % {"point": found.point.name})
        else:
            merge.pickups[pickup.pk] = found
    if lost:
        raise MergeRefused(
            _("L’autre vente ne passe pas par %(points)s : dites où vont ces paniers.") % {"points": words.listed(lost)}
        )


def _find_offers(merge: _Merge) -> None:
    """The other sale's offer of each product that was ordered, made where it is missing. Raises MergeRefused naming
    farms that do not take part, or products that the other day does not have."""
    parts = {part.producer_id: part for part in merge.into.parts if part.state in BEGUN}
    wanted: dict[int, dict[int, Product]] = defaultdict(dict)
    absent = set()
    for line in merge.lines:
        producer = line.offer.participation.producer
        if producer.pk not in parts:
            absent.add(producer.organisation.name)
        wanted[producer.pk][line.offer.product_id] = line.offer.product
    if absent:
        raise MergeRefused(
            _("%(farms)s : absent de l’autre vente. Annulez d’abord ce qui y est commandé, ou faites-les venir.")
            % {"farms": words.listed(sorted(absent))}
        )
    offers: dict[int, Offer] = {}
    like = {line.offer.product_id: line.offer for line in merge.lines}
    for producer_id, products in wanted.items():
        offers |= _offers_of(parts[producer_id], products, like)
    merge.offers = {line.offer_id: offers[line.offer.product_id] for line in merge.lines}


def _offers_of(part: Participation, products: Mapping[int, Product], like: Mapping[int, Offer]) -> dict[int, Offer]:
    """By product; made where missing, at the price of the sale that it comes from."""
    known = Offer.objects.filter(participation=part, product__in=products).select_related("product")
    offers = {offer.product_id: offer for offer in known}
    if off_sale := [offer.product.name for offer in offers.values() if not offer.is_available]:
        raise MergeRefused(_not_that_day(off_sale, part.cycle))
    missing = [product for product in products.values() if product.pk not in offers]
    stocks = harvesting.stocks_on(missing, day=part.cycle.delivery_on, delivery_days=offering.earlier_deliveries(part))
    if gone := [product.name for product in missing if product.pk not in stocks]:
        raise MergeRefused(_not_that_day(gone, part.cycle))
    made = Offer.objects.bulk_create(
        Offer(
            participation=part, product=product, stock=stocks[product.pk], unit_price=like[product.pk].unit_price,
            producer_price=like[product.pk].producer_price,
        )
        for product in missing
    )  # fmt: skip
    offers |= {offer.product_id: offer for offer in made}
    for offer in offers.values():
        offer.participation = part
    return offers


def _not_that_day(names: Iterable[str], cycle: Cycle) -> str:
    shown = {"names": words.listed(sorted(names)), "day": words.day(cycle.delivery_on)}
    return _("Pas en vente le %(day)s : %(names)s. Retirez d’abord ces lignes.") % shown


def _carry(merge: _Merge, *, why: str, now: datetime) -> None:
    """Stock, then places, then lines, order by order: the locks in the house's order."""
    by_order: dict[int, list[OrderLine]] = defaultdict(list)
    for line in merge.lines:
        by_order[line.order_id].append(line)
    theirs = Order.objects.filter(
        pickup__in=merge.pickups.values(), household__in={line.order.household_id for line in merge.lines}
    )
    held = lock_orders([*by_order, *theirs.values_list("pk", flat=True)])
    there = {(o.pickup_id, o.household_id): o for o in held.values() if o.pk not in by_order}
    _exchange_stock(merge)
    cycle_locks.lock_places({*merge.pickups, *(pickup.pk for pickup in merge.pickups.values())})
    told: dict[int, list[str]] = defaultdict(list)
    for order_id, lines in by_order.items():
        order = held[order_id]
        pickup = merge.pickups[order.pickup_id]
        place = (pickup.pk, order.household_id)
        carrying.leave(order, now=now)
        there[place] = carrying.order_at(
            pickup, order.household_id, there.get(place), slot_id=None, like=order, now=now
        )
        carrying.carry(
            [Carried(line, merge.offers[line.offer_id], line.vat_permyriad) for line in lines], to=there[place], now=now
        )
        told[there[place].pk].append(f"n°\u00a0{order.number}, {words.day(merge.source.cycle.delivery_on)}")
    for order in there.values():
        if order.pk in told:
            outbox.record(
                "baskets.order_moved", key=f"{order.pk}:{order.version}", now=now, order_id=order.pk,
                version=order.version, why=why, before=told[order.pk], sale=merge.into.cycle.name,
            )  # fmt: skip


def _exchange_stock(merge: _Merge) -> None:
    amounts: dict[int, int] = defaultdict(int)
    for line in merge.lines:
        for stock_id, count in ((line.offer.stock_id, -line.count), (merge.offers[line.offer_id].stock_id, line.count)):
            if stock_id is not None:
                amounts[stock_id] += count
    stock_locks.lock_stocks(list(amounts))
    enough = stock_locks.take(amounts)
    short = {
        line.offer.product.name for line in merge.lines
        if (stock_id := merge.offers[line.offer_id].stock_id) is not None and stock_id not in enough
    }  # fmt: skip
    if short:
        shown = {"names": words.listed(sorted(short)), "day": words.day(merge.into.cycle.delivery_on)}
        raise MergeRefused(_("Il n’y en a pas assez le %(day)s : %(names)s. La ferme peut annoncer plus.") % shown)


def _end_source(merge: _Merge, *, why: str, by: User, now: datetime) -> None:
    source, into = merge.source.cycle, merge.into.cycle
    calling_off.end_parts(merge.source.parts, why=why, now=now, into=into)
    closed = {
        offer.participation_id for offer in merge.offers.values() if offer.participation.state == SaleState.CLOSED
    }
    for participation_id in sorted(closed):
        outbox.record(
            "baskets.lines_changed_after_close", key=f"merged:{source.pk}:{participation_id}", now=now,
            participation_id=participation_id,
        )  # fmt: skip
    source.merged_into, source.cancelled_at = into, now
    source.cancel_reason = _("Réunie avec « %(sale)s ».") % {"sale": into.name}
    source.save(update_fields=["merged_into", "cancelled_at", "cancel_reason"])
    audit.note(
        "cycles.merged", subject=f"cycle:{source.pk}", by=by, now=now, scope_id=source.organisation_id, into=into.pk,
        why=why, orders=len({line.order_id for line in merge.lines}),
    )  # fmt: skip
