"""Templates: kept from a sale, planned again by rule, once each; skipped, stuck in words, ended."""

from datetime import date, datetime, timedelta

import pytest

from cagette.core import outbox
from cagette.core.models import Letter
from cagette.core.money import Money
from orders.cycles import deciding, drafting, planning, templating
from orders.cycles.enums import CaseRule, FeeKind, Recurrence, SaleState
from orders.cycles.models import Cycle, CycleTemplate
from orders.cycles.templating import Rhythm
from tests.factories import (
    CLOSES,
    NOW,
    PARIS,
    CycleFactory,
    ParticipationFactory,
    PickupFactory,
    UserFactory,
    a_listing,
    a_role,
)

pytestmark = pytest.mark.django_db

SATURDAYS = Rhythm(Recurrence.WEEKLY, weekday=5, starts_on=date(2026, 12, 1), weeks_ahead=4)


@pytest.fixture
def by():
    return UserFactory()


@pytest.fixture
def cycle():
    """Delivered on Saturday 28 November; a farm with a minimum that closes a day earlier; a point with slots."""
    cycle = CycleFactory(case_rule=CaseRule.GROUP_TAKES, order_minimum=Money(1500))
    part = ParticipationFactory(
        cycle=cycle, state=SaleState.PLANNED, closes_at=CLOSES - timedelta(days=1), minimum=Money(5000)
    )
    a_listing(cycle.organisation, part.producer)
    pickup = PickupFactory(cycle=cycle, capacity=40)
    pickup.slots.create(starts_at=pickup.starts_at, ends_at=pickup.starts_at + timedelta(minutes=30), capacity=8)
    return cycle


@pytest.fixture
def template(cycle, by):
    return templating.keep_template(cycle_id=cycle.pk, name="Marché du samedi", by=by, now=NOW)


def test_a_template_plans_the_same_sale_for_another_day_with_the_hours_that_clocks_show(template, cycle, by):
    templating.set_rhythm(template_id=template.pk, rhythm=SATURDAYS, by=by, now=NOW)

    planned = templating.plan_date(template_id=template.pk, day=date(2026, 12, 5), now=NOW)

    part, pickup = planned.participations.get(), planned.pickups.get()
    assert planned.closes_at == datetime(2026, 12, 3, 20, 0, tzinfo=PARIS)
    assert planned.opens_at == datetime(2026, 11, 30, 12, 0, tzinfo=PARIS)
    assert (part.closes_at, part.minimum) == (datetime(2026, 12, 2, 20, 0, tzinfo=PARIS), Money(5000))
    assert (pickup.starts_at, pickup.capacity) == (datetime(2026, 12, 5, 10, 0, tzinfo=PARIS), 40)
    assert [slot.capacity for slot in pickup.slots.all()] == [8, 8, 8, 8]
    assert (planned.case_rule, planned.order_minimum) == (CaseRule.GROUP_TAKES, Money(1500))
    assert part.invited_at == NOW


def test_the_hour_on_the_clock_stays_across_the_change_of_hour(template, by):
    planned = templating.plan_date(template_id=template.pk, day=date(2027, 4, 3), now=NOW)

    assert planned.closes_at == datetime(2027, 4, 1, 20, 0, tzinfo=PARIS)
    assert planned.closes_at.utcoffset() == timedelta(0)  # as the database has it
    assert planned.organisation.local(planned.closes_at).utcoffset() == timedelta(hours=2)


def test_a_rule_plans_all_its_dates_ahead_once_however_often_and_late_it_runs(template, by):
    templating.set_rhythm(template_id=template.pk, rhythm=SATURDAYS, by=by, now=NOW)

    assert templating.plan_due(now=NOW) == 3  # 5, 12 and 19 December
    assert templating.plan_due(now=NOW) == 0
    assert templating.plan_due(now=NOW + timedelta(days=11)) == 2  # 26 December and 2 January

    days = Cycle.objects.filter(template=template).order_by("delivery_on").values_list("delivery_on", flat=True)
    assert [day.isoformat() for day in days] == ["2026-12-05", "2026-12-12", "2026-12-19", "2026-12-26", "2027-01-02"]


def test_a_date_that_is_skipped_or_taken_back_is_not_planned_again(template, by):
    templating.set_rhythm(template_id=template.pk, rhythm=SATURDAYS, by=by, now=NOW)
    assert templating.skip_date(template_id=template.pk, day=date(2026, 12, 12), skipped=True, by=by, now=NOW)
    assert not templating.skip_date(template_id=template.pk, day=date(2026, 12, 12), skipped=True, by=by, now=NOW)

    assert templating.plan_due(now=NOW) == 2
    removed = Cycle.objects.get(template_on=date(2026, 12, 19))
    planning.remove_cycle(cycle_id=removed.pk, by=by, now=NOW)
    assert templating.plan_due(now=NOW) == 0

    templating.skip_date(template_id=template.pk, day=date(2026, 12, 12), skipped=False, by=by, now=NOW)
    assert templating.plan_due(now=NOW) == 1


def test_a_sale_whose_close_has_passed_is_not_planned(template, by):
    rhythm = Rhythm(Recurrence.WEEKLY, weekday=5, starts_on=date(2026, 12, 1), weeks_ahead=1)
    templating.set_rhythm(template_id=template.pk, rhythm=rhythm, by=by, now=NOW)

    late = datetime(2026, 12, 4, 8, 0, tzinfo=PARIS)  # Friday: the sale of Saturday closed on Thursday

    assert templating.plan_due(now=late) == 0
    assert not Letter.objects.exists()


