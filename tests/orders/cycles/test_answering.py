"""A farm answers an invitation, changes its mind until the opening; its pauses answer for it."""

from datetime import date, datetime, timedelta

import pytest

from cagette.core import outbox
from cagette.core.models import AuditEntry, Letter, OutboxEvent
from cagette.core.money import Money
from orders.cycles import answering, inviting, opening, planning, rescheduling
from orders.cycles.enums import Answer, SaleState
from orders.cycles.models import Offer, Participation
from orders.cycles.planning import CyclePlan, PlannedParticipation, PlannedPickup
from orders.cycles.queries import finding
from producers import pausing
from producers.models import Pause
from tests.factories import (
    CLOSES,
    NOW,
    PARIS,
    CycleFactory,
    DeliveryPointFactory,
    OrganisationFactory,
    ParticipationFactory,
    PickupFactory,
    ProducerFactory,
    ProductFactory,
    UserFactory,
    a_listing,
    a_role,
    fresh,
)

pytestmark = pytest.mark.django_db

OPENS = datetime(2026, 11, 25, 8, tzinfo=PARIS)
SATURDAY = date(2026, 11, 28)


def a_planned_part(**fields):
    """A farm's part in a sale that opens tomorrow at 8, delivered on Saturday; the group lists the farm."""
    cycle = fields.pop("cycle", None) or CycleFactory(opens_at=OPENS)
    part = ParticipationFactory(cycle=cycle, state=SaleState.PLANNED, invited_at=NOW, **fields)
    if not cycle.organisation.listings.filter(producer=part.producer).exists():
        a_listing(cycle.organisation, part.producer)
    return part


def answered(part, answer=Answer.COMES, minimum=None, note="", now=NOW):
    return answering.answer_invitation(
        participation_id=part.pk, answer=answer, minimum=minimum, note=note, by=None, now=now
    )


def paused(part, from_on=date(2026, 11, 27), until_on=date(2026, 11, 30), note="vendanges"):
    return pausing.pause(
        producer_id=part.producer_id, from_on=from_on, until_on=until_on, note=note, by=UserFactory(), now=NOW
    )


def told(kind):
    outbox.deliver_due(now=NOW + timedelta(minutes=1))
    return list(Letter.objects.filter(kind=kind).order_by("pk"))


def test_a_farm_comes_with_its_minimum_which_is_news_of_the_morning():
    part = a_planned_part()
    a_role(UserFactory(), part.cycle.organisation)

    assert answered(part, minimum=Money(5000), note="Avec des courges") is True
    assert answered(part, minimum=Money(5000), note="Avec des courges") is False

    after = fresh(part)
    assert (after.state, after.answer, after.minimum, after.answered_at) == (
        SaleState.PLANNED, Answer.COMES, Money(5000), NOW,
    )  # fmt: skip
    assert told("answer") == []
    assert AuditEntry.objects.filter(verb="cycles.answered").count() == 1


def test_coordinators_are_told_at_once_that_a_farm_does_not_come_and_that_it_comes_after_all():
    part = a_planned_part()
    coordinator = a_role(UserFactory(), part.cycle.organisation)

    answered(part, Answer.DECLINES, note="Trop loin")
    assert [letter.to for letter in told("answer")] == [coordinator.email]
    answered(part, minimum=Money(5000), note="Avec des courges", now=NOW + timedelta(seconds=20))

    letter = told("answer")[1]
    assert letter.subject == f"{part.producer.organisation} vient à la vente du samedi 28 novembre"
    assert "à partir de 50,00\u00a0€" in letter.text
    assert "Avec des courges" in letter.text
    assert len(told("answer")) == 2


def test_a_farm_that_does_not_come_opens_nothing_and_offers_nothing():
    part = a_planned_part(minimum=Money(3000))
    ProductFactory(producer=part.producer)

    assert answered(part, Answer.DECLINES, minimum=Money(1), note="Trop loin") is True
    assert answered(part, Answer.DECLINES, note="Trop loin") is False

    assert opening.open_due(now=OPENS) == 0
    after = fresh(part)
    assert (after.state, after.answer_note, after.minimum) == (SaleState.DECLINED, "Trop loin", Money(3000))
    assert not Offer.objects.exists()
    assert "ne vient pas" in told("answer")[0].subject


