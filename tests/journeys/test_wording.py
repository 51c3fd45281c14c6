"""A coordinator words a letter on a phone and sees it as it would leave, without a script of ours."""

import os
from pathlib import Path

from playwright.sync_api import expect

from cagette.people.enums import RoleKind
from tests.factories import OrganisationFactory, a_role
from tests.journeys.test_thread import enter, no_sideways_scroll, someone


def test_a_letter_is_worded_shown_and_kept(phone, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    group = OrganisationFactory(name="A Sporta", slug="a-sporta")
    coordinator = a_role(someone("Jeanne"), group, RoleKind.COORDINATOR)
    page = phone(script=False)
    enter(page, coordinator, "/groupes/a-sporta/lettres/opening/")
    frame = page.frame_locator("iframe[name=apercu]")
    expect(frame.locator("h1")).to_contain_text("La vente est ouverte")

    page.get_by_label("Objet").fill("{groupe} ouvre")
    page.get_by_label("Au début").fill("Bonjour <b>à tous</b>")
    page.get_by_role("button", name="Voir l’aperçu").click()

    expect(frame.locator("body")).to_contain_text("Objet : A Sporta ouvre")
    expect(frame.locator("body")).to_contain_text("Bonjour <b>à tous</b>")
    font = frame.locator("h1").evaluate("heading => getComputedStyle(heading).borderBottomStyle")
    assert font == "solid"  # the letter's own style is allowed in its frame
    assert no_sideways_scroll(page)
    if shots := os.environ.get("LETTER_SHOTS"):
        page.screenshot(path=Path(shots) / "wording.png", full_page=True)

    page.get_by_role("button", name="Enregistrer").click()
    expect(frame.locator("body")).to_contain_text("Objet : A Sporta ouvre")
    expect(page.get_by_role("button", name="Revenir au texte d’origine")).to_be_visible()
