"""The price lists of other software, as their headers stand: what becomes of each row, and what is said of it."""

import csv
import io
from pathlib import Path

import pytest

from cagette.core.money import Money
from producers.models import Product, Stock
from producers.price_lists import applying
from producers.price_lists.applying import Applied
from producers.price_lists.formats import FORMATS
from producers.price_lists.reading import FileRefused, read_file
from tests.factories import NOW, ProducerFactory, ProductFactory, fresh
from tests.producers.files import a_draft, applied

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent / "golden"


def golden(name):
    return (GOLDEN / f"{name}.csv").read_bytes()


@pytest.fixture
def farm():
    return ProducerFactory(organisation__name="Ortu di Sole")


def told(producer):
    """The catalogue in short: how sold, what a piece holds, price, VAT, aisle, what is left."""
    lefts = dict(Stock.objects.filter(product__producer=producer).values_list("product__reference", "remaining"))
    return {
        p.reference: (p.name, p.unit, p.content, p.content_unit, p.unit_price.cents, p.vat_class, p.category,
                      lefts.get(p.reference) if p.stock_mode == "total" else p.stock_mode)
        for p in Product.objects.filter(producer=producer)
    }  # fmt: skip


def notes_of(plan):
    return {text.split(":")[0].split("«")[0].strip(): rows for text, rows in plan.notes.items()}


# --- The golden files -------------------------------------------------------------------------------------


def test_cagette(farm):
    draft = a_draft(farm, golden("cagette"))

    assert read_file(golden("cagette")).form == "cagette"
    assert applied(draft) == Applied(added=6)

    assert told(farm) == {
        "104": ("Carottes", "gram", None, "", 340, "food", "vegetables", 12_500),  # 12.5 packs of 1 kg
        "101": ("Blettes à cardes", "piece", 600, "gram", 280, "food", "vegetables", 30),
        "E6": ("Œufs", "piece", 6, "piece", 260, "food", "eggs", "unlimited"),
        "V1": ("Vin rouge", "piece", 750, "millilitre", 990, "standard", "drinks", 24),
        # 1.90 for 200 g is 9.50 for a kilo; without a reference it gets one
        "brocciu-200-g": ("Brocciu", "gram", None, "", 950, "food", "dairy", "unlimited"),
        "J1": ("Jus de pomme", "piece", 500, "millilitre", 310, "food", "drinks", 8),
    }
    carrots, eggs = Product.objects.get(reference="104"), Product.objects.get(reference="E6")
    assert (carrots.labels, carrots.step, carrots.minimum, carrots.description) == (
        ["ab"], 100, 100, "Nantaises, sans fanes",
    )  # fmt: skip
    assert (eggs.labels, eggs.description) == (["ab"], "Plein air\nde nos poules")


def test_cagette_pro_in_the_windows_alphabet_with_its_two_header_lines(farm):
    sheet = read_file(golden("cagette_pro"))
    draft = a_draft(farm, golden("cagette_pro"))

    assert (sheet.form, sheet.ignored) == ("cagette_pro", ("URL Image", "Date Image"))
    assert [row.number for row in sheet.rows] == [3, 4, 5, 6]
    assert applied(draft) == Applied(added=4)

    assert told(farm) == {
        # 9.005 × 1.055 = 9.500275; the second offer takes product, unit and aisle from the row above
        "MIEL-500": ("Miel de printemps, Pot de 500 g", "piece", 500, "gram", 950, "food", "grocery", "unlimited"),
        "MIEL-250": ("Miel de printemps, Pot de 250 g", "piece", 250, "gram", 500, "food", "grocery", "unlimited"),
        # 2.8436 × 1.055 = 2.999998, where the net at the cent would have made 2.996
        "TOM": ("Tomates cœur de bœuf", "gram", None, "", 300, "food", "vegetables", "unlimited"),
        "SAV": ("Savon", "piece", None, "", 500, "standard", "grocery", "unlimited"),  # 4.17 × 1.20 = 5.004
    }
    assert Product.objects.get(reference="TOM").labels == ["ab"]
    assert Product.objects.get(reference="SAV").is_active is False
    assert Product.objects.get(reference="MIEL-250").description == "Récolté à Penta, l’été"


