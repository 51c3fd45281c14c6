"""The product form in a grower's words: each way of selling, what it needs, what it leaves aside, what it refuses."""

import pytest
from django.urls import reverse

from cagette.core.money import Money
from cagette.people.enums import RoleKind
from producers.models import Product
from tests.factories import ProducerFactory, ProductFactory, UserFactory, a_role, fresh

pytestmark = pytest.mark.django_db

COMMON = {
    "category": "eggs", "vat_class": "food", "storage": "ambient", "stock_mode": "unlimited", "is_active": "on",
    "is_perishable": "on",
}  # fmt: skip
CHICKEN = {
    **COMMON, "name": "Poulet fermier", "unit": "weighed", "unit_price": "9,90", "piece_name": "poulet",
    "pieces_name": "poulets", "weight": "1,8 kg", "weight_least": "1,5 kg", "weight_most": "2,2 kg", "reference": "301",
}  # fmt: skip
CASE = {
    **COMMON, "name": "Clémentines", "unit": "case", "case_unit": "gram", "case_size": "12 kg", "minimum": "1 kg",
    "maximum": "6 kg", "step": "500 g", "unit_price": "2,50", "reference": "302",
}  # fmt: skip
OIL = {
    **COMMON, "name": "Huile en vrac", "unit": "millilitre", "step": "50 cl", "unit_price": "14", "reference": "303",
}  # fmt: skip


@pytest.fixture
def producer():
    return ProducerFactory()


@pytest.fixture(autouse=True)
def grower(client, producer):
    client.force_login(a_role(UserFactory(), producer.organisation, RoleKind.ADMINISTRATOR))


def url(name, producer, *args):
    return reverse(f"producers:{name}", args=[producer.organisation.slug, *args])


def text_of(answer):
    return answer.content.decode().replace("\u00a0", " ")


def sent(client, producer, data):
    answer = client.post(url("new_product", producer), data)
    assert answer.status_code == 302, answer.context["form"].errors
    return Product.objects.get()


def sent_back(client, producer, product, **changed):
    """The form of a product as a browser sends it back: what is disabled or empty is not sent."""
    form = client.get(url("product", producer, product.pk)).context["form"]
    data = {name: form[name].value() for name in form.fields if not form.fields[name].disabled}
    data = {name: value for name, value in data.items() if value not in (None, False)}
    return client.post(url("product", producer, product.pk), {**data, **changed}, follow=True)


def test_a_piece_that_is_weighed_at_the_stand(client, producer):
    chicken = sent(client, producer, CHICKEN)

    assert (chicken.unit, chicken.priced_in, chicken.unit_price) == ("piece", "gram", Money(990))
    assert (chicken.content, chicken.content_unit) == (1800, "gram")
    assert (chicken.weight_least, chicken.weight_most) == (1500, 2200)
    assert (chicken.case_size, chicken.maximum) == (None, None)


def test_a_piece_that_is_priced_by_the_litre_later(client, producer):
    jug = sent(client, producer, CHICKEN | {"weight": "2 L", "weight_least": "1,5 L", "weight_most": "2,5 L"})

    assert (jug.priced_in, jug.content, jug.weight_least, jug.weight_most) == ("millilitre", 2000, 1500, 2500)


def test_a_case_that_households_share_by_weight(client, producer):
    case = sent(client, producer, CASE)

    assert (case.unit, case.case_size, case.minimum, case.maximum, case.step) == ("gram", 12_000, 1000, 6000, 500)


def test_a_case_that_households_share_by_the_piece(client, producer):
    bottles = {"case_unit": "piece", "case_size": "12", "minimum": "2", "maximum": "", "step": "", "content": "75 cl"}
    case = sent(client, producer, CASE | bottles)

    assert (case.unit, case.case_size, case.minimum, case.maximum) == ("piece", 12, 2, None)
    assert (case.content, case.content_unit) == (750, "millilitre")


def test_oil_by_volume(client, producer):
    oil = sent(client, producer, OIL)

    assert (oil.unit, oil.priced_in, oil.step, oil.minimum) == ("millilitre", "millilitre", 500, 500)


def test_what_another_way_needs_is_left_aside(client, producer):
    everything = {**CHICKEN, **CASE, "content": "350 g"}

    leeks = sent(client, producer, everything | {"unit": "gram", "name": "Poireaux"})

    assert (leeks.unit, leeks.priced_in, leeks.content, leeks.weight_least) == ("gram", "gram", None, None)
    assert (leeks.case_size, leeks.maximum, leeks.piece_name) == (None, None, "")


def test_season_and_perishable(client, producer):
    product = sent(client, producer, OIL | {"season": ["12", "11", "1"], "is_perishable": ""})

    assert (product.season, product.is_perishable) == ([1, 11, 12], False)


