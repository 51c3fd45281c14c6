"""Writing a farm's price list: the catalogue as it stands, in CSV or XLSX, ready to be changed and sent back."""

import csv
import io
import re
from decimal import Decimal

import openpyxl
from openpyxl.styles import Font

from cagette.core.money import Money
from producers.models import Producer
from producers.price_lists.columns import COLUMNS, Cell, write_cells
from producers.price_lists.comparing import catalogue_of

MIME = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # XLSX has no room for them


def write_file(producer: Producer, ending: str) -> bytes:
    """The price list of all products that are not retired: two queries, however many. ending: csv or xlsx."""
    rows = [
        [cells[column.key] for column in COLUMNS]
        for cells in (
            write_cells(*known.told) for known in catalogue_of(producer).values() if known.product.retired_at is None
        )
    ]
    headings = [column.heading for column in COLUMNS]
    return _write_xlsx(headings, rows) if ending == "xlsx" else _write_csv(headings, rows)


def shield(text: str) -> str:
    """Text that no spreadsheet takes for a formula; reading takes the apostrophe off again."""
    text = _ILLEGAL.sub(" ", text)
    return f"'{text}" if _FORMULA.match(text) else text


def _write_csv(headings: list[str], rows: list[list[Cell]]) -> bytes:
    """With semicolons, decimal commas and a byte order mark: what a French spreadsheet opens by itself."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    writer.writerow(headings)
    writer.writerows([_csv_cell(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _csv_cell(cell: Cell) -> str | int:
    if isinstance(cell, Money):
        return cell.plain.replace(".", ",")
    return shield(cell) if isinstance(cell, str) else cell


def _write_xlsx(headings: list[str], rows: list[list[Cell]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Catalogue"
    sheet.append(headings)
    for row in rows:
        sheet.append([_xlsx_cell(cell) for cell in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for letter, width in (("A", 12), ("B", 32), ("C", 32), ("D", 20)):
        sheet.column_dimensions[letter].width = width
    for column in sheet.iter_cols(min_col=9, max_col=9, min_row=2):
        for cell in column:
            cell.number_format = "0.00"
    sheet.freeze_panes = "C2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _xlsx_cell(cell: Cell) -> object:
    if isinstance(cell, Money):
        return Decimal(cell.plain)  # a number in the spreadsheet, too
    return shield(cell) if isinstance(cell, str) else cell
