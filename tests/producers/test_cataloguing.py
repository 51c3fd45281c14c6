"""Products are added, changed, retired and brought back; orders keep what they were placed at."""

from dataclasses import replace

import pytest

from cagette.core.models import AuditEntry
from cagette.core.money import Money
from orders.baskets import placing
from orders.baskets.models import OrderLine
from orders.cycles.models import Offer
from producers import cataloguing
from producers.facts import Facts, ProductRefused, StockWish, facts_of
from producers.models import Product, Stock
from tests.factories import (
    NOW,
    OfferFactory,
    PickupFactory,
    ProducerFactory,
    ProductFactory,
    UserFactory,
    a_member,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db

LEEKS = Facts(name="Poireaux", category="vegetables", unit="gram", unit_price=Money(360), step=500, minimum=500)
JAM = Facts(
    name="Confiture de figues", category="grocery", unit="piece", unit_price=Money(595), piece_name="pot",
    pieces_name="pots", content=350, content_unit="gram",
)  # fmt: skip


def add(producer, **changed):
    arguments = {"reference": "107", "facts": LEEKS, "stock": StockWish(), "by": UserFactory(), "now": NOW, **changed}
    return cataloguing.add_product(producer_id=producer.pk, **arguments)


def change(product, facts, **changed):
    seen = facts_of(fresh(product)).fingerprint
    arguments = {"facts": facts, "seen": seen, "by": UserFactory(), "now": NOW, **changed}
    return cataloguing.change_product(product_id=product.pk, **arguments)


def test_add_product_writes_it_with_its_stock_and_a_note():
    producer = ProducerFactory()

    product = add(producer, facts=JAM, stock=StockWish("total", 24))

    assert fresh(product).piece_name == "pot"
    assert fresh(product).priced_in == "piece"
    assert fresh(product).comparison() == (Money(1700), "gram")
    stock = Stock.objects.get()
    assert (stock.product_id, stock.delivery_on, stock.announced, stock.remaining) == (product.pk, None, 24, 24)
    note = AuditEntry.objects.get()
    assert (note.verb, note.scope_id) == ("producers.product_added", producer.organisation_id)


def test_add_product_sent_twice_makes_one():
    producer = ProducerFactory()

    first, second = add(producer), add(producer)

    assert first == second
    assert Product.objects.count() == 1
    assert AuditEntry.objects.count() == 1


def test_add_product_refuses_the_reference_of_another_even_a_retired_one():
    producer = ProducerFactory()
    ProductFactory(producer=producer, reference="107", name="Navets", retired_at=NOW)

    with pytest.raises(cataloguing.ReferenceTaken, match="Navets"):
        add(producer)

    assert Product.objects.count() == 1


def test_two_farms_may_have_the_same_reference():
    add(ProducerFactory())
    add(ProducerFactory())

    assert Product.objects.filter(reference="107").count() == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"category": "cars"}, "category"),
        ({"unit": "dozen"}, "unit"),
        ({"unit_price": Money(0)}, "unit_price"),
        ({"unit_price": Money(-1)}, "unit_price"),
        ({"unit_price": Money(10**9)}, "unit_price"),
        ({"step": 0}, "step"),
        ({"minimum": -1}, "minimum"),
        ({"vat_class": "5.5"}, "vat_class"),
        ({"storage": "cellar"}, "storage"),
        ({"drawing": "../../etc"}, "drawing"),
    ],
)
def test_a_product_that_does_not_hold_is_refused(changed, field):
    with pytest.raises(ProductRefused) as refusal:
        add(ProducerFactory(), facts=replace(LEEKS, **changed))

    assert refusal.value.field == field
    assert not Product.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("wish", [StockWish("total", None), StockWish("total", -1), StockWish("some", 3)])
def test_a_stock_that_does_not_hold_is_refused(wish):
    with pytest.raises(ProductRefused):
        add(ProducerFactory(), stock=wish)

    assert not Product.objects.exists()


