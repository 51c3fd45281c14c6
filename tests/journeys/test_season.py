"""A season in the browser: planned, answered, sold, closed, corrected, seen again, and repeated."""

from datetime import timedelta

from django.core.management import call_command
from playwright.sync_api import expect

from cagette.core import clock
from cagette.core.money import Money
from cagette.people.enums import RoleKind
from cagette.people.models import Household, Membership
from distribution.models import PickingList
from orders.cycles.models import Cycle, CycleTemplate, Participation
from tests.factories import (
    DeliveryPointFactory,
    OrganisationFactory,
    ProducerFactory,
    ProductFactory,
    a_listing,
    a_role,
)
from tests.journeys.test_thread import enter, fill_plan, keep, no_sideways_scroll, someone


def sweep():
    call_command("sweep", verbosity=0)


def test_a_season_is_planned_sold_closed_corrected_and_repeated(phone, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    group = OrganisationFactory(name="A Sporta", slug="a-sporta")
    farm = ProducerFactory(organisation__name="Ortu di Casinca", organisation__slug="ortu-di-casinca")
    point = DeliveryPointFactory(organisation=group, name="Furiani, salle des fêtes", slug="furiani")
    a_listing(group, farm)
    ProductFactory(
        producer=farm, name="Clémentines", unit_price=Money(250), case_size=12, piece_name="kg", pieces_name="kg"
    )
    ProductFactory(producer=farm, name="Poulet fermier", unit_price=Money(990), priced_in="gram", content=1800,
                   content_unit="gram", weight_least=1500, weight_most=2200, drawing="oeufs")  # fmt: skip
    grower = a_role(someone("Marie"), farm.organisation, RoleKind.ADMINISTRATOR)
    coordinator = a_role(someone("Jeanne"), group, RoleKind.COORDINATOR)
    pauline = someone("Pauline")
    pauline.household = Household.objects.create(name="Mattei, Pauline")
    pauline.save()
    Membership.objects.create(household=pauline.household, organisation=group, joined_on="2026-01-01")

    # she plans a sale with a minimum, and keeps it as a template that comes back each week
    desk = phone(width=1280)
    enter(desk, coordinator, "/groupes/a-sporta/ventes/nouvelle/")
    fill_plan(desk, farm.pk, point.pk, group.local(clock.now()))
    desk.locator("details", has=desk.locator(f"[name=farm_{farm.pk}_minimum]")).locator("summary").click()
    desk.locator(f"[name=farm_{farm.pk}_minimum]").fill("50,00")
    desk.locator("[name=opens_on]").fill((group.local(clock.now()).date() + timedelta(days=1)).isoformat())
    desk.get_by_role("button", name="Prévoir la vente").click()
    expect(desk.locator("#decider + ul")).to_contain_text("Ortu di Casinca : à inviter")
    desk.get_by_role("button", name="Inviter").click()
    expect(desk.locator("main")).to_contain_text("pas encore répondu")
    desk.get_by_role("link", name="Garder comme modèle").click()
    desk.locator("[name=name]").fill("Le samedi")
    desk.get_by_role("button", name="Garder").click()
    assert CycleTemplate.objects.get().name == "Le samedi"

    # the grower comes, for her own minimum
    field = phone()
    enter(field, grower, "/fermes/ortu-di-casinca/")
    field.get_by_role("button", name="Je viens").click()
    assert Participation.objects.get().answer == "comes"
    assert no_sideways_scroll(field)

    # it opens by itself; a household orders a share of a case and a chicken
    Cycle.objects.update(opens_at=clock.now() - timedelta(hours=1))
    sweep()
    pickup = Cycle.objects.get().pickups.get()
    home = phone()
    enter(home, pauline, "/moi/commandes/")
    home.goto(f"/groupes/a-sporta/retraits/{pickup.pk}/")
    for count in (1, 2, 3):
        home.get_by_label("Plus de Clémentines").click()
        expect(home.get_by_label("Quantité de Clémentines")).to_have_value(str(count))
    home.get_by_label("Plus de Poulet fermier").click()
    expect(home.locator("#barre")).to_contain_text("25,32")  # 3 × 2,50 + 1,8 kg × 9,90
    keep(home, "case")
    assert no_sideways_scroll(home)
    home.get_by_role("link", name="Voir le panier").click()
    home.get_by_role("button", name="Commander avec obligation de paiement").click()
    expect(home.locator("h1")).to_have_text("C’est commandé")

    # what there is to decide, by when: a farm below its minimum, a case to fill
    where = f"/groupes/a-sporta/ventes/{Cycle.objects.get().pk}/suivi/"
    desk.goto(where)
    expect(desk.locator("main")).to_contain_text("il manque 24,68\u00a0€ pour son minimum de 50,00\u00a0€")
    expect(desk.locator("main")).to_contain_text("Clémentines : il manque 9\u00a0kg pour un colis de 12\u00a0kg")
    keep(desk, "decisions")
    assert no_sideways_scroll(desk)

    # the close cuts the case; the list is written; a correction makes version 2, which says what changed
    closes_at = clock.now()
    Cycle.objects.update(closes_at=closes_at)
    Participation.objects.update(closes_at=closes_at)
    sweep()
    assert PickingList.objects.get().amount == Money(1782)
    desk.goto(where)
    desk.get_by_role("link", name="Les commandes").click()
    desk.get_by_role("link", name="Mattei, Pauline").click()
    desk.get_by_label("Poulet fermier").fill("2")
    desk.get_by_label("Pourquoi ?").fill("Demandé au téléphone.")
    desk.get_by_role("button", name="Corriger la commande").click()
    expect(desk.locator("main")).to_contain_text("« Demandé au téléphone. »")
    sweep()
    desk.goto(where)
    desk.get_by_role("button", name="Envoyer maintenant").click()
    expect(desk.locator("main")).to_contain_text("version 2")
    sweep()
    field.goto("/fermes/ortu-di-casinca/")
    field.get_by_role("link", name="Voir ce bon et confirmer").click()
    expect(field.locator("main")).to_contain_text("Poulet fermier")
    keep(field, "version-2")
    field.get_by_role("button", name="J’ai vu ce bon").locator("visible=true").click()
    assert PickingList.objects.get(version=2).amount == Money(3564)

    # the next one like it
    desk.goto(where)
    desk.get_by_role("link", name="Prévoir comme celle-ci").click()
    desk.get_by_role("button", name="Prévoir la vente").click()
    expect(desk.locator("#decider + ul")).to_contain_text("Ortu di Casinca : à inviter")
    assert Cycle.objects.count() == 2
    desk.goto("/groupes/a-sporta/ventes/")
    keep(desk, "season")
    assert no_sideways_scroll(desk)
    call_command("verify_integrity")
