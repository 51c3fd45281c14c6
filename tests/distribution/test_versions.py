"""Corrections after the close: gathered into a version n+1 that says what changed, mailed once, seen again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cagette.core import integrity, outbox
from cagette.core.models import Letter, OutboxEvent
from cagette.core.money import Money
from distribution import acknowledging, closing, versioning
from distribution.models import DueVersion, PickingList
from distribution.queries import lists
from distribution.queries.changes import changes_since_last
from orders.baskets import correcting, placing, rules
from orders.baskets.enums import CancelReason, OrderState
from orders.baskets.models import Order
from orders.cycles.models import Participation
from tests.factories import (
    CLOSES,
    HouseholdFactory,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    ProductFactory,
    UserFactory,
    a_member,
    a_role,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db

LATER = CLOSES + timedelta(hours=1)


@pytest.fixture
def sale():
    """Two households ordered 3 and 2 jars at 4.00 of a farm whose sale has closed; a second product was not ordered."""

    class Sale:
        def __init__(self):
            self.part = ParticipationFactory()
            self.pickup = PickupFactory(cycle=self.part.cycle)
            self.group = self.part.cycle.organisation
            named = {"piece_name": "pot", "pieces_name": "pots", "unit_price": Money(400)}
            self.jam = self.offer("Confiture", left=10, **named)
            self.honey = self.offer("Miel", unit_price=Money(900))
            self.coordinator = a_role(UserFactory(), self.group)
            self.people = [a_member(self.group, household=HouseholdFactory(name=name)) for name in ("Mattei", "Rossi")]
            self.orders = [
                placing.place_order(**an_order(self.pickup, person, (self.jam, count)))
                for person, count in zip(self.people, (3, 2), strict=True)
            ]

        def offer(self, name, left=None, **named):
            product = ProductFactory(producer=self.part.producer, name=name, **named)
            return OfferFactory(participation=self.part, product=product, left=left)

        def correct(self, order, *pairs, now=LATER, reason="Pot cassé", **changed):
            return correcting.correct_order(
                **{
                    "pickup_id": order.pickup_id, "household_id": order.household_id, "reason": reason, "now": now,
                    "counts": {offer.pk: count for offer, count in pairs}, "by": self.coordinator,
                    "version": fresh(order).version, **changed,
                }
            )  # fmt: skip

        def lists(self):
            found = PickingList.objects.filter(participation=self.part).order_by("version")
            return [(written.version, written.amount.cents) for written in found]

    ours = Sale()
    closing.close_due(now=CLOSES)
    outbox.deliver_due(now=CLOSES)
    return ours


def findings(kind):
    return [f.text for found in integrity.check_all(now=LATER).values() for f in found if f.kind == kind]


def test_a_correction_after_the_close_is_pending_then_written_five_minutes_after_the_last_one(sale):
    sale.correct(sale.orders[0], (sale.jam, 1))
    assert findings("wrong") == []
    outbox.deliver_due(now=LATER)
    sale.correct(sale.orders[1], (sale.jam, 1), now=LATER + timedelta(minutes=3))
    outbox.deliver_due(now=LATER + timedelta(minutes=3))

    assert findings("wrong") == []
    assert versioning.write_due(now=LATER + timedelta(minutes=7)) == 0
    assert versioning.write_due(now=LATER + timedelta(minutes=8)) == 1
    assert versioning.write_due(now=LATER + timedelta(minutes=9)) == 0

    assert sale.lists() == [(1, 2000), (2, 800)]
    assert fresh(sale.jam.stock).remaining == 8
    assert not [text for text in findings("pending") if "participation" in text]


def test_the_new_version_says_what_changed_by_product_and_household(sale):
    sale.correct(sale.orders[0], (sale.jam, 1), (sale.honey, 2))
    written = versioning.send_now(participation_id=sale.part.pk, by=sale.coordinator, now=LATER)

    changes = changes_since_last(written)

    point = sale.pickup.point.name
    assert [(c.name, c.before, c.now) for c in changes] == [
        ("Confiture", "5\u00a0pots", "3\u00a0pots"),
        ("Miel", "", "2"),
    ]
    assert [(h.number, h.place, h.household, h.before, h.now) for h in changes[0].households] == [
        (1, point, "Mattei", "3\u00a0pots", "1\u00a0pot")
    ]


def test_a_version_is_mailed_once_and_is_to_be_seen_again(sale):
    first = PickingList.objects.get()
    acknowledging.acknowledge(picking_list_id=first.pk, by=None, now=CLOSES)
    sale.correct(sale.orders[0], (sale.jam, 1))
    written = versioning.send_now(participation_id=sale.part.pk, by=sale.coordinator, now=LATER)
    for _time in range(2):
        outbox.deliver_due(now=LATER)
        versioning.write_due(now=LATER + timedelta(hours=1))

    letters = Letter.objects.filter(kind="picking_list").order_by("pk")
    assert len(letters) == 2
    assert "version 2" in letters[1].subject
    assert "Confiture : 5\u00a0pots -> 3\u00a0pots" in letters[1].text
    assert not hasattr(fresh(written), "acknowledgement")


def test_corrections_that_undo_each_other_make_no_version(sale):
    sale.correct(sale.orders[0], (sale.jam, 1))
    sale.correct(sale.orders[0], (sale.jam, 3))
    outbox.deliver_due(now=LATER)

    assert versioning.write_due(now=LATER + timedelta(hours=1)) == 0
    assert sale.lists() == [(1, 2000)]
    assert not DueVersion.objects.exists()
    assert findings("wrong") == []


def test_when_all_is_cancelled_the_version_says_that_there_is_nothing_left_to_prepare(sale):
    for order in sale.orders:
        sale.correct(order, (sale.jam, 0))
    versioning.send_now(participation_id=sale.part.pk, by=sale.coordinator, now=LATER)
    outbox.deliver_due(now=LATER)

    assert sale.lists() == [(1, 2000), (2, 0)]
    letter = Letter.objects.filter(kind="picking_list").latest("pk")
    assert "plus rien à préparer" in letter.subject
    assert {fresh(order).state for order in sale.orders} == {OrderState.CANCELLED}
    assert fresh(sale.pickup).counter.taken == 0


def test_a_notice_and_then_a_late_line_make_version_1():
    part = ParticipationFactory()
    pickup = PickupFactory(cycle=part.cycle)
    offer = OfferFactory(participation=part)
    member = a_member(part.cycle.organisation)
    closing.close_due(now=CLOSES)
    assert [written.version for written in PickingList.objects.all()] == [0]

    correcting.correct_order(
        pickup_id=pickup.pk, household_id=member.household_id, counts={offer.pk: 2}, version=0, reason="Oubli",
        by=UserFactory(), now=LATER,
    )  # fmt: skip
    written = versioning.send_now(participation_id=part.pk, by=UserFactory(), now=LATER)

    assert (written.version, written.amount) == (1, Money(560))
    assert changes_since_last(written) == []
    assert findings("wrong") == []


def test_a_household_is_told_once_what_was_corrected_and_why(sale):
    sale.correct(sale.orders[0], (sale.jam, 1), (sale.honey, 1))
    for _time in range(2):
        outbox.deliver_due(now=LATER)

    letter = Letter.objects.get(kind="cut")
    assert letter.to == sale.people[0].email
    assert "« Pot cassé »" in letter.text
    assert "Confiture : 1\u00a0pot au lieu de 3\u00a0pots" in letter.text
    assert "Miel : ajouté, 1" in letter.text
    assert "13,00\u00a0€" in letter.text


def test_a_line_that_a_coordinator_takes_off_says_so_and_keeps_its_price(sale):
    sale.correct(sale.orders[0], (sale.jam, 0), (sale.honey, 1))

    gone = sale.orders[0].lines.get(offer=sale.jam)
    assert (gone.reason, gone.listed_amount) == (CancelReason.COORDINATOR, Money(1200))
    assert sale.orders[0].lines.get(offer=sale.honey).frozen_at == LATER


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 201])
def test_a_correction_without_a_reason_is_refused_and_changes_nothing(sale, reason):
    with pytest.raises(correcting.ReasonMissing):
        sale.correct(sale.orders[0], (sale.jam, 1), reason=reason)

    assert fresh(sale.orders[0]).version == 1
    assert not OutboxEvent.objects.filter(name="baskets.lines_changed_after_close").exists()


def test_a_form_sent_twice_is_refused_as_a_stale_one(sale):
    sale.correct(sale.orders[0], (sale.jam, 1), version=1)

    with pytest.raises(rules.OrderChangedMeanwhile):
        sale.correct(sale.orders[0], (sale.jam, 0), version=1)

    assert sale.orders[0].lines.active().get().count == 1


def test_a_coordinator_cannot_take_more_than_is_left(sale):
    with pytest.raises(rules.OfferSoldOut, match="8\u00a0pots"):
        sale.correct(sale.orders[0], (sale.jam, 9))

    assert fresh(sale.jam.stock).remaining == 5


def test_a_stranger_of_the_group_gets_no_order_and_one_who_left_can_be_corrected(sale):
    stranger = UserFactory()
    with pytest.raises(rules.NotAMember):
        sale.correct(sale.orders[0], (sale.jam, 1), household_id=stranger.household_id, version=0)

    sale.people[0].household.memberships.all().delete()
    sale.correct(sale.orders[0], (sale.jam, 1))

    assert sale.orders[0].lines.active().get().count == 1


def test_a_basket_that_was_handed_over_does_not_change(sale):
    Order.objects.filter(pk=sale.orders[0].pk).update(collection="collected")

    with pytest.raises(rules.SaleClosed, match="déjà remis"):
        sale.correct(sale.orders[0], (sale.jam, 1))


def test_a_correction_while_the_sale_is_open_makes_no_version():
    part = ParticipationFactory()
    pickup = PickupFactory(cycle=part.cycle)
    offer = OfferFactory(participation=part)
    member = a_member(part.cycle.organisation)
    order = placing.place_order(**an_order(pickup, member, (offer, 2)))

    correcting.correct_order(
        pickup_id=pickup.pk, household_id=member.household_id, counts={offer.pk: 3}, version=1, reason="Au téléphone",
        by=UserFactory(), now=CLOSES - timedelta(hours=1),
    )  # fmt: skip

    assert order.lines.get().frozen_at is None
    assert not OutboxEvent.objects.filter(name="baskets.lines_changed_after_close").exists()


def test_names_are_kept_from_the_farm_where_the_group_says_so(sale):
    type(sale.part.cycle).objects.update(shows_names=False)
    sale.correct(sale.orders[0], (sale.jam, 1))
    written = versioning.send_now(participation_id=sale.part.pk, by=sale.coordinator, now=LATER)

    page = lists.list_page(written=lists.picking_lists().get(pk=written.pk), now=LATER)

    assert {line.household for row in page.rows for line in row.lines} == {""}
    assert page.changes[0].households[0].household == ""


def test_the_version_of_one_farm_that_fails_does_not_stop_the_others(sale, monkeypatch):
    other = ParticipationFactory()
    Participation.objects.filter(pk=other.pk).update(state="closed")
    DueVersion.objects.create(participation=other, due_at=LATER)
    DueVersion.objects.create(participation=sale.part, due_at=LATER)
    sale.correct(sale.orders[0], (sale.jam, 1))
    real = versioning.is_stale

    def is_stale(participation_id):
        if participation_id == other.pk:
            raise RuntimeError
        return real(participation_id)

    monkeypatch.setattr(versioning, "is_stale", is_stale)

    assert versioning.write_due(now=LATER) == 1
    assert sale.lists() == [(1, 2000), (2, 1200)]
    assert DueVersion.objects.get().participation_id == other.pk


def test_saying_what_changed_takes_five_queries_however_many_rows(sale):
    sale.correct(sale.orders[0], (sale.jam, 1), (sale.honey, 2))
    sale.correct(sale.orders[1], (sale.jam, 1), (sale.honey, 2))
    written = versioning.send_now(participation_id=sale.part.pk, by=sale.coordinator, now=LATER)

    with CaptureQueriesContext(connection) as asked:
        changes_since_last(written)

    assert len(asked) == 5
