"""The orders of a sale, for those who run it: found by household, number, code, point or farm."""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from cagette.core.fields import MoneyField
from cagette.core.money import Money
from cagette.people.models import Organisation
from orders.baskets.models import Order, OrderLine
from orders.cycles.models import Cycle, Participation, Pickup

ROWS = 100


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for among orders; nothing is all."""

    text: str = ""
    pickup: int | None = None
    farm: int | None = None

    @property
    def query(self) -> str:
        """The same for the links to other pages and to the file."""
        given = {"q": self.text, "point": self.pickup, "ferme": self.farm}
        return "".join(f"&{urlencode({name: value})}" for name, value in given.items() if value)


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """A page of the orders of a sale. An order's amount is what it lists, of the farm that is asked for or of all."""

    cycle: Cycle
    group: Organisation
    orders: "Page[Order]"
    pickups: list[Pickup]
    farms: list[Participation]
    sought: Sought
    amount: Money

    @property
    def is_filtered(self) -> bool:
        return self.sought != Sought()


def orders_page(*, cycle: Cycle, sought: Sought, number: int) -> OrdersPage:
    """Five queries, however many orders: a hundred of them by point and number, with the sum of all that are found."""
    found = orders_of(cycle, sought)
    asked = Order.objects.filter(_asked(sought), pickup__cycle=cycle)
    lines = OrderLine.objects.active().filter(order__in=asked.order_by().values("pk"))
    if sought.farm:
        lines = lines.filter(offer__participation=sought.farm)
    return OrdersPage(
        cycle=cycle,
        group=cycle.organisation,
        orders=Paginator(found, ROWS).get_page(number),
        pickups=list(cycle.pickups.select_related("point").order_by("starts_at", "pk")),
        farms=list(
            cycle.participations.select_related("producer__organisation").order_by("producer__organisation__name", "pk")
        ),
        sought=sought,
        amount=lines.aggregate(sum=Sum("listed_amount"))["sum"] or Money(),
    )


def orders_of(cycle: Cycle, sought: Sought) -> "QuerySet[Order]":
    """The orders of a sale that are sought, with `products` and `amount`, by point and number."""
    lines = OrderLine.objects.active().filter(order=OuterRef("pk"))
    if sought.farm:
        lines = lines.filter(offer__participation=sought.farm)
    by_order = lines.order_by().values("order")
    none = MoneyField()
    counted: Any = Order.objects.filter(_asked(sought), pickup__cycle=cycle).annotate(
        products=Coalesce(Subquery(by_order.annotate(n=Count("pk")).values("n")), 0),
        amount=Coalesce(Subquery(by_order.annotate(n=Sum("listed_amount")).values("n")), Value(0), output_field=none),
    )
    orders: Any = counted.select_related("household", "pickup__point", "slot")
    if sought.farm:
        orders = orders.filter(products__gt=0)
    return cast("QuerySet[Order]", orders.order_by("pickup__starts_at", "pickup_id", "number"))


def _asked(sought: Sought) -> Q:
    asked = Q(pickup=sought.pickup) if sought.pickup else Q()
    if sought.text:
        named = Q(household__name__icontains=sought.text) | Q(code__iexact=sought.text)
        is_number = sought.text.isdecimal() and len(sought.text) < 6
        asked &= named | Q(number=int(sought.text)) if is_number else named
    return asked
