"""The catalogue's pages, as a farm, its people without the right, a stranger and a hurried thumb meet them."""

import pytest
from django.urls import reverse

from cagette.core.money import Money
from cagette.people.enums import RoleKind
from producers.models import Product, Stock
from tests.factories import (
    NOW,
    OrganisationFactory,
    ProducerFactory,
    ProductFactory,
    UserFactory,
    a_role,
    fresh,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def producer():
    return ProducerFactory()


@pytest.fixture
def grower(client, producer):
    user = a_role(UserFactory(), producer.organisation, RoleKind.ADMINISTRATOR)
    client.force_login(user)
    return user


def url(name, producer, *args):
    return reverse(f"producers:{name}", args=[producer.organisation.slug, *args])


def text_of(answer):
    return answer.content.decode()


A_PRODUCT = {
    "name": "Confiture de figues", "category": "grocery", "unit": "piece", "unit_price": "5,95", "piece_name": "pot",
    "pieces_name": "pots", "content": "350 g", "vat_class": "food", "storage": "ambient", "reference": "201",
    "stock_mode": "total", "left": "24", "labels": ["ab"], "allergens": [], "is_active": "on", "drawing": "",
}  # fmt: skip
LEEKS = {
    "name": "Poireaux", "category": "vegetables", "unit": "gram", "unit_price": "3,60", "step": "500 g",
    "vat_class": "food", "storage": "ambient", "reference": "107", "stock_mode": "unlimited", "is_active": "on",
}  # fmt: skip


def quick(product, **changed):
    stock = Stock.objects.filter(product=product).first()
    return {
        "unit_price": product.unit_price.plain.replace(".", ","),
        "price_seen": product.unit_price.cents,
        "left": "",
        "left_shown": "",
        "announced_seen": stock.announced if stock else "",
        "remaining_seen": stock.remaining if stock else "",
        **changed,
    }


def with_total(producer, left=30, **fields):
    product = ProductFactory(producer=producer, stock_mode="total", **fields)
    Stock.objects.create(product=product, announced=left, remaining=left)
    return product


# --- Who may ----------------------------------------------------------------------------------------------

GETS = ["catalogue", "new_product", "profile", "price_list"]
POSTS = ["change_quickly", "retire", "bring_back", "set_active"]


@pytest.mark.parametrize("name", GETS)
def test_who_may_see_a_farms_pages(client, producer, name):
    assert client.get(url(name, producer)).status_code == 302

    client.force_login(UserFactory())
    assert client.get(url(name, producer)).status_code == 404

    client.force_login(a_role(UserFactory(), producer.organisation, RoleKind.VOLUNTEER))
    assert client.get(url(name, producer)).status_code == 403

    client.force_login(a_role(UserFactory(), producer.organisation, RoleKind.STAFF))
    assert client.get(url(name, producer)).status_code == 200


@pytest.mark.parametrize("name", [*POSTS, "product"])
def test_another_farms_product_is_not_there(client, producer, grower, name):
    theirs = ProductFactory()

    answers = [client.post(url(name, who, theirs.pk), A_PRODUCT).status_code for who in (producer, theirs.producer)]

    assert answers == [404, 404]
    assert fresh(theirs).retired_at is None
    assert fresh(theirs).name == theirs.name


@pytest.mark.parametrize("name", POSTS)
def test_looking_never_changes_anything(client, producer, grower, name):
    assert client.get(url(name, producer, ProductFactory(producer=producer).pk)).status_code == 405


def test_a_group_has_no_catalogue(client):
    group = OrganisationFactory()
    client.force_login(a_role(UserFactory(), group, RoleKind.ADMINISTRATOR))

    assert client.get(reverse("producers:catalogue", args=[group.slug])).status_code == 404


# --- The list ---------------------------------------------------------------------------------------------


def test_the_catalogue_shows_price_price_per_kilo_stock_and_state(client, producer, grower):
    ProductFactory(producer=producer, name="Confiture", category="grocery", unit_price=Money(595), piece_name="pot",
                   content=350, content_unit="gram", labels=["ab"])  # fmt: skip
    with_total(producer, 12_500, name="Poireaux", unit="gram", priced_in="gram", step=500, minimum=1000)
    with_total(producer, 0, name="Salade")
    ProductFactory(producer=producer, name="Navets", is_active=False)
    ProductFactory(producer=producer, name="Vieux", retired_at=NOW)

    page = text_of(client.get(url("catalogue", producer)))

    assert "4 produits, 3 en vente" in page.replace("\u00a0", " ")
    assert "pot de 350\u00a0g · 17,00\u00a0€ le kg" in page
    assert "par 500\u00a0g, dès 1\u00a0kg" in page
    assert "reste <b>12,5\u00a0kg</b>" in page
    assert "épuisé" in page
    assert "hors vente" in page
    assert "produit retiré" in page
    assert page.index("Légumes") < page.index("Épicerie")


def test_an_empty_catalogue_says_what_to_do(client, producer, grower):
    assert "Votre catalogue est vide" in text_of(client.get(url("catalogue", producer)))


def test_search_finds_whatever_the_accents(client, producer, grower):
    ProductFactory(producer=producer, name="Épinards")
    ProductFactory(producer=producer, name="Navets")

    found = text_of(client.get(url("catalogue", producer), {"q": "epi"}))
    nothing = text_of(client.get(url("catalogue", producer), {"q": "<b>kiwi\x00"}))

    assert "Épinards" in found
    assert "Navets" not in found
    assert "Rien pour «\u00a0&lt;b&gt;kiwi\u00a0»" in nothing


@pytest.mark.parametrize("count", [1, 3])
def test_the_catalogue_takes_the_same_queries_however_long(client, producer, grower, count, django_assert_num_queries):
    for _number in range(count):
        with_total(producer)

    with django_assert_num_queries(10):
        client.get(url("catalogue", producer))


# --- Price and stock --------------------------------------------------------------------------------------


def test_the_quick_form_changes_price_and_stock(client, producer, grower):
    product = with_total(producer, 30, unit_price=Money(280))
    data = quick(product, unit_price="3,40", left="50", left_shown="30")

    answer = client.post(url("change_quickly", producer, product.pk), data, follow=True)

    assert fresh(product).unit_price == Money(340)
    assert Stock.objects.values_list("announced", "remaining").get() == (50, 50)
    assert f"{product.name}\u00a0: 3,40\u00a0€ la pièce, stock\u00a0: 50." in text_of(answer)


def test_the_quick_form_sent_twice_changes_once(client, producer, grower):
    product = with_total(producer, 30)
    data = quick(product, left="50", left_shown="30")

    for _time in range(2):
        assert client.post(url("change_quickly", producer, product.pk), data).status_code == 302

    assert Stock.objects.values_list("announced", "remaining").get() == (50, 50)


def test_a_count_typed_beside_no_limit_makes_a_total(client, producer, grower):
    product = ProductFactory(producer=producer)

    client.post(url("change_quickly", producer, product.pk), quick(product, unlimited="on", left="20"))

    assert fresh(product).stock_mode == "total"
    assert Stock.objects.values_list("announced", "remaining").get() == (20, 20)


def test_no_limit_is_one_tick_away(client, producer, grower):
    product = with_total(producer, 30)

    client.post(url("change_quickly", producer, product.pk), quick(product, unlimited="on", left="30", left_shown="30"))

    assert fresh(product).stock_mode == "unlimited"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"unit_price": "−1"}, "n’est pas un montant"),
        ({"unit_price": "NaN"}, "n’est pas un montant"),
        ({"unit_price": "1e9"}, "n’est pas un montant"),
        ({"unit_price": "0"}, "Donnez un prix"),
        ({"unit_price": ""}, "requis"),
        ({"left": "-1"}, "n’est pas une quantité"),
        ({"left": "1,5"}, "pièces entières"),
        ({"left": "1e9"}, "n’est pas une quantité"),
        ({"left": "999999999"}, "plus que"),
        ({"left": ""}, "Dites combien"),
        ({"left": "12", "unlimited": "on"}, "choisissez l’un des deux"),
        ({"price_seen": "x"}, "Rechargez la page"),
        ({"announced_seen": "-9"}, "Rechargez la page"),
        ({"announced_seen": "45"}, "changé entre-temps"),
        ({"unit_price": "9", "price_seen": "1"}, "changé entre-temps"),
        ({"left": "2\x00"}, "nul"),
    ],
)
def test_bad_input_gets_a_sentence_and_changes_nothing(client, producer, grower, changed, says):
    product = with_total(producer, 30, unit_price=Money(280))

    answer = client.post(
        url("change_quickly", producer, product.pk), quick(product, **{"left": "29", "left_shown": "30", **changed})
    )

    assert answer.status_code == 200
    assert says in text_of(answer)
    assert fresh(product).unit_price == Money(280)
    assert Stock.objects.values_list("announced", "remaining").get() == (30, 30)


