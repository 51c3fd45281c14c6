"""Cagette, as a group imports a catalogue: a price, VAT included, for so much of a unit."""

from cagette.core.money import Money
from producers.price_lists.comparing import Known
from producers.price_lists.formats.base import Format, Rates, Written
from producers.price_lists.saying import (
    Cells,
    Pack,
    Said,
    count_of,
    read_decimal,
    read_gross,
    read_left,
    read_truth,
    read_unit_word,
    read_vat,
)
from producers.price_lists.telling import in_packs, in_percent, told_of

_SHORT = {"piece": "Piece", "gram": "g", "millilitre": "ml"}


def read_pack(cells: Cells, *, quantity: str, unit: str, loose: str) -> Pack | None:
    """Quantity × unit, and whether parts of it may be ordered; None when the row says none of the three. Cagette's
    own defaults: 1, the piece."""
    if not any(cells.text(heading) for heading in (quantity, unit, loose)):
        return None
    base, factor = cells.read(unit, read_unit_word) or (None, 1)
    base = base or read_unit_word("piece")[0]
    count = cells.read(quantity, lambda text: count_of(read_decimal(text, 3), factor))
    return Pack(factor if count is None else count, base, cells.read(loose, read_truth))


def _read(cells: Cells) -> Said:
    return Said(
        reference=cells.text("ref"),
        name=cells.text("productName"),
        description=cells.text("desc"),
        organic=cells.read("organic", read_truth),
        pack=read_pack(cells, quantity="qt", unit="unit", loose="floatQt"),
        price=cells.read("price", read_gross),
        vat=cells.read("vat", read_vat),
        left=cells.read("stock", read_left),
    )


def _write(known: Known, rates: Rates, farm: str) -> Written:
    """Cagette takes any text in `organic` and `floatQt` for a yes, so a no is an empty cell; it knows kg, g and ml."""
    told = told_of(known)
    pack = told.pack or Pack(1, read_unit_word("piece")[0])
    is_kilo = bool(pack.loose)
    vat = rates.get(known.facts.vat_class)
    return {
        "productName": known.facts.name,
        "price": told.price or Money(),
        "ref": known.product.reference,
        "desc": known.facts.description,
        "qt": 1 if is_kilo else pack.count,
        "unit": {"gram": "kg", "millilitre": "L"}[pack.unit] if is_kilo else _SHORT[pack.unit],
        "organic": "1" if told.organic else "",
        "floatQt": "1" if pack.loose else "",
        "vat": "" if vat is None else in_percent(vat),
        "stock": "" if told.left is None else in_packs(told.left),
    }


CAGETTE = Format(
    key="cagette",
    name="Cagette",
    headings=("productName", "price", "ref", "desc", "qt", "unit", "organic", "floatQt", "vat", "stock"),
    needed=frozenset(("productName", "price", "qt", "unit")),
    read=_read,
    write=_write,
    columns={
        "reference": "ref", "name": "productName", "description": "desc", "unit": "floatQt", "content": "qt",
        "unit_price": "price", "vat_class": "vat", "stock": "stock", "labels": "organic",
    },
    remarks=(
        "Le prix est TTC, pour la quantité de la ligne. Avec « floatQt », le produit se vend au poids ou au volume, "
        "sinon à la pièce.",
    ),
)  # fmt: skip
