"""One order of a household: its page, its paper, the ticket of who comes in its stead."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cagette.core.models import AuditEntry
from cagette.core.money import Money, total
from cagette.core.quantities import Unit
from cagette.people.models import Organisation
from cagette.places import vat
from cagette.places.enums import vat_zone_of
from cagette.places.models import VatRate
from orders.baskets.enums import CancelReason, Collection, OrderState
from orders.baskets.models import Order, OrderLine
from orders.baskets.queries.fees import owed_by
from orders.baskets.taxing import Recap, recap
from orders.cycles.charging import Charge
from orders.cycles.models import Participation, Pickup

# how letters and digits of a code are said aloud in a hall
SPOKEN = {
    "A": "abricot", "B": "blette", "C": "carotte", "D": "datte", "E": "endive", "F": "figue", "G": "groseille",
    "H": "haricot", "J": "jujube", "K": "kiwi", "M": "melon", "N": "navet", "P": "poire", "Q": "quetsche", "R": "radis",
    "S": "salade", "T": "tomate", "V": "verveine", "W": "wasabi", "X": "xérès", "Y": "yaourt", "Z": "zeste",
}  # fmt: skip

# what a household did itself needs no telling; a line that was put together with another is still there
UNTOLD = (CancelReason.HOUSEHOLD, CancelReason.MOVED, "")


def spelled(code: str) -> list[str]:
    """K comme kiwi."""
    return [f"{letter} comme {SPOKEN[letter]}" if letter in SPOKEN else letter for letter in code]


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line as its household reads it."""

    line: OrderLine

    @property
    def price(self) -> str:
        """2,80 € / botte; 3,40 € / kg."""
        unit = Unit(self.line.priced_in)
        per = unit.priced if unit != Unit.PIECE else self.line.offer.product.piece_name or unit.priced
        return f"{self.line.unit_price} / {per}"

    @property
    def is_estimate(self) -> bool:
        """Weighed when it is collected: until then the amount is likely, no more."""
        return self.line.content is not None

    @property
    def likely(self) -> tuple[Money, Money] | None:
        """The least and the most that it may come to."""
        if not self.is_estimate:
            return None
        return self.line.offer.product.range_of(self.line.count, self.line.unit_price)

    @property
    def shortened(self) -> str:
        """Why there is less of it than was ordered; empty: nobody shortened it."""
        reason = self.line.reason
        return "" if reason in UNTOLD or self.line.cancelled_at else str(CancelReason(reason).label)

    @property
    def ended(self) -> str:
        """Why it is no more."""
        return str(CancelReason(self.line.reason).label)

    @property
    def tolerance(self) -> str:
        """How much more may be taken to fill a case."""
        return self.line.offer.product.in_words(self.line.tolerance) if self.line.tolerance else ""


@dataclass(frozen=True, slots=True)
class FarmPart:
    """What an order takes from one farm: a document of its own, with its VAT."""

    farm: Organisation
    participation: Participation
    is_open: bool
    lines: list[OrderLine]
    mention: str = ""

    @property
    def rows(self) -> list[LineRow]:
        return [LineRow(line) for line in self.lines]

    @property
    def amount(self) -> Money:
        return total([line.final_amount for line in self.lines])

    @property
    def recap(self) -> Recap:
        return recap([(line.vat_permyriad, line.final_amount) for line in self.lines])


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that befell an order, as its household reads it."""

    at: datetime
    who: str
    verb: str
    why: str
    changes: list[str]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """All that an order's page, its letter and its paper show. likely: the least and the most that it may come to, fees
    included; None where nothing is weighed later, or no range is stated."""

    order: Order
    group: Organisation
    now: datetime
    parts: list[FarmPart]
    charges: list[Charge]
    likely: tuple[Money, Money] | None
    gone: list[LineRow]
    deeds: list[Deed]
    was_moved: bool = False

    @property
    def products(self) -> Money:
        return total([part.amount for part in self.parts])

    @property
    def total(self) -> Money:
        """What is due: products and fees."""
        return self.products + total([charge.amount for charge in self.charges])

    @property
    def has_estimates(self) -> bool:
        return any(row.is_estimate for part in self.parts for row in part.rows)

    @property
    def is_cancelled(self) -> bool:
        return self.order.state == OrderState.CANCELLED

    @property
    def may_change(self) -> bool:
        return any(part.is_open for part in self.parts) or (
            self.is_cancelled and self.order.pickup.cycle.closes_at > self.now
        )

    @property
    def change_until(self) -> datetime:
        return max(
            (p.participation.closes_at for p in self.parts if p.is_open), default=self.order.pickup.cycle.closes_at
        )

    @property
    def may_name_collector(self) -> bool:
        return not self.is_cancelled and self.order.collection != Collection.COLLECTED

    @property
    def starts_at(self) -> datetime:
        return (self.order.slot or self.order.pickup).starts_at

    @property
    def ends_at(self) -> datetime:
        return (self.order.slot or self.order.pickup).ends_at

    @property
    def spelled(self) -> list[str]:
        return spelled(self.order.code)


@dataclass(frozen=True, slots=True)
class TicketPage:
    """What the person sees who comes in a household's stead: no price, no product, no other order."""

    number: int
    code: str
    collector: str
    pickup: Pickup
    starts_at: datetime
    ends_at: datetime
    is_cancelled: bool
    is_collected: bool

    @property
    def group(self) -> Organisation:
        return self.pickup.cycle.organisation

    @property
    def spelled(self) -> list[str]:
        return spelled(self.code)


