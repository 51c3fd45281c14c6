"""A farm's catalogue and the stock of a product, as its people see them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from cagette.core import words
from cagette.core.money import Money
from cagette.core.quantities import Quantity, Unit
from cagette.people.models import Organisation
from producers.enums import ALLERGENS, LABELS, Category, StockMode
from producers.models import Producer, Product, Stock
from producers.price_lists.columns import plain
from producers.stocking import StockSeen

COMING_MAX = 3  # days or periods beside a product of the catalogue; its own page shows all


@dataclass(frozen=True, slots=True)
class Entry:
    """A product as its farm sees it. coming: its stock of the days and periods that are not over, soonest first."""

    product: Product
    stock: Stock | None
    coming: list[Stock] = field(default_factory=list)

    @property
    def seen(self) -> StockSeen | None:
        """The total that the quick form shows."""
        return StockSeen(self.stock.announced, self.stock.remaining) if self.stock else None

    @property
    def is_total(self) -> bool:
        return self.product.stock_mode == StockMode.TOTAL and self.stock is not None

    @property
    def is_by_day(self) -> bool:
        """Counted by delivery or by period: the quick form leaves it to its own page."""
        return self.product.stock_mode not in (StockMode.UNLIMITED, StockMode.TOTAL)

    @property
    def left(self) -> int | None:
        """What is left, in base units; None without limit, and where it is counted by day or by period."""
        return self.stock.remaining if self.stock and self.is_total else None

    @property
    def left_in_words(self) -> str:
        if self.is_by_day:
            return stock_in_words(self.product)
        return _("sans limite") if self.left is None else self.product.in_words(self.left)

    @property
    def coming_in_words(self) -> list[str]:
        """samedi 28 novembre : reste 12 œufs sur 30; for the next three days or periods."""
        return [coming_in_words(self.product, stock) for stock in self.coming[:COMING_MAX]]

    @property
    def is_out(self) -> bool:
        return self.left == 0

    @property
    def per(self) -> str:
        """What the price is for: le kg, la botte."""
        if self.product.priced_in == Unit.PIECE:
            return _("la pièce") if not self.product.piece_name else f"/ {self.product.piece_name}"
        return {Unit.GRAM: _("le kg"), Unit.MILLILITRE: _("le litre")}[Unit(self.product.priced_in)]

    @property
    def comparison(self) -> tuple[Money, str] | None:
        """The price per kg or litre of a piece with a stated content; None when the price says it already."""
        found = self.product.comparison() if self.product.priced_in == Unit.PIECE else None
        return (found[0], found[1].priced) if found else None

    @property
    def lacks_content(self) -> bool:
        """A piece whose price per kg or litre cannot be shown, since nobody said what it holds."""
        return self.product.priced_in == Unit.PIECE and not self.product.content

    @property
    def sold_by(self) -> str:
        """par 500 g, dès 1 kg; la botte de 600 g; pesée au retrait, env. 1,8 kg; and the case that it comes in."""
        return ", ".join(words for words in (self._counted_by, self._case) if words)

    @property
    def _counted_by(self) -> str:
        product = self.product
        if product.is_estimated:
            return self._estimate
        if product.unit == Unit.PIECE:
            if not product.content or not product.content_unit:
                return product.piece_name
            held = Product(unit=product.content_unit, piece_name=_("pièce"), pieces_name=_("pièces"))
            return f"{product.piece_name or _('pièce')} de {held.in_words(product.content)}"
        least = "" if product.minimum == product.step else f", dès {product.in_words(product.minimum)}"
        return f"par {product.in_words(product.step)}{least}"

    @property
    def _estimate(self) -> str:
        """pesée au retrait, env. 1,8 kg (de 1,5 kg à 2,2 kg), soit env. 17,82 €"""
        product, unit = self.product, Unit(self.product.priced_in)
        about = f"env. {Quantity(product.content or 0, unit)}"
        if product.weight_least and product.weight_most:
            about += f" (de {Quantity(product.weight_least, unit)} à {Quantity(product.weight_most, unit)})"
        return f"{_('pesée au retrait')}, {about}, soit env. {product.amount_of(1)}"

    @property
    def _case(self) -> str:
        """colis de 12 kg, de 1 kg à 6 kg par foyer"""
        product = self.product
        if not product.case_size:
            return ""
        least = product.in_words(product.minimum)
        most = product.in_words(product.maximum) if product.maximum else ""
        shares = f"de {least} à {most} par foyer" if most else f"dès {least} par foyer"
        return f"colis de {product.in_words(product.case_size)}, {shares}"

    @property
    def season(self) -> str:
        """de novembre à janvier; empty all year."""
        return season_in_words(self.product.season)

    @property
    def marks(self) -> list[str]:
        return [LABELS[mark] for mark in self.product.labels if mark in LABELS]

    @property
    def allergens(self) -> list[str]:
        return [ALLERGENS[mark] for mark in self.product.allergens if mark in ALLERGENS]


def season_in_words(months: "list[int]") -> str:
    """Months as one says them: de novembre à janvier; avril; mai, juin et septembre. Empty for all year."""
    if not months:
        return ""
    firsts = [month for month in months if (month - 2) % 12 + 1 not in months]
    if len(firsts) == 1 and len(months) > 1:
        last = words.MONTHS[(firsts[0] + len(months) - 2) % 12]
        first = words.MONTHS[firsts[0] - 1]
        return f"{'d’' if first[0] in 'ao' else 'de '}{first} à {last}"
    return words.listed([words.MONTHS[month - 1] for month in sorted(months)])


def stock_in_words(product: Product) -> str:
    """How much there is of what is counted by delivery or by period."""
    each = product.in_words(product.stock_each or 0)
    if product.stock_mode == StockMode.PER_DELIVERY:
        return _("%(each)s par livraison") % {"each": each}
    if product.stock_mode == StockMode.EVERY_NTH:
        return _("%(each)s, une livraison sur %(every)d") % {"each": each, "every": product.stock_every or 0}
    return _("par période")


def coming_in_words(product: Product, stock: Stock) -> str:
    """samedi 28 novembre : reste 12 œufs sur 30"""
    left, there = product.in_words(stock.remaining), product.quantity(stock.announced)
    if stock.delivery_on:
        when = words.day(stock.delivery_on)
    elif stock.period_from_on and stock.period_until_on:
        when = f"du {words.day(stock.period_from_on)} au {words.day(stock.period_until_on)}"
    else:
        when = _("en tout")
    if stock.short:
        return _("%(when)s : il manque %(short)s") % {"when": when, "short": product.in_words(stock.short)}
    return _("%(when)s : reste %(left)s sur %(there)s") % {"when": when, "left": left, "there": there}


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


def catalogue_page(*, producer: Producer, today: date, search: str = "", just_retired: str = "") -> CataloguePage:
    """Read a farm's catalogue by category: two queries, however many products. search: whatever the accents."""
    entries = _entries(producer, today)
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


