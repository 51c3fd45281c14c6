"""The orders desk: one household's order to correct, a household to order for, a shortage to settle."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from cagette.core.models import AuditEntry
from cagette.core.money import Money, total
from cagette.people.models import Household, Organisation
from orders.baskets.cutting import Cut
from orders.baskets.models import Order, OrderLine, Shortage
from orders.baskets.rules import counts_by_offer
from orders.baskets.shortening import missing_of, propose
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, Offer, Pickup

FOUND_MAX = 30


@dataclass(frozen=True, slots=True)
class DeskRow:
    """An offer with what the order has of it."""

    offer: Offer
    count: int
    is_closed: bool

    @property
    def typed(self) -> str:
        """The count as the field shows it."""
        return str(self.offer.product.quantity(self.count)).replace("\u202f", "") if self.count else ""

    @property
    def left(self) -> str:
        stock = self.offer.stock
        return "" if stock is None else self.offer.product.in_words(stock.remaining)


@dataclass(frozen=True, slots=True)
class CorrectPage:
    """All that the page of one order shows its coordinator."""

    group: Organisation
    pickup: Pickup
    household: Household
    order: Order | None
    rows: list[DeskRow]
    found: list[DeskRow]
    amount: Money
    history: list[AuditEntry]
    search: str

    @property
    def version(self) -> int:
        return self.order.version if self.order else 0


def correct_page(*, pickup: Pickup, household: Household, search: str) -> CorrectPage:
    """Five queries at the most, however many lines; a search finds thirty offers at the most."""
    order = Order.objects.filter(pickup=pickup, household=household).first()
    lines = list(order.lines.active()) if order else []
    held = counts_by_offer(lines)
    offers = _offers(pickup.cycle).filter(pk__in=held)
    found = _found(pickup.cycle, search).exclude(pk__in=held)[:FOUND_MAX] if search else []
    history = AuditEntry.objects.filter(subject=f"order:{order.pk if order else 0}").select_related("by")
    return CorrectPage(
        group=pickup.cycle.organisation,
        pickup=pickup,
        household=household,
        order=order,
        rows=[_row(offer, held[offer.pk]) for offer in offers],
        found=[_row(offer, 0) for offer in found],
        amount=total([line.final_amount for line in lines]),
        history=list(history.order_by("-at", "-pk")[:30]),
        search=search,
    )


def _offers(cycle: Cycle) -> Any:
    sold = Offer.objects.filter(participation__cycle=cycle, participation__state__in=(SaleState.OPEN, SaleState.CLOSED))
    named = sold.select_related("product", "stock", "participation__producer__organisation")
    return named.order_by("participation__producer__organisation__name", "product__name", "pk")


def _found(cycle: Cycle, search: str) -> Any:
    """Offers whose product or farm has all the words, whatever the capitals."""
    offers = _offers(cycle)
    for word in search.split()[:6]:
        offers = offers.filter(
            Q(product__name__icontains=word)
            | Q(product__reference__iexact=word)
            | Q(participation__producer__organisation__name__icontains=word)
        )
    return offers


def _row(offer: Offer, count: int) -> DeskRow:
    return DeskRow(offer, count, offer.participation.state == SaleState.CLOSED)


@dataclass(frozen=True, slots=True)
class AddPage:
    """The households that one may order for, and where."""

    cycle: Cycle
    group: Organisation
    households: list[Household]
    pickups: list[Pickup]
    search: str


def add_page(*, cycle: Cycle, search: str) -> AddPage:
    """Two queries: the group's members by name, sixty at the most, and the pickups."""
    members = Household.objects.filter(
        memberships__organisation=cycle.organisation_id, memberships__ended_on=None, name__icontains=search
    )
    pickups = list(cycle.pickups.select_related("point").order_by("starts_at", "pk"))
    return AddPage(cycle, cycle.organisation, list(members.order_by("name", "pk")[:60]), pickups, search)


@dataclass(frozen=True, slots=True)
class ShortageLine:
    """One line of a short product: what it has, what is proposed."""

    line: OrderLine
    proposed: int

    @property
    def had(self) -> str:
        return self.line.offer.product.in_words(self.line.count)

    @property
    def typed(self) -> str:
        return str(self.line.offer.product.quantity(self.proposed)).replace("\u202f", "")

    @property
    def changes(self) -> bool:
        return self.proposed != self.line.count


@dataclass(frozen=True, slots=True)
class ShortagePage:
    """What is missing, and whom the software proposes to shorten."""

    group: Organisation
    cycle: Cycle
    shortage: Shortage
    missing: str
    lines: list[ShortageLine]
    rationing: str
    now: datetime


def shortage_page(*, shortage: Shortage, rationing: str, now: datetime) -> ShortagePage:
    """Two queries: the lines, by the rule that was asked for."""
    cuts: list[Cut] = propose(shortage, rationing=rationing)
    cycle = shortage.participation.cycle
    return ShortagePage(
        group=cycle.organisation,
        cycle=cycle,
        shortage=shortage,
        missing=shortage.stock.product.in_words(missing_of(shortage)),
        lines=[ShortageLine(cut.line, cut.count) for cut in cuts],
        rationing=rationing,
        now=now,
    )
