"""Foodsoft: net prices per price unit, supplier units and their ratios, what a group's households order in."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from cagette.core.money import Money
from cagette.core.quantities import Quantity, Unit, line_total
from producers.price_lists.columns import CellUnreadable
from producers.price_lists.formats.base import Format
from producers.price_lists.formats.net import read_gross_of
from producers.price_lists.saying import (
    Cells,
    Pack,
    Said,
    aisle_named,
    count_of,
    pack_named,
    read_decimal,
    read_truth,
    unit_named,
)


@dataclass(frozen=True, slots=True)
class _Units:
    """What a row says of its units. supplier, priced, grouped: None where it is a package or not said."""

    custom: Pack | None  # "500 g"
    custom_word: str  # "Bund", where the custom unit is a word
    supplier: Unit | None
    priced: tuple[Unit, int] | None
    grouped: tuple[Unit, int] | None
    ratio: Pack | None  # what a supplier's unit holds
    is_priced_by_supplier: bool


def _read(cells: Cells) -> Said:
    price, vat = read_gross_of(cells, net="Price (net)", vat="VAT")
    _note_what_is_left(cells)
    units = _read_units(cells)
    pack, price, is_per_kilo = _pack_and_price(cells, units, price)
    step = _read_step(cells, units) if pack and pack.loose else None
    return Said(
        reference=cells.text("Order number"),
        name=cells.text("Name"),
        description=cells.text("Note"),
        category=aisle_named(cells.text("Category")),
        origin=cells.text("Origin"),
        piece_name=units.custom_word,
        pack=pack,
        price=price,
        is_per_kilo=is_per_kilo,
        vat=vat,
        is_active=cells.read("avail.", read_truth),
        step=step,
        case_size=_case_of(cells, units, pack),
    )


def _note_what_is_left(cells: Cells) -> None:
    if cells.read("Deposit", lambda text: read_decimal(text, 4)):
        cells.notes.append(_("La consigne n’est pas encore gérée ici : elle n’est pas reprise."))
    if (cells.read("Minimum order quantity", lambda text: read_decimal(text, 3)) or 0) > 1000:
        cells.notes.append(
            _("Le minimum de commande vaut pour tout le groupe : il n’est pas repris comme minimum d’un foyer.")
        )


def _read_units(cells: Cells) -> _Units:
    text = cells.text("Unit")
    custom = cells.read("Unit", pack_named)
    supplier = unit_named(cells.text("Supplier order unit"))
    price_unit = cells.text("Price unit")
    is_word = bool(text) and custom is None and len(text) <= 30 and text.replace(" ", "").replace(".", "").isalpha()
    return _Units(
        custom=custom,
        custom_word=text if is_word else "",
        supplier=supplier[0] if supplier else None,
        priced=unit_named(price_unit),
        grouped=unit_named(cells.text("Group order unit")),
        ratio=cells.read("Ratios to supplier order unit", _read_ratio),
        is_priced_by_supplier=bool(price_unit) and price_unit == cells.text("Supplier order unit"),
    )


def _read_ratio(text: str) -> Pack | None:
    """What a supplier's unit holds, by its first ratio ("6 Piece, 0.5 Kilogram": 6 pieces)."""
    number, _space, word = text.partition(", ")[0].strip().partition(" ")
    unit = unit_named(word)
    if unit is None:
        raise CellUnreadable(_("Écrivez par exemple « 6 Piece » ou « 1.3 Kilogram »."))
    return Pack(count_of(read_decimal(number, 3), unit[1]), unit[0])


def _pack_and_price(cells: Cells, units: _Units, price: Money | None) -> tuple[Pack | None, Money | None, bool]:
    """What the price is for, the price, and whether it is a kilo's. Priced and ordered by weight: loose; priced by
    weight and ordered by the piece: that piece is weighed later, its ratio says what it weighs about."""
    if units.priced and units.priced[0] != Unit.PIECE:
        unit, factor = units.priced
        if units.grouped and units.grouped[0] == Unit.PIECE and units.ratio and units.ratio.unit == unit:
            kilo = line_total(price, Quantity(1000, unit), per=Quantity(factor, unit)) if price else price
            return Pack(units.ratio.count, unit, loose=False), kilo, True
        return Pack(factor, unit, loose=True), price, False
    content = units.ratio if units.supplier == Unit.PIECE and units.ratio and units.ratio.unit != Unit.PIECE else None
    piece = units.custom or content or Pack(1, Unit.PIECE)
    if units.is_priced_by_supplier and units.supplier is None and _pieces_of(units) and price:
        price = line_total(price, Quantity(1, Unit.PIECE), per=Quantity(_pieces_of(units), Unit.PIECE))
        cells.notes.append(_("Le prix du colis est ramené à la pièce, arrondi au centime."))
    said = units.custom or units.priced or units.ratio or units.custom_word
    return (Pack(piece.count, piece.unit, loose=False) if said else None), price, False


def _pieces_of(units: _Units) -> int:
    """How many pieces a supplier's package holds; 0 when it is none."""
    return units.ratio.count if units.ratio and units.ratio.unit == Unit.PIECE else 0


def _read_step(cells: Cells, units: _Units) -> int | None:
    if units.grouped is None:
        return None
    factor = units.grouped[1]
    return cells.read("Group order granularity", lambda text: count_of(read_decimal(text, 3), factor))


def _case_of(cells: Cells, units: _Units, pack: Pack | None) -> int | None:
    """The supplier's package, where households order parts of it."""
    if not cells.text("Supplier order unit") or units.supplier is not None or not units.ratio or not pack:
        return None
    same = units.ratio.unit == pack.unit if pack.loose else units.ratio.unit == Unit.PIECE
    return units.ratio.count if same and units.grouped and units.ratio.count > 1 else None


FOODSOFT = Format(
    key="foodsoft",
    name="Foodsoft",
    headings=(
        "avail.", "Order number", "Name", "Supplier order unit", "Unit", "Ratios to supplier order unit",
        "Minimum order quantity", "Billing unit", "Group order granularity", "Group order unit", "Price (net)",
        "Price unit", "VAT", "Deposit", "Note", "Category", "Origin", "Manufacturer",
    ),
    needed=frozenset(("Order number", "Name", "Price (net)")),
    read=_read,
    columns={
        "reference": "Order number", "name": "Name", "description": "Note", "category": "Category",
        "unit": "Group order unit", "priced_in": "Price unit", "content": "Unit", "piece_name": "Unit",
        "unit_price": "Price (net)", "vat_class": "VAT", "step": "Group order granularity",
        "case_size": "Ratios to supplier order unit", "origin": "Origin", "is_active": "avail.",
    },
    not_taken=("Billing unit", "Manufacturer"),
    remarks=(
        "Nos prix sont TTC : le prix net de la ligne et sa TVA, arrondis une seule fois, au centime.",
    ),
)  # fmt: skip
