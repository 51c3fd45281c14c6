"""A close that moves: later it opens again what has closed, and the next close writes what is new, if anything is."""

from datetime import timedelta

import pytest

from cagette.core.models import AuditEntry, Letter
from cagette.core.money import Money
from distribution import closing, versioning
from distribution.models import PickingList
from distribution.queries.changes import changes_since_last
from orders.baskets import correcting, placing, reopening, rules
from orders.baskets.models import Order, OrderLine
from orders.cycles.enums import CaseRule, MinimumRule, Outcome, SaleState
from orders.cycles.models import Cycle, GroupSettings, Participation
from orders.cycles.rescheduling import MoveRefused
from tests.factories import CLOSES, NOW, a_member, an_order, fresh
from tests.orders.baskets.moved import LATER, Sale, counts, letters, settle_down, wrong

pytestmark = pytest.mark.django_db

FRIDAY = CLOSES + timedelta(days=1)


@pytest.fixture
def sale():
    return Sale()


def move(sale, closes_at, now=LATER, **changed):
    return reopening.move_close(cycle_id=sale.cycle.pk, closes_at=closes_at, by=sale.coordinator, now=now, **changed)


def test_a_close_that_moves_later_opens_again_what_has_closed_and_the_next_close_writes_the_next_version(sale):
    sale.close()

    assert move(sale, FRIDAY)
    assert not move(sale, FRIDAY, now=LATER + timedelta(minutes=1))

    assert sale.states() == (SaleState.OPEN, SaleState.OPEN)
    assert fresh(sale.cycle).closes_at == FRIDAY
    assert not OrderLine.objects.exclude(frozen_at=None).exists()
    assert wrong() == []
    # 3 pots become 5: 5 + 2 = 7 pots, 28.00; eggs stay at 10, 4.00
    sale.order(sale.people[0], (sale.jam, 5), version=1, now=LATER)
    assert closing.close_due(now=FRIDAY) == 2
    assert sale.lists() == [(1, 2, 2000), (2, 2, 2800)]
    assert sale.lists(sale.other) == [(1, 1, 400)]
    assert sale.states() == (SaleState.CLOSED, SaleState.CLOSED)
    assert sale.stocks() == (3, 20)
    assert not OrderLine.objects.filter(frozen_at=None).exists()
    assert wrong(FRIDAY) == []


def test_the_version_after_says_what_changed_and_is_mailed_once(sale):
    sale.close()
    move(sale, FRIDAY)
    sale.order(sale.people[0], (sale.jam, 5), version=1, now=LATER)
    settle_down(LATER)
    Letter.objects.all().delete()
    closing.close_due(now=FRIDAY)
    settle_down(FRIDAY)

    [change] = changes_since_last(PickingList.objects.get(participation=sale.part, version=2))
    assert (change.before, change.now) == ("5\u00a0pots", "7\u00a0pots")
    [(_to, subject)] = letters("picking_list")
    assert "version 2" in subject


def test_a_sale_that_opened_again_and_changed_nothing_writes_no_version_and_is_closed(sale):
    sale.close()
    move(sale, FRIDAY)

    closing.close_due(now=FRIDAY)
    settle_down(FRIDAY)

    assert sale.lists() == [(1, 2, 2000)]
    assert sale.states() == (SaleState.CLOSED, SaleState.CLOSED)
    assert letters("picking_list") == []
    assert wrong(FRIDAY) == []


def test_a_correction_that_waited_when_the_sale_opened_again_is_in_the_version_of_its_next_close(sale):
    sale.close()
    correcting.correct_order(
        pickup_id=sale.pickup.pk, household_id=sale.people[1].household_id, counts={sale.jam.pk: 1}, version=1,
        reason="Pot cassé", by=sale.coordinator, now=LATER,
    )  # fmt: skip
    move(sale, FRIDAY)
    settle_down(LATER)
    assert sale.lists() == [(1, 2, 2000)]

    closing.close_due(now=FRIDAY)
    settle_down(FRIDAY)

    assert sale.lists() == [(1, 2, 2000), (2, 2, 1600)]
    assert wrong(FRIDAY) == []


def test_a_notice_and_then_a_line_in_the_time_that_was_added_make_version_1():
    sale = Sale()
    for order in sale.orders:
        OrderLine.objects.filter(order=order, offer=sale.eggs).delete()
    sale.eggs.stock.remaining = 30
    sale.eggs.stock.save()
    sale.close()
    assert sale.lists(sale.other) == [(0, 0, 0)]
    move(sale, FRIDAY)

    sale.order(sale.people[1], (sale.eggs, 5), version=1, now=LATER)
    closing.close_due(now=FRIDAY)

    assert sale.lists(sale.other) == [(0, 0, 0), (1, 1, 200)]
    assert wrong(FRIDAY) == []


def test_lines_cut_by_a_minimum_are_not_restored_and_the_minimum_is_settled_anew(sale):
    Cycle.objects.update(minimum_rule=MinimumRule.CANCEL)
    Participation.objects.filter(pk=sale.other.pk).update(minimum=Money(1000))
    sale.close()
    assert fresh(sale.other).outcome == Outcome.CANCELLED
    assert sale.lists(sale.other) == [(0, 0, 0)]

    move(sale, FRIDAY)
    assert fresh(sale.other).outcome == Outcome.NONE
    assert counts(sale.orders[0]) == [(sale.jam.pk, 3, 1200)]
    sale.order(sale.people[0], (sale.eggs, 25), version=2, now=LATER)
    closing.close_due(now=FRIDAY)

    assert fresh(sale.other).outcome == Outcome.MET
    assert sale.lists(sale.other) == [(0, 0, 0), (1, 1, 1000)]
    assert sale.stocks() == (5, 5)
    assert wrong(FRIDAY) == []


def test_the_rest_of_a_case_that_the_group_took_is_given_back_and_taken_anew(sale):
    """A case of 12: 11 are wanted, the group takes 1. Opened again one household takes 1 more: 12, nothing for the
    group; opened a second time it takes 1 more: 13, the group takes 11."""
    Cycle.objects.update(case_rule=CaseRule.GROUP_TAKES)
    oranges = sale.offer(sale.part, "Oranges", left=40, case_size=12, unit_price=Money(100))
    third = a_member(sale.group)
    sale.order(third, (oranges, 11))
    sale.close()
    groups = Order.objects.get(household=GroupSettings.objects.get().household)
    assert counts(groups) == [(oranges.pk, 1, 100)]
    assert fresh(oranges.stock).remaining == 28

    move(sale, FRIDAY)
    assert (counts(groups), fresh(groups).state, fresh(oranges.stock).remaining) == ([], "cancelled", 29)
    sale.order(third, (oranges, 12), version=1, now=LATER)
    closing.close_due(now=FRIDAY)
    assert counts(groups) == []
    assert sale.lists() == [(1, 4, 3200), (2, 3, 3200)]

    move(sale, FRIDAY + timedelta(hours=2), now=FRIDAY + timedelta(hours=1))
    sale.order(third, (oranges, 13), version=2, now=FRIDAY + timedelta(hours=1))
    closing.close_due(now=FRIDAY + timedelta(hours=2))
    assert counts(groups) == [(oranges.pk, 11, 1100)]
    assert (fresh(groups).state, fresh(oranges.stock).remaining) == ("placed", 16)
    assert fresh(sale.pickup).counter.taken == 4
    assert sale.lists()[-1] == (3, 4, 4400)
    assert wrong(FRIDAY + timedelta(hours=2)) == []


def test_a_farm_that_closed_earlier_stays_closed_unless_it_is_the_one_that_moves(sale):
    Participation.objects.filter(pk=sale.part.pk).update(closes_at=CLOSES - timedelta(hours=5))
    sale.close()

    move(sale, FRIDAY)
    assert sale.states() == (SaleState.CLOSED, SaleState.OPEN)

    assert move(sale, CLOSES + timedelta(hours=9), participation_id=sale.part.pk)
    assert not move(sale, CLOSES + timedelta(hours=9), participation_id=sale.part.pk)
    assert sale.states() == (SaleState.OPEN, SaleState.OPEN)
    assert fresh(sale.cycle).closes_at == FRIDAY
    with pytest.raises(MoveRefused, match="repoussez d’abord"):
        move(sale, FRIDAY + timedelta(minutes=1), participation_id=sale.part.pk)
    assert wrong() == []


