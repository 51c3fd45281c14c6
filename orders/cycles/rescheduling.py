"""Moving a sale in the calendar: what its plan allows, its days and hours written anew; orders are moved higher up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from cagette.core import words
from cagette.core.localtime import HourMissing, instant
from cagette.people.models import Organisation
from cagette.places.enums import vat_zone_of
from cagette.places.models import DeliveryPoint
from orders.cycles import answering, locks, recurring
from orders.cycles.enums import Recurrence, SaleState
from orders.cycles.models import Cycle, CycleTemplate, Participation, Pickup, PickupSlot
from producers.models import Pause

COMING = (SaleState.PLANNED, SaleState.OPEN, SaleState.CLOSED)
BEGUN = (SaleState.OPEN, SaleState.CLOSED)


class MoveRefused(Exception):
    """The sale was not moved. The message is fit for the coordinator to read."""


@dataclass(slots=True)
class Held:
    """A cycle that is held with all its participations: nobody orders in it, closes it or moves it meanwhile."""

    cycle: Cycle
    parts: list[Participation]

    @property
    def coming(self) -> list[Participation]:
        return [part for part in self.parts if part.state in COMING]

    @property
    def begun(self) -> list[Participation]:
        """Those that have opened: there may be orders."""
        return [part for part in self.parts if part.state in BEGUN]


def hold(cycle_ids: Iterable[int]) -> dict[int, Held]:
    """Hold cycles and their participations, each in the order of their keys; them by cycle."""
    cycles = locks.lock_cycles(cycle_ids)
    rows = Participation.objects.filter(cycle__in=cycles).select_related("producer__organisation").order_by("pk")
    held = {pk: Held(cycle, []) for pk, cycle in cycles.items()}
    for part in rows.select_for_update(no_key=True, of=("self",)):
        part.cycle = held[part.cycle_id].cycle
        held[part.cycle_id].parts.append(part)
    return held


def hold_alive(cycle_ids: Iterable[int]) -> dict[int, Held]:
    """The same. Raises MoveRefused when one was cancelled, or merged into another."""
    held = hold(cycle_ids)
    for one in held.values():
        if one.cycle.cancelled_at is not None:
            raise MoveRefused(_("« %(sale)s » est annulée : elle ne bouge plus.") % {"sale": one.cycle.name})
    return held


# The close


def write_close(held: Held, moved: list[Participation], *, closes_at: datetime, whole: bool, now: datetime) -> None:
    """Write another close for the participations that move, and for the cycle when it is the whole sale's. Raises
    MoveRefused."""
    _check_close(held.cycle, closes_at, whole=whole, now=now)
    if whole:
        held.cycle.closes_at = closes_at
        held.cycle.save(update_fields=["closes_at"])
    for part in moved:
        part.closes_at = closes_at
    Participation.objects.filter(pk__in=[part.pk for part in moved]).update(closes_at=closes_at)


def _check_close(cycle: Cycle, closes_at: datetime, *, whole: bool, now: datetime) -> None:
    if closes_at <= now:
        raise MoveRefused(_("Cette heure est déjà passée : choisissez-en une à venir."))
    if closes_at <= cycle.opens_at:
        raise MoveRefused(_("La clôture vient avant l’ouverture."))
    if not whole and closes_at > cycle.closes_at:
        raise MoveRefused(_("Une ferme ne ferme pas après la vente : repoussez d’abord la clôture de la vente."))
    first = cycle.pickups.order_by("starts_at").first()
    if first and first.starts_at < closes_at:
        start = words.moment(cycle.organisation.local(first.starts_at))
        raise MoveRefused(_("La première distribution commence %(start)s, avant cette clôture.") % {"start": start})


# The day of delivery


def following_ids(cycle_id: int) -> list[int]:
    """This cycle and those that its template has planned after it. Raises MoveRefused when it comes from no rule."""
    cycle = Cycle.objects.get(pk=cycle_id)
    if cycle.template_id is None or cycle.template_on is None:
        raise MoveRefused(_("Cette vente ne revient pas toute seule : déplacez-la seule."))
    later = Cycle.objects.filter(template=cycle.template_id, template_on__gt=cycle.template_on, cancelled_at=None)
    begun = Participation.objects.filter(cycle__in=later, state__in=BEGUN).values("cycle")
    return [cycle_id, *later.exclude(pk__in=begun).order_by("pk").values_list("pk", flat=True)]


def shift(held: Held, *, days: int, now: datetime) -> None:
    """Write another day of delivery: pickups and their slots keep the hours that clocks show. A sale that has not
    opened moves whole, its opening and closes with it. Raises MoveRefused."""
    cycle, group = held.cycle, held.cycle.organisation
    pickups = list(cycle.pickups.select_related("point").order_by("starts_at", "pk"))
    slots = list(PickupSlot.objects.filter(pickup__in=pickups).order_by("starts_at", "pk"))
    try:
        if not held.begun:
            _shift_hours(held, days, group)
        windows: list[Pickup | PickupSlot] = [*pickups, *slots]
        for window in windows:
            window.starts_at, window.ends_at = (_on(when, days, group) for when in (window.starts_at, window.ends_at))
    except HourMissing as missing:
        raise MoveRefused(str(missing)) from missing
    cycle.delivery_on += timedelta(days=days)
    _check_shift(held, pickups, now)
    cycle.save(update_fields=["delivery_on", "opens_at", "closes_at"])
    if not held.begun:
        answering.heed_pauses(cycle, held.parts)  # a farm that was closed on the old day may come on the new one
    Participation.objects.bulk_update(held.parts, ["closes_at", "state", "answer_note"])
    _write_windows(pickups, slots, later=days > 0)


def _on(when: datetime, days: int, group: Organisation) -> datetime:
    return instant(group.local(when).replace(tzinfo=None) + timedelta(days=days), group.zone)


def _shift_hours(held: Held, days: int, group: Organisation) -> None:
    held.cycle.opens_at = _on(held.cycle.opens_at, days, group)
    held.cycle.closes_at = _on(held.cycle.closes_at, days, group)
    for part in held.parts:
        part.closes_at = _on(part.closes_at, days, group)


def _write_windows(pickups: list[Pickup], slots: list[PickupSlot], *, later: bool) -> None:
    """One by one, from the end that moves into free room: a point may be served on the day and the day after."""
    windows: list[Pickup | PickupSlot] = [*pickups, *slots]
    for window in reversed(windows) if later else windows:
        window.save(update_fields=["starts_at", "ends_at"])


def _check_shift(held: Held, pickups: list[Pickup], now: datetime) -> None:
    cycle = held.cycle
    if any(pickup.starts_at <= now for pickup in pickups):
        raise MoveRefused(_("Ce jour-là, une distribution aurait déjà commencé."))
    if not held.begun and cycle.closes_at <= now:
        raise MoveRefused(_("Ce jour-là, la clôture serait déjà passée."))
    if any(pickup.starts_at < cycle.closes_at for pickup in pickups):
        raise MoveRefused(_("Une distribution commencerait avant la clôture : avancez d’abord la clôture."))
    if paused := paused_on(held.coming, cycle.delivery_on):
        shown = {"farms": words.listed(paused), "day": words.day(cycle.delivery_on)}
        raise MoveRefused(_("%(farms)s : fermé le %(day)s.") % shown)


def paused_on(parts: Iterable[Participation], day: date) -> list[str]:
    """The names of farms that are closed on a day."""
    names = {part.producer_id: part.producer.organisation.name for part in parts}
    pauses = Pause.objects.filter(producer__in=names, ended_at=None, from_on__lte=day, until_on__gte=day)
    return sorted({names[pause.producer_id] for pause in pauses})


def move_rule(cycle: Cycle, *, days: int) -> None:
    """A template's rule follows its sales: it begins again after the last date that it has planned, so many days off
    the old rule; dates planned keep the name that the rule gave them, so none is planned twice. Raises MoveRefused."""
    template = CycleTemplate.objects.select_for_update(no_key=True).filter(pk=cycle.template_id or 0).first()
    if template is None or template.rule == Recurrence.NONE:
        return
    if template.rule == Recurrence.MONTHLY and abs(days) >= 7:
        raise MoveRefused(_("Au-delà de six jours, changez plutôt le rythme du modèle : ici, ce serait un autre rang."))
    first = cycle.template_on or cycle.delivery_on
    last = template.cycles.aggregate(last=Max("template_on"))["last"] or first
    begins = _next_date(template, after=last)
    template.skipped = sorted(day + timedelta(days=days) if day > first else day for day in template.skipped)
    template.weekday = (template.weekday + days) % 7
    if begins is not None:
        # the n-th weekday of that month may come before the moved date
        template.starts_on = begins.replace(day=1) if template.rule == Recurrence.MONTHLY else _days_off(begins, days)
    if template.until_on is not None:
        template.until_on = _days_off(template.until_on, days)
    template.save()


def _days_off(day: date, days: int) -> date:
    return day + timedelta(days=days)


def _next_date(template: CycleTemplate, *, after: date) -> date | None:
    """The first date of a rule after a day, a skipped one too: fortnights are counted on from it."""
    plain = CycleTemplate(
        rule=template.rule, weekday=template.weekday, nth=template.nth, starts_on=template.starts_on, skipped=[]
    )
    found = recurring.deliveries(plain, from_on=after + timedelta(days=1), until_on=after + timedelta(days=70))
    return found[0] if found else None


# A pickup


def write_pickup(held: Held, pickup: Pickup, *, point: DeliveryPoint, starts_at: datetime, ends_at: datetime) -> None:
    """Write another point or window for a pickup; its slots move with its beginning. Raises MoveRefused."""
    by = starts_at - pickup.starts_at
    slots = list(pickup.slots.order_by("starts_at"))
    if slots and slots[-1].ends_at + by > ends_at:
        raise MoveRefused(_("Le dernier créneau finirait après la distribution : laissez-lui sa durée."))
    twin = held.cycle.pickups.filter(point=point, starts_at=starts_at).exclude(pk=pickup.pk)
    if twin.exists():
        raise MoveRefused(_("Le même point figure déjà à la même heure dans cette vente."))
    for slot in slots:
        slot.starts_at, slot.ends_at = slot.starts_at + by, slot.ends_at + by
    pickup.point, pickup.starts_at, pickup.ends_at = point, starts_at, ends_at
    pickup.save(update_fields=["point", "starts_at", "ends_at"])
    for slot in reversed(slots) if by > timedelta() else slots:
        slot.save(update_fields=["starts_at", "ends_at"])


def check_pickup(
    held: Held, pickup: Pickup, *, point: DeliveryPoint, starts_at: datetime, ends_at: datetime, now: datetime
) -> None:
    """Raises MoveRefused with the first thing that does not hold."""
    cycle = held.cycle
    if not point.is_active or point.organisation_id != cycle.organisation_id:
        raise MoveRefused(_("Ce point n’est pas tenu par le groupe."))
    if starts_at >= ends_at:
        raise MoveRefused(_("La distribution finit avant de commencer."))
    if starts_at <= now:
        raise MoveRefused(_("Cette heure est déjà passée : choisissez-en une à venir."))
    # ruling 13: pickups are on the day of delivery or the day after
    on = cycle.organisation.local(starts_at).date()
    if on not in (cycle.delivery_on, cycle.delivery_on + timedelta(days=1)):
        raise MoveRefused(_("Une distribution se tient le jour de la livraison ou le lendemain."))
    if starts_at < cycle.closes_at:
        raise MoveRefused(_("La distribution commencerait avant la clôture."))
    # ruling 5: the rate on each line is of the point's zone, and an order on its way has read it already
    if held.begun and vat_zone_of(point.commune_id) != vat_zone_of(pickup.point.commune_id):
        raise MoveRefused(_("Ce point relève d’une autre TVA : la vente a ouvert, ses prix sont dits avec la leur."))