def test_htmx_gets_the_row_alone(client, producer, grower):
    product = with_total(producer, 30)
    address = url("change_quickly", producer, product.pk)

    good = client.post(address, quick(product, left="40", left_shown="30"), headers={"HX-Request": "true"})
    bad = client.post(address, quick(product, left="x", left_shown="30"), headers={"HX-Request": "true"})

    assert text_of(good).lstrip().startswith("<li")
    assert "reste <b>40</b>" in text_of(good)
    assert "n’est pas une quantité" in text_of(bad)
    assert "csrfmiddlewaretoken" in text_of(bad)


# --- One product --------------------------------------------------------------------------------------------


def test_a_product_by_the_piece_is_added(client, producer, grower):
    answer = client.post(url("new_product", producer), A_PRODUCT)

    product = Product.objects.get()
    assert answer.url.endswith(f"/catalogue/#p{product.pk}")
    assert (product.unit_price, product.content, product.content_unit) == (Money(595), 350, "gram")
    assert (product.reference, product.labels, product.step, product.minimum) == ("201", ["ab"], 1, 1)
    assert Stock.objects.values_list("product_id", "remaining").get() == (product.pk, 24)


def test_a_product_by_weight_is_added(client, producer, grower):
    client.post(url("new_product", producer), LEEKS)

    product = Product.objects.get()
    assert (product.unit, product.priced_in, product.unit_price) == ("gram", "gram", Money(360))
    assert (product.step, product.minimum, product.stock_mode) == (500, 500, "unlimited")
    assert (product.drawing, product.tint) == ("poireau", "green")
    assert not Stock.objects.exists()


