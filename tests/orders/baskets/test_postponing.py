"""A delivery that moves to another day, a pickup to another place: windows, stock to the unit, rule, letters."""

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from cagette.core import outbox
from cagette.core.models import Letter
from distribution.models import DueVersion
from orders.baskets import placing, postponing, reopening
from orders.baskets.models import Order, OrderLine, Shortage
from orders.cycles import opening, planning, templating
from orders.cycles.enums import Answer, Recurrence, SaleState
from orders.cycles.models import Cycle, CycleTemplate, Offer, Participation
from orders.cycles.rescheduling import MoveRefused
from orders.cycles.templating import Rhythm
from producers import announcing
from producers.enums import StockMode
from producers.models import Pause, Product, Stock
from tests.factories import (
    CLOSES,
    NOW,
    PARIS,
    CommuneFactory,
    CycleFactory,
    DeliveryPointFactory,
    ParticipationFactory,
    PickupFactory,
    UserFactory,
    a_listing,
    a_member,
    an_order,
    fresh,
)
from tests.orders.baskets.moved import LATER, Sale, counts, letters, settle_down, wrong

pytestmark = pytest.mark.django_db

SATURDAY, SUNDAY = date(2026, 11, 28), date(2026, 11, 29)


@pytest.fixture
def sale():
    return Sale()


def move(sale, day=SUNDAY, now=NOW, **changed):
    return postponing.move_delivery(cycle_id=sale.cycle.pk, delivery_on=day, by=sale.coordinator, now=now, **changed)


def announce(sale, amount, day=SUNDAY):
    announcing.announce_harvest(
        product_id=sale.eggs.product_id, day=day, amount=amount, seen=None, by=sale.coordinator, now=NOW
    )
    outbox.deliver_due(now=NOW)


def of_day(sale, day):
    row = Stock.objects.get(product=sale.eggs.product, delivery_on=day)
    return row.announced, row.remaining, row.short


def test_what_is_ordered_takes_the_stock_of_its_new_day_and_gives_the_old_ones_back(sale):
    announce(sale, 12)

    assert move(sale) == 1
    assert move(sale) == 0

    assert (of_day(sale, SATURDAY), of_day(sale, SUNDAY)) == ((30, 30, 0), (12, 2, 0))
    assert fresh(sale.jam.stock).remaining == 5
    assert fresh(sale.eggs).stock.delivery_on == SUNDAY
    pickup = fresh(sale.pickup)
    assert pickup.starts_at == datetime(2026, 11, 29, 10, 0, tzinfo=PARIS)
    assert pickup.ends_at == datetime(2026, 11, 29, 12, 0, tzinfo=PARIS)
    assert (fresh(sale.cycle).delivery_on, fresh(sale.cycle).closes_at) == (SUNDAY, CLOSES)
    assert [counts(order) for order in sale.orders] == [
        [(sale.jam.pk, 3, 1200), (sale.eggs.pk, 10, 400)],
        [(sale.jam.pk, 2, 800)],
    ]
    assert wrong() == []


def test_later_orders_fall_on_the_new_day(sale):
    announce(sale, 12)
    move(sale)

    sale.order(sale.people[1], (sale.eggs, 2), version=1)

    assert of_day(sale, SUNDAY) == (12, 0, 0)
    assert wrong() == []


def test_when_the_new_day_has_not_enough_it_is_refused_with_what_there_is(sale):
    announce(sale, 9)

    with pytest.raises(MoveRefused, match="Œufs, 9 pour 10 commandés"):
        move(sale)


def test_the_refusal_changes_nothing(sale):
    with pytest.raises(MoveRefused, match="Œufs, 0 pour 10"), transaction.atomic():
        move(sale)

    assert fresh(sale.cycle).delivery_on == SATURDAY
    assert fresh(sale.pickup).starts_at.date() == SATURDAY
    assert sale.stocks() == (5, 20)
    settle_down(NOW)
    assert letters() == []


def test_a_product_that_is_out_of_season_on_the_new_day_refuses_when_it_is_ordered(sale):
    Product.objects.filter(pk=sale.jam.product_id).update(season=[11])

    with pytest.raises(MoveRefused, match="Pas livré le mardi 1er décembre, et déjà commandé : Confiture"):
        move(sale, day=date(2026, 12, 1))


