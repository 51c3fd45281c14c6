"""Files from anywhere are read, or refused in words; never a crash."""

import io
import zipfile
from datetime import date

import pytest

from producers.facts import StockWish
from producers.price_lists import reading
from producers.price_lists.columns import (
    CellUnreadable,
    key_of,
    read_content,
    read_marks,
    read_season,
    read_stock,
    read_yes,
)
from producers.price_lists.reading import FileRefused, read_file
from tests.producers.files import a_csv, an_xlsx

LINE = "101;Blettes à cardes;Légumes;à la pièce;botte;bottes;600 g;2,80;1;1;30"


def rows_of(content):
    return [(row.number, row.cells) for row in read_file(content).rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_encodings_of_spreadsheets_are_read(encoding):
    rows = rows_of(a_csv(LINE).decode().encode(encoding))

    assert rows[0][0] == 2
    assert rows[0][1]["name"] == "Blettes à cardes"
    assert rows[0][1]["unit_price"] == "2,80"


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_delimiter_is_found(delimiter):
    content = f'référence{delimiter}nom{delimiter}prix\n101{delimiter}Blettes{delimiter}"2,80"\n'.encode()

    assert rows_of(content) == [(2, {"reference": "101", "name": "Blettes", "unit_price": "2,80"})]


def test_empty_lines_are_passed_over_and_rows_keep_their_numbers():
    rows = rows_of(b"\n;;\nref;nom\n\n101;Blettes\n;\n102;Carottes\n")

    assert [number for number, _cells in rows] == [5, 7]


def test_excels_hint_of_the_delimiter_is_understood():
    assert rows_of(b"sep=,\nref,nom\n101,Blettes\n") == [(3, {"reference": "101", "name": "Blettes"})]


def test_headings_are_known_whatever_their_accents_and_unknown_ones_are_told():
    sheet = read_file(b"REFERENCE;Nom ;Prix (TTC);Couleur;Piece;Pieces\n101;Blettes;2,80;vert;botte;bottes\n")

    assert sheet.columns == ("reference", "name", "unit_price", "piece_name", "pieces_name")
    assert sheet.ignored == ("Couleur",)
    assert "vert" not in sheet.rows[0].cells.values()


def test_a_workbook_is_read_its_numbers_as_people_write_them():
    content = an_xlsx(
        ["référence", "nom", "prix", "stock", "en vente"], [101, "Blettes", 2.8, 30, True], [102.0, "x", 0.1 + 0.2]
    )

    assert rows_of(content) == [
        (2, {"reference": "101", "name": "Blettes", "unit_price": "2,8", "stock": "30", "is_active": "oui"}),
        (3, {"reference": "102", "name": "x", "unit_price": "0,3", "stock": "", "is_active": ""}),
    ]


def test_a_formula_counts_as_its_last_result_and_is_never_run():
    content = an_xlsx(["référence", "nom", "prix"], ["101", "Blettes", '=HYPERLINK("http://x")'])

    assert rows_of(content) == [(2, {"reference": "101", "name": "Blettes", "unit_price": ""})]


def test_the_apostrophe_that_shields_is_taken_off_once():
    rows = rows_of(b"ref;nom;origine\n101;'=1+1;''@x\n102;'avion;-\n")

    assert (rows[0][1]["name"], rows[0][1]["origin"]) == ("=1+1", "'@x")
    assert (rows[1][1]["name"], rows[1][1]["origin"]) == ("'avion", "-")


def test_control_characters_become_spaces():
    assert rows_of(b"ref;nom\n101;Ble\x07ttes\n")[0][1]["name"] == "Ble ttes"


def test_a_line_with_more_cells_than_headings_is_marked():
    assert read_file(b"ref,nom,prix\n101,Blettes,2,80\n").rows[0].overflow is True


def zipped(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


BOMB = {"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b"0" * (reading.UNPACKED_MAX + 1)}
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "vide"),
        (b"  \n ", "vide"),
        (b"x" * (reading.BYTES_MAX + 1), "trop lourd"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "ancien fichier Excel"),
        (b"PK\x03\x04 not a zip", "illisible"),
        (zipped(hello=b"x"), "n’est pas un classeur"),
        (zipped(**BOMB), "trop grand une fois ouvert"),
        (zipped(**{f"f{n}": b"" for n in range(300)}), "trop grand une fois ouvert"),
        (zipped(**{"xl/workbook.xml": ENTITIES, "[Content_Types].xml": ENTITIES}), "illisible"),
        (zipped(**{"xl/workbook.xml": b"<broken"}), "illisible"),
        (b"ref;nom\n101;Ble\x00ttes\n", "ni un CSV ni un classeur"),
        (b"\xff\xfeab\xd8", "ni un CSV ni un classeur"),
        (b"ref;nom\n101;Bl\x81\x8dttes\n", "ni un CSV ni un classeur"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "ni un CSV ni un classeur"),
        (b"produit;prix\nBlettes;2,80\n", "« référence »"),
        (b"ref;nom;nom\n101;a;b\n", "là deux fois"),
        (b"ref;code;nom\n101;a;b\n", "là deux fois"),
        (b"ref;nom\n", "pas de produits"),
        (b"ref;nom\n" + b"1;x\n" * 5001, "trop de lignes"),
        (b"ref;nom\n" + b"\n" * 20_001 + b"1;x\n", "trop de lignes"),
        (b"ref;nom\n101;" + b"x" * 5001, "trop longue"),
        (b"ref;nom\n101;" + b"x" * 140_000, "abîmé"),
        (b"ref;nom\n101;" + b"x;" * 80, "trop de colonnes"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_in_words(content, says):
    with pytest.raises(FileRefused, match=says):
        read_file(content)


def test_a_workbook_with_a_row_at_the_end_of_the_world_is_refused():
    import openpyxl

    book = openpyxl.Workbook()
    book.worksheets[0].append(["ref", "nom"])
    book.worksheets[0].cell(row=1_048_576, column=1, value="101")
    file = io.BytesIO()
    book.save(file)

    with pytest.raises(FileRefused, match="trop de lignes"):
        read_file(file.getvalue())


@pytest.mark.parametrize(
    ("heading", "key"),
    [("Référence", "reference"), ("pièce", "piece_name"), ("PIECES", "pieces_name"), ("T.V.A.", ""),
     ("tva", "vat_class"), ("prix (€)", "unit_price"),
     ("En vente", "is_active"), ("allergènes", "allergens"), ("", "")],
)  # fmt: skip
def test_a_heading_names_a_column(heading, key):
    assert key_of(heading) == key


def test_cells_are_read_in_words_of_the_trade():
    assert read_content("350 g") == (350, "gram")
    assert read_content("75 cl") == (750, "millilitre")
    assert read_content("1,5 kg") == (1500, "gram")
    assert read_content("6 pièces") == (6, "piece")
    assert read_content("") == (None, "")
    assert read_marks("AB, Nature & Progrès", {"ab": "AB", "np": "Nature & Progrès"}) == ("ab", "np")
    assert read_stock("Sans limite", "gram").mode == "unlimited"
    assert (read_stock("12,5 kg", "gram").mode, read_stock("12,5 kg", "gram").left) == ("total", 12500)
    assert read_stock("2 500 kg", "gram").left == 2_500_000
    assert (read_stock("0", "gram").left, read_stock("30", "piece").left) == (0, 30)
    assert (read_yes("Oui"), read_yes("non")) == (True, False)


def test_stocks_of_every_mode_are_read_in_words():
    assert read_stock("20 par livraison", "piece") == StockWish("per_delivery", each=20)
    assert read_stock("12,5 kg par livraison", "gram") == StockWish("per_delivery", each=12_500)
    assert read_stock("20, une livraison sur 2 depuis le 28/11/2026", "piece") == StockWish(
        "every_nth", each=20, every=2, from_on=date(2026, 11, 28)
    )
    assert read_stock("Par période", "gram") == StockWish("by_period")


def test_seasons_are_read_in_words():
    assert read_season("novembre à mars") == (1, 2, 3, 11, 12)
    assert read_season("Juin, juillet et AOÛT") == (6, 7, 8)
    assert read_season("de mai à juin, décembre") == (5, 6, 12)
    assert read_season("toute l'année") == ()


@pytest.mark.parametrize(
    "read",
    [
        lambda: read_content("350"),
        lambda: read_content("-350 g"),
        lambda: read_stock("40", "gram"),
        lambda: read_stock("2,5", "gram"),
        lambda: read_stock("-1", "piece"),
        lambda: read_stock("1,5", "piece"),
        lambda: read_stock("NaN", "gram"),
        lambda: read_stock("1e9", "gram"),
        lambda: read_stock("999999999 kg", "gram"),
        lambda: read_yes("peut-être"),
        lambda: read_stock("par livraison", "piece"),
        lambda: read_stock("20 par livraison", "gram"),
        lambda: read_stock("20, une livraison sur 1 depuis le 28/11/2026", "piece"),
        lambda: read_stock("20, une livraison sur 2 depuis le 31/11/2026", "piece"),
        lambda: read_stock("20, une livraison sur 2", "piece"),
        lambda: read_season("brumaire"),
        lambda: read_season("juin à août à mars"),
        lambda: read_season(","),
        lambda: read_marks("AB, NASA", {"ab": "AB"}),
    ],
)
def test_cells_that_say_nothing_are_refused(read):
    with pytest.raises(CellUnreadable):
        read()