def test_a_new_product_sent_twice_is_one(client, producer, grower):
    for _time in range(2):
        assert client.post(url("new_product", producer), A_PRODUCT).status_code == 302

    assert Product.objects.count() == 1


def test_the_form_proposes_a_free_reference(client, producer, grower):
    ProductFactory(producer=producer, reference="112")

    assert 'value="113"' in text_of(client.get(url("new_product", producer)))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": ""}, "requis"),
        ({"name": "a\x00b"}, "nul"),
        ({"unit": "dozen"}, "choix valide"),
        ({"unit": ""}, "requis"),
        ({"unit": "gram", "step": ""}, "Dites par combien"),
        ({"unit": "gram", "step": "500"}, "Dites l’unité"),
        ({"unit": "gram", "step": "-500 g"}, "n’est pas une quantité"),
        ({"unit": "gram", "step": "0", "left": "24 kg", "content": ""}, "au-dessus de zéro"),
        ({"step": "0,5"}, "pièces entières"),
        ({"minimum": "2000000"}, "plus que"),
        ({"content": "350"}, "Dites l’unité"),
        ({"content": "0 g"}, "au-dessus de zéro"),
        ({"unit_price": "3,405"}, "centime"),
        ({"category": "cars"}, "choix valide"),
        ({"drawing": "tracteur"}, "choix valide"),
        ({"labels": ["nasa"]}, "choix valide"),
        ({"left": ""}, "Dites combien"),
        ({"stock_mode": ""}, "requis"),
        ({"stock_mode": "some"}, "choix valide"),
        ({"stock_mode": "unlimited"}, "choisissez l’un des deux"),
        ({"unit": "gram", "step": "500 g", "left": "24"}, "Dites l’unité"),
        ({"reference": "107"}, "est déjà celle de"),
        ({"reference": "x" * 41}, "40"),
    ],
)
def test_a_product_that_does_not_hold_gets_a_sentence(client, producer, grower, changed, says):
    ProductFactory(producer=producer, reference="107")

    answer = client.post(url("new_product", producer), {**A_PRODUCT, **changed})

    assert answer.status_code == 200
    assert says in text_of(answer)
    assert Product.objects.count() == 1


