"""Reading a file that somebody uploads: CSV or XLSX, bounded against hostile ones, into rows of clean text."""

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from itertools import chain, islice

import openpyxl
from django.utils.translation import gettext as _

from producers.price_lists.columns import HEADINGS, key_of
from producers.price_lists.formats import format_of
from producers.price_lists.formats.base import Format
from producers.price_lists.rows import Row, Sheet

BYTES_MAX = 2_000_000
UNPACKED_MAX = 12_000_000
PARTS_MAX = 200  # files inside an XLSX
ROWS_MAX = 5_000  # with something in them
LINES_MAX = 20_000  # with the empty ones
COLUMNS_MAX = 60
CELL_MAX = 5_000
LETTERS_MAX = 5_000_000


class FileRefused(Exception):
    """The file was not read. The message is fit for the person who sent it."""


def read_file(content: bytes) -> Sheet:
    """Read a price list, told by its first bytes and not by its name. Raises FileRefused."""
    if len(content) > BYTES_MAX:
        raise FileRefused(_("Ce fichier est trop lourd : 2 Mo au plus."))
    if not content.strip():
        raise FileRefused(_("Ce fichier est vide."))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(
            _("C’est un ancien fichier Excel, ou il est protégé. Enregistrez-le en .xlsx sans mot de passe.")
        )
    lines = _xlsx_lines(content) if content.startswith(b"PK") else _csv_lines(content)
    return _sheet(lines)


# --- CSV -------------------------------------------------------------------------------------------------


def _csv_lines(content: bytes) -> Iterator[list[str]]:
    text = _decode(content)
    first = text.partition("\n")[0]
    if found := re.match(r"sep=(.)\s*$", first):
        text = "\n" + text.partition("\n")[2]  # Excel's own hint; the rows keep their numbers
        delimiter = found.group(1)
    else:
        delimiter = max(";,\t", key=first.count)
    if delimiter not in ";,\t|":
        raise FileRefused(_("Séparez les colonnes par des points-virgules ou des virgules."))
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:
        raise FileRefused(_("Ce fichier CSV est abîmé : des guillemets ne se ferment pas, sans doute.")) from None


def _decode(content: bytes) -> str:
    """UTF-8 with or without its mark, Excel's UTF-16, else the Windows alphabet."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in content:
        encodings = []
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise FileRefused(_("Ce fichier n’est ni un CSV ni un classeur Excel. Enregistrez-le en CSV UTF-8 ou en .xlsx."))


# --- XLSX ------------------------------------------------------------------------------------------------


def _xlsx_lines(content: bytes) -> list[list[str]]:
    _check_archive(content)
    try:
        # a hostile or broken workbook may fail in any way at all; all of them are the same news to its owner
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            sheet = book.worksheets[0]
            lines = sheet.iter_rows(max_col=COLUMNS_MAX + 1, values_only=True)
            return [[_text(value) for value in line] for line in islice(lines, LINES_MAX + 1)]
    except Exception:
        raise _unreadable() from None


def _unreadable() -> FileRefused:
    return FileRefused(
        _("Ce classeur Excel est illisible. Ouvrez-le, enregistrez-le de nouveau en .xlsx, puis renvoyez-le.")
    )


def _check_archive(content: bytes) -> None:
    """Refuse what unpacks to too much before anything is unpacked: zipfile never reads past the size that is stated."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise _unreadable() from None
    if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_MAX:
        raise FileRefused(
            _("Ce classeur est trop grand une fois ouvert. Gardez une feuille et ses lignes de produits.")
        )
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise FileRefused(_("Ce fichier n’est pas un classeur Excel (.xlsx)."))


