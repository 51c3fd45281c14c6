"""What goes out comes in again without a change, and no cell is a formula."""

import csv
import io
from datetime import date

import openpyxl
import pytest

from cagette.core.money import Money
from producers.models import Product, Stock
from producers.price_lists import applying
from producers.price_lists.writing import shield, write_file
from tests.factories import NOW, ProducerFactory, ProductFactory, fresh
from tests.producers.files import a_draft, applied

pytestmark = pytest.mark.django_db


def a_catalogue():
    producer = ProducerFactory()
    by_weight = {"unit": "gram", "priced_in": "gram", "step": 250, "minimum": 1500}
    ProductFactory(
        producer=producer,
        reference="101",
        name="Blettes à cardes",
        piece_name="botte",
        pieces_name="bottes",
        content=600,
        content_unit="gram",
        labels=["ab", "np"],
        description='Deux\nlignes; "et" plus',
    )
    carrots = ProductFactory(
        producer=producer, reference="104", name="Carottes", unit_price=Money(123450), stock_mode="total", **by_weight
    )
    Stock.objects.create(product=carrots, announced=20_000, remaining=12_345)
    ProductFactory(
        producer=producer, reference="=1+1", name="@SUM(A1)", description="-x", origin="'+y", is_active=False
    )
    ProductFactory(
        producer=producer,
        reference="0012",
        name="Vin",
        category="drinks",
        content=750,
        content_unit="millilitre",
        vat_class="alcohol",
        allergens=["sulphites"],
        storage="chilled",
    )
    ProductFactory(
        producer=producer,
        reference="E6",
        name="Œufs",
        category="eggs",
        content=6,
        content_unit="piece",
        ingredients="œufs",
        stock_mode="total",
    )
    Stock.objects.create(product=producer.products.get(reference="E6"), announced=0, remaining=0)
    the_new_ways(producer)
    ProductFactory(producer=producer, reference="OUT", retired_at=NOW)
    return producer


def the_new_ways(producer):
    """A chicken weighed later, flour by the case, honey each second delivery, salad of a season, oil by period."""
    ProductFactory(
        producer=producer, reference="POUL", name="Poulet", category="eggs", unit="piece", priced_in="gram",
        content=1800, content_unit="gram", weight_least=1500, weight_most=2100, unit_price=Money(1290),
        stock_mode="per_delivery", stock_each=12,
    )  # fmt: skip
    ProductFactory(
        producer=producer, reference="FAR", name="Farine", category="bakery", unit="gram", priced_in="gram", step=500,
        minimum=1000, case_size=25_000, maximum=10_000, unit_price=Money(245), is_perishable=False,
        stock_mode="every_nth", stock_each=75_000, stock_every=2, stock_from_on=date(2026, 11, 28),
    )  # fmt: skip
    ProductFactory(
        producer=producer, reference="SAL", name="Salade", season=[1, 2, 11, 12], stock_mode="by_period", case_size=12
    )
    ProductFactory(
        producer=producer, reference="HUI", name="Huile", category="grocery", unit="piece", priced_in="millilitre",
        content=750, content_unit="millilitre", unit_price=Money(2400), season=[6],
    )  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_goes_out_comes_in_without_a_change(ending):
    producer = a_catalogue()

    draft = a_draft(producer, write_file(producer, ending))

    plan = applying.preview(draft)
    assert plan.errors == []
    assert [row.differences for row in plan.changed] == []
    assert (len(plan.same), len(plan.new), plan.absent) == (9, 0, 0)
    assert applied(draft).same == 9


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_catalogue_moves_to_another_farm_whole(ending):
    source, target = a_catalogue(), ProducerFactory()

    applied(a_draft(target, write_file(source, ending)))

    assert write_file(target, "csv") == write_file(source, "csv")


