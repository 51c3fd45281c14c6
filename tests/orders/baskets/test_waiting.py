"""The waiting list of a sold-out offer: told once, in order, while there is some; nothing is reserved."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cagette.core import clock, outbox
from cagette.core.models import Letter
from orders.baskets import cancelling, placing, rules, waiting
from orders.baskets.models import Wait
from orders.baskets.queries.household import waits_of_cycle
from orders.cycles.models import Offer
from producers import locks as stock_locks
from producers.models import Stock
from tests.factories import (
    CLOSES,
    NOW,
    CycleFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    a_member,
    an_order,
)

pytestmark = pytest.mark.django_db


def minutes(number):
    return NOW + timedelta(minutes=number)


def a_sale(left=0, **product):
    part = ParticipationFactory()
    names = {f"product__{name}": value for name, value in product.items()}
    return part, PickupFactory(cycle=part.cycle), OfferFactory(participation=part, left=left, **names)


def wait(user, offer, wanted=True, now=NOW):
    return waiting.set_wait(household_id=user.household_id, offer_id=offer.pk, wanted=wanted, now=now)


def announce(offer, more):
    stock_locks.move({offer.stock_id: more})


def told(now):
    """Sweep and deliver; who was written to, in order."""
    before = set(Letter.objects.values_list("pk", flat=True))
    waiting.tell_waiting(now=now)
    outbox.deliver_due(now=now)
    return [letter.to for letter in Letter.objects.filter(kind="wait").order_by("pk") if letter.pk not in before]


def test_a_wait_is_once_and_taken_back_with_one_tap():
    part, _pickup, offer = a_sale()
    user = a_member(part.cycle.organisation)

    assert [wait(user, offer), wait(user, offer)] == [True, False]
    assert Wait.objects.get().told_at is None
    assert [wait(user, offer, False), wait(user, offer, False)] == [True, False]
    assert not Wait.objects.exists()


def test_one_does_not_wait_for_what_is_there_nor_after_the_close():
    part, _pickup, offer = a_sale(left=3)
    user = a_member(part.cycle.organisation)

    with pytest.raises(waiting.NothingToWaitFor, match="vous pouvez commander"):
        wait(user, offer)
    Stock.objects.update(remaining=0)
    with pytest.raises(rules.SaleClosed):
        wait(user, offer, now=CLOSES)

    assert not Wait.objects.exists()


def test_a_cancelled_order_frees_one_piece_and_the_first_who_waits_is_told_once():
    part, pickup, offer = a_sale(left=1)
    group = part.cycle.organisation
    holder, first, second = a_member(group), a_member(group), a_member(group)
    order = placing.place_order(**an_order(pickup, holder, (offer, 1)))
    wait(second, offer, now=minutes(2))
    wait(first, offer, now=minutes(1))

    assert told(minutes(3)) == []
    cancelling.cancel_order(order_id=order.pk, by=holder, now=minutes(4))

    assert told(minutes(5)) == [first.email]
    assert told(minutes(6)) == []
    assert Stock.objects.get().remaining == 1, "nothing is reserved"


def test_as_many_are_told_as_the_amount_may_serve():
    """1 kg, from 500 g on: two households; a third waits on."""
    part, _pickup, offer = a_sale(unit="gram", priced_in="gram", minimum=500, step=250)
    people = [a_member(part.cycle.organisation) for _ in range(3)]
    for number, person in enumerate(people):
        wait(person, offer, now=minutes(number))
    announce(offer, 1000)

    assert told(minutes(5)) == [people[0].email, people[1].email]
    assert told(minutes(6)) == []
    assert Wait.objects.get(told_at=None).household_id == people[2].household_id


def test_less_than_the_minimum_is_nothing_to_tell():
    part, _pickup, offer = a_sale(unit="gram", priced_in="gram", minimum=500, step=250)
    wait(a_member(part.cycle.organisation), offer)
    announce(offer, 499)

    assert told(minutes(1)) == []
    announce(offer, 1)
    assert len(told(minutes(2))) == 1


def test_after_two_hours_without_an_order_the_next_ones_are_told():
    part, _pickup, offer = a_sale()
    first, second = a_member(part.cycle.organisation), a_member(part.cycle.organisation)
    wait(first, offer)
    wait(second, offer, now=minutes(1))
    announce(offer, 1)

    assert told(minutes(2)) == [first.email]
    assert told(minutes(121)) == []
    assert told(minutes(122)) == [second.email]


def test_who_was_told_and_ordered_leaves_the_rest_to_the_next():
    part, pickup, offer = a_sale()
    first, second = a_member(part.cycle.organisation), a_member(part.cycle.organisation)
    wait(first, offer)
    wait(second, offer, now=minutes(1))
    announce(offer, 1)
    told(minutes(2))
    placing.place_order(**an_order(pickup, first, (offer, 1), now=minutes(3)))

    assert told(minutes(4)) == []
    announce(offer, 1)
    assert told(minutes(5)) == [second.email]


def test_near_the_close_all_who_wait_are_told_at_once():
    part, _pickup, offer = a_sale()
    people = [a_member(part.cycle.organisation) for _ in range(3)]
    for number, person in enumerate(people):
        wait(person, offer, now=minutes(number))
    announce(offer, 1)

    assert told(CLOSES - timedelta(hours=2)) == [person.email for person in people]


def test_nobody_is_told_after_the_close():
    part, _pickup, offer = a_sale()
    wait(a_member(part.cycle.organisation), offer)
    announce(offer, 5)

    assert told(CLOSES) == []
    assert Wait.objects.get().told_at is None


def test_news_that_is_delivered_after_the_close_writes_no_letter():
    part, _pickup, offer = a_sale()
    wait(a_member(part.cycle.organisation), offer)
    announce(offer, 5)

    waiting.tell_waiting(now=minutes(1))
    outbox.deliver_due(now=CLOSES)

    assert not Letter.objects.filter(kind="wait").exists()


def test_who_ordered_it_meanwhile_is_not_told_even_after_dropping_it_again():
    part, pickup, offer = a_sale()
    keeps, drops = a_member(part.cycle.organisation), a_member(part.cycle.organisation)
    wait(keeps, offer)
    wait(drops, offer)
    announce(offer, 2)
    placing.place_order(**an_order(pickup, keeps, (offer, 1), now=minutes(1)))
    order = placing.place_order(**an_order(pickup, drops, (offer, 1), now=minutes(1)))
    cancelling.cancel_order(order_id=order.pk, by=drops, now=minutes(2))

    assert told(minutes(3)) == []
    assert not Wait.objects.exists()


def test_an_offer_put_back_on_sale_is_told_too():
    part, _pickup, offer = a_sale(left=5)
    user = a_member(part.cycle.organisation)
    Offer.objects.update(is_available=False)
    wait(user, offer)

    assert told(minutes(1)) == []
    Offer.objects.update(is_available=True)
    assert told(minutes(2)) == [user.email]


def test_who_asks_again_waits_anew_at_the_end_and_is_told_once_more():
    part, _pickup, offer = a_sale()
    user = a_member(part.cycle.organisation)
    wait(user, offer)
    announce(offer, 1)
    told(minutes(1))
    announce(offer, -1)

    assert wait(user, offer, now=minutes(2)) is True
    announce(offer, 1)
    assert told(minutes(3)) == [user.email]
    assert Letter.objects.filter(kind="wait").count() == 2


def test_the_letter_says_that_nothing_is_reserved_and_leads_to_the_product():
    part, pickup, offer = a_sale(name="Poireaux")
    wait(a_member(part.cycle.organisation), offer)
    announce(offer, 1)
    told(minutes(1))

    letter = Letter.objects.get(kind="wait")

    assert letter.subject == "Poireaux : il y en a de nouveau"
    assert "Rien ne vous est réservé" in letter.text
    assert "jeudi 26 novembre à 20\u00a0h" in letter.text
    assert f"/retraits/{pickup.pk}/#offre-{offer.pk}" in letter.text


@pytest.mark.parametrize("offers", [1, 3])
def test_a_coordinator_sees_how_many_wait_for_what_in_one_query(django_assert_num_queries, offers):
    part, _pickup, offer = a_sale(name="Poireaux")
    for number in range(offers - 1):
        wait(a_member(part.cycle.organisation), OfferFactory(participation=part, left=0), now=minutes(number))
    for number in range(2):
        wait(a_member(part.cycle.organisation), offer, now=minutes(number))

    with django_assert_num_queries(1):
        found = waits_of_cycle(part.cycle_id)
        names = [(row.offer.product.name, row.farm.name) for row in found]

    assert len(found) == offers
    assert names[0] == ("Poireaux", part.producer.organisation.name)
    assert (found[0].waiting, found[0].told, found[0].since_at) == (2, 0, NOW)
    announce(offer, 1)
    told(minutes(3))
    assert [(row.waiting, row.told) for row in waits_of_cycle(part.cycle_id) if row.offer == offer] == [(1, 1)]


@pytest.fixture
def open_sale():
    now = clock.now()
    cycle = CycleFactory(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1))
    part = ParticipationFactory(cycle=cycle)
    return part, PickupFactory(cycle=cycle), OfferFactory(participation=part, left=0, product__name="Poireaux")


def at(name, pickup):
    return reverse(f"baskets:{name}", args=[pickup.cycle.organisation.slug, pickup.pk])


def test_in_the_shop_one_tap_waits_and_one_takes_it_back(client, open_sale):
    part, pickup, offer = open_sale
    client.force_login(a_member(part.cycle.organisation))

    waits = client.post(at("set_wait", pickup), {"offre": offer.pk, "voulu": "oui"}, follow=True).content.decode()
    listed = client.get(reverse("baskets:favourites")).content.decode()
    no_more = client.post(at("set_wait", pickup), {"offre": offer.pk, "voulu": "non"}, follow=True).content.decode()

    assert "Vous serez prévenu·e" in waits
    assert "Rien ne vous est réservé" in waits
    assert "Poireaux" in listed
    assert "vous n’attendez plus" in no_more
    assert "Me prévenir" in no_more
    assert not Wait.objects.exists()


def test_a_visitor_is_led_to_log_in_to_wait(client, open_sale):
    _part, pickup, _offer = open_sale

    assert f"/compte/login/?next={at('shop', pickup)}" in client.get(at("shop", pickup)).content.decode()


def test_waiting_for_an_offer_of_another_sale_is_not_found(client, open_sale):
    part, pickup, _offer = open_sale
    client.force_login(a_member(part.cycle.organisation))

    assert client.post(at("set_wait", pickup), {"offre": OfferFactory(left=0).pk}).status_code == 404


def test_waiting_for_what_came_back_meanwhile_says_so(client, open_sale):
    part, pickup, offer = open_sale
    client.force_login(a_member(part.cycle.organisation))
    announce(offer, 4)

    shown = client.post(at("set_wait", pickup), {"offre": offer.pk}, follow=True).content.decode()

    assert "Poireaux : il y en a de nouveau" in shown
