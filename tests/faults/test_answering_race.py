"""A farm says that it does not come at the very second at which the sale opens: one of the two wins, whole."""

from datetime import timedelta

import pytest
from django.db import transaction

from orders.cycles import answering, opening
from orders.cycles.enums import Answer, SaleState
from orders.cycles.models import Offer, Participation
from tests.factories import NOW, CycleFactory, ParticipationFactory, ProductFactory, a_listing, fresh
from tests.faults.conftest import Racer, somebody_waits_for_a_lock, wait_until

pytestmark = pytest.mark.usefixtures("committed_db")

OPENS = NOW + timedelta(seconds=1)


def a_planned_part():
    part = ParticipationFactory(cycle=CycleFactory(opens_at=OPENS), state=SaleState.PLANNED)
    a_listing(part.cycle.organisation, part.producer)
    ProductFactory(producer=part.producer)
    return part


def answered(part, answer=Answer.DECLINES):
    return answering.answer_invitation(
        participation_id=part.pk, answer=answer, minimum=None, note="", by=None, now=OPENS - timedelta(seconds=1)
    )


def during_the_opening(part):
    """The farm answers while the opening holds the participation, and has not committed."""
    with transaction.atomic():
        assert opening.open_one(participation_id=part.pk, now=OPENS)
        late = Racer(lambda: answered(part))
        wait_until(somebody_waits_for_a_lock)
    return late.finish()


def test_an_opening_that_was_first_refuses_the_answer():
    part = a_planned_part()

    late = during_the_opening(part)

    assert isinstance(late.error, answering.AnswerRefused)
    assert "a ouvert" in str(late.error)
    assert (fresh(part).state, fresh(part).answer) == (SaleState.OPEN, Answer.WAITING)
    assert Offer.objects.count() == 1


@pytest.mark.leaves_wrong
def test_without_the_guard_an_open_sale_would_be_declined(monkeypatch):
    part = a_planned_part()
    monkeypatch.setattr(answering, "ANSWERABLE", tuple(SaleState))

    late = during_the_opening(part)

    assert late.result is True
    assert fresh(part).state == SaleState.DECLINED  # its offers are on sale, and nobody comes
    assert Offer.objects.count() == 1


def test_an_answer_that_was_first_opens_nothing():
    part = a_planned_part()

    with transaction.atomic():
        assert answered(part)
        late = Racer(lambda: opening.open_one(participation_id=part.pk, now=OPENS))
        wait_until(somebody_waits_for_a_lock)

    assert late.finish().result is False
    assert Participation.objects.get().state == SaleState.DECLINED
    assert not Offer.objects.exists()
