"""The basket and the shop in the browser: fees, minimums, cases, slots, what is said of a line; without a script."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from cagette.core import clock
from cagette.core.money import Money
from orders.baskets import placing
from orders.baskets.models import Basket, BasketLine, Order
from orders.baskets.wishes import Wish, wish_of
from orders.cycles.enums import FeeKind
from orders.cycles.models import Cycle, Fee, Participation, PickupSlot
from tests.factories import CycleFactory, OfferFactory, ParticipationFactory, PickupFactory, a_member, an_order
from tests.orders.baskets.test_bills import CHICKEN
from tests.orders.baskets.test_pages import at, hidden, post_count

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale():
    """A sale that is open by the database's own clock."""
    now = clock.now()
    cycle = CycleFactory(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1), allows_notes=True)
    part = ParticipationFactory(cycle=cycle)
    return part, PickupFactory(cycle=cycle)


@pytest.fixture
def someone(client, sale):
    user = a_member(sale[0].cycle.organisation)
    client.force_login(user)
    return user


def an_offer(part, **fields):
    return OfferFactory(participation=part, **{f"product__{name}": value for name, value in fields.items()})


def a_case(part):
    return an_offer(part, name="Citrons", case_size=12, minimum=2, maximum=6, unit_price=Money(100))


def slots_of(pickup, *capacities):
    half = timedelta(minutes=30)
    return [
        PickupSlot.objects.create(
            pickup=pickup, starts_at=pickup.starts_at + n * half, ends_at=pickup.starts_at + (n + 1) * half,
            capacity=capacity,
        )
        for n, capacity in enumerate(capacities)
    ]  # fmt: skip


def text_of(client, pickup, name="basket"):
    """The page's words, without tags, each run of spaces as one."""
    page = client.get(at(name, pickup)).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def the_form(client, pickup):
    return hidden(client.get(at("basket", pickup)).content.decode())


# what it comes to


def test_the_basket_and_the_bar_show_each_fee_with_its_earner_and_the_total_with_fees(client, sale, someone):
    part, pickup = sale
    offer = an_offer(part, unit_price=Money(1000))
    Fee.objects.create(
        cycle=part.cycle, name="Transport", kind=FeeKind.PERCENT_ORDER, permyriad=550, earner="Camion partagé"
    )
    Fee.objects.create(cycle=part.cycle, name="Vie du groupe", kind=FeeKind.FIXED_HOUSEHOLD, amount=Money(150))
    post_count(client, pickup, offer, "2")

    basket, shop = text_of(client, pickup), text_of(client, pickup, "shop")

    assert "Transport, 5,5 % de la commande, pour Camion partagé 1,10 €" in basket
    assert f"Vie du groupe, par foyer et par vente, pour {part.cycle.organisation.name} 1,50 €" in basket
    assert "Produits 20,00 €" in basket
    assert "Total, à régler au retrait 22,60 €" in basket
    assert "22,60 € 1 produit, frais compris" in shop


def test_an_order_below_the_minimum_says_what_is_missing_and_leads_back_to_the_products(client, sale, someone):
    part, pickup = sale
    offer, cent = an_offer(part, unit_price=Money(2999)), an_offer(part, unit_price=Money(1))
    Cycle.objects.update(order_minimum=Money(3000))
    post_count(client, pickup, offer, "1")

    short = client.get(at("basket", pickup)).content.decode()
    refused = client.post(at("basket", pickup), hidden(short))
    post_count(client, pickup, cent, "1")
    met = client.get(at("basket", pickup)).content.decode()

    assert "il manque 0,01\u00a0€" in short
    assert "Commander avec obligation" not in short
    assert short.count('class="btn go') == met.count('class="btn go') == 1
    assert (refused.status_code, Order.objects.exists()) == (409, False)
    assert "il manque" not in met
    assert client.post(at("basket", pickup), hidden(met)).status_code == 302


@pytest.mark.parametrize(
    ("rule", "words"), [("come", "la ferme vient quand même"), ("cancel", "ces lignes seront annulées")]
)
def test_a_farm_below_its_minimum_says_so_and_what_becomes_of_its_lines(client, sale, someone, rule, words):
    part, pickup = sale
    Cycle.objects.update(minimum_rule=rule)
    Participation.objects.update(minimum=Money(8000))
    post_count(client, pickup, an_offer(part, unit_price=Money(1000)), "3")

    shown = text_of(client, pickup)

    assert "n’a pas encore son minimum de 80,00 €, il manque 50,00 €" in shown
    assert words in shown


