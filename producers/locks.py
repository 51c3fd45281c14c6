"""Locks on stock rows: always by primary key, all of a deed at once (without that step placings deadlock)."""

from collections.abc import Mapping

from django.db import connection

from producers.models import Listing, Producer, Product, Stock


def lock_stocks(stock_ids: "set[int] | list[int]") -> dict[int, int]:
    """Lock stock rows in the order of their keys; what is left, by key."""
    rows = Stock.objects.filter(pk__in=stock_ids).order_by("pk").select_for_update(no_key=True)
    return dict(rows.values_list("pk", "remaining"))


def take(amounts: Mapping[int, int]) -> set[int]:
    """Take amounts (base units; negative gives back) from locked stock rows in one UPDATE; the keys that had enough.

    The caller compares with what it asked for, and rolls back when one is missing.
    """
    if not amounts:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            # what is given back settles a shortage first; only the rest may be sold again
            "UPDATE producers_stock AS s SET "
            "remaining = s.remaining - t.amount - LEAST(s.short, GREATEST(-t.amount, 0)), "
            "short = s.short - LEAST(s.short, GREATEST(-t.amount, 0)) "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS t(id, amount) "
            "WHERE s.id = t.id AND s.remaining >= t.amount RETURNING s.id",
            [list(amounts.keys()), list(amounts.values())],
        )
        return {row[0] for row in cursor.fetchall()}


def lock_producer(producer_id: int) -> Producer:
    """Lock a producer, whose catalogue is about to grow: one reference is given once. Before its products."""
    return Producer.objects.select_for_update(no_key=True).get(pk=producer_id)


def lock_product(product_id: int) -> Product:
    """Lock a product that is about to change, with its producer at hand. Before its stock row."""
    rows = Product.objects.select_related("producer").select_for_update(no_key=True, of=("self",))
    return rows.get(pk=product_id)


def lock_products(product_ids: "list[int]", *, producer_id: int) -> dict[int, Product]:
    """Lock products of one producer in the order of their keys, by key; without those that are another's."""
    rows = Product.objects.select_related("producer").select_for_update(no_key=True, of=("self",))
    return {row.pk: row for row in rows.filter(pk__in=product_ids, producer=producer_id).order_by("pk")}


def lock_rows(stock_ids: "list[int]") -> dict[int, Stock]:
    """Lock stock rows in the order of their keys, by key."""
    rows = Stock.objects.select_for_update(no_key=True).filter(pk__in=stock_ids).order_by("pk")
    return {row.pk: row for row in rows}


def lock_total(product_id: int) -> Stock | None:
    """Lock the total of a product; None when it never had one."""
    return (
        Stock.objects.select_for_update(no_key=True)
        .filter(product_id=product_id, delivery_on=None, period_from_on=None)
        .first()
    )


def move(amounts: Mapping[int, int]) -> None:
    """Announce more or less (base units) on locked stock rows, in one UPDATE: what is left moves by the same.

    Below what is sold nothing is left and the rest is short; more announced ends a shortage before it is left to sell.
    """
    if not amounts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE producers_stock AS s SET announced = s.announced + t.amount, "
            "remaining = GREATEST(s.remaining - s.short + t.amount, 0), "
            "short = GREATEST(s.short - s.remaining - t.amount, 0) "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS t(id, amount) WHERE s.id = t.id",
            [list(amounts.keys()), list(amounts.values())],
        )


def lock_listing(listing_id: int) -> Listing:
    """Lock a listing whose terms or products are about to change."""
    return Listing.objects.select_for_update(no_key=True).get(pk=listing_id)