def test_open_food_network(farm):
    draft = a_draft(farm, golden("open_food_network"))
    plan = applying.preview(draft)

    assert plan.skipped == 1
    assert applied(draft) == Applied(added=4, skipped=1)

    assert told(farm) == {
        "CAR": ("Carottes", "piece", 1000, "gram", 340, "food", "vegetables", 12),
        "BLE": ("Blettes à cardes", "piece", None, "", 280, "food", "vegetables", "unlimited"),
        "OEU": ("Œufs", "piece", 6, "piece", 260, "food", "eggs", 20),
        "HUI": ("Huile d'olive", "piece", 500, "millilitre", 1150, "food", "grocery", 8),
    }
    assert Product.objects.get(reference="BLE").piece_name == "botte"
    note = next(iter(plan.notes))
    assert "Ferme d’à côté" in note
    assert plan.notes[note] == [6]


def test_foodsoft(farm):
    draft = a_draft(farm, golden("foodsoft"))
    plan = applying.preview(draft)
    assert [row.sold for row in plan.new] == [
        "Légumes, au poids, par 500\u00a0g",
        "Pains et farines, à la pièce, 500\u00a0g",
        "Boissons, à la pièce, 6\u00a0L",
        "Légumes, à la pièce, 1,3\u00a0kg, pesé après au prix du kg",
        "Épicerie, à la pièce, colis de 12",
    ]

    assert applied(draft) == Applied(added=5)

    assert told(farm) == {
        "4711": ("Carottes", "gram", None, "", 340, "food", "vegetables", "unlimited"),  # 3.22 × 1.055 = 3.3971
        "4712": ("Farine de châtaigne", "piece", 500, "gram", 701, "food", "bakery", "unlimited"),  # 7.0052
        "4713": ("Jus de raisin", "piece", 6000, "millilitre", 1635, "food", "drinks", "unlimited"),  # 16.3525
        "4714": ("Courge", "piece", 1300, "gram", 158, "food", "vegetables", "unlimited"),  # 1.5825 the kilo
        "4715": ("Lentilles", "piece", None, "", 317, "food", "grocery", "unlimited"),  # 37.98 ÷ 12 = 3.165
    }
    by_reference = {product.reference: product for product in Product.objects.all()}
    assert (by_reference["4711"].step, by_reference["4711"].origin) == (500, "Corse")
    assert by_reference["4713"].is_active is False
    assert by_reference["4714"].priced_in == "gram"
    assert by_reference["4715"].case_size == 12
    assert notes_of(plan) == {
        "La consigne n’est pas encore gérée ici": [4],
        "Le minimum de commande vaut pour tout le groupe": [3],
        "Le prix du colis est ramené à la pièce, arrondi au centime.": [6],
    }


@pytest.mark.parametrize("name", ["cagette", "cagette_pro", "open_food_network", "foodsoft"])
def test_the_same_file_again_changes_nothing(farm, name):
    first = applied(a_draft(farm, golden(name)))
    before = told(farm)

    plan = applying.preview(a_draft(farm, golden(name)))

    assert (plan.new, plan.changed, plan.errors) == ([], [], [])
    assert applied(a_draft(farm, golden(name))) == Applied(same=first.added, skipped=first.skipped)
    assert told(farm) == before


@pytest.mark.parametrize("name", ["cagette", "cagette_pro", "open_food_network", "foodsoft"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_every_alphabet_and_delimiter_of_spreadsheets_is_read(name, encoding, delimiter):
    """What a spreadsheet saves: another alphabet, another delimiter, decimal commas."""
    text = golden(name).decode("cp1252" if name == "cagette_pro" else "utf-8")
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in text.split("\n")[0] else ","))
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(lines)

    sheet = read_file(file.getvalue().encode(encoding))

    assert sheet.rows == read_file(golden(name)).rows
    assert sheet.form == read_file(golden(name)).form


# --- Products that are known ------------------------------------------------------------------------------


def differences(producer, content):
    plan = applying.preview(a_draft(producer, content.encode()))
    return [(d.heading, d.old, d.new) for row in plan.changed for d in row.differences], plan


