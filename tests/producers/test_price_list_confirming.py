"""A long price list is applied in the background: once, whole, however late; its page says where it stands."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from cagette.core import clock, health, sweeps
from cagette.core.models import AuditEntry
from cagette.core.money import Money
from cagette.people.enums import RoleKind
from producers import tasks
from producers.models import PriceListDraft, Product
from producers.price_lists import applying, confirming
from producers.price_lists.applying import Applied
from tests.factories import NOW, ProducerFactory, ProductFactory, UserFactory, a_role, fresh
from tests.producers.files import a_csv, a_draft, applied

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(seconds=5)


def long_list(count=301, price="2,80"):
    return a_csv(*[f"{n};Blettes {n};Légumes;à la pièce;botte;bottes;600 g;{price};1;1;30" for n in range(count)])


def waiting(producer=None, content=None, **changed):
    draft = a_draft(producer or ProducerFactory(), content or long_list())
    assert applied(draft, **changed) is None
    return draft


def test_three_hundred_rows_are_applied_at_once_and_one_more_in_the_background():
    assert applied(a_draft(ProducerFactory(), long_list(300))) == Applied(added=300)

    draft = waiting()

    assert Product.objects.filter(producer=draft.producer).count() == 0
    assert (fresh(draft).confirmed_at, fresh(draft).applied_at) == (NOW, None)
    assert confirming.apply_due(now=LATER) == 1
    assert Product.objects.filter(producer=draft.producer).count() == 301
    assert Applied(**fresh(draft).outcome) == Applied(added=301)


def test_confirming_twice_and_applying_twice_is_once():
    draft = waiting()
    by = UserFactory()

    assert applied(draft, by=by, digest="whatever") is None
    assert fresh(draft).confirmed_by != by
    assert [confirming.apply_due(now=LATER), confirming.apply_due(now=LATER)] == [1, 0]
    assert applied(draft, digest="whatever") == Applied(added=301)

    assert Product.objects.count() == 301
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.by_id) == ("producers.price_list_applied", fresh(draft).confirmed_by_id)


def test_a_list_that_was_confirmed_in_time_is_applied_however_late():
    producer = ProducerFactory()
    draft = waiting(producer)
    a_draft(producer, long_list(1), now=NOW + timedelta(days=3))

    assert confirming.apply_due(now=NOW + timedelta(days=3)) == 1
    assert fresh(draft).applied_at == NOW + timedelta(days=3)


def test_nothing_is_due_that_nobody_confirmed():
    a_draft(ProducerFactory(), long_list())

    assert confirming.apply_due(now=LATER) == 0
    assert not Product.objects.exists()


def test_a_catalogue_that_changed_meanwhile_sends_the_list_back_to_its_preview():
    producer = ProducerFactory()
    product = ProductFactory(producer=producer, reference="7", unit_price=Money(100))
    draft = waiting(producer)
    Product.objects.update(unit_price=Money(200))
    other = waiting()

    assert confirming.apply_due(now=LATER) == 1

    assert fresh(other).applied_at == LATER
    back = fresh(draft)
    assert (back.confirmed_at, back.applied_at) == (None, None)
    assert "Le catalogue a changé" in back.refusal
    assert fresh(product).unit_price == Money(200)
    assert confirming.apply_due(now=LATER) == 0
    # confirmed again as it is now, it goes through and says no more of it
    assert applied(back) is None
    assert (confirming.apply_due(now=LATER), fresh(draft).refusal) == (1, "")


def test_a_list_with_errors_is_refused_at_once_unless_they_are_left():
    producer = ProducerFactory()
    content = long_list() + b"\nX;Navets;Chaussures;;;;;2,00;1;1;3"
    draft = a_draft(producer, content)

    with pytest.raises(applying.PriceListRefused, match="Corrigez"):
        applied(draft)
    assert fresh(draft).confirmed_at is None

    assert applied(draft, leave_errors=True) is None
    confirming.apply_due(now=LATER)
    assert Applied(**fresh(draft).outcome) == Applied(added=301, errors=1)


def test_one_that_fails_stops_no_other_and_writes_nothing(monkeypatch, caplog):
    bad, good = waiting(), waiting()
    write = confirming.write_plan

    def fail(draft, plan, **kwargs):
        write(draft, plan, **kwargs)
        if draft.pk == bad.pk:
            raise RuntimeError("killed")

    monkeypatch.setattr(confirming, "write_plan", fail)
    assert confirming.apply_due(now=LATER) == 1
    assert fresh(bad).applied_at is None
    assert not Product.objects.filter(producer=bad.producer).exists()
    assert f"price list {bad.pk} was not applied" in caplog.text

    monkeypatch.undo()
    assert confirming.apply_due(now=LATER) == 1
    assert Product.objects.filter(producer=bad.producer).count() == 301
    assert fresh(good).applied_at == LATER


def test_the_sweep_the_task_and_the_health_page_know_of_it():
    draft = waiting()

    assert "1 price lists wait to be applied" in health.stuck(now=NOW + timedelta(minutes=4))
    assert "1 price lists wait to be applied" not in health.stuck(now=NOW + timedelta(minutes=2))
    assert sweeps.sweep_all(clock=lambda: LATER)["price lists"] == 1
    assert tasks.apply_due_price_lists() == 0
    assert fresh(draft).applied_at == LATER


def test_the_sweep_command_applies_it_without_a_broker(capsys):
    waiting()

    call_command("sweep")

    assert "price lists: 1" in capsys.readouterr().out


@pytest.mark.parametrize("count", [301, 303])
def test_applying_takes_the_same_queries_however_many_rows(count, django_assert_max_num_queries):
    waiting(content=long_list(count))

    with django_assert_max_num_queries(16):
        confirming.apply_due(now=LATER)


# --- Its pages --------------------------------------------------------------------------------------------


@pytest.fixture
def producer(client):
    producer = ProducerFactory()
    client.force_login(a_role(UserFactory(), producer.organisation, RoleKind.STAFF))
    return producer


def page_of(draft):
    return reverse("producers:price_list_draft", args=[draft.producer.organisation.slug, draft.pk])


def test_the_page_waits_asks_again_by_itself_and_shows_the_result(client, producer):
    draft = a_draft(producer, long_list(), now=clock.now())
    digest = applying.preview(draft).digest
    client.post(page_of(draft), {"digest": digest})

    page = client.get(page_of(draft)).content.decode()
    assert "Import en attente" in page
    assert 'hx-trigger="every 3s"' in page
    assert "301\u00a0lignes" in page
    assert f'href="{page_of(draft)}">' in page  # without JavaScript: the same page again
    part = client.get(page_of(draft), headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div id="import" hx-get=')
    client.post(page_of(draft), {"digest": digest})  # a second click, or the page of before

    assert tasks.apply_due_price_lists() == 1

    part = client.get(page_of(draft), headers={"HX-Request": "true"}).content.decode()
    assert "Tarifs importés" in part
    assert "hx-trigger" not in part
    assert Product.objects.count() == 301


def test_a_list_that_was_sent_back_says_why_over_its_preview(client, producer):
    draft = a_draft(producer, long_list(2))
    applying.refresh_draft(draft_id=draft.pk, producer_id=producer.pk, refusal="Le catalogue a changé.")

    page = client.get(page_of(draft)).content.decode()

    assert "Cet import n’a rien changé." in page
    assert "Aperçu, rien n’est encore changé" in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_files_names_the_imports_of_the_day_in_one_query(
    client, producer, count, django_assert_num_queries
):
    for _ in range(count):
        a_draft(producer, long_list(1))
        waiting(producer)
    assert PriceListDraft.objects.count() == 2 * count

    with django_assert_num_queries(8):
        page = client.get(reverse("producers:price_list", args=[producer.organisation.slug])).content.decode()

    assert page.count("en attente") == count
