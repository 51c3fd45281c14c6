"""A picking list as files: PDF (typst), CSV, XLSX and JSON. What people wrote goes in as data, never as markup."""

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst
from tablib import Dataset

from cagette.core import words
from cagette.core.money import Money
from cagette.core.quantities import Unit
from distribution.queries.changes import Change
from distribution.queries.lists import ListColumn, ListPage, ListRow

TEMPLATES = Path(__file__).parent / "typst"
FONTS = Path(__file__).parent.parent / "cagette" / "core" / "fonts"

# a cell that begins so is a formula to a spreadsheet; the apostrophe makes it text again
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
TURNING = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
LONG_WORD = re.compile(r"\S{22}(?=\S)")

HEADER = (
    "bon", "version", "ligne", "référence", "produit", "quantité", "unité", "prix", "montant", "point", "commande",
    "foyer",
)  # fmt: skip


def pdf(template: str, data: dict[str, Any], *, tagged: bool = False) -> bytes:
    """Print a template of distribution/typst with data; tagged: for screen readers, of what people read at home.
    Raises typst.TypstError for a template that is wrong."""
    return typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        format="pdf",
        pdf_tags=tagged,
        timestamp=0,
    )


def picking_list_pdf(page: ListPage) -> bytes:
    """The list on A4."""
    return pdf("picking_list.typ", _paper(page))


def _paper(page: ListPage) -> dict[str, Any]:
    local, written = page.group.local, page.written
    return {
        "title": f"Bon de préparation n° {written.number}, version {written.version}",
        "head": f"Bon {written.number}, v{written.version}",
        "farm": plain(page.farm.name),
        "group": plain(page.group.name),
        "cycle": plain(page.cycle.name),
        "delivery": words.day(page.cycle.delivery_on),
        "written": f"Écrit {words.moment(local(written.written_at))}",
        "printed": f"Imprimé {words.moment(local(page.checked_at))}",
        "call": plain(" · ".join(filter(None, [page.group.name, page.group.phone, page.group.email]))),
        "empty": written.is_notice,
        "baskets": words.count_of(written.order_count, "panier", "paniers"),
        "products": words.count_of(len(page.rows), "produit", "produits"),
        "amount": str(written.amount),
        "earned": str(page.earned) if page.has_margin else "",
        "points": [_paper_point(page, column) for column in page.columns],
        "rows": [_paper_row(item) for item in page.rows],
        "changes": [_paper_change(change) for change in page.changes],
        "replaces": str(written.version - 1),
    }


def _paper_change(change: Change) -> dict[str, Any]:
    parts = [f"{part.place}, n° {part.number} : {part.before or '0'} → {part.now or '0'}" for part in change.households]
    return {
        "name": plain(change.name),
        "before": change.before or "rien",
        "now": change.now or "rien",
        "parts": plain(" ; ".join(parts)),
    }


def _paper_point(page: ListPage, column: ListColumn) -> dict[str, Any]:
    start, end = page.group.local(column.pickup.starts_at), page.group.local(column.pickup.ends_at)
    point = column.pickup.point
    return {
        "place": plain(column.place),
        "name": plain(point.name),
        "address": plain(". ".join(filter(None, [point.address, point.hints]))),
        "day": words.day(start),
        "window": words.window(start, end),
        "hour": words.clock(start),
        "count": words.count_of(len(column.by_order), "panier", "paniers"),
        "amount": str(column.amount),
        "baskets": [
            {
                "number": basket.number,
                "household": plain(basket.household),
                "lines": [
                    {"words": line.words, "name": plain(line.name), "note": plain(line.note)} for line in basket.lines
                ],
            }
            for basket in column.baskets
        ],
    }


def _paper_row(item: ListRow) -> dict[str, Any]:
    return {
        "total": item.words,
        "name": plain(item.row.name),
        "reference": plain(item.row.reference),
        "price": plain(price_words(item)),
        "amount": ("≈\u00a0" if item.weight else "") + str(item.row.amount),
        "weight": item.weight,
        "cells": [{"place": plain(c.column.place), "words": c.words, "short": c.short} for c in item.cells],
    }