def test_a_product_that_the_new_day_does_not_have_and_nobody_ordered_is_no_more_on_sale(sale):
    honey = sale.offer(sale.part, "Miel", season=[11])
    announce(sale, 10, day=date(2026, 12, 1))

    assert move(sale, day=date(2026, 12, 1)) == 1

    assert not fresh(honey).is_available
    assert fresh(sale.eggs).is_available
    assert wrong() == []


def test_every_second_delivery_is_counted_without_the_day_that_moved(sale):
    """From 28 November, one delivery in two: the sale's own is the first; moved, it still is."""
    Product.objects.filter(pk=sale.eggs.product_id).update(
        stock_mode=StockMode.EVERY_NTH, stock_every=2, stock_each=40, stock_from_on=SATURDAY
    )

    assert move(sale, day=date(2026, 12, 5)) == 1
    assert of_day(sale, date(2026, 12, 5)) == (40, 30, 0)


def test_a_shortage_of_the_old_day_goes_with_the_lines_that_leave_it(sale):
    announce(sale, 4, day=SATURDAY)
    announce(sale, 10)
    assert (of_day(sale, SATURDAY), Shortage.objects.get().missing) == ((4, 0, 6), 6)

    move(sale)

    assert (of_day(sale, SATURDAY), of_day(sale, SUNDAY)) == ((4, 4, 0), (10, 0, 0))
    assert not Shortage.objects.exists()
    assert wrong() == []


def test_a_closed_sale_moves_without_a_version_and_everybody_is_told_once(sale):
    sale.close()
    announce(sale, 30)
    for _time in range(2):
        move(sale, now=LATER, why="Neige")
    settle_down(LATER)

    assert sale.lists() == [(1, 2, 2000)]
    assert not DueVersion.objects.exists()
    assert letters("picking_list") == []
    assert [to for to, _subject in letters("moved")] == sorted(person.email for person in sale.people)
    assert [to for to, _subject in letters("farm_moved")] == sorted(
        part.producer.organisation.email for part in (sale.part, sale.other)
    )
    assert len(letters()) == 4
    for letter in Letter.objects.all():
        assert "dimanche 29 novembre\nau lieu de : samedi 28 novembre\n\n« Neige »" in letter.text
    assert "Votre retrait : dimanche 29 novembre, 10\u00a0h –" in Letter.objects.filter(kind="moved").first().text
    assert sale.states() == (SaleState.CLOSED, SaleState.CLOSED)
    assert wrong() == []


def test_moved_before_its_close_or_into_the_past_or_to_a_farms_day_off_is_refused(sale):
    announce(sale, 30)
    with pytest.raises(MoveRefused, match="avancez d’abord la clôture"):
        move(sale, day=date(2026, 11, 26))
    with pytest.raises(MoveRefused, match="déjà commencé"):
        move(sale, day=date(2026, 11, 24))
    Pause.objects.create(producer=sale.part.producer, from_on=SUNDAY, until_on=SUNDAY, created_at=NOW)
    with pytest.raises(MoveRefused, match="fermé le dimanche 29 novembre"):
        move(sale)
    Pause.objects.update(ended_at=NOW)
    Order.objects.filter(pk=sale.orders[0].pk).update(collection="collected")
    with pytest.raises(MoveRefused, match="déjà remis"):
        move(sale)


def planned(closes=CLOSES, day=SATURDAY, **pickup):
    cycle = CycleFactory(opens_at=NOW + timedelta(days=1), closes_at=closes, delivery_on=day)
    part = ParticipationFactory(
        cycle=cycle, state=SaleState.PLANNED, closes_at=closes - timedelta(hours=8), invited_at=NOW, answer=Answer.COMES
    )
    a_listing(cycle.organisation, part.producer)
    return cycle, part, PickupFactory(cycle=cycle, **pickup)


def at(*day_and_hour):
    return datetime(*day_and_hour, tzinfo=PARIS)