CAGETTE = "productName,price,ref,desc,qt,unit,organic,floatQt,vat,stock\n"
OFN = ",".join(FORMATS["ofn"].headings) + "\n"
FOODSOFT = ";".join(FORMATS["foodsoft"].headings) + "\n"


def test_what_a_file_cannot_say_stays(farm):
    wine = ProductFactory(
        producer=farm, reference="V1", name="Vin", vat_class="alcohol", category="drinks", content=750,
        content_unit="millilitre", labels=["hve"], origin="Patrimonio", description="Rouge", unit_price=Money(990),
        stock_mode="per_delivery", stock_each=6,
    )  # fmt: skip

    found, plan = differences(farm, CAGETTE + "Vin,10.50,V1,,75,cl,,,20,40\n")

    assert found == [("prix", "9,90\u00a0€", "10,50\u00a0€")]
    assert notes_of(plan) == {"Ce stock est compté par livraison ou par période ici": [2]}
    applied(a_draft(farm, (CAGETTE + "Vin,10.50,V1,,75,cl,,,20,40\n").encode()))
    after = fresh(wine)
    assert (after.vat_class, after.labels, after.origin, after.description) == (
        "alcohol", ["hve"], "Patrimonio", "Rouge",
    )  # fmt: skip
    assert (after.stock_mode, after.stock_each, after.unit_price) == ("per_delivery", 6, Money(1050))


def test_a_price_of_other_software_becomes_a_price_per_kilo(farm):
    by_weight = {"unit": "gram", "priced_in": "gram", "step": 250, "minimum": 250}
    ProductFactory(producer=farm, reference="CAR", name="Carottes", unit_price=Money(340), **by_weight)
    weighed = {"priced_in": "gram", "content": 1800, "content_unit": "gram", "category": "eggs"}
    ProductFactory(producer=farm, reference="POU", name="Poulet", unit_price=Money(1290), **weighed)

    # 1.20 for 350 g is 3.428571… the kilo; 25.00 for a chicken of 1,800 g is 13.8888…
    found, plan = differences(farm, CAGETTE + "Carottes,1.20,CAR,,350,g,,1,5.5,\nPoulet,25,POU,,1.8,kg,,,5.5,\n")

    assert found == [("prix", "3,40\u00a0€", "3,43\u00a0€"), ("prix", "12,90\u00a0€", "13,89\u00a0€")]
    assert notes_of(plan) == {"Le prix est ramené au kilo ou au litre, arrondi au centime.": [2, 3]}


def test_the_way_of_selling_does_not_change_and_the_files_own_column_says_so(farm):
    ProductFactory(producer=farm, reference="CAR", unit="gram", priced_in="gram", step=250, minimum=250)
    ProductFactory(producer=farm, reference="BLE")
    ProductFactory(producer=farm, reference="COU")

    _found, plan = differences(
        farm, CAGETTE + "Carottes,3,CAR,,1,kg,,0,5.5,\nBlettes,3,BLE,,1,kg,,1,5.5,\nCarottes,3,CAR2,,1,x,,maybe,7,\n"
    )
    assert [(error.number, error.column) for error in plan.errors] == [
        (2, "floatQt"), (3, "floatQt"), (4, "unit"), (4, "floatQt"), (4, "vat"),
    ]  # fmt: skip

    _found, plan = differences(farm, OFN + "Ortu di Sole,CAR,Carottes,,,,1,,botte,3,,,,,\n")
    assert [(error.number, error.column) for error in plan.errors] == [(2, "unit_type")]

    row = "yes;COU;Courge;Piece;;1.3 Kilogram;;Kilogram;1;Piece;1.50;Kilogram;5.5;0;;;;\n"
    _found, plan = differences(farm, FOODSOFT + row)
    assert [(error.number, error.column) for error in plan.errors] == [(2, "Group order unit")]


def test_organic_follows_the_file_only_where_it_says_yes_or_no(farm):
    ab = ProductFactory(producer=farm, reference="A", labels=["ab", "np"])
    bare = ProductFactory(producer=farm, reference="B", labels=["np"])

    assert differences(farm, CAGETTE + "x,2.80,A,,,,,,,\ny,2.80,B,,,,,,,\n")[1].errors == []
    applied(a_draft(farm, (CAGETTE + f"{ab.name},,A,,,,non,,,\n{bare.name},,B,,,,1,,,\n").encode()))

    assert (fresh(ab).labels, fresh(bare).labels) == (["np"], ["ab", "np"])


