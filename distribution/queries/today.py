"""What a farm has to do now: lists to acknowledge, sales that are open, deliveries to come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum

from cagette.core.money import Money
from cagette.people.models import Organisation
from distribution.models import PickingList
from distribution.queries.lists import newest_lists
from orders.cycles.enums import SaleState
from orders.cycles.models import Participation


@dataclass(frozen=True, slots=True)
class OpenSale:
    """A sale that takes orders: how many households, for how much so far."""

    participation: Participation
    orders: int
    amount: Money


@dataclass(frozen=True, slots=True)
class TodayPage:
    """All that the page shows."""

    farm: Organisation
    now: datetime
    to_see: list[PickingList]
    to_deliver: list[PickingList]
    open: list[OpenSale]
    planned: list[Participation]


def today_page(*, farm: Organisation, now: datetime) -> TodayPage:
    """Three queries."""
    today = farm.local(now).date()
    coming = list(newest_lists(farm).filter(participation__cycle__delivery_on__gte=today))
    written = [item for item in coming if not item.is_notice]
    active = Q(offers__lines__cancelled_at=None)
    sales = Participation.objects.filter(producer__organisation=farm).select_related("cycle__organisation")
    open_sales: Any = sales.filter(state=SaleState.OPEN).annotate(
        orders=Count("offers__lines__order", filter=active, distinct=True),
        amount=Sum("offers__lines__listed_amount", filter=active),
    )
    return TodayPage(
        farm=farm,
        now=now,
        to_see=[item for item in coming if not hasattr(item, "acknowledgement")],
        to_deliver=sorted(written, key=lambda item: item.participation.cycle.delivery_on),
        open=[OpenSale(p, p.orders, p.amount or Money()) for p in open_sales.order_by("closes_at")],
        planned=list(sales.filter(state=SaleState.PLANNED).order_by("cycle__opens_at")),
    )
