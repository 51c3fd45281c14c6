"""What goes out to ourselves, to Cagette and to Open Food Network comes in again without a change, whatever is sold."""

import csv
import io
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cagette.core.money import Money
from cagette.core.quantities import Unit
from cagette.places.enums import VatClass
from producers.enums import ALLERGENS, LABELS, Category, StockMode, Storage
from producers.facts import ProductRefused, check_facts, facts_of
from producers.models import Product, Stock
from producers.price_lists.comparing import Known, compare
from producers.price_lists.formats import FORMATS
from producers.price_lists.reading import clean, read_file
from producers.price_lists.translating import translate
from producers.price_lists.writing import foreign_file, own_file
from producers.stocking import StockSeen

FARM = "Ortu di Sole"
FULL = {"intermediate": 1000, "standard": 2000, "confectionery": 2000, "alcohol": 2000}
RATES = st.sampled_from([{**FULL, "food": 550}, {**FULL, "food": 210}, dict.fromkeys(VatClass.values, 0), {}])


def words(most, least=0):
    """Text as the pages keep it: what a file would clean is not in it."""
    letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"])
    spiced = ["=1+1", "'=x", "@SUM(A1)", "-x", "+33", '"a";b,c', "a\nb", "œuf’s", "pièce", "6 x 1 L", "kg"]
    text = st.one_of(st.text(letters, max_size=most), st.sampled_from(spiced))
    kept = text.map(lambda found: found[:most].strip())
    return kept.filter(lambda found: len(found) >= least and clean(f".{found}.") == f".{found}.")


@st.composite
def products(draw, number):
    """A product of any of the four ways, with any stock, that its farm could have made."""
    way = draw(st.sampled_from(["piece", "weight", "volume", "weighed", "case"]))
    unit = {"weight": Unit.GRAM, "volume": Unit.MILLILITRE}.get(way, Unit.PIECE)
    step = draw(st.sampled_from([1, 2, 6] if unit == Unit.PIECE else [50, 100, 250, 500, 1000]))
    content_unit = draw(st.sampled_from([Unit.GRAM, Unit.MILLILITRE] if way == "weighed" else list(Unit)))
    content = draw(st.integers(1, 60_000)) if way == "weighed" or draw(st.booleans()) else None
    mode = draw(st.sampled_from(StockMode.values))
    product = Product(
        reference=f"R{number}",
        name=draw(words(60, least=1)),
        description=draw(words(80)),
        category=draw(st.sampled_from(Category.values)),
        unit=unit,
        priced_in=content_unit if way == "weighed" else unit,
        piece_name=draw(words(30)) if unit == Unit.PIECE else "",
        pieces_name=draw(words(30)) if unit == Unit.PIECE else "",
        content=content,
        content_unit=content_unit if content else "",
        unit_price=Money(draw(st.integers(1, 150_000))),  # × 60 kg: what no amount passes
        vat_class=draw(st.sampled_from(VatClass.values)),
        step=step,
        minimum=step * draw(st.integers(1, 3)),
        case_size=step * draw(st.integers(3, 20)) if way == "case" else None,
        weight_least=content // 2 or 1 if way == "weighed" and content else None,
        weight_most=content * 2 if way == "weighed" and content else None,
        season=sorted(draw(st.sets(st.integers(1, 12), max_size=11))),
        is_perishable=draw(st.booleans()),
        labels=draw(st.lists(st.sampled_from(list(LABELS)), unique=True)),
        allergens=draw(st.lists(st.sampled_from(list(ALLERGENS)), unique=True)),
        ingredients=draw(words(40)),
        origin=draw(words(40)),
        storage=draw(st.sampled_from(Storage.values)),
        stock_mode=mode,
        stock_each=draw(st.integers(0, 90_000)) if mode in (StockMode.PER_DELIVERY, StockMode.EVERY_NTH) else None,
        stock_every=draw(st.integers(2, 52)) if mode == StockMode.EVERY_NTH else None,
        stock_from_on=draw(st.dates(date(2026, 1, 1), date(2028, 12, 31))) if mode == StockMode.EVERY_NTH else None,
    )
    left = draw(st.integers(0, 500_000))
    stock = Stock(announced=left, remaining=left) if mode == StockMode.TOTAL else None
    return Known(product, facts_of(product), stock)


@st.composite
def catalogues(draw):
    found = [draw(products(number)) for number in range(draw(st.integers(1, 4)))]
    for known in found:
        try:
            check_facts(known.facts)
        except ProductRefused as refusal:  # the strategy is wrong, not the code
            raise AssertionError(str(refusal)) from None
    return {known.product.reference: known for known in found}


def seen_of(catalogue):
    return {
        reference: StockSeen(known.stock.announced, known.stock.remaining)
        for reference, known in catalogue.items()
        if known.stock
    }


def assert_nothing_changes(plan, catalogue):
    assert plan.errors == []
    assert [row.differences for row in plan.changed] == []
    assert (len(plan.same), len(plan.new), plan.absent, plan.skipped) == (len(catalogue), 0, 0, 0)


many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(catalogue=catalogues(), ending=st.sampled_from(["csv", "csv", "csv", "xlsx"]))
def test_our_own_file_comes_in_without_a_change(catalogue, ending):
    sheet = read_file(own_file(catalogue.values(), ending))

    plan = compare(sheet.rows, catalogue=catalogue, stocks_seen=seen_of(catalogue), headings=sheet.headings)

    assert sheet.form == ""
    assert_nothing_changes(plan, catalogue)


@pytest.mark.parametrize("key", ["cagette", "ofn"])
@many
@given(catalogue=catalogues(), rates=RATES)
def test_a_file_for_other_software_comes_in_without_a_change(key, catalogue, rates):
    form, seen = FORMATS[key], seen_of(catalogue)
    sheet = read_file(foreign_file(catalogue.values(), form, rates=rates, farm=FARM))

    rows, others = translate(sheet.rows, form=form, catalogue=catalogue, stocks_seen=seen, farm=FARM)
    plan = compare(rows, catalogue=catalogue, stocks_seen=seen, headings=form.columns)

    assert (sheet.form, others) == (key, [])
    assert_nothing_changes(plan, catalogue)


@pytest.mark.parametrize("key", ["cagette", "ofn"])
@many
@given(catalogue=catalogues(), taken=st.integers(1, 5_000), rates=RATES)
def test_orders_that_come_between_the_file_and_its_return_are_no_change(key, catalogue, taken, rates):
    form, seen = FORMATS[key], seen_of(catalogue)
    sheet = read_file(foreign_file(catalogue.values(), form, rates=rates, farm=FARM))
    for known in catalogue.values():
        if known.stock:
            known.stock.remaining = max(0, known.stock.remaining - taken)

    rows, _others = translate(sheet.rows, form=form, catalogue=catalogue, stocks_seen=seen, farm=FARM)
    plan = compare(rows, catalogue=catalogue, stocks_seen=seen, headings=form.columns)

    assert_nothing_changes(plan, catalogue)


@many
@given(catalogue=catalogues(), key=st.sampled_from(["cagette", "ofn"]), rates=RATES)
def test_no_text_that_goes_out_is_a_formula(catalogue, key, rates):
    text = foreign_file(catalogue.values(), FORMATS[key], rates=rates, farm="=HYPERLINK(1)").decode()

    cells = [cell for line in csv.reader(io.StringIO(text, newline="")) for cell in line]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