def test_a_close_in_the_hour_that_spring_skips_is_told_to_the_coordinators_once(template, by):
    coordinator = a_role(UserFactory(), template.organisation)
    kept = {**template.plan, "closes": [-2, "02:30"], "farms": [{**template.plan["farms"][0], "closes": None}]}
    CycleTemplate.objects.update(plan=kept)

    for _time in range(2):
        assert templating.plan_date(template_id=template.pk, day=date(2027, 3, 30), now=NOW) is None
        outbox.deliver_due(now=NOW)

    letter = Letter.objects.get()
    assert letter.to == coordinator.email
    assert "02:30" in letter.text
    assert Cycle.objects.count() == 1


def test_in_autumn_the_hour_that_comes_twice_is_the_first(template, by):
    kept = {**template.plan, "closes": [-2, "02:30"], "farms": [{**template.plan["farms"][0], "closes": None}]}
    CycleTemplate.objects.update(plan=kept)

    planned = templating.plan_date(template_id=template.pk, day=date(2027, 11, 2), now=NOW)

    assert planned.closes_at.isoformat() == "2027-10-31T00:30:00+00:00"


def test_a_farm_that_left_is_left_out_and_the_coordinators_are_told(template, cycle, by):
    a_role(UserFactory(), template.organisation)
    other = ParticipationFactory(cycle=cycle, state=SaleState.PLANNED)
    a_listing(cycle.organisation, other.producer)
    templating.keep_template(cycle_id=cycle.pk, name="Marché du samedi", by=by, now=NOW)
    gone = cycle.organisation.listings.get(producer=other.producer)
    gone.state = "ended"
    gone.save()

    planned = templating.plan_date(template_id=template.pk, day=date(2026, 12, 5), now=NOW)
    outbox.deliver_due(now=NOW)

    assert planned.participations.count() == 1
    assert other.producer.organisation.name in Letter.objects.get(kind="template").text


def test_one_template_that_fails_does_not_stop_the_others(template, cycle, by):
    broken = CycleTemplate.objects.create(
        organisation=cycle.organisation, name="Abîmé", plan={}, rule=Recurrence.WEEKLY, weekday=5,
        starts_on=date(2026, 12, 1), created_at=NOW,
    )  # fmt: skip
    templating.set_rhythm(template_id=template.pk, rhythm=SATURDAYS, by=by, now=NOW)

    assert broken.pk
    assert templating.plan_due(now=NOW) == 3


def test_an_ended_template_plans_nothing_more(template, by):
    templating.set_rhythm(template_id=template.pk, rhythm=SATURDAYS, by=by, now=NOW)

    assert templating.end_template(template_id=template.pk, by=by, now=NOW)
    assert not templating.end_template(template_id=template.pk, by=by, now=NOW)

    assert templating.plan_due(now=NOW) == 0


@pytest.mark.parametrize(
    ("rhythm", "said"),
    [
        (Rhythm("yearly", 5), "Choisissez"),
        (Rhythm(Recurrence.WEEKLY, 7, starts_on=date(2026, 12, 1)), "Choisissez"),
        (Rhythm(Recurrence.WEEKLY, 5), "à partir de quel jour"),
        (Rhythm(Recurrence.WEEKLY, 5, starts_on=date(2026, 12, 1), until_on=date(2026, 11, 1)), "avant la première"),
        (Rhythm(Recurrence.WEEKLY, 5, starts_on=date(2026, 12, 1), weeks_ahead=99), "26 semaines"),
    ],
)
def test_a_rhythm_that_does_not_hold_is_refused_in_words(template, by, rhythm, said):
    with pytest.raises(templating.TemplateRefused, match=said):
        templating.set_rhythm(template_id=template.pk, rhythm=rhythm, by=by, now=NOW)


def test_a_sale_keeps_the_rules_and_fees_that_it_was_planned_with(cycle, by):
    group = cycle.organisation
    fee = deciding.add_fee(
        group=group, terms=deciding.Terms("Port", FeeKind.FIXED_ORDER, amount=Money(50)), by=by, now=NOW
    )
    plan = drafting.draft(
        templating.keep_template(cycle_id=cycle.pk, name="Modèle", by=by, now=NOW), delivery_on=date(2026, 12, 5)
    ).plan
    planned = planning.plan_cycle(group=group, by=by, plan=plan, now=NOW)

    deciding.end_fee(fee_id=fee.pk, by=by, now=NOW)
    rules = deciding.Rules(order_minimum=Money(9900))
    assert deciding.decide_rules(group=group, rules=rules, rationing="pro_rata", by=by, now=NOW)
    assert not deciding.decide_rules(group=group, rules=rules, rationing="pro_rata", by=by, now=NOW)

    assert [(f.name, f.amount) for f in planned.fees.all()] == [("Port", Money(50))]
    assert Cycle.objects.get(pk=planned.pk).order_minimum == Money(1500)
    assert deciding.rules_of(group).order_minimum == Money(9900)


@pytest.mark.parametrize(
    "terms",
    [
        deciding.Terms("", FeeKind.FIXED_ORDER, amount=Money(50)),
        deciding.Terms("Port", "gift", amount=Money(50)),
        deciding.Terms("Port", FeeKind.FIXED_ORDER),
        deciding.Terms("Port", FeeKind.PERCENT_ORDER, permyriad=10_001),
        deciding.Terms("Port", FeeKind.PERCENT_ORDER, permyriad=500, amount=Money(50)),
    ],
)
def test_a_fee_that_does_not_hold_is_refused(cycle, by, terms):
    with pytest.raises(deciding.DecisionRefused):
        deciding.add_fee(group=cycle.organisation, terms=terms, by=by, now=NOW)