def _text(value: object) -> str:
    """A cell as a person would have typed it. Excel counts in fifteen digits; what lies beyond is its noise."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        return f"{value:.15g}".replace(".", ",")
    return str(value)


# --- Both ------------------------------------------------------------------------------------------------


Numbered = tuple[int, list[str]]


def _sheet(lines: Iterable[list[str]]) -> Sheet:
    numbered = ((number, [clean(cell) for cell in line]) for number, line in enumerate(lines, start=1))
    filled = ((number, line) for number, line in _bounded(numbered) if any(line))
    form, header, products = _header_of(filled)
    keys = _keys(header, form)
    rows: list[Row] = []
    letters = 0
    for number, line in products:
        if _is_header_again(line, header):
            continue  # two files glued together
        letters += sum(map(len, line))
        if len(rows) == ROWS_MAX or letters > LETTERS_MAX:
            raise FileRefused(_("Ce fichier a trop de lignes : 5 000 produits au plus."))
        cells = {key: cell for key, cell in zip(keys, line, strict=False) if key}
        rows.append(Row(number=number, cells=cells, overflow=any(line[len(keys) :])))
    if not rows:
        raise FileRefused(_("Ce fichier n’a pas de produits sous ses titres de colonnes."))
    not_taken = form.not_taken if form else ()
    ignored = [heading for heading, key in zip(header, keys, strict=True) if heading and (not key or key in not_taken)]
    return Sheet(
        columns=tuple(key for key in keys if key),
        ignored=tuple(heading[:40] for heading in ignored),
        rows=tuple(rows),
        form=form.key if form else "",
        headings={key: heading[:40] for key, heading in zip(keys, header, strict=True) if key},
    )


def _header_of(filled: Iterator[Numbered]) -> tuple[Format | None, list[str], Iterator[Numbered]]:
    """Whose columns the file has, its header, and the lines below. Cagette Pro has a second header line, above or
    below the one that names the columns."""
    first = next(filled, (0, []))
    if form := format_of(first[1]):
        below = list(islice(filled, 1))
        if form.header_lines > 1 and below and _is_explained(form, first[1], below[0][1]):
            below = []
        return form, first[1], chain(below, filled)
    below = list(islice(filled, 1))
    if below and (form := format_of(below[0][1])) and form.header_lines > 1:
        return form, below[0][1], filled
    return None, first[1], chain(below, filled)


def _is_explained(form: Format, header: list[str], line: list[str]) -> bool:
    """The line says what the columns are for: it has words where a product has its price."""
    cells = dict(zip((form.heading_of(cell) for cell in header), line, strict=False))
    price = cells.get(form.columns["unit_price"], "")
    return bool(price) and not any(letter.isdigit() for letter in price)


def _is_header_again(line: list[str], header: list[str]) -> bool:
    return [cell for cell in line if cell] == [cell for cell in header if cell]


def _bounded(lines: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    for number, line in lines:
        if number > LINES_MAX:
            raise FileRefused(_("Ce fichier a trop de lignes : 5 000 produits au plus."))
        if len(line) > COLUMNS_MAX and any(line[COLUMNS_MAX:]):
            raise FileRefused(_("Ligne %(row)d : il y a trop de colonnes, 60 au plus.") % {"row": number})
        if any(len(cell) > CELL_MAX for cell in line):
            raise FileRefused(
                _("Ligne %(row)d : une case est trop longue, 5 000 caractères au plus.") % {"row": number}
            )
        yield number, line


def _keys(header: list[str], form: Format | None) -> list[str]:
    """The column of each heading; empty for those that we do not know and for idle ones at the end."""
    while header and not header[-1]:
        header.pop()
    keys = [form.heading_of(heading) if form else key_of(heading) for heading in header]
    if form is None and "reference" not in keys:
        raise FileRefused(
            _(
                "La première ligne doit nommer les colonnes, et l’une d’elles est « référence ». Les fichiers de "
                "Cagette, Cagette Pro, Open Food Network et Foodsoft se lisent aussi, avec leurs titres."
            )
        )
    for key in keys:
        if key and keys.count(key) > 1:
            raise FileRefused(_("La colonne « %(name)s » est là deux fois.") % {"name": HEADINGS.get(key, key)})
    return keys


_CONTROLS = {code: " " for code in (*range(32), 127, 0xFFFE, 0xFFFF) if code != 10}
_SHIELDED = re.compile(r"'+[=+\-@\t\r]")


def clean(cell: str) -> str:
    """Text without control characters and outer spaces, and without the apostrophe that shields from formulas."""
    text = cell.strip()
    if _SHIELDED.match(text):
        text = text[1:]
    text = text.replace("\r\n", "\n").translate(_CONTROLS).strip()
    return text.encode("utf-8", "ignore").decode()
