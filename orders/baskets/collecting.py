"""Whether a household took its order: handed over, absent, and undone; and who comes for it in its stead. Two people at
once do it once."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit
from cagette.people.models import User
from orders.baskets.codes import new_code
from orders.baskets.enums import Collection, OrderState
from orders.baskets.models import Order
from orders.baskets.wishes import COLLECTOR_MAX, cleaned


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


@transaction.atomic
def name_collector(*, order_id: int, name: str, by: User, now: datetime) -> bool:
    """Say who comes for an order (empty: the household itself), until it is handed over; whether anything changed.

    Twice the same changes nothing. Raises CollectionRefused for a name that is too long, and for an order that was
    cancelled or handed over.
    """
    told = cleaned(name)
    if len(told) > COLLECTOR_MAX:
        raise CollectionRefused(_("C’est trop long : un nom, un prénom, 120 caractères au plus."))
    waiting = Order.objects.filter(pk=order_id, state=OrderState.PLACED).exclude(collection=Collection.COLLECTED)
    if waiting.exclude(collector=told).update(collector=told):
        _note("order.collector_named", order_id, by=by, now=now, collector=told)
        return True
    if not waiting.exists():
        raise CollectionRefused(_("Ce panier est annulé ou déjà remis : personne ne peut plus venir pour lui."))
    return False


@transaction.atomic
def renew_code(*, order_id: int, seen: str, by: User, now: datetime) -> bool:
    """Give an order another code, so that the old one and all links made with it open nothing; whether it changed.

    seen: the code that the form was shown with: the same form twice makes one new code. Raises CollectionRefused for an
    order that was cancelled or handed over.
    """
    waiting = Order.objects.filter(pk=order_id, state=OrderState.PLACED).exclude(collection=Collection.COLLECTED)
    if waiting.filter(code=seen).update(code=new_code()):
        _note("order.code_renewed", order_id, by=by, now=now)
        return True
    if not waiting.exists():
        raise CollectionRefused(_("Ce panier est annulé ou déjà remis : son code ne sert plus."))
    return False


def _note(verb: str, order_id: int, *, by: User, now: datetime, **detail: object) -> None:
    group_id = Order.objects.values_list("pickup__cycle__organisation_id", flat=True).get(pk=order_id)
    audit.note(verb, subject=f"order:{order_id}", by=by, now=now, scope_id=group_id, **detail)
