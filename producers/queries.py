"""What the pages of a farm show: one function a page."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from cagette.core.money import Money
from cagette.core.quantities import Unit
from cagette.people.models import Organisation
from producers.enums import ALLERGENS, LABELS, Category, StockMode
from producers.models import PriceListDraft, Producer, Product, Stock
from producers.price_lists import applying
from producers.price_lists.columns import plain
from producers.price_lists.comparing import Comparison
from producers.stocking import StockSeen


@dataclass(frozen=True, slots=True)
class Entry:
    """A product as its farm sees it."""

    product: Product
    stock: Stock | None

    @property
    def seen(self) -> StockSeen | None:
        """The total that the quick form shows."""
        return StockSeen(self.stock.announced, self.stock.remaining) if self.stock else None

    @property
    def is_total(self) -> bool:
        return self.product.stock_mode == StockMode.TOTAL and self.stock is not None

    @property
    def left(self) -> int | None:
        """What is left, in base units; None without limit."""
        return self.stock.remaining if self.stock and self.is_total else None

    @property
    def left_in_words(self) -> str:
        return _("sans limite") if self.left is None else self.product.in_words(self.left)

    @property
    def is_out(self) -> bool:
        return self.left == 0

    @property
    def per(self) -> str:
        """What the price is for: le kg, la botte."""
        if self.product.unit == Unit.PIECE:
            return _("la pièce") if not self.product.piece_name else f"/ {self.product.piece_name}"
        return {Unit.GRAM: _("le kg"), Unit.MILLILITRE: _("le litre")}[Unit(self.product.unit)]

    @property
    def comparison(self) -> tuple[Money, str] | None:
        """The price per kg or litre of a piece with a stated content; None when the price says it already."""
        found = self.product.comparison() if self.product.unit == Unit.PIECE else None
        return (found[0], found[1].priced) if found else None

    @property
    def sold_by(self) -> str:
        """par 500 g, dès 1 kg; la botte de 600 g."""
        product = self.product
        if product.unit == Unit.PIECE:
            if not product.content or not product.content_unit:
                return product.piece_name
            held = Product(unit=product.content_unit, piece_name=_("pièce"), pieces_name=_("pièces"))
            return f"{product.piece_name or _('pièce')} de {held.in_words(product.content)}"
        least = "" if product.minimum == product.step else f", dès {product.in_words(product.minimum)}"
        return f"par {product.in_words(product.step)}{least}"

    @property
    def marks(self) -> list[str]:
        return [LABELS[mark] for mark in self.product.labels if mark in LABELS]

    @property
    def allergens(self) -> list[str]:
        return [ALLERGENS[mark] for mark in self.product.allergens if mark in ALLERGENS]


@dataclass(frozen=True, slots=True)
class Aisle:
    """A category and its products."""

    name: str
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """The catalogue of a farm, as its people see it."""

    farm: Organisation
    aisles: list[Aisle]
    search: str
    count: int  # in the catalogue, whatever is searched
    on_sale: int
    retired: list[Product]
    just_retired: Product | None


def catalogue_page(*, producer: Producer, search: str = "", just_retired: str = "") -> CataloguePage:
    """Read a farm's catalogue by category: two queries, however many products. search: whatever the accents."""
    entries = _entries(producer)
    kept = [entry for entry in entries if entry.product.retired_at is None]
    retired = [entry.product for entry in entries if entry.product.retired_at is not None]
    found = [entry for entry in kept if plain(search) in plain(f"{entry.product.reference} {entry.product.name}")]
    aisles = [
        Aisle(str(Category(value).label), [entry for entry in found if entry.product.category == value])
        for value in Category.values
    ]
    return CataloguePage(
        farm=producer.organisation,
        aisles=[aisle for aisle in aisles if aisle.entries],
        search=search,
        count=len(kept),
        on_sale=sum(entry.product.is_active for entry in kept),
        retired=retired,
        just_retired=next((product for product in retired if str(product.pk) == just_retired), None),
    )


def _entries(producer: Producer) -> list[Entry]:
    products = Product.objects.filter(producer=producer).order_by("name", "pk")
    totals = {
        s.product_id: s for s in Stock.objects.filter(product__producer=producer, delivery_on=None, period_from_on=None)
    }
    return [Entry(product, totals.get(product.pk)) for product in products]


def entry_of(product: Product) -> Entry:
    """One product with its total, as the database has them now: two queries."""
    product = Product.objects.get(pk=product.pk)
    return Entry(product, Stock.objects.filter(product=product, delivery_on=None, period_from_on=None).first())


SHOWN_MAX = 200  # rows of a preview; the counts tell of all


@dataclass(frozen=True, slots=True)
class DraftPage:
    """A price list that waits for its confirmation, or what came of it."""

    farm: Organisation
    draft: PriceListDraft
    plan: Comparison | None
    applied: applying.Applied | None

    @property
    def writes(self) -> int:
        """How many products a confirmation would write."""
        return len(self.plan.new) + len(self.plan.changed) if self.plan else 0


def draft_page(*, draft: PriceListDraft) -> DraftPage:
    """Read a price list's preview, or its result once applied: two queries, however many rows."""
    farm = draft.producer.organisation
    if draft.applied_at is not None:
        return DraftPage(farm=farm, draft=draft, plan=None, applied=applying.Applied(**draft.outcome))
    return DraftPage(farm=farm, draft=draft, plan=applying.preview(draft), applied=None)
