"""The masthead: where one is, where one may go; cheap, and nothing for pages that print none."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import resolve, reverse

from cagette.people import context
from cagette.people.enums import OrganisationKind, RoleKind
from tests.factories import OrganisationFactory, UserFactory, a_member, a_role

pytestmark = pytest.mark.django_db


def masthead_of(address, user):
    request = RequestFactory().get(address)
    request.resolver_match = resolve(request.path)
    request.user = user
    return context.masthead(request)["masthead"]


def labels(links):
    return [link.label for link in links]


@pytest.fixture
def group():
    return OrganisationFactory(slug="a-sporta", name="A Sporta")


@pytest.fixture
def farm():
    return OrganisationFactory(slug="ortu", name="Ortu", kind=OrganisationKind.PRODUCER)


def test_a_coordinator_in_the_group_sees_the_groups_work(group, django_assert_num_queries):
    user = a_role(UserFactory(household=None), group)

    with django_assert_num_queries(2):
        shown = masthead_of("/groupes/a-sporta/ventes/", user)
        assert (shown.house, shown.house_url) == ("A Sporta", "/groupes/a-sporta/ventes/")

    assert labels(shown.links) == ["Ventes", "Fermes", "Distributions", "Courriers", "Modèles", "Réglages"]
    assert [link.label for link in shown.links if link.current] == ["Ventes"]
    assert shown.switch == []


def test_a_farms_person_sees_the_farms_work(farm):
    shown = masthead_of("/fermes/ortu/catalogue/", a_role(UserFactory(), farm, RoleKind.STAFF))

    assert labels(shown.links) == ["Aujourd’hui", "Récoltes", "Catalogue", "Bons", "Groupes", "Courriers", "Profil"]
    assert [link.label for link in shown.links if link.current] == ["Catalogue"]


def test_a_volunteer_sees_the_distributions_alone(group):
    user = a_role(a_member(group), group, RoleKind.VOLUNTEER)

    assert labels(masthead_of("/groupes/a-sporta/distributions/", user).links) == ["Distributions"]


def test_a_household_in_a_groups_shop_sees_its_orders_under_the_groups_name(group, django_assert_num_queries):
    user = a_member(group)

    with django_assert_num_queries(2):
        shown = masthead_of("/groupes/a-sporta/retraits/1/", user)
        assert (shown.house, shown.house_url) == ("A Sporta", "/")

    assert labels(shown.links) == ["Mes commandes", "Points de retrait"]


def test_people_with_several_roles_have_a_switcher(group, farm):
    user = a_role(a_role(a_member(group), group), farm, RoleKind.STAFF)
    a_role(user, group, RoleKind.VOLUNTEER)  # who coordinates hands over too

    shown = masthead_of("/commandes/", user)

    assert labels(shown.switch) == ["A Sporta, les ventes", "Ortu, la ferme", "Mes commandes", "Mon espace"]
    assert [link.label for link in shown.switch if link.current] == ["Mes commandes"]


def test_a_page_that_prints_no_masthead_asks_nothing(group, django_assert_num_queries):
    user = a_role(UserFactory(), group)

    with django_assert_num_queries(0):
        masthead_of("/groupes/a-sporta/ventes/", user)


def test_visitors_cost_nothing_but_the_name_of_the_group_they_visit(group, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert labels(masthead_of("/points/", AnonymousUser()).links) == ["Points de retrait"]
    with django_assert_num_queries(1):
        assert masthead_of("/groupes/a-sporta/retraits/1/", AnonymousUser()).house == "A Sporta"


def test_an_organisation_that_does_not_exist_is_no_house(group):
    assert masthead_of("/groupes/autre/ventes/", AnonymousUser()).house == "Cagette"


def test_every_link_of_every_masthead_leads_somewhere():
    for links in context.LINKS.values():
        for _label, name in links:
            assert resolve(reverse(name, args=["a-sporta"]))
    for _label, name in (*context.OWN, *context.OPEN_TO_ALL, ("", "account_login"), ("", "people:me")):
        assert resolve(reverse(name))


def test_the_page_itself_marks_where_one_is(client, group):
    client.force_login(a_role(a_member(group), group))

    page = client.get("/groupes/a-sporta/courriers/").content.decode()

    assert page.count('href="/groupes/a-sporta/courriers/" aria-current="page"') == 2  # wide and phone
    assert "A Sporta, les ventes" in page
