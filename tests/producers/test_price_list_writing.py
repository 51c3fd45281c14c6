"""What goes out comes in again without a change, and no cell is a formula."""

import csv
import io

import openpyxl
import pytest

from cagette.core.money import Money
from producers.models import Stock
from producers.price_lists import applying
from producers.price_lists.writing import shield, write_file
from tests.factories import NOW, ProducerFactory, ProductFactory
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
    ProductFactory(producer=producer, reference="OUT", retired_at=NOW)
    return producer


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_goes_out_comes_in_without_a_change(ending):
    producer = a_catalogue()

    draft = a_draft(producer, write_file(producer, ending))

    plan = applying.preview(draft)
    assert plan.errors == []
    assert [row.differences for row in plan.changed] == []
    assert (len(plan.same), len(plan.new), plan.absent) == (5, 0, 0)
    assert applied(draft).same == 5


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_catalogue_moves_to_another_farm_whole(ending):
    source, target = a_catalogue(), ProducerFactory()

    applied(a_draft(target, write_file(source, ending)))

    assert write_file(target, "csv") == write_file(source, "csv")


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
