"""A product's stock on its page: how it is counted, its periods, what happens when two people or orders meet."""

from datetime import date

import pytest
from django.urls import reverse

from cagette.core.models import OutboxEvent
from cagette.people.enums import RoleKind
from producers import announcing, locks
from producers.announcing import Period
from producers.facts import ProductRefused
from producers.models import Stock
from tests.factories import NOW, OfferFactory, ProducerFactory, ProductFactory, UserFactory, a_role, fresh

pytestmark = pytest.mark.django_db

NOVEMBER = Period(date(2026, 11, 16), date(2026, 11, 30), 40)
DECEMBER = Period(date(2026, 12, 1), date(2026, 12, 31), 60)


@pytest.fixture
def producer():
    return ProducerFactory()


@pytest.fixture(autouse=True)
def grower(client, producer):
    client.force_login(a_role(UserFactory(), producer.organisation, RoleKind.ADMINISTRATOR))


def url(name, product, *args):
    return reverse(f"producers:{name}", args=[product.producer.organisation.slug, product.pk, *args])


def text_of(answer):
    return answer.content.decode().replace("\u00a0", " ")


def shown(client, product, **changed):
    """The stock form of a product as a browser sends it back."""
    form = client.get(url("stock", product)).context["form"]
    data = {name: form[name].value() for name in form.fields}
    return {**{name: value for name, value in data.items() if value is not None}, **changed}


def add(product, period, **changed):
    arguments = {"product_id": product.pk, "period": period, "by": UserFactory(), "now": NOW, **changed}
    return announcing.add_period(**arguments)


def change(stock, period, seen):
    return announcing.change_period(stock_id=stock.pk, period=period, seen=seen, by=UserFactory(), now=NOW)


# --- How it is counted -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "columns"),
    [
        ({"stock_mode": "per_delivery", "each": "30"}, ("per_delivery", 30, None, None)),
        (
            {"stock_mode": "every_nth", "each": "12", "every": "2", "from_on": "2026-11-28"},
            ("every_nth", 12, 2, date(2026, 11, 28)),
        ),
        ({"stock_mode": "by_period", "each": "9"}, ("by_period", None, None, None)),
        ({"stock_mode": "total", "left": "24"}, ("total", None, None, None)),
        ({"stock_mode": "unlimited"}, ("unlimited", None, None, None)),
    ],
)
def test_each_way_of_counting_is_kept_with_its_own_figures(client, producer, asked, columns):
    product = ProductFactory(producer=producer, stock_mode="per_delivery", stock_each=5)

    assert client.post(url("stock", product), shown(client, product, **asked)).status_code == 302

    after = fresh(product)
    assert (after.stock_mode, after.stock_each, after.stock_every, after.stock_from_on) == columns
    assert list(Stock.objects.values_list("remaining", flat=True)) == ([24] if asked["stock_mode"] == "total" else [])
    assert "Rien n’a changé" in text_of(client.post(url("stock", product), shown(client, product), follow=True))


def test_two_people_who_count_otherwise_do_not_overwrite_each_other(client, producer):
    product = ProductFactory(producer=producer)
    mine = shown(client, product, stock_mode="per_delivery", each="30")
    theirs = shown(client, product, stock_mode="per_delivery", each="40")

    client.post(url("stock", product), mine)
    answer = client.post(url("stock", product), theirs)

    assert "changée entre-temps" in text_of(answer)
    assert fresh(product).stock_each == 30


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"stock_mode": ""}, "requis"),
        ({"stock_mode": "some"}, "choix valide"),
        ({"stock_mode": "total", "left": ""}, "Dites combien il en reste"),
        ({"each": ""}, "à une livraison"),
        ({"each": "-3"}, "n’est pas une quantité"),
        ({"each": "1,5"}, "pièces entières"),
        ({"mode_seen": "x"}, "Rechargez la page"),
        ({"from_seen": "x"}, "Rechargez la page"),
        ({"remaining_seen": "-9"}, "Rechargez la page"),
    ],
)
def test_a_stock_form_that_does_not_hold_gets_a_sentence(client, producer, changed, says):
    product = ProductFactory(producer=producer, stock_mode="per_delivery", stock_each=5)

    answer = client.post(url("stock", product), shown(client, product) | changed)

    assert answer.status_code == 200
    assert says in text_of(answer)
    assert (fresh(product).stock_mode, fresh(product).stock_each) == ("per_delivery", 5)


