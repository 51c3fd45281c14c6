"""A group's settings: rules, fees with an example in figures; the table of VAT of its points."""

from datetime import date

import pytest

from cagette.core.money import Money
from cagette.places.models import VatRate
from orders.baskets import placing, rules
from orders.baskets.models import Order
from orders.cycles import deciding
from orders.cycles.enums import CaseRule, FeeKind, MinimumRule, Rationing
from orders.cycles.models import GroupFee, GroupSettings
from tests.factories import (
    CommuneFactory,
    DeliveryPointFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    a_member,
    an_order,
    fresh,
)
from tests.orders.cycles.pages import TODAY, a_fee, at, shown, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

RULES = {
    "order_minimum": "12,50", "minimum_rule": "cancel", "case_rule": "group_takes", "allows_notes": "on",
    "rationing": "pro_rata",
}  # fmt: skip


def test_rules_are_written_once_and_shown_again(client, group, coordinator):
    first, again = (told(client.post(at("settings", group), RULES, follow=True)) for _ in range(2))

    settings = GroupSettings.objects.get()
    assert (settings.order_minimum, settings.minimum_rule) == (Money(1250), MinimumRule.CANCEL)
    assert (settings.case_rule, settings.rationing) == (CaseRule.GROUP_TAKES, Rationing.PRO_RATA)
    assert settings.allows_notes
    assert not settings.shows_names
    assert "pour les ventes que vous prévoirez" in first
    assert "Rien à changer." in again
    assert 'value="12,50"' in again


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"order_minimum": "-1"}, "« -1 » n’est pas un montant"),
        ({"order_minimum": "NaN"}, "« NaN » n’est pas un montant"),
        ({"order_minimum": "1e9"}, "n’est pas un montant"),
        ({"rationing": "au sort"}, "Sélectionnez un choix valide"),
        ({"minimum_rule": ""}, "requis"),
    ],
)
def test_rules_that_do_not_hold_are_refused_in_words(client, group, coordinator, changed, words):
    page = told(client.post(at("settings", group), {**RULES, **changed}))

    assert words in page
    assert not GroupSettings.objects.exists()


def test_each_fee_shows_what_it_comes_to_and_who_earns_it(client, group, coordinator):
    # an order of 41,80 € in three lines of 12,60 €, 18,40 € and 10,80 €
    a_fee(group, "Participation", permyriad=500)  # 5 % of 41,80 = 2,09
    a_fee(group, "Par ligne", kind=FeeKind.PERCENT_LINE, permyriad=550)  # 0,693 + 1,012 + 0,594: 0,69 + 1,01 + 0,59
    a_fee(group, "Emballage", kind=FeeKind.FIXED_LINE, permyriad=0, amount=Money(15))  # 3 × 0,15 = 0,45
    a_fee(group, "Port", kind=FeeKind.FIXED_ORDER, permyriad=0, amount=Money(80), earner="Le transporteur")
    a_fee(group, "Adhésion", kind=FeeKind.FIXED_HOUSEHOLD, permyriad=0, amount=Money(100))

    page = shown(client, at("settings", group))

    assert "Pour une commande de 41,80 € en 3 lignes" in page
    for figure in ("<dd>2,09 €</dd>", "<dd>2,29 €</dd>", "<dd>0,45 €</dd>", "<dd>0,80 €</dd>", "<dd>1,00 €</dd>"):
        assert figure in page
    assert "<dd>48,43 €</dd>" in page  # 41,80 + 2,09 + 2,29 + 0,45 + 0,80 + 1,00
    assert "au profit de Le transporteur" in page
    assert page.count("au profit de A Sporta") == 4


def test_a_fee_is_typed_with_a_comma_added_once_ended_and_brought_back(client, group, coordinator):
    wish = {
        "name": " Participation ", "kind": "percent_order", "value": "5,5 %", "earner": "", "vat_class": "standard",
    }  # fmt: skip

    for _time in range(2):
        client.post(at("add_fee", group), wish)
    fee = GroupFee.objects.get()
    assert (fee.name, fee.permyriad, fee.amount) == ("Participation", 550, Money())

    ended = [told(client.post(at("end_fee", group, fee.pk), follow=True)) for _ in range(2)]
    assert fresh(fee).ended_at == TODAY
    assert "ne s’ajoute plus" in ended[0]
    assert "C’était déjà fait." in ended[1]
    assert "Le groupe ne prend pas de frais" in ended[1]

    for _time in range(2):
        back = told(client.post(at("bring_fee_back", group, fee.pk), follow=True))
    assert "« Participation » s’ajoute de nouveau." in back
    assert [terms.permyriad for terms in deciding.fees_of(group)] == [550]
    assert fresh(fee).ended_at == TODAY  # the one that ended stays ended: sales name their own


