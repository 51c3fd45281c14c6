"""Planning a cycle: who sells, when it opens and closes, where it is collected; changed or removed while it is
planned."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cagette.core import audit, outbox, words
from cagette.core.money import Money
from cagette.people.models import Organisation, User
from orders.cycles import deciding, locks
from orders.cycles.deciding import Rules, Terms, asdict_of
from orders.cycles.enums import SaleState
from orders.cycles.models import Cycle, CycleTemplate, Participation, Pickup, PickupSlot
from producers.enums import ListingState

SLOT_LEAST, SLOT_MOST = 5, 240  # minutes


class PlanRefused(Exception):
    """The plan does not hold. The message is fit for the coordinator to read."""


@dataclass(frozen=True, slots=True)
class PlannedParticipation:
    """A producer, with an own earlier close or the cycle's, and the least that it comes for (VAT included)."""

    producer_id: int
    closes_at: datetime | None = None
    minimum: Money = field(default_factory=Money)


@dataclass(frozen=True, slots=True)
class PlannedPickup:
    """A point, its window, and how many baskets it holds (None: no limit); cut into slots of so many minutes, each
    with a capacity of its own, when slot_minutes is given."""

    point_id: int
    starts_at: datetime
    ends_at: datetime
    capacity: int | None = None
    slot_minutes: int | None = None
    slot_capacity: int | None = None


@dataclass(frozen=True, slots=True)
class CyclePlan:
    """All that a cycle is planned with. An empty name is made from the day of delivery; without rules and fees of its
    own it takes the group's."""

    name: str
    delivery_on: date
    opens_at: datetime
    closes_at: datetime
    participations: tuple[PlannedParticipation, ...]
    pickups: tuple[PlannedPickup, ...]
    rules: Rules | None = None
    fees: tuple[Terms, ...] | None = None


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
    _write_parts(cycle, plan)
    deciding.write_fees(cycle, deciding.fees_of(group) if plan.fees is None else plan.fees)
    subject, source = f"cycle:{cycle.pk}", {"like": like.pk} if like else {}
    audit.note("cycles.planned", subject=subject, by=by, now=now, scope_id=group.pk, **source)
    return cycle


@transaction.atomic
def replan_cycle(*, cycle_id: int, by: User, plan: CyclePlan, now: datetime) -> Cycle:
    """Change a cycle that has not opened: producers that stay keep their invitation and their answer. Raises
    PlanRefused."""
    cycle = _lock_planned(cycle_id)
    check_plan(cycle.organisation, plan, now=now)
    cycle.name, cycle.delivery_on = _name(plan), plan.delivery_on
    cycle.opens_at, cycle.closes_at = plan.opens_at, plan.closes_at
    for name, value in asdict_of(plan.rules or deciding.rules_of_cycle(cycle)).items():
        setattr(cycle, name, value)
    cycle.save()
    known = {part.producer_id: part for part in cycle.participations.all()}
    cycle.pickups.all().delete()
    cycle.participations.all().delete()
    _write_parts(cycle, plan, known)
    audit.note("cycles.replanned", subject=f"cycle:{cycle.pk}", by=by, now=now, scope_id=cycle.organisation_id)
    return cycle


@transaction.atomic
def remove_cycle(*, cycle_id: int, by: User, now: datetime) -> None:
    """Take a plan back before it opens; producers already invited are told. Raises PlanRefused."""
    cycle = _lock_planned(cycle_id)
    for producer_id in cycle.participations.filter(invited_at__isnull=False).values_list("producer_id", flat=True):
        outbox.record(
            "cycles.invitation_withdrawn",
            key=f"{cycle.pk}:{producer_id}",
            now=now,
            group_id=cycle.organisation_id,
            producer_id=producer_id,
            sale=cycle.name,
        )
    if cycle.template_id is not None and cycle.template_on is not None:
        _skip(cycle.template_id, cycle.template_on)
    audit.note("cycles.removed", subject=f"cycle:{cycle.pk}", by=by, now=now, scope_id=cycle.organisation_id)
    cycle.delete()


def _skip(template_id: int, day: date) -> None:
    """A sale that is taken back does not come back by its template's rule."""
    template = CycleTemplate.objects.select_for_update(no_key=True).get(pk=template_id)
    if day not in template.skipped:
        template.skipped = sorted([*template.skipped, day])
        template.save(update_fields=["skipped"])


