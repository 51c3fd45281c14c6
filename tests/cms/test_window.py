"""The shop window: home and territory, live from queries."""

from datetime import timedelta

import pytest
from wagtail.models import Page, Site

from cagette.core import clock
from cms.pages.models import HomePage, TerritoryPage
from tests.factories import CommuneFactory, CycleFactory, ParticipationFactory, PickupFactory, TerritoryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def territory_page():
    territory = TerritoryFactory()
    territory.communes.add(CommuneFactory())
    page = TerritoryPage(title="Casinca", slug="casinca", territory=territory)
    HomePage.objects.get().add_child(instance=page)
    return page


def a_coming_sale():
    now = clock.now()
    cycle = CycleFactory(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1))
    part = ParticipationFactory(cycle=cycle, producer__organisation__commune_code="2B346")
    return part, PickupFactory(cycle=cycle, starts_at=now + timedelta(days=2), ends_at=now + timedelta(days=2, hours=1))


def test_home_is_there_from_the_first_migration_and_shows_the_next_sales(client):
    _part, pickup = a_coming_sale()

    shown = client.get("/").content.decode()

    assert Site.objects.get(is_default_site=True).root_page.specific == HomePage.objects.get()
    assert pickup.point.name in shown
    assert "Commander" in shown
    assert Page.find_problems() == ([], [], [], [], [])


def test_a_territory_shows_its_points_sales_and_farms_on_a_map_and_in_lists(client, territory_page):
    part, pickup = a_coming_sale()

    shown = client.get("/casinca/").content.decode()

    assert shown.count(pickup.point.name) >= 2
    assert part.producer.organisation.name in shown
    assert "1\u00a0point de retrait, 1\u00a0ferme" in shown


def test_an_empty_territory_says_so(client, territory_page):
    shown = client.get("/casinca/").content.decode()

    assert "Pas encore de point de retrait." in shown
    assert "Aucune vente n’est prévue" in shown


@pytest.mark.parametrize("sales", [1, 3])
def test_a_territory_takes_the_same_queries_however_many_points(
    client, territory_page, django_assert_max_num_queries, sales
):
    for _ in range(sales):
        a_coming_sale()
    client.get("/casinca/")

    with django_assert_max_num_queries(20) as seen:
        client.get("/casinca/")

    assert len(seen) == 13


def test_no_page_of_ours_runs_inline_scripts_or_asks_others(client, territory_page):
    a_coming_sale()
    for address in ("/", "/casinca/", "/points/", "/compte/login/"):
        answer = client.get(address)
        text = answer.content.decode()
        assert "style=" not in text
        assert "<script>" not in text
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert "unsafe-inline" not in answer["Content-Security-Policy"]
