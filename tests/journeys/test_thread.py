"""One journey, from the published product to the hand-over, on phones 360 pixels wide."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from django.core.management import call_command
from playwright.sync_api import Page, expect

from cagette.core import clock
from cagette.core.models import Letter
from cagette.people.enums import RoleKind
from cagette.people.models import User
from orders.cycles.models import Cycle, Participation
from tests.factories import DeliveryPointFactory, OrganisationFactory, ProducerFactory, UserFactory, a_listing, a_role

PASSWORD = "un-panier-de-saison"
SHOTS = os.environ.get("SCREENSHOTS")  # a folder: keep the pictures that the README shows


def keep(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def someone(first_name: str) -> User:
    user: Any = UserFactory(first_name=first_name, email=f"{first_name.lower()}@example.org", household=None)
    user.set_password(PASSWORD)
    user.save()
    return cast(User, user)


def enter(page: Page, user: User, path: str) -> None:
    page.goto(path)
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Entrer", exact=True).click()
    expect(page.locator("main")).to_be_visible()


def test_from_the_published_product_to_the_hand_over(phone, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    group = OrganisationFactory(name="A Sporta", slug="a-sporta")
    farm = ProducerFactory(organisation__name="Ortu di Casinca", organisation__slug="ortu-di-casinca")
    point = DeliveryPointFactory(organisation=group, name="Furiani, salle des fêtes", slug="furiani")
    a_listing(group, farm)
    grower = a_role(someone("Marie"), farm.organisation, RoleKind.ADMINISTRATOR)
    coordinator = a_role(someone("Jeanne"), group, RoleKind.COORDINATOR)

    # the grower publishes a product
    field = phone()
    enter(field, grower, "/fermes/ortu-di-casinca/catalogue/nouveau/")
    field.locator("[name=name]").fill("Blettes à cardes")
    field.locator("[name=category]").select_option("vegetables")
    field.locator("[name=unit][value=piece]").check()
    field.locator("[name=unit_price]").fill("2,80")
    field.locator("[name=piece_name]").fill("botte")
    field.locator("[name=pieces_name]").fill("bottes")
    field.locator("[name=stock_mode][value=unlimited]").check()
    field.locator("[name=reference]").fill("101")
    field.get_by_role("button", name="Ajouter au catalogue").click()
    expect(field.locator("main")).to_contain_text("Blettes à cardes")
    assert no_sideways_scroll(field)

    # the coordinator plans a sale and invites her
    desk = phone()
    enter(desk, coordinator, "/groupes/a-sporta/ventes/nouvelle/")
    local = group.local(clock.now())
    fill_plan(desk, farm.pk, point.pk, local)
    desk.get_by_role("button", name="Prévoir la vente").click()
    desk.get_by_role("button", name="Inviter").click()
    expect(desk.locator("main")).to_contain_text("pas encore répondu")
    assert no_sideways_scroll(desk)
    call_command("sweep", verbosity=0)
    assert Participation.objects.get().state == "open"
    assert Letter.objects.filter(kind="invitation").count() == 1

    # a household finds its point, signs up, orders
    home = phone()
    home.goto("/points/")
    keep(home, "points")
    home.get_by_role("link", name="Commander").click()
    home.get_by_label("Plus de Blettes à cardes").click()
    expect(home.locator("#barre")).to_contain_text("2,80")
    home.get_by_label("Plus de Blettes à cardes").click()
    expect(home.locator("#barre")).to_contain_text("5,60")
    keep(home, "shop")
    assert no_sideways_scroll(home)
    home.get_by_role("link", name="Voir le panier").click()
    home.get_by_role("link", name="Créer un compte").click()
    home.get_by_label("Prénom").fill("Pauline")
    home.get_by_label("Nom", exact=True).fill("Mattei")
    home.get_by_label("E-mail").fill("pauline@example.org")
    home.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    home.get_by_role("button", name="Créer mon compte").click()
    home.get_by_role("button", name="Rejoindre A Sporta").click()
    home.get_by_role("button", name="Commander avec obligation de paiement").click()
    expect(home.locator("h1")).to_have_text("C’est commandé")
    code = home.locator(".code b").inner_text()
    keep(home, "order")

    # the close passes; the letter's link opens the list without a password
    Cycle.objects.update(closes_at=clock.now())
    Participation.objects.update(closes_at=clock.now())
    call_command("sweep", verbosity=0)
    letter = Letter.objects.get(kind="picking_list")
    link = next(word for word in letter.text.split() if "/s/bon/" in word)
    letterbox = phone()
    letterbox.goto(link[link.index("/s/bon/") :])
    expect(letterbox.locator("h1")).to_contain_text("À préparer pour")
    expect(letterbox.locator("main")).to_contain_text("au gramme et au centime")
    keep(letterbox, "picking-list")
    letterbox.get_by_role("button", name="J’ai vu ce bon").locator("visible=true").click()
    expect(letterbox.locator("main")).to_contain_text("par le lien de la lettre")
    assert no_sideways_scroll(letterbox)

    # at the stand the code finds the basket; it is handed over once, and undone
    stand = phone()
    enter(stand, coordinator, "/groupes/a-sporta/distributions/")
    stand.get_by_role("link", name="Furiani, salle des fêtes").click()
    stand.get_by_placeholder("Nom, numéro ou code").fill(code)
    stand.get_by_role("button", name="Remis").click()
    expect(stand.locator("main")).to_contain_text("Mattei, Pauline, panier n° 1 : remis.")
    expect(stand.locator(".bar")).to_contain_text("1 sur 1")
    keep(stand, "stand")
    stand.get_by_role("button", name="Défaire").click()
    expect(stand.locator(".bar")).to_contain_text("0 sur 1")
    assert no_sideways_scroll(stand)
    call_command("verify_integrity")


def fill_plan(page: Page, producer_id: int, point_id: int, local) -> None:
    day = local.date()
    page.locator("[name=delivery_on]").fill((day + timedelta(days=3)).isoformat())
    page.locator("[name=opens_on]").fill((day - timedelta(days=1)).isoformat())
    page.locator("[name=opens_time]").fill("08:00")
    page.locator("[name=closes_on]").fill((day + timedelta(days=2)).isoformat())
    page.locator("[name=closes_time]").fill("20:00")
    page.locator(f"[name=farm_{producer_id}]").check()
    page.locator(f"[name=point_{point_id}]").check()
    page.locator(f"[name=point_{point_id}_from]").fill("10:00")
    page.locator(f"[name=point_{point_id}_to]").fill("12:00")