def check_plan(group: Organisation, plan: CyclePlan, *, now: datetime) -> None:
    """Raises PlanRefused with the first thing that does not hold."""
    if plan.opens_at >= plan.closes_at:
        raise PlanRefused(_("La clôture vient avant l’ouverture."))
    if plan.closes_at <= now:
        raise PlanRefused(_("La clôture est déjà passée."))
    if not plan.participations:
        raise PlanRefused(_("Choisissez au moins une ferme."))
    if not plan.pickups:
        raise PlanRefused(_("Choisissez au moins un point de retrait, avec ses heures."))
    _check_producers(group, plan)
    _check_pickups(group, plan)


def _check_producers(group: Organisation, plan: CyclePlan) -> None:
    wanted = [part.producer_id for part in plan.participations]
    listed = group.listings.filter(state=ListingState.ACCEPTED, producer_id__in=wanted)
    if len(set(wanted)) < len(wanted) or listed.count() < len(wanted):
        raise PlanRefused(_("Une de ces fermes n’est pas référencée par le groupe, ou y est deux fois."))
    for part in plan.participations:
        if part.closes_at is not None and not plan.opens_at < part.closes_at <= plan.closes_at:
            raise PlanRefused(_("La clôture propre à une ferme se place entre l’ouverture et la clôture de la vente."))
        if part.minimum.cents < 0:
            raise PlanRefused(_("Un minimum de commande ne peut pas être négatif."))


def _check_pickups(group: Organisation, plan: CyclePlan) -> None:
    points = {pickup.point_id for pickup in plan.pickups}
    if group.delivery_points.filter(pk__in=points, is_active=True).count() < len(points):
        raise PlanRefused(_("Un de ces points n’est pas tenu par le groupe."))
    if len({(pickup.point_id, pickup.starts_at) for pickup in plan.pickups}) < len(plan.pickups):
        raise PlanRefused(_("Le même point figure deux fois à la même heure."))
    # ruling 13: a cycle has one delivery day, its pickups are on it or the day after
    days = {plan.delivery_on, plan.delivery_on + timedelta(days=1)}
    for pickup in plan.pickups:
        if pickup.starts_at >= pickup.ends_at:
            raise PlanRefused(_("Une distribution finit avant de commencer."))
        if group.local(pickup.starts_at).date() not in days:
            raise PlanRefused(_("Une distribution se tient le jour de la livraison ou le lendemain."))
        if pickup.starts_at < plan.closes_at:
            raise PlanRefused(_("Une distribution commence avant la clôture."))
        if pickup.capacity is not None and pickup.capacity < 1:
            raise PlanRefused(_("Un point accueille au moins un panier ; laissez vide s’il n’a pas de limite."))
        _check_slots(pickup)


def _check_slots(pickup: PlannedPickup) -> None:
    if pickup.slot_minutes is None:
        if pickup.slot_capacity is not None:
            raise PlanRefused(_("Donnez la durée d’un créneau, ou laissez vide le nombre de paniers par créneau."))
        return
    if not SLOT_LEAST <= pickup.slot_minutes <= SLOT_MOST:
        raise PlanRefused(_("Un créneau dure de 5 minutes à 4 heures."))
    if pickup.slot_capacity is not None and pickup.slot_capacity < 1:
        raise PlanRefused(_("Un créneau accueille au moins un panier ; laissez vide s’il n’a pas de limite."))


def _lock_planned(cycle_id: int) -> Cycle:
    """Hold a cycle and its participations, all still planned. Raises PlanRefused once it has opened."""
    cycle = Cycle.objects.select_related("organisation").select_for_update(no_key=True, of=("self",)).get(pk=cycle_id)
    parts = list(Participation.objects.filter(cycle=cycle).order_by("pk").select_for_update(no_key=True))
    if any(part.state not in (SaleState.PLANNED, SaleState.DECLINED) for part in parts):
        raise PlanRefused(_("Cette vente a déjà ouvert : son plan ne change plus."))
    return cycle


def _write_parts(cycle: Cycle, plan: CyclePlan, known: "dict[int, Participation] | None" = None) -> None:
    Participation.objects.bulk_create(
        [_part(cycle, part, (known or {}).get(part.producer_id)) for part in plan.participations]
    )
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


def _part(cycle: Cycle, part: PlannedParticipation, known: Participation | None) -> Participation:
    written = Participation(
        cycle=cycle, producer_id=part.producer_id, closes_at=part.closes_at or cycle.closes_at, minimum=part.minimum
    )
    if known is not None:
        for name in ("invited_at", "state", "answer", "answered_at", "answer_note"):
            setattr(written, name, getattr(known, name))
    return written


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
