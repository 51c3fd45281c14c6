"""The plan of a sale as a coordinator types it, in the group's local time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _

from cagette.core.localtime import HourMissing, instant
from cagette.core.money import Money
from cagette.people.models import Organisation
from orders.cycles.checking import CyclePlan, PlannedParticipation, PlannedPickup, PlanRefused
from orders.cycles.deciding import FeeChoice, Terms
from orders.cycles.enums import FeeKind
from orders.cycles.forms.fields import AmountField, date_input, time_input
from orders.cycles.forms.rules import RulesFields, value_typed, with_value
from orders.cycles.queries.planning import Ground

PLACES = {"opens": "opens_on", "closes": "closes_on"}  # where a refusal of the domain is shown
ROOM_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """A farm, a point or a fee in the form: its tick, what stands beside it, what is folded away and why it opens."""

    tick: forms.BoundField
    beside: list[forms.BoundField] = field(default_factory=list)
    folded: list[forms.BoundField] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    terms: Terms | None = None
    seen: forms.BoundField | None = None  # what the form showed, so that what came meanwhile stays

    @property
    def is_unfolded(self) -> bool:
        """Something is typed or wrong in there."""
        return any(one.errors or one.value() for one in self.folded)


class PlanForm(RulesFields):
    """A sale: its days and hours, then a tick per farm and per point with their own terms, its rules and fees."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4, required=False)
    name = forms.CharField(label="Nom", max_length=120, required=False, help_text="Laissez vide : « Vente du … ».")
    delivery_on = forms.DateField(label="Jour de livraison", widget=date_input())
    opens_on = forms.DateField(label="Ouverture, le", widget=date_input())
    opens_time = forms.TimeField(label="Ouverture, à", widget=time_input())
    closes_on = forms.DateField(label="Clôture, le", widget=date_input())
    closes_time = forms.TimeField(label="Clôture, à", widget=time_input())

    def __init__(self, *args: Any, group: Organisation, ground: Ground, fees: list[FeeChoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group, self.ground = group, ground
        self.fees = {f"fee_{choice.key}": choice for choice in fees}
        for listing in ground.farms:
            self._add_farm(f"farm_{listing.producer_id}", listing.producer.organisation.name)
        for point in ground.points:
            self._add_point(f"point_{point.pk}", point.name)
        for key, choice in self.fees.items():
            self._add_fee(key, choice)

    def _add_farm(self, key: str, name: str) -> None:
        self.fields[key] = forms.BooleanField(label=name, required=False)
        self._add(f"{key}_minimum", name, "ne vient qu’à partir de (€)", AmountField())
        self.fields[f"{key}_seen"] = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
        self._add(f"{key}_on", name, "clôt plus tôt, le", forms.DateField(required=False, widget=date_input()))
        self._add(f"{key}_time", name, "clôt plus tôt, à", forms.TimeField(required=False, widget=time_input()))

    def _add_point(self, key: str, name: str) -> None:
        self.fields[key] = forms.BooleanField(label=name, required=False)
        for end, short in (("from", "de"), ("to", "à")):
            self._add(f"{key}_{end}", name, short, forms.TimeField(required=False, widget=time_input()))
        for end, short in (
            ("capacity", "paniers au plus"),
            ("slot", "créneaux de (minutes)"),
            ("each", "paniers par créneau"),
        ):
            self._add(f"{key}_{end}", name, short, forms.IntegerField(required=False, max_value=ROOM_MOST))

    def _add_fee(self, key: str, choice: FeeChoice) -> None:
        terms = choice.terms
        self.fields[key] = forms.BooleanField(label=terms.name, required=False, initial=choice.is_taken)
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        value = forms.CharField(max_length=40, required=False, initial=value_typed(terms), widget=widget)
        self._add(f"{key}_value", terms.name, FeeKind(terms.kind).label, value)

    def _add(self, key: str, of: str, short: str, added: forms.Field) -> None:
        """A field beside a tick: it shows its short name, and is called in full where it stands alone."""
        added.label = f"{of}, {short}"
        setattr(added, "short", short)  # noqa: B010
        self.fields[key] = added

    def farm_rows(self) -> Iterator[Row]:
        for listing in self.ground.farms:
            key = f"farm_{listing.producer_id}"
            folded = [self[f"{key}_{end}"] for end in ("minimum", "on", "time")]
            notes = self.ground.notes(listing.producer_id)
            yield Row(self[key], folded=folded, notes=notes, seen=self[f"{key}_seen"])

    def point_rows(self) -> Iterator[Row]:
        for point in self.ground.points:
            key = f"point_{point.pk}"
            beside = [self[f"{key}_{end}"] for end in ("from", "to")]
            yield Row(self[key], beside, [self[f"{key}_{end}"] for end in ("capacity", "slot", "each")])

    def fee_rows(self) -> Iterator[Row]:
        for key, choice in self.fees.items():
            yield Row(self[key], [self[f"{key}_value"]], terms=choice.terms)

    def rule_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in RulesFields.base_fields]

    def has_wrong_rules(self) -> bool:
        return any(one.errors for one in self.rule_fields())

    def refuse(self, refused: PlanRefused) -> None:
        """Show a refusal of the domain beside what it is about."""
        place = PLACES.get(refused.field, refused.field)
        self.add_error(place if place in self.fields else None, str(refused))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            plan = self._plan(cleaned)
            if not self.errors:
                cleaned["plan"] = plan
        return cleaned

    def _plan(self, cleaned: dict[str, Any]) -> CyclePlan | None:
        """The plan, or None with errors beside the fields that they are about."""
        day: date = cleaned["delivery_on"]
        opens = self._at("opens_time", cleaned["opens_on"], cleaned["opens_time"])
        closes = self._at("closes_time", cleaned["closes_on"], cleaned["closes_time"])
        farms = [self._participation(f"farm_{f.producer_id}", f.producer_id, cleaned) for f in self.ground.farms]
        points = [self._pickup(f"point_{point.pk}", point.pk, cleaned, day) for point in self.ground.points]
        fees = [self._fee(key, choice, cleaned) for key, choice in self.fees.items()]
        if opens is None or closes is None:
            return None
        return CyclePlan(
            name=cleaned["name"],
            delivery_on=day,
            opens_at=opens,
            closes_at=closes,
            participations=tuple(part for part in farms if part),
            pickups=tuple(pickup for pickup in points if pickup),
            rules=self.rules(),
            fees=tuple(terms for terms in fees if terms),
        )

    def _at(self, name: str, day: date, hour: time) -> datetime | None:
        try:
            return instant(datetime.combine(day, hour), self.group.zone)
        except HourMissing as missing:
            self.add_error(name, str(missing))
            return None

    def _participation(self, key: str, producer_id: int, cleaned: dict[str, Any]) -> PlannedParticipation | None:
        if not cleaned[key]:
            return None
        day, hour = cleaned[f"{key}_on"], cleaned[f"{key}_time"]
        if (day is None) != (hour is None):
            self.add_error(f"{key}_{'time' if day else 'on'}", _("Donnez le jour et l’heure de sa clôture."))
            return None
        own = self._at(f"{key}_time", day, hour) if day else None
        seen = cleaned[f"{key}_seen"]
        return PlannedParticipation(producer_id, own, cleaned[f"{key}_minimum"], None if seen is None else Money(seen))

    def _pickup(self, key: str, point_id: int, cleaned: dict[str, Any], day: date) -> PlannedPickup | None:
        if not cleaned[key]:
            return None
        hours = {end: cleaned[f"{key}_{end}"] for end in ("from", "to")}
        for end, hour in hours.items():
            if hour is None:
                self.add_error(f"{key}_{end}", _("Donnez les heures du retrait."))
        if None in hours.values():
            return None
        start, finish = (self._at(f"{key}_{end}", day, hour) for end, hour in hours.items())
        if start is None or finish is None:
            return None
        room = (cleaned[f"{key}_{end}"] for end in ("capacity", "slot", "each"))
        return PlannedPickup(point_id, start, finish, *room)

    def _fee(self, key: str, choice: FeeChoice, cleaned: dict[str, Any]) -> Terms | None:
        if not cleaned[key]:
            return None
        try:
            return with_value(choice.terms, cleaned[f"{key}_value"])
        except forms.ValidationError as wrong:
            self.add_error(f"{key}_value", wrong)
            return None
