"""What a producer says of a product, as one value: read from forms and files, checked, written, compared."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from cagette.core.money import AMOUNT_MAX, Money
from cagette.core.quantities import COUNT_MAX, Unit
from cagette.places.enums import VatClass
from producers.enums import ALLERGENS, DRAWINGS, LABELS, Category, StockMode, Storage
from producers.models import Product, Stock


class ProductRefused(Exception):
    """The product was not written. The message is fit for the producer; `field` names what it is about ("": all)."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a producer says of a product, but for its reference and its stock. Counts are in base units.

    priced_in: empty means as it is counted; a piece priced by weight or volume is estimated (`content`) until weighed.
    case_size: bought in full cases that households share; `maximum` is for one household, with a case alone.
    season: the months in which it is sold; none means all year.
    """

    name: str
    category: str
    unit: str
    unit_price: Money
    description: str = ""
    drawing: str = ""
    piece_name: str = ""
    pieces_name: str = ""
    content: int | None = None
    content_unit: str = ""
    vat_class: str = VatClass.FOOD.value
    step: int = 1
    minimum: int = 1
    labels: tuple[str, ...] = ()
    allergens: tuple[str, ...] = ()
    ingredients: str = ""
    origin: str = ""
    storage: str = Storage.AMBIENT.value
    is_active: bool = True
    priced_in: str = ""
    weight_least: int | None = None
    weight_most: int | None = None
    case_size: int | None = None
    maximum: int | None = None
    season: tuple[int, ...] = ()
    is_perishable: bool = True

    @property
    def is_estimated(self) -> bool:
        """Counted in pieces, priced by weight or volume."""
        return self.unit == Unit.PIECE and self.priced_in not in ("", Unit.PIECE)

    @property
    def way(self) -> tuple[str, str, bool]:
        """How it is sold, which never changes: what is counted, what is priced, whether by the case."""
        return self.unit, self.priced_in or self.unit, self.case_size is not None

    @property
    def fingerprint(self) -> str:
        """Twelve letters that change when anything changes: what a form carries to know what it showed."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class StockWish:
    """How a product's stock is counted, and its figures in base units.

    left: of a total, how much is left. each: of a delivery, until another figure is announced for its day. every and
    from_on: one delivery out of so many, counted from a day that has some. Periods have figures of their own.
    """

    mode: str = StockMode.UNLIMITED.value
    left: int | None = None
    each: int | None = None
    every: int | None = None
    from_on: date | None = None


TEXTS = {"name": 120, "description": 2000, "piece_name": 30, "pieces_name": 30, "ingredients": 2000, "origin": 80}
REFERENCE_MAX = 40
STOCK_MAX = 100 * COUNT_MAX  # a hundred tonnes
EVERY_MAX = 52  # deliveries: once a year
ALL_YEAR = tuple(range(1, 13))
STOCK_COLUMNS = ("stock_mode", "stock_each", "stock_every", "stock_from_on")  # what write_wish writes
_LISTS = ("labels", "allergens", "season")


def facts_of(product: Product) -> Facts:
    """What a product says now."""
    values = {name: getattr(product, name) for name in Facts.__dataclass_fields__}
    return tidy(Facts(**{**values, **{name: tuple(values[name]) for name in _LISTS}}))


def write_facts(product: Product, facts: Facts) -> None:
    """Put facts on a row that the caller saves. A drawing that changes brings its own tint."""
    if facts.drawing != product.drawing or not product.tint:
        product.tint = DRAWINGS.get(facts.drawing, ("", ""))[1]
    for name in Facts.__dataclass_fields__:
        value = getattr(facts, name)
        setattr(product, name, list(value) if isinstance(value, tuple) else value)
    product.priced_in = facts.priced_in or facts.unit


