"""Quantities as whole grams, millilitres or pieces, what they are written like, and line_total."""

import re
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cagette.core.money import Money, half_up

COUNT_MAX = 1_000_000  # a tonne, a thousand litres, a million pieces: what is asked above is a slip of the finger


class Unit(models.TextChoices):
    """The base units in which everything is counted."""

    PIECE = "piece", gettext_lazy("à la pièce")
    GRAM = "gram", gettext_lazy("au poids")
    MILLILITRE = "millilitre", gettext_lazy("au volume")

    @property
    def per(self) -> int:
        """How many base units a price is for: 1 kg, 1 L or 1 piece."""
        return 1 if self is Unit.PIECE else 1000

    @property
    def priced(self) -> str:
        return {Unit.PIECE: _("pièce"), Unit.GRAM: "kg", Unit.MILLILITRE: "L"}[self]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A count of a base unit. Two units do not add up."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if type(self.count) is not int:
            raise TypeError(f"Quantity counts whole base units, not {self.count!r}.")

    def __add__(self, other: "Quantity") -> "Quantity":
        if self.unit != other.unit:
            raise ValueError(f"{self.unit} and {other.unit} do not add up.")
        return Quantity(self.count + other.count, self.unit)

    def __str__(self) -> str:
        """2,5 kg; 750 g; 75 cl; 3. The space does not break."""
        if self.unit == Unit.PIECE:
            return _thousands(self.count)
        if self.unit == Unit.GRAM:
            small, large = "g", "kg"
        else:
            small, large = "ml", "L"
        if abs(self.count) >= 1000:
            return f"{_decimal(self.count)}\u00a0{large}"
        if small == "ml" and self.count % 10 == 0 and self.count:
            return f"{self.count // 10}\u00a0cl"
        return f"{self.count}\u00a0{small}"

    def in_words(self, one: str = "", many: str = "") -> str:
        """The same, with the name of the piece: 1 botte, 29 bottes."""
        if self.unit != Unit.PIECE or not one:
            return str(self)
        return f"{self}\u00a0{(many or one) if abs(self.count) >= 2 else one}"


def _thousands(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f").replace("-", "−")


def _decimal(count: int) -> str:
    """Thousandths written with a comma and no idle zero: 1500 is 1,5."""
    whole, rest = divmod(abs(count), 1000)
    decimals = f",{rest:03d}".rstrip("0") if rest else ""
    return ("−" if count < 0 else "") + _thousands(whole) + decimals


def line_total(price: Money, quantity: Quantity, *, per: Quantity | None = None) -> Money:
    """price × quantity ÷ per, half up to the cent.

    per: what the price is for, by default 1 kg, 1 L or 1 piece. The €/kg shown for a 350 g jar is its price, 1
    kg, per 350 g.
    """
    base = per or Quantity(quantity.unit.per, quantity.unit)
    if base.unit != quantity.unit or base.count <= 0:
        raise ValueError(f"A price per {base!r} says nothing of {quantity!r}.")
    return Money(half_up(price.cents * quantity.count, base.count))


def pieces_total(price: Money, count: int, content: Quantity) -> Money:
    """What so many pieces of one estimated content cost: one line_total per piece, then the sum (ruling 6), so that
    pieces weighed just as estimated cost the estimate."""
    return Money(line_total(price, content).cents * count)


class QuantityUnreadable(ValueError):
    """What was typed is not a quantity. The message is fit for the person who typed it."""


_TYPED = re.compile(r"^(\d{1,9})(?:[.,](\d{1,3}))?(kg|g|l|cl|ml)?$", re.ASCII)
_FACTORS = {"kg": (Unit.GRAM, 1000), "g": (Unit.GRAM, 1), "l": (Unit.MILLILITRE, 1000), "cl": (Unit.MILLILITRE, 10)}
_FACTORS["ml"] = (Unit.MILLILITRE, 1)


def read_quantity(text: str, unit: Unit, *, most: int = COUNT_MAX) -> int:
    """Read what a person types ("750 g", "1,5 kg", "3") as a count of the base unit; a bare number is in that unit.

    Raises QuantityUnreadable for signs, fractions of a piece or of a gram, NaN, another unit, and more than `most`.
    """
    found = _TYPED.match(re.sub(r"\s", "", text).lower())
    if not found:
        raise QuantityUnreadable(_("« %(text)s » n’est pas une quantité.") % {"text": text[:40]})
    whole, decimals, suffix = found.groups()
    if unit == Unit.PIECE and (decimals and decimals.strip("0")):
        raise QuantityUnreadable(_("Ce produit se compte en pièces entières."))
    typed_unit, factor = _FACTORS.get(suffix or "", (unit, 1))
    if typed_unit != unit:
        raise QuantityUnreadable(_("Ce produit se commande %(unit)s.") % {"unit": unit.label})
    thousandths = (int(whole) * 1000 + int((decimals or "").ljust(3, "0"))) * factor
    if thousandths % 1000:
        raise QuantityUnreadable(_("« %(text)s » est trop précis.") % {"text": text[:40]})
    if thousandths // 1000 > most:
        raise QuantityUnreadable(_("« %(text)s » est plus que ce qu’on peut commander.") % {"text": text[:40]})
    return thousandths // 1000
