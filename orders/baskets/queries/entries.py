"""An offer as the shop and the basket show it, with what its household has and would have of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import JSONObject

from cagette.core.money import Money, total
from cagette.core.quantities import Quantity, Unit
from cagette.people.models import Organisation
from orders.baskets.models import Basket, BasketLine, Favourite, Order, OrderLine, Wait
from orders.baskets.queries.cases import Case, tolerances_of
from orders.baskets.rules import caught_up
from orders.baskets.wishes import Wish, wish_of
from orders.cycles.models import Offer, Pickup
from producers.enums import ALLERGENS, LABELS
from producers.labels import certificates_on
from producers.models import Product


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose basket: a household's, a visitor's known by a token of the session, or both just after log-in."""

    household_id: int | None = None
    token: UUID | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a basket holds of an offer."""

    count: int = 0
    wish: Wish = field(default_factory=Wish)


@dataclass(frozen=True, slots=True)
class Held:
    """What an owner has at a pickup: the order with its active lines, and the basket, by offer, with the time of its
    last change where the household has one."""

    order: Order | None
    lines: dict[int, list[OrderLine]]
    drafts: dict[int, Draft]
    changed_at: datetime | None = None

    @property
    def offer_ids(self) -> set[int]:
        return self.lines.keys() | self.drafts.keys()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an entry at one price: so much, and what it comes to."""

    count: int
    price: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class Entry:
    """An offer as the shop shows it, with what the basket holds of it."""

    offer: Offer
    product: Product
    farm: Organisation
    draft: Draft
    lines: list[OrderLine]
    is_open: bool
    taken: int = 0
    is_favourite: bool = False
    waits: bool = False

    @property
    def ordered(self) -> int:
        return sum(line.count for line in self.lines)

    @property
    def count(self) -> int:
        """What would be had: the basket's count, or what was ordered once the farm has closed."""
        return self.draft.count if self.is_open else self.ordered

    @property
    def missed(self) -> str:
        """What the basket holds of a farm that has closed meanwhile, and that is not ordered."""
        missed = 0 if self.is_open else self.draft.count - self.ordered
        return self.product.in_words(missed) if missed > 0 else ""

    @property
    def wish(self) -> Wish:
        return self.draft.wish

    @property
    def is_changed(self) -> bool:
        """The basket says something else than the order."""
        said = wish_of(self.lines[0]) if self.lines else Wish()
        return self.count != self.ordered or (self.is_open and self.count > 0 and self.wish != said)

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
    def weighed_per(self) -> str:
        """What the price is for, where pieces are weighed later: kg."""
        return Unit(self.product.priced_in).priced

    @property
    def each(self) -> Money:
        """What one piece is likely to cost, where pieces are weighed later."""
        return self.product.amount_of(1, self.offer.unit_price)

    @property
    def each_range(self) -> tuple[Money, Money] | None:
        return self.product.range_of(1, self.offer.unit_price)

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
    def vouched(self) -> list[str]:
        """Who vouches for its labels: AB : FR-BIO-01 (the law wants the code beside the mark)."""
        codes = {held["label"]: held["certifier"] for held in getattr(self.offer, "certificates", [])}
        return [f"{LABELS[label]} : {codes[label]}" for label in self.product.labels if label in codes]

    @property
    def case(self) -> Case | None:
        """How full the case is, with what this basket adds to it or takes from it."""
        if not self.product.case_size:
            return None
        return Case(self.product, ordered=self.taken, added=self.count - self.ordered)

    @property
    def tolerances(self) -> list[tuple[int, str]]:
        """What one may say that one would take beside, to fill a case: each step, in words."""
        return tolerances_of(self.product, self.count, self.wish.tolerance) if self.count else []

    @property
    def parts(self) -> list[Part]:
        return parts_of(self.offer, self.lines, self.count)

    @property
    def amount(self) -> Money:
        return total([part.amount for part in self.parts])

    @property
    def likely(self) -> tuple[Money, Money] | None:
        """The least and the most that it may come to once weighed; None where nothing is."""
        ranges = [self.product.range_of(part.count, part.price) for part in self.parts]
        known = [found for found in ranges if found]
        if not known:
            return None
        return total([least for least, _most in known]), total([most for _least, most in known])


def parts_of(offer: Offer, lines: list[OrderLine], count: int) -> list[Part]:
    """What a count comes to, as placing would write it: lines keep the price they were placed at, the newest is lowered
    first, and what is more is paid at the price of now."""
    product, more = offer.product, count - sum(line.count for line in lines)
    counts = {line.pk: line.count for line in lines}
    estimate = product.content if product.is_estimated else None
    for line in sorted(lines, key=lambda line: -line.pk) if more < 0 else []:
        lowered = min(-more, counts[line.pk])
        counts[line.pk], more = counts[line.pk] - lowered, more + lowered
    same = [line for line in lines if line.unit_price == offer.unit_price and line.content == estimate]
    if more > 0 and same:
        counts[same[0].pk], more = counts[same[0].pk] + more, 0
    kept = [line for line in lines if counts[line.pk]]
    parts = [Part(counts[line.pk], line.unit_price, line.amount_of(counts[line.pk])) for line in kept]
    if more > 0:
        parts.append(Part(more, offer.unit_price, product.amount_of(more, offer.unit_price)))
    return parts


