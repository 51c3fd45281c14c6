"""Planning a cycle: who sells, when it opens and closes, where it is collected; changed or removed while it is
planned."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cagette.core import audit, outbox, words
from cagette.people.models import Organisation, User
from orders.cycles import answering, deciding, locks
from orders.cycles.checking import CyclePlan, PlannedParticipation, PlannedPickup, PlanRefused, check_plan
from orders.cycles.deciding import asdict_of
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, CycleTemplate, Participation, Pickup, PickupSlot

__all__ = [
    "CyclePlan", "PlanRefused", "PlannedParticipation", "PlannedPickup", "check_plan", "plan_cycle", "remove_cycle",
    "replan_cycle",
]  # fmt: skip


@transaction.atomic
def plan_cycle(
    *,
    group: Organisation,
    by: User | None,
    plan: CyclePlan,
    now: datetime,
    key: UUID | None = None,
    template: CycleTemplate | None = None,
    template_on: date | None = None,
    like: Cycle | None = None,
) -> Cycle:
    """Write a cycle with its participations, pickups, rules and fees; it opens by itself. Raises PlanRefused.

    key: the form's; the same key again returns the cycle that it made and changes nothing. template, template_on: the
    rule that asked for it; by None: the software, for a template. like: the sale
    that it is a clone of.
    """
    # a group's plans are written one after the other: the address of the day is free, a form sent twice is found
    Organisation.objects.select_for_update(no_key=True).get(pk=group.pk)
    if key and (planned := Cycle.objects.filter(organisation=group, form_key=key).first()):
        return planned
    check_plan(group, plan, now=now)
    cycle = Cycle.objects.create(
        **asdict_of(plan.rules or deciding.rules_of(group)),
        organisation=group,
        name=_name(plan),
        slug=_free_slug(group, plan.delivery_on),
        delivery_on=plan.delivery_on,
        opens_at=plan.opens_at,
        closes_at=plan.closes_at,
        created_by=by,
        created_at=now,
        form_key=key,
        template=template,
        template_on=template_on,
    )
    Participation.objects.bulk_create([_part(cycle, part) for part in plan.participations])
    _write_pickups(cycle, plan)
    deciding.write_fees(cycle, deciding.fees_of(group) if plan.fees is None else plan.fees)
    subject, source = f"cycle:{cycle.pk}", {"like": like.pk} if like else {}
    audit.note("cycles.planned", subject=subject, by=by, now=now, scope_id=group.pk, **source)
    return cycle


@transaction.atomic
def replan_cycle(*, cycle_id: int, by: User, plan: CyclePlan, now: datetime) -> Cycle:
    """Change a cycle that has not opened. Producers that stay keep their invitation, their answer and the offers that
    they were given; those that were invited and come no more are told. Without rules or fees the plan leaves the
    cycle's as they are. Raises PlanRefused."""
    cycle = _lock_planned(cycle_id)
    parts = {part.producer_id: part for part in cycle.participations.all()}
    check_plan(cycle.organisation, plan, now=now, known=parts.keys())
    cycle.name, cycle.delivery_on = _name(plan), plan.delivery_on
    cycle.opens_at, cycle.closes_at = plan.opens_at, plan.closes_at
    for name, value in asdict_of(plan.rules or deciding.rules_of_cycle(cycle)).items():
        setattr(cycle, name, value)
    cycle.save()
    _change_parts(cycle, plan, parts, now=now)
    cycle.pickups.all().delete()
    _write_pickups(cycle, plan)
    if plan.fees is not None:
        cycle.fees.all().delete()
        deciding.write_fees(cycle, plan.fees)
    audit.note("cycles.replanned", subject=f"cycle:{cycle.pk}", by=by, now=now, scope_id=cycle.organisation_id)
    return cycle


