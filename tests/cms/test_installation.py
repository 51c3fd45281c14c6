"""The keeper of an installation edits organisations, points, listings and VAT rates in Wagtail; nobody else does."""

import pytest

from cagette.people.models import Organisation
from cagette.places.models import VatRate
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

ADDRESSES = ["organisation", "producer", "role", "listing", "deliverypoint", "territory", "vatrate"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_keeper_sees_each_list_and_its_form(client, address):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    assert client.get(f"/gestion/{address}/").status_code == 200
    assert client.get(f"/gestion/{address}/new/").status_code == 200


def test_somebody_else_is_sent_away(client):
    client.force_login(UserFactory())

    assert client.get("/gestion/vatrate/").status_code == 302


def test_a_group_and_a_new_rate_are_written(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    group = {"kind": "association", "name": "A Sporta", "slug": "a-sporta", "time_zone": "Europe/Paris"}
    rate = {"vat_class": "food", "zone": "corsica", "regime": "real", "valid_from": "2030-01-01", "permyriad": "300"}

    client.post("/gestion/organisation/new/", group)
    client.post("/gestion/vatrate/new/", rate)

    assert Organisation.objects.get().name == "A Sporta"
    assert VatRate.objects.get(valid_from="2030-01-01").permyriad == 300


def test_a_rate_is_edited_with_its_mention_and_its_first_day_and_refused_in_words(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    rate = {
        "vat_class": "food", "zone": "corsica", "regime": "franchise", "valid_from": "2030-01-01", "permyriad": "0",
        "mention": "TVA non applicable, art. 293 B du CGI",
    }  # fmt: skip
    client.post("/gestion/vatrate/new/", rate)
    written = VatRate.objects.get(valid_from="2030-01-01")
    assert written.mention == "TVA non applicable, art. 293 B du CGI"

    changed = {**rate, "permyriad": "210", "valid_from": "2031-01-01", "mention": "Autre mention"}
    client.post(f"/gestion/vatrate/edit/{written.pk}/", changed)
    twice = client.post("/gestion/vatrate/new/", changed).content.decode()
    beyond = client.post("/gestion/vatrate/new/", {**rate, "permyriad": "10001"}).content.decode()
    nonsense = client.post("/gestion/vatrate/new/", {**rate, "valid_from": "hier", "permyriad": "-1"})

    written.refresh_from_db()
    assert (written.permyriad, written.mention, written.valid_from.isoformat()) == (210, "Autre mention", "2031-01-01")
    assert "existe déjà" in twice
    assert "Un taux va de 0 à 10 000" in beyond
    assert nonsense.status_code == 200
    assert VatRate.objects.filter(zone="corsica", regime="franchise", vat_class="food").count() == 2
