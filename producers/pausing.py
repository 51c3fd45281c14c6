"""Pausing: a farm is closed from a day to a day; it comes to no delivery between them."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cagette.core import audit, outbox, words
from cagette.people.models import User
from producers import locks
from producers.models import Pause, Producer

NOTE_MAX = 200  # characters
LONGEST = timedelta(days=2 * 366)  # longer is a slip of the finger


class PauseRefused(Exception):
    """The farm is not paused. The message is fit for the farm to read; `field` names what it is about."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def pause(*, producer_id: int, from_on: date, until_on: date, note: str, by: User, now: datetime) -> Pause:
    """Close a farm from a day to a day, both included. Sales that are planned for these days are declined with the note
    when the news is delivered; those that are open are not touched.

    The same days again return the pause that is there, unchanged. Raises PauseRefused.
    """
    if from_on > until_on:
        raise PauseRefused(_("La fermeture finit avant de commencer."), field="until_on")
    if until_on - from_on > LONGEST:
        raise PauseRefused(_("Une fermeture dure deux ans au plus."), field="until_on")
    if len(note) > NOTE_MAX:
        raise PauseRefused(_("Ce mot est trop long : 200 caractères au plus."), field="note")
    # pauses of a farm are written one after the other: no two overlap
    producer = locks.lock_producer(producer_id)
    if until_on < producer.organisation.local(now).date():
        raise PauseRefused(_("Ces jours sont déjà passés."), field="until_on")
    other = pauses_between(producer_id, from_on, until_on).first()
    if other and (other.from_on, other.until_on) == (from_on, until_on):
        return other
    if other:
        raise PauseRefused(
            _(
                "Vous êtes déjà fermé du %(from)s au %(until)s. Annulez d’abord cette fermeture,"
                " ou choisissez d’autres jours."
            )
            % {"from": words.full_day(other.from_on), "until": words.full_day(other.until_on)},
            field="from_on",
        )
    paused = Pause.objects.create(producer=producer, from_on=from_on, until_on=until_on, note=note, created_at=now)
    outbox.record("producers.paused", key=str(paused.pk), now=now, pause_id=paused.pk)
    _note("paused", paused, producer, by=by, now=now)
    return paused


@transaction.atomic
def take_back(*, pause_id: int, by: User, now: datetime) -> bool:
    """Undo a pause, as if it had not been: sales that it declined and that have not opened are planned again when the
    news is delivered. False when it was taken back before."""
    if Pause.objects.filter(pk=pause_id, ended_at=None).update(ended_at=now) == 0:
        return False
    paused = Pause.objects.select_related("producer").get(pk=pause_id)
    outbox.record("producers.pause_taken_back", key=str(pause_id), now=now, pause_id=pause_id)
    _note("pause_taken_back", paused, paused.producer, by=by, now=now)
    return True


def pauses_between(producer_id: int, from_on: date, until_on: date) -> "QuerySet[Pause]":
    """The pauses of a farm, not taken back, that share a day with these."""
    return Pause.objects.filter(
        producer_id=producer_id, ended_at=None, from_on__lte=until_on, until_on__gte=from_on
    ).order_by("from_on", "pk")


def _note(verb: str, paused: Pause, producer: Producer, *, by: User, now: datetime) -> None:
    audit.note(
        f"producers.{verb}", subject=f"pause:{paused.pk}", by=by, now=now, scope_id=producer.organisation_id,
        days=[paused.from_on.isoformat(), paused.until_on.isoformat()],
    )  # fmt: skip