def _change_parts(cycle: Cycle, plan: CyclePlan, parts: dict[int, Participation], *, now: datetime) -> None:
    planned = {part.producer_id: part for part in plan.participations}
    gone = [part for producer_id, part in parts.items() if producer_id not in planned]
    _tell_withdrawn(cycle, [part for part in gone if part.state == SaleState.PLANNED], now=now, held=True)
    cycle.participations.filter(pk__in=[part.pk for part in gone]).delete()
    staying = [(parts[producer_id], wish) for producer_id, wish in planned.items() if producer_id in parts]
    for part, wish in staying:
        part.closes_at = wish.closes_at or cycle.closes_at
        if wish.minimum != wish.minimum_seen:
            part.minimum = wish.minimum
    known = [part for part, _wish in staying]
    answering.heed_pauses(cycle, known)  # the new day may be one on which a farm is closed, or no more
    Participation.objects.bulk_update(known, ["closes_at", "minimum", "state", "answer_note"])
    Participation.objects.bulk_create([_part(cycle, wish) for pk, wish in planned.items() if pk not in parts])


@transaction.atomic
def remove_cycle(*, cycle_id: int, by: User, now: datetime) -> None:
    """Take a plan back before it opens; producers already invited are told. Raises PlanRefused."""
    cycle = _lock_planned(cycle_id)
    _tell_withdrawn(cycle, cycle.participations.all(), now=now, held=False)
    if cycle.template_id is not None and cycle.template_on is not None:
        _skip(cycle.template_id, cycle.template_on)
    audit.note("cycles.removed", subject=f"cycle:{cycle.pk}", by=by, now=now, scope_id=cycle.organisation_id)
    cycle.delete()


def _tell_withdrawn(cycle: Cycle, parts: Iterable[Participation], *, now: datetime, held: bool) -> None:
    """held: whether the sale takes place all the same, without them."""
    for part in parts:
        if part.invited_at is not None:
            outbox.record(
                "cycles.invitation_withdrawn", key=str(part.pk), now=now, participation_id=part.pk,
                group_id=cycle.organisation_id, producer_id=part.producer_id, sale=cycle.name, held=held,
            )  # fmt: skip


def _skip(template_id: int, day: date) -> None:
    """A sale that is taken back does not come back by its template's rule."""
    template = CycleTemplate.objects.select_for_update(no_key=True).get(pk=template_id)
    if day not in template.skipped:
        template.skipped = sorted([*template.skipped, day])
        template.save(update_fields=["skipped"])


def _lock_planned(cycle_id: int) -> Cycle:
    """Hold a cycle and its participations, all still planned. Raises PlanRefused once it has opened."""
    cycle = Cycle.objects.select_related("organisation").select_for_update(no_key=True, of=("self",)).get(pk=cycle_id)
    parts = list(Participation.objects.filter(cycle=cycle).order_by("pk").select_for_update(no_key=True))
    if any(part.state not in (SaleState.PLANNED, SaleState.DECLINED) for part in parts):
        raise PlanRefused(_("Cette vente a déjà ouvert : son plan ne change plus."))
    return cycle


def _write_pickups(cycle: Cycle, plan: CyclePlan) -> None:
    pickups = Pickup.objects.bulk_create(
        [
            Pickup(
                cycle=cycle,
                point_id=planned.point_id,
                starts_at=planned.starts_at,
                ends_at=planned.ends_at,
                capacity=planned.capacity,
            )
            for planned in plan.pickups
        ]
    )
    locks.make_counters(pickups)
    PickupSlot.objects.bulk_create(
        [slot for pickup, planned in zip(pickups, plan.pickups, strict=True) for slot in _slots(pickup, planned)]
    )


def _part(cycle: Cycle, part: PlannedParticipation) -> Participation:
    return Participation(
        cycle=cycle, producer_id=part.producer_id, closes_at=part.closes_at or cycle.closes_at, minimum=part.minimum
    )


def _slots(pickup: Pickup, planned: PlannedPickup) -> list[PickupSlot]:
    """The window cut into slots; the last one is shorter where they do not come out even."""
    slots: list[PickupSlot] = []
    start = planned.starts_at
    while planned.slot_minutes and start < planned.ends_at:
        end = min(start + timedelta(minutes=planned.slot_minutes), planned.ends_at)
        slots.append(PickupSlot(pickup=pickup, starts_at=start, ends_at=end, capacity=planned.slot_capacity))
        start = end
    return slots


def _name(plan: CyclePlan) -> str:
    return plan.name.strip() or _("Vente du %(day)s") % {"day": words.day(plan.delivery_on)}


def _free_slug(group: Organisation, day: date) -> str:
    """The group's name and the day; a second cycle of the day gets a number."""
    base = slugify(f"{group.slug}-{day.isoformat()}")
    taken = set(Cycle.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug
