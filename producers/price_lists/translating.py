"""A row of another software as the cells of our own columns, so that one path compares and applies both.

What a row cannot say, or says already of a product that is known, gets no cell: it stays as it is.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.utils.text import slugify
from django.utils.translation import gettext as _

from cagette.core.money import Money
from cagette.core.quantities import Quantity, Unit, line_total
from producers.enums import LABELS, Category, StockMode
from producers.facts import REFERENCE_MAX, suggest_drawing
from producers.price_lists.columns import NO_LIMIT, plain
from producers.price_lists.comparing import Known
from producers.price_lists.formats.base import Format
from producers.price_lists.rows import Row
from producers.price_lists.saying import THOUSANDTHS, Cells, Pack, Said, aisle_named, in_base, vat_classes
from producers.price_lists.telling import left_of, told_of
from producers.stocking import StockSeen

STEP = 100  # grams or millilitres: how a new product is ordered by weight, until its farm says otherwise
_SOLD = {Unit.PIECE: "à la pièce", Unit.GRAM: "au poids", Unit.MILLILITRE: "au volume"}


def translate(
    rows: Iterable[Row],
    *,
    form: Format,
    catalogue: Mapping[str, Known],
    stocks_seen: Mapping[str, StockSeen],
    farm: str,
) -> tuple[list[Row], list[tuple[int, str]]]:
    """The rows in our own columns, with notes in words by row; and the rows of other producers, with their names."""
    ours: list[Row] = []
    others: list[tuple[int, str]] = []
    above: dict[str, str] = {}
    for row in rows:
        texts = _completed(row.cells, above, form)
        above = texts
        producer = texts.get(form.producer, "")
        if producer and plain(producer) != plain(farm):
            others.append((row.number, producer))
            continue
        cells = Cells(texts)
        said = form.read(cells)
        said = replace(said, notes=tuple(cells.notes))
        if not said.reference:
            said = replace(said, reference=_made_reference(said), notes=(*said.notes, _no_reference()))
        known = catalogue.get(said.reference)
        own = _known_cells(said, known, stocks_seen.get(said.reference), form) if known else _new_cells(said)
        ours.append(replace(row, cells=own[0], notes=(*said.notes, *own[1]), errors=tuple(cells.errors)))
    return ours, others


def _completed(cells: dict[str, str], above: dict[str, str], form: Format) -> dict[str, str]:
    """A row without a name is one more offer of the product above."""
    if not form.inherits or cells.get(form.inherits[0]):
        return cells
    return {**cells, **{heading: above.get(heading, "") for heading in form.inherits if not cells.get(heading)}}


def _no_reference() -> str:
    return _(
        "Sans référence : elle est faite du nom et de la quantité. Gardez-les d’un fichier à l’autre, et le produit "
        "sera reconnu."
    )


def _made_reference(said: Said) -> str:
    """A reference from name and pack, the same each time: the same file again is the same products."""
    words = slugify(f"{said.name} {said.pack.words if said.pack else ''}")
    if not said.name:
        return ""
    if words and len(words) <= REFERENCE_MAX:
        return words
    digest = hashlib.sha256(f"{plain(said.name)} {words}".encode()).hexdigest()[:8]
    return f"{words[: REFERENCE_MAX - 9]}-{digest}"


# --- What both share ---------------------------------------------------------------------------------


def _plain_cells(said: Said) -> dict[str, str]:
    cells = {
        "reference": said.reference,
        "name": said.name,
        "description": said.description,
        "origin": said.origin,
        "category": str(Category(said.category).label) if said.category else "",
        "piece_name": said.piece_name,
        "is_active": {True: "oui", False: "non", None: ""}[said.is_active],
    }
    if said.piece_name:
        cells["pieces_name"] = ""  # its plural is not known
    return {key: text for key, text in cells.items() if text or key == "pieces_name"}


def _per_kilo(price: Money, pack: Pack) -> tuple[Money, bool]:
    """The price of a kilo or litre from that of a pack, and whether it had to be rounded."""
    per_kilo = line_total(price, Quantity(pack.unit.per, pack.unit), per=Quantity(pack.count, pack.unit))
    return per_kilo, per_kilo.cents * pack.count != price.cents * pack.unit.per


def _rounded() -> str:
    return _("Le prix est ramené au kilo ou au litre, arrondi au centime.")


def _left(said: Said, unit: str, counted: int) -> str:
    """What is left in our words. counted: base units that a pack counts for."""
    if said.left is None:
        return ""
    base, rest = divmod(said.left * counted, THOUSANDTHS)
    return in_base(f"{base},{rest:03d}" if rest else base, unit)  # parts of a gram or of a piece are refused below


# --- A product that is new ---------------------------------------------------------------------------


def _new_cells(said: Said) -> tuple[dict[str, str], list[str]]:
    """All that the row says, and for what it cannot say: the aisle by the name, else groceries; by weight, 100 g."""
    pack = said.pack or Pack(1, Unit.PIECE)
    by_weight = bool(pack.loose) and pack.unit != Unit.PIECE
    sold, notes = _new_price(said, pack, by_weight=by_weight)
    cells = {**_plain_cells(said), **sold}
    if pack.loose and not by_weight:
        notes.append(_("Une pièce ne se partage pas ici : ce produit se vend à la pièce entière."))
    if not said.category:
        cells["category"] = str(_likely_aisle(said.name).label)
        notes.append(_("Le rayon est supposé d’après le nom, « Épicerie » à défaut : vérifiez-le."))
    if said.organic:
        cells["labels"] = LABELS["ab"]
    if said.vat is not None:
        cells["vat_class"] = str(vat_classes(said.vat)[0].label)
    unit = pack.unit if by_weight else Unit.PIECE
    if said.case_size:
        cells["case_size"] = in_base(said.case_size, unit)
    if stock := NO_LIMIT if said.has_no_limit else _left(said, unit, pack.count if by_weight else 1):
        cells["stock"] = stock
    return cells, notes


def _new_price(said: Said, pack: Pack, *, by_weight: bool) -> tuple[dict[str, str], list[str]]:
    """How it is sold, and its price."""
    cells = {"unit": _SOLD[pack.unit if by_weight else Unit.PIECE]}
    if by_weight:
        cells["step"] = in_base(said.step or STEP, pack.unit)
    elif pack.words:
        cells["content"] = pack.words
    if said.is_per_kilo:
        cells["priced_in"] = pack.unit.priced
    if said.price is None:
        return cells, []
    if not by_weight or said.is_per_kilo:
        return {**cells, "unit_price": said.price.comma}, []
    price, is_rounded = _per_kilo(said.price, pack)
    return {**cells, "unit_price": price.comma}, [_rounded()] if is_rounded else []


_AISLE_OF_DRAWING = {
    Category.VEGETABLES: ("carotte", "courge", "blette", "poireau", "patate", "salade", "epinard"),
    Category.FRUIT: ("clementine", "kiwi", "citron", "avocat", "chataigne", "noisette"),
    Category.DAIRY: ("brocciu", "tomme"),
    Category.MEAT: ("lonzu", "figatellu"),
    Category.EGGS: ("oeufs",),
    Category.BAKERY: ("pain", "farine"),
    Category.DRINKS: ("vin",),
}


def _likely_aisle(name: str) -> Category:
    if named := aisle_named(name):
        return Category(named)
    drawing = suggest_drawing(name)
    return next((aisle for aisle, drawings in _AISLE_OF_DRAWING.items() if drawing in drawings), Category.GROCERY)


# --- A product that is known -------------------------------------------------------------------------


def _known_cells(said: Said, known: Known, seen: StockSeen | None, form: Format) -> tuple[dict[str, str], list[str]]:
    """What the row says otherwise than other software would say of the product as it stands."""
    facts, told = known.facts, told_of(known)
    cells, notes = _plain_cells(said), []
    if said.piece_name == facts.piece_name:
        cells.pop("pieces_name", None)
    if said.vat is not None and facts.vat_class not in vat_classes(said.vat):
        cells["vat_class"] = str(vat_classes(said.vat)[0].label)
    if said.organic is not None and said.organic != told.organic:
        marks = [mark for mark in facts.labels if mark != "ab"] + ["ab"] * said.organic
        cells["labels"] = ", ".join(LABELS[mark] for mark in marks)
    priced, priced_notes = _known_price(said, known, told)
    stock, stock_notes = _known_stock(said, known, left_of(known, seen), form)
    notes += [*priced_notes, *stock_notes]
    if said.step and facts.unit != Unit.PIECE:
        cells["step"] = in_base(said.step, facts.unit)
    if said.case_size and facts.case_size:
        cells["case_size"] = in_base(said.case_size, facts.unit)
    return {**cells, **priced, **stock}, notes


def _known_price(said: Said, known: Known, told: Said) -> tuple[dict[str, str], list[str]]:
    """Price and content together: the price is for the pack of the row."""
    facts = known.facts
    mine = told.pack or Pack(1, Unit.PIECE)
    pack = said.pack or mine
    by_weight = facts.unit != Unit.PIECE
    if sold := _sold_otherwise(said, known, pack, mine):
        return sold, []
    if not by_weight and facts.is_estimated and pack.unit != mine.unit:
        pack = mine  # it says nothing of what a piece weighs
    is_same_pack = (pack.count, pack.unit) == (mine.count, mine.unit)
    cells: dict[str, str] = {}
    if not by_weight and not is_same_pack:
        cells["content"] = pack.words
    if said.price is None or (is_same_pack and said.price == told.price and not said.is_per_kilo):
        return cells, []
    if said.is_per_kilo or not (by_weight or facts.is_estimated):
        return {**cells, "unit_price": said.price.comma}, []
    per_kilo, inexact = _per_kilo(said.price, pack)
    return {**cells, "unit_price": per_kilo.comma}, [_rounded()] if inexact else []


def _sold_otherwise(said: Said, known: Known, pack: Pack, mine: Pack) -> dict[str, str]:
    """The cells that say another way to sell, which comparing then refuses in words; none when it is the same."""
    facts = known.facts
    if facts.unit != Unit.PIECE and (pack.loose is False or pack.unit != mine.unit):
        unit = pack.unit if pack.loose and pack.unit != mine.unit else Unit.PIECE
        return {"unit": _SOLD[unit], "priced_in": unit.priced}
    if facts.unit == Unit.PIECE and pack.loose and pack.unit != Unit.PIECE:
        return {"unit": _SOLD[pack.unit]}
    if facts.unit == Unit.PIECE and said.is_per_kilo and not facts.is_estimated:
        return {"priced_in": pack.unit.priced, "content": pack.words}
    return {}


def _known_stock(said: Said, known: Known, left: int | None, form: Format) -> tuple[dict[str, str], list[str]]:
    if said.left is None and not said.has_no_limit:
        return {}, []
    if known.wish.mode not in (StockMode.UNLIMITED, StockMode.TOTAL):
        return {}, [_("Ce stock est compté par livraison ou par période ici : il reste comme il est.")]
    if said.has_no_limit:
        return {"stock": NO_LIMIT}, []
    pack = said.pack or told_of(known).pack or Pack(1, Unit.PIECE)
    counted = pack.count if known.facts.unit != Unit.PIECE else 1
    whole = THOUSANDTHS if form.counts_whole_packs else 1
    if left is not None and said.left is not None and said.left // whole == left * THOUSANDTHS // counted // whole:
        return {}, []
    return {"stock": _left(said, known.facts.unit, counted)}, []