def test_marks_that_do_not_exist_are_dropped_and_the_others_sorted():
    product = add(ProducerFactory(), facts=replace(LEEKS, labels=("aop", "ab", "nasa"), allergens=("milk", "gluten")))

    assert fresh(product).labels == ["ab", "aop"]
    assert fresh(product).allergens == ["gluten", "milk"]


def test_a_price_change_never_touches_orders_nor_open_offers():
    offer = OfferFactory(product__unit_price=Money(280))
    pickup = PickupFactory(cycle=offer.participation.cycle)
    member = a_member(pickup.cycle.organisation)
    placing.place_order(**an_order(pickup, member, (offer, 3)))

    changed = change(offer.product, replace(facts_of(offer.product), unit_price=Money(340)))

    assert changed is True
    assert fresh(offer.product).unit_price == Money(340)
    line = OrderLine.objects.get()
    assert (line.unit_price, line.listed_amount) == (Money(280), Money(840))
    assert Offer.objects.get().unit_price == Money(280)


def test_change_product_notes_old_and_new_and_twice_changes_nothing():
    product = ProductFactory(unit_price=Money(280))
    facts = replace(facts_of(product), unit_price=Money(300), name="Blettes")
    seen = facts_of(product).fingerprint

    assert change(product, facts, seen=seen) is True
    assert change(product, facts, seen=seen) is False

    note = AuditEntry.objects.get()
    assert note.detail == {"name": [product.name, "Blettes"], "unit_price": [280, 300]}


def test_change_product_refuses_when_somebody_else_changed_it_meanwhile():
    product = ProductFactory(unit_price=Money(280))
    seen = facts_of(product).fingerprint
    change(product, replace(facts_of(product), unit_price=Money(300)))

    with pytest.raises(cataloguing.ProductChangedMeanwhile):
        change(product, replace(facts_of(product), name="Autre"), seen=seen)

    assert (fresh(product).name, fresh(product).unit_price) == (product.name, Money(300))


def test_the_way_a_product_is_sold_does_not_change():
    product = ProductFactory()

    with pytest.raises(ProductRefused, match="créez-en un autre") as refusal:
        change(product, replace(facts_of(product), unit="gram"))

    assert refusal.value.field == "unit"
    assert fresh(product).unit == "piece"


def test_retire_and_bring_back_once_each():
    product = ProductFactory()
    by = UserFactory()

    assert cataloguing.retire(product_id=product.pk, by=by, now=NOW) is True
    assert cataloguing.retire(product_id=product.pk, by=by, now=NOW) is False
    assert fresh(product).retired_at == NOW
    assert not Product.objects.on_sale().exists()
    assert cataloguing.bring_back(product_id=product.pk, by=by, now=NOW) is True
    assert cataloguing.bring_back(product_id=product.pk, by=by, now=NOW) is False

    assert Product.objects.on_sale().get() == product
    assert [note.verb for note in AuditEntry.objects.order_by("pk")] == [
        "producers.product_retired",
        "producers.product_brought_back",
    ]


def test_a_retired_product_is_not_changed():
    product = ProductFactory(retired_at=NOW)

    with pytest.raises(ProductRefused, match="retiré"):
        change(product, replace(facts_of(product), name="Autre"))


def test_set_active_says_whether_it_moved():
    product = ProductFactory()
    by = UserFactory()

    assert cataloguing.set_active(product_id=product.pk, active=True, by=by, now=NOW) is False
    assert cataloguing.set_active(product_id=product.pk, active=False, by=by, now=NOW) is True

    assert fresh(product).is_active is False
    assert not Product.objects.on_sale().exists()


def test_next_reference_follows_the_highest_number():
    producer = ProducerFactory()
    assert cataloguing.next_reference(producer) == "101"
    for reference in ("107", "112", "A3", "99999999"):
        ProductFactory(producer=producer, reference=reference)

    assert cataloguing.next_reference(producer) == "113"