def test_a_stock_of_other_software_counts_packs(farm):
    carrots = ProductFactory(producer=farm, reference="CAR", name="Carottes", unit="gram", priced_in="gram", step=250,
                             minimum=250, unit_price=Money(340), stock_mode="total")  # fmt: skip
    Stock.objects.create(product=carrots, announced=12_345, remaining=12_345)

    # Open Food Network knows whole packs: 12 of 12.345 kg is what we told it, and no change
    assert differences(farm, OFN + "Ortu di Sole,CAR,Carottes,,,,1,kg,,3.40,12,,0,,\n")[0] == []
    assert differences(farm, OFN + "Ortu di Sole,CAR,Carottes,,,,1,kg,,3.40,20,,0,,\n")[0] == [
        ("stock", "12,345\u00a0kg", "20\u00a0kg")
    ]
    assert differences(farm, CAGETTE + "Carottes,1.70,CAR,,500,g,,1,,9\n")[0] == [
        ("stock", "12,345\u00a0kg", "4,5\u00a0kg")
    ]
    assert differences(farm, OFN + "Ortu di Sole,CAR,Carottes,,,,1,kg,,3.40,,,1,,\n")[0] == [
        ("stock", "12,345\u00a0kg", "sans limite")
    ]


def test_a_reference_that_is_made_stays_the_same_from_file_to_file(farm):
    long = "Confiture de figues de la vallée cuite au chaudron de cuivre"
    applied(a_draft(farm, (CAGETTE + f"{long},4,,,350,g,,,,\nMiel,5,,,500,g,,,,\n").encode()))

    references = set(Product.objects.values_list("reference", flat=True))
    _found, plan = differences(farm, CAGETTE + f"{long},4.20,,,350,g,,,,\nMiel,5,,,500,g,,,,\nMiel,9,,,1,kg,,,,\n")

    assert "miel-500-g" in references
    assert all(len(reference) <= 40 for reference in references)
    assert [len(plan.changed), len(plan.same), [row.reference for row in plan.new]] == [1, 1, ["miel-1000-g"]]
    assert [rows for note, rows in plan.notes.items() if note.startswith("Sans référence")] == [[2, 3, 4]]


# --- Rows in error and hostile files ----------------------------------------------------------------------


def errors_of(producer, content):
    plan = applying.preview(a_draft(producer, content.encode()))
    return [(error.number, error.column, error.message) for error in plan.errors]


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ("Blettes,-2,1,,,,,,,", "price", "n’est pas un montant"),
        ("Blettes,NaN,1,,,,,,,", "price", "n’est pas un montant"),
        ("Blettes,1e9,1,,,,,,,", "price", "n’est pas un montant"),
        ("Blettes,999999999,1,,,,,,,", "price", "trop grand"),
        ("Blettes,2.855,1,,,,,,,", "price", "trop précis"),
        ("Blettes,0,1,,,,,,,", "price", "au-dessus de zéro"),
        ("Blettes,,1,,,,,,,", "price", "remplissez cette case"),
        (",2,1,,,,,,,", "productName", "remplissez cette case"),
        (",2,,,,,,,,", "productName", "remplissez cette case"),
        ("Blettes,2,1,,0,g,,,,", "qt", "au-dessus de zéro"),
        ("Blettes,2,1,,-5,g,,,,", "qt", "n’est pas un nombre"),
        ("Blettes,2,1,,0.5,Piece,,,,", "qt", "trop précis"),
        ("Blettes,2,1,,9999999,kg,,,,", "qt", "d’une tonne au plus"),
        ("Blettes,2,1,,1,seau,,,,", "unit", "n’est pas une unité"),
        ("Blettes,2,1,,,,,,19.6,", "vat", "n’est pas un taux d’ici"),
        ("Blettes,2,1,,,,,,,-3", "stock", "n’est pas un nombre"),
        ("Blettes,2,1,,,,,,,2.5", "stock", "pièces entières"),
        ("Blettes,2,1,,,,,,,999999999", "stock", "plus que ce qu’on peut"),
        ("Blettes,2,1,,1,kg,,1,,0.0005", "stock", "trop précis"),
        ("Blettes,2," + "x" * 41 + ",,,,,,,", "ref", "40 caractères"),
        ("B" * 121 + ",2,1,,,,,,,", "productName", "120 caractères"),
        ("Blettes,2,1,,,,,,,,,,surplus", "", "plus de cases que de titres"),
    ],
)
def test_what_is_wrong_is_said_by_row_in_the_files_own_columns(farm, row, column, says):
    found = errors_of(farm, CAGETTE + row + "\n")

    assert [(number, heading) for number, heading, _message in found] == [(2, column)]
    assert says in found[0][2]