def test_the_boards_name_the_farms_that_come():
    part = a_planned_part()
    PickupFactory(cycle=part.cycle)
    other = a_planned_part(cycle=part.cycle)
    answered(other, Answer.DECLINES)

    board = finding.next_pickups(now=NOW)

    assert [one.farms for one in board] == [[part.producer.organisation.name]]


def test_a_farm_changes_its_mind_until_the_opening():
    part = a_planned_part()
    ProductFactory(producer=part.producer)
    last = OPENS - timedelta(seconds=1)

    answered(part, Answer.DECLINES)
    assert answered(part, Answer.COMES, now=last) is True
    opening.open_due(now=OPENS)

    assert fresh(part).state == SaleState.OPEN
    assert Offer.objects.count() == 1


def test_only_the_last_of_two_answers_is_told():
    part, other = a_planned_part(), a_planned_part()
    for farm, answers in ((part, (Answer.DECLINES, Answer.COMES)), (other, (Answer.COMES, Answer.DECLINES))):
        for seconds, answer in enumerate(answers):
            answered(farm, answer, now=NOW + timedelta(seconds=seconds))

    assert [letter.subject.partition(" à la")[0] for letter in told("answer")] == [
        f"{other.producer.organisation} ne vient pas"
    ]


@pytest.mark.parametrize("answer", [Answer.COMES, Answer.DECLINES])
def test_an_answer_after_the_opening_is_refused_in_words_and_changes_nothing(answer):
    part = a_planned_part()
    opening.open_due(now=OPENS)

    for now in (OPENS, NOW):  # by the clock, and by the state
        with pytest.raises(answering.AnswerRefused, match="a ouvert"):
            answered(part, answer, minimum=Money(100), now=now)

    after = fresh(part)
    assert (after.state, after.answer, after.minimum) == (SaleState.OPEN, Answer.WAITING, Money(0))
    assert not OutboxEvent.objects.filter(name="cycles.farm_answered").exists()


def test_a_cancelled_sale_and_one_that_is_gone_are_said():
    part = a_planned_part()
    Participation.objects.update(state=SaleState.CANCELLED)

    with pytest.raises(answering.AnswerRefused, match="annulée"):
        answered(part)
    Participation.objects.all().delete()
    with pytest.raises(answering.AnswerRefused, match="changé entre-temps"):
        answered(part)


@pytest.mark.parametrize(
    ("answer", "minimum", "note", "words"),
    [
        (Answer.WAITING, None, "", "Dites si vous venez"),
        (Answer.COMES, Money(-1), "", "de zéro à"),
        (Answer.COMES, Money(10_000_001), "", "de zéro à"),
        (Answer.COMES, None, "x" * 251, "trop long"),
    ],
)
def test_answers_that_do_not_hold_are_refused(answer, minimum, note, words):
    part = a_planned_part()

    with pytest.raises(answering.AnswerRefused, match=words):
        answered(part, answer, minimum, note)

    assert fresh(part).answer == Answer.WAITING


def test_a_pause_declines_what_is_planned_for_its_days_both_included_and_nothing_else():
    part = a_planned_part()
    group, farm = part.cycle.organisation, part.producer
    days = {day: CycleFactory(organisation=group, opens_at=OPENS, delivery_on=day) for day in (
        date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 1)
    )}  # fmt: skip
    parts = {day: ParticipationFactory(cycle=c, producer=farm, state=SaleState.PLANNED) for day, c in days.items()}
    others = ParticipationFactory(cycle=part.cycle, state=SaleState.PLANNED)
    running = ParticipationFactory(producer=farm, cycle=CycleFactory(delivery_on=SATURDAY))

    paused(part)
    outbox.deliver_due(now=NOW)

    states = [fresh(one).state for one in (*parts.values(), part, others, running)]
    assert states == ["planned", "declined", "declined", "planned", "declined", "planned", "open"]
    assert fresh(part).answer_note == "fermé du 27\u00a0novembre 2026 au 30\u00a0novembre 2026 : vendanges"