def _entries(producer: Producer, today: date) -> list[Entry]:
    found = Product.objects.filter(producer=producer).order_by("pk")
    products = sorted(found, key=lambda product: words.alphabet(product.name))
    stocks = _stocks(Q(product__producer=producer), today)
    return [_entry(product, stocks[product.pk]) for product in products]


def entry_of(product: Product, *, today: date) -> Entry:
    """One product with its stock, as the database has them now: two queries."""
    product = Product.objects.get(pk=product.pk)
    return _entry(product, _stocks(Q(product=product), today)[product.pk])


def _stocks(whose: Q, today: date) -> dict[int, list[Stock]]:
    """Totals, and the days and periods that are not over, by product."""
    total = Q(delivery_on=None, period_from_on=None)
    rows: dict[int, list[Stock]] = defaultdict(list)
    for stock in Stock.objects.filter(
        whose, total | Q(delivery_on__gte=today) | Q(period_until_on__gte=today)
    ).order_by("delivery_on", "period_from_on", "pk"):
        rows[stock.product_id].append(stock)
    return rows


def _entry(product: Product, stocks: list[Stock]) -> Entry:
    total = next((s for s in stocks if s.delivery_on is None and s.period_from_on is None), None)
    by_period = product.stock_mode == StockMode.BY_PERIOD
    by_day = product.stock_mode in (StockMode.PER_DELIVERY, StockMode.EVERY_NTH)
    coming = [s for s in stocks if (by_day and s.delivery_on) or (by_period and s.period_from_on)]
    return Entry(product, total, coming)


@dataclass(frozen=True, slots=True)
class StockPage:
    """How one product's stock is counted, and the figures of its days or periods that are not over."""

    farm: Organisation
    entry: Entry

    @property
    def by_period(self) -> bool:
        return self.entry.product.stock_mode == StockMode.BY_PERIOD

    @property
    def days(self) -> list[str]:
        return [coming_in_words(self.entry.product, stock) for stock in self.entry.coming]


def stock_page(*, product: Product, today: date) -> StockPage:
    """Two queries. product: with its producer's organisation at hand."""
    return StockPage(farm=product.producer.organisation, entry=entry_of(product, today=today))
