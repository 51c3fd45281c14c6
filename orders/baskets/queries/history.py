"""All that a household ever ordered: paged, by group and year, summed; and as rows of a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator

from cagette.core.money import Money, total
from cagette.people.models import Organisation
from orders.baskets.enums import OrderState
from orders.baskets.models import Order, OrderLine
from orders.baskets.queries.fees import charges_by_order
from orders.baskets.queries.orders import OrderRow, counted, order_rows, orders_of
from orders.cycles.charging import Charge

EACH = 20


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
