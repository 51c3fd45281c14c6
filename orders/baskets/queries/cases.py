"""How full a case is that households share, in slats and in words."""

from dataclasses import dataclass

from cagette.core.quantities import Unit
from cagette.core.words import count_of
from producers.models import Product

SLATS_MAX = 24  # more do not fit a phone: then each stands for a twelfth of the case
CHOICES_MAX = 30


@dataclass(frozen=True, slots=True)
class Case:
    """A product's case. ordered: what all households have ordered; added: what this basket would add (or take)."""

    product: Product
    ordered: int
    added: int = 0

    @property
    def size(self) -> int:
        return self.product.case_size or 1

    @property
    def full(self) -> int:
        """How many cases are whole."""
        return max(0, self.ordered + self.added) // self.size

    @property
    def rest(self) -> int:
        """What is in the case that is not."""
        return max(0, self.ordered + self.added) % self.size

    @property
    def size_words(self) -> str:
        return self.product.in_words(self.size)

    @property
    def in_words(self) -> str:
        """7 sur 12, il en manque 5; 2 colis complets; 1 colis complet, puis 7 kg sur 10 kg, il manque 3 kg."""
        whole = count_of(self.full, "colis complet", "colis complets") if self.full else ""
        if whole and not self.rest:
            return whole
        lacks = "il en manque" if self.product.unit == Unit.PIECE else "il manque"
        rest, size, missing = (str(self.product.quantity(n)) for n in (self.rest, self.size, self.size - self.rest))
        begun = f"{rest} sur {size}, {lacks} {missing}"
        return f"{whole}, puis {begun}" if whole else begun

    @property
    def slats(self) -> list[str]:
        """One for each part of the case: x is ordered, y is in this basket, empty is missing."""
        step = self.product.step
        number = self.size // step if self.size % step == 0 and self.size // step <= SLATS_MAX else 12
        mine = min(max(0, self.added), self.rest)
        filled = number if self.full and not self.rest else self.rest * number // self.size
        ordered = filled if self.full and not self.rest else (self.rest - mine) * number // self.size
        return ["x"] * ordered + ["y"] * (filled - ordered) + [""] * (number - filled)

    @property
    def limits(self) -> str:
        """What one household may have of it."""
        product = self.product
        least, most = product.in_words(product.minimum), product.in_words(product.maximum or 0)
        if product.maximum and product.minimum > product.step:
            return f"de {product.quantity(product.minimum)} à {most} par foyer"
        if product.maximum:
            return f"{most} au plus par foyer"
        return f"dès {least} par foyer" if product.minimum > product.step else ""


def tolerances_of(product: Product, count: int, said: int) -> list[tuple[int, str]]:
    """How much more one may say to take so that a case is filled: whole steps, less than a case, within the household's
    maximum; and what was said already."""
    if not product.case_size:
        return []
    most = product.case_size - 1
    if product.maximum:
        most = min(most, product.maximum - count)
    steps = list(range(product.step, most + 1, product.step))[:CHOICES_MAX]
    return [(step, product.in_words(step)) for step in sorted({*steps, said} - {0})]
