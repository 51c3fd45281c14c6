"""The rules of an order beside its stock: minimum, cases, wishes, slots, who collects. With exact figures."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from cagette.core import integrity, outbox
from cagette.core.models import AuditEntry, Letter, OutboxEvent
from cagette.core.money import Money
from orders.baskets import cancelling, correcting, placing, rules
from orders.baskets.changing import Wanted
from orders.baskets.enums import OrderState
from orders.baskets.models import Order, Placement
from orders.baskets.wishes import Wish, cleaned
from orders.cycles.models import Cycle, Participation, PickupSlot
from producers.models import Product, Stock
from tests.factories import (
    NOW,
    PARIS,
    OfferFactory,
    ParticipationFactory,
    PickupFactory,
    a_member,
    a_role,
    an_order,
    fresh,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale():
    """An open participation, its pickup, and a member of the group."""
    part = ParticipationFactory()
    return part, PickupFactory(cycle=part.cycle), a_member(part.cycle.organisation)


def a_case(part, left=None, **fields):
    """Lemons in cases of 12, two at least and six at most for each household."""
    fields = {"case_size": 12, "minimum": 2, "step": 2, "maximum": 6, "name": "Citrons", **fields}
    return OfferFactory(participation=part, left=left, **{f"product__{name}": value for name, value in fields.items()})


def slots_of(pickup, *capacities):
    """Half hours from 10 h on."""
    found = []
    for number, capacity in enumerate(capacities):
        starts_at = datetime(2026, 11, 28, 10, 0, tzinfo=PARIS) + timedelta(minutes=30 * number)
        found.append(
            PickupSlot.objects.create(
                pickup=pickup, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30), capacity=capacity
            )
        )
    return found


def said(offer, count, **wish):
    return {offer.pk: Wanted(count=count, price_seen=offer.unit_price, **wish)}


def taken(*slots):
    return [fresh(slot).taken for slot in slots]


def nothing_happened():
    assert not Order.objects.exists()
    assert not OutboxEvent.objects.exists()
    assert not AuditEntry.objects.exists()


# the minimum of an order


def priced(part, cents, **more):
    return OfferFactory(participation=part, product__unit_price=Money(cents), **more)


def test_a_minimum_of_30_00_is_met_at_30_00_exactly(sale):
    part, pickup, user = sale
    Cycle.objects.update(order_minimum=Money(3000))

    order = placing.place_order(**an_order(pickup, user, (priced(part, 1000), 3)))

    assert order.lines.get().listed_amount == Money(3000)


def test_a_cent_short_of_the_minimum_is_refused_with_what_is_missing(sale):
    part, pickup, user = sale
    Cycle.objects.update(order_minimum=Money(3000))
    offer = priced(part, 2999, left=5)

    with pytest.raises(rules.BelowMinimum, match="30,00\u00a0€ au moins : il manque 0,01\u00a0€") as refused:
        placing.place_order(**an_order(pickup, user, (offer, 1)))

    assert refused.value.missing == Money(1)
    assert Stock.objects.get().remaining == 5
    nothing_happened()


def test_lowering_below_the_minimum_is_refused_and_dropping_to_nothing_is_cancelling(sale):
    part, pickup, user = sale
    Cycle.objects.update(order_minimum=Money(3000))
    offer = priced(part, 1000)
    placing.place_order(**an_order(pickup, user, (offer, 3)))

    with pytest.raises(rules.BelowMinimum, match="il manque 10,00"):
        placing.place_order(**an_order(pickup, user, (offer, 2), version=1))
    order = placing.place_order(**an_order(pickup, user, (offer, 0), version=1))

    assert (order.state, order.version) == (OrderState.CANCELLED, 2)


def test_lines_of_a_farm_that_has_closed_count_for_the_minimum_and_the_others_may_all_be_dropped(sale):
    part, pickup, user = sale
    early = ParticipationFactory(cycle=part.cycle, closes_at=NOW + timedelta(hours=1))
    Cycle.objects.update(order_minimum=Money(3000))
    stays, goes = priced(early, 2000), priced(part, 500)
    placing.place_order(**an_order(pickup, user, (stays, 1), (goes, 3)))  # 35.00
    later = NOW + timedelta(hours=2)

    placing.place_order(**an_order(pickup, user, (goes, 2), version=1, now=later))  # 30.00
    with pytest.raises(rules.BelowMinimum, match="il manque 5,00"):
        placing.place_order(**an_order(pickup, user, (goes, 1), version=2, now=later))  # 25.00
    order = placing.place_order(**an_order(pickup, user, (goes, 0), version=2, now=later))

    assert [(line.offer_id, line.count) for line in order.lines.active()] == [(stays.pk, 1)]
    assert order.state == OrderState.PLACED


def test_an_order_that_others_brought_below_the_minimum_may_stay_or_rise_but_not_fall(sale):
    part, pickup, user = sale
    Cycle.objects.update(order_minimum=Money(3000))
    offer, other = priced(part, 1000), priced(part, 100)
    placing.place_order(**an_order(pickup, user, (offer, 3)))
    keeper = a_role(a_member(part.cycle.organisation), part.cycle.organisation)
    correcting.correct_order(
        pickup_id=pickup.pk, household_id=user.household_id, counts={offer.pk: 2}, version=1, reason="Cassé",
        by=keeper, now=NOW,
    )  # fmt: skip

    risen = placing.place_order(**an_order(pickup, user, (other, 3), version=2))  # 23.00
    with pytest.raises(rules.BelowMinimum, match="il manque 8,00"):
        placing.place_order(**an_order(pickup, user, (other, 2), version=3))

    assert risen.version == 3


# cases


def test_a_household_takes_its_maximum_of_a_case_and_not_a_step_more(sale):
    part, pickup, user = sale
    offer = a_case(part)

    with pytest.raises(rules.CountRefused, match="Citrons : 6 au plus par foyer"):
        placing.place_order(**an_order(pickup, user, (offer, 8)))
    nothing_happened()

    assert placing.place_order(**an_order(pickup, user, (offer, 6))).lines.get().count == 6


def test_the_maximum_of_a_household_counts_its_orders_at_other_pickups(sale):
    part, pickup, user = sale
    offer, other = a_case(part), PickupFactory(cycle=part.cycle)
    placing.place_order(**an_order(other, user, (offer, 4)))

    with pytest.raises(rules.CountRefused, match="6 au plus"):
        placing.place_order(**an_order(pickup, user, (offer, 4)))

    assert placing.place_order(**an_order(pickup, user, (offer, 2))).lines.get().count == 2


def test_a_tolerance_is_kept_on_the_line_and_reserves_nothing(sale):
    part, pickup, user = sale
    offer = a_case(part, left=20)

    order = placing.place_order(**an_order(pickup, user, wanted=said(offer, 4, tolerance=2)))

    line = order.lines.get()
    assert (line.count, line.tolerance, line.listed_amount) == (4, 2, Money(1120))
    assert Stock.objects.get().remaining == 16


@pytest.mark.parametrize(
    ("count", "tolerance", "words"),
    [
        (4, 1, "se compte par 2"),  # off the step
        (4, -2, "se compte par 2"),
        (4, 1_000_002, "se compte par 2"),
        (4, 4, "6 au plus par foyer, avec ce que vous prendriez de plus"),  # 4 + 4 > 6
    ],
)
def test_a_tolerance_off_the_step_or_beyond_the_maximum_is_refused(sale, count, tolerance, words):
    part, pickup, user = sale
    offer = a_case(part)

    with pytest.raises(rules.PlacingRefused, match=words):
        placing.place_order(**an_order(pickup, user, wanted=said(offer, count, tolerance=tolerance)))

    nothing_happened()


def test_a_tolerance_outside_a_case_is_refused(sale):
    part, pickup, user = sale

    with pytest.raises(rules.WishRefused, match="pas par colis"):
        placing.place_order(**an_order(pickup, user, wanted=said(OfferFactory(participation=part), 1, tolerance=1)))

    nothing_happened()


def test_what_a_cut_left_off_the_step_may_be_kept_while_something_else_changes(sale):
    part, pickup, user = sale
    offer, other = a_case(part), OfferFactory(participation=part)
    placing.place_order(**an_order(pickup, user, (offer, 4)))
    Product.objects.filter(pk=offer.product_id).update(step=3)

    order = placing.place_order(**an_order(pickup, user, (offer, 4), (other, 1), version=1))

    assert {line.offer_id: line.count for line in order.lines.active()} == {offer.pk: 4, other.pk: 1}


# what is said of a line


def test_a_note_is_one_line_of_plain_words():
    assert cleaned(" pas\x00 trop\r\n\tmûrs \u202eici\x7f ") == "pas trop mûrs ici"


def test_a_note_is_taken_where_the_group_allows_it_and_refused_where_not(sale):
    part, pickup, user = sale
    offer = OfferFactory(participation=part)
    wanted = said(offer, 1, note="bien\x00 mûrs", may_replace=True)

    with pytest.raises(rules.WishRefused, match="ne prend pas de remarque"):
        placing.place_order(**an_order(pickup, user, wanted=wanted))
    nothing_happened()
    Cycle.objects.update(allows_notes=True)
    line = placing.place_order(**an_order(pickup, user, wanted=wanted)).lines.get()

    assert (line.note, line.may_replace) == ("bien mûrs", True)


def test_a_note_of_200_letters_is_taken_and_one_of_201_refused(sale):
    part, pickup, user = sale
    Cycle.objects.update(allows_notes=True)
    offer = OfferFactory(participation=part)

    with pytest.raises(rules.WishRefused, match="200 lettres au plus"):
        placing.place_order(**an_order(pickup, user, wanted=said(offer, 1, note="é" * 201)))
    order = placing.place_order(**an_order(pickup, user, wanted=said(offer, 1, note="é" * 200)))

    assert len(order.lines.get().note) == 200


@pytest.mark.parametrize("wish", [{"tolerance": 2}, {"may_replace": True}, {"note": "Pour jeudi"}])
def test_saying_something_else_of_a_line_is_a_change_with_one_letter(sale, wish):
    part, pickup, user = sale
    Cycle.objects.update(allows_notes=True)
    offer = a_case(part, left=20)
    placing.place_order(**an_order(pickup, user, (offer, 4)))
    arguments = an_order(pickup, user, version=1, wanted=said(offer, 4, **wish))

    for _ in range(2):
        order = placing.place_order(**arguments)
    outbox.deliver_due(now=NOW)

    assert order.version == 2
    line = order.lines.get()
    assert Wish(line.tolerance, line.may_replace, line.note) == Wish(**wish)
    assert (line.count, line.placed_at, Stock.objects.get().remaining) == (4, NOW, 16)
    assert [event.payload["version"] for event in OutboxEvent.objects.order_by("pk")] == [1, 2]
    assert Letter.objects.filter(subject__contains="changée").count() == 1


def test_the_same_key_with_another_wish_slot_or_collector_is_refused(sale):
    part, pickup, user = sale
    slot = slots_of(pickup, None)[0]
    offer = a_case(part)
    key = uuid4()
    same = {"key": key, "slot_id": slot.pk, "collector": "Ghjuvan"}
    placing.place_order(**an_order(pickup, user, wanted=said(offer, 4), **same))

    for other in ({"wanted": said(offer, 4, tolerance=2)}, {"collector": "Maria"}, {"slot_id": None}):
        with pytest.raises(rules.KeyReused):
            placing.place_order(**{**an_order(pickup, user, wanted=said(offer, 4), **same), **other})


def test_a_form_that_says_what_the_order_is_already_makes_no_new_version(sale):
    part, pickup, user = sale
    offer = OfferFactory(participation=part)
    placing.place_order(**an_order(pickup, user, (offer, 2)))

    order = placing.place_order(**an_order(pickup, user, (offer, 2), version=1))

    assert order.version == 1
    assert OutboxEvent.objects.count() == 1
    assert Placement.objects.count() == 2


def test_what_is_said_stands_on_each_line_of_the_offer(sale):
    """A price changed between two raises: two lines of one offer; lowering drops the newer one."""
    part, pickup, user = sale
    offer = a_case(part)
    placing.place_order(**an_order(pickup, user, (offer, 2)))
    offer.unit_price = Money(300)
    offer.save()

    order = placing.place_order(**an_order(pickup, user, version=1, wanted=said(offer, 4, tolerance=2)))

    assert [(line.count, line.tolerance) for line in order.lines.order_by("pk")] == [(2, 2), (2, 2)]


def test_a_coordinators_correction_keeps_what_the_household_said(sale):
    part, pickup, user = sale
    Cycle.objects.update(allows_notes=True)
    offer = a_case(part)
    wanted = said(offer, 4, tolerance=2, may_replace=True, note="Pour jeudi")
    placing.place_order(**an_order(pickup, user, wanted=wanted, collector="Ghjuvan"))
    keeper = a_role(a_member(part.cycle.organisation), part.cycle.organisation)

    order = correcting.correct_order(
        pickup_id=pickup.pk, household_id=user.household_id, counts={offer.pk: 2}, version=1, reason="Cassé",
        by=keeper, now=NOW,
    )  # fmt: skip

    line = order.lines.get()
    assert (line.count, line.tolerance, line.may_replace, line.note) == (2, 2, True, "Pour jeudi")
    assert fresh(order).collector == "Ghjuvan"


def test_a_stale_basket_is_merged_with_the_tolerance_the_replacement_and_both_notes(sale):
    part, pickup, user = sale
    Cycle.objects.update(allows_notes=True)
    offer, other, third = (a_case(part) for _ in range(3))
    placing.place_order(
        **an_order(pickup, user, wanted=said(offer, 2, tolerance=4, note="mûrs") | said(third, 2, may_replace=True))
    )

    with pytest.raises(rules.OrderChangedMeanwhile) as refused:
        placing.place_order(
            **an_order(
                pickup, user, wanted=said(offer, 4, tolerance=2, may_replace=True, note="verts") | said(other, 2)
            )
        )

    assert refused.value.merged == {offer.pk: 4, other.pk: 2, third.pk: 2}
    assert refused.value.wishes == {
        offer.pk: Wish(4, True, "mûrs / verts"), other.pk: Wish(), third.pk: Wish(0, True, "")
    }  # fmt: skip


# stock


def test_stock_10_asked_6_and_6_in_one_basket_is_refused(sale):
    part, pickup, user = sale
    first = OfferFactory(participation=part, left=10)
    second = OfferFactory(participation__cycle=part.cycle, product=first.product, stock=first.stock)

    with pytest.raises(rules.OfferSoldOut) as refused:
        placing.place_order(**an_order(pickup, user, (first, 6), (second, 6)))

    assert refused.value.left == {first.pk: 10, second.pk: 10}
    assert Stock.objects.get().remaining == 10
    nothing_happened()


def test_a_stock_of_10_over_two_groups_gives_6_to_one_and_says_4_to_the_other(sale):
    part, pickup, user = sale
    here = OfferFactory(participation=part, left=10)
    there = OfferFactory(participation__producer=part.producer, product=here.product, stock=here.stock)
    elsewhere = PickupFactory(cycle=there.participation.cycle)
    placing.place_order(**an_order(pickup, user, (here, 6)))

    with pytest.raises(rules.OfferSoldOut, match="il n’en reste que 4"):
        placing.place_order(**an_order(elsewhere, a_member(elsewhere.cycle.organisation), (there, 6)))

    assert Stock.objects.get().remaining == 4


# slots and who collects


def test_a_pickup_with_slots_needs_one_of_its_own(sale):
    part, pickup, user = sale
    offer = OfferFactory(participation=part)
    slot = slots_of(pickup, 2)[0]
    foreign = slots_of(PickupFactory(cycle=part.cycle), 2)[0]

    with pytest.raises(rules.SlotRefused, match="Choisissez l’heure"):
        placing.place_order(**an_order(pickup, user, (offer, 1)))
    with pytest.raises(rules.SlotRefused, match="n’existe plus"):
        placing.place_order(**an_order(pickup, user, (offer, 1), slot_id=foreign.pk))
    nothing_happened()
    order = placing.place_order(**an_order(pickup, user, (offer, 1), slot_id=slot.pk))

    assert fresh(order).slot == slot
    assert taken(slot, foreign) == [1, 0]


def test_a_pickup_without_slots_takes_none(sale):
    part, pickup, user = sale

    with pytest.raises(rules.SlotRefused, match="n’existe plus"):
        placing.place_order(**an_order(pickup, user, (OfferFactory(participation=part), 1), slot_id=1))

    nothing_happened()


def test_a_full_slot_is_refused_and_names_those_that_have_a_place(sale):
    part, pickup, user = sale
    offer = OfferFactory(participation=part)
    full, free, open_end = slots_of(pickup, 1, 1, None)
    placing.place_order(**an_order(pickup, a_member(part.cycle.organisation), (offer, 1), slot_id=full.pk))

    with pytest.raises(rules.SlotFull) as refused:
        placing.place_order(**an_order(pickup, user, (offer, 1), slot_id=full.pk))

    assert list(refused.value.free) == [free.pk, open_end.pk]
    assert "10\u00a0h –\u2060 10\u00a0h\u00a030 est complet" in str(refused.value)
    assert "10\u00a0h\u00a030 –\u2060 11\u00a0h et 11\u00a0h –\u2060 11\u00a0h\u00a030" in str(refused.value)
    assert taken(full, free, open_end) == [1, 0, 0]
    assert Order.objects.count() == 1


def test_changing_the_slot_gives_the_old_place_back_once(sale):
    part, pickup, user = sale
    offer = OfferFactory(participation=part)
    early, late = slots_of(pickup, 1, 1)
    placing.place_order(**an_order(pickup, user, (offer, 1), slot_id=early.pk))
    arguments = an_order(pickup, user, (offer, 1), slot_id=late.pk, version=1)

    for _ in range(2):
        order = placing.place_order(**arguments)

    assert (order.version, order.slot_id) == (2, late.pk)
    assert taken(early, late) == [0, 1]
    back = placing.place_order(**an_order(pickup, user, (offer, 1), slot_id=early.pk, version=2))
    assert (back.version, taken(early, late)) == (3, [1, 0])


def test_no_slot_named_keeps_the_orders_slot(sale):
    part, pickup, user = sale
    offer = OfferFactory(participation=part)
    slot = slots_of(pickup, 1)[0]
    placing.place_order(**an_order(pickup, user, (offer, 1), slot_id=slot.pk))

    order = placing.place_order(**an_order(pickup, user, (offer, 2), version=1))

    assert (order.slot_id, taken(slot)) == (slot.pk, [1])


@pytest.mark.parametrize("way", ["drop", "cancel", "correct"])
def test_an_order_that_comes_to_nothing_gives_its_slot_back_once(sale, way):
    part, pickup, user = sale
    offer = OfferFactory(participation=part)
    slot = slots_of(pickup, 1)[0]
    order = placing.place_order(**an_order(pickup, user, (offer, 1), slot_id=slot.pk))

    if way == "drop":
        placing.place_order(**an_order(pickup, user, (offer, 0), slot_id=slot.pk, version=1))
    elif way == "cancel":
        cancelling.cancel_order(order_id=order.pk, by=user, now=NOW)
    else:
        correcting.correct_order(
            pickup_id=pickup.pk, household_id=user.household_id, counts={offer.pk: 0}, version=1, reason="Absent",
            by=user, now=NOW,
        )  # fmt: skip

    assert (fresh(order).slot, taken(slot)) == (None, [0])
    with pytest.raises(rules.NothingWanted):
        placing.place_order(**an_order(pickup, user, (offer, 0), version=2))
    again = placing.place_order(**an_order(pickup, user, (offer, 1), slot_id=slot.pk, version=2))
    assert (again.number, taken(slot)) == (1, [1])
    assert [f for findings in integrity.check_all(now=NOW).values() for f in findings if f.kind == "wrong"] == []


def test_who_comes_for_the_basket_is_a_change_also_after_the_close(sale):
    part, pickup, user = sale
    offer = OfferFactory(participation=part)
    placing.place_order(**an_order(pickup, user, (offer, 1)))
    Participation.objects.update(closes_at=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)

    order = placing.place_order(**an_order(pickup, user, version=1, collector=" Ma\x00ria \n Luciani", now=later))

    assert (order.collector, order.version) == ("Ma ria Luciani", 2)
    assert order.lines.get().count == 1


def test_a_name_of_more_than_120_letters_is_refused(sale):
    part, pickup, user = sale

    with pytest.raises(rules.WishRefused, match="120 lettres"):
        placing.place_order(**an_order(pickup, user, (OfferFactory(participation=part), 1), collector="a" * 121))

    nothing_happened()


def test_placing_with_a_slot_takes_two_queries_more(sale, django_assert_max_num_queries):
    part, pickup, user = sale
    slot = slots_of(pickup, 5)[0]
    wish = [(OfferFactory(participation=part, left=100), 3) for _ in range(12)]

    with django_assert_max_num_queries(19):
        placing.place_order(**an_order(pickup, user, *wish, slot_id=slot.pk))
