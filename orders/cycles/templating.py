"""Templates of sales: kept from a sale, planned again for a day, or by themselves along a rule."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cagette.core import audit, outbox
from cagette.core.localtime import HourMissing
from cagette.people.models import Organisation, User
from orders.cycles import deciding, drafting, inviting, planning, recurring
from orders.cycles.enums import Recurrence
from orders.cycles.models import Cycle, CycleTemplate, Participation, Pickup

log = logging.getLogger(__name__)

WEEKS_MOST = 26


class TemplateRefused(Exception):
    """The template was not written. The message is fit for the coordinator to read."""


@transaction.atomic
def keep_template(*, cycle_id: int, name: str, by: User, now: datetime) -> CycleTemplate:
    """Keep a sale as a template: days as distances from its delivery, hours as clocks show them. The same name again
    is written anew, with its rule left as it is. Raises TemplateRefused."""
    cycle = Cycle.objects.select_related("organisation").get(pk=cycle_id)
    named = " ".join(name.split())
    if not named or len(named) > 120:
        raise TemplateRefused(_("Donnez au modèle un nom de 120 caractères au plus."))
    # one after the other: the same form sent twice keeps one template
    Organisation.objects.select_for_update(no_key=True).get(pk=cycle.organisation_id)
    template, made = CycleTemplate.objects.update_or_create(
        organisation=cycle.organisation, name=named, ended_at=None,
        defaults={"plan": _plan_of(cycle)},
        create_defaults={
            "plan": _plan_of(cycle), "created_by": by, "created_at": now, "weekday": cycle.delivery_on.weekday(),
        },
    )  # fmt: skip
    verb = "cycles.template_kept" if made else "cycles.template_changed"
    audit.note(verb, subject=f"template:{template.pk}", by=by, now=now, scope_id=cycle.organisation_id)
    return template


def _plan_of(cycle: Cycle) -> dict[str, Any]:
    rules = deciding.asdict_of(deciding.rules_of_cycle(cycle))
    return {
        "name": "",
        "opens": _at(cycle, cycle.opens_at),
        "closes": _at(cycle, cycle.closes_at),
        "farms": [_farm(cycle, part) for part in cycle.participations.order_by("pk")],
        "points": [_point(cycle, pickup) for pickup in cycle.pickups.prefetch_related("slots").order_by("pk")],
        "rules": {**rules, "order_minimum": rules["order_minimum"].cents},
    }


def _at(cycle: Cycle, when: datetime) -> list[Any]:
    """Days from the delivery, and what clocks show: [-2, "20:00"]."""
    local = cycle.organisation.local(when)
    return [(local.date() - cycle.delivery_on).days, local.strftime("%H:%M")]


def _farm(cycle: Cycle, part: Participation) -> dict[str, Any]:
    own = None if part.closes_at == cycle.closes_at else _at(cycle, part.closes_at)
    return {"producer": part.producer_id, "closes": own, "minimum": part.minimum.cents}


def _point(cycle: Cycle, pickup: Pickup) -> dict[str, Any]:
    slots = sorted(pickup.slots.all(), key=lambda slot: slot.starts_at)
    minutes = int((slots[0].ends_at - slots[0].starts_at).total_seconds() // 60) if slots else None
    return {
        "point": pickup.point_id, "from": _at(cycle, pickup.starts_at), "to": _at(cycle, pickup.ends_at),
        "capacity": pickup.capacity, "slot_minutes": minutes, "slot_capacity": slots[0].capacity if slots else None,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a template's sale comes back by itself."""

    rule: str
    weekday: int
    nth: int = 1
    starts_on: date | None = None
    until_on: date | None = None
    weeks_ahead: int = 4


@transaction.atomic
def set_rhythm(*, template_id: int, rhythm: Rhythm, by: User, now: datetime) -> None:
    """Say when a template's sale comes back; sales that are planned already stay. Raises TemplateRefused."""
    if rhythm.rule not in Recurrence.values or not 0 <= rhythm.weekday <= 6 or not 1 <= rhythm.nth <= 5:
        raise TemplateRefused(_("Choisissez dans la liste."))
    if rhythm.rule != Recurrence.NONE and rhythm.starts_on is None:
        raise TemplateRefused(_("Dites à partir de quel jour la vente revient."))
    if rhythm.starts_on and rhythm.until_on and rhythm.until_on < rhythm.starts_on:
        raise TemplateRefused(_("La dernière date vient avant la première."))
    if not 1 <= rhythm.weeks_ahead <= WEEKS_MOST:
        raise TemplateRefused(_("Prévoyez de une à 26 semaines d’avance."))
    template = CycleTemplate.objects.select_for_update(no_key=True).get(pk=template_id)
    for name in ("rule", "weekday", "nth", "starts_on", "until_on", "weeks_ahead"):
        setattr(template, name, getattr(rhythm, name))
    template.save()
    subject = f"template:{template_id}"
    audit.note("cycles.rhythm_set", subject=subject, by=by, now=now, scope_id=template.organisation_id)


@transaction.atomic
def skip_date(*, template_id: int, day: date, skipped: bool, by: User, now: datetime) -> bool:
    """Skip a date of a template's rule, or take it back; a sale that is planned for it stays until it is removed. False
    when it was so already."""
    template = CycleTemplate.objects.select_for_update(no_key=True).get(pk=template_id)
    if (day in template.skipped) == skipped:
        return False
    template.skipped = sorted({*template.skipped, day} if skipped else set(template.skipped) - {day})
    template.save(update_fields=["skipped"])
    audit.note(
        "cycles.date_skipped" if skipped else "cycles.date_taken_back", subject=f"template:{template_id}", by=by,
        now=now, scope_id=template.organisation_id, day=day.isoformat(),
    )  # fmt: skip
    return True


