"""A farm's next deliveries: what is announced, ordered, left and short of each product, day by day."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from cagette.core import words
from cagette.people.models import Organisation
from orders.baskets.models import OrderLine
from orders.cycles.enums import SaleState
from orders.cycles.models import Participation
from producers import harvesting
from producers.enums import StockMode
from producers.models import Product, Stock

DAYS_MAX = 8  # deliveries ahead


@dataclass(frozen=True, slots=True)
class Row:
    """A product on a day. groups: who ordered how much of this stock. typed and error: of a form that was refused."""

    product: Product
    stock: Stock | None
    groups: list[tuple[str, int]] = field(default_factory=list)
    typed: str = ""
    error: str = ""

    @property
    def announced(self) -> int:
        """The figure so far: what was announced, else what a delivery usually has."""
        return self.stock.announced if self.stock else self.product.stock_each or 0

    @property
    def shown(self) -> str:
        return self.typed or str(self.product.quantity(self.announced))

    @property
    def ordered(self) -> int:
        return sum(count for _name, count in self.groups)

    @property
    def ordered_in_words(self) -> str:
        return self.product.in_words(self.ordered)

    @property
    def left_in_words(self) -> str:
        return self.product.in_words(self.stock.remaining if self.stock else self.announced)

    @property
    def short_in_words(self) -> str:
        """Sold beyond the harvest; empty when nothing is."""
        return self.product.in_words(self.stock.short) if self.stock and self.stock.short else ""

    @property
    def groups_in_words(self) -> str:
        return words.listed([f"{name} ({self.product.in_words(count)})" for name, count in self.groups])

    @property
    def names(self) -> str:
        return words.listed([name for name, _count in self.groups])

    @property
    def decides(self) -> str:
        """A Sporta décide; A Sporta et U Fornu décident."""
        shown = {"names": self.names}
        return (_("%(names)s décident") if len(self.groups) > 1 else _("%(names)s décide")) % shown

    @property
    def scope(self) -> str:
        """What the figure is for, where it is more than one day."""
        if self.stock is None or self.stock.delivery_on:
            return ""
        if self.stock.period_from_on and self.stock.period_until_on:
            days = words.day(self.stock.period_from_on), words.day(self.stock.period_until_on)
            return _("pour toute la période, du %(from)s au %(until)s") % {"from": days[0], "until": days[1]}
        return _("en tout, pour toutes les livraisons")


@dataclass(frozen=True, slots=True)
class Day:
    """A delivery day, the sales that are delivered on it, and the products whose stock counts on it."""

    on: date
    sales: list[Participation]
    rows: list[Row]

    @property
    def groups(self) -> str:
        return words.listed(list(dict.fromkeys(sale.cycle.organisation.name for sale in self.sales)))


@dataclass(frozen=True, slots=True)
class HarvestPage:
    """All that the page shows. unlimited: the products that have nothing to announce."""

    farm: Organisation
    days: list[Day]
    unlimited: list[str]

    def refused(self, day: date, typed: dict[int, str], errors: dict[int, str]) -> "HarvestPage":
        """The same page with what was typed for a day, and what is wrong with it."""

        def told(row: Row) -> Row:
            key = row.product.pk
            return replace(row, typed=typed.get(key, ""), error=errors.get(key, ""))

        days = [replace(item, rows=[told(row) for row in item.rows]) if item.on == day else item for item in self.days]
        return replace(self, days=days)


def coming_sales(farm: Organisation, today: date) -> dict[date, list[Participation]]:
    """The sales that the farm delivers from today on, by day, soonest first: one query."""
    sales: dict[date, list[Participation]] = defaultdict(list)
    coming = Participation.objects.filter(producer__organisation=farm, cycle__delivery_on__gte=today)
    coming = coming.exclude(state__in=(SaleState.DECLINED, SaleState.CANCELLED))
    for sale in coming.select_related("cycle__organisation").order_by("cycle__delivery_on", "pk"):
        sales[sale.cycle.delivery_on].append(sale)
    return dict(list(sales.items())[:DAYS_MAX])


def harvest_page(*, farm: Organisation, now: datetime) -> HarvestPage:
    """Five queries, however many days and products. A stock that counts on several days stands on the first."""
    sales = coming_sales(farm, farm.local(now).date())
    products = list(Product.objects.filter(producer__organisation=farm).order_by("name", "pk"))
    limited = [product for product in products if product.stock_mode != StockMode.UNLIMITED]
    stocks = _stocks(farm, list(sales))
    groups = _ordered([stock.pk for rows in stocks.values() for stock in rows])
    delivery_days = _delivery_days(farm)
    shared: set[int] = set()
    days = []
    for day, parts in sales.items():
        rows = [
            row
            for row in (_row(product, day, stocks[product.pk], groups, delivery_days) for product in limited)
            if row is not None and (row.stock is None or row.stock.pk not in shared)
        ]
        shared |= {row.stock.pk for row in rows if row.stock and not row.stock.delivery_on}
        days.append(Day(day, parts, rows))
    on_sale = [product for product in products if product.is_active and product.retired_at is None]
    unlimited = [product.name for product in on_sale if product.stock_mode == StockMode.UNLIMITED]
    return HarvestPage(farm=farm, days=days, unlimited=unlimited)


def _stocks(farm: Organisation, days: list[date]) -> dict[int, list[Stock]]:
    """The rows that may count on these days, by product."""
    found: dict[int, list[Stock]] = defaultdict(list)
    if days:
        total = Q(delivery_on=None, period_from_on=None)
        period = Q(period_from_on__lte=days[-1], period_until_on__gte=days[0])
        rows = Stock.objects.filter(total | period | Q(delivery_on__in=days), product__producer__organisation=farm)
        for stock in rows.order_by("pk"):
            found[stock.product_id].append(stock)
    return found


def _ordered(stock_ids: list[int]) -> dict[int, list[tuple[str, int]]]:
    """By stock, each group that ordered of it and how much."""
    group = "offer__participation__cycle__organisation"
    lines: Any = OrderLine.objects.active().filter(offer__stock__in=stock_ids)
    sums = lines.values("offer__stock", group, f"{group}__name").annotate(ordered=Sum("count"))
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for row in sums.order_by(f"{group}__name", group):
        found[row["offer__stock"]].append((row[f"{group}__name"], row["ordered"]))
    return found


def _delivery_days(farm: Organisation) -> set[date]:
    """All days on which the farm delivers or has delivered, to count every n-th."""
    sales = Participation.objects.filter(producer__organisation=farm)
    sales = sales.exclude(state__in=(SaleState.DECLINED, SaleState.CANCELLED))
    return set(sales.values_list("cycle__delivery_on", flat=True).distinct())


def _row(
    product: Product,
    day: date,
    stocks: list[Stock],
    groups: dict[int, list[tuple[str, int]]],
    delivery_days: set[date],
) -> Row | None:
    """The product on that day; None when it is not delivered then and nobody has ordered it."""
    stock = next((row for row in stocks if harvesting.counts_on(product, row, day)), None)
    if stock and groups[stock.pk]:
        return Row(product, stock, groups[stock.pk])
    is_sold = product.is_active and product.retired_at is None and harvesting.is_in_season(product, day)
    if is_sold and (stock or harvesting.is_delivered(product, day, delivery_days)):
        return Row(product, stock)
    return None
