"""Counts, days, hours and reasons as coordinators type them, into clean values."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from cagette.core.localtime import HourMissing, instant
from cagette.core.quantities import QuantityUnreadable, Unit, read_quantity
from cagette.people.models import Organisation
from orders.baskets.forms import PlaceForm
from orders.cycles.forms.fields import date_input, time_input
from orders.cycles.models import Cycle, Pickup
from producers.announcing import Figure, HarvestsRefused
from producers.facts import STOCK_MAX
from producers.models import Product
from producers.price_lists.columns import CellUnreadable, read_count

_DIGITS = re.compile(r"^\d{1,9}$", re.ASCII)


class FormRefused(ValueError):
    """A form that does not read. The message is fit for the person who filled it."""


def read_number(text: str) -> int:
    """A hidden number that we wrote ourselves. Raises FormRefused."""
    if not _DIGITS.match(text):
        raise FormRefused(_("Le formulaire est incomplet. Rechargez la page."))
    return int(text)


def numbered(data: QueryDict, prefix: str) -> dict[int, str]:
    """The fields whose name is a prefix and a key: {12: "3"} of count-12=3."""
    return {
        read_number(name.removeprefix(prefix)): data.get(name, "").strip() for name in data if name.startswith(prefix)
    }


def read_counts(typed: Mapping[int, str], products: Mapping[int, Product]) -> dict[int, int]:
    """Quantities by key ("3", "1,5 kg"; empty is 0), each in the unit of its product. Raises FormRefused."""
    counts = {}
    for key, text in typed.items():
        product = products.get(key)
        if product is None:
            raise FormRefused(_("Un de ces produits n’est pas dans cette vente. Rechargez la page."))
        try:
            counts[key] = read_quantity(text, Unit(product.unit)) if text else 0
        except QuantityUnreadable as unreadable:
            raise FormRefused(f"{product.name} : {unreadable}") from unreadable
    return counts


def read_figures(data: QueryDict, products: Mapping[int, Product]) -> dict[int, Figure]:
    """The figures of a harvest that differ from what the form showed, by product.

    Raises HarvestsRefused for those that do not read, FormRefused when the form itself is broken.
    """
    seen = numbered(data, "seen-")
    figures: dict[int, Figure] = {}
    errors: dict[int, str] = {}
    for key, text in numbered(data, "amount-").items():
        product = products.get(key)
        if product is None or key not in seen:
            raise FormRefused(_("Un de ces produits n’est plus à récolter ce jour-là. Rechargez la page."))
        try:
            figure = _figure(text, product, seen=read_number(seen[key]))
        except CellUnreadable as unreadable:
            errors[key] = str(unreadable)
            continue
        if figure.amount != figure.seen:
            figures[key] = figure
    if errors:
        raise HarvestsRefused(errors)
    return figures


def _figure(text: str, product: Product, *, seen: int) -> Figure:
    if not text:
        raise CellUnreadable(_("Dites combien il y en a : zéro ou plus."))
    return Figure(read_count(text, product.unit, most=STOCK_MAX), seen)


REASON_MAX = 200


class _LocalForm(forms.Form):
    """A form whose hours are what the group's clocks show."""

    def __init__(self, *args: Any, group: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group

    def _at(self, day: str, hour: str) -> datetime | None:
        """The instant of two fields; says at the hour when clocks skip it."""
        on, at = self.cleaned_data.get(day), self.cleaned_data.get(hour)
        if on is None or at is None:
            return None
        try:
            return instant(datetime.combine(on, at), self.group.zone)
        except HourMissing as missing:
            self.add_error(hour, str(missing))
            return None


def _why(label: str = "Pourquoi ?", *, required: bool) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=REASON_MAX, required=required,
        help_text="Ils le liront. Par exemple : neige annoncée.",
    )  # fmt: skip


class CloseForm(_LocalForm):
    """Another close."""

    on = forms.DateField(label="Ferme le", widget=date_input())
    at = forms.TimeField(label="à", widget=time_input())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["closes_at"] = self._at("on", "at")
        return cleaned


class DayForm(forms.Form):
    """Another day of delivery: for this date, or for all that follow."""

    on = forms.DateField(label="Livraison le", widget=date_input())
    which = forms.ChoiceField(
        label="Quelles ventes ?", widget=forms.RadioSelect, initial="one",
        choices=[("one", "cette date seulement"), ("following", "celle-ci et toutes celles qui suivent")],
    )  # fmt: skip
    why = _why(required=False)

    def __init__(self, *args: Any, repeats: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not repeats:
            del self.fields["which"]


class PickupForm(_LocalForm):
    """Another point or window for a pickup."""

    point = forms.TypedChoiceField(label="Point", coerce=int)
    on = forms.DateField(label="Le", widget=date_input())
    starts = forms.TimeField(label="de", widget=time_input())
    ends = forms.TimeField(label="à", widget=time_input())
    why = _why(required=False)

    def __init__(self, *args: Any, pickup: Pickup, group: Organisation, **kwargs: Any) -> None:
        start, end = group.local(pickup.starts_at), group.local(pickup.ends_at)
        shown = {"point": pickup.point_id, "on": start.date(), "starts": start.time(), "ends": end.time()}
        super().__init__(*args, group=group, initial=shown, **kwargs)
        known = Q(is_active=True) | Q(pk=pickup.point_id)
        points = [(point.pk, point.name) for point in group.delivery_points.filter(known).order_by("name")]
        self.fields["point"] = forms.TypedChoiceField(label="Point", coerce=int, choices=points)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["starts_at"], cleaned["ends_at"] = self._at("on", "starts"), self._at("on", "ends")
        return cleaned


class ReasonForm(forms.Form):
    """Why something is called off."""

    why = _why(required=True)


class MergeForm(forms.Form):
    """The other sale, and where the baskets of each point go."""

    why = _why(required=False)

    def __init__(self, *args: Any, pickups: Iterable[Pickup], theirs: Iterable[Pickup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(pickup.pk), pickup.point.name) for pickup in theirs]
        by_point = {pickup.point_id: str(pickup.pk) for pickup in reversed(list(theirs))}
        self.points = [f"point_{pickup.pk}" for pickup in pickups]
        for pickup, name in zip(pickups, self.points, strict=True):
            known = by_point.get(pickup.point_id, "")
            self.fields[name] = forms.ChoiceField(
                label=f"Les paniers de {pickup.point.name} vont à", initial=known,
                choices=choices if known else [("", "choisissez un point"), *choices],
            )  # fmt: skip

    def rows(self) -> list[forms.BoundField]:
        return [self[name] for name in self.points]

    def by_pickup(self) -> dict[int, int]:
        """By key of this sale's pickup, the other sale's."""
        return {int(name.removeprefix("point_")): int(self.cleaned_data[name]) for name in self.points}


class RerouteForm(PlaceForm):
    """The pickup that an order goes to, with a slot where there are some, and why."""

    why = forms.CharField(
        label="Pourquoi ?", max_length=REASON_MAX, help_text="Le foyer le lira. Par exemple : demandé au téléphone."
    )


def close_shown(closes_at: datetime, cycle: Cycle) -> dict[str, Any]:
    """What the form of a close shows at first."""
    local = cycle.organisation.local(closes_at)
    return {"on": local.date(), "at": local.time()}