def test_the_quick_form_leaves_a_stock_by_delivery_alone_and_shows_its_next_deliveries(client, producer):
    product = ProductFactory(producer=producer, stock_mode="per_delivery", stock_each=30, piece_name="pot")
    Stock.objects.create(product=product, delivery_on=date(2126, 11, 30), announced=30, remaining=12)
    Stock.objects.create(product=product, delivery_on=date(2020, 1, 4), announced=30, remaining=5)
    address = reverse("producers:catalogue", args=[producer.organisation.slug])

    page = text_of(client.get(address))
    assert "30 pot par livraison" in page
    assert "Samedi 30 novembre : reste 12 pot sur 30" in page
    assert "janvier" not in page

    data = {"unit_price": "3,10", "price_seen": "280"}
    assert client.post(url("change_quickly", product), data).status_code == 302
    assert (fresh(product).unit_price.cents, fresh(product).stock_mode) == (310, "per_delivery")
    stale = client.post(url("change_quickly", product), data | {"price_seen": "310", "left": "12"})
    assert "se compte autrement" in text_of(stale)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"stock_mode": "per_delivery", "stock_each": 30}, "Aucune livraison ouverte"),
        ({"stock_mode": "every_nth", "stock_each": 12, "stock_every": 3}, "12, une livraison sur 3"),
        ({"stock_mode": "by_period"}, "n’est proposé nulle part"),
    ],
)
def test_the_catalogue_says_how_a_stock_is_counted(client, producer, fields, says):
    ProductFactory(producer=producer, **fields)

    assert says in text_of(client.get(reverse("producers:catalogue", args=[producer.organisation.slug])))


def test_a_new_product_by_period_leads_to_its_periods(client, producer):
    data = {
        "name": "Kiwis", "category": "fruit", "unit": "piece", "unit_price": "1", "vat_class": "food",
        "storage": "ambient", "stock_mode": "by_period", "reference": "1",
    }  # fmt: skip

    answer = client.post(reverse("producers:new_product", args=[producer.organisation.slug]), data, follow=True)

    assert "Aucune période en cours ni à venir" in text_of(answer)


# --- Periods ---------------------------------------------------------------------------------------------


@pytest.fixture
def kiwis(producer):
    return ProductFactory(producer=producer, stock_mode="by_period", name="Kiwis")


def test_a_period_is_added_once_and_counts_on_its_days_alone(kiwis):
    made = add(kiwis, NOVEMBER)

    assert add(kiwis, NOVEMBER) == made
    assert (made.announced, made.remaining) == (40, 40)
    from producers import harvesting

    for day, found in ((15, False), (16, True), (30, True)):
        stocks = harvesting.stocks_on([kiwis], day=date(2026, 11, day), delivery_days=())
        assert (kiwis.pk in stocks) is found
    assert kiwis.pk not in harvesting.stocks_on([kiwis], day=date(2026, 12, 1), delivery_days=())


@pytest.mark.parametrize(
    ("first", "last"),
    [((11, 30), (12, 5)), ((11, 1), (11, 16)), ((11, 20), (11, 21)), ((11, 1), (12, 31)), ((11, 16), (11, 30))],
)
def test_periods_that_overlap_are_refused_in_words(kiwis, first, last):
    add(kiwis, NOVEMBER)

    with pytest.raises(announcing.PeriodRefused, match="du lundi 16 novembre au lundi 30 novembre"):
        add(kiwis, Period(date(2026, *first), date(2026, *last), 5))

    assert Stock.objects.count() == 1


def test_periods_that_touch_do_not_overlap_and_other_products_have_theirs(kiwis):
    add(kiwis, NOVEMBER)
    add(kiwis, DECEMBER)
    add(ProductFactory(stock_mode="by_period"), NOVEMBER)

    assert Stock.objects.count() == 3


@pytest.mark.parametrize(
    ("period", "field"),
    [
        (Period(date(2026, 12, 2), date(2026, 12, 1), 5), "until_on"),
        (Period(date(2026, 12, 1), date(2026, 12, 2), -1), "amount"),
        (Period(date(2026, 12, 1), date(2026, 12, 2), 100_000_001), "amount"),
    ],
)
def test_a_period_that_does_not_hold_is_refused(kiwis, period, field):
    with pytest.raises(announcing.PeriodRefused) as refused:
        add(kiwis, period)

    assert refused.value.field == field
    assert not Stock.objects.exists()


def test_a_product_that_is_not_counted_by_period_has_none():
    with pytest.raises(announcing.PeriodRefused, match="ne se compte pas par période"):
        add(ProductFactory(), NOVEMBER)


def test_a_period_is_corrected_without_losing_an_order_and_twice_changes_once(kiwis):
    stock = add(kiwis, NOVEMBER)
    locks.take({stock.pk: 25})
    shorter = Period(NOVEMBER.from_on, date(2026, 11, 29), 30)

    assert change(stock, shorter, NOVEMBER) == announcing.Harvest(True, 5, 0)  # 30 there, 25 ordered
    assert change(stock, shorter, NOVEMBER).changed is False
    after = fresh(stock)
    assert (after.announced, after.remaining, after.period_until_on) == (30, 5, date(2026, 11, 29))
    assert not OutboxEvent.objects.filter(name="producers.harvest_corrected").exists()
    Stock.objects.filter(pk=stock.pk).update(announced=5, remaining=5)  # nobody ordered in truth