def test_a_sale_that_has_not_opened_moves_whole_at_the_hours_that_clocks_show_across_the_change_of_hour():
    """From Saturday 27 March 2027 to Sunday 28: the night between has one hour less."""
    cycle, part, pickup = planned(
        at(2027, 3, 26, 20), date(2027, 3, 27), starts_at=at(2027, 3, 27, 10), ends_at=at(2027, 3, 27, 12)
    )
    slot = pickup.slots.create(starts_at=pickup.starts_at, ends_at=at(2027, 3, 27, 10, 30))
    Cycle.objects.update(opens_at=at(2027, 3, 24, 8))
    by = UserFactory()

    assert postponing.move_delivery(cycle_id=cycle.pk, delivery_on=date(2027, 3, 28), by=by, now=NOW) == 1

    assert [fresh(cycle).opens_at, fresh(cycle).closes_at] == [at(2027, 3, 25, 8), at(2027, 3, 27, 20)]
    assert fresh(part).closes_at == at(2027, 3, 27, 12)
    assert [fresh(pickup).starts_at, fresh(pickup).ends_at] == [at(2027, 3, 28, 10), at(2027, 3, 28, 12)]
    assert fresh(pickup).starts_at.utcoffset() == timedelta(0)
    assert (fresh(pickup).starts_at - pickup.starts_at) == timedelta(hours=23)
    assert fresh(slot).ends_at == at(2027, 3, 28, 10, 30)
    assert fresh(part).answer == Answer.COMES
    settle_down(NOW)
    assert [to for to, _subject in letters()] == [part.producer.organisation.email]


def test_an_hour_that_the_spring_day_skips_is_refused_in_words():
    cycle, _part, _pickup = planned(
        at(2027, 3, 26, 20), date(2027, 3, 27), starts_at=at(2027, 3, 27, 2, 30), ends_at=at(2027, 3, 27, 5)
    )

    with pytest.raises(MoveRefused, match="02:30"):
        postponing.move_delivery(cycle_id=cycle.pk, delivery_on=date(2027, 3, 28), by=UserFactory(), now=NOW)


def test_a_point_served_on_the_day_and_the_day_after_moves_by_a_day_without_colliding():
    cycle, _part, pickup = planned()
    second = PickupFactory(
        cycle=cycle, point=pickup.point, starts_at=pickup.starts_at + timedelta(days=1),
        ends_at=pickup.ends_at + timedelta(days=1),
    )  # fmt: skip
    by = UserFactory()

    for day in (SUNDAY, SATURDAY):
        assert postponing.move_delivery(cycle_id=cycle.pk, delivery_on=day, by=by, now=NOW) == 1

    assert [fresh(row).starts_at for row in (pickup, second)] == [pickup.starts_at, second.starts_at]


class Season:
    """A template of Thursdays (or by another rule), whose sales were planned four weeks ahead on 24 November."""

    def __init__(self, rule=Recurrence.WEEKLY, **rhythm):
        cycle, part, _pickup = planned(day=date(2026, 11, 26), closes=at(2026, 11, 25, 22), **self.window())
        self.by = UserFactory()
        template = templating.keep_template(cycle_id=cycle.pk, name="Jeudis", by=self.by, now=NOW)
        Cycle.objects.all().delete()
        self.farm = part.producer
        starts = {"weekday": 3, "starts_on": date(2026, 12, 1), "weeks_ahead": 4, **rhythm}
        templating.set_rhythm(template_id=template.pk, rhythm=Rhythm(rule, **starts), by=self.by, now=NOW)
        self.template = template
        templating.plan_due(now=NOW)
        outbox.deliver_due(now=NOW)
        Letter.objects.all().delete()

    def window(self):
        return {"starts_at": at(2026, 11, 26, 18), "ends_at": at(2026, 11, 26, 19)}

    def days(self):
        found = Cycle.objects.order_by("delivery_on").values_list("delivery_on", "template_on")
        return [(day.isoformat()[5:], named.isoformat()[5:]) for day, named in found]

    def move(self, number, day, **changed):
        cycle = Cycle.objects.order_by("delivery_on")[number]
        return postponing.move_delivery(cycle_id=cycle.pk, delivery_on=day, by=self.by, now=NOW, **changed)


def test_one_date_alone_moves_and_the_rule_does_not_plan_it_again():
    season = Season()
    assert season.days() == [("12-03", "12-03"), ("12-10", "12-10"), ("12-17", "12-17")]

    assert season.move(1, date(2026, 12, 9)) == 1
    assert templating.plan_due(now=NOW) == 0

    assert season.days() == [("12-03", "12-03"), ("12-09", "12-10"), ("12-17", "12-17")]
    assert fresh(season.template).weekday == 3


