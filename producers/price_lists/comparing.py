"""Comparing a price list with the catalogue: what is new, what changes, what stays, what cannot be read."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from cagette.core.money import Money
from cagette.core.quantities import Unit
from producers.enums import Category, StockMode
from producers.facts import (
    Facts,
    ProductRefused,
    StockWish,
    check_facts,
    check_reference,
    facts_of,
    suggest_drawing,
    tidy,
    wish_of,
)
from producers.models import Producer, Product, Stock
from producers.price_lists import columns
from producers.price_lists.columns import HEADINGS, CellUnreadable
from producers.price_lists.rows import Row
from producers.stocking import StockSeen


@dataclass(frozen=True, slots=True)
class Known:
    """A product of the catalogue, with its total when it has one."""

    product: Product
    facts: Facts
    stock: Stock | None

    @property
    def wish(self) -> StockWish:
        """Its stock as a form would say it."""
        return wish_of(self.product, self.stock)

    @property
    def told(self) -> tuple[str, Facts, StockWish]:
        """What a price list says of it."""
        return self.product.reference, self.facts, self.wish


@dataclass(frozen=True, slots=True)
class Difference:
    """What a cell changes, both as they are written."""

    heading: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in a row, in words. column: its heading; empty when it is the whole row."""

    number: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row that reads well: what it wants, and what that changes. wish: None leaves the stock as it is."""

    number: int
    reference: str
    facts: Facts
    wish: StockWish | None
    known: Known | None
    differences: tuple[Difference, ...] = ()

    @property
    def sold(self) -> str:
        """How it will be sold, in words: Légumes, à la pièce, 1,3 kg, pesé après au prix du kg."""
        facts = self.facts
        said = [str(Category(facts.category).label), str(Unit(facts.unit).label), columns.write_content(facts)]
        if facts.unit != Unit.PIECE:
            said.append(_("par %(step)s") % {"step": columns.write_count(facts.step, facts.unit)})
        if facts.is_estimated:
            said.append(_("pesé après au prix du %(unit)s") % {"unit": columns.write_priced(facts)})
        if facts.case_size:
            said.append(_("colis de %(count)s") % {"count": columns.write_count(facts.case_size, facts.unit)})
        return ", ".join(word for word in said if word)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that a price list would do."""

    new: list[ReadRow] = field(default_factory=list)
    changed: list[ReadRow] = field(default_factory=list)
    same: list[ReadRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    absent: int = 0  # products of the catalogue that the file does not name: they stay as they are
    notes: dict[str, list[int]] = field(default_factory=dict)  # what to know before confirming, and of which rows
    skipped: int = 0  # rows of other producers

    @property
    def error_rows(self) -> int:
        return len({error.number for error in self.errors})

    @property
    def digest(self) -> str:
        """Changes when what would be done changes; not when orders take from a stock meanwhile."""
        told = [
            [row.number, row.reference, [[d.heading, d.old, d.new] for d in row.differences]]
            for row in (*self.new, *self.changed)
        ]
        wrong = [[error.number, error.column] for error in self.errors]
        return hashlib.sha256(json.dumps([told, wrong]).encode()).hexdigest()[:24]


def catalogue_of(producer: Producer, *, locked: bool = False) -> dict[str, Known]:
    """All products of a farm by reference, retired ones too, by category and name: two queries. locked: in the order
    of their keys, products before stocks."""
    products = Product.objects.filter(producer=producer).order_by("category", "name", "pk")
    stocks = Stock.objects.filter(product__producer=producer, delivery_on=None, period_from_on=None)
    if locked:
        products = products.order_by("pk").select_for_update(no_key=True, of=("self",))
        stocks = stocks.order_by("pk").select_for_update(no_key=True, of=("self",))
    rows = list(products)
    totals = {stock.product_id: stock for stock in stocks}
    return {row.reference: Known(row, facts_of(row), totals.get(row.pk)) for row in rows}


def compare(
    rows: Iterable[Row],
    *,
    catalogue: Mapping[str, Known],
    stocks_seen: Mapping[str, StockSeen],
    headings: Mapping[str, str] = HEADINGS,
) -> Comparison:
    """Say what rows would do to a catalogue. stocks_seen: the totals as they were when the file came. headings: what
    the file calls our columns."""
    outcome = Comparison()
    headings = {**HEADINGS, **headings}
    first: dict[str, int] = {}
    for row in rows:
        for note in row.notes:
            outcome.notes.setdefault(note, []).append(row.number)
        reference = row.cells.get("reference", "")
        if reference in first:
            shown = {"reference": reference, "row": first[reference]}
            message = _("La référence %(reference)s est déjà à la ligne %(row)d.") % shown
            outcome.errors.append(RowError(row.number, headings["reference"], message))
            continue
        first[reference] = row.number
        read, errors = _read_row(row, catalogue.get(reference), stocks_seen.get(reference), headings)
        outcome.errors.extend(errors)
        if read is not None:
            kind = outcome.new if read.known is None else outcome.changed if read.differences else outcome.same
            kind.append(read)
    absent = sum(known.product.retired_at is None and ref not in first for ref, known in catalogue.items())
    return replace(outcome, absent=absent)


def _read_row(
    row: Row, known: Known | None, seen: StockSeen | None, headings: Mapping[str, str]
) -> tuple[ReadRow | None, list[RowError]]:
    reference = row.cells.get("reference", "")
    if row.overflow:
        message = _("Cette ligne a plus de cases que de titres : une virgule sans guillemets, sans doute.")
        return None, [RowError(row.number, "", message)]
    if known and known.product.retired_at is not None:
        message = _("Ce produit est retiré du catalogue. Remettez-le d’abord, ou changez la référence.")
        return None, [RowError(row.number, headings["reference"], message)]
    values, errors = _read_cells(row, known, headings)
    facts, wish = None, None
    if not errors:
        wish = values.pop("wish", None)
        facts = tidy(replace(known.facts, **values) if known else Facts(**values))
        try:
            check_reference(reference)
            check_facts(facts, before=known.facts if known else None)
        except ProductRefused as refusal:
            errors.append(RowError(row.number, headings.get(refusal.field, ""), str(refusal)))
    if errors or facts is None:
        return None, errors
    differences = _differences(known, facts, wish, seen) if known else ()
    return ReadRow(row.number, reference, facts, wish, known, differences), []


_CLEARED = {
    "description", "piece_name", "pieces_name", "content", "labels", "allergens", "ingredients", "origin",
    "weight_least", "weight_most", "maximum",
}  # fmt: skip
_NEEDED = ("name", "category", "unit", "unit_price")
_FIRST = {"unit": 0, "priced_in": 1}  # how it is sold and priced decides how quantities read


def _read_cells(row: Row, known: Known | None, headings: Mapping[str, str]) -> tuple[dict[str, Any], list[RowError]]:
    """The values of a row's cells. An empty cell clears what is only told, and leaves all else as it is."""
    values: dict[str, Any] = {}
    wrong = list(row.errors)
    unit = known.facts.unit if known else Unit.PIECE.value
    priced_in = known.facts.priced_in if known else ""
    for key in sorted(row.cells, key=lambda key: _FIRST.get(key, 2)):
        text = row.cells[key]
        if key == "reference" or (not text and key not in _CLEARED):
            continue
        counted = str(values.get("unit", unit))
        priced = str(values.get("priced_in", priced_in) or counted)
        try:
            values.update(_read_cell(key, text, counted, priced))
        except CellUnreadable as unreadable:
            wrong.append((headings[key], str(unreadable)))
    if known is None:
        wrong += _missing(values, {column for column, _message in wrong}, headings)
        values.setdefault("minimum", values.get("step", 1))
        values.setdefault("drawing", suggest_drawing(values.get("name", "")))
    return values, [RowError(row.number, column, message) for column, message in wrong]


def _missing(values: dict[str, Any], wrong: set[str], headings: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a new product needs and does not have, but for what was wrong already."""
    needed = _NEEDED if values.get("unit") in (None, Unit.PIECE) else (*_NEEDED, "step")
    missing = [headings[key] for key in needed if key not in values and headings[key] not in wrong]
    return [(heading, _("Ce produit est nouveau : remplissez cette case.")) for heading in missing]


def _read_cell(key: str, text: str, unit: str, priced_in: str) -> dict[str, Any]:
    if key == "unit":
        return {"unit": columns.read_unit(text)}
    if key in ("step", "minimum", "case_size", "maximum"):
        return {key: columns.read_count(text, unit) if text else None}
    if key in ("weight_least", "weight_most"):
        return {key: columns.read_count(text, priced_in) if text else None}
    if key == "content":
        content, content_unit = columns.read_content(text)
        return {"content": content, "content_unit": content_unit}
    if key == "stock":
        return {"wish": columns.read_stock(text, unit)}
    return {key: columns.READERS[key](text)}


def _differences(known: Known, facts: Facts, wish: StockWish | None, seen: StockSeen | None) -> tuple[Difference, ...]:
    before = known.wish
    if before.mode == StockMode.TOTAL and seen:
        before = StockWish(before.mode, seen.remaining)  # what orders took since is nobody's change
    old = columns.write_cells(known.product.reference, known.facts, before)
    new = columns.write_cells(known.product.reference, facts, before if wish is None else wish)
    return tuple(
        Difference(heading, _shown(old[key]), _shown(new[key]))
        for key, heading in HEADINGS.items()
        if old[key] != new[key]
    )


def _shown(cell: columns.Cell) -> str:
    return str(cell) if isinstance(cell, str | Money) else f"{cell:d}"