def test_the_new_ways_are_written_in_words_that_people_understand():
    producer = ProducerFactory()
    the_new_ways(producer)

    text = write_file(producer, "csv").decode("utf-8-sig")
    rows = {row["référence"]: row for row in csv.DictReader(io.StringIO(text), delimiter=";")}

    assert [rows["POUL"][name] for name in ("vendu", "contenu", "prix", "prix pour")] == [
        "à la pièce", "1,8\u00a0kg", "12,90", "kg",
    ]  # fmt: skip
    assert [rows["POUL"][name] for name in ("poids le plus faible", "poids le plus fort")] == [
        "1,5\u00a0kg",
        "2,1\u00a0kg",
    ]
    assert rows["POUL"]["stock"] == "12 par livraison"
    assert [rows["FAR"][name] for name in ("colis de", "maximum par foyer", "périssable")] == [
        "25\u00a0kg", "10\u00a0kg", "non",
    ]  # fmt: skip
    assert rows["FAR"]["stock"] == "75\u00a0kg, une livraison sur 2 depuis le 28/11/2026"
    assert (rows["SAL"]["saison"], rows["SAL"]["stock"]) == ("janvier, février, novembre, décembre", "par période")
    assert (rows["FAR"]["saison"], rows["SAL"]["colis de"]) == ("toute l’année", "12")


def test_a_file_without_the_columns_of_the_new_ways_leaves_them_alone():
    producer = ProducerFactory()
    the_new_ways(producer)
    before = write_file(producer, "csv")

    plan = applying.preview(a_draft(producer, b"ref;nom\nPOUL;Poulet\nFAR;Farine\nSAL;Salade\nHUI;Huile\n"))
    assert (len(plan.same), plan.changed, plan.errors) == (4, [], [])
    applied(a_draft(producer, b"ref;prix\nPOUL;12,90\nFAR;2,50\n"))

    assert write_file(producer, "csv") == before.replace(b"2,45", b"2,50")


def test_the_weights_of_a_piece_can_be_changed_and_taken_away_and_the_way_to_sell_cannot():
    producer = ProducerFactory()
    the_new_ways(producer)

    applied(a_draft(producer, b"ref;poids min;poids max;contenu\nPOUL;1,6 kg;2,2 kg;1,9 kg\n"))
    chicken = Product.objects.get(reference="POUL")
    assert (chicken.weight_least, chicken.weight_most, chicken.content) == (1600, 2200, 1900)

    applied(a_draft(producer, b"ref;poids min;poids max\nPOUL;;\n"))
    assert (fresh(chicken).weight_least, fresh(chicken).weight_most) == (None, None)

    plan = applying.preview(a_draft(producer, "ref;prix pour;colis de\nPOUL;pièce;\nSAL;;24\n101;;6\n".encode()))
    assert [(error.number, error.column) for error in plan.errors][:1] == [(2, "vendu")]
    assert plan.changed[0].differences[0].new == "24"


def test_no_text_is_a_formula_and_numbers_stay_numbers():
    producer = a_catalogue()

    lines = list(csv.reader(io.StringIO(write_file(producer, "csv").decode("utf-8-sig")), delimiter=";"))
    sheet = openpyxl.load_workbook(io.BytesIO(write_file(producer, "xlsx"))).worksheets[0]

    assert not [cell for line in lines for cell in line if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert ["'=1+1", "'@SUM(A1)", "'-x"] in [line[:3] for line in lines]
    cells = {
        (row[0].value, heading.value): row[index]
        for row in sheet.iter_rows(min_row=2)
        for index, heading in enumerate(sheet[1])
    }
    assert cells["'=1+1", "nom"].data_type == "s"
    assert (cells["104", "prix"].value, cells["104", "prix"].data_type) == (1234.5, "n")
    assert cells["104", "stock"].value == "12,345\u00a0kg"
    assert cells["101", "pas"].value == 1
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_the_files_first_bytes_let_a_french_spreadsheet_open_it():
    assert write_file(ProducerFactory(), "csv").startswith("\ufeffréférence;nom;".encode())


@pytest.mark.parametrize("text", ["=a", "+a", "-a", "@a", "\ta", "\ra", "'=a", "''@a"])
def test_a_shield_stands_before_what_a_spreadsheet_would_run(text):
    assert shield(text) == f"'{text}"


def test_other_text_goes_out_as_it_is():
    assert [shield(text) for text in ("a=b", "'a", "3,40", "")] == ["a=b", "'a", "3,40", ""]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_writing_takes_two_queries(count, ending, django_assert_num_queries):
    producer = ProducerFactory()
    ProductFactory.create_batch(count, producer=producer)

    with django_assert_num_queries(2):
        write_file(producer, ending)
