"""What a farm has to do now: lists to acknowledge, what to harvest next and where it goes, sales that are open."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.text import slugify

from cagette.core.money import Money
from cagette.people.models import Organisation
from distribution.models import PickingList
from distribution.queries.lists import ListPage, list_page, newest_lists
from orders.cycles.enums import Answer, SaleState
from orders.cycles.models import Offer, Participation
from producers.listed import Asked, asked_of


@dataclass(frozen=True, slots=True)
class OpenSale:
    """A sale that takes orders: how many households, for how much, how much of each product (name, words)."""

    participation: Participation
    orders: int
    amount: Money
    products: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TodayPage:
    """All that the page shows. next: the list of the next delivery, whole."""

    farm: Organisation
    now: datetime
    to_see: list[PickingList]
    next: ListPage | None
    later: list[PickingList]
    open: list[OpenSale]
    planned: list[Participation]
    invited: list[Participation]  # of these, those to answer
    asked: Asked


def today_page(*, farm: Organisation, now: datetime) -> TodayPage:
    """Fourteen queries, however many lists and sales."""
    coming = newest_lists(farm).filter(participation__cycle__delivery_on__gte=farm.local(now).date())
    soonest = sorted(coming, key=lambda item: (item.participation.cycle.delivery_on, item.pk))
    to_deliver = [item for item in soonest if not item.is_notice]
    sales = Participation.objects.filter(producer__organisation=farm).select_related("cycle__organisation")
    planned = list(sales.filter(state=SaleState.PLANNED).order_by("cycle__opens_at", "pk"))
    return TodayPage(
        farm=farm,
        now=now,
        to_see=[item for item in soonest if not hasattr(item, "acknowledgement")],
        next=list_page(written=to_deliver[0], now=now) if to_deliver else None,
        later=to_deliver[1:],
        open=_open_sales(sales),
        planned=planned,
        asked=asked_of(farm=farm, now=now),
        invited=[part for part in planned if part.answer == Answer.WAITING and now < part.cycle.opens_at],
    )


def _open_sales(sales: Any) -> list[OpenSale]:
    active = Q(offers__lines__cancelled_at=None)
    found = sales.filter(state=SaleState.OPEN).annotate(
        orders=Count("offers__lines__order", filter=active, distinct=True),
        amount=Sum("offers__lines__listed_amount", filter=active),
    )
    taking = list(found.order_by("closes_at", "pk"))
    products = _ordered_so_far([participation.pk for participation in taking])
    return [OpenSale(part, part.orders, part.amount or Money(), products[part.pk]) for part in taking]


def _ordered_so_far(participation_ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    """By participation, each product that was ordered and how much of it."""
    offers: Any = Offer.objects.filter(participation__in=participation_ids).select_related("product")
    ordered = offers.annotate(ordered=Sum("lines__count", filter=Q(lines__cancelled_at=None))).filter(ordered__gt=0)
    by_sale: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for offer in sorted(ordered, key=lambda offer: (slugify(offer.product.name), offer.pk)):
        by_sale[offer.participation_id].append((offer.product.name, offer.product.in_words(offer.ordered)))
    return by_sale
