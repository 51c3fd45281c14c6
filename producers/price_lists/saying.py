"""What a row of another software says of a product, and what the words and numbers in its cells mean."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.utils.translation import gettext as _

from cagette.core.money import Money
from cagette.core.quantities import COUNT_MAX, Quantity, Unit, line_total
from cagette.places.enums import VatClass
from producers.enums import Category
from producers.price_lists.columns import CellUnreadable, plain, read_price, read_yes

Value = TypeVar("Value")

THOUSANDTHS = 1000  # of a pack, in which stocks are counted
PERMYRIADS = 10_000  # a whole, in hundredths of a per cent
NET_PLACES = 4  # a net price may have that many decimals


_SUFFIXES: dict[str, str] = {Unit.GRAM: " g", Unit.MILLILITRE: " ml"}


def in_base(count: int | str, unit: str) -> str:
    """A count in the words that our own columns read: 350 g, 12000 ml, 6."""
    return f"{count}{_SUFFIXES.get(unit, '')}"


@dataclass(frozen=True, slots=True)
class Pack:
    """What a price is for: 350 g, 1 kg, 6 pieces. loose: any part of it may be ordered; None: the format cannot say."""

    count: int
    unit: Unit
    loose: bool | None = None

    @property
    def is_one_piece(self) -> bool:
        return self.unit == Unit.PIECE and self.count == 1

    @property
    def words(self) -> str:
        """As our own column reads it; empty for one piece."""
        if self.unit == Unit.PIECE:
            return "" if self.count == 1 else f"{self.count} pièces"
        return in_base(self.count, self.unit)


@dataclass(frozen=True, slots=True)
class Said:
    """A row of another software in our values. Empty or None: it does not say, and what is known stays.

    price: VAT included, for a pack; is_per_kilo: for a kilo or a litre of it instead. left: thousandths of a pack.
    step and case_size: base units.
    """

    reference: str = ""
    name: str = ""
    description: str = ""
    category: str = ""
    origin: str = ""
    piece_name: str = ""
    organic: bool | None = None
    pack: Pack | None = None
    price: Money | None = None
    is_per_kilo: bool = False
    vat: int | None = None
    left: int | None = None
    has_no_limit: bool = False
    is_active: bool | None = None
    step: int | None = None
    case_size: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Cells:
    """The cells of a row by heading; each is read once, and what cannot be read is kept as an error of its column."""

    texts: Mapping[str, str]
    errors: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self, heading: str) -> str:
        return self.texts.get(heading, "")

    def read(self, heading: str, reader: Callable[[str], Value]) -> Value | None:
        """The cell's value; None when it is empty or wrong."""
        text = self.text(heading)
        if not text:
            return None
        try:
            return reader(text)
        except CellUnreadable as unreadable:
            self.errors.append((heading, str(unreadable)))
            return None

    def refuse(self, heading: str, message: str) -> None:
        self.errors.append((heading, message))


# --- Numbers -----------------------------------------------------------------------------------------


def read_decimal(text: str, places: int) -> int:
    """A number with a comma or a point, as a whole count of its last decimal place ("0,5" with 3: 500)."""
    found = re.fullmatch(r"(\d{1,9})(?:[.,](\d+))?", re.sub(r"\s", "", text), re.ASCII)
    if not found:
        raise CellUnreadable(_("« %(text)s » n’est pas un nombre.") % {"text": text[:40]})
    decimals = (found.group(2) or "").rstrip("0")
    if len(decimals) > places:
        raise CellUnreadable(_("« %(text)s » est trop précis.") % {"text": text[:40]})
    return int(found.group(1) + decimals.ljust(places, "0"))


def read_gross(text: str) -> Money:
    """A price, VAT included; idle zeros behind the cents are nothing."""
    return read_price(re.sub(r"([.,]\d\d)0+(?=\D*$)", r"\1", text))


def read_net(text: str) -> int:
    """A net price, as a count of ten-thousandths."""
    return read_decimal(re.sub(r"(?:€|eur)\s*$", "", text.strip(), flags=re.IGNORECASE), NET_PLACES)


def gross_of(net: int, vat: int) -> Money:
    """A net price (ten-thousandths) with its VAT. It is rounded once, by line_total: net × (100 % + rate) ÷ 100 %, with
    the net taken as it stands in the file, and not at the cent."""
    whole = Quantity(PERMYRIADS * 10 ** (NET_PLACES - 2), Unit.PIECE)
    return line_total(Money(net), Quantity(PERMYRIADS + vat, Unit.PIECE), per=whole)


def read_left(text: str) -> int:
    """A stock in packs, as thousandths."""
    return read_decimal(text, 3)


# --- Words -------------------------------------------------------------------------------------------