def test_all_that_follow_move_by_as_many_days_and_the_rule_with_them():
    season = Season()
    templating.skip_date(template_id=season.template.pk, day=date(2026, 12, 31), skipped=True, by=season.by, now=NOW)

    assert season.move(1, date(2026, 12, 9), following=True) == 2
    assert season.move(1, date(2026, 12, 9), following=True) == 0

    assert season.days() == [("12-03", "12-03"), ("12-09", "12-10"), ("12-16", "12-17")]
    template = fresh(season.template)
    # the next Thursday after the last planned one is 24 December: the rule goes on on Wednesday 23
    assert (template.weekday, template.starts_on, template.skipped) == (2, date(2026, 12, 23), [date(2026, 12, 30)])
    assert templating.plan_due(now=NOW) == 0
    later = NOW + timedelta(weeks=3)
    assert templating.plan_due(now=later) == 2
    assert season.days()[3:] == [("12-23", "12-23"), ("01-06", "01-06")]
    assert templating.plan_due(now=later) == 0


def test_each_farm_hears_once_of_all_the_sales_that_moved():
    season = Season()
    season.move(0, date(2026, 12, 4), following=True)
    settle_down(NOW)

    assert [to for to, _subject in letters()] == [season.farm.organisation.email]
    text = Letter.objects.get().text
    assert "vendredi 4 décembre\nau lieu de : jeudi 3 décembre" in text
    assert "vendredi 18 décembre\nau lieu de : jeudi 17 décembre" in text


def test_fortnights_keep_their_beat_when_all_that_follow_move_by_a_week():
    season = Season(Recurrence.FORTNIGHTLY)
    assert season.days() == [("12-03", "12-03"), ("12-17", "12-17")]

    season.move(0, date(2026, 12, 10), following=True)

    assert season.days() == [("12-10", "12-03"), ("12-24", "12-17")]
    assert templating.plan_due(now=NOW + timedelta(weeks=4)) == 1
    assert season.days()[-1] == ("01-07", "01-07")


def test_the_nth_weekday_of_the_month_follows_to_the_same_rank_of_another_weekday():
    season = Season(Recurrence.MONTHLY, nth=1, weeks_ahead=6)
    assert season.days() == [("12-03", "12-03")]
    with pytest.raises(MoveRefused, match="rythme du modèle"):
        season.move(0, date(2026, 12, 10), following=True)


def test_a_monthly_rule_moves_to_the_next_weekday():
    season = Season(Recurrence.MONTHLY, nth=1, weeks_ahead=6)

    season.move(0, date(2026, 12, 4), following=True)

    # the first Friday of January is the 1st, before the first Thursday's morrow on the 8th
    assert templating.plan_due(now=NOW + timedelta(weeks=5)) == 2
    assert season.days() == [("12-04", "12-03"), ("01-01", "01-01"), ("02-05", "02-05")]


def test_a_sale_that_comes_from_no_rule_has_nothing_that_follows(sale):
    with pytest.raises(MoveRefused, match="ne revient pas"):
        move(sale, following=True)


def test_those_that_have_opened_stay_where_they_are():
    season = Season()
    opened = Cycle.objects.get(delivery_on=date(2026, 12, 10))
    Participation.objects.filter(cycle=opened).update(state=SaleState.OPEN)

    assert season.move(0, date(2026, 12, 2), following=True) == 2
    assert [day for day, _named in season.days()] == ["12-02", "12-10", "12-16"]


def test_a_planned_sale_opens_with_the_stock_of_the_day_that_it_moved_to():
    cycle, part, _pickup = planned()
    product = Product.objects.create(
        producer=part.producer, reference="1", name="Œufs", category="eggs", unit_price=40, stock_each=6,
        stock_mode=StockMode.PER_DELIVERY,
    )  # fmt: skip
    postponing.move_delivery(cycle_id=cycle.pk, delivery_on=SUNDAY, by=UserFactory(), now=NOW)

    opening.open_due(now=NOW + timedelta(days=3))

    assert Offer.objects.get(product=product).stock.delivery_on == SUNDAY


# A pickup


def move_pickup(sale, now=NOW, **changed):
    wanted = {"point_id": sale.pickup.point_id, "starts_at": sale.pickup.starts_at, "ends_at": sale.pickup.ends_at}
    return postponing.move_pickup(pickup_id=sale.pickup.pk, by=sale.coordinator, now=now, **{**wanted, **changed})