def test_an_empty_form_gets_sentences(client, producer, grower):
    product = ProductFactory(producer=producer)

    assert client.post(url("new_product", producer), {}).status_code == 200
    assert client.post(url("profile", producer), {}).status_code == 200
    assert client.post(url("price_list", producer), {}).status_code == 200
    assert client.post(url("product", producer, product.pk), {}).status_code == 200
    assert client.post(url("change_quickly", producer, product.pk), {}).status_code == 200


def change_form(client, producer, product, **changed):
    shown = client.get(url("product", producer, product.pk)).context["form"]
    data = {name: shown[name].value() for name in shown.fields}
    data["is_active"] = "on" if data["is_active"] else ""
    return {**{name: value for name, value in data.items() if value is not None}, **changed}


def test_a_product_shown_and_sent_back_does_not_change(client, producer, grower):
    product = ProductFactory(producer=producer, unit="gram", priced_in="gram", step=250, minimum=1500, labels=["ab"])

    answer = client.post(url("product", producer, product.pk), change_form(client, producer, product), follow=True)

    assert "rien n’a changé" in text_of(answer)


def test_a_product_is_changed_and_two_people_do_not_overwrite_each_other(client, producer, grower):
    product = ProductFactory(producer=producer, unit_price=Money(280))
    mine = change_form(client, producer, product, unit_price="3,10", unit="gram")
    theirs = change_form(client, producer, product, name="Autre nom")

    assert client.post(url("product", producer, product.pk), mine).status_code == 302
    answer = client.post(url("product", producer, product.pk), theirs)

    assert "changé entre-temps" in text_of(answer)
    after = fresh(product)
    assert (after.unit_price, after.name, after.unit) == (Money(310), product.name, "piece")


def test_retire_offers_to_undo_and_undo_brings_back(client, producer, grower):
    product = ProductFactory(producer=producer, name="Navets")

    page = text_of(client.post(url("retire", producer, product.pk), follow=True))
    assert "Navets\u00a0» est retiré du catalogue" in page
    assert "Défaire" in page
    assert fresh(product).retired_at is not None

    client.post(url("bring_back", producer, product.pk))
    assert fresh(product).retired_at is None


def test_a_product_is_put_off_sale_and_on_again(client, producer, grower):
    product = ProductFactory(producer=producer)

    client.post(url("set_active", producer, product.pk), {"active": "0"})
    assert fresh(product).is_active is False
    client.post(url("set_active", producer, product.pk), {"active": "1"})
    assert fresh(product).is_active is True


def test_the_profile_is_changed(client, producer, grower):
    data = {
        "name": "Ortu",
        "story": "Deux hectares.",
        "email": "ortu@example.org",
        "phone": "04 95",
        "vat_regime": "franchise",
    }

    assert client.post(url("profile", producer), data).status_code == 302

    after = fresh(producer)
    assert (after.organisation.name, after.story, after.vat_regime) == ("Ortu", "Deux hectares.", "franchise")


def test_a_profile_with_a_wrong_address_gets_a_sentence(client, producer, grower):
    answer = client.post(url("profile", producer), {"name": "Ortu", "email": "ortu", "vat_regime": "real"})

    assert "adresse e-mail valide" in text_of(answer).lower() or "courriel valide" in text_of(answer).lower()
    assert fresh(producer.organisation).name == producer.organisation.name