def test_a_close_that_moves_earlier_takes_the_farms_that_would_close_after_it_along(sale):
    Participation.objects.filter(pk=sale.other.pk).update(closes_at=CLOSES - timedelta(hours=1))
    sooner = CLOSES - timedelta(hours=3)

    assert move(sale, sooner, now=NOW)

    assert [fresh(part).closes_at for part in (sale.part, sale.other)] == [sooner, sooner]
    assert sale.states() == (SaleState.OPEN, SaleState.OPEN)
    with pytest.raises(rules.SaleClosed):
        sale.order(sale.people[1], (sale.jam, 1), version=1, now=sooner)
    assert closing.close_due(now=sooner) == 2
    assert wrong(sooner) == []


@pytest.mark.parametrize(
    ("closes_at", "said"),
    [
        (LATER, "déjà passée"),
        (LATER - timedelta(days=9), "déjà passée"),
        (CLOSES + timedelta(days=1, hours=14, minutes=1), "commence samedi 28 novembre à 10"),
    ],
)
def test_a_close_in_the_past_or_after_the_first_pickup_is_refused_and_changes_nothing(sale, closes_at, said):
    sale.close()

    with pytest.raises(MoveRefused, match=said):
        move(sale, closes_at)

    assert sale.states() == (SaleState.CLOSED, SaleState.CLOSED)
    assert fresh(sale.cycle).closes_at == CLOSES


def test_a_sale_whose_baskets_are_handed_over_or_that_is_cancelled_does_not_open_again(sale):
    sale.close()
    Order.objects.filter(pk=sale.orders[0].pk).update(collection="collected")
    with pytest.raises(MoveRefused, match="déjà remis"):
        move(sale, FRIDAY)
    Cycle.objects.update(cancelled_at=LATER)
    with pytest.raises(MoveRefused, match="annulée"):
        move(sale, FRIDAY)


def test_everybody_who_ordered_and_every_farm_is_told_once(sale):
    sale.close()
    move(sale, FRIDAY)
    move(sale, FRIDAY)
    settle_down(LATER)

    farms = sorted(part.producer.organisation.email for part in (sale.part, sale.other))
    assert [to for to, _subject in letters("farm_moved")] == farms
    assert letters("moved") == sorted(
        (person.email, f"Commande n° {order.number} : la vente rouvre")
        for person, order in zip(sale.people, sale.orders, strict=True)
    )
    text = Letter.objects.filter(kind="moved").first().text
    assert "vendredi 27 novembre à 20\u00a0h\nau lieu de : jeudi 26 novembre à 20\u00a0h" in text
    assert "Vous pouvez changer ou annuler jusqu’à vendredi 27 novembre" in text
    assert AuditEntry.objects.filter(verb="cycles.reopened").count() == 1


def test_an_own_close_tells_only_those_who_ordered_from_that_farm(sale):
    move(sale, CLOSES - timedelta(hours=3), now=NOW, participation_id=sale.other.pk)
    settle_down(NOW)

    assert [to for to, _subject in letters("moved")] == [sale.people[0].email]
    assert [to for to, _subject in letters("farm_moved")] == [sale.other.producer.organisation.email]


def test_send_now_while_the_sale_is_open_again_writes_nothing(sale):
    sale.close()
    move(sale, FRIDAY)
    placing.place_order(**an_order(sale.pickup, sale.people[0], (sale.jam, 4), version=1, now=LATER))

    assert versioning.send_now(participation_id=sale.part.pk, by=sale.coordinator, now=LATER) is None
    assert sale.lists() == [(1, 2, 2000)]
