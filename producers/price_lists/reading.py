"""Reading a file that somebody uploads: CSV or XLSX, bounded against hostile ones, into rows of clean text."""

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import openpyxl
from django.utils.translation import gettext as _

from producers.price_lists.columns import HEADINGS, key_of

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


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file that has something in it: its number as a spreadsheet shows it, its cells by column."""

    number: int
    cells: dict[str, str]
    overflow: bool = False  # more cells than headings: an unquoted comma, probably


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds: the columns that we know, in words the headings that we do not, and the rows."""

    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    rows: tuple[Row, ...]


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


def _sheet(lines: Iterable[list[str]]) -> Sheet:
    numbered = ((number, [clean(cell) for cell in line]) for number, line in enumerate(lines, start=1))
    filled = ((number, line) for number, line in _bounded(numbered) if any(line))
    _number, header = next(filled, (0, []))
    keys = _keys(header)
    rows: list[Row] = []
    letters = 0
    for number, line in islice(filled, ROWS_MAX + 1):
        letters += sum(map(len, line))
        if len(rows) == ROWS_MAX or letters > LETTERS_MAX:
            raise FileRefused(_("Ce fichier a trop de lignes : 5 000 produits au plus."))
        cells = {key: cell for key, cell in zip(keys, line, strict=False) if key}
        rows.append(Row(number=number, cells=cells, overflow=any(line[len(keys) :])))
    if not rows:
        raise FileRefused(_("Ce fichier n’a pas de produits sous ses titres de colonnes."))
    ignored = tuple(heading[:40] for heading, key in zip(header, keys, strict=True) if heading and not key)
    return Sheet(columns=tuple(key for key in keys if key), ignored=ignored, rows=tuple(rows))


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


def _keys(header: list[str]) -> list[str]:
    """The column of each heading; empty for those that we do not know and for idle ones at the end."""
    while header and not header[-1]:
        header.pop()
    keys = [key_of(heading) for heading in header]
    if "reference" not in keys:
        raise FileRefused(_("La première ligne doit nommer les colonnes, et l’une d’elles est « référence »."))
    for key in keys:
        if key and keys.count(key) > 1:
            raise FileRefused(_("La colonne « %(name)s » est là deux fois.") % {"name": HEADINGS[key]})
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
