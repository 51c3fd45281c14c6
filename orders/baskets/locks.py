"""Locks on orders. The household's row comes first of all, so its deeds come one by one; the order's row comes
after its participations, for those who change lines without the household: a close, a shortage, a cancelled sale."""

from collections.abc import Iterable, Mapping

from cagette.people.models import Household
from orders.baskets.enums import Collection
from orders.baskets.models import Order, OrderLine
from orders.cycles.models import Offer


def lock_household(household_id: int, *, group_id: int) -> Household | None:
    """Lock a household that is a member of the group; None when it is not."""
    members = Household.objects.filter(memberships__organisation_id=group_id, memberships__ended_on=None)
    return members.select_for_update(no_key=True, of=("self",)).filter(pk=household_id).first()


def order_of(household_id: int, pickup_id: int) -> tuple[Order | None, list[OrderLine]]:
    """The order that a locked household has for a pickup, locked, with its active lines, oldest first. After the
    participations that the deed touches, so that a close of another one does not cut lines behind its back."""
    mine = Order.objects.filter(household_id=household_id, pickup_id=pickup_id)
    order = mine.select_for_update(no_key=True).first()
    return order, list(order.lines.active().order_by("pk")) if order else []


def lock_orders(order_ids: Iterable[int]) -> dict[int, Order]:
    """Lock orders in the order of their keys; them by key."""
    rows = Order.objects.filter(pk__in=set(order_ids)).order_by("pk").select_for_update(no_key=True)
    return {order.pk: order for order in rows}


def read_stocks_again(offers: Mapping[int, Offer]) -> None:
    """Read again, under the lock on their participations, which stock falls: a sale that moved to another day meanwhile
    sells that day's."""
    rows = Offer.objects.filter(pk__in=offers).values_list("pk", "stock_id", "is_available")
    for offer_id, stock_id, is_available in rows:
        offers[offer_id].stock_id, offers[offer_id].is_available = stock_id, is_available


def some_handed_over(cycle_id: int) -> bool:
    """Whether a basket of a cycle was handed over: what is gone moves no more."""
    return Order.objects.filter(pickup__cycle=cycle_id, collection=Collection.COLLECTED).exists()
