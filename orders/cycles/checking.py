"""A plan of a sale, and what it has to hold before anything is written."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q
from django.utils.translation import gettext as _

from cagette.core.money import AMOUNT_MAX, Money
from cagette.people.models import Organisation
from cagette.places import vat
from cagette.places.enums import VatClass, VatRegime, VatZone, vat_zone_of
from cagette.places.models import VatRate
from orders.cycles import deciding
from orders.cycles.deciding import DecisionRefused, Rules, Terms
from orders.cycles.queries.farms import is_closed_on, pause_in_words, pauses_of
from producers.enums import ListingState
from producers.models import Listing

SLOT_LEAST, SLOT_MOST = 5, 240  # minutes


class PlanRefused(Exception):
    """The plan does not hold. The message is fit for the coordinator to read; field: what of the plan it is about
    ("opens", "closes", "farm_12" or "farm_12_minimum" by producer, "point_3_slot" by point), if about one thing."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class PlannedParticipation:
    """A producer, with an own earlier close or the cycle's, and the least that it comes for (VAT included).

    minimum_seen: what the form showed; left so, what the farm has answered meanwhile stays.
    """

    producer_id: int
    closes_at: datetime | None = None
    minimum: Money = field(default_factory=Money)
    minimum_seen: Money | None = None


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


def check_plan(group: Organisation, plan: CyclePlan, *, now: datetime, known: Collection[int] = frozenset()) -> None:
    """Raises PlanRefused with the first thing that does not hold. known: producers that the sale has already; a pause
    that came since is theirs to answer."""
    check_times(group, plan, now=now)
    _check_decisions(plan)
    zones = _check_points(group, plan)
    _check_producers(group, plan, known, zones)


def check_times(group: Organisation, plan: CyclePlan, *, now: datetime) -> None:
    """What a plan must hold by itself, whatever the database says: no query."""
    if plan.opens_at >= plan.closes_at:
        raise PlanRefused(_("La clôture vient avant l’ouverture."), field="closes")
    if plan.closes_at <= now:
        raise PlanRefused(_("La clôture est déjà passée."), field="closes")
    if not plan.participations:
        raise PlanRefused(_("Choisissez au moins une ferme."))
    if not plan.pickups:
        raise PlanRefused(_("Choisissez au moins un point de retrait, avec ses heures."))
    for part in plan.participations:
        _check_participation(plan, part)
    if len({(pickup.point_id, pickup.starts_at) for pickup in plan.pickups}) < len(plan.pickups):
        raise PlanRefused(_("Le même point figure deux fois à la même heure."))
    for pickup in plan.pickups:
        _check_window(group, plan, pickup)
        _check_room(pickup)


def _check_participation(plan: CyclePlan, part: PlannedParticipation) -> None:
    about = f"farm_{part.producer_id}"
    if part.closes_at is not None and not plan.opens_at < part.closes_at <= plan.closes_at:
        said = _("La clôture propre à une ferme se place entre l’ouverture et la clôture de la vente.")
        raise PlanRefused(said, field=f"{about}_time")
    if not 0 <= part.minimum.cents <= AMOUNT_MAX:
        said = _("Un minimum de commande ne peut pas être négatif, ni dépasser 100 000 €.")
        raise PlanRefused(said, field=f"{about}_minimum")


def _check_window(group: Organisation, plan: CyclePlan, pickup: PlannedPickup) -> None:
    about = f"point_{pickup.point_id}"
    # ruling 13: a cycle has one delivery day, its pickups are on it or the day after
    days = {plan.delivery_on, plan.delivery_on + timedelta(days=1)}
    if pickup.starts_at >= pickup.ends_at:
        raise PlanRefused(_("Une distribution finit avant de commencer."), field=f"{about}_to")
    if group.local(pickup.starts_at).date() not in days:
        said = _("Une distribution se tient le jour de la livraison ou le lendemain.")
        raise PlanRefused(said, field=about)
    if pickup.starts_at < plan.closes_at:
        raise PlanRefused(_("Une distribution commence avant la clôture."), field=f"{about}_from")


