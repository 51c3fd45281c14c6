"""The pages of templates: kept from a sale, a rhythm in words, the next dates and what becomes of each."""

from datetime import date, datetime, timedelta

import pytest

from cagette.core import clock
from cagette.core.money import Money
from orders.cycles import templating
from orders.cycles.enums import Recurrence, SaleState
from orders.cycles.models import Cycle, CycleTemplate
from orders.cycles.templating import Rhythm
from producers.models import Pause
from tests.factories import NOW, PARIS, CycleFactory, ParticipationFactory, PickupFactory, UserFactory, a_role, fresh
from tests.orders.cycles.pages import TODAY, at, shown, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

WEEKLY = {"rule": "weekly", "weekday": "5", "nth": "1", "starts_on": "2026-12-01", "until_on": "", "weeks_ahead": "4"}


@pytest.fixture
def cycle(group, farm, point):
    """Opens on Monday at noon, closes on Thursday at 20 h, is delivered on Saturday 28 November."""
    found = CycleFactory(organisation=group, order_minimum=Money(1500))
    ParticipationFactory(cycle=found, producer=farm, state=SaleState.PLANNED, minimum=Money(5000))
    pickup = PickupFactory(cycle=found, point=point, capacity=40)
    pickup.slots.create(starts_at=pickup.starts_at, ends_at=pickup.starts_at + timedelta(minutes=30), capacity=8)
    return found


@pytest.fixture
def template(cycle, coordinator):
    return templating.keep_template(cycle_id=cycle.pk, name="Marché du samedi", by=coordinator, now=NOW)


def dates_of(page):
    """The dates that a template's page shows, each with the word for its state."""
    rows = page.split('id="dates"')[1].split("</ol>")[0].split("<li ")[1:]
    states = ("prévue", "sautée", "trop tard", "bloquée", "à prévoir")
    return [
        (row.split("<b>")[1].split("</b>")[0], next(state for state in states if f"{state}</span>" in row))
        for row in rows
    ]


def test_a_sale_is_kept_once_and_its_page_says_all_that_it_plans(client, group, coordinator, cycle):
    for _time in range(2):
        answer = client.post(at("keep", group, cycle.pk), {"name": "  Marché   du samedi "})

    kept = CycleTemplate.objects.get()
    assert answer["Location"] == at("template", group, kept.pk)
    page = shown(client, at("template", group, kept.pk))
    for said in (
        "Marché du samedi", "5 jours avant la livraison, à 12 h", "2 jours avant la livraison, à 20 h",
        "Ortu di Lena, à partir de 50,00 €", "de 10 h à 12 h", "40 paniers au plus",
        "créneaux de 30 min, 8 paniers chacun", "15,00 €", "à la demande",
    ):  # fmt: skip
        assert said in page
    assert "Aucune : dites ci-dessous quand la vente revient" in page


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_a_template_needs_a_name(client, group, coordinator, cycle, name):
    page = told(client.post(at("keep", group, cycle.pk), {"name": name}))

    assert 'id="id_name_error"' in page
    assert not CycleTemplate.objects.exists()


@pytest.mark.parametrize(
    ("rhythm", "words", "first"),
    [
        ({}, "chaque samedi", ["Samedi 5 décembre", "Samedi 12 décembre", "Samedi 19 décembre"]),
        ({"rule": "fortnightly"}, "un samedi sur deux", ["Samedi 5 décembre", "Samedi 19 décembre"]),
        # a month has its last Saturday even where a fifth one lacks: 26 December, 30 January, 27 February
        (
            {"rule": "monthly", "nth": "5"}, "le dernier samedi du mois",
            ["Samedi 26 décembre", "Samedi 30 janvier", "Samedi 27 février"],
        ),
        ({"rule": "monthly", "nth": "1", "weekday": "2"}, "le 1er mercredi du mois", ["Mercredi 2 décembre"]),
    ],
)  # fmt: skip
def test_a_rhythm_is_said_in_words_and_names_the_next_twelve_dates(
    client, group, coordinator, template, rhythm, words, first
):
    page = told(client.post(at("template", group, template.pk), {**WEEKLY, **rhythm}, follow=True))

    assert words in page
    dates = dates_of(page)
    assert [day for day, _state in dates[: len(first)]] == first
    assert len(dates) == 12
    assert "d’elle-même le" in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"starts_on": ""}, "Dites à partir de quel jour la vente revient."),
        ({"until_on": "2026-11-30"}, "La dernière date vient avant la première."),
        ({"weeks_ahead": "0"}, "supérieure ou égale à 1"),
        ({"weeks_ahead": "NaN"}, "nombre entier"),
        ({"weekday": "7"}, "Sélectionnez un choix valide"),
        ({"nth": "6"}, "Sélectionnez un choix valide"),
        ({"starts_on": "31/02/2027"}, "date valide"),
    ],
)
def test_a_rhythm_that_does_not_hold_is_refused_in_words(client, group, coordinator, template, changed, words):
    page = told(client.post(at("template", group, template.pk), {**WEEKLY, **changed}))

    assert words in page
    assert fresh(template).rule == Recurrence.NONE


