"""Locks on a household's orders: the household's row comes first of all, so its deeds come one after the other."""

from cagette.people.models import Household
from orders.baskets.models import Order, OrderLine


def lock_household(household_id: int, *, group_id: int) -> Household | None:
    """Lock a household that is a member of the group; None when it is not."""
    members = Household.objects.filter(memberships__organisation_id=group_id, memberships__ended_on=None)
    return members.select_for_update(no_key=True, of=("self",)).filter(pk=household_id).first()


def order_of(household_id: int, pickup_id: int) -> tuple[Order | None, list[OrderLine]]:
    """The order that a locked household has for a pickup, with its active lines, oldest first."""
    order = Order.objects.filter(household_id=household_id, pickup_id=pickup_id).first()
    return order, list(order.lines.active().order_by("pk")) if order else []
