"""A template's name and rhythm; the day of a sale like another one."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms

from cagette.core import words
from orders.cycles.enums import Recurrence
from orders.cycles.forms.fields import date_input
from orders.cycles.models import CycleTemplate
from orders.cycles.templating import WEEKS_MOST, Rhythm

WEEKDAYS = [(number, name) for number, name in enumerate(words.DAYS)]
RANKS = [(1, "le 1er du mois"), (2, "le 2e"), (3, "le 3e"), (4, "le 4e"), (5, "le dernier")]


class KeepForm(forms.Form):
    """The name that a sale is kept under."""

    name = forms.CharField(
        label="Nom du modèle",
        max_length=120,
        help_text="« Marché du samedi ». Un modèle du même nom est récrit, et garde son rythme.",
    )


class RhythmForm(forms.Form):
    """When a template's sale comes back."""

    rule = forms.ChoiceField(label="La vente revient", choices=Recurrence.choices)
    weekday = forms.TypedChoiceField(label="Livrée le", choices=WEEKDAYS, coerce=int)
    nth = forms.TypedChoiceField(
        label="Rang dans le mois", choices=RANKS, coerce=int, help_text="Pour « chaque mois » seulement."
    )
    starts_on = forms.DateField(label="À partir du", required=False, widget=date_input())
    until_on = forms.DateField(label="Jusqu’au", required=False, widget=date_input())
    weeks_ahead = forms.IntegerField(
        label="Semaines d’avance",
        min_value=1,
        max_value=WEEKS_MOST,
        help_text="Combien de semaines avant la livraison la vente est prévue, et les fermes invitées.",
    )

    def rhythm(self) -> Rhythm:
        """What was typed, once the form is valid."""
        return Rhythm(**self.cleaned_data)


def rhythm_typed(template: CycleTemplate, *, today: date) -> dict[str, Any]:
    """A template's rhythm as the form shows it."""
    names = ("rule", "weekday", "nth", "starts_on", "until_on", "weeks_ahead")
    shown = {name: getattr(template, name) for name in names}
    return {**shown, "starts_on": template.starts_on or today}


class DayForm(forms.Form):
    """A day of delivery."""

    day = forms.DateField(label="Jour de livraison", widget=date_input())


class LikeForm(DayForm):
    """The day of a sale like another one; sent twice, it plans one."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
