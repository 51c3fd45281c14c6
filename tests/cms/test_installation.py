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