def plain(text: str) -> str:
    """Without the marks that turn the direction of all that follows (a name must not mirror its neighbour's count),
    and with places to break in words that no line can hold."""
    return LONG_WORD.sub("\\g<0>\u200b", text.translate(TURNING))


def price_words(item: ListRow) -> str:
    """2,80 € la botte is « 2,80 € / botte »; by weight « 3,40 € / kg »."""
    unit = Unit(item.row.priced_in)
    per = unit.priced if item.row.content else item.row.piece_name or unit.priced
    return f"{item.row.unit_price} / {per}"


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(RISKY) else text


def _comma(value: str) -> str:
    return value.replace(".", ",")


def _amount(item: ListRow, count: int) -> str:
    if item.row.unit == "piece":
        return str(count)
    whole, rest = divmod(count, 1000)
    return f"{whole}.{rest:03d}"


def picking_list_csv(page: ListPage) -> bytes:
    """French CSV: semicolons, decimal commas, a BOM; totals first (no order), then each household's line."""
    out = io.StringIO()
    sheet = csv.writer(out, delimiter=";", lineterminator="\r\n")
    sheet.writerow(HEADER)
    for record in rows_of(page):
        sheet.writerow([_comma(cell) if kind == "number" else safe_text(cell) for kind, cell in record])
    return "\ufeff".encode() + out.getvalue().encode()


def picking_list_xlsx(page: ListPage) -> bytes:
    """The same table as XLSX, numbers as numbers."""
    sheet = Dataset(headers=HEADER, title=f"Bon {page.written.number} v{page.written.version}")
    for record in rows_of(page):
        sheet.append([Decimal(cell) if kind == "number" and cell else safe_text(cell) for kind, cell in record])
    written: bytes = sheet.export("xlsx")
    return written


def rows_of(page: ListPage) -> list[list[tuple[str, str]]]:
    """The table of both files: a total per product, then what each order takes of it; each cell a kind and a text."""
    records = []
    for item in page.rows:
        records.append(_record(page, item, "total", item.row.count, item.row.amount, ("", "", "")))
        for cell in item.cells:
            for line in cell.lines:
                whose = (cell.column.place, str(line.number), line.household)
                records.append(_record(page, item, "commande", line.count, line.amount, whose))
    return records


def _record(
    page: ListPage, item: ListRow, kind: str, count: int, amount: Money, whose: tuple[str, str, str]
) -> list[tuple[str, str]]:
    unit = {"gram": "kg", "millilitre": "L"}.get(item.row.unit, item.row.piece_name or "pièce")
    place, number, household = whose
    return [
        ("number", str(page.written.number)), ("number", str(page.written.version)), ("text", kind),
        ("text", item.row.reference), ("text", item.row.name), ("number", _amount(item, count)), ("text", unit),
        ("number", item.row.unit_price.plain), ("number", amount.plain), ("text", place), ("number", number),
        ("text", household),
    ]  # fmt: skip


def picking_list_json(page: ListPage) -> bytes:
    """For machines: counts in base units, amounts in cents; order: its id (numbers begin again at each pickup)."""
    written = {
        "producer": page.farm.slug,
        "cycle": page.cycle.slug,
        "version": page.written.version,
        "rows": [
            {
                "product_ref": item.row.reference,
                "product": item.row.name,
                "unit": item.row.unit,
                "price_cents": item.row.unit_price.cents,
                "count": item.row.count,
                "amount_cents": item.row.amount.cents,
                "pickups": [
                    {"pickup": cell.column.pickup.point.slug, "count": cell.count} for cell in item.cells if cell.count
                ],
                "lines": [{"order": line.order_id, "count": line.count} for line in item.lines],
            }
            for item in page.rows
        ],
    }
    return json.dumps(written, ensure_ascii=False, indent=2).encode()


WRITERS = {
    "pdf": (picking_list_pdf, "application/pdf"),
    "csv": (picking_list_csv, "text/csv; charset=utf-8"),
    "xlsx": (picking_list_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "json": (picking_list_json, "application/json"),
}


def file_name(page: ListPage, ending: str) -> str:
    return f"{page.farm.slug}-v{page.written.version}.{ending}"
