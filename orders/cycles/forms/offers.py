"""An offer as a farm corrects it."""

from django import forms

from cagette.core.money import Money, MoneyUnreadable, read_money
from producers.facts import TEXTS


class OfferForm(forms.Form):
    """An offer's price, typed as 3,40, and whether it is on sale."""

    price = forms.CharField(label="Prix", max_length=40)
    seen = forms.IntegerField(min_value=0, max_value=10**9, widget=forms.HiddenInput)
    is_available = forms.BooleanField(label="en vente", required=False)
    in_catalogue = forms.BooleanField(label="corriger aussi mon catalogue", required=False)

    def clean_price(self) -> Money:
        try:
            return read_money(self.cleaned_data["price"])
        except MoneyUnreadable as unreadable:
            raise forms.ValidationError(str(unreadable)) from unreadable


class WordsForm(forms.Form):
    """A product's name and description."""

    name = forms.CharField(label="Nom", max_length=TEXTS["name"])
    description = forms.CharField(label="Description", required=False, max_length=TEXTS["description"])
    seen = forms.CharField(max_length=12)