def test_each_group_is_told_of_a_pause_once_with_the_sales_that_it_changes():
    part = a_planned_part()
    elsewhere = a_listing(OrganisationFactory(), part.producer).organisation
    one = a_role(UserFactory(), part.cycle.organisation)

    paused(part)
    for _ in range(3):
        outbox.deliver_due(now=NOW)

    letters = {letter.to: letter.text for letter in told("pause")}
    assert set(letters) == {one.email, elsewhere.email}
    assert "Vente du 28 novembre, livrée samedi 28 novembre" in letters[one.email]
    assert "livrée" not in letters[elsewhere.email]
    assert Letter.objects.count() == 2


def test_taking_a_pause_back_restores_what_it_declined_and_what_has_not_opened():
    part = a_planned_part(answer=Answer.COMES, answered_at=NOW - timedelta(days=1))
    refused = a_planned_part(producer=part.producer)
    answered(refused, Answer.DECLINES)
    late = a_planned_part(producer=part.producer, cycle=CycleFactory(opens_at=NOW + timedelta(minutes=10)))
    pause = paused(part)
    outbox.deliver_due(now=NOW)
    assert [fresh(one).state for one in (part, refused, late)] == ["declined"] * 3

    back = NOW + timedelta(hours=1)
    assert [pausing.take_back(pause_id=pause.pk, by=UserFactory(), now=back) for _ in range(2)] == [True, False]
    outbox.deliver_due(now=back)

    assert [fresh(one).state for one in (part, refused, late)] == ["planned", "declined", "declined"]
    assert (fresh(part).answer, fresh(part).answer_note) == (Answer.COMES, "")
    assert any("n’est plus fermée" in letter.subject for letter in told("pause"))


def test_a_pause_that_is_taken_back_before_its_news_is_delivered_declines_nothing():
    part = a_planned_part()
    pause = paused(part)
    pausing.take_back(pause_id=pause.pk, by=UserFactory(), now=NOW)

    outbox.deliver_due(now=NOW)

    assert fresh(part).state == SaleState.PLANNED


def test_a_sale_whose_time_comes_before_the_news_of_a_pause_does_not_open_its_farm():
    part = a_planned_part()
    ProductFactory(producer=part.producer)
    paused(part)

    assert opening.open_due(now=OPENS) == 0
    outbox.deliver_due(now=OPENS)

    assert (fresh(part).state, "vendanges" in fresh(part).answer_note) == (SaleState.DECLINED, True)
    assert not Offer.objects.exists()


def test_a_farm_may_come_to_one_sale_during_its_pause():
    part = a_planned_part()
    paused(part)
    outbox.deliver_due(now=NOW)
    later = NOW + timedelta(hours=1)

    assert answered(part, now=later) is True
    answering.follow_pause(now=later, pause_id=Pause.objects.get().pk)

    assert fresh(part).state == SaleState.PLANNED
    assert opening.open_due(now=OPENS) == 1


def a_plan(part, day=SATURDAY):
    point = DeliveryPointFactory(organisation=part.cycle.organisation)
    shift = timedelta(days=(day - SATURDAY).days)
    start = datetime(2026, 11, 28, 10, tzinfo=PARIS) + shift
    pickup = PlannedPickup(point.pk, start, start + timedelta(hours=2))
    return CyclePlan(
        "", day, OPENS + shift, CLOSES + shift, (PlannedParticipation(part.producer_id, None, Money(3000)),), (pickup,)
    )


