"""The four ways to sell and the five ways to count a stock, as a farm says them: what is kept, what is refused."""

from dataclasses import replace
from datetime import date

import pytest

from cagette.core.money import Money
from producers import cataloguing, harvesting, stocking
from producers.facts import Facts, ProductRefused, StockWish, check_facts, check_stock, facts_of, tidy
from producers.models import Stock
from tests.factories import NOW, ProducerFactory, ProductFactory, UserFactory, fresh

pytestmark = pytest.mark.django_db

# 9,90 €/kg, about 1,8 kg, between 1,5 and 2,2 kg
CHICKEN = Facts(
    name="Poulet fermier", category="eggs", unit="piece", priced_in="gram", content=1800, content_unit="gram",
    weight_least=1500, weight_most=2200, unit_price=Money(990), piece_name="poulet", pieces_name="poulets",
)  # fmt: skip
CLEMENTINES = Facts(
    name="Clémentines", category="fruit", unit="gram", unit_price=Money(250), step=500, minimum=1000,
    case_size=12_000, maximum=6000,
)  # fmt: skip
SATURDAY, NEXT, THIRD = date(2026, 11, 28), date(2026, 12, 5), date(2026, 12, 12)


def added(facts, stock=None, **changed):
    arguments = {
        "producer_id": ProducerFactory().pk, "reference": "1", "facts": facts, "stock": stock or StockWish(),
        "by": UserFactory(), "now": NOW, **changed,
    }  # fmt: skip
    return cataloguing.add_product(**arguments)


def changed(product, facts):
    seen = facts_of(fresh(product)).fingerprint
    return cataloguing.change_product(product_id=product.pk, facts=facts, seen=seen, by=UserFactory(), now=NOW)


# --- Pieces that are weighed later ------------------------------------------------------------------------


def test_a_chicken_of_1800_g_at_9_90_a_kilo_costs_about_17_82():
    chicken = fresh(added(CHICKEN))

    assert (chicken.priced_in, chicken.content, chicken.weight_least, chicken.weight_most) == ("gram", 1800, 1500, 2200)
    assert chicken.is_estimated
    assert chicken.amount_of(1) == Money(1782)  # 9,90 × 1,8
    assert chicken.amount_of(3) == Money(5346)  # one line total per piece, then the sum
    assert chicken.range_of(1) == (Money(1485), Money(2178))  # 9,90 × 1,5 and × 2,2
    assert chicken.comparison()[0] == Money(990)


def test_a_chicken_is_read_back_as_it_was_said():
    assert facts_of(fresh(added(CHICKEN))) == tidy(replace(CHICKEN, drawing=""))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"content": None}, "content"),
        ({"content_unit": "millilitre"}, "content"),
        ({"weight_least": None}, "weight_least"),
        ({"weight_most": None}, "weight_most"),
        ({"weight_least": 0}, "weight_least"),
        ({"weight_least": 1801}, "weight_least"),
        ({"weight_most": 1799}, "weight_most"),
        ({"weight_most": 1_000_001}, "weight_most"),
        ({"priced_in": "dozen"}, "priced_in"),
    ],
)
def test_likely_weights_that_do_not_hold_are_refused(wrong, field):
    with pytest.raises(ProductRefused) as refused:
        check_facts(tidy(replace(CHICKEN, **wrong)))

    assert refused.value.field == field


def test_the_estimate_may_lie_on_either_edge_and_the_range_may_be_unsaid():
    check_facts(tidy(replace(CHICKEN, weight_least=1800, weight_most=1800)))
    check_facts(tidy(replace(CHICKEN, weight_least=None, weight_most=None)))


def test_what_is_not_weighed_later_has_no_likely_weights():
    by_piece = tidy(replace(CHICKEN, priced_in=""))

    assert (by_piece.priced_in, by_piece.weight_least, by_piece.weight_most) == ("piece", None, None)
    assert by_piece.content == 1800  # it still gives the price per kilo


# --- Cases that households share --------------------------------------------------------------------------


def test_a_case_of_12_kg_is_shared_by_households_of_1_to_6_kg():
    clementines = fresh(added(CLEMENTINES))

    assert (clementines.case_size, clementines.minimum, clementines.maximum) == (12_000, 1000, 6000)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"case_size": 0}, "case_size"),
        ({"case_size": 1_000_001}, "case_size"),
        ({"case_size": 12_250}, "case_size"),
        ({"minimum": 1250}, "minimum"),
        ({"minimum": 12_500, "maximum": None}, "minimum"),
        ({"maximum": 500}, "maximum"),
        ({"maximum": 5750}, "maximum"),
    ],
)
def test_a_case_that_cannot_be_shared_is_refused(wrong, field):
    with pytest.raises(ProductRefused) as refused:
        check_facts(tidy(replace(CLEMENTINES, **wrong)))

    assert refused.value.field == field


def test_a_maximum_is_kept_with_a_case_alone():
    assert tidy(replace(CLEMENTINES, case_size=None)).maximum is None


