"""Answering: a farm says whether it comes to a sale, and from how much; its pauses answer for it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit, outbox, words
from cagette.core.money import AMOUNT_MAX, Money
from cagette.people.models import User
from orders.cycles import locks
from orders.cycles.enums import Answer, SaleState
from orders.cycles.models import Cycle, Participation
from producers.enums import ListingState
from producers.models import Listing, Pause

NOTE_MAX = 250  # characters
ANSWERABLE = (SaleState.PLANNED, SaleState.DECLINED)  # a farm may change its mind until the opening


class AnswerRefused(Exception):
    """The answer was not taken. The message is fit for the farm to read."""


@transaction.atomic
def answer_invitation(
    *, participation_id: int, answer: Answer, minimum: Money | None, note: str, by: User | None, now: datetime
) -> bool:
    """Say that a farm comes to a sale, with the least that it comes for (VAT included; None: as it was), or not this
    time: then it does not open and offers nothing. It may change its mind until the opening.

    by: None for who holds the letter's link. The same answer again returns False, and nobody is told twice.
    Raises AnswerRefused once the sale has opened or is cancelled.
    """
    part = Participation.objects.select_related("cycle").filter(pk=participation_id).first()
    if part is None:
        raise AnswerRefused(_("Cette vente a changé entre-temps. Rechargez la page, puis recommencez."))
    note = note.replace("\x00", "").strip()
    least = part.minimum if minimum is None or answer == Answer.DECLINES else minimum
    _check(answer, least, note)
    to = SaleState.PLANNED if answer == Answer.COMES else SaleState.DECLINED
    if (part.state, part.answer, part.minimum, part.answer_note) == (to, answer, least, note):
        return False
    if part.cycle.opens_at <= now or not _take(part, to, answer=answer, minimum=least, answer_note=note, now=now):
        part.refresh_from_db()
        raise AnswerRefused(why_not(part))
    outbox.record(
        "cycles.farm_answered", key=f"{part.pk}:{now.isoformat()}", now=now, participation_id=part.pk,
        at=now.isoformat(),
    )  # fmt: skip
    audit.note(
        "cycles.answered", subject=f"cycle:{part.cycle_id}", by=by, now=now, scope_id=part.cycle.organisation_id,
        producer_id=part.producer_id, answer=[part.answer, answer],
        minimum=[part.minimum.cents, least.cents], note=note,
    )  # fmt: skip
    return True


def _check(answer: Answer, minimum: Money, note: str) -> None:
    if answer not in (Answer.COMES, Answer.DECLINES):
        raise AnswerRefused(_("Dites si vous venez, ou pas cette fois."))
    if not 0 <= minimum.cents <= AMOUNT_MAX:
        raise AnswerRefused(_("Un minimum de commande va de zéro à 100 000 €."))
    if len(note) > NOTE_MAX:
        raise AnswerRefused(_("Ce mot est trop long : 250 caractères au plus."))


def _take(part: Participation, to: SaleState, *, now: datetime, **said: object) -> bool:
    """One conditional UPDATE: an opening that was first leaves it nothing to move."""
    answerable = Participation.objects.filter(pk=part.pk, state__in=ANSWERABLE)
    return answerable.update(state=to, answered_at=now, **said) == 1


def why_not(part: Participation) -> str:
    """Why a farm's answer no longer changes."""
    if part.state == SaleState.CANCELLED:
        return _("Cette vente est annulée.")
    return _("Cette vente a ouvert : votre réponse ne change plus. Appelez le groupe.")


def follow_pause(*, now: datetime, pause_id: int) -> None:
    """A pause was declared or taken back (news): sales planned for its days are declined with its note, or planned
    again if it was the pause that declined them and they have not opened. The groups are told once each.

    Twice, or late, ends the same. Sales that are open are not touched; nor those that the farm said it comes to, since.
    """
    pause = Pause.objects.select_related("producer__organisation").get(pk=pause_id)
    moved = _plan_again(pause, now) if pause.ended_at else _decline(pause)
    cycles = {cycle.pk: cycle for cycle in Cycle.objects.filter(participations__in=[part.pk for part in moved])}
    sales: dict[int, list[int]] = {pk: [] for pk in _listing_groups(pause)}
    for cycle in sorted(cycles.values(), key=lambda cycle: (cycle.delivery_on, cycle.pk)):
        sales.setdefault(cycle.organisation_id, []).append(cycle.pk)
    for group_id, cycle_ids in sorted(sales.items()):
        what = "back" if pause.ended_at else "closed"
        outbox.record(
            "cycles.farm_paused", key=f"{pause_id}:{group_id}:{what}", now=now, pause_id=pause_id, group_id=group_id,
            cycle_ids=cycle_ids, what=what,
        )  # fmt: skip


