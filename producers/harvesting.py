"""Which stock row falls when a product is delivered on a day: a total, the day's, the period's; made when missing."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Q

from producers.enums import StockMode
from producers.models import Product, Stock


def stocks_on(products: Iterable[Product], *, day: date, delivery_days: Collection[date]) -> dict[int, Stock | None]:
    """The stock of each product that can be had on a delivery day, by its key (None: without limit); a product that
    is missing from the answer is not delivered that day. Rows of the day that are missing are made: 2 queries, one
    more when rows are made. Called twice it makes them once.

    delivery_days: the producer's earlier ones, to count every n-th delivery from stock_from_on.
    """
    wanted = [product for product in products if is_in_season(product, day)]
    limited = [product for product in wanted if product.stock_mode != StockMode.UNLIMITED]
    found = rows_on(limited, day)
    made = [p for p in limited if p.pk not in found and is_delivered(p, day, delivery_days)]
    if made:
        make_rows(made, day)
        found = rows_on(limited, day)
    return {p.pk: found.get(p.pk) for p in wanted if p.stock_mode == StockMode.UNLIMITED or p.pk in found}


def make_rows(products: list[Product], day: date) -> None:
    """Make the rows of a day, each with what a delivery has until another figure is announced; one that somebody else
    makes at once stands."""
    Stock.objects.bulk_create([_row_of_day(product, day) for product in products], ignore_conflicts=True)


def is_in_season(product: Product, day: date) -> bool:
    """Whether a product is sold in that month; without a season it always is."""
    return not product.season or day.month in product.season


def rows_on(products: list[Product], day: date) -> dict[int, Stock]:
    """The stock row that counts for each product on a day, by product, without those that have none: one query. Only
    rows of the product's own mode count."""
    if not products:
        return {}
    by_key = {product.pk: product for product in products}
    total = Q(delivery_on=None, period_from_on=None)
    of_day = Q(delivery_on=day)
    of_period = Q(period_from_on__lte=day, period_until_on__gte=day)
    rows = Stock.objects.filter(total | of_day | of_period, product__in=by_key).order_by("pk")
    return {row.product_id: row for row in rows if counts_on(by_key[row.product_id], row, day)}


def counts_on(product: Product, row: Stock, day: date) -> bool:
    """Whether a stock row is the one that a product takes from on a day: of its own mode, and of that day."""
    if product.stock_mode == StockMode.TOTAL:
        return row.delivery_on is None and row.period_from_on is None
    if product.stock_mode == StockMode.BY_PERIOD:
        from_on, until_on = row.period_from_on, row.period_until_on
        return from_on is not None and until_on is not None and from_on <= day <= until_on
    return row.delivery_on == day


def is_delivered(product: Product, day: date, delivery_days: Collection[date]) -> bool:
    """Whether a day is to have a row of its own for a product that has none yet: every delivery, or every n-th."""
    if product.stock_mode == StockMode.PER_DELIVERY:
        return True
    if product.stock_mode != StockMode.EVERY_NTH or not product.stock_every:
        return False
    first = product.stock_from_on
    if first is not None and day < first:
        return False
    before = {other for other in delivery_days if other < day and (first is None or other >= first)}
    return len(before) % product.stock_every == 0


def _row_of_day(product: Product, day: date) -> Stock:
    each = product.stock_each or 0
    return Stock(product=product, delivery_on=day, announced=each, remaining=each)
