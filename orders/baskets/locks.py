"""Locks on orders. The household's row comes first of all, so its deeds come one by one; the order's row comes
after its participations, for those who change lines without the household: a close, a shortage, a cancelled sale."""

from collections.abc import Iterable, Mapping

from django.db import connection

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


def lock_stocks_of(offers: Mapping[int, Offer]) -> dict[int, int]:
    """Lock the stocks of offers in the order of their keys; what is left, by key.

    In the same breath it reads again, under the lock on their participations, with which stock each offer falls: a sale
    that moved to another day meanwhile sells that day's.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH mine AS (SELECT id, stock_id, is_available FROM cycles_offer WHERE id = ANY(%s)), "
            "locked AS (SELECT id, remaining FROM producers_stock WHERE id IN (SELECT stock_id FROM mine) "
            "ORDER BY id FOR NO KEY UPDATE) "
            "SELECT mine.id, mine.stock_id, mine.is_available, locked.remaining "
            "FROM mine LEFT JOIN locked ON locked.id = mine.stock_id",
            [list(offers)],
        )
        rows = cursor.fetchall()
    for offer_id, stock_id, is_available, _remaining in rows:
        offers[offer_id].stock_id, offers[offer_id].is_available = stock_id, is_available
    return {stock_id: remaining for _offer_id, stock_id, _is_available, remaining in rows if stock_id is not None}


def some_handed_over(cycle_id: int) -> bool:
    """Whether a basket of a cycle was handed over: what is gone moves no more."""
    return Order.objects.filter(pickup__cycle=cycle_id, collection=Collection.COLLECTED).exists()
