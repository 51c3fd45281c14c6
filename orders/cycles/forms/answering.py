"""What a farm types about sales: its answer to an invitation, a pause."""

from typing import Any

from django import forms

from cagette.core.money import Money, MoneyUnreadable, read_money
from orders.cycles.answering import NOTE_MAX
from orders.cycles.enums import Answer
from orders.cycles.models import Participation
from producers.forms import RefusableForm
from producers.pausing import NOTE_MAX as PAUSE_NOTE_MAX


class AnswerForm(RefusableForm):
    """Comes, with the least that it comes for, or not this time; the buttons say which."""

    minimum = forms.CharField(
        label="Je viens à partir de",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="En euros de commandes, tous points réunis. Vide : sans minimum.",
    )
    note = forms.CharField(label="Un mot pour le groupe", required=False, max_length=NOTE_MAX)
    answer = forms.ChoiceField(
        choices=[(Answer.COMES.value, "Je viens"), (Answer.DECLINES.value, "Pas cette fois")], widget=forms.HiddenInput
    )

    def clean_minimum(self) -> Money | None:
        """Empty: no minimum; a form without the field: as it was."""
        if "minimum" not in self.data:
            return None
        try:
            return read_money(self.cleaned_data["minimum"] or "0")
        except MoneyUnreadable as unreadable:
            raise forms.ValidationError(str(unreadable)) from None


def answer_of(part: Participation) -> dict[str, Any]:
    """What the form of an answer shows at first."""
    return {"minimum": part.minimum.comma if part.minimum else "", "note": part.answer_note}


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PauseForm(RefusableForm):
    """Closed from a day to a day."""

    from_on = forms.DateField(label="Fermé du", widget=_date())
    until_on = forms.DateField(label="au", widget=_date(), help_text="Ce jour compris.")
    note = forms.CharField(
        label="Pourquoi",
        required=False,
        max_length=PAUSE_NOTE_MAX,
        help_text="Les groupes le lisent. Par exemple : vendanges.",
    )
