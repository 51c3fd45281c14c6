"""A farm announces what its next deliveries have: the figures of a day together, what is short, who was there first."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse

from cagette.core import clock, outbox
from cagette.people.enums import RoleKind
from orders.baskets import placing
from orders.baskets.models import Shortage
from orders.cycles import opening
from orders.cycles.enums import SaleState
from orders.cycles.models import Offer
from producers.enums import StockMode
from producers.models import Stock
from tests.factories import (
    NOW,
    PARIS,
    CycleFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProducerFactory,
    ProductFactory,
    UserFactory,
    a_listing,
    a_member,
    a_role,
    an_order,
)

pytestmark = pytest.mark.django_db

SATURDAY, NEXT = date(2026, 11, 28), date(2026, 12, 5)


@pytest.fixture
def producer():
    return ProducerFactory()


@pytest.fixture
def grower(client, producer, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    user = a_role(UserFactory(), producer.organisation, RoleKind.ADMINISTRATOR)
    client.force_login(user)
    return user


def a_sale(producer, group="A Sporta", on=SATURDAY):
    """A planned sale of the farm on a day, in a group of its own."""
    cycle = CycleFactory(organisation__name=group, delivery_on=on)
    part = ParticipationFactory(cycle=cycle, producer=producer, state=SaleState.PLANNED)
    a_listing(cycle.organisation, producer)
    return part


def per_day(producer, each=30, **fields):
    return ProductFactory(producer=producer, stock_mode=StockMode.PER_DELIVERY, stock_each=each, **fields)


def by_weight(producer, each, **fields):
    return per_day(producer, each, unit="gram", priced_in="gram", step=500, minimum=500, **fields)


def order(part, product, count):
    offer = Offer.objects.get(participation=part, product=product)
    pickup = part.cycle.pickups.first() or PickupFactory(cycle=part.cycle)
    placing.place_order(**an_order(pickup, a_member(part.cycle.organisation), (offer, count)))


def url(producer):
    return reverse("distribution:harvest", args=[producer.organisation.slug])


def shown(client, producer, day=SATURDAY):
    """The form of a day as the page shows it."""
    page = client.get(url(producer)).context["page"]
    rows = next(item for item in page.days if item.on == day).rows
    data = {"day": day.isoformat()}
    for row in rows:
        data |= {f"amount-{row.product.pk}": row.shown, f"seen-{row.product.pk}": row.announced}
    return data


def text_of(answer):
    return answer.content.decode().replace("\u00a0", " ")


def announced():
    return dict(Stock.objects.values_list("product__name", "announced"))


def test_a_day_says_what_is_announced_ordered_and_left_and_by_which_group(client, producer, grower):
    eggs = per_day(producer, 30, name="Œufs", piece_name="œuf", pieces_name="œufs")
    ProductFactory(producer=producer, name="Miel")
    sales = [a_sale(producer, "A Sporta"), a_sale(producer, "U Fornu")]
    opening.open_due(now=NOW)
    order(sales[0], eggs, 12)
    order(sales[1], eggs, 6)

    page = text_of(client.get(url(producer)))

    assert "Samedi 28 novembre" in page
    assert "Commandé : <b>18 œufs</b> · reste 12 œufs" in page
    assert "A Sporta (12 œufs) et U Fornu (6 œufs)" in page
    assert 'value="30"' in page
    assert "1 produit sans limite" in page


def test_all_figures_of_a_day_are_announced_at_once(client, producer, grower):
    eggs, leeks = per_day(producer, 30, name="Œufs"), by_weight(producer, 20_000, name="Poireaux")
    a_sale(producer)
    opening.open_due(now=NOW)
    data = shown(client, producer) | {f"amount-{eggs.pk}": "24", f"amount-{leeks.pk}": "12,5 kg"}

    answer = client.post(url(producer), data, follow=True)

    assert announced() == {"Œufs": 24, "Poireaux": 12_500}
    assert "La récolte est annoncée pour samedi 28 novembre." in text_of(answer)
    assert "Il manque" not in text_of(answer)
    assert "Rien n’a changé" in text_of(client.post(url(producer), shown(client, producer), follow=True))


def test_the_same_form_twice_changes_once(client, producer, grower):
    eggs = per_day(producer)
    a_sale(producer)
    opening.open_due(now=NOW)
    data = shown(client, producer) | {f"amount-{eggs.pk}": "24"}

    for _time in range(2):
        assert client.post(url(producer), data).status_code == 302

    assert Stock.objects.get().announced == 24


def test_before_the_sale_opens_the_usual_figure_is_shown_and_another_one_stands_when_it_opens(client, producer, grower):
    eggs = per_day(producer, 30)
    part = a_sale(producer)
    assert "c’est le chiffre d’habitude" in text_of(client.get(url(producer)))
    assert not Stock.objects.exists()

    client.post(url(producer), shown(client, producer) | {f"amount-{eggs.pk}": "18"})
    opening.open_due(now=NOW)

    assert Offer.objects.get(participation=part).stock.remaining == 18


def test_less_than_is_ordered_is_said_before_and_after_and_reaches_the_groups(client, producer, grower):
    leeks = by_weight(producer, 20_000, name="Poireaux")
    part = a_sale(producer, "A Sporta")
    opening.open_due(now=NOW)
    order(part, leeks, 15_000)
    assert "Moins que ce qui est commandé" in text_of(client.get(url(producer)))

    answer = text_of(client.post(url(producer), shown(client, producer) | {f"amount-{leeks.pk}": "12 kg"}, follow=True))
    outbox.deliver_due(now=NOW)

    # 15 kg ordered, 12 kg there
    assert "Il manque 3 kg (Poireaux) : le groupe décide, les foyers sont prévenus." in answer
    assert "il manque 3 kg</span>" in answer
    assert "A Sporta décide à qui il en manque" in answer
    stock = Stock.objects.get()
    assert (stock.announced, stock.remaining, stock.short) == (12_000, 0, 3000)
    assert Shortage.objects.get().missing == 3000

    client.post(url(producer), shown(client, producer) | {f"amount-{leeks.pk}": "15 kg"})
    outbox.deliver_due(now=NOW)
    assert Stock.objects.get().short == 0
    assert not Shortage.objects.exists()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "zéro ou plus"),
        ("-1 kg", "n’est pas une quantité"),
        ("12", "Dites l’unité"),
        ("12 L", "au poids"),
        ("1e9", "n’est pas une quantité"),
        ("999999999 kg", "plus que"),
        ("1\x00", "n’est pas une quantité"),
    ],
)
def test_a_figure_that_does_not_read_stands_beside_its_product_and_nothing_is_announced(
    client, producer, grower, typed, says
):
    eggs, leeks = per_day(producer, 30, name="Œufs"), by_weight(producer, 20_000, name="Poireaux")
    a_sale(producer)
    opening.open_due(now=NOW)
    data = shown(client, producer) | {f"amount-{eggs.pk}": "24", f"amount-{leeks.pk}": typed}

    answer = client.post(url(producer), data)

    assert answer.status_code == 409
    assert says in text_of(answer)
    assert 'value="24"' in text_of(answer)  # what was typed is kept
    assert announced() == {"Œufs": 30, "Poireaux": 20_000}


def test_two_people_at_once_do_not_overwrite_each_other(client, producer, grower):
    eggs, leeks = per_day(producer, 30, name="Œufs"), by_weight(producer, 20_000, name="Poireaux")
    a_sale(producer)
    opening.open_due(now=NOW)
    mine = shown(client, producer) | {f"amount-{eggs.pk}": "24"}
    theirs = shown(client, producer) | {f"amount-{eggs.pk}": "40", f"amount-{leeks.pk}": "10 kg"}

    client.post(url(producer), mine)
    refused = client.post(url(producer), theirs)

    assert refused.status_code == 409
    assert "changé entre-temps : 24" in text_of(refused)
    assert announced() == {"Œufs": 24, "Poireaux": 20_000}
    # what one did not touch is not in another's way
    other = {**theirs, f"amount-{eggs.pk}": "30"}
    assert client.post(url(producer), other).status_code == 302
    assert announced() == {"Œufs": 24, "Poireaux": 10_000}


@pytest.mark.parametrize(
    "changed",
    [{"day": ""}, {"day": "2026-11-27"}, {"day": "hier"}, {"amount-0": "3"}, {"amount-x": "3"}, {"seen-x": "3"}],
)
def test_a_broken_form_gets_a_sentence(client, producer, grower, changed):
    eggs = per_day(producer)
    a_sale(producer)
    opening.open_due(now=NOW)

    answer = client.post(url(producer), shown(client, producer) | {f"amount-{eggs.pk}": "24"} | changed)

    assert answer.status_code == 409
    assert Stock.objects.get().announced == 30


def test_another_farms_product_cannot_be_announced(client, producer, grower):
    theirs = OfferFactory(product=per_day(ProducerFactory())).product
    a_sale(producer)
    data = {"day": SATURDAY.isoformat(), f"amount-{theirs.pk}": "3", f"seen-{theirs.pk}": "30"}

    assert client.post(url(producer), data).status_code == 409
    assert not Stock.objects.exists()


def test_only_what_is_delivered_on_a_day_is_asked_for(client, producer, grower):
    per_day(producer, name="Œufs")
    per_day(producer, name="Cerises", season=[5, 6])
    per_day(producer, name="Navets", is_active=False)
    ProductFactory(producer=producer, name="Tomme", stock_mode="every_nth", stock_each=12, stock_every=2,
                   stock_from_on=SATURDAY)  # fmt: skip
    salad = ProductFactory(producer=producer, name="Salades", stock_mode="total")
    Stock.objects.create(product=salad, announced=90, remaining=90)
    kiwi = ProductFactory(producer=producer, name="Kiwis", stock_mode="by_period")
    Stock.objects.create(
        product=kiwi, period_from_on=NEXT, period_until_on=date(2026, 12, 31), announced=50, remaining=50
    )
    a_sale(producer)
    a_sale(producer, on=NEXT)
    a_sale(producer, on=date(2026, 11, 21))  # it is over

    page = client.get(url(producer)).context["page"]

    asked = {day.on: [row.product.name for row in day.rows] for day in page.days}
    # a total is asked once, on the first day; a period on its first day
    assert asked == {SATURDAY: ["Salades", "Tomme", "Œufs"], NEXT: ["Kiwis", "Œufs"]}
    assert "Pour toute la période, du samedi 5 décembre au jeudi 31 décembre" in text_of(client.get(url(producer)))


def test_a_farm_that_has_declined_or_was_cancelled_is_not_asked(client, producer, grower):
    per_day(producer)
    for state in (SaleState.DECLINED, SaleState.CANCELLED):
        type(a_sale(producer)).objects.filter(producer=producer, state=SaleState.PLANNED).update(state=state)

    assert "Aucune livraison en vue" in text_of(client.get(url(producer)))


def test_what_was_ordered_of_a_product_that_is_off_sale_can_still_be_corrected(client, producer, grower):
    eggs = per_day(producer, 30, name="Œufs")
    part = a_sale(producer)
    opening.open_due(now=NOW)
    order(part, eggs, 12)
    type(eggs).objects.filter(pk=eggs.pk).update(is_active=False, retired_at=NOW)

    client.post(url(producer), shown(client, producer) | {f"amount-{eggs.pk}": "10"})

    assert Stock.objects.values_list("announced", "short").get() == (10, 2)


def test_the_day_is_the_farms_own(client, producer, grower, monkeypatch):
    per_day(producer)
    a_sale(producer)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 28, 23, 30, tzinfo=PARIS))
    assert client.get(url(producer)).context["page"].days
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 29, 0, 30, tzinfo=PARIS))

    assert not client.get(url(producer)).context["page"].days


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_queries_however_long(client, producer, grower, count, django_assert_num_queries):
    for number in range(count):
        per_day(producer)
        a_sale(producer, on=SATURDAY + timedelta(days=7 * number))
        a_sale(producer, on=SATURDAY + timedelta(days=7 * number))
    opening.open_due(now=NOW)
    for offer in Offer.objects.select_related("participation__cycle"):
        order(offer.participation, offer.product, 2)

    with django_assert_num_queries(11):
        client.get(url(producer))


def test_today_leads_to_the_harvests(client, producer, grower):
    assert url(producer) in text_of(client.get(reverse("distribution:today", args=[producer.organisation.slug])))