def test_a_new_plan_declines_a_farm_that_is_closed_on_the_new_day_and_plans_it_again_after():
    part = a_planned_part()
    by, group = UserFactory(), part.cycle.organisation
    cycle = planning.plan_cycle(group=group, by=by, plan=a_plan(part), now=NOW)
    paused(part, date(2026, 12, 5), date(2026, 12, 6))

    def replanned(day):
        planning.replan_cycle(cycle_id=cycle.pk, by=by, plan=a_plan(part, day), now=NOW)
        return cycle.participations.get()

    closed = replanned(date(2026, 12, 5))
    assert (closed.state, "vendanges" in closed.answer_note) == (SaleState.DECLINED, True)
    assert inviting.invite_producers(cycle_id=cycle.pk, by=by, now=NOW) == 0
    again = replanned(date(2026, 12, 7))
    assert (again.state, again.answer_note) == (SaleState.PLANNED, "")


def test_a_sale_that_moves_out_of_a_pause_is_planned_with_its_farm_again():
    part = a_planned_part()
    cycle = planning.plan_cycle(group=part.cycle.organisation, by=UserFactory(), plan=a_plan(part), now=NOW)
    paused(part)
    outbox.deliver_due(now=NOW)
    assert cycle.participations.get().state == SaleState.DECLINED

    held = rescheduling.hold([cycle.pk])[cycle.pk]
    rescheduling.shift(held, days=7, now=NOW)

    assert cycle.participations.get().state == SaleState.PLANNED


@pytest.mark.parametrize(
    ("from_on", "until_on", "note", "words"),
    [
        (date(2026, 12, 2), date(2026, 12, 1), "", "finit avant"),
        (date(2026, 11, 1), date(2026, 11, 23), "", "déjà passés"),
        (date(2026, 12, 1), date(2029, 1, 1), "", "deux ans"),
        (date(2026, 12, 1), date(2026, 12, 2), "x" * 201, "trop long"),
        (date(2026, 11, 30), date(2026, 12, 2), "", "déjà fermé du 27\u00a0novembre 2026 au 30\u00a0novembre 2026"),
        (date(2026, 11, 20), date(2026, 11, 27), "", "déjà fermé"),
        (date(2026, 11, 28), date(2026, 11, 28), "", "déjà fermé"),
    ],
)
def test_pauses_that_do_not_hold_or_overlap_are_refused_in_words(from_on, until_on, note, words):
    part = ParticipationFactory()
    paused(part)

    with pytest.raises(pausing.PauseRefused, match=words):
        paused(part, from_on, until_on, note)

    assert Pause.objects.count() == 1


def test_the_same_days_again_are_the_same_pause_and_days_side_by_side_are_two():
    part = ParticipationFactory()

    assert paused(part) == paused(part)
    paused(part, date(2026, 12, 1), date(2026, 12, 1))
    paused(ParticipationFactory())

    assert Pause.objects.filter(producer=part.producer).count() == 2
    assert OutboxEvent.objects.filter(name="producers.paused").count() == 3


def test_days_that_were_taken_back_may_be_closed_again():
    part = ParticipationFactory()
    pausing.take_back(pause_id=paused(part).pk, by=UserFactory(), now=NOW)

    assert paused(part).ended_at is None
    assert ProducerFactory().pauses.count() == 0


def test_farms_that_have_not_answered_are_asked_again_once_a_day():
    silent = a_planned_part()
    a_planned_part(cycle=silent.cycle, answer=Answer.COMES)
    # not invited yet: it is invited, not reminded
    Participation.objects.filter(pk=a_planned_part(cycle=silent.cycle).pk).update(invited_at=None)
    by = UserFactory()

    assert inviting.remind_producers(cycle_id=silent.cycle_id, by=by, now=NOW) == 1
    assert inviting.remind_producers(cycle_id=silent.cycle_id, by=by, now=NOW + timedelta(hours=1)) == 0

    letters = told("invitation")
    assert [letter.to for letter in letters] == [silent.producer.organisation.email]
    assert AuditEntry.objects.filter(verb="cycles.reminded").count() == 1
    assert inviting.remind_producers(cycle_id=silent.cycle_id, by=by, now=NOW + timedelta(days=1)) == 1


def test_a_farm_that_answers_before_the_letter_is_written_is_left_in_peace():
    part = a_planned_part()
    inviting.remind_producers(cycle_id=part.cycle_id, by=UserFactory(), now=NOW)
    answered(part)

    assert told("invitation") == []
