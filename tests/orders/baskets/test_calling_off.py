"""A sale that is called off, or one farm of it: lines, stock, places, lists and letters, to the unit."""

from datetime import timedelta

import pytest

from cagette.core.models import AuditEntry, Letter
from distribution.models import DueVersion, PickingList
from orders.baskets import calling_off, correcting, reopening, rules
from orders.baskets.enums import CancelReason, OrderState
from orders.baskets.models import Order, OrderLine, Shortage
from orders.cycles import opening
from orders.cycles.enums import SaleState
from orders.cycles.models import Participation
from producers import announcing
from tests.factories import CLOSES, NOW, a_member, fresh
from tests.orders.baskets.moved import LATER, Sale, counts, letters, settle_down, wrong

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale():
    return Sale()


def cancel(sale, reason="Neige", now=LATER):
    return calling_off.cancel_sale(cycle_id=sale.cycle.pk, reason=reason, by=sale.coordinator, now=now)


def cancel_farm(sale, part, now=LATER):
    return calling_off.cancel_farm(participation_id=part.pk, reason="Panne", by=sale.coordinator, now=now)


def test_a_sale_that_is_called_off_while_open_gives_all_back_and_tells_everybody_once(sale):
    assert cancel(sale, now=NOW)
    assert not cancel(sale, reason="Encore", now=NOW)
    settle_down(NOW)

    assert sale.stocks() == (10, 30)
    assert sale.states() == (SaleState.CANCELLED, SaleState.CANCELLED)
    assert [(fresh(order).state, counts(order)) for order in sale.orders] == [(OrderState.CANCELLED, [])] * 2
    assert set(OrderLine.objects.values_list("reason", flat=True)) == {CancelReason.SALE}
    assert (fresh(sale.pickup).counter.taken, fresh(sale.pickup).counter.last_number) == (0, 2)
    assert (fresh(sale.cycle).cancelled_at, fresh(sale.cycle).cancel_reason) == (NOW, "Neige")
    assert not PickingList.objects.exists()
    assert not DueVersion.objects.exists()
    assert [to for to, _subject in letters("cut")] == sorted(person.email for person in sale.people)
    assert [to for to, _subject in letters("called_off")] == sorted(
        part.producer.organisation.email for part in (sale.part, sale.other)
    )
    assert len(letters()) == 4
    assert all("« Neige »" in letter.text for letter in Letter.objects.all())
    assert "La vente est annulée." in Letter.objects.filter(kind="cut").first().text
    assert AuditEntry.objects.filter(verb="cycles.cancelled").count() == 1
    assert wrong() == []


def test_called_off_after_the_close_each_list_gets_a_version_that_says_there_is_nothing_to_prepare(sale):
    sale.close()
    assert cancel(sale)
    assert wrong() == []
    settle_down(LATER)

    assert sale.lists() == [(1, 2, 2000), (2, 0, 0)]
    assert sale.lists(sale.other) == [(1, 1, 400), (2, 0, 0)]
    assert sale.stocks() == (10, 30)
    subjects = [subject for _to, subject in letters("picking_list")]
    assert len(subjects) == 2
    assert all("plus rien à préparer" in subject for subject in subjects)
    assert letters("called_off") == []
    assert len(letters("cut")) == 2
    assert wrong() == []


def test_called_off_after_it_opened_again_the_lists_that_exist_say_so_too(sale):
    sale.close()
    reopening.move_close(cycle_id=sale.cycle.pk, closes_at=CLOSES + timedelta(days=1), by=sale.coordinator, now=LATER)
    cancel(sale)
    settle_down(LATER)

    assert sale.lists() == [(1, 2, 2000), (2, 0, 0)]
    assert wrong() == []


def test_a_farm_with_a_notice_gets_no_version_when_the_sale_is_called_off(sale):
    correcting.correct_order(
        pickup_id=sale.pickup.pk, household_id=sale.people[0].household_id, counts={sale.eggs.pk: 0}, version=1,
        reason="Au téléphone", by=sale.coordinator, now=NOW,
    )  # fmt: skip
    sale.close()
    cancel(sale)
    settle_down(LATER)

    assert sale.lists(sale.other) == [(0, 0, 0)]
    assert sale.lists() == [(1, 2, 2000), (2, 0, 0)]
    assert wrong() == []