def test_a_pickup_moves_to_another_point_and_who_ordered_there_is_told(sale):
    other = DeliveryPointFactory(organisation=sale.group, name="Le lavoir")
    elsewhere = PickupFactory(cycle=sale.cycle)
    neighbour = a_member(sale.group)
    placing.place_order(**an_order(elsewhere, neighbour, (sale.jam, 1)))
    settle_down(NOW)
    Letter.objects.all().delete()

    for _time in range(2):
        move_pickup(sale, point_id=other.pk, why="Travaux")
    settle_down(NOW)

    assert fresh(sale.pickup).point == other
    assert [fresh(order).number for order in sale.orders] == [1, 2]
    assert [to for to, _subject in letters("moved")] == sorted(person.email for person in sale.people)
    assert len(letters("farm_moved")) == 2
    text = Letter.objects.filter(kind="moved").first().text
    assert "Le lavoir, samedi 28 novembre, 10\u00a0h –" in text
    assert f"au lieu de : {sale.pickup.point.name}" in text


def test_a_window_moves_with_its_slots(sale):
    slot = sale.pickup.slots.create(
        starts_at=sale.pickup.starts_at, ends_at=sale.pickup.starts_at + timedelta(minutes=30)
    )
    hour = timedelta(hours=1)
    sale.close()

    assert move_pickup(sale, starts_at=sale.pickup.starts_at + hour, ends_at=sale.pickup.ends_at + hour, now=LATER)

    assert fresh(slot).starts_at == slot.starts_at + hour
    assert sale.lists() == [(1, 2, 2000)]
    with pytest.raises(MoveRefused, match="dernier créneau"):
        move_pickup(sale, ends_at=sale.pickup.starts_at + timedelta(minutes=20), now=LATER)
    assert wrong() == []


def test_what_does_not_hold_is_refused_in_words(sale):
    start, end = sale.pickup.starts_at, sale.pickup.ends_at
    strange = DeliveryPointFactory()
    far = DeliveryPointFactory(organisation=sale.group, commune=CommuneFactory(code="13055", name="Marseille"))
    twin = PickupFactory(cycle=sale.cycle)
    refusals = [
        ({"point_id": strange.pk}, "pas tenu"),
        ({"point_id": far.pk}, "autre TVA"),
        ({"point_id": twin.point_id}, "déjà à la même heure"),
        ({"ends_at": start}, "finit avant"),
        ({"starts_at": start + timedelta(days=2), "ends_at": end + timedelta(days=2)}, "le lendemain"),
        ({"starts_at": start - timedelta(days=9)}, "déjà passée"),
    ]

    for changed, said in refusals:
        with pytest.raises(MoveRefused, match=said):
            move_pickup(sale, **changed)


def test_a_reopened_sale_can_be_postponed_and_closes_once_more_with_its_list_as_it_was(sale):
    sale.close()
    announce(sale, 10)
    reopening.move_close(cycle_id=sale.cycle.pk, closes_at=CLOSES + timedelta(days=1), by=sale.coordinator, now=LATER)
    move(sale, now=LATER)
    sale.close()

    assert sale.lists() == [(1, 2, 2000)]
    assert of_day(sale, SUNDAY) == (10, 0, 0)
    assert OrderLine.objects.filter(frozen_at=None).count() == 0
    assert wrong() == []


def test_a_sale_that_moved_can_still_be_changed_while_it_is_planned():
    cycle, part, pickup = planned()
    by = UserFactory()
    postponing.move_delivery(cycle_id=cycle.pk, delivery_on=SUNDAY, by=by, now=NOW)
    moved = fresh(cycle)

    planning.replan_cycle(
        cycle_id=cycle.pk, by=by, now=NOW,
        plan=planning.CyclePlan(
            name="", delivery_on=moved.delivery_on, opens_at=moved.opens_at, closes_at=moved.closes_at,
            participations=(planning.PlannedParticipation(part.producer_id),),
            pickups=(planning.PlannedPickup(pickup.point_id, fresh(pickup).starts_at, fresh(pickup).ends_at),),
        ),
    )  # fmt: skip

    assert CycleTemplate.objects.count() == 0
    assert Participation.objects.get().answer == Answer.COMES