@pytest.mark.parametrize(
    ("data", "changed", "field", "says"),
    [
        (CHICKEN, {"weight": ""}, "weight", "à peu près"),
        (CHICKEN, {"weight": "1,8"}, "weight", "Dites l’unité"),
        (CHICKEN, {"weight": "3 pièces"}, "weight", "Un poids ou un volume"),
        (CHICKEN, {"weight": "0 g"}, "weight", "au-dessus de zéro"),
        (CHICKEN, {"weight_least": ""}, "weight_least", "entre quels prix"),
        (CHICKEN, {"weight_most": ""}, "weight_most", "entre quels prix"),
        (CHICKEN, {"weight_least": "1,5 L"}, "weight_least", "au poids"),
        (CHICKEN, {"weight_least": "1,9 kg"}, "weight_least", "pas au-dessus du poids estimé"),
        (CHICKEN, {"weight_least": "0 g"}, "weight_least", "au-dessus de zéro"),
        (CHICKEN, {"weight_most": "1,7 kg"}, "weight_most", "pas en dessous du poids estimé"),
        (CHICKEN, {"weight_most": "2000 kg"}, "weight_most", "plus que"),
        (CASE, {"case_unit": ""}, "case_unit", "pièces, un poids ou un volume"),
        (CASE, {"case_unit": "dozen"}, "case_unit", "choix valide"),
        (CASE, {"case_size": ""}, "case_size", "combien contient un colis"),
        (CASE, {"case_size": "0 kg"}, "case_size", "combien contient un colis"),
        (CASE, {"case_size": "12"}, "case_size", "Dites l’unité"),
        (CASE, {"case_size": "12,25 kg"}, "case_size", "en pas entiers"),
        (CASE, {"minimum": "1,25 kg"}, "minimum", "des pas entiers"),
        (CASE, {"minimum": "13 kg", "maximum": ""}, "minimum", "ne dépasse pas le colis"),
        (CASE, {"maximum": "500 g"}, "maximum", "en dessous de son minimum"),
        (CASE, {"maximum": "5,75 kg"}, "maximum", "des pas entiers"),
        (OIL, {"step": ""}, "step", "par combien"),
        (OIL, {"step": "500 g"}, "step", "au volume"),
        (OIL, {"season": ["13"]}, "season", "choix valide"),
        (OIL, {"season": ["mai"]}, "season", "choix valide"),
        (OIL, {"stock_mode": "per_delivery"}, "each", "à une livraison"),
        (OIL, {"stock_mode": "per_delivery", "each": "12"}, "each", "Dites l’unité"),
        (OIL, {"stock_mode": "every_nth", "each": "5 L", "from_on": "2026-11-28"}, "every", "De 2 à 52"),
        (OIL, {"stock_mode": "every_nth", "each": "5 L", "every": "1", "from_on": "2026-11-28"}, "every", "2"),
        (OIL, {"stock_mode": "every_nth", "each": "5 L", "every": "99999999999"}, "every", "52"),
        (OIL, {"stock_mode": "every_nth", "each": "5 L", "every": "2"}, "from_on", "une livraison qui en a"),
        (OIL, {"stock_mode": "every_nth", "each": "5 L", "every": "2", "from_on": "hier"}, "from_on", "date valide"),
        (OIL, {"stock_mode": "unlimited", "left": "3 L"}, "stock_mode", "choisissez l’un des deux"),
    ],
)
def test_what_does_not_hold_gets_a_sentence_at_its_field(client, producer, data, changed, field, says):
    answer = client.post(url("new_product", producer), {**data, **changed})

    assert answer.status_code == 200
    assert says in " ".join(answer.context["form"].errors[field])
    assert says in text_of(answer)
    assert not Product.objects.exists()


@pytest.mark.parametrize("data", [CHICKEN, CASE, OIL])
def test_a_product_of_each_way_shown_and_sent_back_does_not_change(client, producer, data):
    product = sent(client, producer, data | {"season": ["4", "5"]})

    assert "rien n’a changé" in text_of(sent_back(client, producer, product))
    assert fresh(product).season == [4, 5]


@pytest.mark.parametrize("data", [CHICKEN, CASE, OIL])
def test_the_way_of_selling_cannot_be_changed_by_a_forged_form(client, producer, data):
    product = sent(client, producer, data)

    sent_back(client, producer, product, unit="piece", case_unit="piece", name="Autre nom")

    after = fresh(product)
    assert after.name == "Autre nom"
    assert (after.unit, after.priced_in, after.case_size) == (product.unit, product.priced_in, product.case_size)


def test_a_case_keeps_its_size_and_may_get_another_one(client, producer):
    case = sent(client, producer, CASE)

    assert "combien contient un colis" in text_of(sent_back(client, producer, case, case_size=""))
    assert "est changé" in text_of(sent_back(client, producer, case, case_size="10 kg"))
    assert fresh(case).case_size == 10_000


def test_the_catalogue_says_how_each_product_is_sold(client, producer):
    client.post(url("new_product", producer), CHICKEN | {"season": ["11", "12", "1"]})
    client.post(url("new_product", producer), CASE)
    client.post(url("new_product", producer), OIL)
    ProductFactory(producer=producer, name="Salade")

    page = text_of(client.get(url("catalogue", producer)))

    # 9,90 €/kg × 1,8 kg = 17,82 €
    assert "pesée au retrait, env. 1,8 kg (de 1,5 kg à 2,2 kg), soit env. 17,82 €" in page
    assert "<b>9,90 €</b> <span>le kg</span>" in page
    assert "en saison de novembre à janvier" in page
    assert "par 500 g, dès 1 kg, colis de 12 kg, de 1 kg à 6 kg par foyer" in page
    assert "<b>14,00 €</b> <span>le litre</span>" in page
    assert "contenu à dire (350 g, 75 cl, 6 pièces)" in page


def test_a_season_is_said_as_one_says_it():
    from producers.queries.catalogue import season_in_words

    assert season_in_words([]) == ""
    assert season_in_words([4]) == "avril"
    assert season_in_words([4, 5, 6]) == "d’avril à juin"
    assert season_in_words([1, 11, 12]) == "de novembre à janvier"
    assert season_in_words([5, 6, 9]) == "mai, juin et septembre"