def test_each_date_says_what_becomes_of_it(client, group, coordinator, farm, template):
    by = coordinator
    rhythm = Rhythm(Recurrence.WEEKLY, weekday=5, starts_on=date(2026, 11, 28), until_on=date(2026, 12, 26))
    templating.set_rhythm(template_id=template.pk, rhythm=rhythm, by=by, now=NOW)
    templating.plan_date(template_id=template.pk, day=date(2026, 12, 5), now=NOW)
    templating.skip_date(template_id=template.pk, day=date(2026, 12, 12), skipped=True, by=by, now=NOW)
    Pause.objects.create(producer=farm, from_on=date(2026, 12, 19), until_on=date(2026, 12, 19), created_at=NOW)

    page = shown(client, at("template", group, template.pk))

    assert dates_of(page) == [
        ("Samedi 28 novembre", "à prévoir"),
        ("Samedi 5 décembre", "prévue"),
        ("Samedi 12 décembre", "sautée"),
        ("Samedi 19 décembre", "bloquée"),  # the only farm is closed
        ("Samedi 26 décembre", "à prévoir"),
    ]
    assert "Choisissez au moins une ferme." in page


def test_a_date_whose_close_has_passed_is_too_late(client, group, coordinator, template, monkeypatch):
    client.post(at("template", group, template.pk), WEEKLY)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 4, 9, 0, tzinfo=PARIS))  # it closed on Thursday

    assert dates_of(shown(client, at("template", group, template.pk)))[:2] == [
        ("Samedi 5 décembre", "trop tard"), ("Samedi 12 décembre", "à prévoir"),
    ]  # fmt: skip


def test_an_hour_that_spring_skips_is_a_sentence_beside_its_date(client, group, coordinator, template):
    CycleTemplate.objects.update(plan={**template.plan, "closes": [-2, "02:30"]})  # 30 March 2027 is a Tuesday
    client.post(at("template", group, template.pk), {**WEEKLY, "weekday": "1", "starts_on": "2027-03-23"})

    page = shown(client, at("template", group, template.pk))
    refused = told(client.post(at("plan_now", group, template.pk), {"day": "2027-03-30"}))

    assert dates_of(page)[:2] == [("Mardi 23 mars", "à prévoir"), ("Mardi 30 mars", "bloquée")]
    assert "Le 28/03/2027, l’heure d’été saute 02:30" in page
    assert 'id="id_day_error"' in refused
    assert Cycle.objects.count() == 1


def test_a_date_is_skipped_and_taken_back(client, group, coordinator, template):
    client.post(at("template", group, template.pk), WEEKLY)

    for _time in range(2):
        skipped = told(client.post(at("skip", group, template.pk), {"day": "2026-12-12"}, follow=True))
    assert dates_of(skipped)[1] == ("Samedi 12 décembre", "sautée")

    for _time in range(2):
        back = told(
            client.post(at("skip", group, template.pk), {"day": "2026-12-12", "geste": "reprendre"}, follow=True)
        )
    assert dates_of(back)[1] == ("Samedi 12 décembre", "à prévoir")
    assert fresh(template).skipped == []
    assert "ne se lit pas" in told(client.post(at("skip", group, template.pk), {"day": "\x00"}, follow=True))