def ticket_page(*, order: Order) -> TicketPage:
    """No query: the order comes with its pickup, group, point, commune and slot."""
    hours = order.slot or order.pickup
    return TicketPage(
        number=order.number,
        code=order.code,
        collector=order.collector,
        pickup=order.pickup,
        starts_at=hours.starts_at,
        ends_at=hours.ends_at,
        is_cancelled=order.state == OrderState.CANCELLED,
        is_collected=order.collection == Collection.COLLECTED,
    )


def orders_of(household_id: int) -> Any:
    """A household's orders with all that their pages name: group, point, commune, slot."""
    named = ("pickup__cycle__organisation", "pickup__point__commune", "household", "slot")
    return Order.objects.filter(household_id=household_id).select_related(*named)


def order_page(*, order: Order, now: datetime) -> OrderPage:
    """Read an order (with its pickup, cycle, point): its lines, rates, fees and history, five queries at the most."""
    pickup = order.pickup
    lines = order.lines.select_related("offer__product", "offer__participation__producer__organisation")
    named = list(lines.order_by("offer__participation__producer__organisation__name", "offer__product__name", "pk"))
    active = [line for line in named if line.cancelled_at is None]
    owed = owed_by(household_id=order.household_id, pickup_id=pickup.pk, cycle_id=pickup.cycle_id)
    return OrderPage(
        order=order,
        group=pickup.cycle.organisation,
        now=now,
        parts=_parts(active, pickup, now),
        charges=owed([line.final_amount for line in active]),
        likely=_likely(active, owed),
        gone=[LineRow(line) for line in named if line.cancelled_at and line.reason not in UNTOLD],
        deeds=_deeds(order, named),
        was_moved=_was_moved(order, named),
    )


def _likely(lines: list[OrderLine], owed: Callable[[Sequence[Money]], list[Charge]]) -> tuple[Money, Money] | None:
    ranges = [LineRow(line).likely for line in lines]
    if not any(ranges):
        return None
    both = [found or (line.final_amount, line.final_amount) for found, line in zip(ranges, lines, strict=True)]
    least, most = [low for low, _high in both], [high for _low, high in both]
    low, high = (total(amounts + [charge.amount for charge in owed(amounts)]) for amounts in (least, most))
    return low, high


def _was_moved(order: Order, lines: list[OrderLine]) -> bool:
    """Its last lines went to another order: it is not lost, it waits elsewhere."""
    ended = [(line.cancelled_at, line.reason) for line in lines if line.cancelled_at]
    return order.state == OrderState.CANCELLED and bool(ended) and max(ended)[1] == CancelReason.MOVED


def _parts(lines: list[OrderLine], pickup: Pickup, now: datetime) -> list[FarmPart]:
    by_part: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines:
        by_part[line.offer.participation_id].append(line)
    rates = list(_rates(pickup)) if lines else []
    parts = []
    for mine in by_part.values():
        participation = mine[0].offer.participation
        farm = participation.producer.organisation
        parts.append(FarmPart(farm, participation, participation.is_open(now), mine, _mention(mine, rates)))
    return parts


def _rates(pickup: Pickup) -> list[VatRate]:
    zone = vat_zone_of(pickup.point.commune_id)
    return list(vat.rates_on(zone=zone, day=pickup.cycle.delivery_on).values())


def _mention(lines: list[OrderLine], rates: list[VatRate]) -> str:
    """The legal mentions of a farm's regime, where it says the rates that its lines were frozen with."""
    regime = lines[0].offer.participation.producer.vat_regime
    frozen = {(line.offer.product.vat_class, line.vat_permyriad) for line in lines}
    mentions = {r.mention for r in rates if r.regime == regime and (r.vat_class, r.permyriad) in frozen and r.mention}
    return " ".join(sorted(mentions))


def _deeds(order: Order, lines: list[OrderLine]) -> list[Deed]:
    """What happened to an order, latest first."""
    products = {line.offer_id: line.offer.product for line in lines}
    entries = AuditEntry.objects.filter(subject=f"order:{order.pk}").select_related("by").order_by("-at", "-pk")
    deeds = []
    for entry in entries[:50]:
        moved = entry.detail.get("moved", {})
        changes = [_moved(products[int(o)], diff) for o, diff in moved.items() if int(o) in products]
        changes += [_told(*line) for line in entry.detail.get("lines", [])]
        who: Any = entry.by
        why = str(entry.detail.get("why") or "")
        deeds.append(Deed(entry.at, who.get_full_name() if who else "", entry.verb, why, changes))
    return deeds


def _moved(product: Any, difference: int) -> str:
    return f"{product.name} {'+' if difference > 0 else '−'}{product.in_words(abs(difference))}"


def _told(name: str, before: str, now: str) -> str:
    return f"{name} : {before or '0'} → {now or '0'}"