@transaction.atomic
def end_template(*, template_id: int, by: User, now: datetime) -> bool:
    """End a template: nothing more is planned by it; what is planned stays. False when it had ended."""
    ended = CycleTemplate.objects.filter(pk=template_id, ended_at=None).update(ended_at=now) == 1
    if ended:
        _note("cycles.template_ended", template_id, by=by, now=now)
    return ended


@transaction.atomic
def take_up_template(*, template_id: int, by: User, now: datetime) -> bool:
    """Take an ended template up again, with its rule; what was due meanwhile and can still close is planned. False when
    it goes on. Raises TemplateRefused when another has its name by now."""
    template = CycleTemplate.objects.get(pk=template_id)
    Organisation.objects.select_for_update(no_key=True).get(pk=template.organisation_id)
    others = CycleTemplate.objects.filter(organisation_id=template.organisation_id, ended_at=None, name=template.name)
    if others.exclude(pk=template_id).exists():
        raise TemplateRefused(_("Un autre modèle porte ce nom depuis : c’est lui qui sert."))
    taken_up = CycleTemplate.objects.filter(pk=template_id, ended_at__isnull=False).update(ended_at=None) == 1
    if taken_up:
        _note("cycles.template_taken_up", template_id, by=by, now=now)
    return taken_up


def _note(verb: str, template_id: int, *, by: User | None, now: datetime) -> None:
    group_id = CycleTemplate.objects.get(pk=template_id).organisation_id
    audit.note(verb, subject=f"template:{template_id}", by=by, now=now, scope_id=group_id)


def plan_due(*, now: datetime) -> int:
    """Plan every sale that a template's rule asks for within its weeks ahead, and invite its farms; one that fails does
    not stop the others. Returns how many. A late or doubled run plans each date once; what has closed is not planned.
    """
    planned = 0
    wanted = CycleTemplate.objects.filter(ended_at=None).exclude(rule=Recurrence.NONE).order_by("pk")
    for template in wanted.select_related("organisation"):
        today = template.organisation.local(now).date()
        until = today + timedelta(weeks=template.weeks_ahead)
        done = set(template.cycles.filter(template_on__gte=today).values_list("template_on", flat=True))
        for day in recurring.deliveries(template, from_on=today, until_on=until):
            if day in done:
                continue
            try:
                planned += plan_date(template_id=template.pk, day=day, now=now) is not None
            except Exception:
                log.exception("template %s did not plan %s", template.pk, day)
    return planned


@transaction.atomic
def plan_date(*, template_id: int, day: date, now: datetime) -> Cycle | None:
    """Plan one date of a template and invite its farms; None when it was planned before, when its close has passed, or
    when it cannot be: then the coordinators are told once why."""
    template = _lock(template_id)
    if template.cycles.filter(template_on=day).exists():
        return None
    # its rule may have moved, or skipped the date, since it was looked up
    if template.rule != Recurrence.NONE and not recurring.deliveries(template, from_on=day, until_on=day):
        return None
    try:
        found = drafting.draft(template, delivery_on=day)
        if found.plan.closes_at <= now:
            return None
        with transaction.atomic():
            cycle = _plan(template, found, by=None, now=now)
    except (HourMissing, planning.PlanRefused) as refused:
        _tell(template, day, now, problem=str(refused), gone=[])
        return None
    if found.gone:
        _tell(template, day, now, problem="", gone=found.gone)
    return cycle


@transaction.atomic
def plan_now(*, template_id: int, day: date, by: User, now: datetime) -> Cycle:
    """Plan a sale like a template at a coordinator's word, on a day of its rule or another, and invite its farms. The
    same day again returns the sale that there is. Raises TemplateRefused, PlanRefused, HourMissing."""
    template = _lock(template_id)
    if template.ended_at is not None:
        raise TemplateRefused(_("Ce modèle est terminé : reprenez-le d’abord."))
    if there := template.cycles.filter(template_on=day).first():
        return there
    if day in template.skipped:
        skip_date(template_id=template_id, day=day, skipped=False, by=by, now=now)
    return _plan(template, drafting.draft(template, delivery_on=day), by=by, now=now)


def _lock(template_id: int) -> CycleTemplate:
    held = CycleTemplate.objects.select_related("organisation").select_for_update(no_key=True, of=("self",))
    return held.get(pk=template_id)


def _plan(template: CycleTemplate, found: drafting.Draft, *, by: User | None, now: datetime) -> Cycle:
    cycle = planning.plan_cycle(
        group=template.organisation, by=by, plan=found.plan, now=now, template=template,
        template_on=found.plan.delivery_on,
    )  # fmt: skip
    inviting.invite_producers(cycle_id=cycle.pk, by=by, now=now)
    return cycle


def _tell(template: CycleTemplate, day: date, now: datetime, *, problem: str, gone: list[str]) -> None:
    outbox.record(
        "cycles.template_stuck", key=f"{template.pk}:{day}", now=now, template_id=template.pk, day=day.isoformat(),
        problem=problem, gone=gone,
    )  # fmt: skip