def test_a_piece_that_is_weighed_later_shows_its_likely_price_and_range(client, sale, someone):
    part, pickup = sale
    chicken = an_offer(part, name="Poulet", **CHICKEN)
    post_count(client, pickup, chicken, "2")

    shop, basket = text_of(client, pickup, "shop"), text_of(client, pickup)

    assert "Pesée au retrait : entre 14,85 € et 21,78 €" in shop
    assert "env. 17,82 € / pièce" in shop
    assert "9,90 € le kg" in shop
    assert "env. 35,64 €" in basket
    assert "fait varier le total : entre 29,70 € et 43,56 €" in basket


# cases


def test_a_case_shows_its_fill_its_limits_and_takes_a_tolerance_without_a_script(client, sale, someone):
    part, pickup = sale
    offer = a_case(part)
    for count in (4, 3):
        other = a_member(part.cycle.organisation)
        placing.place_order(**an_order(pickup, other, (offer, count), now=clock.now()))
    empty = text_of(client, pickup, "shop")

    post_count(client, pickup, offer, "2")
    answer = post_count(client, pickup, offer, "2", tolerance="3")

    assert "Colis de 12, de 2 à 6 par foyer" in empty
    assert "7 sur 12, il en manque 5" in empty
    assert "j’en prendrais" not in empty  # nothing is in the basket yet
    shop = text_of(client, pickup, "shop")
    assert "9 sur 12, il en manque 3, votre panier compris" in shop
    assert "jusqu’à 4 de plus" in shop
    assert "jusqu’à 5 de plus" not in shop  # 2 + 5 > 6
    assert answer.content.decode().count('value="3" selected') == 1
    line = BasketLine.objects.get()
    assert (line.count, line.tolerance) == (2, 3)


def test_raising_the_count_takes_what_is_beyond_the_maximum_from_the_tolerance(client, sale, someone):
    part, pickup = sale
    offer = a_case(part)
    post_count(client, pickup, offer, "2", tolerance="4")

    post_count(client, pickup, offer, "2", geste="plus")

    line = BasketLine.objects.get()
    assert (line.count, line.tolerance) == (3, 3)


@pytest.mark.parametrize("tolerance", ["5", "-1", "x", "9999999999"])
def test_a_tolerance_that_cannot_be_is_refused_in_words(client, sale, someone, tolerance):
    part, pickup = sale
    offer = a_case(part)
    post_count(client, pickup, offer, "2")

    answer = post_count(client, pickup, offer, "2", tolerance=tolerance)

    assert answer.status_code == 200
    assert re.search("au plus par foyer|n’est pas possible|Rechargez", answer.content.decode())
    assert BasketLine.objects.get().tolerance == 0


def test_more_than_the_maximum_of_a_household_is_refused_in_the_basket(client, sale, someone):
    part, pickup = sale

    assert "6 au plus par foyer" in post_count(client, pickup, a_case(part), "7").content.decode()
    assert not BasketLine.objects.exists()


# slots and who collects


def test_slots_show_the_places_left_and_one_is_taken_with_the_order(client, sale, someone):
    part, pickup = sale
    full, free, wide = slots_of(pickup, 1, 3, None)
    offer = an_offer(part)
    placing.place_order(
        **an_order(pickup, a_member(part.cycle.organisation), (offer, 1), slot_id=full.pk, now=clock.now())
    )
    post_count(client, pickup, offer, "1")
    shown, form = text_of(client, pickup), the_form(client, pickup)

    none = client.post(at("basket", pickup), form)
    late = client.post(at("basket", pickup), {**form, "slot": full.pk, f"note-{offer.pk}": "mûrs", "collector": "Ghju"})
    done = client.post(at("basket", pickup), {**hidden(late.content.decode()), "slot": free.pk, "collector": "Ghju"})

    assert "10\u00a0h –\u2060 10\u00a0h\u00a030 complet".replace("\u00a0", " ") in shown
    assert "3 places libres" in shown
    assert (none.status_code, late.status_code, done.status_code) == (409, 409, 302)
    assert "Choisissez l’heure" in none.content.decode()
    assert "Il reste de la place : 10\u00a0h\u00a030" in late.content.decode()
    assert 'value="mûrs"' in late.content.decode()  # nothing is typed twice
    assert 'value="Ghju"' in late.content.decode()
    order = Order.objects.get(household=someone.household)
    assert (order.slot, order.collector) == (free, "Ghju")
    assert PickupSlot.objects.get(pk=wide.pk).taken == 0


