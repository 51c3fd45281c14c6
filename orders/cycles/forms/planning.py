"""The plan of a cycle as a coordinator types it, in the group's local time."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _

from cagette.core.localtime import HourMissing, instant
from cagette.people.models import Organisation
from cagette.places.models import DeliveryPoint
from orders.cycles.models import Cycle
from orders.cycles.planning import CyclePlan, PlannedParticipation, PlannedPickup
from producers.models import Listing


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _time() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class PlanForm(forms.Form):
    """A cycle: its days and hours, then a tick per farm and per point with their own hours."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4, required=False)
    name = forms.CharField(label="Nom", max_length=120, required=False, help_text="Laissez vide : « Vente du … ».")
    delivery_on = forms.DateField(label="Jour de livraison", widget=_date())
    opens_on = forms.DateField(label="Ouverture, le", widget=_date())
    opens_time = forms.TimeField(label="à", widget=_time())
    closes_on = forms.DateField(label="Clôture, le", widget=_date())
    closes_time = forms.TimeField(label="à", widget=_time())

    def __init__(self, *args: Any, group: Organisation, farms: list[Listing], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group
        self.farms = farms
        self.points = list(group.delivery_points.filter(is_active=True).order_by("name"))
        for listing in farms:
            self._add_farm(listing)
        for point in self.points:
            self._add_point(point)

    def _add_farm(self, listing: Listing) -> None:
        name = listing.producer.organisation.name
        key = f"farm_{listing.producer_id}"
        self.fields[key] = forms.BooleanField(label=name, required=False)
        self.fields[f"{key}_on"] = forms.DateField(label="clôt plus tôt, le", required=False, widget=_date())
        self.fields[f"{key}_time"] = forms.TimeField(label="à", required=False, widget=_time())

    def _add_point(self, point: DeliveryPoint) -> None:
        key = f"point_{point.pk}"
        self.fields[key] = forms.BooleanField(label=point.name, required=False)
        self.fields[f"{key}_from"] = forms.TimeField(label="de", required=False, widget=_time())
        self.fields[f"{key}_to"] = forms.TimeField(label="à", required=False, widget=_time())
        self.fields[f"{key}_capacity"] = forms.IntegerField(
            label="paniers au plus", required=False, min_value=1, max_value=10_000
        )

    def farm_rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"farm_{f.producer_id}{end}"] for end in ("", "_on", "_time")] for f in self.farms]

    def point_rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"point_{p.pk}{end}"] for end in ("", "_from", "_to", "_capacity")] for p in self.points]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                cleaned["plan"] = self._plan(cleaned)
            except HourMissing as missing:
                raise forms.ValidationError(str(missing)) from missing
        return cleaned

    def _plan(self, cleaned: dict[str, Any]) -> CyclePlan:
        day: date = cleaned["delivery_on"]
        return CyclePlan(
            name=cleaned["name"],
            delivery_on=day,
            opens_at=self._at(cleaned["opens_on"], cleaned["opens_time"]),
            closes_at=self._at(cleaned["closes_on"], cleaned["closes_time"]),
            participations=tuple(
                self._participation(f, cleaned) for f in self.farms if cleaned[f"farm_{f.producer_id}"]
            ),
            pickups=tuple(self._pickup(p, cleaned, day) for p in self.points if cleaned[f"point_{p.pk}"]),
        )

    def _at(self, day: date, hour: time) -> datetime:
        return instant(datetime.combine(day, hour), self.group.zone)

    def _participation(self, listing: Listing, cleaned: dict[str, Any]) -> PlannedParticipation:
        key = f"farm_{listing.producer_id}"
        day, hour = cleaned[f"{key}_on"], cleaned[f"{key}_time"]
        if (day is None) != (hour is None):
            name = listing.producer.organisation.name
            raise forms.ValidationError(_("%(farm)s : donnez le jour et l’heure de sa clôture.") % {"farm": name})
        return PlannedParticipation(listing.producer_id, self._at(day, hour) if day else None)

    def _pickup(self, point: DeliveryPoint, cleaned: dict[str, Any], day: date) -> PlannedPickup:
        key = f"point_{point.pk}"
        start, end = cleaned[f"{key}_from"], cleaned[f"{key}_to"]
        if start is None or end is None:
            raise forms.ValidationError(_("%(point)s : donnez les heures du retrait.") % {"point": point.name})
        return PlannedPickup(point.pk, self._at(day, start), self._at(day, end), cleaned[f"{key}_capacity"])


def initial_of(cycle: Cycle, *, days: int) -> dict[str, Any]:
    """The values of a cycle, moved by so many days: 7 to plan the next week like this one, 0 to change it."""
    local, shift = cycle.organisation.local, timedelta(days=days)
    opens, closes = local(cycle.opens_at), local(cycle.closes_at)
    values: dict[str, Any] = {
        "name": "" if days else cycle.name,
        "delivery_on": cycle.delivery_on + shift,
        "opens_on": opens.date() + shift,
        "opens_time": opens.time(),
        "closes_on": closes.date() + shift,
        "closes_time": closes.time(),
    }
    for part in cycle.participations.all():
        key = f"farm_{part.producer_id}"
        values[key] = True
        if part.closes_at != cycle.closes_at:
            own = local(part.closes_at)
            values |= {f"{key}_on": own.date() + shift, f"{key}_time": own.time()}
    for pickup in cycle.pickups.all():
        key = f"point_{pickup.point_id}"
        start, end = local(pickup.starts_at).time(), local(pickup.ends_at).time()
        values |= {key: True, f"{key}_from": start, f"{key}_to": end, f"{key}_capacity": pickup.capacity}
    return values