def test_a_fee_of_another_group_is_not_found(client, group, coordinator):
    other = a_fee(ParticipationFactory().cycle.organisation)

    for name in ("end_fee", "bring_fee_back"):
        assert client.post(at(name, group, other.pk)).status_code == 404
    assert fresh(other).ended_at is None


@pytest.mark.parametrize(
    ("kind", "typed_value", "words"),
    [
        (FeeKind.PERCENT_ORDER, "101", "« 101 » dépasse 100 %."),
        (FeeKind.PERCENT_ORDER, "0", "Un frais de zéro"),
        (FeeKind.PERCENT_ORDER, "NaN", "« NaN » n’est pas un pourcentage"),
        (FeeKind.PERCENT_ORDER, "1e2", "n’est pas un pourcentage"),
        (FeeKind.PERCENT_LINE, "5,555", "s’arrête au centième"),
        (FeeKind.FIXED_ORDER, "0", "Un frais de zéro"),
        (FeeKind.FIXED_ORDER, "-1", "« -1 » n’est pas un montant"),
        (FeeKind.FIXED_LINE, "0,005", "s’arrête au centime"),
        (FeeKind.FIXED_HOUSEHOLD, "999999999", "trop grand"),
        (FeeKind.PERCENT_ORDER, "", "requis"),
    ],
)
def test_a_fee_that_does_not_hold_is_refused_in_words(client, group, coordinator, kind, typed_value, words):
    wish = {"name": "Participation", "kind": kind, "value": typed_value, "earner": "", "vat_class": "standard"}

    page = told(client.post(at("add_fee", group), wish))

    assert words in page
    assert 'id="id_value_error"' in page
    assert not GroupFee.objects.exists()


@pytest.mark.parametrize("fees", [1, 3])
def test_settings_take_the_same_queries_however_many_fees(client, group, coordinator, django_assert_num_queries, fees):
    for _ in range(fees):
        a_fee(group)

    with django_assert_num_queries(9):
        shown(client, at("settings", group))


def test_the_table_of_vat_shows_rates_and_mentions_of_the_points_on_a_day(client, group, coordinator, point):
    mainland = CommuneFactory(code="13055", name="Marseille", department="13")
    DeliveryPointFactory(organisation=group, name="Le Panier", commune=mainland)
    VatRate.objects.create(
        vat_class="food", zone="corsica", regime="real", valid_from=date(2027, 1, 1), permyriad=300,
        mention="Taux de 2027",
    )  # fmt: skip
    VatRate.objects.filter(zone="mainland", vat_class="alcohol", regime="real").delete()

    now, later = shown(client, at("vat", group)), shown(client, at("vat", group), jour="2027-01-01")
    nonsense = shown(client, at("vat", group), jour="hier")

    assert "mercredi 25 novembre 2026" in now
    assert "Corse" in now
    assert "2,1 %" in now
    assert "« TVA non applicable, franchise en base »" in now
    assert now.count("aucun taux") == 1
    assert "Il manque un taux" in now
    assert "Taux de 2027" not in now
    assert "vendredi 1er janvier 2027" in later
    assert "3 %" in later
    assert "« Taux de 2027 », depuis le 01/01/2027" in later
    assert "date valide" in nonsense


@pytest.mark.parametrize("points", [1, 3])
def test_the_table_of_vat_takes_the_same_queries_however_many_points(
    client, group, coordinator, django_assert_num_queries, points
):
    for _ in range(points):
        DeliveryPointFactory(organisation=group)

    with django_assert_num_queries(8):
        shown(client, at("vat", group))


def test_an_order_without_a_rate_is_refused_in_words_and_changes_nothing(client, group):
    part = ParticipationFactory(cycle__organisation=group)
    pickup, offer = PickupFactory(cycle=part.cycle), OfferFactory(participation=part, product__name="Carottes")
    VatRate.objects.filter(zone="corsica", regime="real", vat_class="food").delete()

    with pytest.raises(rules.RateMissing, match="Aucun taux de TVA pour « alimentation »") as refused:
        placing.place_order(**an_order(pickup, a_member(group), (offer, 2)))

    assert "Carottes" in str(refused.value)
    assert not Order.objects.exists()