def test_a_period_below_what_is_ordered_is_short_and_the_groups_hear_of_it(kiwis):
    stock = add(kiwis, NOVEMBER)
    locks.take({stock.pk: 25})

    outcome = change(stock, Period(NOVEMBER.from_on, NOVEMBER.until_on, 20), NOVEMBER)

    assert outcome == announcing.Harvest(True, 0, 5)
    assert OutboxEvent.objects.get(name="producers.harvest_corrected").payload == {"stock_id": stock.pk}
    Stock.objects.filter(pk=stock.pk).update(announced=0, short=0)  # nobody ordered in truth


def test_a_period_cannot_be_moved_into_another_and_a_stale_form_is_refused(kiwis):
    stock, _december = add(kiwis, NOVEMBER), add(kiwis, DECEMBER)

    with pytest.raises(announcing.PeriodRefused, match="du mardi 1er décembre"):
        change(stock, Period(NOVEMBER.from_on, DECEMBER.from_on, 40), NOVEMBER)
    for seen in (Period(NOVEMBER.from_on, NOVEMBER.until_on, 50), None):
        with pytest.raises(announcing.HarvestChangedMeanwhile):
            change(stock, Period(NOVEMBER.from_on, NOVEMBER.until_on, 45), seen)

    assert fresh(stock).announced == 40


def test_a_period_that_no_sale_uses_is_taken_back_once(kiwis):
    stock = add(kiwis, NOVEMBER)

    def remove():
        return announcing.remove_period(stock_id=stock.pk, by=UserFactory(), now=NOW)

    assert [remove(), remove()] == [True, False]


def test_a_period_that_a_sale_uses_stays(kiwis):
    stock = add(kiwis, NOVEMBER)
    offer = OfferFactory(product=kiwis)
    type(offer).objects.update(stock=stock)

    with pytest.raises(ProductRefused, match="corrigez ses chiffres"):
        announcing.remove_period(stock_id=stock.pk, by=UserFactory(), now=NOW)

    assert Stock.objects.exists()


def test_a_total_is_never_taken_for_a_period(kiwis):
    total = Stock.objects.create(product=kiwis, announced=3, remaining=3)

    assert announcing.remove_period(stock_id=total.pk, by=UserFactory(), now=NOW) is False
    with pytest.raises(announcing.PeriodRefused):
        change(total, NOVEMBER, NOVEMBER)


def test_periods_are_added_corrected_and_taken_back_on_the_page(client, kiwis):
    data = {"from_on": "2126-12-01", "until_on": "2126-12-31", "amount": "60"}

    assert "Période ajoutée" in text_of(client.post(url("add_period", kiwis), data, follow=True))
    stock = Stock.objects.get()
    seen = {"from_seen": "2126-12-01", "until_seen": "2126-12-31", "amount_seen": "60"}
    corrected = client.post(url("change_period", kiwis, stock.pk), data | {"amount": "50"} | seen, follow=True)
    assert "Période corrigée" in text_of(corrected)
    assert "reste 50 sur 50" in text_of(corrected)
    twice = client.post(url("change_period", kiwis, stock.pk), data | {"amount": "50"} | seen, follow=True)
    assert "Rien n’a changé" in text_of(twice)
    assert "Période enlevée" in text_of(client.post(url("remove_period", kiwis, stock.pk), follow=True))
    assert not Stock.objects.exists()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"from_on": ""}, "requis"),
        ({"until_on": "demain"}, "date valide"),
        ({"until_on": "2126-11-01"}, "finit avant de commencer"),
        ({"amount": ""}, "requis"),
        ({"amount": "-2"}, "n’est pas une quantité"),
        ({"amount": "2,5"}, "pièces entières"),
        ({"from_on": "2126-12-24"}, "déjà dans la période"),
    ],
)
def test_a_period_form_that_does_not_hold_gets_a_sentence(client, kiwis, changed, says):
    there = add(kiwis, Period(date(2126, 12, 24), date(2126, 12, 31), 5))
    data = {"from_on": "2126-12-01", "until_on": "2126-12-23", "amount": "60"} | changed
    if changed.get("from_on"):
        data["until_on"] = "2126-12-26"

    added = client.post(url("add_period", kiwis), data)
    corrected = client.post(url("change_period", kiwis, there.pk), {**data, "amount_seen": "x"})

    assert (added.status_code, corrected.status_code) == (200, 200)
    assert says in text_of(added)
    assert Stock.objects.values_list("announced", flat=True).get() == 5


def test_another_products_period_is_not_there(client, producer, kiwis):
    other = add(ProductFactory(stock_mode="by_period", producer=producer), NOVEMBER)

    answers = [client.post(url(name, kiwis, other.pk)).status_code for name in ("change_period", "remove_period")]

    assert answers == [404, 404]
    assert Stock.objects.exists()