# --- The way of selling never changes -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "other"),
    [
        (CHICKEN, {"priced_in": "piece"}),
        (CHICKEN, {"unit": "gram", "priced_in": "gram"}),
        (CLEMENTINES, {"case_size": None}),
        (replace(CLEMENTINES, case_size=None), {"case_size": 12_000}),
    ],
)
def test_the_way_of_selling_never_changes(facts, other):
    product = added(facts)

    with pytest.raises(ProductRefused, match="façon de vendre"):
        changed(product, replace(facts_of(product), **other))

    assert facts_of(fresh(product)) == facts_of(product)


def test_a_case_and_likely_weights_may_change_their_figures():
    assert changed(added(CLEMENTINES), replace(CLEMENTINES, case_size=10_000)) is True
    assert changed(added(CHICKEN), replace(CHICKEN, content=1700)) is True


# --- Season, perishable --------------------------------------------------------------------------------------


def test_months_are_kept_in_order_once_and_all_of_them_are_no_season():
    assert tidy(replace(CLEMENTINES, season=(12, 11, 1, 11))).season == (1, 11, 12)
    assert tidy(replace(CLEMENTINES, season=tuple(range(1, 13)))).season == ()


def test_a_thirteenth_month_is_refused():
    with pytest.raises(ProductRefused) as refused:
        check_facts(tidy(replace(CLEMENTINES, season=(13,))))

    assert refused.value.field == "season"


def test_out_of_season_a_product_is_not_delivered():
    clementines = added(replace(CLEMENTINES, season=(11, 12, 1)))
    keeps = added(replace(CLEMENTINES, is_perishable=False))

    assert clementines.pk in harvesting.stocks_on([clementines], day=SATURDAY, delivery_days=())
    assert clementines.pk not in harvesting.stocks_on([clementines], day=date(2027, 2, 6), delivery_days=())
    assert fresh(keeps).is_perishable is False


# --- How the stock is counted --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (StockWish("some"), "stock_mode"),
        (StockWish("total"), "left"),
        (StockWish("per_delivery"), "each"),
        (StockWish("per_delivery", each=-1), "each"),
        (StockWish("per_delivery", each=100_000_001), "each"),
        (StockWish("every_nth", each=10, from_on=SATURDAY), "every"),
        (StockWish("every_nth", each=10, every=1, from_on=SATURDAY), "every"),
        (StockWish("every_nth", each=10, every=53, from_on=SATURDAY), "every"),
        (StockWish("every_nth", each=10, every=2), "from_on"),
        (StockWish("every_nth", every=2, from_on=SATURDAY), "each"),
    ],
)
def test_a_stock_without_its_figures_is_refused(wish, field):
    with pytest.raises(ProductRefused) as refused:
        check_stock(wish)

    assert refused.value.field == field


def test_30_per_delivery_gives_each_day_its_own_30():
    eggs = added(replace(CHICKEN, priced_in=""), StockWish("per_delivery", each=30))

    for day in (SATURDAY, NEXT, SATURDAY):
        assert harvesting.stocks_on([eggs], day=day, delivery_days=())[eggs.pk].remaining == 30

    assert Stock.objects.order_by("delivery_on").values_list("delivery_on", "announced")[::1] == [
        (SATURDAY, 30), (NEXT, 30)
    ]  # fmt: skip


def test_every_second_delivery_has_12_and_the_one_between_has_none():
    cheese = added(replace(CHICKEN, priced_in=""), StockWish("every_nth", each=12, every=2, from_on=SATURDAY))

    def found(day, *before):
        return harvesting.stocks_on([cheese], day=day, delivery_days=before).get(cheese.pk)

    assert found(SATURDAY, date(2026, 11, 21)).remaining == 12  # what was before does not count
    assert found(NEXT, SATURDAY) is None
    assert found(THIRD, SATURDAY, NEXT).remaining == 12
    assert found(date(2026, 11, 21)) is None


def test_how_it_is_counted_changes_once_and_keeps_only_its_own_figures():
    product = ProductFactory()
    nth = StockWish("every_nth", each=12, every=2, from_on=SATURDAY)

    def say(wish, wish_seen=None):
        arguments = {"product_id": product.pk, "seen": None, "by": UserFactory(), "now": NOW, "wish_seen": wish_seen}
        return stocking.set_stock(wish=wish, **arguments).changed

    assert [say(nth), say(nth)] == [True, False]
    after = fresh(product)
    assert (after.stock_mode, after.stock_each, after.stock_every, after.stock_from_on) == (
        "every_nth", 12, 2, SATURDAY
    )  # fmt: skip
    assert say(StockWish("per_delivery", each=8), nth) is True
    after = fresh(product)
    assert (after.stock_mode, after.stock_each, after.stock_every, after.stock_from_on) == (
        "per_delivery",
        8,
        None,
        None,
    )
    with pytest.raises(stocking.StockChangedMeanwhile):
        say(StockWish("per_delivery", each=9), nth)
    assert fresh(product).stock_each == 8