def read_held(*, pickup: Pickup, owner: Owner) -> Held:
    """What an owner has at a pickup: two queries for the order, two for the basket.

    Without a basket it is what was ordered; when the order changed since it was begun, what was only wished for stays
    beside that. What the person chose before log-in is shown with it, the larger count of the two.
    """
    order, written = _order(pickup, owner)
    lines = _active(written)
    drafts = {offer_id: Draft(sum(x.count for x in mine), wish_of(mine[0])) for offer_id, mine in lines.items()}
    mine = Q(household_id=owner.household_id, household_id__isnull=False) | Q(token=owner.token, token__isnull=False)
    baskets = Basket.objects.filter(mine, pickup=pickup).prefetch_related("lines")
    changed_at = next((basket.updated_at for basket in baskets if basket.household_id is not None), None)
    for basket in sorted(baskets, key=lambda basket: basket.household_id is None):
        chosen = {line.offer_id: _draft(line) for line in basket.lines.all()}
        if basket.household_id is None:
            drafts = {key: _larger(chosen.get(key), drafts.get(key)) for key in chosen | drafts}
        elif basket.order_version == (order.version if order else 0):
            drafts = chosen
        else:
            wished = {key: draft.count for key, draft in chosen.items()}
            kept = caught_up(wished, written, since=basket.updated_at)
            drafts = {key: drafts.get(key) or chosen[key] for key in kept}
    return Held(order, lines, drafts, changed_at)


def _draft(line: BasketLine) -> Draft:
    return Draft(line.count, wish_of(line))


def _larger(first: Draft | None, second: Draft | None) -> Draft:
    first, second = first or Draft(), second or Draft()
    return Draft(max(first.count, second.count), first.wish.with_(second.wish))


def _order(pickup: Pickup, owner: Owner) -> tuple[Order | None, list[OrderLine]]:
    """The order with all its lines, ended ones too."""
    if owner.household_id is None:
        return None, []
    order = Order.objects.filter(pickup=pickup, household_id=owner.household_id).first()
    return order, list(order.lines.order_by("pk")) if order else []


def _active(written: list[OrderLine]) -> dict[int, list[OrderLine]]:
    lines: dict[int, list[OrderLine]] = {}
    for line in written:
        if line.cancelled_at is None:
            lines.setdefault(line.offer_id, []).append(line)
    return lines


def entries_of(offers: Iterable[Offer], held: Held, *, now: datetime) -> dict[int, Entry]:
    """Offers (with product, stock and farm) as entries, in their order; one query where some are sold in cases."""
    shown = list(offers)
    taken = _taken([offer for offer in shown if offer.product.case_size])
    return {
        offer.pk: Entry(
            offer=offer,
            product=offer.product,
            farm=offer.participation.producer.organisation,
            draft=held.drafts.get(offer.pk, Draft()),
            lines=held.lines.get(offer.pk, []),
            is_open=offer.participation.is_open(now),
            taken=taken.get(offer.pk, 0),
            is_favourite=getattr(offer, "is_favourite", False),
            waits=getattr(offer, "waits_for_it", False),
        )
        for offer in shown
    }


def _taken(offers: list[Offer]) -> Mapping[int, int]:
    """What all households have ordered of offers that are sold in cases."""
    if not offers:
        return {}
    lines = OrderLine.objects.active().filter(offer__in=offers).values("offer_id")
    return dict(lines.annotate(taken=Sum("count")).values_list("offer_id", "taken"))


def on_sale(pickup: Pickup, *, household_id: int | None = None) -> QuerySet[Offer]:
    """The offers of a pickup's sale with all that an entry shows, who vouches for the farm's labels that day, and
    whether a household likes them or waits."""
    offers = Offer.objects.filter(participation__cycle_id=pickup.cycle_id)
    vouched = certificates_on(pickup.cycle.delivery_on).filter(producer=OuterRef("participation__producer"))
    named = offers.select_related("product", "stock", "participation__producer__organisation").annotate(
        certificates=ArraySubquery(vouched.values_list(JSONObject(label="label", certifier="certifier")))
    )
    if household_id is None:
        return named
    likes = Favourite.objects.filter(household=household_id, product=OuterRef("product"))
    waits = Wait.objects.filter(household=household_id, offer=OuterRef("pk"), told_at=None)
    return named.annotate(is_favourite=Exists(likes), waits_for_it=Exists(waits))
