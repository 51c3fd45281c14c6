"""Correcting an offer while its cycle is open: lines that exist keep their price."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit
from cagette.core.money import Money
from cagette.people.models import User
from orders.cycles.models import Offer, Participation


class CorrectionRefused(Exception):
    """The offer was not changed. The message is fit for the producer to read."""


@transaction.atomic
def correct_offer(
    *, offer_id: int, price: Money, is_available: bool, price_seen: Money, by: User, now: datetime
) -> bool:
    """Change an open offer's price and whether it is on sale; a household that saw the old price is told
    before it pays more.

    False when nothing changes (the same form twice). Raises CorrectionRefused when the sale is not open, or
    when the price
    is no longer the one the form showed.
    """
    offer = Offer.objects.select_related("participation__cycle").get(pk=offer_id)
    participation = Participation.objects.select_for_update(no_key=True).get(pk=offer.participation_id)
    if not participation.is_open(now):
        raise CorrectionRefused(_("Cette vente n’est pas ouverte : ses prix ne changent plus."))
    offer.refresh_from_db(fields=["unit_price", "is_available"])
    if (offer.unit_price, offer.is_available) == (price, is_available):
        return False
    if offer.unit_price != price_seen:
        raise CorrectionRefused(_("Ce prix a été changé entre-temps. Rechargez la page pour voir le nouveau."))
    before = {"price": offer.unit_price.cents, "available": offer.is_available}
    Offer.objects.filter(pk=offer_id).update(unit_price=price, is_available=is_available)
    after = {"price": price.cents, "available": is_available}
    scope_id = offer.participation.cycle.organisation_id
    audit.note(
        "offer.corrected", subject=f"offer:{offer_id}", by=by, now=now, scope_id=scope_id, before=before, after=after
    )
    return True