def heed_pauses(cycle: Cycle, parts: list[Participation]) -> None:
    """A step of planning anew: a farm that is closed on the day of delivery is to be written as declined, with its
    note; one that a pause declined, and that is closed on that day no more, as planned. One query; the caller saves."""
    pauses = Pause.objects.filter(ended_at=None, from_on__lte=cycle.delivery_on, until_on__gte=cycle.delivery_on)
    closed = {pause.producer_id: pause for pause in pauses.filter(producer__in=[part.producer_id for part in parts])}
    for part in parts:
        pause = closed.get(part.producer_id)
        if pause and part.state == SaleState.PLANNED and not _comes_since(part, pause):
            part.state, part.answer_note = SaleState.DECLINED, note_of(pause)
        elif pause is None and was_paused(part):
            part.state, part.answer_note = SaleState.PLANNED, ""


def is_paused(part: Participation) -> bool:
    """A step of opening: decline a locked, planned participation whose farm is closed on the day of delivery, where the
    news of the pause comes late or crossed the plan. False where it comes. One query."""
    before = part.state
    heed_pauses(part.cycle, [part])
    return before != part.state and _set(part, SaleState.DECLINED, part.answer_note)


def note_of(pause: Pause) -> str:
    """fermé du 1er décembre 2026 au 6 décembre 2026 : vendanges."""
    shown = {"from": words.full_day(pause.from_on), "until": words.full_day(pause.until_on)}
    said = _("fermé du %(from)s au %(until)s") % shown
    return f"{said} : {pause.note}"[:NOTE_MAX] if pause.note else said


def was_paused(part: Participation) -> bool:
    """It was a pause that declined it: the farm itself did not say that it does not come."""
    return part.state == SaleState.DECLINED and part.answer != Answer.DECLINES


def _comes_since(part: Participation, pause: Pause) -> bool:
    """The farm said that it comes to this one sale after it declared the pause."""
    return part.answer == Answer.COMES and part.answered_at is not None and part.answered_at > pause.created_at


def _decline(pause: Pause) -> list[Participation]:
    held = _hold(pause, SaleState.PLANNED)
    moved = [part for part in held if not _comes_since(part, pause)]
    return [part for part in moved if _set(part, SaleState.DECLINED, note_of(pause))]


def _plan_again(pause: Pause, now: datetime) -> list[Participation]:
    """Only where the sale has not opened: a farm that comes back late asks the group."""
    opening = set(Cycle.objects.filter(opens_at__gt=now).values_list("pk", flat=True))
    moved = [part for part in _hold(pause, SaleState.DECLINED) if was_paused(part) and part.cycle_id in opening]
    return [part for part in moved if _set(part, SaleState.PLANNED, "")]


def _hold(pause: Pause, state: SaleState) -> list[Participation]:
    """The participations of the days of a pause, locked, still in this state."""
    days = (pause.from_on, pause.until_on)
    ids = Participation.objects.filter(producer_id=pause.producer_id, state=state, cycle__delivery_on__range=days)
    held = locks.hold_participations(ids.values_list("pk", flat=True))
    return [part for part in held.values() if part.state == state]


def _set(part: Participation, to: SaleState, note: str) -> bool:
    movable = Participation.objects.filter(pk=part.pk, state__in=SaleState.SOURCES[to])
    return movable.update(state=to, answer_note=note) == 1


def _listing_groups(pause: Pause) -> list[int]:
    listings = Listing.objects.filter(producer_id=pause.producer_id, state=ListingState.ACCEPTED)
    return list(listings.values_list("organisation_id", flat=True))