def wish_of(product: Product, total: Stock | None) -> StockWish:
    """A product's stock as a form would say it. total: its row, when it has one; none of another mode counts."""
    if product.stock_mode == StockMode.TOTAL:
        return StockWish(StockMode.TOTAL.value, total.remaining if total else 0)
    per_day = product.stock_mode in (StockMode.PER_DELIVERY, StockMode.EVERY_NTH)
    nth = product.stock_mode == StockMode.EVERY_NTH
    return StockWish(
        mode=product.stock_mode,
        each=product.stock_each if per_day else None,
        every=product.stock_every if nth else None,
        from_on=product.stock_from_on if nth else None,
    )


def write_wish(product: Product, wish: StockWish) -> None:
    """Put how its stock is counted on a row that the caller saves; a total's row is the caller's to make or move."""
    product.stock_mode = wish.mode
    per_day = wish.mode in (StockMode.PER_DELIVERY, StockMode.EVERY_NTH)
    nth = wish.mode == StockMode.EVERY_NTH
    product.stock_each = wish.each if per_day else None
    product.stock_every = wish.every if nth else None
    product.stock_from_on = wish.from_on if nth else None


def suggest_drawing(name: str) -> str:
    """The drawing whose name a product's name holds ("Carottes, fanes": carotte); empty when none does."""
    words = name.casefold()
    return next((key for key, (label, _tint) in DRAWINGS.items() if label.casefold() in words), "")


def tidy(facts: Facts) -> Facts:
    """The same facts as they are kept: nothing said of the piece of what is sold by weight, no likely weights of what
    is not weighed later, no maximum but of a case; marks and months in our order, all months being no season."""
    by_piece = facts.unit == Unit.PIECE
    months = tuple(sorted(set(facts.season)))
    return replace(
        facts,
        piece_name=facts.piece_name if by_piece else "",
        pieces_name=facts.pieces_name if by_piece else "",
        content=facts.content if by_piece else None,
        content_unit=facts.content_unit if by_piece and facts.content else "",
        priced_in=(facts.priced_in or facts.unit) if by_piece else facts.unit,
        weight_least=facts.weight_least if facts.is_estimated else None,
        weight_most=facts.weight_most if facts.is_estimated else None,
        maximum=facts.maximum if facts.case_size else None,
        season=() if months == ALL_YEAR else months,
        labels=tuple(mark for mark in LABELS if mark in facts.labels),
        allergens=tuple(mark for mark in ALLERGENS if mark in facts.allergens),
    )


def check_facts(facts: Facts, *, before: Facts | None = None) -> None:
    """Raises ProductRefused with the first thing that does not hold. before: what the product said until now."""
    if not facts.name.strip():
        raise ProductRefused(_("Donnez un nom au produit."), field="name")
    for name, longest in TEXTS.items():
        if len(getattr(facts, name)) > longest:
            raise ProductRefused(_("C’est trop long : %(most)d caractères au plus.") % {"most": longest}, field=name)
    _check_choices(facts)
    if not 0 < facts.unit_price.cents <= AMOUNT_MAX:
        raise ProductRefused(_("Donnez un prix au-dessus de zéro."), field="unit_price")
    for name in ("step", "minimum"):
        if not 0 < getattr(facts, name) <= COUNT_MAX:
            raise ProductRefused(_("Donnez une quantité au-dessus de zéro."), field=name)
    if facts.content is not None and not 0 < facts.content <= COUNT_MAX:
        raise ProductRefused(_("Donnez un contenu au-dessus de zéro."), field="content")
    _check_estimate(facts)
    _check_case(facts)
    if not set(facts.season) <= set(ALL_YEAR):
        raise ProductRefused(_("Choisissez des mois de l’année."), field="season")
    if before and before.way != facts.way:
        raise ProductRefused(
            _(
                "On ne change pas la façon de vendre un produit : ses commandes seraient fausses. "
                "Retirez-le et créez-en un autre."
            ),
            field="unit",
        )


