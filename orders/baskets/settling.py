"""What a close settles before it freezes (rulings 15 and 16): incomplete cases first, then the farm's minimum."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from cagette.core.money import Money, total
from orders.baskets import groups_part
from orders.baskets.cutting import Cut, apply_cuts
from orders.baskets.enums import CancelReason
from orders.baskets.locks import lock_orders
from orders.baskets.models import OrderLine
from orders.cycles.enums import CaseRule, MinimumRule, Outcome, SaleState
from orders.cycles.models import Offer, Participation
from producers.locks import lock_stocks


@dataclass(slots=True)
class Holding:
    """What one order holds of an offer, in lines, the last one first; and the count that it comes to."""

    lines: list[OrderLine] = field(default_factory=list)
    count: int = 0

    @property
    def placed(self) -> tuple[datetime, int]:
        """Its place in the queue: when it was last placed or raised."""
        return max((line.placed_at, line.pk) for line in self.lines)

    @property
    def household_id(self) -> int:
        return self.lines[0].order.household_id

    @property
    def held(self) -> int:
        return sum(line.count for line in self.lines)

    def cuts(self) -> list[Cut]:
        """The difference, written on its lines: more on the last one, less from the last one back."""
        change = self.count - self.held
        found = []
        for line in self.lines:
            moved = change if change > 0 else -min(line.count, -change)
            change -= moved
            found.append(Cut(line, line.count + moved))
        return found


def settle_cases(participation: Participation, *, now: datetime) -> bool:
    """Make every case of a participation whole: from the tolerance that households stated, in the order of placing;
    else by the cycle's rule the group takes the rest, or the last lines are cut. True when there was one to settle.
    """
    by_offer = _lines_in_cases(participation)
    if not by_offer:
        return False
    lock_orders(line.order_id for lines in by_offer.values() for line in lines)
    if participation.cycle.case_rule == CaseRule.GROUP_TAKES:
        try:
            with transaction.atomic():
                _fill(participation, by_offer, group_takes=True, now=now)
        except groups_part.NoRoom:
            by_offer = _lines_in_cases(participation)
        else:
            return True
    _fill(participation, by_offer, group_takes=False, now=now)
    return True


def _lines_in_cases(participation: Participation) -> dict[int, list[OrderLine]]:
    by_offer: dict[int, list[OrderLine]] = defaultdict(list)
    active = OrderLine.objects.active().filter(offer__participation=participation)
    lines = active.filter(offer__product__case_size__isnull=False).order_by("pk")
    for line in lines.select_related("order", "offer__product", "offer__participation__producer"):
        by_offer[line.offer_id].append(line)
    return by_offer


def _fill(
    participation: Participation, by_offer: dict[int, list[OrderLine]], *, group_takes: bool, now: datetime
) -> None:
    cuts: list[Cut] = []
    rests: dict[Offer, int] = {}
    for lines in by_offer.values():
        holdings, rest = fill_case(lines, left=_left(lines[0].offer), group_takes=group_takes)
        cuts += [cut for holding in holdings for cut in holding.cuts()]
        if rest:
            rests[lines[0].offer] = rest
    group_id, last = participation.cycle.organisation_id, is_last(participation, now)
    apply_cuts(cuts, reason=CancelReason.CASE, now=now, group_id=group_id, at_close=last)
    for offer, rest in rests.items():
        groups_part.take_rest(offer, rest, cycle=participation.cycle, now=now)


def _left(offer: Offer) -> int | None:
    """What may still be taken to fill a case; None without limit."""
    return None if offer.stock_id is None else lock_stocks([offer.stock_id])[offer.stock_id]


def fill_case(lines: list[OrderLine], *, left: int | None, group_takes: bool) -> tuple[list[Holding], int]:
    """What each order comes to so that the sum is whole cases, and the rest that the group takes.

    lines: all active ones of an offer that is sold by the case. left: how much stock there is beside them.
    """
    product = lines[0].offer.product
    size, least, most, step = product.case_size or 1, product.minimum, product.maximum, product.step
    holdings = _holdings(lines)
    while rest := sum(holding.count for holding in holdings) % size:
        wanted = size - rest
        tolerant = _tolerance(holdings, most=most, step=step)
        room = wanted if left is None else min(wanted, left + sum(h.held - h.count for h in holdings))
        if sum(tolerant) >= wanted <= room:
            _raise(holdings, tolerant, wanted)
        elif group_takes and room == wanted:
            _raise(holdings, tolerant, min(wanted, sum(tolerant)))
            return holdings, -sum(holding.count for holding in holdings) % size
        else:
            _cut(holdings, rest, least=least)
    return holdings, 0


def _holdings(lines: list[OrderLine]) -> list[Holding]:
    by_order: dict[int, Holding] = defaultdict(Holding)
    for line in sorted(lines, key=lambda line: (line.placed_at, line.pk), reverse=True):
        by_order[line.order_id].lines.append(line)
        by_order[line.order_id].count += line.count
    return sorted(by_order.values(), key=lambda holding: holding.placed)


def _tolerance(holdings: list[Holding], *, most: int | None, step: int) -> list[int]:
    """How much more each order would take, in whole steps, in the order of placing; `most` is a household's, whatever
    its points."""
    found = []
    at_home: dict[int, int] = defaultdict(int)
    for holding in holdings:
        at_home[holding.household_id] += holding.count
    for holding in holdings:
        stated = max((line.tolerance for line in holding.lines), default=0) if holding.count == holding.held else 0
        room = stated if most is None else max(0, min(stated, most - at_home[holding.household_id]))
        found.append(room - room % step)
        at_home[holding.household_id] += found[-1]
    return found


def _raise(holdings: list[Holding], tolerant: list[int], wanted: int) -> None:
    for holding, room in zip(holdings, tolerant, strict=True):
        more = min(room, wanted)
        holding.count += more
        wanted -= more


def _cut(holdings: list[Holding], rest: int, *, least: int) -> None:
    """Take a rest from the last orders back; one that would fall below the household's minimum goes whole, and the case
    is looked at again."""
    for holding in reversed(holdings):
        taken = min(holding.count, rest)
        if taken and holding.count - taken < least:
            holding.count = 0
            return
        holding.count -= taken
        rest -= taken
        if not rest:
            return


def settle_minimum(participation: Participation, *, now: datetime) -> Outcome:
    """Settle a farm below its minimum (Σ listed, VAT included, without fees): it comes anyway, or its lines are cut and
    their households told, as the cycle says. Met exactly is met; nothing ordered is nothing to settle."""
    if not participation.minimum:
        return Outcome.NONE
    lines = list(OrderLine.objects.active().filter(offer__participation=participation).select_related("offer__product"))
    if not lines:
        return Outcome.NONE
    if amount_of(lines) >= participation.minimum:
        return Outcome.MET
    if participation.cycle.minimum_rule == MinimumRule.COME:
        return Outcome.CAME
    group_id, last = participation.cycle.organisation_id, is_last(participation, now)
    gone = [Cut(line, 0) for line in lines]
    apply_cuts(gone, reason=CancelReason.MINIMUM, now=now, group_id=group_id, at_close=last)
    return Outcome.CANCELLED


def is_last(participation: Participation, now: datetime) -> bool:
    """Whether no other farm of the cycle closes later: then the letter of the close tells what is cut. A household
    whose farm closes earlier is told at once, while it may still order elsewhere."""
    going = Participation.objects.filter(cycle=participation.cycle_id, state__in=(SaleState.PLANNED, SaleState.OPEN))
    return not going.filter(closes_at__gt=now).exists()


def amount_of(lines: list[OrderLine]) -> Money:
    return total([line.listed_amount for line in lines])
