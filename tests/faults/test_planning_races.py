"""Races of planning, forced: a form sent twice at once. Without the group's lock the first of these fails."""

from uuid import uuid4

import pytest
from django.db import transaction

from cagette.people.models import Organisation
from orders.cycles import cloning, templating
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, CycleTemplate
from tests.factories import NOW, CycleFactory, ParticipationFactory, PickupFactory, UserFactory, a_listing
from tests.faults.conftest import Racer, somebody_waits_for_a_lock, wait_until
from tests.orders.cycles.test_cloning import DAY

pytestmark = pytest.mark.usefixtures("committed_db")


def a_sale():
    part = ParticipationFactory(cycle=CycleFactory(), state=SaleState.PLANNED)
    a_listing(part.cycle.organisation, part.producer)
    PickupFactory(cycle=part.cycle)
    return part.cycle


def both_at_once(group, function):
    """Two racers that wait for the group, let go together."""
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=group.pk)
        racers = [Racer(function) for _ in range(2)]
        wait_until(somebody_waits_for_a_lock)
    return [racer.finish() for racer in racers]


def test_a_sale_kept_twice_at_once_is_one_template():
    cycle, by = a_sale(), UserFactory()

    racers = both_at_once(
        cycle.organisation,
        lambda: templating.keep_template(cycle_id=cycle.pk, name="Marché du samedi", by=by, now=NOW),
    )

    assert [racer.error for racer in racers] == [None, None]
    assert racers[0].result == racers[1].result
    assert CycleTemplate.objects.count() == 1


def test_a_clone_sent_twice_at_once_is_one_sale():
    cycle, by, key = a_sale(), UserFactory(), uuid4()

    racers = both_at_once(
        cycle.organisation,
        lambda: cloning.clone_cycle(cycle_id=cycle.pk, delivery_on=DAY, by=by, now=NOW, key=key),
    )

    assert [racer.error for racer in racers] == [None, None]
    assert racers[0].result == racers[1].result
    assert Cycle.objects.count() == 2


def test_a_template_planned_by_hand_and_by_its_rule_at_once_is_one_sale():
    cycle, by = a_sale(), UserFactory()
    template = templating.keep_template(cycle_id=cycle.pk, name="Marché du samedi", by=by, now=NOW)

    with transaction.atomic():
        CycleTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
        racers = [
            Racer(lambda: templating.plan_now(template_id=template.pk, day=DAY, by=by, now=NOW)),
            Racer(lambda: templating.plan_date(template_id=template.pk, day=DAY, now=NOW)),
        ]
        wait_until(somebody_waits_for_a_lock)
    for racer in racers:
        racer.finish()

    assert [racer.error for racer in racers] == [None, None]
    assert Cycle.objects.filter(template=template, template_on=DAY).count() == 1
