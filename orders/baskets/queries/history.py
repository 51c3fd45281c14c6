"""A household's orders: the next and the latest ones; all of them, paged, by group and year, summed; and as rows of a
file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, Sum

from cagette.core.money import Money, total
from cagette.people.models import Organisation
from orders.baskets.enums import OrderState
from orders.baskets.models import Order, OrderLine
from orders.baskets.queries.fees import charges_by_order
from orders.baskets.queries.orders import orders_of
from orders.cycles.charging import Charge

EACH, LATEST = 20, 10


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in a list; amount: what is due, fees included."""

    order: Order
    products: int
    amount: Money


def order_rows(orders: list[Any]) -> list[OrderRow]:
    """Rows of orders that were counted by `counted`, with their fees: three queries at the most, however many."""
    charged = charges_by_order(orders)
    return [
        OrderRow(o, o.products, total([o.amount or Money(), *(c.amount for c in charged.get(o.pk, []))]))
        for o in orders
    ]


def counted(orders: Any) -> Any:
    """Orders with how many products they hold and what these come to."""
    active = Q(lines__cancelled_at=None)
    return orders.annotate(products=Count("lines", filter=active), amount=Sum("lines__final_amount", filter=active))


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """A household's orders: to come, the latest that are past, and whether there are more."""

    coming: list[OrderRow]
    past: list[OrderRow]
    has_more: bool


def orders_page(*, household_id: int, now: datetime) -> OrdersPage:
    """Four queries: what is to come, the latest ten that are past, and their fees."""
    orders = counted(orders_of(household_id)).order_by("-pickup__starts_at", "-pk")
    coming = list(orders.filter(pickup__ends_at__gte=now)[:100])
    past = list(orders.filter(pickup__ends_at__lt=now)[: LATEST + 1])
    rows = {row.order.pk: row for row in order_rows([*coming, *past])}
    return OrdersPage(
        coming=[rows[o.pk] for o in reversed(coming)],
        past=[rows[o.pk] for o in past[:LATEST]],
        has_more=len(past) > LATEST,
    )


@dataclass(frozen=True, slots=True)
class Sought:
    """Which orders are looked for; empty is all."""

    group: str = ""
    year: int = 0

    @property
    def query(self) -> str:
        """The same for the links to other pages."""
        given = {"groupe": self.group, "annee": str(self.year or "")}
        return "".join(f"&{urlencode({name: value})}" for name, value in given.items() if value)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of orders, latest first, and what all that were found come to."""

    rows: list[OrderRow]
    numbers: "Page[Any]"
    sought: Sought
    groups: list[Organisation]
    years: list[int]
    count: int
    products: Money
    fees: Money

    @property
    def amount(self) -> Money:
        return self.products + self.fees


def history_page(*, household_id: int, sought: Sought, number: int) -> HistoryPage:
    """Ten queries at the most, however many orders. Sums count what is due of orders that were not cancelled."""
    mine = Order.objects.filter(household_id=household_id)
    group_ids = mine.values("pickup__cycle__organisation")
    found = _found(household_id, sought)
    numbers = Paginator(counted(found).order_by("-pickup__starts_at", "-pk"), EACH).get_page(number)
    placed = list(found.filter(state=OrderState.PLACED))
    lines = OrderLine.objects.active().filter(order__in=found).values_list("final_amount", flat=True)
    charged = charges_by_order(placed)
    return HistoryPage(
        rows=order_rows(list(numbers.object_list)),
        numbers=numbers,
        sought=sought,
        groups=list(Organisation.objects.filter(pk__in=group_ids).order_by("name", "pk")),
        years=[day.year for day in mine.dates("pickup__cycle__delivery_on", "year", order="DESC")],
        count=len(placed),
        products=total(list(lines)),
        fees=total([charge.amount for charges in charged.values() for charge in charges]),
    )


def _found(household_id: int, sought: Sought) -> Any:
    found = orders_of(household_id)
    if sought.group:
        found = found.filter(pickup__cycle__organisation__slug=sought.group)
    if sought.year:
        found = found.filter(pickup__cycle__delivery_on__year=sought.year)
    return found


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """One row of the file: a line of an order, or one of its fees."""

    order: Order
    line: OrderLine | None
    charge: Charge | None

    @property
    def amount(self) -> Money:
        if self.line is not None:
            return self.line.final_amount
        return self.charge.amount if self.charge else Money()


def history_records(*, household_id: int) -> Iterator[HistoryRecord]:
    """Every line and fee of a household's orders, latest first: five queries, however many."""
    orders = list(orders_of(household_id).filter(state=OrderState.PLACED).order_by("-pickup__starts_at", "-pk"))
    named = OrderLine.objects.active().filter(order__in=orders).select_related(
        "offer__product", "offer__participation__producer__organisation"
    )  # fmt: skip
    by_order: dict[int, list[OrderLine]] = {}
    for line in named.order_by("pk"):
        by_order.setdefault(line.order_id, []).append(line)
    charged = charges_by_order(orders)
    for order in orders:
        for line in by_order.get(order.pk, []):
            yield HistoryRecord(order, line, None)
        for charge in charged.get(order.pk, []):
            yield HistoryRecord(order, None, charge)
