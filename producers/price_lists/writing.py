"""Writing a farm's price list: the catalogue as it stands, in CSV or XLSX, ready to be changed and sent back."""

import csv
import io
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import openpyxl
from openpyxl.styles import Font

from cagette.core.money import Money
from cagette.places.enums import vat_zone_of
from cagette.places.vat import rates_on
from producers.models import Producer
from producers.price_lists.columns import COLUMNS, Cell, write_cells
from producers.price_lists.comparing import Known, catalogue_of
from producers.price_lists.formats import FORMATS
from producers.price_lists.formats.base import Format, Rates

MIME = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # XLSX has no room for them


def write_file(producer: Producer, ending: str) -> bytes:
    """The price list of all products that are not retired: two queries, however many. ending: csv or xlsx."""
    kept = [known for known in catalogue_of(producer).values() if known.product.retired_at is None]
    return own_file(kept, ending)


def own_file(catalogue: Iterable[Known], ending: str) -> bytes:
    """Products in our own columns."""
    rows = [[cells[column.key] for column in COLUMNS] for cells in (write_cells(*known.told) for known in catalogue)]
    headings = [column.heading for column in COLUMNS]
    return _write_xlsx(headings, rows) if ending == "xlsx" else _write_csv(headings, rows)


def write_for(producer: Producer, key: str, *, day: date) -> bytes:
    """What is on sale, as other software reads it: three queries, however many products. key: cagette or ofn; day: of
    the VAT rates."""
    zone = vat_zone_of(producer.organisation.commune_code)
    rates = rates_on(zone=zone, day=day, regimes=[producer.vat_regime])
    permyriads = {str(vat_class): rate.permyriad for (vat_class, _regime), rate in rates.items()}
    known = catalogue_of(producer).values()
    on_sale = [one for one in known if one.product.retired_at is None and one.product.is_active]
    return foreign_file(on_sale, FORMATS[key], rates=permyriads, farm=producer.organisation.name)


def foreign_file(catalogue: Iterable[Known], form: Format, *, rates: Rates, farm: str) -> bytes:
    """Products in the columns of other software: UTF-8 without a mark, commas and decimal points, as it imports."""
    if form.write is None:
        raise LookupError(f"Nothing is written for {form.name}.")
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(form.headings)
    for known in catalogue:
        cells = form.write(known, rates, farm)
        writer.writerow([_point_cell(cells[heading]) for heading in form.headings])
    return file.getvalue().encode()


def _point_cell(cell: Cell) -> str | int:
    if isinstance(cell, Money):
        return cell.plain
    return shield(cell) if isinstance(cell, str) else cell


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
