"""What a producer says of a product, as one value: read from forms and files, checked, written, compared."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace

from django.utils.translation import gettext as _

from cagette.core.money import AMOUNT_MAX, Money
from cagette.core.quantities import COUNT_MAX, Unit
from cagette.places.enums import VatClass
from producers.enums import ALLERGENS, DRAWINGS, LABELS, Category, StockMode, Storage
from producers.models import Product


class ProductRefused(Exception):
    """The product was not written. The message is fit for the producer; `field` names what it is about ("": all)."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a producer says of a product, but for its reference and its stock. Counts are in base units."""

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

    @property
    def fingerprint(self) -> str:
        """Twelve letters that change when anything changes: what a form carries to know what it showed."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class StockWish:
    """No limit, or a total that falls: how much is left, in base units."""

    mode: str = StockMode.UNLIMITED.value
    left: int | None = None


TEXTS = {"name": 120, "description": 2000, "piece_name": 30, "pieces_name": 30, "ingredients": 2000, "origin": 80}
REFERENCE_MAX = 40
STOCK_MAX = 100 * COUNT_MAX  # a hundred tonnes


def facts_of(product: Product) -> Facts:
    """What a product says now."""
    values = {name: getattr(product, name) for name in Facts.__dataclass_fields__}
    return tidy(Facts(**{**values, "labels": tuple(product.labels), "allergens": tuple(product.allergens)}))


def write_facts(product: Product, facts: Facts) -> None:
    """Put facts on a row that the caller saves. A drawing that changes brings its own tint."""
    if facts.drawing != product.drawing or not product.tint:
        product.tint = DRAWINGS.get(facts.drawing, ("", ""))[1]
    for name in Facts.__dataclass_fields__:
        value = getattr(facts, name)
        setattr(product, name, list(value) if isinstance(value, tuple) else value)
    product.priced_in = facts.unit


def suggest_drawing(name: str) -> str:
    """The drawing whose name a product's name holds ("Carottes, fanes": carotte); empty when none does."""
    words = name.casefold()
    return next((key for key, (label, _tint) in DRAWINGS.items() if label.casefold() in words), "")


def tidy(facts: Facts) -> Facts:
    """The same facts as they are kept: nothing said of the piece of what is sold by weight; marks in our order."""
    by_piece = facts.unit == Unit.PIECE
    return replace(
        facts,
        piece_name=facts.piece_name if by_piece else "",
        pieces_name=facts.pieces_name if by_piece else "",
        content=facts.content if by_piece else None,
        content_unit=facts.content_unit if by_piece and facts.content else "",
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
    if before and before.unit != facts.unit:
        raise ProductRefused(
            _(
                "On ne change pas la façon de vendre un produit : ses commandes seraient fausses. "
                "Retirez-le et créez-en un autre."
            ),
            field="unit",
        )


def _check_choices(facts: Facts) -> None:
    choices: dict[str, tuple[object, ...]] = {
        "category": tuple(Category.values),
        "unit": tuple(Unit.values),
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
    """Raises ProductRefused for a mode that is none, and for a total that is missing, negative or above 100 t."""
    if wish.mode not in StockMode.values:
        raise ProductRefused(_("Choisissez dans la liste."), field="stock_mode")
    if wish.mode == StockMode.TOTAL and (wish.left is None or not 0 <= wish.left <= STOCK_MAX):
        raise ProductRefused(_("Dites combien il en reste."), field="left")
