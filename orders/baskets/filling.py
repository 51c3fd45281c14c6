"""Filling a basket: it reserves nothing, survives a lost session, and may begin before log-in."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from orders.baskets import rules
from orders.baskets.models import Basket, BasketLine, Order
from orders.cycles.models import Offer


@transaction.atomic
def set_count(
    *, pickup_id: int, household_id: int | None, token: UUID | None, offer_id: int, count: int, now: datetime
) -> Basket:
    """Put so much of an offer in the basket of a household, or of a visitor known by a token; 0 takes it out.

    The basket starts from the household's order, and starts anew when that order has changed since. Twice the
    same changes nothing.
    Raises CountRefused, OfferUnknown or SaleClosed.
    """
    offer = Offer.objects.select_related("product", "participation__producer__organisation").filter(
        pk=offer_id, participation__cycle__pickups=pickup_id
    )
    found = offer.first()
    if found is None:
        raise rules.OfferUnknown(_("Ce produit n’est pas dans cette vente. Rechargez la page."))
    rules.check_count(found, count)
    part = found.participation
    rules.check_open([part], names={part.pk: part.producer.organisation.name}, now=now)
    basket = start(pickup_id=pickup_id, household_id=household_id, token=token, now=now)
    BasketLine.objects.update_or_create(basket=basket, offer=found, defaults={"count": count})
    Basket.objects.filter(pk=basket.pk).update(updated_at=now)
    return basket


@transaction.atomic
def start(*, pickup_id: int, household_id: int | None, token: UUID | None, now: datetime) -> Basket:
    """The basket of its owner for a pickup, filled from the order when there is none, or when the order
    changed since."""
    owner = {"household_id": household_id, "token": None if household_id else token}
    basket, _created = Basket.objects.get_or_create(pickup_id=pickup_id, **owner, defaults={"updated_at": now})
    basket = Basket.objects.select_for_update(no_key=True).get(pk=basket.pk)
    order = Order.objects.filter(pickup_id=pickup_id, household_id=household_id).first() if household_id else None
    version = order.version if order else 0
    if order and basket.order_version != version:
        _fill(basket, rules.counts_by_offer(list(order.lines.active())), version)
    return basket


@transaction.atomic
def adopt(*, pickup_id: int, household_id: int, token: UUID, now: datetime) -> Basket | None:
    """Give a household what its person chose before log-in; where both have an offer the larger count stays.
    Twice: nothing left."""
    visitor = Basket.objects.select_for_update(no_key=True).filter(pickup_id=pickup_id, token=token).first()
    if visitor is None:
        return None
    basket = start(pickup_id=pickup_id, household_id=household_id, token=None, now=now)
    both = dict(basket.lines.values_list("offer_id", "count"))
    for offer_id, count in visitor.lines.values_list("offer_id", "count"):
        both[offer_id] = max(count, both.get(offer_id, 0))
    _fill(basket, both, basket.order_version)
    visitor.delete()
    return basket


@transaction.atomic
def refill(*, pickup_id: int, household_id: int, counts: dict[int, int], version: int, now: datetime) -> Basket:
    """Put a proposal (two baskets merged) in the basket of a household, as starting from that version of its order."""
    basket = start(pickup_id=pickup_id, household_id=household_id, token=None, now=now)
    _fill(basket, counts, version)
    return basket


def _fill(basket: Basket, counts: dict[int, int], version: int) -> None:
    basket.lines.all().delete()
    BasketLine.objects.bulk_create([BasketLine(basket=basket, offer_id=o, count=c) for o, c in counts.items()])
    basket.order_version = version
    basket.save(update_fields=["order_version"])
