"""The day for which the table of VAT is looked at."""

from django import forms

from orders.cycles.forms.fields import date_input


class VatDayForm(forms.Form):
    """A day; empty or unreadable is today."""

    jour = forms.DateField(label="Taux en vigueur le", widget=date_input())