_PIECES = ("piece", "pieces", "unite", "unites", "item", "items", "pc", "pcs", "u", "stuck", "unit", "units")
_UNITS: dict[str, tuple[Unit, int]] = {
    **dict.fromkeys(("kg", "kilo", "kilos", "kilogram", "kilograms", "kilogramme", "kilogrammes"), (Unit.GRAM, 1000)),
    **dict.fromkeys(("g", "gr", "gram", "grams", "gramme", "grammes"), (Unit.GRAM, 1)),
    **dict.fromkeys(("t", "tonne", "tonnes"), (Unit.GRAM, 1_000_000)),
    **dict.fromkeys(("l", "litre", "litres", "liter", "liters"), (Unit.MILLILITRE, 1000)),
    **dict.fromkeys(("cl", "centilitre", "centilitres"), (Unit.MILLILITRE, 10)),
    **dict.fromkeys(("ml", "millilitre", "millilitres"), (Unit.MILLILITRE, 1)),
    **dict.fromkeys(("dl", "decilitre", "decilitres"), (Unit.MILLILITRE, 100)),
    "kl": (Unit.MILLILITRE, 1_000_000),
    **dict.fromkeys(_PIECES, (Unit.PIECE, 1)),
    **dict.fromkeys(("dozen", "douzaine"), (Unit.PIECE, 12)),
}


def unit_named(text: str) -> tuple[Unit, int] | None:
    """The base unit that a word means, and how many of it; None for a word that is none."""
    return _UNITS.get(plain(text).rstrip("."))


def read_unit_word(text: str) -> tuple[Unit, int]:
    """The same, refused in words."""
    if found := unit_named(text):
        return found
    raise CellUnreadable(_("« %(text)s » n’est pas une unité : kg, g, L, cl, ml ou pièce.") % {"text": text[:40]})


def count_of(thousandths: int, factor: int) -> int:
    """So many thousandths of a unit of `factor` base units, as base units. Raises CellUnreadable for parts of one, for
    none and for more than can be."""
    count, rest = divmod(thousandths * factor, 1000)
    if rest:
        raise CellUnreadable(_("C’est trop précis : au gramme, au millilitre, à la pièce entière."))
    if not 0 < count <= COUNT_MAX:
        raise CellUnreadable(_("Donnez une quantité au-dessus de zéro, d’une tonne au plus."))
    return count


_PACK = re.compile(r"(?:(\d{1,4}) ?[x×] ?)?(\d{1,7}(?:[.,]\d{1,3})?) ?([a-z]+)\.?")


def pack_named(text: str) -> Pack | None:
    """The pack that words mean ("500 g", "6 x 1 L", "kg"); None when they mean none."""
    words = plain(text)
    if found := unit_named(words):
        return Pack(found[1], found[0])
    found_pack = _PACK.fullmatch(words)
    unit = unit_named(found_pack.group(3)) if found_pack else None
    if found_pack is None or unit is None:
        return None
    times = int(found_pack.group(1) or 1)
    return Pack(times * count_of(read_decimal(found_pack.group(2), 3), unit[1]), unit[0])


def named(name: str, detail: str) -> str:
    """The name of a product with what its variant adds ("Miel", "pot de 500 g"), unless one says the other."""
    if not detail or plain(detail) in plain(name):
        return name
    return detail if plain(name) in plain(detail) else f"{name}, {detail}"


def read_truth(text: str) -> bool:
    """Yes or no, in the languages of these files."""
    foreign = {"ja": True, "nein": False}
    return foreign[plain(text)] if plain(text) in foreign else read_yes(text)


_CLASSES: dict[int, tuple[VatClass, ...]] = {
    550: (VatClass.FOOD,),
    210: (VatClass.FOOD,),  # in Corsica and overseas
    1000: (VatClass.INTERMEDIATE,),
    2000: (VatClass.STANDARD, VatClass.ALCOHOL, VatClass.CONFECTIONERY),
    850: (VatClass.STANDARD, VatClass.ALCOHOL, VatClass.CONFECTIONERY),  # overseas
    0: tuple(VatClass),  # a farm without VAT: the rate says nothing of the class
}


def read_vat(text: str) -> int:
    """A rate in per cent ("5,5", "5.5 %"), in hundredths of a per cent."""
    rate = read_decimal(text.replace("%", ""), 2)
    if rate not in _CLASSES:
        raise CellUnreadable(_("« %(text)s » n’est pas un taux d’ici : 5,5, 2,1, 10, 20 ou 0.") % {"text": text[:40]})
    return rate


def vat_classes(rate: int) -> tuple[VatClass, ...]:
    """The classes that a rate may stand for, the likeliest first."""
    return _CLASSES[rate]


_AISLES: tuple[tuple[Category, str], ...] = (
    (Category.EGGS, "oeuf|egg|volaille|poultry|poulet|chicken"),
    (Category.DAIRY, "cremerie|lait|laitier|fromage|dairy|cheese|yaourt|beurre"),
    (Category.DRINKS, "boisson|drink|beverage|vin|wine|biere|beer|jus|juice|cidre"),
    (Category.MEAT, "viande|meat|charcuterie|boeuf|porc|agneau|veau"),
    (Category.BAKERY, "pain|boulangerie|bakery|bread|farine|flour"),
    (Category.GROCERY, "epicerie|grocery|grocerie|conserve|miel|honey|confiture|huile"),
    (Category.VEGETABLES, "legume|vegetable|salade|maraichage|herbe"),
    (Category.FRUIT, "fruit|agrume"),
)


def aisle_named(text: str) -> str:
    """Our category for another's words for it; of two ("Fruits et légumes") the first in our list. Empty: none."""
    words = plain(text)
    for value, label in Category.choices:
        if words in (plain(str(label)), value):
            return value
    return next((category.value for category, stems in _AISLES if re.search(rf"\b(?:{stems})s?\b", words)), "")
