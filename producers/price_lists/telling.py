"""What other software would say of a product of ours: the pack that it sells, its price, what is left of it."""

from cagette.core.quantities import Quantity, Unit, line_total
from producers.enums import StockMode
from producers.price_lists.comparing import Known
from producers.price_lists.saying import THOUSANDTHS, Pack, Said
from producers.stocking import StockSeen


def told_of(known: Known) -> Said:
    """A product in the values of other software. By weight: 1 kg of which any part may be ordered; a piece that is
    weighed later: its estimated weight, at what that is likely to cost."""
    facts = known.facts
    pack = _pack_of(known)
    price = facts.unit_price
    if facts.is_estimated:
        price = line_total(price, Quantity(pack.count, pack.unit))
    left = left_of(known)
    return Said(
        reference=known.product.reference,
        organic="ab" in facts.labels,
        pack=pack,
        price=price,
        left=None if left is None else left * THOUSANDTHS // (pack.count if pack.loose else 1),
    )


def left_of(known: Known, seen: StockSeen | None = None) -> int | None:
    """What is left of a total, in base units; None for what is counted otherwise. seen: as it was then."""
    if known.wish.mode != StockMode.TOTAL:
        return None
    return seen.remaining if seen else known.wish.left


def _pack_of(known: Known) -> Pack:
    facts = known.facts
    if facts.unit != Unit.PIECE:
        unit = Unit(facts.unit)
        return Pack(unit.per, unit, loose=True)
    return Pack(facts.content or 1, Unit(facts.content_unit or Unit.PIECE), loose=False)


def in_percent(permyriad: int) -> str:
    """A rate as a number with a point: 5.5."""
    whole, rest = divmod(permyriad, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def in_packs(left: int) -> str | int:
    """Thousandths of a pack as a number with a point: 12.5."""
    whole, rest = divmod(left, THOUSANDTHS)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else whole
