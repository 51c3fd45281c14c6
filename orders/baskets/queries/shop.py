"""The shop of a pickup, and what one tap in it changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import slugify

from cagette.people.models import Organisation
from cagette.places.models import Commune
from orders.baskets.models import Order
from orders.baskets.queries.bills import Bill, basket_bill
from orders.baskets.queries.entries import Entry, Owner, entries_of, on_sale, read_held
from orders.baskets.queries.household import order_to_repeat
from orders.cycles.models import Offer, Participation, Pickup
from producers.enums import Category


@dataclass(frozen=True, slots=True)
class Stall:
    """A farm's entries in one category."""

    farm: Organisation
    place: str
    participation: Participation
    entries: list[Entry]

    @property
    def vouched(self) -> list[str]:
        """Who vouches for the labels shown here, each once."""
        return list(dict.fromkeys(words for entry in self.entries for words in entry.vouched))


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
class BasketPart:
    """What the bar at the foot of the shop shows: the basket's products, and what it comes to, fees included."""

    pickup: Pickup
    group: Organisation
    now: datetime
    household_id: int | None
    entries: dict[int, Entry]
    bill: Bill

    @property
    def in_basket(self) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.count]

    @property
    def is_changed(self) -> bool:
        """The basket differs from the order."""
        return any(entry.is_changed for entry in self.entries.values())


@dataclass(frozen=True, slots=True)
class ShopPage(BasketPart):
    """All that the shop shows."""

    favourites: list[Stall]
    aisles: list[Aisle]
    plate: list[Aisle]
    order: Order | None
    earlier: Order | None
    search: str
    category: str
    liked_only: bool

    @property
    def likes_something(self) -> bool:
        return any(entry.is_favourite for entry in self.entries.values())

    @property
    def is_open(self) -> bool:
        return any(entry.is_open for entry in self.entries.values())

    @property
    def closes_at(self) -> datetime:
        return self.pickup.cycle.closes_at


_DRAWINGS = {
    Category.VEGETABLES: ("carotte", "orange"), Category.FRUIT: ("clementine", "orange"),
    Category.DAIRY: ("brocciu", "straw"), Category.MEAT: ("lonzu", "rose"), Category.EGGS: ("oeufs", "earth"),
    Category.BAKERY: ("pain", "earth"), Category.GROCERY: ("miel", "straw"), Category.DRINKS: ("vin", "wine"),
}  # fmt: skip


def shop_page(
    *, pickup: Pickup, owner: Owner, now: datetime, search: str = "", category: str = "", liked_only: bool = False
) -> ShopPage:
    """Read the shop of a pickup: seven queries, however many offers; one more for a household's earlier order, where
    some are sold in cases, and where a fee is the household's.

    Favourites come first, in a section of their own; a search or a category finds them in their places.
    """
    held = read_held(pickup=pickup, owner=owner)
    entries = entries_of(by_farm(on_sale(pickup, household_id=owner.household_id)), held, now=now)
    shown = [e for e in entries.values() if (e.offer.is_available or e.count or e.ordered) and _matches(e, search)]
    plate = _aisles(shown, {})
    if category:
        shown = [entry for entry in shown if entry.product.category == category]
    if liked_only:
        shown = [entry for entry in shown if entry.is_favourite]
    first = [] if search or category else [entry for entry in shown if entry.is_favourite]
    codes = {entry.farm.commune_code for entry in shown}
    places = dict(Commune.objects.filter(pk__in=codes).values_list("pk", "name"))
    return ShopPage(
        pickup=pickup,
        group=pickup.cycle.organisation,
        now=now,
        household_id=owner.household_id,
        entries=entries,
        bill=basket_bill(entries.values(), pickup=pickup, household_id=owner.household_id),
        favourites=_stalls(first, places),
        aisles=_aisles([entry for entry in shown if not (first and entry.is_favourite)], places),
        plate=plate,
        order=held.order,
        earlier=order_to_repeat(household_id=owner.household_id, pickup=pickup) if owner.household_id else None,
        search=search,
        category=category,
        liked_only=liked_only,
    )


def tapped_part(*, pickup: Pickup, owner: Owner, offer_id: int, now: datetime) -> BasketPart:
    """What one tap on an offer changes: its entry, and the basket. It reads these offers alone, not the whole sale."""
    held = read_held(pickup=pickup, owner=owner)
    home = owner.household_id
    entries = entries_of(
        on_sale(pickup, household_id=home).filter(pk__in={offer_id, *held.offer_ids}), held, now=now
    )  # fmt: skip
    bill = basket_bill(entries.values(), pickup=pickup, household_id=home)
    group = pickup.cycle.organisation
    return BasketPart(pickup=pickup, group=group, now=now, household_id=home, entries=entries, bill=bill)


def by_farm(offers: Iterable[Offer]) -> list[Offer]:
    """As they are shown: by farm, then by name, accents apart."""
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
        stalls = _stalls([entry for entry in entries if entry.product.category == category], places)
        if stalls:
            drawing, tint = _DRAWINGS[category]
            aisles.append(Aisle(category, drawing, tint, stalls))
    return aisles


def _stalls(entries: list[Entry], places: dict[str, str]) -> list[Stall]:
    stalls: dict[int, Stall] = {}
    for entry in entries:
        empty = Stall(entry.farm, places.get(entry.farm.commune_code, ""), entry.offer.participation, [])
        stalls.setdefault(entry.farm.pk, empty).entries.append(entry)
    return list(stalls.values())
