"""The basket before it is ordered: its lines by farm, fees, what is missing or at risk, when it is collected."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Sum

from cagette.core.money import Money, total
from cagette.people.models import Membership, Organisation, User
from orders.baskets.enums import OrderState
from orders.baskets.models import Order, OrderLine
from orders.baskets.queries.bills import Bill, basket_bill
from orders.baskets.queries.entries import Entry, Held, Owner, entries_of, on_sale, read_held
from orders.baskets.queries.shop import by_farm
from orders.baskets.wishes import Wish
from orders.cycles.enums import MinimumRule
from orders.cycles.models import Participation, Pickup, PickupSlot


@dataclass(frozen=True, slots=True)
class Risk:
    """The farm has not its minimum yet. missing: with this basket counted."""

    minimum: Money
    missing: Money
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class FarmPart:
    """What the basket takes from one farm."""

    farm: Organisation
    participation: Participation
    entries: list[Entry]
    risk: Risk | None


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """A part of the window in which one may come."""

    slot: PickupSlot
    is_mine: bool
    is_chosen: bool

    @property
    def is_free(self) -> bool:
        return self.is_mine or self.slot.has_place


@dataclass(frozen=True, slots=True)
class BasketPage:
    """All that the basket shows."""

    pickup: Pickup
    group: Organisation
    now: datetime
    order: Order | None
    farms: list[FarmPart]
    bill: Bill
    missing: Money
    slots: list[SlotChoice]
    collector: str
    is_member: bool
    people: list[str]
    changed_at: datetime | None

    @property
    def is_shared(self) -> bool:
        """Several people of the household fill it."""
        return len(self.people) > 1

    @property
    def entries(self) -> list[Entry]:
        return [entry for farm in self.farms for entry in farm.entries]

    @property
    def is_open(self) -> bool:
        return any(entry.is_open for entry in self.entries)

    @property
    def is_ordered(self) -> bool:
        return self.order is not None and self.order.state == OrderState.PLACED

    @property
    def is_weighed(self) -> bool:
        """Something in it is weighed later."""
        return any(entry.product.is_estimated for entry in self.entries if entry.count)

    @property
    def version(self) -> int:
        return self.order.version if self.order else 0

    @property
    def closes_at(self) -> datetime:
        return self.pickup.cycle.closes_at


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen and is not ordered yet: the slot, who collects (None: as the order has them), and what a form
    that was refused said of each offer."""

    slot_id: int | None = None
    collector: str | None = None
    wishes: Mapping[int, Wish] | None = None


def basket_page(*, pickup: Pickup, owner: Owner, choice: Choice, now: datetime) -> BasketPage:
    """Read the basket: ten queries at the most, however many lines and however large the sale."""
    held = _said(read_held(pickup=pickup, owner=owner), choice.wishes or {})
    entries = entries_of(by_farm(on_sale(pickup).filter(pk__in=held.offer_ids)), held, now=now)
    shown = [entry for entry in entries.values() if entry.count or entry.ordered or entry.missed]
    bill = basket_bill(shown, pickup=pickup, household_id=owner.household_id)
    order = held.order
    return BasketPage(
        pickup=pickup,
        group=pickup.cycle.organisation,
        now=now,
        order=order,
        farms=_farms(pickup, shown),
        bill=bill,
        missing=_missing(pickup, shown, bill),
        slots=_slots(pickup, order, choice.slot_id),
        collector=(order.collector if order else "") if choice.collector is None else choice.collector,
        is_member=_is_member(owner, pickup),
        people=_people(owner),
        changed_at=held.changed_at,
    )


def _people(owner: Owner) -> list[str]:
    """Who fills the basket, by first name."""
    people = User.objects.filter(household=owner.household_id, is_active=True) if owner.household_id else []
    return sorted(person.get_short_name() for person in people)


def _said(held: Held, wishes: Mapping[int, Wish]) -> Held:
    drafts = {key: replace(draft, wish=wishes.get(key, draft.wish)) for key, draft in held.drafts.items()}
    return replace(held, drafts=drafts)


def _missing(pickup: Pickup, entries: list[Entry], bill: Bill) -> Money:
    """How much the basket lacks to be ordered; nothing for one that drops all that may still be dropped, and for an
    order that others brought below the minimum and that does not fall further (as placing decides)."""
    minimum, before = pickup.cycle.order_minimum, total([line.listed_amount for e in entries for line in e.lines])
    if bill.products >= minimum or not any(entry.count and entry.is_open for entry in entries):
        return Money()
    kept_low = before and before < minimum and bill.products >= before
    return Money() if kept_low else minimum - bill.products


def _farms(pickup: Pickup, entries: list[Entry]) -> list[FarmPart]:
    by_part: dict[int, list[Entry]] = {}
    for entry in entries:
        by_part.setdefault(entry.offer.participation_id, []).append(entry)
    sold = _sold([mine[0].offer.participation for mine in by_part.values()])
    return [
        FarmPart(mine[0].farm, mine[0].offer.participation, mine, _risk(pickup, mine, sold.get(part_id, Money())))
        for part_id, mine in by_part.items()
    ]


def _sold(parts: Iterable[Participation]) -> dict[int, Money]:
    """What farms that have a minimum have sold in this sale, to everybody: one query, none without such farms."""
    wanted = [part for part in parts if part.minimum]
    if not wanted:
        return {}
    lines = OrderLine.objects.active().filter(offer__participation__in=wanted).values("offer__participation_id")
    sums = lines.annotate(amount=Sum("listed_amount")).values_list("offer__participation_id", "amount")
    return dict(sums)


def _risk(pickup: Pickup, entries: list[Entry], sold: Money) -> Risk | None:
    part = entries[0].offer.participation
    mine = total([entry.amount for entry in entries])
    with_mine = sold - total([line.listed_amount for entry in entries for line in entry.lines]) + mine
    if not mine or not part.minimum or with_mine >= part.minimum or not entries[0].is_open:
        return None
    return Risk(part.minimum, part.minimum - with_mine, pickup.cycle.minimum_rule == MinimumRule.CANCEL)


def _slots(pickup: Pickup, order: Order | None, chosen: int | None) -> list[SlotChoice]:
    mine = order.slot_id if order else None
    wanted = chosen or mine
    return [
        SlotChoice(slot, slot.pk == mine, slot.pk == wanted)
        for slot in PickupSlot.objects.filter(pickup=pickup).order_by("starts_at")
    ]


def _is_member(owner: Owner, pickup: Pickup) -> bool:
    mine = Membership.objects.filter(household_id=owner.household_id or 0, ended_on=None)
    return mine.filter(organisation_id=pickup.cycle.organisation_id).exists()
