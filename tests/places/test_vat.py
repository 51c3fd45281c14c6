"""The VAT table: class × zone × day × regime, with exact figures."""

from datetime import date

import pytest

from cagette.core.money import Money, split_vat
from cagette.places import vat
from cagette.places.enums import VatClass, VatRegime, VatZone, vat_zone_of
from cagette.places.models import VatRate

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 28)


def rate(vat_class, zone, regime=VatRegime.REAL, day=DAY):
    return vat.rate_for(vat.rates_on(zone=zone, day=day), vat_class, regime)


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("75056", "mainland"), ("2A004", "corsica"), ("2B346", "corsica"), ("97101", "guadeloupe"),
        ("97209", "martinique"), ("97302", "guyane"), ("97411", "reunion"), ("97608", "mayotte"), ("21231", "mainland"),
    ],
)  # fmt: skip
def test_a_zone_follows_from_the_insee_code(code, zone):
    assert vat_zone_of(code) == zone


@pytest.mark.parametrize(
    ("vat_class", "zone", "permyriad"),
    [
        ("food", "mainland", 550), ("food", "corsica", 210), ("food", "reunion", 210), ("food", "guyane", 0),
        ("intermediate", "mainland", 1000), ("intermediate", "corsica", 1000), ("alcohol", "mainland", 2000),
        ("alcohol", "corsica", 2000), ("confectionery", "mainland", 2000), ("standard", "martinique", 850),
        ("standard", "mayotte", 0),
    ],
)  # fmt: skip
def test_the_rates_in_force_in_november_2026(vat_class, zone, permyriad):
    assert rate(vat_class, zone).permyriad == permyriad


@pytest.mark.parametrize(
    ("vat_class", "zone", "gross", "net", "tax"),
    [
        ("alcohol", "mainland", 999, 832, 167),  # 166.5 rounds up
        ("food", "corsica", 1000, 979, 21),  # 20.57
        ("food", "mainland", 1000, 948, 52),  # 52.13
        ("food", "corsica", 24, 24, 0),  # 0.49
        ("food", "corsica", 25, 24, 1),  # 0.51
        ("intermediate", "corsica", 1100, 1000, 100),
    ],
)
def test_a_gross_amount_is_taken_apart_to_the_cent(vat_class, zone, gross, net, tax):
    split = split_vat(Money(gross), rate(vat_class, zone).permyriad)

    assert (split.net, split.vat) == (Money(net), Money(tax))


@pytest.mark.parametrize(
    ("regime", "mention"),
    [
        (VatRegime.FRANCHISE, "TVA non applicable, franchise en base"),
        (VatRegime.FLAT_RATE, "Remboursement forfaitaire agricole"),
    ],
)
@pytest.mark.parametrize("vat_class", VatClass.values)
@pytest.mark.parametrize("zone", VatZone.values)
def test_a_farm_outside_vat_charges_none_and_says_why(regime, mention, vat_class, zone):
    found = rate(vat_class, zone, regime)

    assert (found.permyriad, found.mention) == (0, mention)


def test_a_new_rate_holds_from_its_day_on_and_changes_nothing_before():
    VatRate.objects.create(
        vat_class="food", zone="corsica", regime="real", valid_from=date(2027, 1, 1), permyriad=550, mention=""
    )

    assert rate("food", "corsica", day=date(2026, 12, 31)).permyriad == 210
    assert rate("food", "corsica", day=date(2027, 1, 1)).permyriad == 550
    assert rate("food", "mainland", day=date(2027, 1, 1)).permyriad == 550


def test_a_day_before_the_table_is_refused_in_words():
    with pytest.raises(vat.VatRateMissing, match="Aucun taux de TVA pour « alimentation »"):
        rate("food", "corsica", day=date(2019, 12, 31))


def test_all_rates_of_a_day_are_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        found = vat.rates_on(zone=VatZone.CORSICA, day=DAY)

    assert len(found) == len(VatClass) * len(VatRegime)


def test_a_rate_above_all_is_refused_by_the_database():
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        VatRate.objects.create(
            vat_class="food", zone="corsica", regime="real", valid_from=date(2030, 1, 1), permyriad=10_001
        )
