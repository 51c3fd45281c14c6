"""A group with its coordinator, a farm and a point, on a Wednesday morning."""

import pytest

from cagette.core import clock
from cagette.people.enums import RoleKind
from tests.factories import (
    DeliveryPointFactory,
    OrganisationFactory,
    ProducerFactory,
    UserFactory,
    a_listing,
    a_role,
)
from tests.orders.cycles.pages import TODAY


@pytest.fixture
def today(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: TODAY)


@pytest.fixture
def group():
    return OrganisationFactory(slug="a-sporta", name="A Sporta")


@pytest.fixture
def coordinator(client, group):
    found = a_role(UserFactory(), group, RoleKind.COORDINATOR)
    client.force_login(found)
    return found


@pytest.fixture
def farm(group):
    found = ProducerFactory(organisation__name="Ortu di Lena")
    a_listing(group, found)
    return found


@pytest.fixture
def point(group):
    return DeliveryPointFactory(organisation=group, name="Salle des fêtes")