def _check_estimate(facts: Facts) -> None:
    """A piece that is weighed later says what it weighs: about, and between what and what."""
    if not facts.is_estimated:
        return
    if not facts.content or facts.content_unit != facts.priced_in:
        raise ProductRefused(_("Dites ce que pèse à peu près une pièce, par exemple 1,8 kg."), field="content")
    for name in ("weight_least", "weight_most"):
        other = "weight_most" if name == "weight_least" else "weight_least"
        if getattr(facts, name) is None and getattr(facts, other) is not None:
            raise ProductRefused(_("Dites les deux poids : le plus faible et le plus fort."), field=name)
    if facts.weight_least is None or facts.weight_most is None:
        return
    if not 0 < facts.weight_least <= facts.content:
        raise ProductRefused(
            _("Le poids le plus faible est au-dessus de zéro, et pas au-dessus du poids estimé."), field="weight_least"
        )
    if not facts.content <= facts.weight_most <= COUNT_MAX:
        raise ProductRefused(_("Le poids le plus fort n’est pas en dessous du poids estimé."), field="weight_most")


def _check_case(facts: Facts) -> None:
    """A case can be shared: what each household takes adds up to it."""
    if facts.case_size is None:
        return
    if not 0 < facts.case_size <= COUNT_MAX:
        raise ProductRefused(_("Dites combien contient un colis."), field="case_size")
    if facts.case_size % facts.step:
        raise ProductRefused(_("Un colis se partage en pas entiers : changez le pas ou le colis."), field="case_size")
    if facts.minimum % facts.step:
        raise ProductRefused(_("Pour un colis partagé, le minimum par foyer compte des pas entiers."), field="minimum")
    if facts.minimum > facts.case_size:
        raise ProductRefused(_("Le minimum par foyer ne dépasse pas le colis."), field="minimum")
    if facts.maximum is None:
        return
    if not facts.minimum <= facts.maximum <= COUNT_MAX:
        raise ProductRefused(_("Le maximum par foyer n’est pas en dessous de son minimum."), field="maximum")
    if facts.maximum % facts.step:
        raise ProductRefused(_("Le maximum par foyer compte des pas entiers."), field="maximum")


def _check_choices(facts: Facts) -> None:
    choices: dict[str, tuple[object, ...]] = {
        "category": tuple(Category.values),
        "unit": tuple(Unit.values),
        "priced_in": ("", facts.unit, *(Unit.values if facts.unit == Unit.PIECE else ())),
        "vat_class": tuple(VatClass.values),
        "storage": tuple(Storage.values),
        "drawing": ("", *DRAWINGS),
        "content_unit": ("", *Unit.values),
    }
    for name, allowed in choices.items():
        if getattr(facts, name) not in allowed:
            raise ProductRefused(_("Choisissez dans la liste."), field=name)


def check_reference(reference: str) -> None:
    """Raises ProductRefused for none or too long a reference."""
    if not reference or len(reference) > REFERENCE_MAX:
        raise ProductRefused(
            _("Donnez une référence de %(most)d caractères au plus.") % {"most": REFERENCE_MAX}, field="reference"
        )


def check_stock(wish: StockWish) -> None:
    """Raises ProductRefused for a mode that is none, and for a figure that its mode needs and that is missing, negative
    or above 100 t."""
    if wish.mode not in StockMode.values:
        raise ProductRefused(_("Choisissez dans la liste."), field="stock_mode")
    if wish.mode == StockMode.TOTAL and (wish.left is None or not 0 <= wish.left <= STOCK_MAX):
        raise ProductRefused(_("Dites combien il en reste."), field="left")
    of_a_day = wish.mode in (StockMode.PER_DELIVERY, StockMode.EVERY_NTH)
    if of_a_day and (wish.each is None or not 0 <= wish.each <= STOCK_MAX):
        raise ProductRefused(_("Dites combien il y en a à une livraison."), field="each")
    if wish.mode == StockMode.EVERY_NTH:
        if wish.every is None or not 2 <= wish.every <= EVERY_MAX:
            raise ProductRefused(_("Une livraison sur combien ? De 2 à %(most)d.") % {"most": EVERY_MAX}, field="every")
        if wish.from_on is None:
            raise ProductRefused(
                _("Dites le jour d’une livraison qui en a : on compte à partir de lui."), field="from_on"
            )