def _check_room(pickup: PlannedPickup) -> None:
    about = f"point_{pickup.point_id}"
    if pickup.capacity is not None and pickup.capacity < 1:
        said = _("Un point accueille au moins un panier ; laissez vide s’il n’a pas de limite.")
        raise PlanRefused(said, field=f"{about}_capacity")
    if pickup.slot_minutes is None:
        if pickup.slot_capacity is not None:
            said = _("Donnez la durée d’un créneau, ou laissez vide le nombre de paniers par créneau.")
            raise PlanRefused(said, field=f"{about}_slot")
        return
    if not SLOT_LEAST <= pickup.slot_minutes <= SLOT_MOST:
        raise PlanRefused(_("Un créneau dure de 5 minutes à 4 heures."), field=f"{about}_slot")
    if pickup.slot_capacity is not None and pickup.slot_capacity < 1:
        said = _("Un créneau accueille au moins un panier ; laissez vide s’il n’a pas de limite.")
        raise PlanRefused(said, field=f"{about}_each")


def _check_decisions(plan: CyclePlan) -> None:
    try:
        if plan.rules is not None:
            deciding.check_rules(plan.rules)
        for terms in plan.fees or ():
            deciding.check_terms(terms)
    except DecisionRefused as refused:
        raise PlanRefused(str(refused)) from refused


def _check_points(group: Organisation, plan: CyclePlan) -> set[str]:
    """One query; the VAT zones of the points."""
    wanted = {pickup.point_id for pickup in plan.pickups}
    found = group.delivery_points.filter(pk__in=wanted, is_active=True).values_list("pk", "commune_id")
    communes = dict(found)
    if len(communes) < len(wanted):
        raise PlanRefused(_("Un de ces points n’est pas tenu par le groupe."))
    return {vat_zone_of(code) for code in communes.values()}


def _check_producers(group: Organisation, plan: CyclePlan, known: Collection[int], zones: set[str]) -> None:
    """One query, and one for each VAT zone."""
    wanted = [part.producer_id for part in plan.participations]
    on_sale = Q(producer__products__is_active=True, producer__products__retired_at=None)
    classes = ArrayAgg("producer__products__vat_class", filter=on_sale, distinct=True, default=[])
    listed = group.listings.filter(state=ListingState.ACCEPTED, producer_id__in=wanted)
    rows = listed.annotate(classes=classes, is_closed=is_closed_on(plan.delivery_on))
    farms: list[Any] = list(rows.select_related("producer__organisation").order_by("pk"))
    if len(set(wanted)) < len(wanted) or len(farms) < len(wanted):
        raise PlanRefused(_("Une de ces fermes n’est pas référencée par le groupe, ou y est deux fois."))
    for farm in farms:
        if farm.is_closed and farm.producer_id not in known:
            raise _closed(farm, plan.delivery_on)
    for zone in sorted(zones):
        _check_rates(farms, vat.rates_on(zone=VatZone(zone), day=plan.delivery_on))


def _closed(farm: Listing, day: date) -> PlanRefused:
    pause = pauses_of([farm.producer_id], from_on=day).on(farm.producer_id, day)
    said = pause_in_words(pause) if pause else ""
    shown = {"farm": farm.producer.organisation.name, "said": said}
    return PlanRefused(_("%(farm)s ne vient pas ce jour-là : %(said)s.") % shown, field=f"farm_{farm.producer_id}")


def _check_rates(farms: "list[Any]", rates: dict[tuple[VatClass, VatRegime], VatRate]) -> None:
    """Every product on sale must find its rate: a household at the till is not the one to learn that it has none."""
    for farm in farms:
        try:
            for vat_class in farm.classes:
                vat.rate_for(rates, vat_class, farm.producer.vat_regime)
        except vat.VatRateMissing as missing:
            said = _("%(missing)s Demandez à qui tient l’installation de compléter la table, puis prévoyez la vente.")
            raise PlanRefused(said % {"missing": missing}, field=f"farm_{farm.producer_id}") from missing
