""" "Comme la dernière fois": what an earlier order had, put in the basket of another sale where it can be had."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core.quantities import COUNT_MAX
from orders.baskets import filling, rules
from orders.baskets.models import Basket, BasketLine, Order, OrderLine
from orders.cycles.models import Offer, Pickup
from producers.models import Product


@dataclass(slots=True)
class Repetition:
    """What came of it. added: names of products now in the basket; missed: what could not be had, or not as it was,
    a sentence each."""

    added: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


@transaction.atomic
def repeat_order(*, order_id: int, pickup_id: int, household_id: int, now: datetime) -> Repetition:
    """Fill a household's basket for a pickup with what its earlier order had: the same products and counts, adapted to
    the offer's steps, minimum and maximum and to what is left.

    It reserves nothing and never lowers what the basket holds already, so twice changes nothing.
    """
    earlier = Order.objects.get(pk=order_id, household_id=household_id)
    pickup = Pickup.objects.select_related("cycle").get(pk=pickup_id)
    had = _products_of(earlier)
    offers = _offers_of(pickup, had)
    basket = filling.start(pickup_id=pickup_id, household_id=household_id, token=None, now=now)
    held = dict(basket.lines.values_list("offer_id", "count"))
    ordered = rules.counts_by_offer(_lines_here(pickup_id, household_id))
    done = Repetition()
    wanted: dict[int, int] = {}
    for product, count in sorted(had.values(), key=lambda pair: pair[0].name):
        offer = offers.get(product.pk)
        may, why = _what_may_be_had(product, offer, count, ordered.get(offer.pk, 0) if offer else 0, now)
        if offer is not None and may > held.get(offer.pk, 0):
            wanted[offer.pk] = may
            done.added.append(product.name)
        if why and (offer is None or held.get(offer.pk, 0) < count):
            done.missed.append(why)
    _put(basket, wanted, now)
    return done


def _lines_here(pickup_id: int, household_id: int) -> list[OrderLine]:
    order = Order.objects.filter(pickup_id=pickup_id, household_id=household_id).first()
    return list(order.lines.active()) if order else []


def _products_of(order: Order) -> dict[int, tuple[Product, int]]:
    """How much of each product an order has in all, in base units."""
    had: dict[int, tuple[Product, int]] = {}
    for line in order.lines.active().select_related("offer__product"):
        product = line.offer.product
        had[product.pk] = (product, line.count + (had[product.pk][1] if product.pk in had else 0))
    return had


def _offers_of(pickup: Pickup, had: dict[int, tuple[Product, int]]) -> dict[int, Offer]:
    """The offers of these products in a pickup's sale, by product."""
    found = Offer.objects.filter(participation__cycle_id=pickup.cycle_id, product__in=had)
    named = found.select_related("product", "stock", "participation__producer__organisation")
    return {offer.product_id: offer for offer in named}


def _what_may_be_had(product: Product, offer: Offer | None, count: int, mine: int, now: datetime) -> tuple[int, str]:
    """How much of what was had may be had here, and why not as much or not the same; mine: what the household's order
    here holds already."""
    if offer is None:
        return 0, _("%(name)s : pas dans cette vente.") % {"name": product.name}
    product = offer.product
    if not offer.participation.is_open(now):
        farm = offer.participation.producer.organisation.name
        shown = {"name": product.name, "farm": farm}
        return 0, _("%(name)s : les commandes sont closes pour %(farm)s.") % shown
    left = None if offer.stock is None else offer.stock.remaining + mine
    if not offer.is_available:
        left = mine
    most = min(limit for limit in (product.maximum, left, COUNT_MAX) if limit is not None)
    may = _stepped(product, min(max(count, product.minimum), most))
    if may == count:
        return may, ""
    if may == 0:
        return 0, _("%(name)s : épuisé.") % {"name": product.name}
    shown = {"name": product.name, "may": product.in_words(may), "count": product.in_words(count)}
    if left is not None and left < count:
        return may, _("%(name)s : %(may)s au lieu de %(count)s, il n’en reste pas plus.") % shown
    if product.maximum is not None and product.maximum < count:
        return may, _("%(name)s : %(may)s au lieu de %(count)s, le maximum par foyer.") % shown
    return may, _("%(name)s : %(may)s au lieu de %(count)s, comme on le vend maintenant.") % shown


def _stepped(product: Product, count: int) -> int:
    """The most that one may order of a product without passing count; 0 below its minimum."""
    if count < product.minimum:
        return 0
    return count - (count - product.minimum) % product.step


def _put(basket: Basket, wanted: dict[int, int], now: datetime) -> None:
    for offer_id, count in wanted.items():
        BasketLine.objects.update_or_create(basket=basket, offer_id=offer_id, defaults={"count": count})
    if wanted:
        Basket.objects.filter(pk=basket.pk).update(updated_at=now)
