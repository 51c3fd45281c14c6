"""What placing does to the lines of an order: lowered, raised, added at today's price, dropped, said otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cagette.core.money import Money
from orders.baskets.enums import CancelReason
from orders.baskets.models import Order, OrderLine
from orders.baskets.rules import counts_by_offer
from orders.baskets.wishes import Wish, wish_of, wishes_by_offer
from orders.cycles.models import Offer


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of the form: how much in base units (0 drops it), the price that the page showed, and what is said of it:
    how much more may be taken to fill a case, whether something like it will do, a note."""

    count: int
    price_seen: Money
    tolerance: int = 0
    may_replace: bool = False
    note: str = ""

    @property
    def wish(self) -> Wish:
        return Wish(self.tolerance, self.may_replace, self.note) if self.count else Wish()


def keep_wishes(counts: Mapping[int, int], lines: list[OrderLine]) -> dict[int, Wanted]:
    """Counts that somebody else writes: what the household said of its lines stays; no price was seen."""
    said = wishes_by_offer(lines)
    kept = {offer_id: said.get(offer_id, Wish()) for offer_id in counts}
    return {
        offer_id: Wanted(count, Money(), kept[offer_id].tolerance, kept[offer_id].may_replace, kept[offer_id].note)
        for offer_id, count in counts.items()
    }


@dataclass(slots=True)
class Changes:
    """Lines to add and to save, how much of each offer is wanted beyond what is held (negative: given back), and the
    offers of which something else is said now."""

    added: list[OrderLine] = field(default_factory=list)
    saved: list[OrderLine] = field(default_factory=list)
    taken: dict[int, int] = field(default_factory=dict)
    before: dict[int, int] = field(default_factory=dict)
    said: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.saved)


def plan_changes(
    lines: list[OrderLine],
    *,
    wanted: Mapping[int, Wanted],
    offers: Mapping[int, Offer],
    vat: Mapping[int, int],
    now: datetime,
    reason: CancelReason = CancelReason.HOUSEHOLD,
) -> Changes:
    """Compare what is wanted with what is held. Only offers that are named change.

    Raising after a price change adds a line of its own at the new price; lowering takes from the newest line first.
    What is said of an offer is written on each of its lines, so that it stays when one of them goes.
    vat: the rate of each offer, in hundredths of a per cent. reason: why a line ends that is dropped.
    """
    held = counts_by_offer(lines)
    changes = Changes(before=held)
    for offer_id, want in wanted.items():
        difference = want.count - held.get(offer_id, 0)
        mine = [line for line in lines if line.offer_id == offer_id and line.cancelled_at is None]
        if difference:
            changes.taken[offer_id] = difference
        if difference > 0:
            _raise(changes, mine, offers[offer_id], difference, vat[offer_id], now)
        elif difference < 0:
            _lower(changes, mine, -difference, now, reason)
        _say(changes, mine, offer_id, want.wish)
    return changes


def _raise(changes: Changes, mine: list[OrderLine], offer: Offer, count: int, vat: int, now: datetime) -> None:
    estimate = offer.product.content if offer.product.is_estimated else None
    for line in mine:
        if line.unit_price == offer.unit_price and line.content == estimate:
            line.set_count(line.count + count)
            line.placed_at = now  # rationing and cases count from the last raise
            changes.saved.append(line)
            return
    changes.added.append(line_of(offer, count, vat=vat, now=now))


def line_of(offer: Offer, count: int, *, vat: int, now: datetime) -> OrderLine:
    """A line (without its order) of an offer as it is now: prices and the estimate of a piece are frozen on it."""
    product = offer.product
    line = OrderLine(
        offer=offer,
        unit=product.unit,
        unit_price=offer.unit_price,
        producer_price=offer.producer_price,
        priced_in=product.priced_in,
        content=product.content if product.is_estimated else None,
        vat_permyriad=vat,
        placed_at=now,
    )
    line.set_count(count)
    return line


def _lower(changes: Changes, mine: list[OrderLine], count: int, now: datetime, reason: CancelReason) -> None:
    for line in sorted(mine, key=lambda line: -line.pk):
        part = min(count, line.count)
        count -= part
        if part == line.count:
            line.cancelled_at, line.reason = now, reason
        elif part:
            line.set_count(line.count - part)
        if part:
            changes.saved.append(line)


def _say(changes: Changes, mine: list[OrderLine], offer_id: int, wish: Wish) -> None:
    added = [line for line in changes.added if line.offer_id == offer_id]
    kept = [line for line in mine if line.cancelled_at is None]
    for line in [*added, *kept]:
        if wish_of(line) == wish:
            continue
        line.tolerance, line.may_replace, line.note = wish.tolerance, wish.may_replace, wish.note
        if line in kept:
            changes.said.append(offer_id)
            if line not in changes.saved:
                changes.saved.append(line)


LINE_FIELDS = [
    "count", "listed_amount", "final_amount", "placed_at", "cancelled_at", "reason", "tolerance", "may_replace", "note",
]  # fmt: skip


def write_changes(order: Order, changes: Changes) -> None:
    """Write the lines, two queries at the most."""
    for line in changes.added:
        line.order = order
    if changes.added:
        OrderLine.objects.bulk_create(changes.added)
    if changes.saved:
        OrderLine.objects.bulk_update(changes.saved, LINE_FIELDS)
