"""A household orders on a phone, with and without a script: a shared case, a chicken to be weighed, a slot, a note."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from cagette.core import clock
from cagette.core.money import Money
from orders.baskets import placing
from orders.baskets.models import Order
from orders.cycles.enums import FeeKind
from orders.cycles.models import Fee, PickupSlot
from tests.factories import CycleFactory, OfferFactory, ParticipationFactory, PickupFactory, a_member, an_order
from tests.journeys.test_thread import PASSWORD, enter, keep, no_sideways_scroll
from tests.orders.baskets.test_bills import CHICKEN

HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]


def a_sale():
    """Lemons in a case that holds seven of twelve, a chicken; two slots, one of them full; fees; a minimum of 20.00."""
    now = clock.now()
    cycle = CycleFactory(
        opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1), allows_notes=True,
        order_minimum=Money(2000), minimum_rule="cancel",
    )  # fmt: skip
    part = ParticipationFactory(cycle=cycle, producer__organisation__name="Ortu di Casinca", minimum=Money(8000))
    pickup = PickupFactory(cycle=cycle)
    half = timedelta(minutes=30)
    slots = [
        PickupSlot.objects.create(
            pickup=pickup, starts_at=pickup.starts_at + n * half, ends_at=pickup.starts_at + (n + 1) * half, capacity=1
        )
        for n in range(2)
    ]
    Fee.objects.create(
        cycle=cycle, name="Transport", kind=FeeKind.PERCENT_ORDER, permyriad=500, earner="Camion partagé"
    )
    lemons = OfferFactory(
        participation=part, product__name="Citrons de Pietra", product__drawing="citron", product__tint="straw",
        product__case_size=12, product__minimum=2, product__maximum=6, product__unit_price=Money(120),
    )  # fmt: skip
    chicken = OfferFactory(
        participation=part, product__name="Poulet fermier", product__category="meat", product__drawing="panier",
        **{f"product__{name}": value for name, value in CHICKEN.items()},
    )  # fmt: skip
    placing.place_order(
        **an_order(pickup, a_member(cycle.organisation), (lemons, 6), (chicken, 1), slot_id=slots[0].pk, now=now)
    )
    return pickup, lemons, chicken, slots


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_household_orders_a_case_and_a_chicken_on_its_phone(phone, settings, script):
    settings.PASSWORD_HASHERS = HASHERS
    pickup, lemons, chicken, slots = a_sale()
    user = a_member(pickup.cycle.organisation)
    user.set_password(PASSWORD)
    user.save()
    shop = f"/groupes/{pickup.cycle.organisation.slug}/retraits/{pickup.pk}/"
    page = phone(script=script)
    enter(page, user, "/moi/")

    page.goto(shop)
    expect(page.get_by_text("6 sur 12, il en manque 6")).to_be_visible()
    expect(page.get_by_text("entre 14,85")).to_be_visible()
    assert no_sideways_scroll(page)
    page.get_by_role("button", name="Plus de Citrons de Pietra").click()
    expect(page.get_by_text("8 sur 12, il en manque 4, votre panier compris")).to_be_visible()
    tolerance = page.locator(f"#offre-{lemons.pk} [name=tolerance]")
    if script:
        expect(page.locator(".htmx-added")).to_have_count(0)  # what was swapped in listens only then
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            tolerance.select_option("2")
    else:
        tolerance.select_option("2")
        page.get_by_role("button", name="Noter").click()
    page.get_by_role("button", name="Plus de Poulet fermier").click()
    # 2.40 and 17.82, and 1.01 of fees
    expect(page.locator("#barre")).to_contain_text("21,23")
    keep(page, f"boutique-{script}")

    page.goto(f"{shop}panier/")
    expect(page.locator(f"[name=tolerance-{lemons.pk}]")).to_have_value("2")
    expect(page.get_by_text("sans lui, ces lignes seront annulées")).to_be_visible()
    expect(page.locator(f"[name=slot][value='{slots[0].pk}']")).to_be_disabled()
    page.locator(f"#offre-{chicken.pk} summary").click()
    page.locator(f"[name=note-{chicken.pk}]").fill("Pas trop gros")
    page.locator(f"[name=replace-{chicken.pk}]").check()
    page.locator(f"[name=slot][value='{slots[1].pk}']").check()
    page.get_by_label("Qui vient chercher").fill("Ghjuvan")
    page.locator(f"[name=note-{chicken.pk}]").press("Enter")  # keeps it, and orders nothing
    expect(page.locator(f"[name=note-{chicken.pk}]")).to_have_value("Pas trop gros")
    assert Order.objects.count() == 1
    expect(page.get_by_label("Qui vient chercher")).to_have_value("Ghjuvan")
    assert no_sideways_scroll(page)
    if page.viewport_size:
        page.set_viewport_size({"width": 360, "height": 2200})
        keep(page, f"panier-{script}")
    page.get_by_role("button", name="Commander avec obligation de paiement").click()
    expect(page.get_by_role("heading", name="C’est commandé")).to_be_visible()

    order = Order.objects.get(household=user.household)
    assert (order.slot, order.collector) == (slots[1], "Ghjuvan")
    lines = {line.offer_id: (line.count, line.tolerance, line.may_replace, line.note) for line in order.lines.all()}
    assert lines == {lemons.pk: (2, 2, False, ""), chicken.pk: (1, 0, True, "Pas trop gros")}