def test_a_slot_and_a_name_that_are_chosen_stay_while_the_basket_changes(client, sale, someone):
    part, pickup = sale
    slot = slots_of(pickup, 2)[0]
    offer, other = an_offer(part), an_offer(part)
    post_count(client, pickup, offer, "1")
    post_count(client, pickup, other, "1")

    client.post(
        at("say", pickup), {**the_form(client, pickup), "slot": slot.pk, "collector": "Ghju", "retirer": other.pk}
    )

    page = client.get(at("basket", pickup)).content.decode()
    assert re.search(rf'value="{slot.pk}" required checked', page)
    assert 'value="Ghju"' in page
    assert {line.offer_id: line.count for line in BasketLine.objects.all()} == {offer.pk: 1, other.pk: 0}


@pytest.mark.parametrize("slot", ["x", "-1", "999999999", "1e3", "9" * 30])
def test_a_slot_that_is_none_of_the_pickups_is_refused_in_words(client, sale, someone, slot):
    part, pickup = sale
    slots_of(pickup, 2)
    post_count(client, pickup, an_offer(part), "1")

    refused = client.post(at("basket", pickup), {**the_form(client, pickup), "slot": slot})

    assert refused.status_code == 409
    assert re.search("n’existe plus|incomplet", refused.content.decode())
    assert not Order.objects.exists()


def test_after_the_close_a_household_may_still_say_who_comes_and_when(client, sale, someone):
    part, pickup = sale
    early, late = slots_of(pickup, 1, 1)
    offer = an_offer(part)
    placing.place_order(**an_order(pickup, someone, (offer, 1), slot_id=early.pk, now=clock.now()))
    Participation.objects.update(closes_at=clock.now())

    page = client.get(at("basket", pickup)).content.decode()
    client.post(at("basket", pickup), {**hidden(page), "slot": late.pk, "collector": "Ghju"})

    assert "Enregistrer" in page
    assert "Commander avec obligation" not in page
    order = Order.objects.get()
    assert (order.slot, order.collector, order.version) == (late, "Ghju", 2)
    assert [PickupSlot.objects.get(pk=slot.pk).taken for slot in (early, late)] == [0, 1]


# what is said of a line


def said(offer, **wish):
    names = {"tolerance": "tolerance", "may_replace": "replace", "note": "note"}
    return {f"{names[name]}-{offer.pk}": value for name, value in wish.items()}


def test_what_is_said_is_kept_without_ordering_and_goes_with_the_order(client, sale, someone):
    part, pickup = sale
    offer = a_case(part)
    post_count(client, pickup, offer, "2")

    client.post(
        at("say", pickup),
        {**the_form(client, pickup), **said(offer, tolerance="2", may_replace="1", note=" bien\x07 jaunes ")},
    )
    assert wish_of(BasketLine.objects.get()) == Wish(2, True, "bien jaunes")
    assert not Order.objects.exists()
    page = client.get(at("basket", pickup)).content.decode()
    shown = said(offer, tolerance="2", may_replace="1", note="bien jaunes")
    client.post(at("basket", pickup), {**hidden(page), **shown})

    assert 'value="bien jaunes"' in page
    assert 'value="1" checked' in page
    assert 'value="2" selected' in page
    assert wish_of(Order.objects.get().lines.get()) == Wish(2, True, "bien jaunes")
    assert 'value="bien jaunes"' in client.get(at("basket", pickup)).content.decode()  # from the order now


def test_where_the_group_takes_no_notes_no_field_is_shown_and_none_is_taken(client, sale, someone):
    part, pickup = sale
    Cycle.objects.update(allows_notes=False)
    offer = an_offer(part)
    post_count(client, pickup, offer, "1")

    page = client.get(at("basket", pickup)).content.decode()
    refused = client.post(at("say", pickup), {**hidden(page), **said(offer, note="mûrs")}, follow=True)

    assert f"note-{offer.pk}" not in page
    assert "ne prend pas de remarque" in refused.content.decode()
    assert BasketLine.objects.get().note == ""


def test_a_line_is_taken_out_and_put_back_as_it_was_ordered(client, sale, someone):
    part, pickup = sale
    offer = a_case(part)
    placing.place_order(**an_order(pickup, someone, (offer, 3), now=clock.now()))

    out = client.post(at("say", pickup), {**the_form(client, pickup), "retirer": offer.pk})
    gone = text_of(client, pickup)
    client.post(at("say", pickup), {**the_form(client, pickup), "remettre": offer.pk})

    assert out["Location"].endswith(f"#offre-{offer.pk}")
    assert "au lieu de 3" in gone
    assert BasketLine.objects.get().count == 3


@pytest.mark.parametrize("field", ["retirer", "remettre", "tolerance-{}", "count-x"])
def test_a_garbled_form_changes_nothing_and_is_said(client, sale, someone, field):
    part, pickup = sale
    offer = an_offer(part)
    post_count(client, pickup, offer, "1")

    answer = client.post(at("say", pickup), {**the_form(client, pickup), field.format(offer.pk): "٣"}, follow=True)

    assert "formulaire est incomplet" in answer.content.decode()
    assert BasketLine.objects.get().count == 1


def test_two_tabs_are_merged_with_what_each_said(client, sale, someone):
    part, pickup = sale
    offer, other = a_case(part), an_offer(part)
    post_count(client, pickup, offer, "2")
    form = {**the_form(client, pickup), **said(offer, tolerance="2", note="verts")}
    theirs = an_order(pickup, someone, (offer, 3), (other, 1), now=clock.now())
    theirs["wanted"][offer.pk] = placing.Wanted(3, offer.unit_price, 1, True, "mûrs")
    placing.place_order(**theirs)

    refused = client.post(at("basket", pickup), form)
    page = refused.content.decode()

    assert refused.status_code == 409
    assert "réuni les deux paniers" in page
    lines = {line.offer_id: (line.count, wish_of(line)) for line in Basket.objects.get().lines.all()}
    assert lines == {offer.pk: (3, Wish(2, True, "mûrs / verts")), other.pk: (1, Wish())}
    assert 'value="mûrs / verts"' in page


def test_what_a_visitor_said_comes_into_the_household_basket(client, sale):
    part, pickup = sale
    offer = a_case(part)
    post_count(client, pickup, offer, "2", tolerance="3")
    user, token = a_member(part.cycle.organisation), client.session["basket"]
    client.force_login(user)
    session = client.session
    session["basket"] = token
    session.save()

    post_count(client, pickup, offer, "3")

    line = BasketLine.objects.get(basket__household=user.household)
    assert (line.count, line.tolerance) == (3, 3)


def test_what_the_basket_holds_of_a_farm_that_has_closed_is_said(client, sale, someone):
    part, pickup = sale
    post_count(client, pickup, an_offer(part), "2")
    Participation.objects.update(closes_at=clock.now())

    assert "2 n’ont pas pu être commandés" in text_of(client, pickup)


@pytest.mark.parametrize("lines", [1, 3])
def test_the_basket_takes_the_same_queries_however_many_lines(client, django_assert_num_queries, sale, someone, lines):
    part, pickup = sale
    slots_of(pickup, 2)
    for _ in range(lines):
        post_count(client, pickup, an_offer(part), "1")
    for _ in range(10):
        an_offer(part)

    # pickup, session, person, clock, two of the masthead; order, basket, lines, offers, fees, slots, membership,
    # the people of the household
    with django_assert_num_queries(14):
        shown = client.get(at("basket", pickup))

    assert shown.content.decode().count('name="retirer"') == lines


def test_the_basket_of_a_person_without_a_household_asks_for_one(client, sale):
    _part, pickup = sale
    user = a_member(sale[0].cycle.organisation)
    user.household = None
    user.save()
    client.force_login(user)

    assert client.post(at("say", pickup))["Location"] == reverse("people:household")