def test_a_net_price_needs_its_rate(farm):
    row = "yes;1;Miel;;500 g;;;;;Piece;6.64;Piece;;0;;Honey;;\n"

    assert [(n, c) for n, c, _m in errors_of(farm, FOODSOFT + row)] == [(2, "VAT"), (2, "Price (net)")]


def test_rows_of_others_alone_leave_nothing_to_import(farm):
    plan = applying.preview(a_draft(farm, (OFN + "Ailleurs,A,Miel,,Honey,,1,kg,,9,,,,,\n").encode()))

    assert (plan.skipped, plan.new, plan.same, plan.errors) == (1, [], [], [])


def test_a_retired_product_is_refused_and_two_rows_of_one_reference_too(farm):
    ProductFactory(producer=farm, reference="A", retired_at=NOW)

    found = errors_of(farm, CAGETTE + "Miel,9,A,,,,,,,\nMiel,9,B,,,,,,,\nMiel,9,B,,,,,,,\n")

    assert [(n, c) for n, c, _m in found] == [(2, "ref"), (4, "ref")]


HOSTILE_HEAD = CAGETTE.strip().encode()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (HOSTILE_HEAD + b"\n" + b"x,1,r,,,,,,,\n" * 5001, "trop de lignes"),
        (HOSTILE_HEAD + b"," + b"x," * 60 + b"\nx,1,r\n", "trop de colonnes"),
        (HOSTILE_HEAD + b"\n" + b"x" * 5001 + b",1,r\n", "trop longue"),
        (HOSTILE_HEAD + b"\n" + b"x" * 1_000_000 + b",1,r\n", "abîmé"),
        (HOSTILE_HEAD + b"\nBle\x00ttes,1,r\n", "ni un CSV ni un classeur"),
        (HOSTILE_HEAD + b",price\nx,1,r\n", "price\u00a0» est là deux fois"),
        (HOSTILE_HEAD + b"\n", "pas de produits"),
        (HOSTILE_HEAD + b"\n" + HOSTILE_HEAD + b"\n", "pas de produits"),
        (b"Produit;;;\n\n", "référence\u00a0»"),
        (b"name,price,units\nx,1,1\n", "référence\u00a0»"),
    ],
)
def test_a_hostile_file_in_the_columns_of_others_is_refused_in_words(content, says):
    with pytest.raises(FileRefused, match=says):
        read_file(content)


def test_headers_glued_in_between_are_passed_over_and_formulas_stay_text(farm):
    plan = applying.preview(a_draft(farm, (CAGETTE + "'=1+1,2,A,@x,,,,,,\n" + CAGETTE + "-x,2,B,,,,,,,\n").encode()))

    assert [(row.number, row.facts.name) for row in plan.new] == [(2, "=1+1"), (4, "-x")]
    assert plan.new[0].facts.description == "@x"


def test_a_second_header_line_below_is_passed_over_and_a_product_without_a_price_is_not(farm):
    head = ";".join(FORMATS["cagette_pro"].headings)

    explained = a_draft(farm, f"{head}\nle nom;;;;;;;;;;en euros;;;;\nMiel;M;;;;;;;;1;4;5,5;;;\n".encode())
    priceless = a_draft(farm, f"{head}\nMiel;M;;;;;;;;1;;5,5;;;\n".encode())

    assert [row.number for row in applying.preview(explained).new] == [3]
    assert [(e.number, e.column) for e in applying.preview(priceless).errors] == [(2, "Prix H.T")]
