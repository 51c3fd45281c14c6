"""Two people at once over one catalogue: real commits, real locks; each test fails without its lock."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cagette.core.money import Money
from producers import announcing, cataloguing, locks, stocking
from producers.announcing import Figure, Period
from producers.facts import Facts, StockWish
from producers.models import PriceListDraft, Product, Stock
from producers.price_lists import applying
from producers.stocking import StockSeen
from tests.conftest import in_own_connection
from tests.factories import NOW, ProducerFactory, ProductFactory, UserFactory, fresh
from tests.producers.files import a_csv, a_draft, applied

LEEKS = Facts(name="Poireaux", category="vegetables", unit="piece", unit_price=Money(280))


def overtaken(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """Do the first in a transaction that stays open until the second waits for it (or is done): both results."""
    done_first, second_over = Event(), Event()

    def hold() -> Any:
        with transaction.atomic():
            result = first()
            done_first.set()
            for _turn in range(100):
                if second_over.is_set() or _someone_waits():
                    break
                time.sleep(0.02)
            return result

    def follow() -> Any:
        done_first.wait(10)
        try:
            return second()
        except Exception as error:
            return error
        finally:
            second_over.set()

    with ThreadPoolExecutor(2) as pool:
        threads = [pool.submit(in_own_connection, hold), pool.submit(in_own_connection, follow)]
        return threads[0].result(20), threads[1].result(20)


def _someone_waits() -> bool:
    waiting = "wait_event_type = 'Lock' AND datname = current_database()"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {waiting}")
        return bool(cursor.fetchone()[0])


def set_left(product, left, seen):
    return stocking.set_stock(product_id=product.pk, wish=StockWish("total", left), seen=seen, by=None, now=NOW)


@pytest.mark.usefixtures("committed_db")
def test_two_people_who_set_the_same_stock_at_once_do_not_add_up():
    product = ProductFactory(stock_mode="total")
    Stock.objects.create(product=product, announced=10, remaining=10)
    seen = StockSeen(announced=10, remaining=10)

    first, second = overtaken(lambda: set_left(product, 20, seen), lambda: set_left(product, 15, seen))

    assert first.left == 20
    assert isinstance(second, stocking.StockChangedMeanwhile)
    assert Stock.objects.values_list("announced", "remaining").get() == (20, 20)


@pytest.mark.usefixtures("committed_db")
@pytest.mark.leaves_wrong
def test_an_order_that_is_being_placed_is_waited_for_and_counted():
    product = ProductFactory(stock_mode="total")
    stock = Stock.objects.create(product=product, announced=10, remaining=10)

    taken, outcome = overtaken(
        lambda: locks.take({stock.pk: 4}),
        lambda: set_left(product, 0, StockSeen(announced=10, remaining=10)),
    )

    assert taken == {stock.pk}
    assert (outcome.left, outcome.meanwhile, outcome.short) == (0, 4, 4)
    assert Stock.objects.values_list("announced", "remaining").get() == (4, 0)


@pytest.mark.usefixtures("committed_db")
def test_two_first_totals_at_once_make_one_row_and_no_crash():
    product = ProductFactory()

    first, second = overtaken(lambda: set_left(product, 20, None), lambda: set_left(product, 15, None))

    assert first.left == 20
    assert isinstance(second, stocking.StockChangedMeanwhile)
    assert Stock.objects.values_list("announced", "remaining").get() == (20, 20)


@pytest.mark.usefixtures("committed_db")
def test_the_same_new_product_at_once_is_one():
    producer, by = ProducerFactory(), UserFactory()

    def add():
        return cataloguing.add_product(
            producer_id=producer.pk, reference="107", facts=LEEKS, stock=StockWish(), by=by, now=NOW
        )

    first, second = overtaken(add, add)

    assert first == second
    assert Product.objects.count() == 1


@pytest.mark.usefixtures("committed_db")
def test_a_price_list_confirmed_twice_at_once_is_applied_once():
    producer = ProducerFactory()
    by = UserFactory()
    draft = a_draft(producer, a_csv("101;Blettes;Légumes;à la pièce;botte;bottes;600 g;2,80;1;1;30"))

    digest = applying.preview(draft).digest
    first, second = overtaken(lambda: applied(draft, by=by, digest=digest), lambda: applied(draft, by=by, digest="x"))

    assert first == second
    assert first.added == 1
    assert Product.objects.count() == 1
    assert Stock.objects.values_list("announced", "remaining").get() == (30, 30)
    assert fresh(draft).applied_at == NOW
    assert PriceListDraft.objects.count() == 1


SATURDAY = date(2026, 11, 28)


def announce(producer, figures):
    return announcing.announce_harvests(producer_id=producer.pk, day=SATURDAY, figures=figures, by=None, now=NOW)


@pytest.mark.usefixtures("committed_db")
def test_two_harvests_announced_at_once_do_not_add_up():
    eggs = ProductFactory(stock_mode="per_delivery", stock_each=10)
    Stock.objects.create(product=eggs, delivery_on=SATURDAY, announced=10, remaining=10)

    first, second = overtaken(
        lambda: announce(eggs.producer, {eggs.pk: Figure(20, 10)}),
        lambda: announce(eggs.producer, {eggs.pk: Figure(15, 10)}),
    )

    assert first[eggs.pk].left == 20
    assert isinstance(second, announcing.HarvestsRefused)
    assert "20" in second.by_product[eggs.pk]
    assert Stock.objects.values_list("announced", "remaining").get() == (20, 20)


@pytest.mark.usefixtures("committed_db")
def test_the_first_two_figures_of_a_day_at_once_make_one_row():
    eggs = ProductFactory(stock_mode="per_delivery", stock_each=10)

    first, second = overtaken(
        lambda: announce(eggs.producer, {eggs.pk: Figure(20, 10)}),
        lambda: announce(eggs.producer, {eggs.pk: Figure(15, 10)}),
    )

    assert first[eggs.pk].left == 20
    assert isinstance(second, announcing.HarvestsRefused)
    assert Stock.objects.values_list("announced", "remaining").get() == (20, 20)


@pytest.mark.usefixtures("committed_db")
@pytest.mark.leaves_wrong
def test_an_order_that_is_being_placed_is_counted_before_a_harvest_is_called_short():
    eggs = ProductFactory(stock_mode="per_delivery", stock_each=10)
    stock = Stock.objects.create(product=eggs, delivery_on=SATURDAY, announced=10, remaining=10)

    taken, outcome = overtaken(
        lambda: locks.take({stock.pk: 4}), lambda: announce(eggs.producer, {eggs.pk: Figure(3, 10)})
    )

    assert taken == {stock.pk}
    assert (outcome[eggs.pk].left, outcome[eggs.pk].short) == (0, 1)
    assert Stock.objects.values_list("announced", "remaining", "short").get() == (3, 0, 1)


@pytest.mark.usefixtures("committed_db")
def test_two_periods_that_overlap_at_once_are_one():
    kiwis = ProductFactory(stock_mode="by_period")

    def add(first_day, last_day):
        period = Period(date(2026, 12, first_day), date(2026, 12, last_day), 5)
        return announcing.add_period(product_id=kiwis.pk, period=period, by=None, now=NOW)

    first, second = overtaken(lambda: add(1, 15), lambda: add(15, 31))

    assert first.announced == 5
    assert isinstance(second, announcing.PeriodRefused)
    assert Stock.objects.count() == 1


def test_harvests_lock_products_then_stocks_each_by_key(db):
    eggs = [ProductFactory(stock_mode="per_delivery", stock_each=10)]
    eggs.append(ProductFactory(stock_mode="per_delivery", stock_each=10, producer=eggs[0].producer))
    for product in reversed(eggs):
        Stock.objects.create(product=product, delivery_on=SATURDAY, announced=10, remaining=10)

    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        announce(eggs[0].producer, {product.pk: Figure(12, 10) for product in reversed(eggs)})

    locked = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    assert ["producers_product" in sql.split("FROM")[1].split("WHERE")[0] for sql in locked] == [True, False]
    assert all('ORDER BY "producers_' in sql and '"id" ASC FOR NO KEY UPDATE' in sql for sql in locked)
    assert list(Stock.objects.values_list("announced", flat=True)) == [12, 12]


def test_the_locks_let_orders_point_at_a_product_meanwhile(db, django_assert_num_queries):
    product = ProductFactory()

    with django_assert_num_queries(3) as queries:
        locks.lock_producer(product.producer_id)
        locks.lock_product(product.pk)
        locks.lock_total(product.pk)

    assert all("FOR NO KEY UPDATE" in query["sql"] for query in queries)
