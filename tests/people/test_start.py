"""Where each person lands, and the page of the household."""

import pytest
from django.urls import reverse

from cagette.core.models import AuditEntry
from cagette.people.enums import OrganisationKind, RoleKind
from cagette.people.models import Household, Membership
from tests.factories import OrganisationFactory, UserFactory, a_member, a_role, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return OrganisationFactory(slug="a-sporta", name="A Sporta")


@pytest.fixture
def farm():
    return OrganisationFactory(slug="ortu", name="Ortu", kind=OrganisationKind.PRODUCER)


def lands(client, user):
    client.force_login(user)
    return client.get("/moi/")


def test_who_has_one_thing_to_do_lands_on_it(client, group, farm):
    nobody, household = UserFactory(household=None), a_member(group)
    grower = a_role(UserFactory(household=None), farm, RoleKind.STAFF)
    coordinator = a_role(UserFactory(household=None), group, RoleKind.COORDINATOR)
    volunteer = a_role(UserFactory(household=None), group, RoleKind.VOLUNTEER)

    assert lands(client, nobody)["Location"] == "/moi/foyer/"
    assert lands(client, household)["Location"] == "/commandes/"
    assert lands(client, grower)["Location"] == "/fermes/ortu/"
    assert lands(client, coordinator)["Location"] == "/groupes/a-sporta/ventes/"
    assert lands(client, volunteer)["Location"] == "/groupes/a-sporta/distributions/"


def test_who_has_several_chooses(client, group, farm):
    user = a_role(a_role(a_member(group), group), farm, RoleKind.STAFF)

    page = lands(client, user).content.decode()

    for address in ("/groupes/a-sporta/ventes/", "/fermes/ortu/", "/commandes/"):
        assert f'href="{address}"' in page
    assert "/courriers/" not in page.split("<main")[1].split("</main")[0]


def test_the_first_visit_founds_the_household_and_leads_to_the_orders(client):
    user = UserFactory(household=None)
    client.force_login(user)

    answer = client.post("/moi/foyer/", {"name": "  Luciani,   Jeanne ", "phone": ""})

    assert answer["Location"] == "/commandes/"
    assert fresh(user).household.name == "Luciani, Jeanne"


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "a\x00b"])
def test_a_household_without_a_fit_name_is_refused_in_words(client, name):
    user = UserFactory(household__name="Avant")
    client.force_login(user)

    answer = client.post("/moi/foyer/", {"name": name, "phone": "0" * 10})

    assert answer.status_code == 200
    assert "À corriger" in answer.content.decode()
    assert fresh(user).household.name == "Avant"


def test_a_household_sees_its_people_and_its_groups_and_no_others(client, group, django_assert_num_queries):
    user = a_member(group, first_name="Jeanne")
    UserFactory(first_name="Antoine", household=user.household)
    a_member(OrganisationFactory(name="Ailleurs"), first_name="Étrangère")
    client.force_login(user)

    with django_assert_num_queries(6):  # session, person, household, groups, people, roles for the masthead
        page = client.get("/moi/foyer/").content.decode()

    assert "Antoine" in page
    assert "A Sporta" in page
    assert "Ailleurs" not in page
    assert "Étrangère" not in page


def test_leaving_a_group_is_undone_by_coming_back(client, group):
    user = a_member(group)
    client.force_login(user)
    leave, rejoin = (reverse(f"people:{way}", args=["a-sporta"]) for way in ("leave", "rejoin"))

    page = client.post(leave, follow=True).content.decode()
    assert "Vous avez quitté A Sporta" in page
    assert f'action="{rejoin}"' in page
    assert Membership.objects.get().ended_on is not None
    client.post(leave)  # twice changes nothing
    for _ in range(2):
        page = client.post(rejoin, follow=True).content.decode()

    assert "de nouveau de A Sporta" in page
    assert f'action="{leave}"' in page
    assert Membership.objects.get().ended_on is None
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["membership.left", "membership.joined"]


def test_a_group_one_was_never_of_cannot_be_left_or_come_back_to(client, group):
    client.force_login(UserFactory())

    for way in ("leave", "rejoin"):
        assert client.post(reverse(f"people:{way}", args=["a-sporta"])).status_code == 404
    assert not Membership.objects.exists()
    assert Household.objects.count() == 1
