"""Whether a household took its order: handed over, absent, and undone. Two people at once do it once."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit
from cagette.people.models import User
from orders.baskets.enums import Collection, OrderState
from orders.baskets.models import Order


class CollectionRefused(Exception):
    """The order did not move. The message is fit for the volunteer to read."""


@transaction.atomic
def move(*, order_id: int, to: Collection, by: User, now: datetime) -> bool:
    """Move an order's collection along Collection.SOURCES in one conditional UPDATE, and note who did it.

    Already there: False, and nothing changes (two volunteers tapped at once). Raises CollectionRefused for an
    order that was
    cancelled, or that another move took elsewhere.
    """
    movable = Order.objects.filter(pk=order_id, state=OrderState.PLACED, collection__in=Collection.SOURCES[to])
    if movable.update(collection=to, collection_at=now, collection_by=by):
        order = Order.objects.select_related("pickup__cycle").get(pk=order_id)
        group_id = order.pickup.cycle.organisation_id
        audit.note(f"order.{to}", subject=f"order:{order_id}", by=by, now=now, scope_id=group_id)
        return True
    order = Order.objects.get(pk=order_id)
    if order.state == OrderState.CANCELLED:
        raise CollectionRefused(_("La commande n° %(number)s a été annulée.") % {"number": order.number})
    if order.collection == to:
        return False
    state = Collection(order.collection).label
    raise CollectionRefused(
        _("Le panier n° %(number)s est déjà noté : %(state)s.") % {"number": order.number, "state": state}
    )
