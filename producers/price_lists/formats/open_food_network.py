"""Open Food Network, as an enterprise imports its products: a price for a variant of so many units."""

import re

from django.utils.translation import gettext as _

from cagette.core.money import Money
from cagette.core.quantities import Unit
from producers.enums import Category
from producers.price_lists.columns import CellUnreadable, plain
from producers.price_lists.comparing import Known
from producers.price_lists.formats.base import Format, Rates, Written
from producers.price_lists.saying import (
    Cells,
    Pack,
    Said,
    aisle_named,
    count_of,
    named,
    read_decimal,
    read_gross,
    read_left,
    read_truth,
    read_unit_word,
    read_vat,
    unit_named,
)
from producers.price_lists.telling import in_percent, told_of

_PIECE = "pièce"
_SHORT = {"gram": ("g", "kg"), "millilitre": ("mL", "L")}


def _read(cells: Cells) -> Said:
    category = aisle_named(cells.text("category"))
    if cells.text("category") and not category:
        cells.notes.append(_("« category » ne nomme pas un de nos rayons."))
    on_demand = cells.read("on_demand", read_truth)
    pack = _read_pack(cells)
    piece = cells.text("variant_unit_name")
    return Said(
        reference=cells.text("sku"),
        name=named(cells.text("name"), cells.text("display_name")),
        description=cells.text("description"),
        category=category,
        piece_name=piece if pack and pack.is_one_piece and unit_named(piece) is None else "",
        pack=pack,
        price=cells.read("price", read_gross),
        vat=_read_tax(cells),
        left=None if on_demand else cells.read("on_hand", read_left),
        has_no_limit=bool(on_demand),
    )


def _read_pack(cells: Cells) -> Pack | None:
    """Weights and volumes by `unit_type`; pieces ("items") where it is empty, by the name of `variant_unit_name`."""
    kind = cells.text("unit_type") or cells.text("variant_unit_name")
    if not kind and not cells.text("units"):
        return None
    unit, factor = Unit.PIECE, 1
    if cells.text("unit_type"):
        unit, factor = cells.read("unit_type", _read_unit_type) or (unit, factor)
    count = cells.read("units", lambda text: count_of(read_decimal(text, 3), factor))
    return Pack(factor if count is None else count, unit)


def _read_unit_type(text: str) -> tuple[Unit, int]:
    if plain(text) in ("oz", "lb"):
        raise CellUnreadable(_("Dites ce poids en g ou en kg."))
    return read_unit_word(text)


def _read_tax(cells: Cells) -> int | None:
    """The rate that the name of a tax category holds ("TVA 5,5 %"); a name without one says nothing to us."""
    found = re.search(r"(\d+(?:[.,]\d+)?) ?%", plain(cells.text("tax_category")))
    return cells.read("tax_category", lambda _text: read_vat(found.group(1))) if found else None


def _write(known: Known, rates: Rates, farm: str) -> Written:
    """What is sold by weight goes out as a variant of 1 kg. Parts of a pack that are left are not promised."""
    told = told_of(known)
    pack = told.pack or Pack(1, Unit.PIECE)
    small, large = _SHORT.get(pack.unit, ("", ""))
    vat = rates.get(known.facts.vat_class)
    piece = known.facts.piece_name or _PIECE
    return {
        "producer": farm,
        "sku": known.product.reference,
        "name": known.facts.name,
        "display_name": "",
        "category": str(Category(known.facts.category).label),
        "description": known.facts.description,
        "units": 1 if pack.loose else pack.count,
        "unit_type": large if pack.loose else small,
        "variant_unit_name": piece if pack.unit == Unit.PIECE else "",
        "price": told.price or Money(),
        "on_hand": "" if told.left is None else told.left // 1000,
        "available_on": "",
        "on_demand": 0 if told.left is not None else 1,
        "shipping_category": "Default",
        "tax_category": "" if vat is None else f"TVA {in_percent(vat)} %".replace(".", ","),
    }


OPEN_FOOD_NETWORK = Format(
    key="ofn",
    name="Open Food Network",
    headings=(
        "producer", "sku", "name", "display_name", "category", "description", "units", "unit_type",
        "variant_unit_name", "price", "on_hand", "available_on", "on_demand", "shipping_category", "tax_category",
    ),
    needed=frozenset(("producer", "name", "units", "price")),
    read=_read,
    write=_write,
    columns={
        "reference": "sku", "name": "name", "description": "description", "category": "category",
        "unit": "unit_type", "content": "units", "piece_name": "variant_unit_name", "unit_price": "price",
        "vat_class": "tax_category", "stock": "on_hand",
    },
    not_taken=("available_on", "shipping_category"),
    producer="producer",
    counts_whole_packs=True,
    remarks=(
        "Le prix est TTC, pour la variante de la ligne. Un produit que vous vendez déjà au poids le reste ; "
        "un nouveau se vend à la pièce, avec son contenu.",
    ),
)  # fmt: skip