def test_a_sale_is_planned_now_for_any_day_once_and_its_farms_are_invited(client, group, coordinator, template):
    templating.skip_date(template_id=template.pk, day=date(2026, 12, 9), skipped=True, by=coordinator, now=NOW)

    answers = [client.post(at("plan_now", group, template.pk), {"day": "2026-12-09"}) for _ in range(2)]  # Wednesday

    planned = Cycle.objects.get(template=template)
    assert [answer["Location"] for answer in answers] == [at("cycle", group, planned.pk)] * 2
    assert planned.closes_at == datetime(2026, 12, 7, 20, 0, tzinfo=PARIS)
    assert planned.created_by == coordinator
    assert planned.participations.get().invited_at == TODAY
    assert fresh(template).skipped == []
    assert dates_of(shown(client, at("template", group, template.pk))) == [("Mercredi 9 décembre", "prévue")]


@pytest.mark.parametrize(
    ("day", "words"), [("2026-11-21", "La clôture est déjà passée."), ("hier", "date valide"), ("", "requis")]
)
def test_a_day_that_cannot_be_planned_is_refused_beside_it(client, group, coordinator, template, day, words):
    page = told(client.post(at("plan_now", group, template.pk), {"day": day}))

    assert words in page
    assert 'id="id_day_error"' in page
    assert Cycle.objects.count() == 1


def test_an_ended_template_plans_nothing_until_it_is_taken_up_again(client, group, coordinator, template):
    client.post(at("template", group, template.pk), WEEKLY)

    for _time in range(2):
        ended = told(client.post(at("end_template", group, template.pk), follow=True))
    refused = told(client.post(at("plan_now", group, template.pk), {"day": "2026-12-05"}, follow=True))
    assert templating.plan_due(now=TODAY) == 0
    assert "Ce modèle est terminé" in ended
    assert "Terminer ce modèle" not in ended
    assert "Ce modèle est terminé : reprenez-le d’abord." in refused

    for _time in range(2):
        client.post(at("take_up_template", group, template.pk))
    assert fresh(template).ended_at is None
    assert templating.plan_due(now=TODAY) == 3  # 5, 12 and 19 December


def test_a_template_whose_name_was_given_again_stays_ended(client, group, coordinator, template, cycle):
    client.post(at("end_template", group, template.pk))
    client.post(at("keep", group, cycle.pk), {"name": "Marché du samedi"})

    page = told(client.post(at("take_up_template", group, template.pk), follow=True))

    assert "Un autre modèle porte ce nom" in page
    assert fresh(template).ended_at == TODAY


def test_the_list_parts_current_from_ended_and_is_empty_in_words(client, group, coordinator, template):
    one = shown(client, at("templates", group))
    client.post(at("end_template", group, template.pk))
    none = shown(client, at("templates", group))

    assert "À la demande" in one
    assert "1 ferme, 1 point de retrait" in one
    assert "Pas encore de modèle" in none
    assert "Terminés" in none


def test_a_template_of_another_group_is_not_found_and_a_member_may_not(client, group, coordinator, template):
    other = CycleFactory().organisation
    elsewhere = a_role(UserFactory(), other)

    client.force_login(elsewhere)
    for name in ("skip", "plan_now", "end_template", "take_up_template"):
        assert client.post(at(name, other, template.pk), {"day": "2026-12-05"}).status_code == 404
    assert client.get(at("template", other, template.pk)).status_code == 404
    assert client.get(at("template", group, template.pk)).status_code == 404
    assert fresh(template).ended_at is None


@pytest.mark.parametrize("dates", [1, 3])
def test_a_templates_page_takes_the_same_queries_however_many_dates(
    client, group, coordinator, template, django_assert_num_queries, dates
):
    until = date(2026, 12, 5) + timedelta(weeks=dates - 1)
    rhythm = Rhythm(Recurrence.WEEKLY, weekday=5, starts_on=date(2026, 12, 1), until_on=until)
    templating.set_rhythm(template_id=template.pk, rhythm=rhythm, by=coordinator, now=NOW)

    with django_assert_num_queries(11):
        page = shown(client, at("template", group, template.pk))

    assert len(dates_of(page)) == dates


@pytest.mark.parametrize("templates", [1, 3])
def test_the_list_takes_the_same_queries_however_many_templates(
    client, group, coordinator, cycle, django_assert_num_queries, templates
):
    for number in range(templates):
        templating.keep_template(cycle_id=cycle.pk, name=f"Modèle {number}", by=coordinator, now=NOW)

    with django_assert_num_queries(7):
        assert shown(client, at("templates", group)).count("À la demande") == templates