def test_a_planned_sale_that_is_called_off_tells_the_farms_that_were_invited_and_never_opens():
    sale = Sale()
    OrderLine.objects.all().delete()
    Order.objects.all().delete()
    type(sale.pickup.counter).objects.update(taken=0)
    Participation.objects.update(state=SaleState.PLANNED)
    Participation.objects.filter(pk=sale.part.pk).update(invited_at=NOW)

    assert cancel(sale, now=NOW)
    settle_down(NOW)

    assert [to for to, _subject in letters()] == [sale.part.producer.organisation.email]
    assert opening.open_due(now=LATER) == 0
    assert sale.states() == (SaleState.CANCELLED, SaleState.CANCELLED)


def test_nothing_can_be_ordered_or_corrected_in_a_sale_that_was_called_off(sale):
    cancel(sale, now=NOW)

    with pytest.raises(rules.SaleClosed):
        sale.order(a_member(sale.group), (sale.jam, 1))
    with pytest.raises(rules.SaleClosed):
        correcting.correct_order(
            pickup_id=sale.pickup.pk, household_id=sale.people[0].household_id, counts={sale.jam.pk: 1}, version=2,
            reason="Quand même", by=sale.coordinator, now=NOW,
        )  # fmt: skip
    assert sale.stocks() == (10, 30)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_without_a_reason_nothing_is_called_off(sale, reason):
    with pytest.raises(calling_off.CallingOffRefused):
        cancel(sale, reason=reason)

    assert sale.states() == (SaleState.OPEN, SaleState.OPEN)
    assert fresh(sale.cycle).cancelled_at is None


def test_a_sale_with_a_basket_handed_over_is_not_called_off(sale):
    sale.close()
    Order.objects.filter(pk=sale.orders[1].pk).update(collection="collected")

    with pytest.raises(calling_off.CallingOffRefused, match="déjà remis"):
        cancel(sale)
    with pytest.raises(calling_off.CallingOffRefused, match="déjà remis"):
        cancel_farm(sale, sale.other)


def test_one_farm_that_comes_no_more_takes_its_lines_alone_with_it(sale):
    sale.close()
    assert cancel_farm(sale, sale.part)
    assert not cancel_farm(sale, sale.part)
    settle_down(LATER)

    assert sale.states() == (SaleState.CANCELLED, SaleState.CLOSED)
    assert counts(sale.orders[0]) == [(sale.eggs.pk, 10, 400)]
    assert fresh(sale.orders[1]).state == OrderState.CANCELLED
    assert (sale.stocks(), fresh(sale.pickup).counter.taken) == ((10, 20), 1)
    assert sale.lists() == [(1, 2, 2000), (2, 0, 0)]
    assert sale.lists(sale.other) == [(1, 1, 400)]
    assert set(OrderLine.objects.filter(offer=sale.jam).values_list("reason", flat=True)) == {CancelReason.FARM}
    assert "La ferme ne vient plus.\n« Panne »" in Letter.objects.filter(kind="cut").first().text
    assert fresh(sale.cycle).cancelled_at is None
    assert wrong() == []


def test_a_farm_that_comes_no_more_to_an_open_sale_is_told_and_the_sale_goes_on(sale):
    cancel_farm(sale, sale.part, now=NOW)
    settle_down(NOW)
    sale.order(sale.people[1], (sale.eggs, 3), version=2)

    assert [to for to, _subject in letters("called_off")] == [sale.part.producer.organisation.email]
    assert sale.stocks() == (10, 17)
    assert wrong() == []


def test_a_farm_of_a_sale_that_has_not_opened_is_taken_out_of_its_plan_instead(sale):
    Participation.objects.update(state=SaleState.PLANNED)

    with pytest.raises(calling_off.CallingOffRefused, match="de son plan"):
        cancel_farm(sale, sale.part, now=NOW)


def test_a_shortage_of_a_sale_that_is_called_off_is_settled_with_it(sale):
    """10 eggs are ordered, 4 are left: 6 short. Called off there are 4 to sell, and nobody to shorten."""
    announcing.announce_harvest(
        product_id=sale.eggs.product_id, day=sale.cycle.delivery_on, amount=4, seen=None, by=sale.coordinator, now=NOW
    )
    settle_down(NOW)
    assert Shortage.objects.get().missing == 6

    cancel(sale, now=NOW)
