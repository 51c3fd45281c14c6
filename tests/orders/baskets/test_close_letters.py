"""When a sale has closed each household has one letter: what is final, what was cut and why, where and when."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cagette.core import outbox
from cagette.core.models import Letter
from cagette.core.money import Money
from distribution import closing
from orders.baskets import calling_off, notices, placing
from orders.baskets.models import Order
from orders.cycles.enums import FeeKind, MinimumRule, SaleState
from orders.cycles.models import Cycle, Fee, Participation
from tests.factories import (
    CLOSES,
    NOW,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    UserFactory,
    a_member,
    a_role,
    an_order,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def part():
    part = ParticipationFactory(
        cycle__announced_at=NOW, cycle__minimum_rule=MinimumRule.CANCEL, producer__organisation__name="Ortu di Santa"
    )
    PickupFactory(cycle=part.cycle, point__name="Salle A")
    return part


def an_offer(part, name, cents=280):
    return OfferFactory(participation=part, product__name=name, unit_price=Money(cents))


def ordered(part, *pairs, person=None, **changed):
    pickup = part.cycle.pickups.get()
    return placing.place_order(**an_order(pickup, person or a_member(part.cycle.organisation), *pairs, **changed))


def close(now=CLOSES):
    done = closing.close_due(now=now)
    for _ in range(2):
        outbox.deliver_due(now=now)
    return done


def to_household(order, kind="close"):
    people = order.household.people.values_list("email", flat=True)
    return Letter.objects.filter(kind=kind, to__in=people).order_by("pk")


def test_a_household_is_told_once_what_is_final_with_its_fees_and_where_to_go(part):
    Fee.objects.create(cycle=part.cycle, name="Participation", kind=FeeKind.PERCENT_ORDER, permyriad=500)
    order = ordered(part, (an_offer(part, "Blettes"), 3))

    close()
    notices.tell_close(now=CLOSES, participation_id=part.pk)

    letter = to_household(order).get()
    said = letter.text.replace("\u00a0", " ").replace("\u202f", " ")
    # 3 × 2.80 = 8.40; 5 % of it = 0.42
    assert "Votre commande n° 1 est définitive." in said
    assert "- Blettes, 3 : 8,40 €" in said
    assert "Participation : 0,42 €" in said
    assert "Total, à régler au retrait : 8,82 €." in said
    assert f"Code : {order.code}" in said
    assert "Quand : samedi 28 novembre, 10 h" in said
    assert "Où : Salle A, 1 place de l’Église, Venzolasca." in said
    assert letter.subject.replace("\u00a0", " ").replace("\u202f", " ").endswith("est définitive, 8,82 €")
    assert letter.unsubscribe == ""


def test_what_the_close_cut_is_told_in_its_letter_and_in_no_other(part):
    small = ParticipationFactory(cycle=part.cycle, minimum=Money(5000))
    order = ordered(part, (an_offer(part, "Blettes"), 1), (an_offer(small, "Miel", 900), 2))

    assert close() == 2

    letter = to_household(order).get()
    assert "Miel : retiré (2 commandés)" in letter.text
    assert "La ferme n’a pas reçu assez de commandes" in letter.text
    assert "- Blettes, 1" in letter.text
    assert letter.subject.endswith("a changé à la clôture")
    assert not to_household(order, "cut").exists()


def test_a_household_that_the_close_leaves_with_nothing_is_told_so_once(part):
    Participation.objects.update(minimum=Money(5000))
    order = ordered(part, (an_offer(part, "Miel", 900), 2))

    close()

    letter = to_household(order).get()
    assert "Miel : retiré" in letter.text
    assert "vous ne devez rien" in letter.text
    assert "Code" not in letter.text
    assert not to_household(order, "cut").exists()


def test_a_farm_that_closes_earlier_tells_its_cut_at_once_and_the_last_close_does_not_tell_it_again(part):
    early = ParticipationFactory(cycle=part.cycle, minimum=Money(5000), closes_at=CLOSES - timedelta(days=1))
    order = ordered(part, (an_offer(part, "Blettes"), 1), (an_offer(early, "Miel", 900), 2))

    close(CLOSES - timedelta(days=1))
    assert "Miel" in to_household(order, "cut").get().text
    assert not to_household(order).exists()

    close()

    letter = to_household(order).get()
    assert "Miel" not in letter.text
    assert to_household(order, "cut").count() == 1


def test_a_worker_that_was_down_tells_both_closes_in_one_letter(part):
    early = ParticipationFactory(cycle=part.cycle, minimum=Money(5000), closes_at=CLOSES - timedelta(days=1))
    order = ordered(part, (an_offer(part, "Blettes"), 1), (an_offer(early, "Miel", 900), 2))

    assert close(CLOSES + timedelta(hours=3)) == 2

    assert "Miel : retiré" in to_household(order).get().text
    assert not to_household(order, "cut").exists()


def test_a_sale_whose_last_open_farm_is_called_off_tells_that_the_rest_is_final(part):
    late = ParticipationFactory(cycle=part.cycle, closes_at=CLOSES)
    Participation.objects.filter(pk=part.pk).update(closes_at=CLOSES - timedelta(days=1))
    order, other = ordered(part, (an_offer(part, "Blettes"), 1)), ordered(late, (an_offer(late, "Miel"), 1))
    coordinator = a_role(UserFactory(), part.cycle.organisation)
    close(CLOSES - timedelta(days=1))
    assert not to_household(order).exists()

    when = CLOSES - timedelta(hours=5)
    calling_off.cancel_farm(participation_id=late.pk, reason="gel", by=coordinator, now=when)
    for _ in range(2):
        outbox.deliver_due(now=when)

    assert "est définitive" in to_household(order).get().text
    assert not to_household(other).exists()
    assert "gel" in to_household(other, "cut").get().text
    assert Letter.objects.filter(kind="closed", to=coordinator.email).count() == 1


def test_a_sale_that_is_called_off_whole_has_no_letter_of_a_close(part):
    ordered(part, (an_offer(part, "Blettes"), 1))
    by = UserFactory()

    calling_off.cancel_sale(cycle_id=part.cycle_id, reason="tempête", by=by, now=NOW)
    outbox.deliver_due(now=NOW)

    assert not Letter.objects.filter(kind__in=("close", "closed")).exists()
    assert Letter.objects.filter(kind="cut").count() == 1


def test_a_sale_that_opened_again_tells_only_those_whose_order_changed(part):
    offer = an_offer(part, "Blettes")
    same, changed = ordered(part, (offer, 1)), ordered(part, (offer, 1))
    person = changed.household.people.get()
    close()

    again = CLOSES + timedelta(hours=12)
    Cycle.objects.update(closes_at=again)
    Participation.objects.update(state=SaleState.OPEN, closes_at=again)
    part.cycle.participations.get().offers.get().lines.update(frozen_at=None)
    ordered(part, (offer, 4), person=person, version=1, now=CLOSES + timedelta(hours=1))
    close(again)

    assert to_household(same).count() == 1
    assert to_household(changed).count() == 2
    assert "- Blettes, 4" in to_household(changed).last().text


def test_a_close_that_comes_after_the_collection_tells_no_household(part):
    order = ordered(part, (an_offer(part, "Blettes"), 1))

    close(part.cycle.pickups.get().ends_at)

    assert not to_household(order).exists()


def test_who_ordered_nothing_or_cancelled_has_no_letter_of_the_close(part):
    bystander = a_member(part.cycle.organisation)
    order = ordered(part, (an_offer(part, "Blettes"), 1))
    Order.objects.update(state="cancelled")
    order.lines.update(cancelled_at=NOW)

    close()

    assert not Letter.objects.filter(kind="close").exists()
    assert not Letter.objects.filter(to=bystander.email).exists()


@pytest.mark.parametrize("orders", [1, 3])
def test_the_letters_of_a_close_take_the_same_queries_however_many(part, orders):
    offer = an_offer(part, "Blettes")
    for _ in range(orders):
        ordered(part, (offer, 1))
    closing.close_due(now=CLOSES)

    with CaptureQueriesContext(connection) as seen:
        notices.tell_close(now=CLOSES, participation_id=part.pk)

    assert Letter.objects.filter(kind="close").count() == orders
    # cycle, over, orders, told, cuts, people, keys, lines, fees, words, insert
    assert len(seen) == 11, [query["sql"][:90] for query in seen]
