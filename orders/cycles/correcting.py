"""Correcting a typing error while a sale is open: a price, a name, what is on sale. Lines keep their price."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit
from cagette.core.money import Money, percent
from cagette.people.models import User
from orders.cycles.models import Offer, Participation
from producers import cataloguing
from producers.facts import ProductRefused, facts_of
from producers.models import ListedProduct, Listing


class CorrectionRefused(Exception):
    """The offer was not changed. The message is fit for the producer to read."""


@transaction.atomic
def correct_offer(
    *,
    offer_id: int,
    price: Money,
    is_available: bool,
    price_seen: Money,
    by: User,
    now: datetime,
    in_catalogue: bool = False,
) -> bool:
    """Change an open offer's price, as the producer is paid it, and whether it is on sale. What households pay follows
    by the group's margin; a price of the group's own stays. Who saw the old one is told before paying more.

    in_catalogue: the catalogue has the same error, for the sales to come. False when nothing changes (the same form
    twice). Raises CorrectionRefused when the sale is not open, or when the price is no longer the one the form showed.
    """
    offer = _hold(offer_id, now=now)
    fixed = in_catalogue and _fix_catalogue(offer, by=by, now=now, unit_price=price)
    if (offer.producer_price, offer.is_available) == (price, is_available):
        return fixed
    if offer.producer_price != price_seen:
        raise CorrectionRefused(_("Ce prix a été changé entre-temps. Rechargez la page pour voir le nouveau."))
    pays = household_price(offer, price)
    Offer.objects.filter(pk=offer_id).update(unit_price=pays, producer_price=price, is_available=is_available)
    audit.note(
        "offer.corrected", subject=f"offer:{offer_id}", by=by, now=now,
        scope_id=offer.participation.cycle.organisation_id,
        before={"price": offer.unit_price.cents, "own": offer.producer_price.cents, "available": offer.is_available},
        after={"price": pays.cents, "own": price.cents, "available": is_available},
    )  # fmt: skip
    return True


@transaction.atomic
def correct_words(*, offer_id: int, name: str, description: str, seen: str, by: User, now: datetime) -> bool:
    """Correct the name and description of a product in an open sale: they are the catalogue's, so they change in every
    sale; lists that are written keep theirs. seen: the fingerprint of the facts that the form showed.

    False when nothing changes (the same form twice). Raises CorrectionRefused.
    """
    offer = _hold(offer_id, now=now)
    return _fix_catalogue(offer, by=by, now=now, seen=seen, name=name, description=description)


def _hold(offer_id: int, *, now: datetime) -> Offer:
    """An offer whose participation is locked and open. Raises CorrectionRefused."""
    offer = Offer.objects.select_related("participation__cycle", "product").get(pk=offer_id)
    participation = Participation.objects.select_for_update(no_key=True).get(pk=offer.participation_id)
    if not participation.is_open(now):
        raise CorrectionRefused(_("Cette vente n’est pas ouverte : ses prix ne changent plus."))
    offer.refresh_from_db(fields=["unit_price", "producer_price", "is_available"])
    return offer


def _fix_catalogue(offer: Offer, *, by: User, now: datetime, seen: str = "", **said: object) -> bool:
    before = facts_of(offer.product)
    facts = replace(before, **said)  # type: ignore[arg-type]
    try:
        return cataloguing.change_product(
            product_id=offer.product_id, facts=facts, seen=seen or before.fingerprint, by=by, now=now
        )
    except ProductRefused as refused:
        raise CorrectionRefused(str(refused)) from refused


def household_price(offer: Offer, price: Money) -> Money:
    """What households pay once the producer is paid this price: never less, so that the group loses nothing.

    A price of the group's own stays; its margin is taken of the new price; an offer that came with another difference
    (cloned, or the margin changed since it opened) keeps that difference.
    """
    cycle = offer.participation.cycle
    listing = Listing.objects.filter(
        organisation_id=cycle.organisation_id, producer_id=offer.participation.producer_id
    ).first()
    listed = ListedProduct.objects.filter(listing=listing, product_id=offer.product_id).first()
    if listed and listed.own_price is not None and offer.unit_price == max(listed.own_price, offer.producer_price):
        return max(listed.own_price, price)
    markup = listing.markup_permyriad if listing else 0
    if offer.unit_price == offer.producer_price + percent(offer.producer_price, markup):
        return price + percent(price, markup)
    return max(price, price + (offer.unit_price - offer.producer_price))
