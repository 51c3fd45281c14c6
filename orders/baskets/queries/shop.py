"""The shop of a pickup and the basket in it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.text import slugify

from cagette.core.money import Money, total
from cagette.core.quantities import Quantity, Unit
from cagette.people.models import Organisation
from cagette.places.models import Commune
from orders.baskets.enums import OrderState
from orders.baskets.models import Basket, Order, OrderLine
from orders.baskets.rules import counts_by_offer
from orders.cycles.models import Offer, Participation, Pickup
from producers.enums import ALLERGENS, LABELS, Category
from producers.models import Product


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose basket: a household's, a visitor's known by a token of the session, or both just after log-in."""

    household_id: int | None = None
    token: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An offer as the shop shows it, with what the basket holds of it."""

    offer: Offer
    product: Product
    farm: Organisation
    count: int
    ordered: int
    is_open: bool

    @property
    def left(self) -> int | None:
        """How much one may still have in all, what was ordered included; None: no limit."""
        if not self.offer.is_available:
            return self.ordered
        return None if self.offer.stock is None else self.offer.stock.remaining + self.ordered

    @property
    def is_sold_out(self) -> bool:
        return self.left is not None and self.left < self.product.minimum

    @property
    def few(self) -> str:
        """How much is left, said when it is little."""
        if self.left is None or self.is_sold_out or self.left > 5 * self.product.minimum:
            return ""
        return self.product.in_words(self.left)

    @property
    def comparison(self) -> str:
        found = self.product.comparison(self.offer.unit_price)
        if found is None or self.product.unit != Unit.PIECE:
            return ""
        price, unit = found
        return f"{price} le {unit.priced}"

    @property
    def content(self) -> str:
        if not self.product.content or not self.product.content_unit:
            return ""
        return str(Quantity(self.product.content, Unit(self.product.content_unit)))

    @property
    def priced_per(self) -> str:
        return self.product.piece_name or Unit(self.product.unit).priced

    @property
    def words(self) -> str:
        return str(self.product.quantity(self.count))

    @property
    def count_words(self) -> str:
        return self.product.in_words(self.count)

    @property
    def ordered_words(self) -> str:
        return self.product.in_words(self.ordered)

    @property
    def ordered_base(self) -> str:
        """What was ordered, as the stepper reads it back."""
        return str(self.product.quantity(self.ordered)).replace("\u202f", "")

    @property
    def allergen_names(self) -> str:
        return ", ".join(ALLERGENS[name] for name in self.product.allergens if name in ALLERGENS)

    @property
    def steps(self) -> str:
        """How it is counted out: par 250 g, dès 500 g."""
        step, least = self.product.in_words(self.product.step), self.product.in_words(self.product.minimum)
        return f"par {step}" if self.product.minimum == self.product.step else f"par {step}, dès {least}"

    @property
    def marks(self) -> list[str]:
        return [LABELS[label] for label in self.product.labels if label in LABELS]

    @property
    def amount(self) -> Money:
        return self.product.amount_of(self.count, self.offer.unit_price)


@dataclass(frozen=True, slots=True)
class Stall:
    """A farm's entries in one category."""

    farm: Organisation
    place: str
    participation: Participation
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Aisle:
    """A category with its stalls."""

    category: Category
    drawing: str
    tint: str
    stalls: list[Stall]

    @property
    def count(self) -> int:
        return sum(len(stall.entries) for stall in self.stalls)


@dataclass(frozen=True, slots=True)
class ShopPage:
    """All that the shop shows."""

    pickup: Pickup
    group: Organisation
    now: datetime
    aisles: list[Aisle]
    plate: list[Aisle]
    entries: dict[int, Entry]
    in_basket: list[Entry]
    order: Order | None
    search: str
    category: str

    @property
    def is_open(self) -> bool:
        return any(entry.is_open for entry in self.entries.values())

    @property
    def closes_at(self) -> datetime:
        return self.pickup.cycle.closes_at

    @property
    def total(self) -> Money:
        return total([entry.amount for entry in self.in_basket])

    @property
    def is_changed(self) -> bool:
        """The basket differs from the order."""
        return any(entry.count != entry.ordered for entry in self.entries.values())


_DRAWINGS = {
    Category.VEGETABLES: ("carotte", "orange"), Category.FRUIT: ("clementine", "orange"),
    Category.DAIRY: ("brocciu", "straw"), Category.MEAT: ("lonzu", "rose"), Category.EGGS: ("oeufs", "earth"),
    Category.BAKERY: ("pain", "earth"), Category.GROCERY: ("miel", "straw"), Category.DRINKS: ("vin", "wine"),
}  # fmt: skip


def shop_page(*, pickup: Pickup, owner: Owner, now: datetime, search: str = "", category: str = "") -> ShopPage:
    """Read the shop of a pickup: six queries, however many offers."""
    order, lines = _order(pickup, owner)
    ordered = counts_by_offer(lines)
    wanted = basket_counts(pickup=pickup, owner=owner, order=order, ordered=ordered)
    offers = _offers(pickup)
    entries = {
        offer.pk: Entry(
            offer=offer,
            product=offer.product,
            farm=offer.participation.producer.organisation,
            count=wanted.get(offer.pk, 0),
            ordered=ordered.get(offer.pk, 0),
            is_open=offer.participation.is_open(now),
        )
        for offer in offers
    }
    shown = [e for e in entries.values() if (e.offer.is_available or e.count or e.ordered) and _matches(e, search)]
    plate = _aisles(shown, {})
    if category:
        shown = [entry for entry in shown if entry.product.category == category]
    codes = {entry.farm.commune_code for entry in shown}
    places = dict(Commune.objects.filter(pk__in=codes).values_list("pk", "name"))
    return ShopPage(
        pickup=pickup,
        group=pickup.cycle.organisation,
        now=now,
        aisles=_aisles(shown, places),
        plate=plate,
        entries=entries,
        in_basket=[entry for entry in entries.values() if entry.count],
        order=order,
        search=search,
        category=category,
    )


def _order(pickup: Pickup, owner: Owner) -> tuple[Order | None, list[OrderLine]]:
    if owner.household_id is None:
        return None, []
    order = Order.objects.filter(pickup=pickup, household_id=owner.household_id).first()
    return order, list(order.lines.active()) if order else []


def basket_counts(*, pickup: Pickup, owner: Owner, order: Order | None, ordered: dict[int, int]) -> dict[int, int]:
    """What the basket holds; what was ordered when there is none, or when the order changed since it was begun.

    What the person chose before log-in is shown with it, the larger count of the two.
    """
    mine = Q(household_id=owner.household_id, household_id__isnull=False) | Q(token=owner.token, token__isnull=False)
    baskets = Basket.objects.filter(mine, pickup=pickup).prefetch_related("lines")
    counts = dict(ordered) if order and order.state == OrderState.PLACED else {}
    found = sorted(baskets, key=lambda basket: basket.household_id is None)
    for basket in found:
        lines = {line.offer_id: line.count for line in basket.lines.all()}
        if basket.household_id is None:
            counts = {offer_id: max(lines.get(offer_id, 0), counts.get(offer_id, 0)) for offer_id in lines | counts}
        elif basket.order_version == (order.version if order else 0):
            counts = lines
    return counts


def _offers(pickup: Pickup) -> list[Offer]:
    offers = Offer.objects.filter(participation__cycle_id=pickup.cycle_id).select_related(
        "product", "stock", "participation__producer__organisation"
    )
    return sorted(
        offers, key=lambda o: (_plain(o.participation.producer.organisation.name), _plain(o.product.name), o.pk)
    )


def _plain(text: str) -> str:
    return slugify(text).replace("-", " ")


def _matches(entry: Entry, search: str) -> bool:
    words = _plain(search).split()
    text = _plain(f"{entry.product.name} {entry.product.description} {entry.farm.name}")
    return all(word.removesuffix("s") in text for word in words)


def _aisles(entries: list[Entry], places: dict[str, str]) -> list[Aisle]:
    aisles = []
    for category in Category:
        stalls: dict[int, Stall] = {}
        for entry in entries:
            if entry.product.category == category:
                part = entry.offer.participation
                empty = Stall(entry.farm, places.get(entry.farm.commune_code, ""), part, [])
                stalls.setdefault(entry.farm.pk, empty).entries.append(entry)
        if stalls:
            drawing, tint = _DRAWINGS[category]
            aisles.append(Aisle(category, drawing, tint, list(stalls.values())))
    return aisles
